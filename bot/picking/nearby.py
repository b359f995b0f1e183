"""Did you mean: the topic of this store that is nearest to one that its papers hardly know."""

from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import pairwise, product
from math import exp, prod
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.picking.meaning import meant
from bot.picking.ranker import fit
from bot.picking.topics import Topic, canonical, known
from bot.picking.vectors import Index
from bot.picking.words import joined, pieces, stem

KNOWN = 0.5  # trust: what a store knows less of may be something else misspelt
LIKE = 0.75  # to a word: what is no more like it was not meant
ENDS = 0.5  # of a wrong letter: how much more one at an end counts, since people seldom miss these
RUN_TOGETHER = 0.8  # how likely two words are meant by one that is none
FIRM = 2  # papers that say a word before it is offered
RARE = 2  # papers: a word of so few may be misspelt there too
TRIED = 4  # other words for one
MOST_WORDS = 6
MOST_WRONG = 3
SHORTEST = 4  # letters: a shorter word has too many neighbours


class Word(NamedTuple):
    """What a typed word may stand for: one stem or two, how it is written, and how likely it is meant."""

    stems: tuple[str, ...]
    said: tuple[str, ...]
    like: float = 1.0


_LOST = Word((), (), 0.0)


def suggestion(index: Index, text: str) -> str:
    """What may be meant by a topic that is little known here: spelt as papers do, or the part of it that they know.

    Empty where nothing near is known any better.
    """
    typed = pieces(text)
    if '"' in text or len(Topic.parse(text).parts) != 1 or len(typed) > MOST_WORDS:
        return ""
    offers = (_named(text), _short_form(index, typed), _respelt(index, typed))
    return next((offer for offer in offers if offer and _is_known(index, offer)), "")


def _is_known(index: Index, offer: str) -> bool:
    return fit(index, meant(index, offer)).trust >= KNOWN


def _named(text: str) -> str:
    """The well-known topic that is typed nearly right: recys for recsys."""
    like = {name: _likeness(text.casefold(), name.casefold()) for name in known()}
    best = max(like, key=lambda name: (like[name], name))
    return best if like[best] > LIKE and canonical(best) != canonical(text) else ""


def _short_form(index: Index, typed: Sequence[str]) -> str:
    """The short form that one of capitals may be a slip for: RHLF for RLHF."""
    if len(typed) != 1 or len(typed[0]) < SHORTEST or sum(map(str.isupper, typed[0])) < 2:
        return ""
    firm = {reading.short: reading.papers for reading in index.acronyms if reading.papers >= FIRM}
    near = [short for short in firm if OSA.distance(short, typed[0], score_cutoff=1) == 1]
    return max(near, key=lambda short: (firm[short], short), default="")


def _respelt(index: Index, typed: Sequence[str]) -> str:
    """The longest run of the words whose neighbours go together, those put right that no paper says."""
    spelt = [[*_as_typed(index, piece), *_near(index, piece)] for piece in typed]
    if sum(len(some) > 1 for some in spelt) > MOST_WRONG:
        return ""
    as_typed = tuple(stem(piece) for piece in typed)
    runs = [run for words in product(*(some or [_LOST] for some in spelt)) for run in _runs(index, words)]
    best = max(runs, key=lambda run: (_content(run), run.like, _together(index, run), run.said), default=None)
    if best is None or best.stems == as_typed or _content(best) < min(2, sum(map(bool, as_typed))):
        return ""
    return _read(index, best)


def _as_typed(index: Index, piece: str) -> Iterator[Word]:
    """The word itself, if papers say it or it is one that says nothing."""
    root = stem(piece)
    if not root or root in index.column:
        yield Word((root,), (piece,))


def _near(index: Index, piece: str) -> Iterator[Word]:
    """Words of the store that a rare one may be misspelt for, the likeliest first, or two that it may be run from."""
    if len(piece) < SHORTEST or not stem(piece) or _papers(index, stem(piece)) > RARE:
        return
    singles = next((n for n, term in enumerate(index.terms) if " " in term), len(index.terms))
    found: dict[str, float] = {}
    for names, wanted in ((index.terms[:singles], stem(piece)), (index.surface[:singles], piece.lower())):
        for name, _, place in process.extract(wanted, names, scorer=OSA.distance, score_cutoff=2, limit=50):
            found[index.terms[place]] = max(found.get(index.terms[place], 0.0), _likeness(wanted, name.lower()))
    likely = [term for term in found if LIKE < found[term] < 1 and _papers(index, term) >= FIRM]
    for term in sorted(likely, key=lambda term: (-found[term], -_papers(index, term), term))[:TRIED]:
        yield Word((term,), (index.surface[index.column[term]],), found[term])
    for at in range(2, len(piece) - 1):
        two = (piece[:at], piece[at:])
        if _papers(index, " ".join(map(stem, two))) >= FIRM:
            yield Word((stem(two[0]), stem(two[1])), two, RUN_TOGETHER)
            return


def _likeness(word: str, name: str) -> float:
    edits = OSA.distance(word, name)
    ends = (word[:1] != name[:1]) + (word[-1:] != name[-1:]) if edits else 0
    return 1 - (edits + ENDS * ends) / max(len(word), len(name), 1)


def _runs(index: Index, words: Sequence[Word]) -> Iterator[Word]:
    """The words, cut where one is lost or papers don't say two neighbours together; stop words at no end."""
    run: list[Word] = []
    for word in (*words, _LOST):
        last = run[-1].stems[-1] if run else ""
        if run and (word is _LOST or (last and word.stems[0] and f"{last} {word.stems[0]}" not in index.column)):
            while run and not run[-1].stems[-1]:
                run.pop()
            yield Word(
                tuple(root for one in run for root in one.stems),
                tuple(said for one in run for said in one.said),
                prod(one.like for one in run),
            )
            run = []
        if word is not _LOST and (run or word.stems[0]):
            run.append(word)


def _content(run: Word) -> int:
    return sum(map(bool, run.stems))


def _together(index: Index, run: Word) -> float:
    """How many papers say the neighbours of the run together."""
    return sum(_papers(index, " ".join(pair)) for pair in pairwise(run.stems) if all(pair))


def _read(index: Index, run: Word) -> str:
    """As papers mostly write it; a word put right takes the form that it has beside its neighbour."""
    shown = list(run.said)
    for place, pair in enumerate(pairwise(run.stems)):
        column = index.column.get(" ".join(pair))
        said = index.surface[column].split() if column is not None else ()
        if len(said) == 2:
            shown[place : place + 2] = said
    return reduce(joined, shown)


def _papers(index: Index, term: str) -> float:
    """How many papers say a term."""
    column = index.column.get(term)
    return 0.0 if column is None else (len(index) + 1) / exp(float(index.idf[column])) - 0.5
