"""The papers' words in order, kept so that an index can grow without reading the old papers again."""

from array import array
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from bot.picking.words import pieces, stem

REPORT_EVERY = 250  # papers
SURE_TIMES, SURE_SHARE = 5, 0.8  # when a pair is only a piece of a longer phrase: how often said, in what share

Array = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]


class Counts(NamedTuple):
    """How often each paper says each term, entry by entry in order of row and column."""

    rows: Ints
    columns: Ints
    in_title: Ints
    in_abstract: Ints
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
        self, documents: Iterable[tuple[int, str, str]], most: int, report: Callable[[int], None] | None
    ) -> Self:
        """With these (pk, title, abstract) added or replaced; only the `most` papers of the highest pk stay."""
        reader = _Reader(self.words, self.stems)
        texts = reader.read(documents, report)
        for row, pk in enumerate(self.pks.tolist()):
            if pk not in texts:
                texts[pk] = self.tokens[self.starts[row] : self.starts[row + 1]], int(self.titles[row])
        pks = sorted(texts)[-most:] if most else []
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
        row_of = np.repeat(np.arange(papers), np.diff(self.starts))
        in_abstract = np.arange(len(self.tokens)) >= (self.starts[:-1] + self.titles)[row_of]
        at = np.flatnonzero(self.tokens)
        first = at[:-1][(np.diff(at) == 1) & (row_of[at[:-1]] == row_of[at[1:]])] if len(at) else at
        pair_keys = stem_of[self.tokens[first]] * len(stems) + stem_of[self.tokens[first + 1]]
        kept, pair_of = _frequent(pair_keys, row_of[first], keep_pairs_of)
        first, pair_of = first[pair_of >= 0], pair_of[pair_of >= 0]
        where = np.concatenate([at, first])
        columns = np.concatenate([stem_of[self.tokens[at]], len(stems) + pair_of])
        width = max(len(stems) + len(kept), 1)
        entries, in_title_times, in_abstract_times = _tallied(row_of[where] * width + columns, in_abstract[where])
        lengths = np.stack(
            [np.bincount(row_of[at[in_abstract[at] == side]], minlength=papers) for side in (False, True)]
        )
        return Counts(
            rows=entries // width,
            columns=entries % width,
            in_title=in_title_times,
            in_abstract=in_abstract_times,
            lengths=lengths.astype(np.float64),
            terms=(*stems, *(f"{stems[key // len(stems)]} {stems[key % len(stems)]}" for key in kept.tolist())),
            surface=self._surface(stem_of, len(stems), first, pair_of, in_abstract),
        )

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
        said = usual[self.tokens]
        singles = _most_said(stem_of[1:], np.bincount(said, minlength=len(usual))[1:], stems)
        spoken, place, times = np.unique(
            said[first] * len(usual) + said[first + 1], return_index=True, return_counts=True
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
        times = np.bincount(self.tokens, np.where(in_abstract, 1_000, 1), minlength=len(same)).astype(np.int64)
        return _most_said(same, times, len(number) + 1)[same]


class _Reader:
    """Papers into tokens: each different word is looked at once."""

    def __init__(self, words: Iterable[str], stems: Iterable[str]) -> None:
        self.words, self.stems = list(words), list(stems)
        self._tokens = _Tokens(self.words, self.stems)

    def read(
        self, documents: Iterable[tuple[int, str, str]], report: Callable[[int], None] | None
    ) -> dict[int, tuple[npt.NDArray[np.int32], int]]:
        """By pk the tokens of a paper, and how many of them are its title's."""
        texts = {}
        token = self._tokens.__getitem__
        done = 0
        for pk, title, abstract in documents:
            tokens = array("i", map(token, pieces(title)))
            tokens.append(0)
            titles = len(tokens)
            tokens.extend(map(token, pieces(abstract)))
            texts[pk] = np.frombuffer(tokens, np.int32), titles
            done += 1
            if report and done % REPORT_EVERY == 0:
                report(done)
        if report and done % REPORT_EVERY:
            report(done)
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


def _frequent(keys: Ints, rows: Ints, papers: int) -> tuple[Ints, Ints]:
    """Keys that at least so many rows hold, sorted, and for each entry the place of its key there, or -1."""
    found, inverse = np.unique(keys, return_inverse=True)
    held = np.unique(inverse * (int(rows.max(initial=0)) + 1) + rows) // (int(rows.max(initial=0)) + 1)
    keep = np.bincount(held, minlength=len(found)) >= papers
    return found[keep], np.where(keep, np.cumsum(keep) - 1, -1)[inverse]


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


def _tallied(keys: Ints, in_abstract: npt.NDArray[np.bool_]) -> tuple[Ints, Ints, Ints]:
    """The different keys, sorted, and how often each stands outside and inside an abstract."""
    sides, times = np.unique(keys * 2 + in_abstract, return_counts=True)
    found, place = np.unique(sides >> 1, return_inverse=True)
    title, abstract = (np.bincount(place, times * (sides & 1 == side), minlength=len(found)) for side in (0, 1))
    return found, title.astype(np.int64), abstract.astype(np.int64)
