"""The papers' words in order, kept so that an index can grow without reading the old papers again."""

from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from bot.picking.words import pieces, stem

TOGETHER = 1_000  # papers counted at once: what bounds the memory
TABLE_BITS = 22
SURE_TIMES, SURE_SHARE = 5, 0.8  # when a pair is only a piece of a longer phrase: how often said, in what share

Array = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]
_NONE = np.zeros(0, np.int64)


class Part(NamedTuple):
    """How often some papers say each term, entry by entry in order of row (from 0) and column."""

    papers: slice
    rows: Ints
    columns: Ints
    in_title: Ints
    in_abstract: Ints


class Counts(NamedTuple):
    """What papers say, to be read in parts: all the entries at once would take the memory of the index twice."""

    parts: Callable[[], Iterator[Part]]
    starts: Ints  # of each paper's entries
    df: Ints  # papers that say each term
    lengths: npt.NDArray[np.float64]  # (2, papers): words in title and in abstract
    terms: tuple[str, ...]
    surface: tuple[tuple[str, ...], ...]  # the words that say a term most often


@dataclass(frozen=True, slots=True)
class Growth:
    """Papers in order of pk; `tokens[starts[r]:starts[r+1]]` are a paper's words, the first `titles[r]` its title's.

    A token is 1 + the place of a word in `words`, or 0 where words are parted. Only words in use are kept, sorted,
    so equal papers give equal arrays whatever way they came in.
    """

    NAMES: ClassVar = ("pks", "starts", "titles", "tokens", "words", "stems")

    pks: Ints
    starts: Ints
    titles: Ints
    tokens: npt.NDArray[np.int32]
    words: tuple[str, ...]
    stems: tuple[str, ...]  # of the words, place by place

    @classmethod
    def empty(cls) -> Self:
        """No papers yet."""
        none = np.zeros(0, np.int64)
        return cls(none, np.zeros(1, np.int64), none, np.zeros(0, np.int32), (), ())

    def extended(
        self,
        documents: Iterable[tuple[int, str, str]],
        keep: Collection[int] | None = None,
    ) -> Self:
        """With these (pk, title, abstract) added or replaced. keep: the papers (pk) that stay, all without it."""
        reader = _Reader(self.words, self.stems)
        texts = reader.read(documents)
        for row, pk in enumerate(self.pks.tolist()):
            if pk not in texts:
                texts[pk] = self.tokens[self.starts[row] : self.starts[row + 1]], int(self.titles[row])
        pks = sorted(texts if keep is None else texts.keys() & keep)
        tokens = np.concatenate([np.zeros(0, np.int32), *(texts[pk][0] for pk in pks)])
        tokens, words, stems = _tidied(tokens, reader.words, reader.stems)
        starts = np.zeros(len(pks) + 1, np.int64)
        np.cumsum([len(texts[pk][0]) for pk in pks], out=starts[1:])
        return type(self)(
            np.array(pks, np.int64), starts, np.array([texts[pk][1] for pk in pks], np.int64), tokens, words, stems
        )

    def counts(self, keep_pairs_of: int) -> Counts:
        """Every stem, and every pair of neighbouring stems that at least `keep_pairs_of` papers hold, counted."""
        papers = len(self.pks)
        stems = sorted(set(self.stems))
        number = {name: place for place, name in enumerate(stems)}
        stem_of = np.array([0, *(number[name] for name in self.stems)], np.int64)
        sides = np.stack([self.titles, np.diff(self.starts) - self.titles], axis=1)
        in_abstract = np.repeat(np.tile([False, True], papers), sides.ravel())
        kept, first, pair_of = self._frequent_pairs(stem_of, len(stems), keep_pairs_of)
        width = len(stems) + len(kept)

        def parts() -> Iterator[Part]:
            for some in self._slices():
                at, row_of = self._said(some)
                low, high = np.searchsorted(first, self.starts[[some.start, some.stop]])
                pair_rows = np.searchsorted(self.starts[some.start : some.stop + 1], first[low:high], side="right") - 1
                rows = np.concatenate([row_of, pair_rows])
                columns = np.concatenate([stem_of[self.tokens[at]], len(stems) + pair_of[low:high]])
                yield _tallied(some, rows, columns, np.concatenate([in_abstract[at], in_abstract[first[low:high]]]))

        df, starts = np.zeros(width, np.int64), np.zeros(papers + 1, np.int64)
        lengths = np.zeros((2, papers))
        for part in parts():
            df += np.bincount(part.columns, minlength=width)
            starts[1:][part.papers] = np.bincount(part.rows, minlength=part.papers.stop - part.papers.start)
            at, row_of = self._said(part.papers)
            for side in (0, 1):
                lengths[side, part.papers] = np.bincount(
                    row_of[in_abstract[at] == side], minlength=part.papers.stop - part.papers.start
                )
        return Counts(
            parts=parts,
            starts=np.cumsum(starts),
            df=df,
            lengths=lengths,
            terms=(*stems, *(f"{stems[key // len(stems)]} {stems[key % len(stems)]}" for key in kept.tolist())),
            surface=self._surface(stem_of, len(stems), first, pair_of, in_abstract),
        )

    def _slices(self) -> Iterator[slice]:
        """The rows, some at a time."""
        papers = len(self.pks)
        return (slice(low, min(low + TOGETHER, papers)) for low in range(0, papers, TOGETHER))

    def _said(self, some: slice) -> tuple[Ints, Ints]:
        """Where in `tokens` these rows have words, and the row of each word, counted from the first of them."""
        low, high = int(self.starts[some.start]), int(self.starts[some.stop])
        at = low + np.flatnonzero(self.tokens[low:high])
        return at, np.searchsorted(self.starts[some.start : some.stop + 1], at, side="right") - 1

    def _frequent_pairs(self, stem_of: Ints, stems: int, papers: int) -> tuple[Ints, Ints, Ints]:
        """The keys, sorted, of pairs of neighbours that at least so many papers hold; where these stand; which each is.

        Most pairs are said once. A small table, whose places several pairs share, tells nearly all of these at a
        fraction of the memory that exact counting takes; what it can't tell, exact counting has to.
        """
        table = np.zeros(1 << TABLE_BITS, np.uint16)
        held = []
        for some in self._slices():
            _, rows, keys = self._pairs(some, stem_of, stems)
            np.add.at(table, _places(_once_a_row(rows, keys)), 1)
        for some in self._slices():
            _, rows, keys = self._pairs(some, stem_of, stems)
            perhaps = table[_places(keys)] >= papers
            held.append(_once_a_row(rows[perhaps], keys[perhaps]))
        found, times = np.unique(np.concatenate([_NONE, *held]), return_counts=True)
        kept = found[times >= papers]
        parts = []
        for some in self._slices():
            first, _, keys = self._pairs(some, stem_of, stems)
            place = np.searchsorted(kept, keys)
            known = kept[np.minimum(place, len(kept) - 1)] == keys if len(kept) else np.zeros(len(keys), bool)
            parts.append((first[known], place[known]))
        first, pair_of = (np.concatenate([_NONE, *(part[n] for part in parts)]) for n in range(2))
        return kept, first, pair_of

    def _pairs(self, some: slice, stem_of: Ints, stems: int) -> tuple[Ints, Ints, Ints]:
        at, row_of = self._said(some)
        beside = np.flatnonzero((np.diff(at) == 1) & (np.diff(row_of) == 0))
        first = at[beside]
        keys = stem_of[self.tokens[first]] * stems + stem_of[self.tokens[first + 1]]
        return first, some.start + row_of[beside], keys

    def stamp(self) -> str:
        """Equal for the same papers with the same texts, different for others."""
        digest = blake2b(digest_size=8)
        for numbers in self.to_arrays().values():
            digest.update(numbers.data)
        return digest.hexdigest()

    def to_arrays(self) -> dict[str, Array]:
        """Everything as arrays, text as UTF-8 bytes."""
        packed = {name: np.frombuffer("\n".join(getattr(self, name)).encode(), np.uint8) for name in ("words", "stems")}
        return {"pks": self.pks, "starts": self.starts, "titles": self.titles, "tokens": self.tokens, **packed}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array]) -> Self:
        """What `to_arrays` wrote."""
        words, stems = (arrays[name].tobytes().decode() for name in ("words", "stems"))
        return cls(
            **{name: arrays[name] for name in ("pks", "starts", "titles", "tokens")},
            words=tuple(words.split("\n")) if words else (),
            stems=tuple(stems.split("\n")) if stems else (),
        )

    def _surface(
        self, stem_of: Ints, stems: int, first: Ints, pair_of: Ints, in_abstract: npt.NDArray[np.bool_]
    ) -> tuple[tuple[str, ...], ...]:
        """For each stem and each kept pair the words said most often, each word in its own most usual case."""
        usual = self._usual_case(in_abstract)
        times_said = np.bincount(usual, np.bincount(self.tokens, minlength=len(usual)), minlength=len(usual))
        singles = _most_said(stem_of[1:], times_said[1:].astype(np.int64), stems)
        spoken, place, times = np.unique(
            usual[self.tokens[first]] * len(usual) + usual[self.tokens[first + 1]],
            return_index=True,
            return_counts=True,
        )
        pairs = spoken[_most_said(pair_of[place], times, int(pair_of.max(initial=-1)) + 1)]
        read = [(self.words[pair // len(usual) - 1], self.words[pair % len(usual) - 1]) for pair in pairs.tolist()]
        before, after = _always_beside(first, pair_of, len(read))
        return (
            *((self.words[word],) for word in singles.tolist()),
            *(
                (*(read[left][:1] if left >= 0 else ()), *words, *(read[right][1:] if right >= 0 else ()))
                for left, words, right in zip(before.tolist(), read, after.tolist(), strict=True)
            ),
        )

    def _usual_case(self, in_abstract: npt.NDArray[np.bool_]) -> Ints:
        """For each token the one that most often stands for the same word: "large" for "Large", "LLM" for "llm".

        Titles have capitals of their own, so they are asked only where abstracts are silent.
        """
        number: dict[str, int] = {}
        same = np.array([0, *(number.setdefault(word.lower(), len(number) + 1) for word in self.words)], np.int64)
        inside, outside = (np.bincount(self.tokens[in_abstract == side], minlength=len(same)) for side in (True, False))
        times = 1_000 * inside + outside
        return _most_said(same, times, len(number) + 1)[same]


class _Reader:
    """Papers into tokens: each different word is looked at once."""

    def __init__(self, words: Iterable[str], stems: Iterable[str]) -> None:
        self.words, self.stems = list(words), list(stems)
        self._tokens = _Tokens(self.words, self.stems)

    def read(self, documents: Iterable[tuple[int, str, str]]) -> dict[int, tuple[npt.NDArray[np.int32], int]]:
        """By pk the tokens of a paper, and how many of them are its title's."""
        texts = {}
        token = self._tokens.__getitem__
        for pk, title, abstract in documents:
            tokens = array("i", map(token, pieces(title)))
            tokens.append(0)
            titles = len(tokens)
            tokens.extend(map(token, pieces(abstract)))
            texts[pk] = np.frombuffer(tokens, np.int32), titles
        return texts


class _Tokens(dict[str, int]):
    """Words to tokens; a new word joins `words` and `stems` when it is first asked for."""

    def __init__(self, words: list[str], stems: list[str]) -> None:
        super().__init__((word, place) for place, word in enumerate(words, 1))
        self._words, self._stems = words, stems

    def __missing__(self, word: str) -> int:
        root = stem(word)
        self[word] = 0
        if root:
            self._words.append(word)
            self._stems.append(root)
            self[word] = len(self._words)
        return self[word]


def _tidied(
    tokens: npt.NDArray[np.int32], words: list[str], stems: list[str]
) -> tuple[npt.NDArray[np.int32], tuple[str, ...], tuple[str, ...]]:
    """Without the words that no token names any more, and the rest sorted."""
    used = np.flatnonzero(np.bincount(tokens, minlength=len(words) + 1)[1:]).tolist()
    order = sorted(used, key=words.__getitem__)
    place = np.zeros(len(words) + 1, np.int32)
    place[np.array(order, np.int64) + 1] = np.arange(1, len(order) + 1)
    return place[tokens], tuple(words[old] for old in order), tuple(stems[old] for old in order)


def _once_a_row(rows: Ints, keys: Ints) -> Ints:
    """The keys, once for each row that has them."""
    order = np.lexsort((rows, keys))
    rows, keys = rows[order], keys[order]
    once: Ints = keys[np.append(True, (np.diff(keys) != 0) | (np.diff(rows) != 0))[: len(keys)]]
    return once


def _most_said(group: Ints, times: Ints, groups: int) -> Ints:
    """For each group the member with the highest count, the last of equals."""
    order = np.lexsort((np.arange(len(group)), times, group))
    last = np.zeros(groups, np.int64)
    last[group[order]] = order  # a later write wins
    return last


def _always_beside(first: Ints, pair_of: Ints, pairs: int) -> tuple[Ints, Ints]:
    """For each pair the one that nearly always overlaps it on the left and on the right, or -1.

    So that "graph neural" is read as "graph neural networks", and "language processing" as natural.
    """
    meets = np.flatnonzero(np.diff(first) == 1)
    left, right = pair_of[meets], pair_of[meets + 1]
    met, times = np.unique(left * pairs + right, return_counts=True)
    said = np.bincount(pair_of, minlength=pairs)
    beside = []
    for one, other in ((met % max(pairs, 1), met // max(pairs, 1)), (met // max(pairs, 1), met % max(pairs, 1))):
        most = _most_said(one, times, pairs)
        often = np.bincount(one, minlength=pairs) > 0
        known = times[most] if len(times) else np.zeros(pairs, np.int64)
        sure = often & (said >= SURE_TIMES) & (known >= SURE_SHARE * said)
        beside.append(np.where(sure, other[most] if len(other) else -1, -1))
    return beside[0], beside[1]


def _tallied(papers: slice, rows: Ints, columns: Ints, in_abstract: npt.NDArray[np.bool_]) -> Part:
    """The different (row, column), sorted, and how often each stands outside and inside an abstract."""
    width = int(columns.max(initial=0)) + 1
    sides, times = np.unique((rows * width + columns) * 2 + in_abstract, return_counts=True)
    found, place = np.unique(sides >> 1, return_inverse=True)
    title, abstract = (
        np.bincount(place, times * (sides & 1 == side), minlength=len(found)).astype(np.int64) for side in (0, 1)
    )
    return Part(papers, found // width, found % width, title, abstract)


def _places(keys: Ints) -> Ints:
    """Where in a table of 2 ** TABLE_BITS each key is counted: Fibonacci hashing, after Knuth."""
    return ((keys.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - TABLE_BITS)).astype(np.int64)
