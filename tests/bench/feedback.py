"""What reactions teach: `python -m tests.bench.feedback --data DIR [--json]`.

DIR holds papers*.jsonl.gz and feedback*.jsonl: channels with what they follow, liked and disliked, and a next day of
papers to rank. Figures are means of nDCG at 5 over the channels of a kind, from the first n likes and n dislikes;
papers that are `related` or `unjudged` are left out. Wrong clicks: each like is a random paper instead, each dislike
one of the liked papers, with that chance; the means of some seeds.
"""

import argparse
import gzip
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.picking import people, taste
from bot.picking.meaning import meant
from bot.picking.ranker import fit, score
from bot.picking.similar import similar
from bot.picking.vectors import Document, FloatArray, Index, IntArray

KINDS = ("topic", "facet", "day", "submitter")
FIRST = (0, 1, 2, 5, None)  # reactions of each sign; none is all
NOISE = (0.1, 0.3)
SEEDS = 3

Ranks = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel by rows of the index. topical: of every row, how well it fits what is followed; none: nothing is.

    authors: of every row.
    """

    kind: str
    authors: Sequence[people.Names]
    topical: FloatArray | None
    liked: IntArray
    disliked: IntArray
    day: IntArray
    right: npt.NDArray[np.bool_]


Method = Callable[[Index, Channel], Ranks]


def ours(index: Index, one: Channel) -> Ranks:
    """The product's own."""
    return _learned(index, one, one.authors)


def words(index: Index, one: Channel) -> Ranks:
    """The same if papers did not tell who wrote them."""
    return _learned(index, one, [()] * len(index))


def _learned(index: Index, one: Channel, authors: Sequence[people.Names]) -> Ranks:
    known = None if one.topical is None else (one.topical[one.liked], one.topical[one.disliked])
    if not len(one.liked) + len(one.disliked):
        return topic_score(index, one)
    liked, disliked = one.liked.tolist(), one.disliked.tolist()
    wrote = [authors[row] for row in liked], [authors[row] for row in disliked]
    learned = taste.fit(index, liked, disliked, known, authors=wrote)
    found = taste.appeal(index, learned, one.day, people.places(authors[row] for row in one.day.tolist()))
    return taste.order(None if one.topical is None else one.topical[one.day], learned, found)


def topic_score(index: Index, one: Channel) -> Ranks:
    """As if nobody had reacted."""
    return np.zeros(len(one.day), np.float32) if one.topical is None else one.topical[one.day]


def rocchio(index: Index, one: Channel) -> Ranks:
    """The topic score, three times the likeness to what was liked, less half of that to what was disliked."""
    return topic_score(index, one) + 3 * _likeness(index, one.liked, one) - 0.5 * _likeness(index, one.disliked, one)


def sanity(index: Index, one: Channel) -> Ranks:
    """As arxiv-sanity-lite is described: a linear SVM, what was liked against all other papers there are."""
    from scipy.sparse import csr_matrix
    from sklearn.svm import LinearSVC

    if not len(one.liked):
        return topic_score(index, one)
    papers = csr_matrix((index.unit, index.columns, index.starts), shape=(len(index), len(index.terms)))
    is_liked = np.isin(np.arange(len(index)), one.liked)
    machine = LinearSVC(C=0.01, class_weight="balanced", tol=1e-3, max_iter=10_000, random_state=0)
    ranks: Ranks = machine.fit(papers, is_liked).decision_function(papers[one.day])
    return ranks


def _likeness(index: Index, seeds: IntArray, one: Channel) -> FloatArray:
    return similar(index, seeds, one.day)


METHODS: Mapping[str, Method] = {
    "ours": ours,
    "words": words,
    "topic": topic_score,
    "rocchio": rocchio,
    "sanity": sanity,
}


def read(folder: Path) -> tuple[Index, list[Channel]]:
    """The index of all papers, and the channels."""
    papers = [json.loads(line) for path in sorted(folder.glob("papers*.jsonl.gz")) for line in _lines(path)]
    row = {paper["id"]: place for place, paper in enumerate(papers)}
    index = Index.build(Document(row[paper["id"]], paper["title"], paper["abstract"]) for paper in papers)
    place_of = {int(pk): place for place, pk in enumerate(index.pks)}
    authors = [tuple(papers[int(pk)]["authors"]) for pk in index.pks]
    found: dict[str, FloatArray] = {}

    def rows(ids: Sequence[str]) -> IntArray:
        return np.array([place_of[row[name]] for name in ids if row.get(name) in place_of], np.int64)

    def topical(topics: Sequence[str]) -> FloatArray | None:
        for text in topics:
            if text not in found:
                found[text] = score(index, fit(index, meant(index, text)), np.arange(len(index)))
        return np.max([found[text] for text in topics], axis=0) if topics else None

    channels = []
    for path in sorted(folder.glob("feedback*.jsonl")):
        for said in map(json.loads, _lines(path)):
            left_out = {*said.get("related", ()), *said.get("unjudged", ())}
            day = rows([name for name in said["next_day"] if name not in left_out])
            right = np.isin(day, rows(said["relevant"]))
            if right.any():
                liked, disliked = rows(said["liked"]), rows(said["disliked"])
                channels.append(Channel(said["kind"], authors, topical(said["topics"]), liked, disliked, day, right))
    return index, channels


def first(one: Channel, n: int | None) -> Channel:
    """With the first n likes and n dislikes only."""
    return Channel(one.kind, one.authors, one.topical, one.liked[:n], one.disliked[:n], one.day, one.right)


def clicked_wrong(one: Channel, papers: int, chance: float, random: np.random.Generator) -> Channel:
    """With some likes on random papers, and some dislikes on liked ones."""
    slips = random.random(len(one.liked)) < chance, random.random(len(one.disliked)) < chance
    liked = np.where(slips[0], random.integers(papers, size=len(one.liked)), one.liked)
    disliked = np.where(slips[1], random.choice(one.liked, len(one.disliked)), one.disliked)
    return Channel(one.kind, one.authors, one.topical, liked, disliked, one.day, one.right)


def measure(index: Index, channels: Sequence[Channel], method: Method) -> dict[str, float]:
    """Mean nDCG at 5 by kind, and `mean` of the kinds there are."""
    found = defaultdict(list)
    for one in channels:
        found[one.kind].append(_ndcg(one.right[np.argsort(-method(index, one), kind="stable")]))
    figures = {kind: float(np.mean(found[kind])) for kind in KINDS if kind in found}
    return {**figures, "mean": float(np.mean(list(figures.values())))}


def noisy(index: Index, channels: Sequence[Channel], method: Method, chance: float) -> dict[str, float]:
    """The same with wrong clicks, the mean of some seeds."""
    runs = []
    for seed in range(SEEDS):
        random = np.random.default_rng(seed)
        runs.append(measure(index, [clicked_wrong(one, len(index), chance, random) for one in channels], method))
    return {name: float(np.mean([run[name] for run in runs])) for name in runs[0]}


def _ndcg(right: npt.NDArray[np.bool_], depth: int = 5) -> float:
    discount = 1 / np.log2(np.arange(2, depth + 2))
    best = discount[: min(depth, int(right.sum()))].sum()
    return float((right[:depth] * discount[: len(right)]).sum() / best)


def _lines(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        yield from lines


def main() -> None:
    """Print a line a method and number of reactions, or one object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", action="store_true", help="one object: for each method the figures of all reactions")
    asked = parser.parse_args()
    index, channels = read(asked.data)
    told: dict[str, dict[str, float]] = {}
    if not asked.json:
        print(f"{'':22}" + "".join(f"{name:>10}" for name in (*KINDS, "mean")))
    for name, method in METHODS.items():
        for n in (None,) if asked.json else FIRST:
            figures = measure(index, [first(one, n) for one in channels], method)
            told[name] = figures
            if not asked.json:
                _print(f"{name}, {'all' if n is None else n}", figures)
        for chance in NOISE:
            figures = noisy(index, channels, method, chance)
            told[name][f"noise{chance * 100:.0f}"] = figures["mean"]
            if not asked.json:
                _print(f"{name}, all, {chance:.0%} wrong", figures)
    if asked.json:
        print(json.dumps({name: {key: round(value, 4) for key, value in row.items()} for name, row in told.items()}))


def _print(label: str, figures: Mapping[str, float]) -> None:
    print(f"{label:22}" + "".join(f"{figures.get(name, float('nan')):10.3f}" for name in (*KINDS, "mean")), flush=True)


if __name__ == "__main__":
    main()
