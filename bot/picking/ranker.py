"""How well papers fit a topic: by its own words, and by related words that the store's papers teach."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from bot.picking.entries import Entries, column
from bot.picking.profile import BAR as BAR
from bot.picking.profile import Kin, Part, Profile, Sign
from bot.picking.topics import Part as Meaning
from bot.picking.topics import Phrase, Topic, Words
from bot.picking.training import LEARNS, best_first, largest, placed, trained
from bot.picking.vectors import FloatArray, Index, IntArray, Names

MOST_TERMS = 300  # related terms kept of a topic
UNKNOWN = 8.0  # the idf that a word which no paper says is taken to have
APART = 2.0  # the same of two words that no paper says together
WHOLE = 0.75  # the least phrase score that counts as all: about what a word in the title gives
HEARD = 0.5  # the share of a typed phrase that the store's papers must be able to say
KNOWN = 0.6  # where even the best paper says less of the topic than this, the topic is little known here
ALSO = 0.25  # what further phrases add to the best one
ROUNDS = 2
FEW = 120  # papers; a store of fewer has its own setting
TOGETHER = 32  # profiles: the scores of so many for some thousand rows stay in a processor's own memory
ORDINARY = 0.75  # share of the store whose likeness to the topic counts as chance


class Setting(NamedTuple):
    """How far words are trusted.

    seeds: papers that teach related words, of those that reach `reach` of the best. weight: theirs beside the topic's
    own words, in full where `enough` papers say the topic outright. half: the raw score that is worth the bar. power:
    of idf, by which the topic's own words weigh: where it is well known, a rare word tells more than common ones do.
    """

    seeds: int
    reach: float
    weight: float
    enough: float
    half: float
    power: float


# Tuned on the development topics by `python -m tests.bench.pick`: whole store, and stores of 90 papers.
LARGE = Setting(seeds=50, reach=0.25, weight=3.0, enough=5.0, half=0.54, power=1.5)
TINY = Setting(seeds=10, reach=0.4, weight=4.0, enough=1.0, half=0.4, power=1.0)


class Evidence(NamedTuple):
    """What speaks for each row, before it becomes one score; of several profiles, a profile a line."""

    phrase: FloatArray  # 0..1: how much of the topic's own words it says, 1 is as much as the best paper
    related: FloatArray  # 0..1: cosine with the related terms, above what is usual
    admitted: FloatArray  # 1 where it holds what must occur, else 0


def fit(index: Index, topic: Topic, setting: Setting | None = None) -> Profile:
    """The profile of a topic in this store; silent if the topic is empty or no paper names it.

    Twice, the papers that fit best so far lend their words: Rocchio's pseudo-relevance feedback. In a store that is
    large enough a classifier then learns from them. setting: the one for the size of the store, unless one is tried.
    """
    setting = setting or (TINY if len(index) < FEW else LARGE)
    entries, names = Entries.of(index, np.arange(len(index))), index.names
    drafts = [_drafted(index, meaning, setting.power) for meaning in topic.parts]
    said = _said(entries, drafts)
    bests = said.max(axis=1, initial=0.0).tolist()
    parts = tuple(replace(part, whole=max(best, WHOLE)) for part, best in zip(drafts, bests, strict=True))
    trust = min(1.0, max(bests, default=0.0) / KNOWN) ** 2
    profile = Profile(parts, trust, half=setting.half)
    evidence = _evidence(entries, [profile], said)
    outright = float(np.sum(evidence.phrase**4))
    profile = replace(profile, related_weight=round(setting.weight * min(1.0, outright / setting.enough), 6))
    for _ in range(ROUNDS if trust else 0):
        profile = _taught(index, profile, _raw([profile], evidence)[0], setting, names)
        related = _related(entries, [profile])
        profile = replace(profile, usual=round(float(np.quantile(related, ORDINARY)), 6))
        evidence = evidence._replace(related=np.maximum(0, related - np.float32(profile.usual)))
    if not trust or len(index) < LEARNS:
        return profile
    return trained(index, profile, entries, _raw([profile], evidence)[0], names)


def score(index: Index, profile: Profile, rows: IntArray) -> FloatArray:
    """How well each of these rows fits, 0..1 on one scale for all topics and stores; compare with BAR."""
    return np.asarray(score_all(Entries.of(index, rows), [profile])[0])


def score_all(entries: Entries, profiles: Sequence[Profile]) -> FloatArray:
    """How well the rows fit each profile, a profile a line: the same as one by one, in a fraction of the time."""
    found = np.empty((len(profiles), len(entries.asked)), np.float32)
    for start in range(0, len(profiles), TOGETHER):
        found[start : start + TOGETHER] = _scores(entries, profiles[start : start + TOGETHER])
    return found


def _scores(entries: Entries, profiles: Sequence[Profile]) -> FloatArray:
    evidence = _evidence(entries, profiles)
    raw = _raw(profiles, evidence)
    learned = [n for n, profile in enumerate(profiles) if profile.training]
    if learned:
        trainings = [profile.training for profile in profiles if profile.training]
        raw[learned] = evidence.admitted[learned] * placed(entries, trainings, raw[learned])
    raw *= column(profile.trust for profile in profiles)
    return np.asarray(raw / (raw + column(profile.half for profile in profiles)), np.float32)


def evidence(index: Index, profile: Profile, rows: IntArray) -> Evidence:
    """What the score of each of these rows is made of."""
    return Evidence(*(found[0] for found in _evidence(Entries.of(index, rows), [profile])))


def _drafted(index: Index, meaning: Meaning, power: float) -> Part:
    """The part with each phrase weighed. Where papers don't say what was typed, what means the same stands in."""
    typed, *aliases = meaning.phrases
    signs = [_sign(index, typed, typed.weight, power)]
    heard = sum(signs[0].weights) >= HEARD
    signs += [_sign(index, alias, alias.weight if heard else 1.0, power) for alias in aliases]
    must = dict.fromkeys(term for words in meaning.conditions for term in _conditions(index, words))
    return Part(tuple(sign for sign in signs if sign.terms), conditions=tuple(must))


def _sign(index: Index, phrase: Phrase, full: float, power: float) -> Sign:
    """The phrase's words and pairs weighed by rarity: `full` in all if papers say them all, else less."""
    pairs = _pairs(phrase.words)
    known = [term for term in dict.fromkeys((*phrase.words, *pairs)) if term in index.column]
    weights = [float(index.idf[index.column[term]]) ** power for term in known]
    unknown = sum(bool(word) and word not in index.column for word in phrase.words)
    apart = sum(pair not in index.column for pair in pairs)
    most = sum(weights) + UNKNOWN**power * unknown + APART**power * apart
    return Sign(tuple(known), tuple(round(full * weight / most, 6) for weight in weights))


def _conditions(index: Index, words: Words) -> list[str]:
    """The terms of a quoted phrase. A pair too rare to be a term is left to `Topic.admits`; a word never is."""
    return [word for word in words if word] + [pair for pair in _pairs(words) if pair in index.column]


def _pairs(words: Words) -> list[str]:
    return [f"{first} {second}" for first, second in pairwise(words) if first and second]


def _evidence(entries: Entries, profiles: Sequence[Profile], said: FloatArray | None = None) -> Evidence:
    """said: what the rows say of each part's phrases, where it is known."""
    parts = [part for profile in profiles for part in profile.parts]
    said = _said(entries, parts) if said is None else said
    phrase = np.minimum(1, said / column(part.whole for part in parts))
    several = [len(profile.parts) for profile in profiles]
    return Evidence(_best(phrase, several), _related(entries, profiles), _best(_admitted(entries, parts), several))


def _said(entries: Entries, parts: Sequence[Part]) -> FloatArray:
    """BM25F of each part's phrases: the best one, and a little for each further one; 0 where a condition fails."""
    sums = entries.hears([sign for part in parts for sign in part.phrases])
    several = [len(part.phrases) for part in parts]
    best, total = _best(sums, several), np.zeros((len(parts), len(entries.asked)), np.float32)
    for which, at in _by_place(several):
        total[which] += sums[at]
    return np.asarray((best + ALSO * (total - best)) * _admitted(entries, parts), np.float32)


def _admitted(entries: Entries, parts: Sequence[Part]) -> FloatArray:
    admitted = np.ones((len(parts), len(entries.asked)), np.float32)
    for part, found in zip(parts, admitted, strict=True):
        for term in part.conditions:
            place = entries.index.column.get(term)
            found *= 0 if place is None else entries.holds(place)
    return admitted


def _related(entries: Entries, profiles: Sequence[Profile]) -> FloatArray:
    """Cosine with the related terms; a paper that taught them is compared with what the others taught."""
    cosine = entries.likeness([profile.related for profile in profiles])
    cosine -= entries.by_paper([profile.teachers for profile in profiles])
    return np.asarray(np.maximum(0, cosine - column(profile.usual for profile in profiles)), np.float32)


def _raw(profiles: Sequence[Profile], evidence: Evidence) -> FloatArray:
    """Squared, so that half of a phrase is worth a quarter: "system" alone says little of "recommender systems"."""
    related = column(profile.related_weight for profile in profiles) * evidence.related
    return np.asarray(evidence.admitted * (evidence.phrase**2 + related))


def _best(values: FloatArray, several: Sequence[int]) -> FloatArray:
    """The largest of each so many lines that follow each other, at least 0."""
    found = np.zeros((len(several), values.shape[1]), np.float32)
    for which, at in _by_place(several):
        found[which] = np.maximum(found[which], values[at])
    return found


def _by_place(several: Sequence[int]) -> Iterator[tuple[IntArray, IntArray]]:
    """Groups of so many lines follow each other: which have a first line, and where these are; then a second, ..."""
    lengths = np.array(several, np.int64)
    starts = np.cumsum(lengths) - lengths
    for place in range(max(several, default=0)):
        which = np.flatnonzero(lengths > place)
        yield which, starts[which] + place


def _taught(index: Index, profile: Profile, raw: FloatArray, setting: Setting, names: Names) -> Profile:
    """With the terms that weigh most in the best papers, each paper by its score."""
    best = best_first(raw, names, setting.seeds, setting.reach)
    few = Entries.of(index, best)
    mass = np.bincount(few.columns, few.unit * raw[best][few.row], minlength=few.width)
    terms = largest(mass, MOST_TERMS)
    length = float(np.linalg.norm(mass[terms])) or 1.0
    kept = few.holding(terms)
    own = raw[best] * kept.sums(kept.unit**2, terms, np.ones(len(terms), np.float32)) / length
    return replace(
        profile,
        related=Sign(tuple(index.terms[term] for term in terms), tuple(np.round(mass[terms] / length, 6).tolist())),
        teachers=Kin(tuple(index.pks[best].tolist()), tuple(np.round(own, 6).tolist())),
        usual=0.0,
    )
