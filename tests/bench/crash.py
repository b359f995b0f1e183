"""Kills workers with digests in flight and counts what the platform has:  python -m tests.bench.crash

The platform is a process of its own that outlives every kill; lost and doubled are counted in its log. A worker dies

    receipt   when the platform gets its message: never stored, stored after the kill, or stored before it, in turn
    answer    0 to 20 ms after the platform's answer
    claim     after it has claimed 20 messages, before any is begun
    record    while it puts down that a message was sent: before the commit or right after it

Each kill hits a worker with at least 20 messages in flight, of four workers two, once what was hit before is settled.
PostgreSQL is TEST_DATABASE_URL's server.
"""

import argparse
import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import aiohttp

from bot.service import utc_now
from bot.store import Store
from tests.bench import workers
from tests.bench.backlog import Backlog
from tests.conftest import empty_postgres

FATES = ("receipt", "answer", "claim", "record")
IN_FLIGHT = 20
LEASE = 2.0  # seconds
SLOW = 1.0  # seconds that a post takes, so that 20 are in flight together
_HELD_WHOLE = ("receipt", "claim")
_RECEIPT = ("kill", "kill stored", "stored kill")
_PATIENCE = 120.0


@dataclass
class Result:
    """What became of the messages.

    in_flight: at each kill. early: further kills that hit a worker with fewer in flight, which count for what is lost
    and doubled only. late: seconds from the kill that hit a message until the platform had it (it takes SLOW for each).
    """

    kills: int = 0
    early: int = 0
    messages: int = 0
    lost: int = 0
    doubled: int = 0
    in_flight: list[int] = field(default_factory=list)
    late: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        late = f"{max(0.0, max(self.late) - SLOW):.2f} s" if self.late else "none"
        least = min(self.in_flight, default=0)
        median = statistics.median(self.in_flight) if self.in_flight else 0
        return (
            f"{self.kills} kills, {least} or more in flight (median {median:.0f}), {self.early} more with fewer, "
            f"{self.messages:,} messages: "
            f"lost {self.lost}, doubled {self.doubled}, latest repost begun {late} after its kill (lease {LEASE:.0f} s)"
        )


class Site:
    """A database, a platform, and workers that are killed and replaced."""

    def __init__(self, store: Store, url: str, address: str, fate: str, crew: int, seed: int, lease: float) -> None:
        self.backlog = Backlog(store)
        self._url = url
        self._address = address
        self._fate = fate
        self._crew = crew
        self._lease = lease
        self._draw = random.Random(seed)
        self._workers: list[ForkServerProcess] = []
        self._armed = workers.flag()
        self._to_die = 0
        self._hits: dict[str, float] = {}

    async def run(self, kills: int, log: Path) -> Result:
        result = Result()
        self._workers = [self._start() for _ in range(self._crew)]
        while result.kills < kills:
            if not self._to_die and not await self.backlog.left(self._hits):
                await self._arm()
            if self._to_die and not await self.backlog.left():
                await self.backlog.put(IN_FLIGHT * self._crew, utc_now())
            for dead in await self._dead(0.5 if self._to_die else 0.05):
                await self._bury(dead, result)
        self._armed.clear()
        deadline = time.monotonic() + _PATIENCE
        while await self.backlog.left() and time.monotonic() < deadline:
            for dead in await self._dead(0.1):
                await self._bury(dead, result)
        self._stop()
        self._count(log, result)
        return result

    async def _bury(self, dead: ForkServerProcess, result: Result) -> None:
        at = time.time()
        assert dead.exitcode == -9, f"a worker ended by itself: {dead.exitcode}"
        self._to_die = max(0, self._to_die - 1)
        if not self._to_die:
            self._armed.clear()
        held = await self.backlog.held(workers.name_of(dead.pid or 0))
        self._hits |= dict.fromkeys(held, at)
        if self._fate in _HELD_WHOLE and len(held) < IN_FLIGHT:  # others put some down just before they die
            result.early += 1
        else:
            result.kills += 1
            result.in_flight.append(len(held))
        self._workers.remove(dead)
        self._workers.append(self._start())

    async def _arm(self) -> None:
        """The next to come where the fate waits die: one of a few, or the only one."""
        self._to_die = max(1, self._crew // 2)
        answers = {
            "receipt": [self._draw.choice(_RECEIPT) for _ in range(self._to_die)],
            "answer": [f"ok kill {self._draw.uniform(0, 20):.1f}" for _ in range(self._to_die)],
        }
        if self._fate not in answers:
            self._armed.set()
            return
        async with aiohttp.ClientSession() as session:
            await session.post(f"{self._address}/orders", json={"answers": answers[self._fate]})

    async def _dead(self, seconds: float) -> list[ForkServerProcess]:
        sentinels = [worker.sentinel for worker in self._workers]
        ended: list[object] = list(await asyncio.to_thread(wait, sentinels, seconds))
        dead = [worker for worker in self._workers if worker.sentinel in ended]
        for worker in dead:
            worker.join()
        return dead

    def _start(self) -> ForkServerProcess:
        return workers.start(self._url, self._address, self._lease, self._fate, self._armed)

    def _stop(self) -> None:
        for worker in self._workers:
            worker.terminate()
        for worker in self._workers:
            worker.join(_PATIENCE)
        self._workers = []

    def _count(self, log: Path, result: Result) -> None:
        stored = stored_in(log)
        times = Counter(message["key"] for message in stored)
        first = {message["key"]: message["at"] for message in reversed(stored)}
        result.messages = len(self.backlog.keys)
        result.lost = sum(1 for key in self.backlog.keys if not times[key])
        result.doubled = sum(1 for key in times if times[key] > 1)
        result.late = [first[key] - at for key, at in self._hits.items() if first.get(key, 0) > at]


async def crash(url: str, place: Path, fate: str, kills: int, crew: int, seed: int = 1, lease: float = LEASE) -> Result:
    """Kill workers on that database so many times. lease: seconds after which others do what a worker began."""
    log = place / f"platform-{fate}-{seed}.jsonl"
    async with platform_process(log, "--slow", str(SLOW), "--full", str(IN_FLIGHT)) as address:
        store = await Store.open(url)
        try:
            return await Site(store, url, address, fate, crew, seed, lease).run(kills, log)
        finally:
            await store.close()


def stored_in(log: Path) -> list[dict[str, Any]]:
    """The platform's messages, oldest first."""
    return [json.loads(line) for line in log.read_text().splitlines()]


@asynccontextmanager
async def platform_process(log: Path, *words: str) -> AsyncIterator[str]:
    """A platform that outlives whoever posts to it; gives its address."""
    program = (sys.executable, "-m", "tests.fakes.platform", "--log", str(log))
    process = await asyncio.create_subprocess_exec(*program, *words, stdout=subprocess.PIPE)
    assert process.stdout
    try:
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.terminate()
        await process.wait()


@contextmanager
def _database(kind: str, place: Path, name: str) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{place}/{name}.db"
        return
    with empty_postgres() as url:
        yield url


async def _bench(chosen: argparse.Namespace) -> int:
    wrong = 0
    for kind in chosen.databases.split(","):
        crew = 1 if kind == "sqlite" else 4
        for fate in chosen.fates.split(","):
            begun = time.monotonic()
            with tempfile.TemporaryDirectory() as place, _database(kind, Path(place), fate) as url:
                result = await crash(url, Path(place), fate, chosen.kills, crew, chosen.seed)
            print(f"{kind:10} {crew} at work, {fate:8} {result}, took {time.monotonic() - begun:.0f} s", flush=True)
            wrong += result.lost + result.doubled
    return int(wrong > 0)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--kills", type=int, default=200)
    options.add_argument("--databases", default="sqlite,postgresql")
    options.add_argument("--fates", default=",".join(FATES))
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    if "postgresql" in chosen.databases and not os.environ.get("TEST_DATABASE_URL"):
        print("TEST_DATABASE_URL is not set: SQLite only")
        chosen.databases = "sqlite"
    return asyncio.run(_bench(chosen))


if __name__ == "__main__":
    sys.exit(main())
