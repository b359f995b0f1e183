"""Some rows of an index as a sparse table, and weighted sums over them, for one sign or for many at once."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np
import numpy.typing as npt

from bot.picking.profile import Kin, Sign
from bot.picking.space import cosines
from bot.picking.vectors import FloatArray, Index, IntArray, Weighed

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix


COMMON = 0.03  # share of the rows: a term that more of them hold is summed up in full
TOGETHER = 4_000  # rows whose points are kept in full precision; of more they are so while they are looked at


class Entries:
    """Rows `asked` of an index, each at most once: row r holds the terms `columns[starts[r]:starts[r+1]]`, rising."""

    def __init__(
        self, index: Index, asked: IntArray, starts: IntArray, columns: npt.NDArray[np.int32], sat: FloatArray,
        unit: FloatArray,
    ) -> None:  # fmt: skip
        self.index = index
        self.asked = asked
        self.starts = starts
        self.columns = columns
        self.sat = sat
        self.unit = unit

    @classmethod
    def of(cls, index: Index, rows: IntArray) -> Self:
        """The entries of these rows of the index, in their order."""
        if len(rows) == len(index) and np.array_equal(rows, np.arange(len(index))):
            return cls(index, rows, index.starts, index.columns, index.sat, index.unit)
        lengths = np.diff(index.starts)[rows]
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
        at = np.arange(starts[-1]) + np.repeat(index.starts[rows] - starts[:-1], lengths)
        return cls(index, rows, starts, index.columns[at], index.sat[at], index.unit[at])

    @property
    def _is_all(self) -> bool:
        """Whether these are all rows of the index, in its order."""
        return self.columns is self.index.columns

    @property
    def width(self) -> int:
        return len(self.index.terms)

    @cached_property
    def row(self) -> IntArray:
        """Of each entry, the place of its row among those asked for."""
        return np.repeat(np.arange(len(self.asked)), np.diff(self.starts))

    def hears(self, signs: Sequence[Sign]) -> FloatArray:
        """What each row says of each sign's terms: the sum of their weights, each times `sat`. A sign a line."""
        return self._summed(self.sat, signs)

    def likeness(self, signs: Sequence[Sign]) -> FloatArray:
        """How much each row is like each sign: the sum of its terms' weights, each times `unit`. A sign a line."""
        return self._summed(self.unit, signs)

    def nearness(self, many: Sequence[Kin]) -> FloatArray:
        """How near each row is to each of these groups of papers in the index's space: cosines, a group a line."""
        found = np.empty((len(many), len(self.asked)), np.float32)
        if not many:
            return found
        directions = np.stack([self.index.toward(kin) for kin in many])
        if len(self.asked) <= TOGETHER:
            return cosines(directions, self._points)
        for start in range(0, len(self.asked), TOGETHER):
            some = slice(start, start + TOGETHER)
            rows = some if self._is_all else self.asked[some]
            found[:, some] = cosines(directions, self.index.space.points(rows))
        return found

    def holding(self, columns: IntArray) -> Self:
        """Only the entries of these columns."""
        wanted = np.zeros(self.width, np.bool_)
        wanted[columns] = True
        kept = np.flatnonzero(wanted[self.columns])
        starts = np.searchsorted(kept, self.starts)
        return type(self)(self.index, self.asked, starts, self.columns[kept], self.sat[kept], self.unit[kept])

    def sums(self, values: FloatArray, columns: IntArray, weights: FloatArray) -> FloatArray:
        """For each row the sum of `values`, one an entry, each times the weight of its column."""
        weight = np.zeros(self.width, np.float32)
        weight[columns] = weights
        return np.bincount(self.row, values * weight[self.columns], minlength=len(self.asked)).astype(np.float32)

    def holds(self, column: int) -> npt.NDArray[np.bool_]:
        """For each row, whether it holds the term of this column."""
        found = np.zeros(len(self.asked), np.bool_)
        found[np.searchsorted(self.starts, np.flatnonzero(self.columns == column), side="right") - 1] = True
        return found

    def by_paper(self, many: Sequence[Kin]) -> FloatArray:
        """For each row the number that is given for its paper, 0 where none is. Of each of these groups, a line."""
        found = np.zeros((len(many), len(self.asked)), np.float32)
        for line, kin in zip(found, many, strict=True):
            rows, numbers = self.index.rows_of(kin)
            place = self._place[rows]
            is_asked = place >= 0
            line[place[is_asked]] = numbers[is_asked]
        return found

    @cached_property
    def _place(self) -> IntArray:
        """Of each row of the index its place among those asked for, -1 where it is not."""
        place = np.full(len(self.index), -1, np.int64)
        place[self.asked] = np.arange(len(self.asked))
        return place

    def _summed(self, values: FloatArray, signs: Sequence[Sign]) -> FloatArray:
        """For each sign, a line, and each row the sum of `values` times the sign's weights."""
        weighed = [self.index.weighed(sign) for sign in signs]
        if self._is_all:
            return self._over_all(values is self.sat, weighed)
        by_term = self._sat_by_term if values is self.sat else self._unit_by_term
        return by_term.sums(weighed)

    @cached_property
    def _points(self) -> FloatArray:
        return self.index.space.points(self.asked)

    def _over_all(self, is_sat: bool, weighed: Sequence[Weighed]) -> FloatArray:
        """The sums over all papers, by what the index holds of these terms."""
        tables = [part.sat if is_sat else part.unit for part in self.index.by_term()]
        found = np.empty((len(weighed), len(self.asked)), np.float32)
        for line, (columns, weights) in zip(found, weighed, strict=True):
            start = 0
            for table in tables:
                line[start : (start := start + table.shape[1])] = table[columns].T @ weights
        return found

    @cached_property
    def _sat_by_term(self) -> "_ByTerm":
        return _ByTerm(self._table(self.sat))

    @cached_property
    def _unit_by_term(self) -> "_ByTerm":
        return _ByTerm(self._table(self.unit))

    def _table(self, values: FloatArray) -> "csr_matrix":
        from scipy.sparse import csr_matrix

        return csr_matrix((values, self.columns, self.starts), shape=(len(self.asked), self.width))


class _ByTerm:
    """What rows hold, by term: in full of the terms that many rows hold, which take most of the time; else sparsely."""

    def __init__(self, rows: "csr_matrix") -> None:
        by_term = rows.T.tocsr()
        held = np.diff(by_term.indptr)
        is_common = held > COMMON * rows.shape[0]
        self._common, self._rare = _places(is_common), _places((held > 0) & ~is_common)
        self._full = by_term[is_common].toarray()
        self._sparse = by_term[self._rare >= 0]

    def sums(self, weighed: Sequence[Weighed]) -> FloatArray:
        """For each sign and each row the sum of what it holds, times the weights: common terms first, by column."""
        if not weighed:
            return np.zeros((0, self._full.shape[1]), np.float32)
        columns, weights = (np.concatenate(numbers) for numbers in zip(*weighed, strict=True))
        signs = np.repeat(np.arange(len(weighed)), [len(said) for said, _ in weighed])
        found = _picked(self._common[columns], signs, weights, (len(weighed), len(self._full))) @ self._full
        rare = _picked(self._rare[columns], signs, weights, (len(weighed), self._sparse.shape[0])) @ self._sparse
        return np.asarray(found + rare.toarray(), np.float32)


def column(numbers: Iterable[float]) -> FloatArray:
    """A number a line."""
    return np.array([*numbers], np.float32)[:, None]


def _places(chosen: npt.NDArray[np.bool_]) -> npt.NDArray[np.int32]:
    """Of each that is chosen its place among them, of each other -1."""
    return np.where(chosen, np.cumsum(chosen) - 1, -1).astype(np.int32)


def _picked(place: npt.NDArray[np.int32], signs: IntArray, weights: FloatArray, shape: tuple[int, int]) -> "csr_matrix":
    """The weights that have a place, a row a sign."""
    from scipy.sparse import csr_matrix

    known = place >= 0
    starts = np.searchsorted(signs[known], np.arange(shape[0] + 1))
    return csr_matrix((weights[known], place[known], starts), shape=shape)
