"""Short forms and what they stand for, as papers say it themselves: "graph neural networks (GNNs)"."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from bot.picking.words import unaccented

LONGEST = 10  # letters of a short form
REACH = 160  # letters before a bracket that are looked at
MOST_A_PAPER = 12  # definitions kept of one paper
ROOT = 5  # letters of a word
FIRM = 3  # papers: what fewer define is told as they write it, capitals and all
LOWERED = 0.2  # of the times: where a word is so often written small, its capitals are only a title's

Array = npt.NDArray[Any]
_BRACKETS = re.compile(r"[(\[（]([^()\[\]（）]{2,100})[)\]）]")
_LEAD = re.compile(r"(?:(?:also|or|aka|dubbed|called|denoted|termed|abbreviated|as|by|i\.e\.|e\.g\.|a\.k\.a\.),?\s+)+")
_SHORT = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9]|[-/+&](?=[A-Za-z0-9])){1,14}")
_OUTSIDE = re.compile(r"(?<![\w-])([A-Za-z0-9][A-Za-z0-9-]{1,14})$")
_PARTED = re.compile(r"[.;:!?,]\s|[\"“”«»—()\[\]]|\s[-–]+\s")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_PREFIX = re.compile(r"\b(auto|hyper|inter|intra|meta|multi|non|over|pre|semi|spatio|sub|super)-?(?=[^\W\d_]{3})")
_LINKING = frozenset(
    "a an and as at by for from in into of on or over per the through to under via with without".split()  # noqa: SIM905
)
_SPOKEN = {"2": ("to", "two"), "3": ("three",), "4": ("for", "four"), "x": ("ex", "cross")}
_WAYS = ((True, 0), (True, 1), (False, 1))  # only first letters; words that may give none. The surest way first


class Pair(NamedTuple):
    """A short form and its long form, as a paper writes them."""

    short: str
    long: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a short form stands for, both as papers mostly write them, and how many papers say so."""

    short: str
    long: str
    papers: int


class Mining:
    """Listens to papers on their way into an index. found: what each (pk) of them defines."""

    def __init__(self) -> None:
        self.found: dict[int, tuple[Pair, ...]] = {}

    def over(self, documents: Iterable[tuple[int, str, str]]) -> Iterator[tuple[int, str, str]]:
        """The same papers (pk, title, abstract)."""
        for pk, title, abstract in documents:
            self.found[pk] = definitions(title, abstract)
            yield pk, title, abstract


class Acronyms:
    """What some papers define. Equal papers give equal readings, whatever way they came in."""

    NAMES: ClassVar = ("said", "pairs")

    def __init__(self, said: Mapping[int, tuple[Pair, ...]]) -> None:
        self._said = said

    def extended(self, read: Mapping[int, tuple[Pair, ...]], kept: Collection[int]) -> Self:
        """With what papers (pk) define that were read, in place of what they did; only papers of `kept` stay."""
        both = {**self._said, **read}
        return type(self)({pk: both[pk] for pk in sorted(both.keys() & set(kept)) if both[pk]})

    def readings(self, short: str) -> tuple[Reading, ...]:
        """What papers call so, whatever its case, the most usual first."""
        key = _letters(short)
        return self._by_short.get(key) or self._by_short.get(key.removesuffix("s"), ())

    def shorts(self, long: str) -> tuple[Reading, ...]:
        """What papers call this for short, the most usual first."""
        return self._by_long.get(_root(long), ())

    def __iter__(self) -> Iterator[Reading]:
        """Every reading, by short form, the most usual first."""
        return (reading for short in sorted(self._by_short) for reading in self._by_short[short])

    @cached_property
    def _by_short(self) -> Mapping[str, tuple[Reading, ...]]:
        """Counted when first asked for."""
        written: defaultdict[tuple[str, str], Counter[Pair]] = defaultdict(Counter)
        every = {pair for some in self._said.values() for pair in some}
        root = {pair: (_letters(pair.short), _root(pair.long)) for pair in every}
        for some in self._said.values():
            for key, pair in {root[pair]: pair for pair in some}.items():
                written[key][pair] += 1
        usual = _usual_case(written.values())
        found: defaultdict[str, list[Reading]] = defaultdict(list)
        for (short, _), pairs in written.items():
            found[short].append(_read(pairs, usual))
        return _by_use(found)

    @cached_property
    def _by_long(self) -> Mapping[str, tuple[Reading, ...]]:
        found: defaultdict[str, list[Reading]] = defaultdict(list)
        for reading in self:
            found[_root(reading.long)].append(reading)
        return _by_use(found)

    def to_arrays(self) -> dict[str, Array]:
        """Everything as arrays, text as UTF-8 bytes."""
        pairs = sorted({pair for some in self._said.values() for pair in some})
        place = {pair: n for n, pair in enumerate(pairs)}
        said = [(pk, place[pair]) for pk, some in self._said.items() for pair in some]
        text = "\n".join(f"{pair.short}\t{pair.long}" for pair in pairs)
        return {"said": np.array(said, np.int64).reshape(-1, 2), "pairs": np.frombuffer(text.encode(), np.uint8)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array]) -> Self:
        """What `to_arrays` wrote."""
        text = arrays["pairs"].tobytes().decode()
        pairs = [Pair(*line.split("\t")) for line in text.split("\n")] if text else []
        said: defaultdict[int, list[Pair]] = defaultdict(list)
        for pk, place in arrays["said"].tolist():
            said[pk].append(pairs[place])
        return cls({pk: tuple(some) for pk, some in said.items()})


def definitions(*texts: str) -> tuple[Pair, ...]:
    """The short forms that texts define in brackets, `long (SF)` or `SF (long)`, each once, in order.

    After Schwartz and Hearst (PSB 2003); but every word of the long form has to give a letter.
    """
    found: dict[Pair, None] = {}
    for text in texts:
        for match in _BRACKETS.finditer(text):
            before = _PARTED.split(_plain(text[max(0, match.start() - REACH) : match.start()]))[-1].rstrip()
            if pair := _defined(before, _PARTED.split(_LEAD.sub("", _plain(match[1]).strip()))[0].strip()):
                found[pair] = None
    return tuple(found)[:MOST_A_PAPER]


def _plain(text: str) -> str:
    return (text if text.isascii() else unaccented(text)).replace("*", "")


def _defined(before: str, inside: str) -> Pair | None:
    if _SHORT.fullmatch(inside) and _is_short(inside):
        short, long = inside, _ending(before, _letters(inside))
    elif (outside := _OUTSIDE.search(before)) and _is_short(outside[1]) and " " in inside:
        short, long = outside[1], _whole(inside, _letters(outside[1]))
    else:
        return None
    words, one = long.casefold().split(), _bare(short)
    if not long or (len(words) < 2 and len(long) < 8) or {short.casefold(), one.casefold()} & {*words}:
        return None
    written = " ".join(long.split())
    return Pair(one, written if one == short else _singular(written)) if written.isprintable() else None


def _is_short(text: str) -> bool:
    """Whether it is written like one: two capitals at least, or one and a number."""
    return len(_letters(text)) <= LONGEST and sum(map(str.isupper, text)) + any(map(str.isdigit, text)) > 1


def _ending(before: str, letters: str) -> str:
    """The end of `before` that the letters abbreviate, or nothing. One more word may follow: "GNN models"."""
    places = list(_WORD.finditer(before))[-min(len(letters) + 5, 2 * len(letters)) - 1 :]
    words = [place[0].casefold() for place in places]
    begins = [first for first, word in enumerate(words) if _begins(word, letters[0])][::-1]
    for last in (len(words), len(words) - 1):
        for initials, spare in _WAYS[: None if last == len(words) else 1]:
            for first in begins:
                if first < last and _spells(words[first:last], letters, spare, initials=initials):
                    is_cut = last < len(words) and before[places[last - 1].end()] == "-"  # "pre-training"
                    return before[places[first].start() : places[last if is_cut else last - 1].end()]
    return ""


def _whole(inside: str, letters: str) -> str:
    """All of `inside` if the letters abbreviate it, or nothing."""
    words = _WORD.findall(inside.casefold())
    return inside if any(_spells(words, letters, spare, initials=initials) for initials, spare in _WAYS) else ""


def _spells(words: Sequence[str], letters: str, spare: int, *, initials: bool) -> bool:
    """Whether the letters abbreviate the words: each gives its first letter and, unless `initials`, later ones too.

    Between the first and the last word linking ones need not, nor do `spare` others where there are letters enough.
    """
    spare = spare if len(letters) > 2 else 0
    reached = {0: 0}  # letters spelt, and words that gave none
    for n, word in enumerate(words):
        further: dict[int, int] = {}
        for spelt, missing in reached.items():
            if 0 < n < len(words) - 1:
                missing_here = missing + (word not in _LINKING)
                if missing_here <= spare:
                    further[spelt] = min(missing_here, further.get(spelt, missing_here))
            for end in _given(word, letters, spelt, initials=initials):
                further[end] = min(missing, further.get(end, missing))
        reached = further
    return len(letters) in reached


def _given(word: str, letters: str, at: int, *, initials: bool) -> Iterator[int]:
    """How far in the letters this word can bring one who stands at `at`."""
    place = _begins(word, letters[at]) if at < len(letters) else 0
    while place:
        at += 1
        yield at
        place = 0 if initials or at == len(letters) else word.find(letters[at], place) + 1


def _begins(word: str, letter: str) -> int:
    """How many letters of the word's beginning this one stands for."""
    if word[0] == letter:
        return 1
    return next((len(sound) for sound in _SPOKEN.get(letter, ()) if word.startswith(sound)), 0)


def _letters(short: str) -> str:
    """Its letters and digits, without case and, where it is written like a plural, without the s."""
    return "".join(filter(str.isalnum, _bare(short))).casefold()


def _bare(short: str) -> str:
    """Without the s of a plural: `GNN` for GNNs."""
    return short[:-1] if len(short) > 2 and short[-1] == "s" and not short[-2].islower() else short


def _singular(text: str) -> str:
    """`policy` for policies, `process` for processes."""
    if not text.endswith("s") or text.endswith(("ss", "us", "is")):
        return text
    if text.endswith("ies"):
        return f"{text[:-3]}y"
    return text[:-2] if text.endswith(("sses", "xes", "ches", "shes")) else text[:-1]


def _root(long: str) -> str:
    """What all ways to write a long form share: the first letters of each word, since most endings only bend it.

    "Pre-Trained Models" and "pretrained model" are one, as are "localisation" and "localization".
    """
    words = _PREFIX.sub(r"\1 ", long.casefold().replace("z", "s"))
    return " ".join(word.rstrip("s")[:ROOT] for word in _WORD.findall(words) if word not in _LINKING)


def _usual_case(written: Iterable[Counter[Pair]]) -> Mapping[str, str]:
    """How each word of long forms is written where it has no more capitals than it needs."""
    said: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for pairs in written:
        for pair, times in pairs.items():
            for word in pair.long.split():
                said[word.casefold()][word] += times
    return {small: small if forms[small] >= LOWERED * forms.total() else _most(forms) for small, forms in said.items()}


def _read(pairs: Counter[Pair], usual: Mapping[str, str]) -> Reading:
    shorts: Counter[str] = Counter()
    longs: Counter[str] = Counter()
    for pair, times in pairs.items():
        shorts[pair.short] += times
        longs[pair.long] += times
    long = _most(longs)
    if pairs.total() >= FIRM:
        long = " ".join(usual[word] for word in long.casefold().split())
    return Reading(_most(shorts), long, pairs.total())


def _most(counted: Counter[str]) -> str:
    """The one counted most; of equals the last in order."""
    return max(counted, key=lambda said: (counted[said], said))


def _by_use(found: Mapping[str, Iterable[Reading]]) -> Mapping[str, tuple[Reading, ...]]:
    return {key: tuple(sorted(some, key=lambda one: (-one.papers, one.short, one.long))) for key, some in found.items()}
