"""The whole way: captured answers of arXiv on this machine, the running service, a digest in a channel."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from sqlmodel import col

from bot import tables
from bot.store import Store
from tests.conftest import SHARED
from tests.fakes.huggingface import FakeHuggingFace
from tests.fakes.web import FakeWeb, Scripted
from tests.test_cli import Program

PATIENCE = 60.0  # seconds before the test gives up
CAPTURED = SHARED / "data" / "wire" / "arxiv" / "daily-all-types.composed.rss.xml"
CAPTURED_ON = "Wed, 20 Aug 2025 00:00:00 -0400"


@asynccontextmanager
async def served(program: Program, log: Path) -> AsyncIterator[None]:
    """`paper-round serve --log` until it is left: told to stop, it ends."""
    process = program.start("serve", "--log", str(log))
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        _, said = await asyncio.to_thread(process.communicate)
    assert "Traceback" not in said


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await is_so():  # noqa: ASYNC110 (a database and a file ring no bell)
            await asyncio.sleep(0.05)


def posted(log: Path) -> list[str]:
    """The titles of the papers in each message."""
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    return [card["title"] for line in lines for card in json.loads(line)["cards"] if card.get("title")]


async def test_papers_in_and_a_digest_out_and_never_again(web: FakeWeb, tmp_path: Path) -> None:
    if not CAPTURED.exists():
        pytest.skip("no captured answers here")
    FakeHuggingFace(web)
    body = CAPTURED.read_text(encoding="utf-8").replace(CAPTURED_ON, format_datetime(datetime.now(UTC)))
    web.gives("/rss/cs.AI", Scripted(body))
    web.gives("/api/query", Scripted(status=503))
    program, log = Program(tmp_path), tmp_path / "posts.jsonl"
    program.environment |= {"ARXIV_RSS_URL": f"{web.url}/rss", "HF_API_URL": f"{web.url}/hf"}
    program.environment |= {"ARXIV_API_URL": f"{web.url}/api/query"}
    await asyncio.to_thread(program.say, "/papers follow category:cs.AI")
    store = await Store.open(program.environment["PAPER_ROUND_DATABASE_URL"])

    async def papers() -> bool:
        return await store.papers.count() > 0

    async def digest() -> bool:
        return bool(posted(log))

    async def moved_on() -> bool:
        async with store.database.reading() as session:
            due = await session.scalar(select(func.min(col(tables.Schedule.next_due_at))))
            return due is not None and due > datetime.now(UTC)

    async def make_due() -> None:
        async with store.database.writing() as session:
            await session.execute(update(tables.Schedule).values(next_due_at=datetime.now(UTC)))

    try:
        async with served(program, log):
            await until(papers)
            await make_due()
            await until(digest)
        first = posted(log)
        assert first
        async with served(program, log):
            await make_due()
            await until(moved_on)
        assert posted(log) == first
    finally:
        await store.close()
