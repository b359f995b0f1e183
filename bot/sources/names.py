"""People's names as sources write them, given name first."""

import re

NAMES_MAX = 400_000  # characters: 2,000 names of 200

_SUFFIX = re.compile(r"(?:jr|sr|ii|iii|iv|2nd|3rd)\.?", re.IGNORECASE)
_ONE_WORD = re.compile(r"\S+")
_INITIALS = re.compile(r"(?:[^\W\d_]\.?[ -]?){1,4}")
_TAG = re.compile(r"<[^<>]*>")
_BRACKETED = re.compile(r"\s*\([^()]*\)")
_BRACKETS_DEEP = 3  # `(MIT (CSAIL), Cambridge)`
_TEAM = r"(?:collaborations?|teams?|groups?|consortium|consortia|projects?|surveys?|networks?)"
_TEAM_FIRST = re.compile(rf"\b({_TEAM})\s*:", re.IGNORECASE)  # `ATLAS Collaboration: A. Aad`
_TEAM_LAST = re.compile(rf"\b{_TEAM}$", re.IGNORECASE)
_AND = re.compile(r"\s+and\s+")
_NOBODY = re.compile(r"\W*(?:(?:and\s+)?(?:et\.? al|others)\W*)?", re.IGNORECASE)


def given_first(name: str) -> str:
    """`Baldwin,S.A.` as `S.A. Baldwin`; `von Hicks, III, Michael` as `Michael von Hicks III`; others as they are."""
    family, *rest = (part.strip() for part in name.split(","))
    suffixes = [part for part in rest if _SUFFIX.fullmatch(part)]
    given = [part for part in rest if part and part not in suffixes]
    return " ".join([*given, family, *suffixes]).strip()


def names_in(text: str) -> list[str]:
    """Several people in one string: `A B; C D`, `A B, C D and E F`, `Family, Given and Family, Given`."""
    text = " ".join(text[:NAMES_MAX].split())
    if ";" in text:
        return [given_first(name) for name in text.split(";")]
    people = re.split(r"\s+(?:and|&)\s+", text)
    if all(_is_family_first(name) for name in people):
        return [given_first(name) for name in people]
    if pairs := _with_initials(text):
        return pairs
    return given_first_in(text.replace(" & ", " and "))


def given_first_in(text: str) -> list[str]:
    """People in one string, each given name first: `A B, C D, Jr., the E Collaboration and F G (STAR, BNL)`.

    So arXiv names all authors of a paper; in its old feeds with links and affiliations, which are dropped.
    """
    text = _TAG.sub("", text[:NAMES_MAX])
    for _ in range(_BRACKETS_DEEP):
        text = _BRACKETED.sub("", text)
    found: list[str] = []
    for part in _TEAM_FIRST.sub(r"\1,", text).split(","):
        for name in _apart(" ".join(part.split())):
            if found and _SUFFIX.fullmatch(name):
                found[-1] += f" {name}"
            elif not _NOBODY.fullmatch(name):
                found.append(name)
    return found


def _apart(text: str) -> list[str]:
    """Two names with an `and` between them; `Belle and BaBar Collaborations` is one."""
    names = [name.removeprefix("and ").strip() for name in _AND.split(text)]
    is_one_team = len(names) == 2 and _ONE_WORD.fullmatch(names[0]) and _TEAM_LAST.search(names[1])
    return [text] if is_one_team else names


def _with_initials(text: str) -> list[str]:
    """`Smith, J., Doe, A. B.` as `J. Smith`, `A. B. Doe`; nothing where not every second part is initials."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    families, initials = parts[::2], parts[1::2]
    if not initials or len(families) != len(initials) or not all(map(_is_initials, initials)):
        return []
    if any(map(_is_initials, families)):
        return []
    return [f"{given} {family}" for family, given in zip(families, initials, strict=True)]


def _is_initials(part: str) -> bool:
    return part.isupper() and bool(_INITIALS.fullmatch(part))


def _is_family_first(name: str) -> bool:
    family, comma, given = name.partition(",")
    return bool(comma) and "," not in given and bool(_ONE_WORD.fullmatch(family.strip()))
