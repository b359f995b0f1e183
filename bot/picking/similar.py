"""How alike papers are, by the words that they share."""

import numpy as np

from bot.picking.entries import Entries
from bot.picking.vectors import FloatArray, Index, IntArray

SIMILAR_BAR = 0.12  # scores at or above it are worth showing: about half of such papers share an author keyword
BUCKETS = 256  # then papers that have little to do with each other stay at about .3


def similar(index: Index, seeds: IntArray, rows: IntArray) -> FloatArray:
    """Cosine, 0..1, of each of `rows` with the mean of the seed rows; a seed itself scores too."""
    few = Entries.of(index, seeds)
    mean = np.bincount(few.columns, few.unit, minlength=few.width)
    columns = np.flatnonzero(mean)
    length = float(np.linalg.norm(mean)) or 1.0
    entries = Entries.of(index, rows)
    return entries.sums(entries.unit, columns, np.asarray(mean[columns] / length, np.float32))


def outline(index: Index, row: int) -> FloatArray:
    """How long the row's terms are in each bucket of columns.

    The product of two outlines is not below the cosine of the rows (Cauchy and Schwarz), and far quicker.
    """
    here = slice(index.starts[row], index.starts[row + 1])
    squares = np.bincount(index.columns[here] % BUCKETS, index.unit[here] ** 2, BUCKETS)
    return np.sqrt(squares, dtype=np.float32)


def cosine(index: Index, first: int, second: int) -> float:
    """Of two rows, 0..1."""
    one, other = (slice(index.starts[row], index.starts[row + 1]) for row in (first, second))
    left, right = (index.columns[rows] for rows in (one, other))  # both rising
    place = np.minimum(np.searchsorted(right, left), max(len(right) - 1, 0))
    held = right[place] == left if len(right) else np.zeros(len(left), np.bool_)
    return float(index.unit[one][held] @ index.unit[other][place[held]])
