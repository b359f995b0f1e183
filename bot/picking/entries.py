"""Some rows of an index as a table of entries, and weighted sums over them."""

from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from bot.picking.vectors import FloatArray, Index, IntArray


class Entries(NamedTuple):
    """One entry for each term that a row holds. row: its place among the rows `asked` for."""

    asked: IntArray
    width: int
    row: IntArray
    columns: npt.NDArray[np.int32]
    sat: FloatArray
    unit: FloatArray

    @classmethod
    def of(cls, index: Index, rows: IntArray) -> Self:
        """The entries of these rows of the index, in their order."""
        lengths = np.diff(index.starts)[rows]
        row = np.repeat(np.arange(len(rows)), lengths)
        at: IntArray | slice = slice(None)
        if len(rows) != len(index) or not np.array_equal(rows, np.arange(len(index))):
            at = np.arange(len(row)) + np.repeat(index.starts[rows] - np.cumsum(lengths) + lengths, lengths)
        return cls(rows, len(index.terms), row, index.columns[at], index.sat[at], index.unit[at])

    def holding(self, columns: IntArray) -> Self:
        """Only the entries of these columns: much faster to sum when the columns are few."""
        wanted = np.zeros(self.width, np.bool_)
        wanted[columns] = True
        kept = np.flatnonzero(wanted[self.columns])
        return self._replace(row=self.row[kept], columns=self.columns[kept], sat=self.sat[kept], unit=self.unit[kept])

    def sums(self, values: FloatArray, columns: IntArray, weights: FloatArray) -> FloatArray:
        """For each row the sum of `values` (`sat` or `unit`), each times the weight of its column."""
        weight = np.zeros(self.width, np.float32)
        weight[columns] = weights
        return np.bincount(self.row, values * weight[self.columns], minlength=len(self.asked)).astype(np.float32)

    def holds(self, column: int) -> npt.NDArray[np.bool_]:
        """For each row, whether it holds the term of this column."""
        found = np.zeros(len(self.asked), np.bool_)
        found[self.row[self.columns == column]] = True
        return found
