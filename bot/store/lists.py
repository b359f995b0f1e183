"""Which papers hold a word, as lists of their numbers: read whole, and weighed together.

An index tells that too, but paper by paper: PostgreSQL's knows where rows lie, and to learn of which papers these are
it reads a page of a large table for each. A list brings hundreds with one row, and words that all are common are
weighed without leaving a paper out.
"""

# ruff: noqa: S608 (only names of ours are put into the SQL)

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from bot.store.dialect import Tables
from bot.store.wording import Entry

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Numbers: TypeAlias = npt.NDArray[np.int32]

_PART = 224  # numbers a row, or some more: a page of SQLite holds four such rows, one of PostgreSQL's eight
_NUMBER = "<i4"


def packed(pks: Iterable[int]) -> bytes:
    """The numbers as a row keeps them."""
    import numpy as np

    return np.fromiter(pks, _NUMBER).tobytes()


def numbers(pks: Iterable[int]) -> "Numbers":
    """The numbers as a list that was read."""
    return unpacked(packed(pks))


def unpacked(kept: bytes) -> "Numbers":
    """The numbers of a row, or of several in a row."""
    import numpy as np

    return np.frombuffer(kept, _NUMBER).astype(np.int32)


def best(lists: "Sequence[tuple[Numbers, float]]", most: int) -> list[tuple[int, float]]:
    """The papers whose lists weigh most together, and how much; of equals those that were stored first."""
    import numpy as np

    held = np.concatenate([pks for pks, _ in lists])
    weights = np.zeros(int(held.max(initial=0)) + 1, np.float32)
    for pks, weight in lists:
        weights[pks] += weight
    enough = most * len(lists)  # a paper is held as often as it has lists
    if enough < len(held):
        weighed = weights[held]
        held = held[weighed >= np.partition(weighed, -enough)[-enough]]
    found = np.unique(held)
    order = np.lexsort((found, -weights[found]))[:most]
    return [(int(pk), float(weights[pk])) for pk in found[order]]


class Lists(Tables):
    """The list of each word that is counted. To be kept by one caller at a time, as the counts are."""

    async def keep(self, new: Mapping[int, Entry], old: Mapping[int, Entry], df: Mapping[str, int]) -> None:
        """Let the lists say what papers hold now, which held what `old` tells of those that were there before.

        df: how many papers held each of the words till now. What is left of a list of one that none has held is of
        papers that were swept away with the counts.
        """
        gained, lost = _terms(new, old), _terms(old, new)
        await self.run("DELETE FROM term_papers WHERE term = ?", [(term,) for term in gained if term not in df])
        await self._drop(lost)
        both = "term_papers.pks || excluded.pks"
        await self.run(
            "INSERT INTO term_papers (term, part, pks) VALUES (?, ?, ?)"
            f" ON CONFLICT (term, part) DO UPDATE SET pks = {f'CAST({both} AS blob)' if self.lite else both}",
            [row for term in gained for row in parts(term, gained[term], df.get(term, 0))],
        )

    async def _drop(self, lost: Mapping[str, Sequence[int]]) -> None:
        import numpy as np

        for term, pks in lost.items():
            rows = await self.rows("SELECT part, pks FROM term_papers WHERE term = :term", {"term": term})
            kept = [(part, held, held[~np.isin(held, pks)]) for part, held in ((n, unpacked(said)) for n, said in rows)]
            await self.run(
                "UPDATE term_papers SET pks = ? WHERE term = ? AND part = ?",
                [(packed(left), term, part) for part, held, left in kept if len(left) < len(held)],
            )


def parts(term: str, pks: Sequence[int], before: int) -> Iterable[tuple[str, int, bytes]]:
    """The rows that add these papers to a word's list, which so many were in before."""
    while pks:
        part, held = divmod(before, _PART)
        some, pks = pks[: _PART - held], pks[_PART - held :]
        before += len(some)
        yield term, part, packed(some)


def _terms(papers: Mapping[int, Entry], others: Mapping[int, Entry]) -> dict[str, list[int]]:
    """For each word, in order, the papers that hold it here and not there."""
    found: dict[str, list[int]] = defaultdict(list)
    for pk, entry in sorted(papers.items()):
        for term in entry.terms - (others[pk].terms if pk in others else set()):
            found[term].append(pk)
    return dict(sorted(found.items()))
