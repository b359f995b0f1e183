"""People's names as files write them, given name first."""

import re

NAMES_MAX = 400_000  # characters: 2,000 names of 200

_SUFFIX = re.compile(r"(?:jr|sr|ii|iii|iv|2nd|3rd)\.?", re.IGNORECASE)
_ONE_WORD = re.compile(r"\S+")


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
    return [name.strip().removeprefix("and ") for name in re.split(r",|\s+(?:and|&)\s+", text) if name.strip()]


def _is_family_first(name: str) -> bool:
    family, comma, given = name.partition(",")
    return bool(comma) and "," not in given and bool(_ONE_WORD.fullmatch(family.strip()))
