"""How well papers are picked for topics:  python -m tests.bench.pick --data DIR [--json]

DIR holds papers*.jsonl.gz and topics*.jsonl. All papers are imported into a fresh store and go the way that digests go:
the store's index, a profile fitted to each topic as it would be followed, a pool of papers scored. The `forum` pool is
ranked, whole and cut into 20 random days. A day's pick is its five best papers at or above the bar. "judged" leaves out
papers whose relevance is unsure; "strict" counts them as wrong.

Beside ours: a keyword filter, cosine of TF-IDF, and a search as arxiv-sanity-lite describes its own (words counted in
titles, authors and abstracts). "ours, held out" was tuned on every second topic and is measured on the others, of which
"ours, same" is the shipped one. Also small stores of 90 papers from 14 of the topics.
"""

import argparse
import asyncio
import gzip
import json
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bot import identity
from bot.commands.subjects import subject
from bot.digests.fitting import Fitter
from bot.digests.pool import Fitted, Pool
from bot.imports import Count, import_files
from bot.markup import plain
from bot.model import Paper
from bot.picking.entries import Entries
from bot.picking.meaning import meant
from bot.picking.ranker import BAR, LARGE, Setting, fit, score
from bot.picking.vectors import Document, Index
from bot.picking.words import stems
from bot.service import Service, utc_now

Scores = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Method = Callable[[str], Scores]
Ranked = list[tuple["Judged", Scores]]
DAYS, DAY_SEED = 20, 5
WORLDS, FIELDS, A_FIELD, A_WORLD = 8, 14, 7, 90
MOST_ALARMS = 0.12
IN_TITLE, IN_AUTHORS, MOST_COUNTED = 20.0, 10.0, 3


@dataclass(frozen=True, slots=True)
class Judged:
    """A topic with its judgments over all papers. unsure: neither right nor wrong."""

    text: str
    forms: tuple[str, ...]
    right: Flags
    unsure: Flags


@dataclass(frozen=True, slots=True)
class Data:
    """What DIR holds, as it was stored. forum: places of the pool's papers in `papers`, in the order of the files."""

    papers: Sequence[Paper]
    index: Index
    profiles: Fitter
    forum: npt.NDArray[np.int64]
    topics: list[Judged]

    @property
    def documents(self) -> list[Document]:
        return [Document(place, paper.title, paper.abstract) for place, paper in enumerate(self.papers)]


async def read(files: Sequence[Path], judgments: Sequence[Path], service: Service) -> Data:
    """Import the papers of these files into the service's store, and read the judgments of topics."""
    await import_files(service.store.papers, [str(file) for file in files], None, utc_now(), Count(), lambda _: None)
    index = await service.index.fresh()
    papers = await service.store.papers.listed_since(None)
    titled = {identity.title_key(paper.title): place for place, paper in enumerate(papers)}
    rows = [row for file in files for row in _rows(file)]
    keys = {row["id"]: identity.title_key(plain(row["title"])) for row in rows}
    place = {name: titled[key] for name, key in keys.items() if key in titled}

    def flags(ids: Sequence[str]) -> Flags:
        found = np.zeros(len(papers), np.bool_)
        found[[place[name] for name in ids if name in place]] = True
        return found

    topics = []
    for topic in (row for file in judgments for row in _rows(file)):
        if topic["pool"] == "forum":
            right = flags(topic["relevant"])
            unsure = flags([*topic["maybe"], *(name for name, grade in topic["graded"].items() if grade == 1)])
            topics.append(Judged(topic["topic"], tuple(topic["forms"]), right, unsure & ~right))
    forum = dict.fromkeys(place[row["id"]] for row in rows if "forum" in row["pools"] and row["id"] in place)
    return Data(papers, index, Fitter(service.store, service.index, utc_now), np.array(list(forum)), topics)


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


async def ours(data: Data, asked: Sequence[str]) -> list[Scores]:
    """As a channel would follow them."""
    pool = Pool(data.papers, data.index)
    return [pool.scores(one) for one in await data.profiles.fitted([subject(text) for text in asked], data.index)]


def tuned(data: Data, setting: Setting) -> Method:
    """Ours with another setting."""
    pool = Pool(data.papers, data.index)
    return lambda topic: pool.scores(Fitted(subject(topic), fit(data.index, meant(data.index, topic), setting)))


def keyword(data: Data) -> Method:
    """A plain filter: the words as typed, anywhere; more often is better, any is at the bar."""
    texts = [f"{paper.title} {paper.abstract}".lower() for paper in data.papers]

    def scores(topic: str) -> Scores:
        pattern = re.compile(re.escape(topic.lower()))
        return np.array([min(1.0, BAR * len(pattern.findall(text)) ** 0.1) for text in texts], np.float32)

    return scores


def tfidf(data: Data) -> Method:
    """Cosine with the typed words. It has no bar: what a cosine is worth differs from topic to topic."""
    pool, index = Pool(data.papers, data.index), data.index
    entries = Entries.of(index, pool.rows)

    def scores(topic: str) -> Scores:
        said = [word for word in stems(topic) if word]
        columns = index.columns_of([*said, *(f"{first} {second}" for first, second in pairwise(said))])
        weights = index.idf[columns] / (np.linalg.norm(index.idf[columns]) or 1)
        return entries.sums(entries.unit, columns, weights)

    return scores


def sanity(data: Data) -> Method:
    """Each word of the topic counts where it stands, as part of another too: title, authors, abstract."""
    fields = [(paper.title.lower(), " ".join(paper.authors).lower(), paper.abstract.lower()) for paper in data.papers]

    def scores(topic: str) -> Scores:
        words = topic.lower().split()
        found = [
            sum(
                IN_TITLE * min(title.count(word), MOST_COUNTED)
                + IN_AUTHORS * min(authors.count(word), 1)
                + min(abstract.count(word), MOST_COUNTED)
                for word in words
            )
            for title, authors, abstract in fields
        ]
        return np.array(found, np.float32)

    return scores


def measure(data: Data, ranked: Ranked, *, strict: bool) -> dict[str, float]:
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
    documents = data.documents
    few = fields = right = relevant = wrong = shown = alarms = absent = 0
    for seed in range(WORLDS):
        random = np.random.default_rng(seed)
        chosen = random.choice(len(data.topics), FIELDS, replace=False)
        drawn = [random.choice(np.flatnonzero(data.topics[one].right), A_FIELD, replace=False) for one in chosen]
        rows = np.array(list(dict.fromkeys(np.concatenate(drawn).tolist()))[:A_WORLD])
        index = Index.build(documents[row] for row in rows.tolist())
        rows = index.pks
        for place, topic in enumerate(data.topics):
            here, unsure = topic.right[rows], topic.unsure[rows]
            if place not in chosen and (here | unsure).any():
                continue
            scores = score(index, fit(index, meant(index, topic.text)), np.arange(len(index)))
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


def report(data: Data, ranked: Ranked, formed: Ranked) -> dict[str, float]:
    """A method's figures for machines, from the topics as named and in another wording."""
    judged, strict = measure(data, ranked, strict=False), measure(data, ranked, strict=True)
    return {
        "day_ndcg5": judged["DAY n5"],
        "form_day_ndcg5": measure(data, formed, strict=False)["DAY n5"] if formed else float("nan"),
        "strict_day_ndcg5": strict["DAY n5"],
        "day_recall10": judged["R@10"],
        "day_map": judged["MAP"],
        "p_at_50": judged["P@50%"],
        "precision": judged["bar P"],
        "coverage": judged["bar cov"],
        "false_alarm": judged["false alarm"],
    }


def best_setting(data: Data, topics: Sequence[Judged]) -> Setting:
    """The one of a few that orders days best for these topics with at most MOST_ALARMS false alarms."""
    found = []
    for power, weight, half in product((1.0, 1.5, 2.0), (2.0, 3.0, 4.0), (0.5, 0.55)):
        setting = LARGE._replace(power=power, weight=weight, half=half)
        method = tuned(data, setting)
        figures = measure(data, [(topic, method(topic.text)) for topic in topics], strict=False)
        found.append((figures["false alarm"] <= MOST_ALARMS, figures["DAY n5"], setting))
    return max(found)[2]


async def run(files: Sequence[Path], judgments: Sequence[Path], *, as_json: bool) -> None:
    with tempfile.TemporaryDirectory() as place:
        service = await Service.open(f"sqlite:///{place}/papers.db", clock=utc_now)
        try:
            started = time.perf_counter()
            data = await read(files, judgments, service)
            if not as_json:
                spent = time.perf_counter() - started
                print(f"{len(data.papers)} papers, {len(data.index.terms)} terms, stored and indexed in {spent:.1f} s")
            figures = {name: report(data, *pair) for name, pair in (await _all_ranked(data)).items()}
        finally:
            await service.close()
    if as_json:
        known = {name: {key: None if isnan(one) else one for key, one in row.items()} for name, row in figures.items()}
        print(json.dumps(known, allow_nan=False))
        return
    print(" " * 16 + " ".join(f"{title:>16}" for title in next(iter(figures.values()))))
    for name, values in figures.items():
        print(f"{name:16}" + " ".join(f"{value:16.3f}" for value in values.values()))
    print(f"small stores: {WORLDS} of at most {A_WORLD} papers")
    for title, figure in small_stores(data):
        print(f"  {title}: {figure:.3f}")


async def _all_ranked(data: Data) -> dict[str, tuple[Ranked, Ranked]]:
    """By method the scores of every topic, as named and in its first other form."""
    named = {topic.text: topic for topic in data.topics}
    formed = {topic.forms[0]: topic for topic in data.topics if topic.forms}
    scored = dict(zip([*named, *formed], await ours(data, [*named, *formed]), strict=True))

    def ranked(method: Method, topics: dict[str, Judged]) -> Ranked:
        return [(topic, method(text)) for text, topic in topics.items()]

    found = {
        name: (ranked(method, named), ranked(method, formed))
        for name, method in {
            "keyword": keyword(data), "tfidf": tfidf(data), "sanity": sanity(data), "ours": scored.__getitem__
        }.items()
    }  # fmt: skip
    halves = [sorted(named)[first::2] for first in (0, 1)]
    other = {text: named[text] for text in halves[1]}
    held_out = tuned(data, best_setting(data, [named[text] for text in halves[0]]))
    found["ours, same"] = (ranked(scored.__getitem__, other), [])
    found["ours, held out"] = (ranked(held_out, other), [])
    return found


def main() -> None:
    """Print one line a method."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--data", type=Path, required=True)
    arguments.add_argument("--json", action="store_true", help="one object for machines")
    chosen = arguments.parse_args()
    files, judgments = (sorted(chosen.data.glob(names)) for names in ("papers*.jsonl.gz", "topics*.jsonl"))
    asyncio.run(run(files, judgments, as_json=chosen.json))


if __name__ == "__main__":
    main()
