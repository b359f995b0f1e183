"""How well papers are picked for topics: `python -m tests.bench.pick --data DIR`.

DIR holds papers.jsonl.gz and topics.dev.jsonl. All papers are indexed; the `forum` pool is ranked, whole and cut into
20 random days. A day's pick is its five best papers at or above the bar. "judged" leaves out papers whose relevance is
unsure; "strict" counts them as wrong. Also: small stores of 90 papers from 14 of the topics.
"""

import argparse
import gzip
import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.picking.entries import Entries
from bot.picking.ranker import BAR, fit, score
from bot.picking.topics import Topic
from bot.picking.vectors import Document, Index
from bot.picking.words import stems

Scores = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Method = Callable[[Index, list[str], str], Scores]
DAYS, DAY_SEED = 20, 5
WORLDS, FIELDS, A_FIELD, A_WORLD = 8, 14, 7, 90


@dataclass(frozen=True, slots=True)
class Judged:
    """A topic with its judgments over all papers. unsure: neither right nor wrong."""

    text: str
    forms: tuple[str, ...]
    right: Flags
    unsure: Flags


@dataclass(frozen=True, slots=True)
class Data:
    """What DIR holds."""

    documents: list[Document]
    texts: list[str]
    forum: npt.NDArray[np.int64]
    topics: list[Judged]


def read(folder: Path) -> Data:
    """The papers in file order and the topics of the forum pool."""
    with gzip.open(folder / "papers.jsonl.gz", "rt", encoding="utf-8") as lines:
        papers = [json.loads(line) for line in lines]
    row = {paper["id"]: place for place, paper in enumerate(papers)}

    def flags(ids: list[str]) -> Flags:
        found = np.zeros(len(papers), np.bool_)
        found[[row[name] for name in ids if name in row]] = True
        return found

    topics = []
    for line in (folder / "topics.dev.jsonl").read_text(encoding="utf-8").splitlines():
        topic = json.loads(line)
        if topic["pool"] == "forum":
            right = flags(topic["relevant"])
            unsure = flags(topic["maybe"] + [name for name, grade in topic["graded"].items() if grade == 1]) & ~right
            topics.append(Judged(topic["topic"], tuple(topic["forms"]), right, unsure))
    return Data(
        [Document(place, paper["title"], paper["abstract"]) for place, paper in enumerate(papers)],
        [f"{paper['title']} {paper['abstract']}".lower() for paper in papers],
        np.array([place for place, paper in enumerate(papers) if "forum" in paper["pools"]]),
        topics,
    )


def picker(index: Index, texts: list[str], topic: str) -> Scores:
    """Ours."""
    return score(index, fit(index, Topic.parse(topic)), np.arange(len(index)))


def keyword(index: Index, texts: list[str], topic: str) -> Scores:
    """A plain filter: the words as typed, anywhere; more often is better, any is at the bar."""
    pattern = re.compile(re.escape(topic.lower()))
    return np.array([min(1.0, BAR * len(pattern.findall(text)) ** 0.1) for text in texts], np.float32)


def tfidf(index: Index, texts: list[str], topic: str) -> Scores:
    """Cosine with the typed words. It has no bar: what a cosine is worth differs from topic to topic."""
    said = [word for word in stems(topic) if word]
    columns = index.columns_of([*said, *(f"{first} {second}" for first, second in pairwise(said))])
    weights = index.idf[columns] / (np.linalg.norm(index.idf[columns]) or 1)
    entries = Entries.of(index, np.arange(len(index)))
    return entries.sums(entries.unit, columns, weights)


def measure(data: Data, ranked: list[tuple[Judged, Scores]], *, strict: bool) -> dict[str, float]:
    """The figures of one method; means over topics, or over days of a topic that have a right paper."""
    days = np.array_split(np.random.default_rng(DAY_SEED).permutation(data.forum), DAYS)
    whole, n5, recall, precisions = [], [], [], []
    picks: list[tuple[float, bool]] = []
    quiet: list[float] = []
    possible = 0
    for topic, scores in ranked:
        whole.append(_ndcg(_sorted(topic, scores, data.forum, strict)[0]))
        for day in days:
            right, best = _sorted(topic, scores, day, strict)
            picks += zip(best[:5].tolist(), right[:5].tolist(), strict=True)
            if not right.any():
                quiet.append(float(best[0]))
                continue
            possible += min(5, int(right.sum()))
            n5.append(_ndcg(right))
            recall.append(right[:10].sum() / right.sum())
            precisions.append(float(np.mean(np.cumsum(right)[right] / (np.flatnonzero(right) + 1))))
    found = np.array(sorted(picks, key=lambda pick: -pick[0]))
    hits = np.cumsum(found[:, 1])
    over = found[:, 0] >= BAR

    def precision_at(coverage: float) -> float:
        enough = np.flatnonzero(hits >= coverage * possible)
        return float(hits[enough[0]] / (enough[0] + 1)) if len(enough) else float("nan")

    return {
        "all n5": float(np.mean(whole)),
        "DAY n5": float(np.mean(n5)),
        "R@10": float(np.mean(recall)),
        "MAP": float(np.mean(precisions)),
        **{f"P@{share:.0%}": precision_at(share) for share in (0.3, 0.5, 0.6)},
        "bar P": float(found[over, 1].mean()) if over.any() else float("nan"),
        "bar cov": float(found[over, 1].sum() / possible),
        "false alarm": float(np.mean(np.array(quiet) >= BAR)),
    }


def _sorted(topic: Judged, scores: Scores, rows: npt.NDArray[np.int64], strict: bool) -> tuple[Flags, Scores]:
    """Which are right, and the scores, best first."""
    rows = rows if strict else rows[~topic.unsure[rows]]
    rows = rows[np.argsort(-scores[rows], kind="stable")]
    return topic.right[rows], scores[rows]


def _ndcg(right: Flags, depth: int = 5) -> float:
    discount = 1 / np.log2(np.arange(2, depth + 2))
    return float((right[:depth] * discount).sum() / discount[: min(depth, int(right.sum()))].sum())


def small_stores(data: Data) -> Iterator[tuple[str, float]]:
    """Stores of 90 papers from 14 topics: what is found of the topics that are there, and silence on the others."""
    few = fields = right = relevant = wrong = shown = alarms = absent = 0
    for seed in range(WORLDS):
        random = np.random.default_rng(seed)
        chosen = random.choice(len(data.topics), FIELDS, replace=False)
        drawn = [random.choice(np.flatnonzero(data.topics[one].right), A_FIELD, replace=False) for one in chosen]
        rows = np.array(list(dict.fromkeys(np.concatenate(drawn).tolist()))[:A_WORLD])
        index = Index.build(data.documents[row] for row in rows.tolist())
        rows = index.pks
        for place, topic in enumerate(data.topics):
            here, unsure = topic.right[rows], topic.unsure[rows]
            if place not in chosen and (here | unsure).any():
                continue
            scores = picker(index, [], topic.text)
            best = np.argsort(-scores, kind="stable")
            over = best[scores[best] >= BAR]
            if place not in chosen:
                absent += 1
                alarms += bool(len(over))
                continue
            fields += 1
            few += int(here[over].sum()) < 3
            right += int(here[over].sum())
            relevant += int(here.sum())
            top = over[:5][~unsure[over[:5]]]
            wrong += int((~here[top]).sum())
            shown += len(top)
    yield "precision of the top 5 over the bar", 1 - wrong / shown
    yield "recall over the bar", right / relevant
    yield "topics with fewer than 3 right papers over the bar", few / fields
    yield "absent topics that get a paper", alarms / absent


def main() -> None:
    """Print one line a method."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", type=Path, required=True)
    data = read(arguments.parse_args().data)
    started = time.perf_counter()
    index = Index.build(data.documents)
    print(f"index of {len(index)} papers, {len(index.terms)} terms: {time.perf_counter() - started:.1f} s")
    methods: list[tuple[str, Method]] = [("keyword", keyword), ("TF-IDF", tfidf), ("ours", picker)]
    header = False
    for name, method in methods:
        for which in ("topic", "form 0"):
            asked = [topic for topic in data.topics if which == "topic" or topic.forms]
            started = time.perf_counter()
            said = {topic.text: topic.text if which == "topic" else topic.forms[0] for topic in asked}
            ranked = [(topic, method(index, data.texts, said[topic.text])) for topic in asked]
            spent = (time.perf_counter() - started) / len(asked) * 1000
            for strict in (False, True):
                figures = {**measure(data, ranked, strict=strict), "ms": spent}
                if method is tfidf:
                    figures |= dict.fromkeys(("bar P", "bar cov", "false alarm"), float("nan"))
                if not header:
                    print(" " * 24 + " ".join(f"{title:>11}" for title in figures))
                    header = True
                label = f"{name}, {which}, {'strict' if strict else 'judged'}"
                print(f"{label:24}" + " ".join(f"{figure:11.3f}" for figure in figures.values()))
    print(f"small stores: {WORLDS} of at most {A_WORLD} papers")
    for title, figure in small_stores(data):
        print(f"  {title}: {figure:.3f}")


if __name__ == "__main__":
    main()
