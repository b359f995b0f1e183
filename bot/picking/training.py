"""Self-training: a linear classifier learns from the papers that fit a topic best so far, and from many that don't."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.picking.entries import Entries, column
from bot.picking.profile import Kin, Profile, Sign, Training
from bot.picking.vectors import FloatArray, Index, IntArray, Names

# Tuned on the development topics by `python -m tests.bench.pick`.
LEARNS = 300  # papers; fewer can't tell what the rest is like
RIGHT, REACH = 110, 0.25  # papers learned from as right, of those that reach this share of the best
WRONG = 2_000  # papers learned from as wrong, and at most half of the store
BETWEEN = 400  # best papers that are not learned from as wrong, and at most a third of the store
LEAST = 0.2  # the least that a right paper weighs beside the best
COST = 0.3  # C of the classifier: how much an error costs
NEAR_ENOUGH = 0.1  # when it stops: its weights are then 0.4 % from where they would end, in a quarter of the time
TERMS = 300  # kept
RAW = 2.1  # what the best raw score adds to the margin
KIN, NEAR = 50, 1.2  # of the right papers the best so many, and what being like them adds to the margin
KNOTS = 48  # of the scale


def trained(index: Index, profile: Profile, entries: Entries, raw: FloatArray, names: Names) -> Profile:
    """With what scikit-learn's LinearSVC learns from the raw scores of the whole store.

    Its margins order papers better than the raw scores do, but only these mean the same for every topic. So each margin
    is worth the raw score of the same rank. Margins of the papers learned from are taken without their own influence
    (in the dual, `alpha = 2 C w max(0, 1 - margin)`: Hsieh et al. 2008), so that they compare with papers to come.
    """
    from sklearn import config_context
    from sklearn.svm import LinearSVC

    right, wrong = _chosen(index, raw, names)
    if not len(right) or not len(wrong):
        return profile
    rows = np.concatenate([right, wrong])
    weights = np.clip(raw[right] / raw.max(), LEAST, 1)
    shares = np.concatenate([weights / weights.sum(), np.full(len(wrong), 1 / len(wrong))]) * (len(rows) / 2)
    classifier = LinearSVC(C=COST, tol=NEAR_ENOUGH, random_state=0)
    with config_context(assume_finite=True, skip_parameter_validation=True):
        classifier.fit(
            index.table(index.unit)[rows], np.repeat([1, -1], [len(right), len(wrong)]), sample_weight=shares
        )
    learned, bias = classifier.coef_[0], float(classifier.intercept_[0])
    terms = np.sort(largest(np.abs(learned), TERMS))
    few = Entries.of(index, right)
    margins = few.sums(few.unit, np.arange(few.width), learned.astype(np.float32)) + bias
    alpha = 2 * COST * shares[: len(right)] * np.maximum(0, 1 - margins)
    kept = few.holding(terms)
    own = alpha * kept.sums(kept.unit**2, terms, np.ones(len(terms), np.float32))
    kin, near = _kin(index, right, raw)
    own += NEAR * near
    training = Training(
        sign=Sign(tuple(index.terms[term] for term in terms), tuple(np.round(learned[terms], 5).tolist())),
        bias=round(bias, 5),
        kin=kin,
        own=Kin(tuple(index.pks[right].tolist()), tuple(np.round(own, 5).tolist())),
        top=round(float(raw.max()), 6),
        scale=(),
    )
    return replace(profile, training=replace(training, scale=_scale(_margins(entries, [training], raw[None])[0], raw)))


def placed(entries: Entries, trainings: Sequence[Training], raw: FloatArray) -> FloatArray:
    """The raw scores of these entries' rows, in the order that the classifier gives them; a training a line."""
    found, told = _margins(entries, trainings, raw), np.zeros_like(raw)
    for training, margin, line in zip(trainings, found, told, strict=True):
        margins, values = np.array(training.scale).T
        worthless = int(values.searchsorted(0, side="right"))
        above = np.flatnonzero(margin > margins[worthless - 1]) if worthless else np.arange(len(margin))
        line[above] = np.interp(margin[above], margins, values)
    beyond = np.float32(1e-3) * (found - column(training.scale[-1][0] for training in trainings))
    return np.asarray(told + np.maximum(0, beyond))  # what is better than the best is told apart too


def largest(values: npt.NDArray[Any], most: int) -> IntArray:
    """Where the largest values above 0 stand, at most so many, the largest first and equals in order."""
    good = np.flatnonzero(values > 0)
    if len(good) > most:
        good = good[values[good] >= np.partition(values[good], -most)[-most]]
    return good[np.argsort(-values[good], kind="stable")][:most]


def best_first(raw: FloatArray, names: Names, most: int, reach: float = 0.0) -> IntArray:
    """The rows with the best scores, at most so many, of those that reach that share of the best; equals by name."""
    good = np.flatnonzero(raw >= reach * raw.max(initial=0.0))
    if len(good) > most:
        good = good[raw[good] >= np.partition(raw[good], -most)[-most]]
    return good[np.lexsort((names[good], -raw[good]))][:most]


def _chosen(index: Index, raw: FloatArray, names: Names) -> tuple[IntArray, IntArray]:
    """The rows to learn from as right and as wrong, drawn and ordered by name."""
    right = best_first(raw, names, RIGHT, max(REACH, 1e-9 / max(raw.max(), 1e-9)))
    between = best_first(raw, names, max(min(BETWEEN, len(index) // 3), len(right)))
    rest = np.delete(np.arange(len(index)), between)
    drawn = min(WRONG, len(index) // 2)
    if len(rest) > drawn:
        rest = rest[np.argpartition(names[rest], drawn)[:drawn]]
    return right[np.argsort(names[right], kind="stable")], rest[np.argsort(names[rest], kind="stable")]


def _kin(index: Index, right: IntArray, raw: FloatArray) -> tuple[Kin, FloatArray]:
    """The best of the right papers, and how near each of all the right ones is to them by being one of them."""
    own = np.zeros(len(right), np.float32)
    if not index.space.dimensions:
        return Kin(), own
    best = np.argsort(-raw[right], kind="stable")[:KIN]
    weights = np.round(raw[right[best]].astype(float), 4)
    own[best] = weights / index.space.middle(right[best], weights.astype(np.float32))[1]
    return Kin(tuple(index.pks[right[best]].tolist()), tuple(weights.tolist())), own


def _margins(entries: Entries, trainings: Sequence[Training], raw: FloatArray) -> FloatArray:
    margins = entries.likeness([one.sign for one in trainings]) + column(one.bias for one in trainings)
    margins -= entries.by_paper([one.own for one in trainings])
    near = NEAR * entries.nearness([one.kin for one in trainings])
    return np.asarray(margins + near + RAW * raw / column(one.top for one in trainings))


def _scale(margins: FloatArray, raw: FloatArray) -> tuple[tuple[float, float], ...]:
    """Margins and raw scores of equal rank, rising; close together at the top."""
    ranks = np.unique(np.concatenate([np.arange(12), np.geomspace(12, len(raw) - 1, KNOTS - 12).astype(int)]))[::-1]
    best, values = np.sort(margins)[::-1][ranks], np.sort(raw)[::-1][ranks]
    rising = np.concatenate([[True], np.diff(best) > 0])
    return tuple(zip(np.round(best[rising], 5).tolist(), np.round(values[rising], 6).tolist(), strict=True))
