"""What every test may ask for: a clock it moves, a database of its own, and somebody to talk to."""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from bot.adapter import ChannelRef, Invocation
from bot.cards import Listing, Notice, PaperCard, Reply, as_text
from bot.model import Draft
from bot.service import Service
from bot.sources.http import PoliteClient
from tests.asking import SOON, Asker
from tests.fakes.platform import Platform
from tests.fakes.web import FakeWeb, serving

SHARED = Path(__file__).parents[2] / "shared"
ML_PAPERS = ChannelRef("terminal", "local", "ml-papers", "ml-papers")
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


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
    """An empty database of each kind; PostgreSQL where TEST_DATABASE_URL names a server."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/papers.db"
        return
    with empty_postgres() as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/papers.db"


class empty_postgres:  # noqa: N801 (used like a function)
    """A database of its own on the test server, dropped at the end."""

    def __enter__(self) -> str:
        self.server = os.environ.get("TEST_DATABASE_URL", "")
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
