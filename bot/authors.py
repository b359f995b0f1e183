"""Whether two spellings are one author's name: full names, initials, accents, either order."""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

_PARTICLES = {
    "van",
    "von",
    "der",
    "den",
    "de",
    "di",
    "da",
    "del",
    "la",
    "le",
    "ten",
    "ter",
    "bin",
    "al",
    "el",
    "dos",
    "du",
}
_SUFFIXES = {"jr", "sr", "ii", "iii", "iv"}


@lru_cache(maxsize=100_000)
def parts(name: str) -> tuple[tuple[str, ...], str]:
    """A name as (given names, surname), folded: `José van der Berg` is (("jose",), "van der berg")."""
    if "," in name:
        surname, _, given = name.partition(",")
        return tuple(_words(given)), " ".join(_words(surname))
    words = [word for word in _words(name) if word not in _SUFFIXES]
    if not words:
        return (), ""
    start = len(words) - 1
    while start > 1 and words[start - 1] in _PARTICLES:
        start -= 1
    return tuple(words[:start]), " ".join(words[start:])


def surname(name: str) -> str:
    """The folded family name."""
    return parts(name)[1]


def same(asked: str, author: str) -> bool:
    """Whether `author` may be the person asked for: equal surname, and given names that agree as far as both tell.

    An initial agrees with a name that begins with it; a surname alone agrees with everybody of that name.
    """
    (given, family), (others, family_too) = parts(asked), parts(author)
    if family != family_too:
        return bool(given) and not others and _together(asked) == _together(author)
    return all(_agree(one, other) for one, other in zip(given, others, strict=False))


def keys(asked: str) -> tuple[str, str]:
    """The surnames under which whoever is asked for may stand: `same` is true of nobody else."""
    return parts(asked)[1], _together(asked)


def any_same(asked: str, authors: Iterable[str]) -> bool:
    """Whether one of `authors` may be the person asked for."""
    return any(same(asked, author) for author in authors)


def people(asked: str, authors: Iterable[str]) -> tuple[str, ...]:
    """The different people, as far as names tell, whom `asked` may mean: the fullest spelling of each, sorted."""
    found: list[str] = []
    for name in sorted({name for name in authors if same(asked, name)}, key=lambda name: (-len(name), name)):
        if not any(same(name, known) for known in found):
            found.append(name)
    return tuple(sorted(found))


def overlap(some: Iterable[str], others: Iterable[str]) -> float:
    """Share of the shorter list's surnames that the other list has too, 0 to 1; 0 where a list is empty."""
    left, right = {surname(name) for name in some}, {surname(name) for name in others}
    return len(left & right) / min(len(left), len(right)) if left and right else 0.0


def _agree(one: str, other: str) -> bool:
    return one == other or (min(len(one), len(other)) == 1 and one[0] == other[0])


def _words(name: str) -> list[str]:
    folded = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)).casefold()
    return folded.replace(".", " ").replace("-", " ").replace("'", "").replace("’", "").split()


def _together(name: str) -> str:
    return "".join(_words(name))
