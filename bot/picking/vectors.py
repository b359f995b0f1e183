"""What the store's papers look like to the picker: an index of terms and weights, as plain arrays."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from bot.picking.acronyms import Acronyms, Mining
from bot.picking.growth import Growth, Part
from bot.picking.profile import Kin, Sign
from bot.picking.space import LEAST, Space
from bot.picking.words import joined

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

VERSION = 6  # of the arrays and of how text becomes terms; an index of another version has to be built again
SMALL = 300  # papers; a smaller store keeps every term
LARGE = 3_000  # papers; a larger store keeps only pairs of words that five papers say
_MOST_SIGNS = 10_000  # whose columns are remembered: of about 2,500 topics
_MOST_KIN = 5_000  # whose direction is

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float32]
Names = npt.NDArray[np.uint64]
Array = npt.NDArray[Any]
Numbered = tuple[IntArray, FloatArray]
Weighed = tuple[npt.NDArray[np.int32], FloatArray]  # columns, rising, and the weight of each


class Document(NamedTuple):
    """A stored paper as the index reads it."""

    pk: int
    title: str
    abstract: str


class ByTerm(NamedTuple):
    """Neighbouring rows of an index turned over: a term a row, a paper a column."""

    sat: "csr_matrix"
    unit: "csr_matrix"


@dataclass(frozen=True, slots=True)
class Index:
    """Papers by row, terms (stems and pairs of neighbouring stems) by column, weights in compressed sparse rows.

    Row r holds columns `columns[starts[r]:starts[r+1]]` with two weights each: `sat`, BM25F's saturated count in 0..1
    (title 2.5 times; idf not in it), and `unit`, TF-IDF of length one a row. `surface` reads a term aloud. `mean`: how
    many words titles and abstracts have. `names`: numbers that come from what each row says. `stamp` is equal for
    indexes of the same papers and texts. `acronyms`: the short forms that these papers define. `space`: where papers
    stand beside each other.
    """

    pks: IntArray
    starts: IntArray
    columns: npt.NDArray[np.int32]
    sat: FloatArray
    unit: FloatArray
    idf: FloatArray
    mean: npt.NDArray[np.float64]
    names: Names
    terms: tuple[str, ...]
    surface: tuple[str, ...]
    column: Mapping[str, int] = field(repr=False)
    stamp: str
    acronyms: Acronyms = field(repr=False)
    space: Space = field(repr=False)
    growth: Growth | None = field(default=None, repr=False)
    _weighed: dict[Sign, Weighed] = field(default_factory=dict, init=False, repr=False, compare=False)
    _rows: dict[Kin, Numbered] = field(default_factory=dict, init=False, repr=False, compare=False)
    _toward: dict[Kin, FloatArray] = field(default_factory=dict, init=False, repr=False, compare=False)
    _by_term: list[ByTerm] = field(default_factory=list, init=False, repr=False, compare=False)

    @classmethod
    def build(cls, documents: Iterable[Document]) -> Self:
        """The index of these papers; the last text of a pk counts."""
        return cls._grown(Growth.empty(), Acronyms({}), documents, None)

    def extended(
        self,
        documents: Iterable[Document],
        keep: Collection[int] | None = None,
    ) -> Self:
        """The same as building from all papers again, but reads only these; a known pk gets its new text.

        keep: the papers (pk) that stay, all without it.
        Raises ValueError for an index that was loaded without its growth.
        """
        if self.growth is None:
            raise ValueError("this index was loaded for ranking only")
        return self._grown(self.growth, self.acronyms, documents, keep)

    def beside(self, documents: Iterable[Document]) -> Self:
        """With new papers, of higher pks, by the terms and weights that are here: at once, and nearly as `extended`."""
        new = Growth.empty().extended(documents)
        counts = new.counts(keep_pairs_of=1)
        place = np.array([self.column.get(term, -1) for term in counts.terms], np.int32)
        starts, columns, sat, unit, names = [self.starts], [self.columns], [self.sat], [self.unit], [self.names]
        for part in counts.parts():
            held = place[part.columns] >= 0
            said = Part(part.papers, *(numbers[held] for numbers in part[1:]))
            said = said._replace(columns=place[said.columns].astype(np.int64))  # rising as before: both are sorted
            of_papers = np.bincount(said.rows, minlength=part.papers.stop - part.papers.start)
            starts.append(starts[-1][-1] + np.cumsum(of_papers))
            columns.append(said.columns.astype(np.int32))
            names.append(_named(said))
            for weights, found in zip((sat, unit), _weights(said, counts.lengths, self.mean, self.idf), strict=True):
                weights.append(found)
        grown = replace(
            self,
            pks=np.concatenate([self.pks, new.pks]),
            starts=np.concatenate(starts),
            columns=np.concatenate(columns),
            sat=np.concatenate(sat),
            unit=np.concatenate(unit),
            names=np.concatenate(names),
            stamp=f"{self.stamp}+{new.stamp()}",
            growth=None,
        )
        grown = replace(grown, space=self.space.beside(grown._telling, np.arange(len(self), len(grown))))
        grown._by_term.extend(self._by_term)
        return grown

    def __len__(self) -> int:
        return len(self.pks)

    def columns_of(self, terms: Iterable[str]) -> IntArray:
        """Where the terms stand; those that it lacks are left out."""
        return np.array([self.column[term] for term in terms if term in self.column], np.int64)

    def weighed(self, sign: Sign) -> Weighed:
        """The columns of a sign's terms, rising, and the weight of each; terms that it lacks are left out."""
        found = self._weighed.get(sign)
        if found is None:
            columns = np.array([self.column.get(term, -1) for term in sign.terms], np.int32)
            order = np.argsort(columns, kind="stable")[np.count_nonzero(columns < 0) :]
            found = columns[order], np.array(sign.weights, np.float32)[order]
            if len(self._weighed) >= _MOST_SIGNS:
                self._weighed.clear()
            self._weighed[sign] = found
        return found

    def rows_of(self, kin: Kin) -> Numbered:
        """Where these papers stand, and the number of each; those that it lacks are left out."""
        found = self._rows.get(kin)
        if found is None:
            wanted = np.array(kin.pks, np.int64)
            place = np.minimum(np.searchsorted(self.pks, wanted), max(len(self) - 1, 0))
            known = np.flatnonzero(self.pks[place] == wanted) if len(self) else np.zeros(0, np.int64)
            found = place[known], np.array(kin.weights, np.float32)[known]
            if len(self._rows) >= _MOST_SIGNS:
                self._rows.clear()
            self._rows[kin] = found
        return found

    def toward(self, kin: Kin) -> FloatArray:
        """The direction in `space` in which these papers stand, each as heavy as its number."""
        found = self._toward.get(kin)
        if found is None:
            found = self.space.middle(*self.rows_of(kin))[0]
            if len(self._toward) >= _MOST_KIN:
                self._toward.clear()
            self._toward[kin] = found
        return found

    def table(self, values: FloatArray) -> "csr_matrix":
        """All rows as a sparse table of one of the two weights, without copying it."""
        from scipy.sparse import csr_matrix

        table = csr_matrix((len(self), len(self.terms)), dtype=values.dtype)  # given the arrays, it copies mapped ones
        table.data, table.indices, table.indptr = values, self.columns, self.starts.astype(np.int32)
        return table

    def by_term(self) -> Sequence[ByTerm]:
        """All rows by term, in parts that follow each other. Made when first asked for; of an index grown by `beside`
        only what is new.
        """
        parts = tuple(self._by_term)
        first = sum(part.sat.shape[1] for part in parts)
        if first < len(self):
            parts += (self._turned(first),)
            self._by_term[:] = parts
        return parts

    def _turned(self, first: int) -> ByTerm:
        """The rows from there on, by term."""
        from scipy.sparse import csc_matrix, csr_matrix

        here = slice(self.starts[first], None)
        starts = (self.starts[first:] - self.starts[first]).astype(np.int32)
        shape = len(self.terms), len(self) - first
        places = np.arange(starts[-1], dtype=np.int32)
        turned = csc_matrix((places, self.columns[here], starts), shape=shape).tocsr()
        sat, unit = (
            csr_matrix((values[here][turned.data], turned.indices, turned.indptr), shape=shape)
            for values in (self.sat, self.unit)
        )
        return ByTerm(sat, unit)

    def _telling(self, rows: IntArray) -> "csr_matrix":
        """These rows, rare terms heavier than in `unit`: the same subject is told by them sooner."""
        told = self.table(self.unit)[rows]
        told.data *= self.idf[told.indices]
        return told

    def to_arrays(self) -> dict[str, Array]:
        """Everything as arrays, text as UTF-8 bytes. `version` holds VERSION."""
        arrays: dict[str, Array] = {
            "version": np.array([VERSION]),
            **{name: getattr(self, name) for name in _NUMBERS},
            "terms": _packed(self.terms),
            "surface": _packed(self.surface),
            "stamp": _packed((self.stamp,)),
        }
        arrays |= {f"acronym_{name}": array for name, array in self.acronyms.to_arrays().items()}
        arrays |= {f"space_{name}": getattr(self.space, name) for name in Space.NAMES}
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
            space=Space(**{name: arrays[f"space_{name}"] for name in Space.NAMES}),
            growth=Growth.from_arrays({name: arrays[f"growth_{name}"] for name in Growth.NAMES}) if growing else None,
        )

    @classmethod
    def _grown(
        cls, growth: Growth, acronyms: Acronyms, documents: Iterable[Document], keep: Collection[int] | None
    ) -> Self:
        mining = Mining()
        growth = growth.extended(mining.over(documents), keep)
        index = cls._from_growth(growth, acronyms.extended(mining.found, growth.pks.tolist()))
        if len(index) < LEAST:
            return index
        return replace(index, space=Space.of(index._telling, index.names, len(index.terms)))  # counts are gone by now

    @classmethod
    def _from_growth(cls, growth: Growth, acronyms: Acronyms) -> Self:
        """Counts turned into weights."""
        papers = len(growth.pks)
        counts = growth.counts(keep_pairs_of=1 if papers < SMALL else 2 if papers < LARGE else 5)
        mean = counts.lengths.mean(axis=1) if papers else np.ones(2)
        idf = np.log1p((papers - counts.df + 0.5) / (counts.df + 0.5)).astype(np.float32)
        entries = int(counts.starts[-1])
        columns, sat, unit = np.empty(entries, np.int32), np.empty(entries, np.float32), np.empty(entries, np.float32)
        names = np.zeros(papers, np.uint64)
        for part in counts.parts():
            here = slice(counts.starts[part.papers.start], counts.starts[part.papers.stop])
            columns[here], names[part.papers] = part.columns, _named(part)
            sat[here], unit[here] = _weights(part, counts.lengths, mean, idf)
        return cls(
            pks=growth.pks,
            starts=counts.starts,
            columns=columns,
            sat=sat,
            unit=unit,
            idf=idf,
            mean=mean,
            names=names,
            terms=counts.terms,
            surface=tuple(reduce(joined, words) for words in counts.surface),
            column={term: column for column, term in enumerate(counts.terms)},
            stamp=growth.stamp(),
            acronyms=acronyms,
            space=Space.empty(papers),
            growth=growth,
        )


def _weights(
    part: Part, lengths: npt.NDArray[np.float64], mean: npt.NDArray[np.float64], idf: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """`sat` and `unit` of a part's entries. BM25F's parameters: Robertson and Zaragoza, 2009, tuned on dev topics."""
    relative = (lengths[:, part.papers] / np.maximum(mean, 1e-9)[:, None]).astype(np.float32)
    in_title, in_abstract = part.in_title.astype(np.float32), part.in_abstract.astype(np.float32)
    tf = 2.5 * in_title / (0.7 + 0.3 * relative[0, part.rows])
    tf += in_abstract / (0.4 + 0.6 * relative[1, part.rows])
    weight = (1 + np.log(2 * in_title + in_abstract)) * idf[part.columns]
    norm = np.sqrt(np.bincount(part.rows, weight * weight)).astype(np.float32)
    return tf / (1.2 + tf), weight / np.maximum(norm[part.rows], 1e-9)


_NUMBERS = ("pks", "starts", "columns", "sat", "unit", "idf", "mean", "names")


def _named(part: Part) -> Names:
    """A number for each paper that looks drawn at random and comes from what the paper says, not from its place."""
    named = np.zeros(part.papers.stop - part.papers.start, np.uint64)
    first = np.flatnonzero(np.diff(part.rows, prepend=-1))
    if len(first):
        named[part.rows[first]] = _mixed(np.add.reduceat(_mixed(part.columns), first))
    return named


def _mixed(numbers: npt.NDArray[Any]) -> Names:
    mixed = numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return mixed ^ (mixed >> np.uint64(29))


def _packed(texts: Iterable[str]) -> npt.NDArray[np.uint8]:
    return np.frombuffer("\n".join(texts).encode(), np.uint8)


def _unpacked(packed: Array) -> tuple[str, ...]:
    text = packed.tobytes().decode()
    return tuple(text.split("\n")) if text else ()
