"""How fast and how large the picker is:  python -m tests.bench.speed --data DIR [--papers N] [--database URL] [--json]

A store of N papers, 500 listed a day: those of DIR/papers*.jsonl.gz first in time of the newest 50,000, the others made
of their sentences; what is older than the index has a title only. Each part runs in a process of its own, the way that
the service goes:

fit      the index made from nothing, of the newest 16,000 papers and of the newest 50,000
rank     the newest 2,000 papers for 1,000 channels, each with a topic of its own, fitted before: scores, what fits,
         and which of it is chosen; then the same with the reasons that a digest gives
follow   /papers follow and /papers preview inside a running service, and again just after 500 papers came in
"""

import argparse
import asyncio
import gc
import json
import logging
import random
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from pathlib import Path
from typing import Self

from sqlalchemy import func, insert, select
from sqlmodel import col

from bot import identity, tables
from bot.adapter import ChannelRef, Invocation
from bot.commands.subjects import subject
from bot.digests import compose
from bot.digests.index import MOST, IndexKeeper
from bot.digests.selection import Selection, look
from bot.model import Draft, Follow
from bot.picking.topics import known
from bot.picking.words import stems
from bot.service import Service
from tests.bench import stores
from tests.bench.lookup import made_titles

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
A_DAY, NEW = 500, 500  # papers
FEW = 16_000
CHANNELS, POOL, SIZE, A_CLAIM = 1_000, 2_000, 5, 20
ASKED = 12  # topics followed and previewed
INVENTED = 0.015  # of the words of a made abstract: new words come with new papers
AT_ONCE = 5_000  # papers a transaction
Row = dict[str, float]


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure with its name for readers and what it should stay below."""

    title: str
    most: float


GOALS = {
    "fit_16000_s": Goal("first fit of 16,000 papers, s", 15),
    "fit_16000_mb": Goal("  most memory, MB", 800),
    "fit_50000_s": Goal("first fit of 50,000 papers, s", 45),
    "fit_50000_mb": Goal("  most memory, MB", 800),
    "fit_topic_ms": Goal("a topic fitted to 50,000 papers, ms", 500),
    "rank_s": Goal("1,000 channels x 2,000 papers ranked, s", 0.2),
    "reasons_s": Goal("  the same with the reasons for each pick, s", 10),
    "follow_s": Goal("a follow answered with its preview, median, s", 1),
    "follow_most_s": Goal("  the slowest", 1),
    "follow_new_s": Goal("  just after 500 new papers", 1),
    "grow_s": Goal("the index with 500 new papers, s", 15),
    "gap_ms": Goal("longest gap of the event loop meanwhile, ms", 50),
    "running_mb": Goal("most memory of that service, MB", 800),
}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--papers", type=int, default=MOST, help="in the store")
    options.add_argument(
        "--database", default="", help="a PostgreSQL server to make a database on; else an SQLite file"
    )
    options.add_argument("--json", action="store_true")
    options.add_argument("--part", default="", help=argparse.SUPPRESS)
    options.add_argument("--place", type=Path, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    logging.disable(logging.WARNING)
    if chosen.part:
        print(json.dumps(asyncio.run(PARTS[chosen.part](chosen.database, chosen.place, chosen.data))))
        return
    figures = asyncio.run(measured(chosen.data, chosen.database, chosen.papers))
    if chosen.json:
        print(json.dumps({"ours": figures}))
        return
    print(f"{chosen.papers:,} papers stored")
    for name, goal in GOALS.items():
        print(f"{goal.title:48} {figures[name]:10.3f}  (goal {goal.most:g})")


async def measured(data: Path, server: str, papers: int) -> Row:
    async with stores.fresh_service(server) as service:
        await fill(service, list(stores.rows(stores.files(data, "papers*.jsonl.gz"))), papers)
        url = service.store.database.url.set(drivername="sqlite" if not server else "postgresql")
        with tempfile.TemporaryDirectory() as place:
            words = ["--data", str(data), "--database", url.render_as_string(hide_password=False), "--place", place]
            figures: Row = {}
            for part in PARTS:
                asked = [sys.executable, "-m", "tests.bench.speed", *words, "--part", part]
                done = await asyncio.to_thread(subprocess.run, asked, check=True, stdout=subprocess.PIPE)
                figures |= json.loads(done.stdout)
            return figures


async def fill(service: Service, rows: Sequence[stores.Row], wanted: int) -> None:
    """Papers straight into the tables, many at once, the oldest first."""
    async with service.store.database.reading() as session:
        assert not await session.scalar(select(func.count(col(tables.Paper.pk))))
    papers = enumerate(islice(texts(rows, random.Random(4)), wanted), 1)
    while some := list(islice(papers, AT_ONCE)):
        made = [_paper(n, *said, listed_at=NOW - timedelta(days=(wanted - n) / A_DAY)) for n, said in some]
        made = [one if wanted - n < MOST else {**one, "abstract": ""} for (n, _), one in zip(some, made, strict=True)]
        async with service.store.database.writing("papers") as session:
            await session.execute(insert(tables.Paper), made)
            await session.execute(insert(tables.PaperAlias), [{"id": one["id"], "paper_pk": one["pk"]} for one in made])


def texts(rows: Sequence[stores.Row], draw: random.Random) -> Iterator[tuple[str, str]]:
    """Titles and abstracts without end: the real ones, each among two made ones."""
    sentences = [sentence for row in rows for sentence in re.split(r"(?<=[.!?])\s+", row["abstract"])]
    titles = made_titles([row["title"] for row in rows], draw)
    letters = "bdfgklmnprstvz", "aeiou"

    def word() -> str:
        return "".join(draw.choice(letters[n % 2]) for n in range(draw.choice((4, 6, 8))))

    def abstract() -> str:
        said = " ".join(draw.choices(sentences, k=draw.randint(5, 10))).split()
        return " ".join(word() if draw.random() < INVENTED else one for one in said)

    while True:
        for row in rows:
            yield next(titles), abstract()
            yield row["title"], row["abstract"]
            yield next(titles), abstract()


def _paper(pk: int, title: str, abstract: str, listed_at: datetime) -> stores.Row:
    people = [f"Ada {chr(65 + pk % 26)}. Made{pk % 9973}"]
    row = tables.Paper(
        pk=pk, id=f"doi:10.5555/speed.{pk}", title=title, abstract=abstract, authors=people, categories=["cs.IR"],
        listed_at=listed_at, stored_at=listed_at,
        key=identity.title_key(title), head_key=identity.head_key(title), fingerprint=pk,
    )  # fmt: skip
    return row.model_dump()


async def fit_few(url: str, place: Path, _data: Path) -> Row:
    return await _fit(url, place, FEW)


async def fit_most(url: str, place: Path, _data: Path) -> Row:
    return await _fit(url, place, MOST)


async def _fit(url: str, place: Path, papers: int) -> Row:
    async with _opened(url, place) as service:
        begun = time.perf_counter()
        await IndexKeeper(service.store.papers, place / f"{papers}.index", most=papers).fresh()
        return {f"fit_{papers}_s": time.perf_counter() - begun, f"fit_{papers}_mb": _megabytes()}


async def rank(url: str, place: Path, data: Path) -> Row:
    async with _opened(url, place) as service:
        selection, index = Selection(service.store, service.index, lambda: NOW), await service.index.fresh()
        newest = [pk for pk, _ in (await service.store.papers.fingerprints(POOL))]
        pool = await selection.pool(await service.store.papers.get(newest))
        follows = _topics(data, CHANNELS)
        begun = time.perf_counter()
        fitted = await selection.fitter.fitted(follows, index)
        took = time.perf_counter() - begun
        gc.freeze()
        begun = time.perf_counter()
        for start in range(0, CHANNELS, A_CLAIM):
            pool.foresee(fitted[start : start + A_CLAIM])
            for one in fitted[start : start + A_CLAIM]:
                weighed = compose.weigh(pool, [one], ())
                compose.choose(weighed, compose.candidates(weighed), SIZE)
        ranked = time.perf_counter() - begun
        for one in fitted:
            look(compose.weigh(pool, [one], ()), SIZE)
        return {
            "fit_topic_ms": 1_000 * took / CHANNELS, "rank_s": ranked,
            "reasons_s": time.perf_counter() - begun - ranked,
        }  # fmt: skip


async def follow(url: str, place: Path, data: Path) -> Row:
    async with _opened(url, place) as service:
        index = await service.index.fresh()
        await _seconds(service, subject("recsys"), 0)  # the first one imports what fits a topic
        gc.freeze()
        topics = _topics(data, CHANNELS)[10 : 10 + ASKED + 1]
        async with _Gaps() as before:
            took = [await _seconds(service, topic, n) for n, topic in enumerate(topics[:ASKED], 1)]
        await service.store.papers.save(_new(data), "bench", NOW)
        async with _Gaps() as after:
            begun = time.perf_counter()
            at_once = await _seconds(service, topics[ASKED], ASKED + 1)
            grown = await service.index.fresh()
            assert grown.pks[-1] == index.pks[-1] + NEW
        return {
            "follow_s": statistics.median(took), "follow_most_s": max(took), "follow_new_s": at_once,
            "grow_s": time.perf_counter() - begun, "gap_ms": 1_000 * max(before.longest, after.longest),
            "running_mb": _megabytes(),
        }  # fmt: skip


def _new(data: Path) -> list[Draft]:
    rows = list(stores.rows(stores.files(data, "papers*.jsonl.gz")))
    made = (said for n, said in enumerate(texts(rows, random.Random(6))) if n % 3 != 1)
    return [Draft(f"{title} {n}", text, (f"Eva N. {n}",)) for n, (title, text) in enumerate(islice(made, NEW))]


async def _seconds(service: Service, topic: Follow, n: int) -> float:
    """What a follow and the preview of it take together."""
    channel = ChannelRef("terminal", "local", f"c{n}", f"c{n}")
    begun = time.perf_counter()
    for verb in ("follow", "preview"):
        reply = await service.handle(Invocation(channel, "bench", text=f"/papers {verb} {topic.text}"))
        assert reply.outcome == "answered", reply
    return time.perf_counter() - begun


def _topics(data: Path, wanted: int) -> list[Follow]:
    """Topics that people type, then pairs of words that follow each other in titles."""
    names = [row["topic"] for row in stores.rows(sorted(data.glob("topics*.jsonl")))] + list(known())
    titles = [row["title"].split() for row in stores.rows(stores.files(data, "papers*.jsonl.gz"))]
    pairs = (f"{one} {other}" for words in titles for one, other in pairwise(words) if all(stems(f"{one} {other}")))
    found: dict[str, Follow] = {}
    for name in (*names, *pairs):
        topic = subject(name) if re.fullmatch(r"[\w -]+", name) else None
        if topic and topic.kind == "topic":
            found.setdefault(topic.key, topic)
        if len(found) == wanted:
            break
    return list(found.values())


@asynccontextmanager
async def _opened(url: str, place: Path) -> AsyncIterator[Service]:
    service = await Service.open(url, clock=lambda: NOW, cache=place)
    try:
        yield service
    finally:
        await service.close()


class _Gaps:
    """How long the event loop was held up at most."""

    longest = 0.0

    async def __aenter__(self) -> Self:
        self._watch = asyncio.create_task(self._watched())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._watch.cancel()

    async def _watched(self) -> None:
        while True:
            begun = time.perf_counter()
            await asyncio.sleep(0.001)
            self.longest = max(self.longest, time.perf_counter() - begun - 0.001)


def _megabytes() -> float:
    """The most that this process and the largest that it started held, together."""
    return sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1_024


PARTS = {"fit-few": fit_few, "fit-most": fit_most, "rank": rank, "follow": follow}

if __name__ == "__main__":
    main()
