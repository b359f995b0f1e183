"""A thousand digests due at the same minute:  python -m tests.bench.storm [--data DIR] [--database URL] [--cold]

1,000 channels with 2 to 5 follows each, 3,000 papers of the day, and a platform (a process of its own) that takes 20 ms
a post. With DIR the papers are those of DIR/papers.jsonl.gz, the others there are the store of before, and topics come
from DIR/topics.dev.jsonl too; without it both are made up. --cold: no topic was fitted before the digests are due. The
worker is a process of its own, started when the digests are due: its time, memory and event loop are what is measured.
"""

import argparse
import asyncio
import gc
import gzip
import json
import logging
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import BinaryIO, cast

from bot.adapter import ChannelRef
from bot.commands.subjects import subject
from bot.digests.index import import_ranking
from bot.model import Draft, Follow
from bot.picking.topics import known
from bot.serve.jobs import Job
from bot.serve.run import Plan, serve
from bot.service import Service
from bot.sources import files
from bot.store.follows import Who
from bot.waiting import Bell
from tests.fakes.post import Post

CHANNELS, WORKSPACES, PAPERS = 1_000, 20, 3_000
DUE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)  # a Tuesday: what the first follow sets, in UTC
BEFORE = DUE - timedelta(days=1)
AUTHORS, CATEGORIES = 150, 60
BENCH = Who("fake/bench/ada", "ada")


@dataclass(frozen=True, slots=True)
class Storm:
    """What is stored before, what is new on the day, and what may be followed."""

    before: Sequence[Draft]
    fresh: Sequence[Draft]
    wanted: Sequence[Follow]


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path)
    options.add_argument("--database", default="", help="an empty one; a file of its own where none is named")
    options.add_argument("--cold", action="store_true")
    options.add_argument("--seed", type=int, default=5)
    options.add_argument("--worker-of", default="", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    logging.disable(logging.WARNING)
    if chosen.worker_of:
        return asyncio.run(_work(chosen.database, chosen.worker_of))
    with tempfile.TemporaryDirectory() as place:
        url = chosen.database or f"sqlite:///{place}/papers.db"
        storm = gathered(chosen.data, random.Random(chosen.seed))
        asyncio.run(_prepare(url, storm, random.Random(chosen.seed), is_cold=chosen.cold))
        with _platform(Path(place) / "posts.jsonl") as address:
            words = ["--database", url, "--worker-of", address]
            done = subprocess.run([sys.executable, "-m", "tests.bench.storm", *words], check=False)
        _count(Path(place) / "posts.jsonl")
        return done.returncode


def gathered(data: Path | None, draw: random.Random) -> Storm:
    drafts = _read(data) if data else _made_up(draw)
    draw.shuffle(drafts)
    fresh = [replace(draft, listed_at=DUE - timedelta(hours=4)) for draft in drafts[:PAPERS]]
    before = [replace(draft, listed_at=BEFORE - timedelta(days=30)) for draft in drafts[PAPERS:]]
    topics = {subject(name).key: name for name in known()}
    if data:
        rows = map(json.loads, (data / "topics.dev.jsonl").read_text(encoding="utf-8").splitlines())
        topics |= {subject(row["topic"]).key: row["topic"] for row in rows}
    authors = Counter(name for draft in fresh for name in draft.authors[:3])
    categories = Counter(name for draft in fresh for name in draft.categories if "." in name and not name[0].isupper())
    said = [
        *topics.values(),
        *(f'author:"{name}"' for name, _ in authors.most_common(AUTHORS)),
        *(f"category:{name}" for name, _ in categories.most_common(CATEGORIES)),
    ]
    return Storm(before, fresh, [subject(one) for one in said])


def _read(data: Path) -> list[Draft]:
    with cast("BinaryIO", gzip.open(data / "papers.jsonl.gz")) as stream:
        return [found for found in files.read(stream, "papers.jsonl", DUE) if isinstance(found, Draft)]


def _made_up(draw: random.Random) -> list[Draft]:
    """Papers that say a known topic or two between words that say nothing."""
    names, number = known(), count(1)
    starts, ends = ("alt", "bren", "cor", "dal", "fen", "gor"), ("ic", "um", "ast", "ing", "or", "eth", "ile")
    words = [f"{start}{end}" for start in starts for end in ends]
    people = [f"{chr(65 + n % 26)}. {words[n % len(words)].title()}{n % 97}" for n in range(3_000)]

    def paper() -> Draft:
        first, second = draw.choice(names), draw.choice(names)
        filling = " ".join(draw.choices(words, k=120))
        title = f"{first} with {' '.join(draw.choices(words, k=4))} no. {next(number)}"
        text = f"We study {first} and its use for {second}. {filling}. {first} gains."
        section = f"cs.{draw.choice('ABCDEFGHIJKLM')}{draw.choice('ILRVX')}"
        return Draft(title, text, tuple(draw.sample(people, 4)), categories=(section,))

    return [paper() for _ in range(PAPERS * 2)]


async def _prepare(url: str, storm: Storm, draw: random.Random, *, is_cold: bool) -> None:
    """A store as it is on the morning: channels that follow since yesterday, papers that came in overnight."""
    clock = _Clock(BEFORE - timedelta(days=30))
    service = await Service.open(url, clock=clock)
    try:
        for start in range(0, len(storm.before), 500):
            await service.store.papers.save(storm.before[start : start + 500], "bench", clock())
        clock.now = BEFORE
        followed = [await _follow(service, n, storm.wanted, draw, clock()) for n in range(CHANNELS)]
        clock.now = DUE - timedelta(hours=3)
        for start in range(0, len(storm.fresh), 500):
            await service.store.papers.save(storm.fresh[start : start + 500], "bench", clock())
        await service.index.fresh()
        while not is_cold and await service.prepare():
            pass
    finally:
        await service.close()
    different = {(str(follow.kind), follow.key) for follows in followed for follow in follows}
    print(f"{CHANNELS:,} channels, {sum(map(len, followed)):,} follows, {_kinds(different)}")
    print(f"{len(storm.fresh):,} papers of the day beside {len(storm.before):,} of before")


async def _follow(
    service: Service, n: int, wanted: Sequence[Follow], draw: random.Random, now: datetime
) -> Sequence[Follow]:
    channel = await service.store.channels.of(ChannelRef("fake", f"team{n % WORKSPACES}", f"c{n}", f"c{n}"))
    follows = draw.sample(wanted, draw.randint(2, 5))
    await service.store.follows.add(channel, follows, BENCH, now)
    await service.store.schedules.begin(channel, BENCH, now, channel.zone)
    return follows


def _kinds(different: set[tuple[str, str]]) -> str:
    kinds = Counter(kind for kind, _ in different)
    named = {"topic": "topics", "author": "authors", "category": "categories"}
    return f"{len(different)} different ones: " + ", ".join(f"{kinds[kind]} {name}" for kind, name in named.items())


class _Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


async def _work(url: str, address: str) -> int:
    """Serve from the minute on at which all is due, until nothing waits; print what it took."""
    import_ranking()
    gc.freeze()  # both as `paper-round serve` does
    begun = time.perf_counter()
    gaps = asyncio.create_task(_longest_gaps())

    def clock() -> datetime:
        return DUE + timedelta(seconds=time.perf_counter() - begun)

    service = await Service.open(url, clock=clock)
    adapter, stop = Post(address), asyncio.Event()
    due = service.composer({"fake": 15}, worker="storm")
    composed_seconds: list[float] = []
    news = Bell(asyncio.sleep)

    async def compose() -> None:
        if await due.compose_due(news.ring):
            composed_seconds.append(time.perf_counter() - begun)

    plan = Plan([adapter], [Job("digests", 0, compose)], "storm", clock=clock, news=news)
    serving = asyncio.create_task(serve(service, plan, stop))
    while not composed_seconds or await _waiting(service):
        await asyncio.sleep(0.2)
        if serving.done():
            break
    seconds = time.perf_counter() - begun
    gaps.cancel()
    longest = await gaps
    stop.set()
    await serving
    await service.close()
    megabytes = _most_megabytes()
    print(f"all composed after {composed_seconds[0]:.1f} s, all posted after {seconds:.1f} s (goal 30 s)")
    print(f"memory at most {megabytes:.0f} MB (goal 400 MB)")
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(f"processor {used.ru_utime + used.ru_stime:.1f} s; ours waited for it {used.ru_nivcsw:,} times")
    worst = ", ".join(f"{1000 * gap:.0f}" for gap, _ in longest[:5])
    print(f"event loop: longest gaps {worst} ms (goal 50 ms)")
    busy = ", ".join(f"{1000 * own:.0f}" for own in sorted((own for _, own in longest), reverse=True)[:5])
    print(f"  of that the loop itself was busy at most {busy} ms")
    return int(seconds > 30 or megabytes > 400 or longest[0][0] > 0.05)


def _most_megabytes() -> float:
    """The most memory that this program held; what getrusage tells includes the parent's, from before the exec."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    told = [int(line.split()[1]) for line in lines if line.startswith("VmHWM:")]
    return (told or [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024])[0] / 1024


async def _waiting(service: Service) -> bool:
    return bool(await service.store.deliveries.listing(state="waiting", most=1)) or bool(
        await service.store.deliveries.listing(state="sending", most=1)
    )


async def _longest_gaps() -> list[tuple[float, float]]:
    """How long the loop lets wait whoever wants to go on in a millisecond, longest first, until cancelled.

    With each, how much processor time the loop itself took then: the rest it waited for others, on a machine that is
    shared.
    """
    gaps: list[tuple[float, float]] = []
    try:
        while True:
            begun, used = time.perf_counter(), time.thread_time()
            await asyncio.sleep(0.001)
            gaps.append((time.perf_counter() - begun - 0.001, time.thread_time() - used))
    except asyncio.CancelledError:
        return sorted(gaps, reverse=True)


@contextmanager
def _platform(log: Path) -> Iterator[str]:
    words = [sys.executable, "-m", "tests.fakes.platform", "--log", str(log), "--slow", "0.02"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()


def _count(log: Path) -> None:
    posts = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    picks = [sum(card["kind"] == "paper" for card in post["cards"]) for post in posts]
    digests = sum(bool(n) for n in picks)
    print(f"digests posted {digests:,} (goal 500), quiet lines {len(posts) - digests:,}, picks in all {sum(picks):,}")
    print(f"channels posted to twice: {len(posts) - len({post['channel'] for post in posts})}")


if __name__ == "__main__":
    sys.exit(main())
