"""Where papers stand beside each other by what they are about, even where they share no words."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

LEAST = 3_000  # papers; of 1,500 and fewer nothing is learned that helps
DIMENSIONS = 200
SAID_BY = 10  # papers that say a term; what fewer say tells little, and leaving it out saves most of the terms
SAMPLE = 20_000  # papers that the space is learned from
LITTLE = 0.01  # of what the first dimension explains: one that explains less is chance
TOGETHER = 2_000  # papers placed at once: what bounds the memory
_BLOCK, _STEPS = 100, 6  # with more topics are ranked no better by `python -m tests.bench.pick`

# Points and directions are rounded to whole parts of one, so few that a sum of their products is exact in single
# precision: however many are multiplied at once, and by whichever processor, a paper gets the same score.
PARTS, PARTS_OF_DIRECTION = 2_000, 4_000

FloatArray = npt.NDArray[np.float32]
Told = Callable[[npt.NDArray[np.int64]], "csr_matrix"]


@dataclass(frozen=True, slots=True)
class Space:
    """Papers by row as points at length one, in whole PARTS: `places`. What moves them, a term a row: `basis`.

    Latent semantic analysis (Deerwester et al. 1990), with every dimension counting the same however much of the
    store's words it explains: what all papers share tells no topic from another. In a store that is too small there
    are no dimensions.
    """

    NAMES: ClassVar = ("columns", "basis", "places")

    columns: npt.NDArray[np.int32]  # of the index, rising: the terms of `basis`
    basis: npt.NDArray[np.float16]
    places: npt.NDArray[np.int16]

    @property
    def dimensions(self) -> int:
        return int(self.places.shape[1])

    @classmethod
    def empty(cls, papers: int) -> Self:
        """Without dimensions, for so many papers."""
        return cls(np.zeros(0, np.int32), np.zeros((0, 0), np.float16), np.zeros((papers, 0), np.int16))

    @classmethod
    def of(cls, told: Told, names: npt.NDArray[Any], terms: int) -> Self:
        """The space of papers of so many terms. told: what rows say, a term a column.

        names: of every row, numbers that come from what it says, so that equal papers in another order give the same.
        """
        columns, some = _sample(told(np.argsort(names, kind="stable")[:SAMPLE]), terms)
        basis = _basis(some) if len(columns) else np.zeros((0, 0), np.float32)
        bare = cls(columns, basis.astype(np.float16), np.zeros((0, basis.shape[1]), np.int16))
        return bare.beside(told, np.arange(len(names)))

    def beside(self, told: Told, rows: npt.NDArray[np.int64]) -> Self:
        """With these rows too."""
        places = np.empty((len(self.places) + len(rows), self.dimensions), np.int16)
        places[: len(self.places)] = self.places
        basis = self.basis.astype(np.float32)
        for start in range(0, len(rows), TOGETHER):
            found = told(rows[start : start + TOGETHER])[:, self.columns] @ basis
            length = np.linalg.norm(found, axis=1, keepdims=True)
            here = len(self.places) + start
            places[here : here + len(found)] = np.rint(found * (PARTS / np.maximum(length, 1e-9)))
        return type(self)(self.columns, self.basis, places)

    def middle(self, rows: npt.NDArray[np.int64], weights: FloatArray) -> tuple[FloatArray, float]:
        """The direction, in whole PARTS_OF_DIRECTION, in which these papers stand, each as heavy as told.

        Also how long the sum of their points is: what one adds to its own cosine is its weight by that.
        """
        summed = weights @ self.points(rows) / PARTS
        length = float(np.linalg.norm(summed)) or 1.0
        return np.rint(summed * (PARTS_OF_DIRECTION / length)).astype(np.float32), length

    def points(self, rows: npt.NDArray[np.int64] | slice) -> FloatArray:
        """Where these rows stand, in whole PARTS, as numbers that are quick to reckon with."""
        return self.places[rows].astype(np.float32)


def cosines(directions: FloatArray, points: FloatArray) -> FloatArray:
    """Of each direction with each of these points."""
    return (directions @ points.T) / np.float32(PARTS * PARTS_OF_DIRECTION)


def _sample(papers: "csr_matrix", terms: int) -> tuple[npt.NDArray[np.int32], "csr_matrix"]:
    """The columns that enough of these papers say, and what they say in these, rows of length one."""
    columns = np.flatnonzero(np.bincount(papers.indices, minlength=terms) >= SAID_BY).astype(np.int32)
    some = papers[:, columns]
    lengths = np.sqrt(
        np.bincount(np.repeat(np.arange(some.shape[0]), np.diff(some.indptr)), some.data**2, some.shape[0])
    )
    some.data /= np.repeat(lengths.astype(np.float32), np.diff(some.indptr))
    return columns, some


def _basis(papers: "csr_matrix") -> FloatArray:
    """The leading right singular vectors, a column each, divided by how much they explain."""
    known, inner = _subspace(papers)
    values, vectors = np.linalg.eigh(inner, UPLO="U")
    explained = np.sqrt(np.maximum(values[: -DIMENSIONS - 1 : -1], 0))
    told = np.count_nonzero(explained > LITTLE * explained[0])
    scale = np.float32(np.sqrt(len(known))) * explained[0] / explained[:told]  # so that half precision holds it well
    return np.asarray((known @ vectors[:, : -told - 1 : -1]) * scale, np.float32)


def _subspace(papers: "csr_matrix") -> tuple[FloatArray, FloatArray]:
    """Orthogonal directions, a column each, that hold nearly all of the leading ones; what is explained by each pair.

    Block Krylov iteration (Musco and Musco 2015) with every block made orthogonal to all before it: the same papers
    give the same numbers, in less than half of the time that subspace iteration takes to the same precision.
    """
    turned = papers.T.tocsr()
    width, most = papers.shape[1], _BLOCK * _STEPS
    if width <= most:
        return np.eye(width, dtype=np.float32), (turned @ papers).toarray()
    block = np.linalg.qr(np.random.default_rng(0).standard_normal((width, _BLOCK), np.float32))[0]
    known, inner = np.zeros((width, most), np.float32), np.zeros((most, most), np.float32)
    for start in range(0, most, _BLOCK):
        here, so_far = slice(start, start + _BLOCK), slice(0, start + _BLOCK)
        known[:, here] = block
        block = turned @ (papers @ block)
        inner[so_far, here] = known[:, so_far].T @ block
        for _ in range(2):  # once is not enough in single precision
            block -= known[:, so_far] @ (known[:, so_far].T @ block)
            block = np.linalg.qr(block)[0]
    return known, inner
