"""What the store's papers look like to the picker: an index of terms and weights, as plain arrays."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from bot.picking.acronyms import Acronyms, Mining
from bot.picking.growth import Growth
from bot.picking.profile import Sign
from bot.picking.words import joined

VERSION = 5  # of the arrays and of how text becomes terms; an index of another version has to be built again
SMALL = 300  # papers; a smaller store keeps every term
LARGE = 3_000  # papers; a larger store keeps only pairs of words that five papers say

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float32]
Names = npt.NDArray[np.uint64]
Array = npt.NDArray[Any]


class Document(NamedTuple):
    """A stored paper as the index reads it."""

    pk: int
    title: str
    abstract: str


@dataclass(frozen=True, slots=True)
class Index:
    """Papers by row, terms (stems and pairs of neighbouring stems) by column, weights in compressed sparse rows.

    Row r holds columns `columns[starts[r]:starts[r+1]]` with two weights each: `sat`, BM25F's saturated count in 0..1
    (title 2.5 times; idf not in it), and `unit`, TF-IDF of length one a row. `surface` reads a term aloud. `stamp` is
    equal for indexes of the same papers and texts. `acronyms`: the short forms that these papers define.
    """

    pks: IntArray
    starts: IntArray
    columns: npt.NDArray[np.int32]
    sat: FloatArray
    unit: FloatArray
    idf: FloatArray
    terms: tuple[str, ...]
    surface: tuple[str, ...]
    column: Mapping[str, int] = field(repr=False)
    stamp: str
    acronyms: Acronyms = field(repr=False)
    growth: Growth | None = field(default=None, repr=False)

    @classmethod
    def build(cls, documents: Iterable[Document], report: Callable[[int], None] | None = None) -> Self:
        """The index of these papers; the last text of a pk counts. `report` hears how many have been read."""
        return cls._grown(Growth.empty(), Acronyms({}), documents, None, report)

    def extended(
        self,
        documents: Iterable[Document],
        keep: Collection[int] | None = None,
        report: Callable[[int], None] | None = None,
    ) -> Self:
        """The same as building from all papers again, but reads only these; a known pk gets its new text.

        keep: the papers (pk) that stay, all without it.
        Raises ValueError for an index that was loaded without its growth.
        """
        if self.growth is None:
            raise ValueError("this index was loaded for ranking only")
        return self._grown(self.growth, self.acronyms, documents, keep, report)

    def __len__(self) -> int:
        return len(self.pks)

    def columns_of(self, terms: Iterable[str]) -> IntArray:
        """Where the terms stand; those that it lacks are left out."""
        return np.array([self.column[term] for term in terms if term in self.column], np.int64)

    def names(self) -> Names:
        """A number for each row that looks drawn at random and comes from what the paper says, not from its place."""
        says = np.flatnonzero(np.diff(self.starts))
        named = np.zeros(len(self), np.uint64)
        named[says] = _mixed(np.add.reduceat(_mixed(self.columns), self.starts[says])) if len(says) else 0
        return named

    def weighed(self, sign: Sign) -> tuple[IntArray, FloatArray]:
        """The columns of a sign's terms and the weight of each; terms that it lacks are left out."""
        known = [pair for pair in zip(sign.terms, sign.weights, strict=True) if pair[0] in self.column]
        return self.columns_of(term for term, _ in known), np.array([weight for _, weight in known], np.float32)

    def to_arrays(self) -> dict[str, Array]:
        """Everything as arrays, for one .npz file; text as UTF-8 bytes. `version` holds VERSION."""
        arrays: dict[str, Array] = {
            "version": np.array([VERSION]),
            **{name: getattr(self, name) for name in _NUMBERS},
            "terms": _packed(self.terms),
            "surface": _packed(self.surface),
            "stamp": _packed((self.stamp,)),
        }
        arrays |= {f"acronym_{name}": array for name, array in self.acronyms.to_arrays().items()}
        if self.growth is not None:
            arrays |= {f"growth_{name}": array for name, array in self.growth.to_arrays().items()}
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array], *, growing: bool = False) -> Self:
        """The index that `to_arrays` wrote. Only with `growing` are the arrays read that `extended` needs."""
        terms = _unpacked(arrays["terms"])
        return cls(
            **{name: arrays[name] for name in _NUMBERS},
            terms=terms,
            surface=_unpacked(arrays["surface"]),
            column={term: column for column, term in enumerate(terms)},
            stamp=_unpacked(arrays["stamp"])[0],
            acronyms=Acronyms.from_arrays({name: arrays[f"acronym_{name}"] for name in Acronyms.NAMES}),
            growth=Growth.from_arrays({name: arrays[f"growth_{name}"] for name in Growth.NAMES}) if growing else None,
        )

    @classmethod
    def _grown(
        cls, growth: Growth, acronyms: Acronyms, documents: Iterable[Document], keep: Collection[int] | None,
        report: Callable[[int], None] | None,
    ) -> Self:  # fmt: skip
        mining = Mining()
        growth = growth.extended(mining.over(documents), keep, report)
        return cls._from_growth(growth, acronyms.extended(mining.found, growth.pks.tolist()))

    @classmethod
    def _from_growth(cls, growth: Growth, acronyms: Acronyms) -> Self:
        """Counts turned into weights. BM25F's parameters: Robertson and Zaragoza, 2009, tuned on dev topics."""
        papers = len(growth.pks)
        counts = growth.counts(keep_pairs_of=1 if papers < SMALL else 2 if papers < LARGE else 5)
        lengths = counts.lengths
        mean = lengths.mean(axis=1, keepdims=True) if papers else lengths
        relative = (lengths / np.maximum(mean, 1e-9)).astype(np.float32)
        idf = np.log1p((papers - counts.df + 0.5) / (counts.df + 0.5)).astype(np.float32)
        entries = int(counts.starts[-1])
        columns, sat, unit = np.empty(entries, np.int32), np.empty(entries, np.float32), np.empty(entries, np.float32)
        for part in counts.parts():
            here = slice(counts.starts[part.papers.start], counts.starts[part.papers.stop])
            of_paper = part.papers.start + part.rows
            in_title, in_abstract = part.in_title.astype(np.float32), part.in_abstract.astype(np.float32)
            tf = 2.5 * in_title / (0.7 + 0.3 * relative[0, of_paper])
            tf += in_abstract / (0.4 + 0.6 * relative[1, of_paper])
            weight = (1 + np.log(2 * in_title + in_abstract)) * idf[part.columns]
            norm = np.sqrt(np.bincount(part.rows, weight * weight)).astype(np.float32)
            columns[here], sat[here] = part.columns, tf / (1.2 + tf)
            unit[here] = weight / np.maximum(norm[part.rows], 1e-9)
        return cls(
            pks=growth.pks,
            starts=counts.starts,
            columns=columns,
            sat=sat,
            unit=unit,
            idf=idf,
            terms=counts.terms,
            surface=tuple(reduce(joined, words) for words in counts.surface),
            column={term: column for column, term in enumerate(counts.terms)},
            stamp=growth.stamp(),
            acronyms=acronyms,
            growth=growth,
        )


_NUMBERS = ("pks", "starts", "columns", "sat", "unit", "idf")


def _mixed(numbers: npt.NDArray[Any]) -> Names:
    mixed = numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return mixed ^ (mixed >> np.uint64(29))


def _packed(texts: Iterable[str]) -> npt.NDArray[np.uint8]:
    return np.frombuffer("\n".join(texts).encode(), np.uint8)


def _unpacked(packed: Array) -> tuple[str, ...]:
    text = packed.tobytes().decode()
    return tuple(text.split("\n")) if text else ()
