"""The service as it runs: adapters, jobs and deliveries in one process, until it is told to stop."""

import asyncio
import json
import os
import resource
import signal
import sqlite3
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bot.adapter import Adapter, Capabilities, ChannelRef, Handle, MessageRef
from bot.cards import Card
from bot.errors import Fault
from bot.serve.jobs import Job
from bot.serve.run import Plan, serve
from bot.service import Service, utc_now
from bot.store import Store
from tests.conftest import empty_postgres
from tests.fakes.digests import compose
from tests.fakes.platform import Platform
from tests.fakes.post import FINDS, Post
from tests.test_cli import Program

PATIENCE = 60.0  # seconds before a test gives up
_LEASE = timedelta(seconds=60)


@asynccontextmanager
async def serving(url: str, *adapters: Adapter, jobs: Sequence[Job] = (), lease: float = 60.0) -> AsyncIterator[Store]:
    """The service on that database; left, it is told to stop and has to end by itself."""
    service = await Service.open(url, clock=utc_now)
    stop = asyncio.Event()
    running = asyncio.create_task(serve(service, Plan(adapters, jobs, "one", lease_seconds=lease), stop))
    try:
        yield service.store
    finally:
        stop.set()
        await running
        await service.close()


async def states(store: Store) -> list[str]:
    return sorted(one.state for one in await store.deliveries.listing())


async def settled(store: Store, *wanted: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while await states(store) != sorted(wanted):  # noqa: ASYNC110 (a database rings no bell)
            await asyncio.sleep(0.02)


async def test_what_is_due_is_posted_while_the_service_runs(database_url: str, platform: Platform) -> None:
    async with serving(database_url, Post(platform.address), lease=2) as store:
        await compose(store, "ml", "Paper Boats")
        await platform.until(lambda: platform.texts("ml"))
        await settled(store, "sent")
    assert len(platform.messages) == 1


class Deaf:
    """An adapter that can't connect, at first or ever."""

    name = "deaf"
    capabilities = Capabilities()

    def __init__(self, failures: int) -> None:
        self.tries = 0
        self.failures = failures
        self.is_connected = asyncio.Event()

    async def run(self, handle: Handle) -> None:
        self.tries += 1
        if self.tries <= self.failures:
            raise ConnectionRefusedError
        self.is_connected.set()
        await asyncio.Event().wait()

    async def post(self, channel: ChannelRef, cards: Sequence[Card], key: str) -> MessageRef:
        raise ConnectionRefusedError

    async def find(self, channel: ChannelRef, key: str) -> MessageRef | None:
        raise ConnectionRefusedError

    async def update(self, ref: MessageRef, cards: Sequence[Card]) -> None:
        raise ConnectionRefusedError


async def test_an_adapter_that_can_t_connect_is_tried_again_and_takes_nobody_down(
    sqlite_url: str, platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    deaf = Deaf(failures=1)
    async with serving(sqlite_url, deaf, Post(platform.address), lease=2) as store:
        await compose(store, "ml", "Paper Boats")
        await platform.until(lambda: platform.texts("ml"))
        await asyncio.wait_for(deaf.is_connected.wait(), PATIENCE)
    assert [record.getMessage() for record in caplog.records if record.name == "bot.serve.adapters"] == ["adapter down"]


async def test_a_stop_waits_for_what_is_under_way(database_url: str, platform: Platform) -> None:
    platform.will("stored hang")
    async with serving(database_url, Post(platform.address), lease=2) as store:
        await compose(store, "ml", "Paper Boats")
        await platform.until(lambda: platform.told)
        asyncio.get_running_loop().call_later(0.3, platform.relents)
    store = await Store.open(database_url)
    assert await states(store) == ["doubtful"], "the connection was closed without an answer"
    await store.close()


async def test_a_stop_gives_back_what_was_not_begun(sqlite_url: str, platform: Platform) -> None:
    slow = Post(platform.address, capabilities=FINDS.__class__(can_find=True, posts_a_second=0.001))
    async with serving(sqlite_url, slow, lease=2) as store:
        for day in (23, 24):
            await compose(store, "ml", f"Paper Boats of {day}", slot=f"2026-11-{day} daily")
        await settled(store, "sent", "waiting")
        await platform.until(lambda: len(platform.messages) == 1)
    store = await Store.open(sqlite_url)
    assert await states(store) == ["sent", "waiting"]
    assert len(await store.outbox.claim(utc_now(), "two", "fake", _LEASE)) == 1, "another may take it at once"
    await store.close()


async def test_jobs_run_at_their_times_and_fail_alone(sqlite_url: str, caplog: pytest.LogCaptureFixture) -> None:
    runs: list[str] = []
    twice = asyncio.Event()

    async def well() -> None:
        runs.append("well")
        if runs.count("well") == 2:
            twice.set()

    async def seldom() -> None:
        runs.append("seldom")

    async def locked() -> None:
        runs.append("locked")
        raise Fault("The database is in use by another program.", "Try again in a moment.")

    async def broken() -> None:
        raise KeyError

    jobs = (Job("broken", 0, broken), Job("locked", 0, locked), Job("seldom", 3600, seldom), Job("well", 0, well))
    async with serving(sqlite_url, jobs=jobs, lease=1):
        await asyncio.wait_for(twice.wait(), PATIENCE)
    assert runs.count("seldom") == 1
    told = {record.getMessage() for record in caplog.records if record.name == "bot.serve.jobs"}
    assert told == {"job put off", "job failed"}


async def test_a_database_that_cuts_every_connection_is_gone_back_to(platform: Platform) -> None:
    with empty_postgres() as url:
        async with serving(url, Post(platform.address), lease=2) as store:
            await compose(store, "ml", "Paper Boats")
            await platform.until(lambda: platform.texts("ml"))
            platform.will("stored hang")
            await compose(store, "ir", "Paper Kites")
            await platform.until(lambda: len(platform.told) == 2)
            _cut(url)
            platform.relents()
            await compose(store, "hci", "Paper Planes")
            await settled(store, "sent", "sent", "sent")
    assert len(platform.keys()) == len(set(platform.keys())) == 3


def _cut(url: str) -> None:
    name = url.rsplit("/", 1)[1]
    with psycopg.connect(os.environ["TEST_DATABASE_URL"], autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))


# The program as a process


@pytest.fixture
def program(tmp_path: Path) -> Program:
    made = Program(tmp_path)
    made.environment |= {"PAPER_ROUND_HTTP": "off", "PAPER_ROUND_LEASE_SECONDS": "2"}
    return made


@pytest.fixture
def served(program: Program) -> Iterator[Callable[[], "subprocess.Popen[str]"]]:
    """Starts `serve --log digests.jsonl`; what still runs at the end is killed."""
    running = []

    def start() -> "subprocess.Popen[str]":
        process = program.start("serve", "--log", str(program.place / "digests.jsonl"))
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def put(program: Program, channel: str, title: str) -> None:
    """A digest of one paper, due now."""

    async def put_it() -> None:
        store = await Store.open(program.environment["PAPER_ROUND_DATABASE_URL"])
        await compose(store, channel, title, platform="terminal", workspace="local")
        await store.close()

    asyncio.run(put_it())


def posted(program: Program, count: int) -> list[dict[str, Any]]:
    """The lines of the log, once there are so many."""
    path = program.place / "digests.jsonl"
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        lines = path.read_text().splitlines() if path.exists() else []
        if len(lines) >= count:
            return [json.loads(line) for line in lines]
        time.sleep(0.05)
    raise AssertionError(f"{count} digests were never posted")


def stopped(process: "subprocess.Popen[str]") -> str:
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    return out + err


def test_serve_writes_digests_to_a_file_and_a_second_run_nothing_again(
    program: Program, served: Callable[[], "subprocess.Popen[str]"]
) -> None:
    put(program, "ml", "Paper Boats")
    first = served()
    (line,) = posted(program, 1)
    assert set(line) == {"key", "channel", "part", "cards", "time"}
    assert (line["channel"], line["part"]) == ("ml", 0)
    assert [card["title"] for card in line["cards"] if card["kind"] == "paper"] == ["Paper Boats"]
    assert "serving" in stopped(first)
    second = served()
    put(program, "ml", "Paper Kites")
    assert len(posted(program, 2)) == 2
    stopped(second)
    assert len(posted(program, 2)) == 2


def test_a_digest_is_composed_and_posted_when_its_time_has_come(
    program: Program, served: Callable[[], "subprocess.Popen[str]"]
) -> None:
    program.run("say", "/papers follow recsys", "--channel", "ml")
    listed = "".join(json.dumps({"title": f"Recommender Systems for {who}"}) + "\n" for who in ("Cats", "Dogs"))
    (program.place / "today.jsonl").write_text(listed)
    program.run("import", str(program.place / "today.jsonl"))
    with sqlite3.connect(program.database) as connection:
        connection.execute("UPDATE schedule SET next_due_at = ?", (f"{utc_now():%Y-%m-%d %H:%M:%S}.000000",))
    connection.close()
    first = served()
    (line,) = posted(program, 1)
    titles = {card["title"] for card in line["cards"] if card["kind"] == "paper"}
    assert titles == {"Recommender Systems for Cats", "Recommender Systems for Dogs"}
    stopped(first)
    second = served()
    put(program, "ir", "Paper Kites")
    assert [line["channel"] for line in posted(program, 2)] == ["ml", "ir"]
    stopped(second)


def test_a_digest_whose_fate_was_lost_with_the_process_is_not_written_again(
    program: Program, served: Callable[[], "subprocess.Popen[str]"]
) -> None:
    put(program, "ml", "Paper Boats")
    process = served()
    posted(program, 1)
    process.kill()
    process.communicate()
    with sqlite3.connect(program.database) as connection:
        connection.execute("UPDATE delivery SET state = 'sending', due_at = changed_at, worker = 'dead'")
    connection.close()
    with (program.place / "digests.jsonl").open("a") as file:
        file.write('{"key": "cut o')
    process = served()
    put(program, "ir", "Paper Kites")
    deadline = time.monotonic() + PATIENCE
    while "sending" in (said := program.run("deliveries").stdout) or "waiting" in said:
        assert time.monotonic() < deadline
    stopped(process)
    lines = (program.place / "digests.jsonl").read_text().splitlines()
    assert [json.loads(line)["channel"] for line in lines if line.endswith("}")] == ["ml", "ir"]


def test_a_locked_database_is_waited_for(program: Program, served: Callable[[], "subprocess.Popen[str]"]) -> None:
    put(program, "ml", "Paper Boats")
    process = served()
    posted(program, 1)
    put(program, "ir", "Paper Kites")
    holder = sqlite3.connect(program.database, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    said = _said(process, "is in use by another program.")
    holder.close()
    assert "Traceback" not in said
    put(program, "hci", "Paper Planes")
    assert len({line["key"] for line in posted(program, 3)}) == 3
    stopped(process)


def test_a_full_disk_is_waited_for(program: Program, served: Callable[[], "subprocess.Popen[str]"]) -> None:
    put(program, "ml", "Paper Boats")
    process = served()
    posted(program, 1)
    hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)[1]
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (4096, hard))
    put(program, "ir", "Paper Kites")
    said = _said(process, "under the database")
    assert "Traceback" not in said
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (hard, hard))
    assert len({line["key"] for line in posted(program, 2)}) == 2
    stopped(process)


def test_roles_and_logs_are_checked_before_anything_starts(program: Program) -> None:
    assert program.run("serve", "--role", "boss").returncode == 2
    assert "does not answer" in program.run("serve", "--database", "postgresql://nobody@127.0.0.1:1/x").stderr


def _said(process: "subprocess.Popen[str]", words: str) -> str:
    """What the process logged until it said that."""
    assert process.stderr is not None
    pipe = process.stderr.fileno()
    os.set_blocking(pipe, False)
    deadline, said = time.monotonic() + PATIENCE, ""
    while words not in said:
        assert time.monotonic() < deadline, said
        with suppress(BlockingIOError):
            said += os.read(pipe, 65_536).decode()
        time.sleep(0.02)
    os.set_blocking(pipe, True)
    return said
