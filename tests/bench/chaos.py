"""Breaks a PostgreSQL server and its workers under way, and counts what the platform has:  python -m tests.bench.chaos

A cluster of its own (initdb as the user postgres) and four workers post 500 messages a minute to a platform in a
process of its own, for a while before and after each fault. Prints the throughput before and after (medians of 5 s
windows), and what was lost or came twice.
"""

import argparse
import asyncio
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import psycopg

from bot.errors import Fault
from bot.service import utc_now
from bot.store import Store
from tests.bench import workers
from tests.bench.backlog import Backlog
from tests.bench.crash import platform_process, stored_in

A_MINUTE = 500
WINDOW = 5.0  # seconds
CREW = 4
LEASE = 2.0
_PATIENCE = 120.0


class Cluster:
    """A PostgreSQL server in a directory of its own, which may be restarted at will."""

    def __init__(self, place: Path) -> None:
        self._place = place / "cluster"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self.url = f"postgresql://postgres@127.0.0.1:{self._port}/postgres"

    def make(self) -> None:
        self._place.mkdir()
        shutil.chown(self._place, "postgres", "postgres")
        self._run("initdb", "-D", str(self._place), "-U", "postgres", "-A", "trust", "--no-sync")
        self.control("start")

    def control(self, verb: str) -> None:
        options = f"-p {self._port} -k {self._place} -c listen_addresses=127.0.0.1"
        self._run("pg_ctl", verb, "-D", str(self._place), "-w", "-m", "fast", "-o", options, "-l", f"{self._place}/log")

    def ask(self, statement: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement.encode())

    def _run(self, program: str, *words: str) -> None:
        found = max(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))
        quiet = subprocess.DEVNULL  # a pipe would be held open by the server
        subprocess.run([found, *words], user="postgres", check=True, stdout=quiet, stderr=quiet, cwd="/")


class Chaos:
    """Four workers, a steady flow of messages, and faults."""

    def __init__(self, cluster: Cluster, store: Store, address: str) -> None:
        self.backlog = Backlog(store)
        self._cluster = cluster
        self._address = address
        self._crew: list[ForkServerProcess] = []

    async def flow(self, seconds: float) -> None:
        """Messages at their rate for so long; while the database does not answer they wait their turn."""
        for _ in range(int(seconds)):
            began = time.monotonic()
            with suppress(Fault):  # a message that could not be stored was never promised
                await self.backlog.put(-(-A_MINUTE // 60), utc_now())
            await asyncio.sleep(max(0.0, 1 - (time.monotonic() - began)))

    def start(self) -> None:
        while len(self._crew) < CREW:
            self._crew.append(workers.start(self._cluster.url, self._address, LEASE))

    def stop(self) -> None:
        for worker in self._crew:
            worker.terminate()
        for worker in self._crew:
            worker.join(_PATIENCE)

    async def restart(self) -> None:
        await asyncio.to_thread(self._cluster.control, "restart")

    async def cut(self) -> None:
        self._cluster.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend'"
                          " AND pid <> pg_backend_pid()")  # fmt: skip

    async def exhaust(self) -> None:
        """No connection is free for 5 s."""
        held = []
        try:
            while True:
                held.append(await psycopg.AsyncConnection.connect(self._cluster.url, connect_timeout=2))
        except psycopg.OperationalError:
            await asyncio.sleep(5)
        finally:
            for connection in held:
                await connection.close()

    async def crash(self) -> None:
        victim = self._crew.pop(0)
        victim.kill()
        victim.join()
        self.start()

    async def crash_again_and_again(self) -> None:
        for _ in range(5):
            await self.crash()
            await asyncio.sleep(1)

    async def settled(self) -> float:
        """Seconds until nothing is left."""
        began = time.monotonic()
        while time.monotonic() - began < _PATIENCE:
            with suppress(Fault):
                if not await self.backlog.left():
                    break
            await asyncio.sleep(0.2)
        return time.monotonic() - began


async def _bench(seconds: float, place: Path) -> int:
    cluster = Cluster(place)
    await asyncio.to_thread(cluster.make)
    log = place / "platform.jsonl"
    try:
        async with platform_process(log, "--slow", "0.02") as address:
            store = await Store.open(cluster.url)
            chaos = Chaos(cluster, store, address)
            chaos.start()
            try:
                return await _faults(chaos, seconds, log)
            finally:
                chaos.stop()
                await store.close()
    finally:
        cluster.control("stop")


async def _faults(chaos: Chaos, seconds: float, log: Path) -> int:
    faults: dict[str, Callable[[], Awaitable[None]]] = {
        "server restarted": chaos.restart,
        "back ends killed": chaos.cut,
        "pool exhausted": chaos.exhaust,
        "worker crashed": chaos.crash,
        "repeated kills": chaos.crash_again_and_again,
    }
    wrong = 0
    await chaos.flow(WINDOW)
    for name, fault in faults.items():
        begun = time.time()
        await chaos.flow(seconds)
        broken = time.time()
        flowing = asyncio.create_task(chaos.flow(2 * WINDOW))
        await asyncio.sleep(WINDOW / 2)
        await fault()
        await flowing
        recovering = await chaos.settled()
        mended = time.time()
        await chaos.flow(seconds)
        ended = time.time()
        await chaos.settled()
        stored = stored_in(log)
        before, after = _median(stored, begun, broken), _median(stored, mended, ended)
        times = Counter(message["key"] for message in stored)
        lost = sum(1 for key in chaos.backlog.keys if not times[key])
        doubled = sum(1 for count in times.values() if count > 1)
        share = f"{100 * after / before:.0f} %" if before else "none before"
        print(
            f"{name:17} {before:5.0f} a minute before, {after:5.0f} after ({share}), all caught up after "
            f"{recovering:.1f} s; of {len(chaos.backlog.keys):,} so far lost {lost}, doubled {doubled}", flush=True,
        )  # fmt: skip
        wrong += lost + doubled + (after < 0.9 * before)
    return int(wrong > 0)


def _median(stored: list[dict[str, Any]], begin: float, end: float) -> float:
    """Messages a minute: the median of windows of 5 s."""
    starts = [begin + n * WINDOW for n in range(max(1, int((end - begin) / WINDOW)))]
    counts = [sum(1 for message in stored if start <= message["at"] < start + WINDOW) for start in starts]
    return statistics.median(counts) * 60 / WINDOW


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seconds", type=float, default=60.0, help="before and after each fault")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        return asyncio.run(_bench(chosen.seconds, Path(place)))


if __name__ == "__main__":
    sys.exit(main())
