"""What every test may ask for: a clock it moves, a database of its own, and somebody to talk to."""

import asyncio
import os
import shutil
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlmodel import SQLModel

from bot.adapter import ChannelRef, Invocation
from bot.cards import Listing, Notice, PaperCard, Reply, as_text
from bot.model import Draft
from bot.service import Service
from bot.sources.http import PoliteClient
from bot.store import Store
from tests.asking import SOON, Asker
from tests.fakes.platform import Platform
from tests.fakes.web import FakeWeb, serving

SHARED = Path(__file__).parents[2] / "shared"
ML_PAPERS = ChannelRef("terminal", "local", "ml-papers", "ml-papers")
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
SHAPE = """SELECT version_num, (SELECT count(*) FROM pg_class), (SELECT count(*) FROM pg_attribute),
    (SELECT count(*) FROM pg_trigger), (SELECT count(*) FROM pg_rewrite), (SELECT count(*) FROM pg_proc)
    FROM alembic_version"""
FROM_ONE = "SELECT setval(oid, 1, false) FROM pg_class WHERE relkind = 'S'"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden files instead of comparing")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compares a text with the reviewed one in tests/golden/, or rewrites that with --update-golden."""

    def compare(name: str, text: str) -> None:
        path = Path(__file__).parent / "golden" / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return compare


@dataclass
class Clock:
    """A clock that stands until a test moves it."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)

    async def sleep(self, seconds: float) -> None:
        """Time that passes at once for whoever waits."""
        self.now = max(self.now, self.now + timedelta(seconds=seconds))
        await asyncio.sleep(0)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def web(clock: Clock) -> AsyncIterator[FakeWeb]:
    """A web server that a test scripts. At the end it has been asked for nothing else."""
    async with serving(clock) as fake:
        yield fake
    assert fake.surprises == []


@pytest.fixture
async def asker(clock: Clock) -> AsyncIterator[Asker]:
    """Somebody who asks sources."""
    asker = Asker(clock)
    yield asker
    for client in asker.clients:
        await client.close()


@pytest.fixture
def client(asker: Asker, web: FakeWeb) -> PoliteClient:
    """The client of an operator who has set `web` as a base URL."""
    return asker.client(web.url, limits=SOON)


@pytest.fixture
async def unused_port() -> int:
    """A port of this machine on which nobody listens."""
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port: int = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    return port


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of each kind with nothing in it; PostgreSQL where TEST_DATABASE_URL names a server."""
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("migrated"), tmp_path / "papers.db")
        yield f"sqlite:///{tmp_path}/papers.db"
    else:
        with request.getfixturevalue("wiped_postgres") as url:
            yield url


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with every table and no row, made once and copied by whoever needs one."""
    path = tmp_path_factory.mktemp("migrated") / "papers.db"

    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def wiped_postgres() -> Iterator["WipedPostgres"]:
    """The database that a process's tests take one after the other."""
    with closing(WipedPostgres()) as database:
        yield database


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/papers.db"


@pytest.fixture
def empty_sqlite(sqlite_url: str, migrated: Path, tmp_path: Path) -> str:
    """A file with every table and no row."""
    shutil.copyfile(migrated, tmp_path / "papers.db")
    return sqlite_url


class empty_postgres:  # noqa: N801 (used like a function)
    """A database of its own on the test server, dropped at the end."""

    def __init__(self, server: str = "") -> None:
        self.server = server or os.environ.get("TEST_DATABASE_URL", "")

    def __enter__(self) -> str:
        if not self.server:
            pytest.skip("no PostgreSQL: TEST_DATABASE_URL is not set")
        self.name = f"paper_round_{uuid.uuid4().hex[:12]}"
        self._run(f"CREATE DATABASE {self.name}")
        return self.server.rsplit("/", 1)[0] + f"/{self.name}"

    def __exit__(self, *_: object) -> None:
        self._run(f"DROP DATABASE {self.name} WITH (FORCE)")

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(statement.encode())


class WipedPostgres:
    """A database whose rows are deleted after each test, and which is made anew after one that changed its tables."""

    def __init__(self) -> None:
        self.made: empty_postgres | None = None
        self.url = ""
        self.shape: list[tuple[object, ...]] = []

    def __enter__(self) -> str:
        if self.made is None:
            made = empty_postgres()
            self.url = made.__enter__()
            self.made = made
            migrate(self.url)
            self.shape = self._wipe()
        return self.url

    def __exit__(self, *_: object) -> None:
        if self._wipe() != self.shape:
            self.close()

    def close(self) -> None:
        made, self.made = self.made, None
        if made is not None:
            made.__exit__()

    def _wipe(self) -> list[tuple[object, ...]]:
        """Delete every row. What tells whether tables, rules, triggers or the version were changed."""
        of_models = [table.name for table in reversed(SQLModel.metadata.sorted_tables)]
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"SELECT pg_terminate_backend(pid) {OTHERS}".encode())
            others = {row[0] for row in connection.execute(TABLES)} - {*of_models, "alembic_version"}
            rows = ";".join(f"DELETE FROM {table}" for table in [*sorted(others), *of_models])
            try:
                connection.execute(f"BEGIN; {rows}; {FROM_ONE}; COMMIT".encode())
                return connection.execute(SHAPE).fetchall()
            except psycopg.Error:
                return []


def migrate(url: str) -> None:
    """Make every table there is, outside any event loop of the test's."""

    async def make() -> None:
        await (await Store.open(url)).close()

    with ThreadPoolExecutor(1) as aside:
        aside.submit(asyncio.run, make()).result()


@dataclass
class Chat:
    """Somebody in a channel. Says things, and remembers what the channel was told."""

    service: Service
    clock: Clock
    channel: ChannelRef = ML_PAPERS
    user: str = "ada"
    announced: list[str] = field(default_factory=list)

    async def say(self, text: str) -> Reply:
        return self._heard(await self.service.handle(Invocation(self.channel, self.user, self.user, text=text)))

    async def press(self, reply: Reply, label: str) -> Reply:
        """Press the button of that label on the reply."""
        buttons = {action.label: action for card in reply.cards for action in getattr(card, "actions", ())}
        action = buttons[label]
        ask = Invocation(self.channel, self.user, self.user, verb=action.verb, text=action.target)
        return self._heard(await self.service.handle(ask))

    def elsewhere(self, channel: str) -> "Chat":
        return replace(self, channel=replace(self.channel, id=channel, name=channel))

    def as_user(self, user: str) -> "Chat":
        return replace(self, user=user)

    async def publish(self, *drafts: Draft) -> None:
        """Papers that a source lists now."""
        await self.service.store.papers.save(drafts, "test", self.clock())

    def _heard(self, reply: Reply) -> Reply:
        if reply.announce:
            self.announced.append(reply.announce)
        return reply


@pytest.fixture
async def chat(database_url: str, clock: Clock) -> AsyncIterator[Chat]:
    """A person in a channel, on each kind of database."""
    service = await Service.open(database_url, clock=clock)
    yield Chat(service, clock)
    await service.close()


@pytest.fixture
async def platform() -> AsyncIterator[Platform]:
    """Where digests are posted."""
    async with Platform() as platform:
        yield platform


def text_of(reply: Reply) -> str:
    return as_text(reply.cards)


def titles_in(reply: Reply) -> list[str]:
    """The titles of the papers that a reply shows, whether as cards or as rows of a list."""
    cards = [card.title for card in reply.cards if isinstance(card, PaperCard)]
    return cards or [row.text for card in reply.cards if isinstance(card, Listing) for row in card.rows]


def notice_in(reply: Reply) -> str:
    return " ".join(card.text for card in reply.cards if isinstance(card, Notice))
