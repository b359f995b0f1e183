"""The database behind the store: opening it, its transactions, and its faults as sentences."""

import asyncio
import hashlib
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, NoSuchModuleError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from bot.errors import Fault, Refused
from bot.store import at_once, lite
from bot.waiting import in_thread, to_its_end

T = TypeVar("T")

BUSY_SECONDS = 5.0  # how long a writer waits for another; measured: 4 processes, 722 transactions a second, 0 errors
READERS = 16  # threads that ask a file: Python runs one at a time
POOL_MORE = 15  # connections beyond the five that are kept: four workers stay below PostgreSQL's usual 100
POOL_SECONDS = 5.0  # how long somebody waits for a connection
NOT_OURS = ("paper_search", "term", "term_papers", "near")  # tables that only the look-up knows: not in tables.py
_LOCK = text(  # and a plan for each statement: one made while a table was empty would read all of it ever after
    "SELECT pg_advisory_xact_lock(:lock), set_config('plan_cache_mode', 'force_custom_plan', true)"
)
_PRAGMAS = (f"busy_timeout={int(BUSY_SECONDS * 1000)}", "synchronous=NORMAL", "foreign_keys=ON")


class Database:
    """An SQLite file or a PostgreSQL server, by its URL. Several processes may use one at once."""

    def __init__(self, url: str) -> None:
        """Raises Refused where `url` names no database that could be opened."""
        self.url = _driven(url)
        self.path = _file(self.url) if self.is_sqlite else None
        try:
            self.engine: AsyncEngine = create_async_engine(self.url, **_options(self.path))
        except ImportError as err:
            raise Refused("The driver for PostgreSQL is not installed.", "pip install 'paper-round[postgres]'") from err
        if self.is_sqlite:
            _tune_sqlite(self.engine)
        self._writer = self.engine.execution_options(writes=True)
        self._at_once = at_once.engine_of(self.path, BUSY_SECONDS, _tune) if self.path else None
        self._glances = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._turn = asyncio.Lock()
        self._readers = asyncio.Semaphore(READERS)

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @property
    def name(self) -> str:
        """What people are told: the file, or the address without its password."""
        return str(self.path or self.url.set(drivername="postgresql", query={}).render_as_string(hide_password=True))

    @property
    def tag(self) -> str:
        """A short name for files that belong to this database and can't lie beside it."""
        return hashlib.sha256(self.name.encode()).hexdigest()[:16]

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session on one consistent state of the database; what it changes is not kept."""
        with faults(self):
            session = AsyncSession(self.engine, expire_on_commit=False)
            try:
                yield session
            finally:  # the driver of SQLite waits for nothing then; the session's own way is a task each time
                await (session.close() if self.is_sqlite else to_its_end(session.close()))

    @asynccontextmanager
    async def glancing(self) -> AsyncIterator[AsyncConnection]:
        """A connection for what an index tells, where rows come as they are stored.

        SQLite is asked at once, on the event loop: that holds it up for less than to ask a thread and hear of it would.
        PostgreSQL answers each question as things are by then, without the trips that a transaction takes.
        """
        with faults(self):
            if self._at_once is not None:
                with self._at_once.connect() as connection:
                    yield at_once.Asked(connection)
                return
            found = await self._glances.connect()
            try:
                yield found
            finally:
                await to_its_end(found.close())

    async def read(self, work: Callable[[AsyncConnection], Coroutine[Any, Any, T]]) -> T:
        """What the work finds that asks more than a glance: SQLite is asked in one thread from beginning to end."""
        engine = self._at_once
        if engine is None:
            async with self.glancing() as connection:
                return await work(connection)

        def found() -> T:
            with engine.connect() as connection:
                return at_once.done(work(at_once.Asked(connection)))

        with faults(self):
            async with self._readers:
                return await in_thread(found)

    async def write(self, work: Callable[[AsyncSession], Coroutine[Any, Any, T]], *subjects: str) -> T:
        """The same as to do the work inside `writing`, but SQLite is told in one thread from beginning to end.

        For what is soon done: whoever is cancelled leaves when it is.
        """
        engine = self._at_once
        if engine is None:
            async with self.writing(*subjects) as session:
                return await work(session)

        def kept() -> T:
            with Session(engine.execution_options(writes=True), expire_on_commit=False) as session, session.begin():
                return at_once.done(work(at_once.Told(session)))

        with faults(self):
            async with self._turn:
                return await to_its_end(in_thread(kept))

    @asynccontextmanager
    async def writing(self, *subjects: str) -> AsyncIterator[AsyncSession]:
        """A session whose changes are all kept at its end, or none of them.

        With subjects, writers of the same subject wait for each other, so that "add it if it is not there" holds:
        SQLite has one writer anyway, PostgreSQL takes advisory locks that end with the transaction, and plans for what
        its tables hold by then. Writers of this process take turns on SQLite, in the order of asking: its own way is to
        try again and again, and many at once would starve some of them. A writer that is cancelled while its changes
        are being kept leaves when they are.
        """
        with faults(self):
            async with (
                self._turn if self.is_sqlite else nullcontext(),
                AsyncSession(self._writer, expire_on_commit=False) as session,
            ):
                for lock in sorted(map(_signed_hash, subjects)) if not self.is_sqlite else ():  # in one order for all
                    await session.execute(_LOCK, {"lock": lock})
                yield session
                await to_its_end(session.commit())

    async def close(self) -> None:
        if self._at_once:
            self._at_once.dispose()
        await self.engine.dispose()


def _signed_hash(subject: str) -> int:
    return int.from_bytes(hashlib.sha256(subject.encode()).digest()[:8], signed=True)


def _driven(address: str) -> URL:
    """The URL with the driver that we bring: people write `sqlite:///PATH` or `postgresql://...`."""
    try:
        url = make_url(address)
        url.get_dialect()
    except (ArgumentError, NoSuchModuleError, ValueError) as err:
        raise Refused("That is not a database address.", "Use sqlite:///PATH or postgresql://USER@HOST/NAME.") from err
    match url.get_backend_name():
        case "sqlite":
            return url.set(drivername="sqlite+aiosqlite")
        case "postgresql":
            return url.set(drivername="postgresql+psycopg")
        case other:
            raise Refused(f"Paper Round does not run on {other}.", "Use sqlite:///PATH or postgresql://USER@HOST/NAME.")


def _options(path: Path | None) -> dict[str, Any]:
    if path:
        opened = partial(lite.connect, path, BUSY_SECONDS)
        few = {"pool_size": READERS, "max_overflow": 0, "pool_reset_on_return": None}  # sessions end what they begin
        return {"async_creator": opened, "hide_parameters": True, **few}  # an error names no person's note
    return {"pool_pre_ping": True, "hide_parameters": True, "pool_timeout": POOL_SECONDS, "max_overflow": POOL_MORE}


def _file(url: URL) -> Path:
    if not url.database or url.database == ":memory:" or url.query:
        raise Refused("A database has to be a file.", "Name one: sqlite:///PATH, and nothing after it.")
    path = Path(url.database)
    if path.is_dir():
        raise Refused(f"{path} is a directory, not a database file.", f"Name a file in it: sqlite:///{path}/papers.db")
    return path


def _tune_sqlite(engine: AsyncEngine) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        _tune(connection)

    @event.listens_for(engine.sync_engine, "begin")
    def on_begin(connection: Any) -> None:
        # A deferred writer that has read first can't wait for another writer: it fails at once. So writers say so.
        writes = connection.get_execution_options().get("writes", False)
        connection.connection.driver_connection.begin(lite.WRITE if writes else lite.READ)


def _tune(connection: Any) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@contextmanager
def faults(database: Database) -> Iterator[None]:
    """Turns what the driver raises into a Fault that says what is the matter and what to do."""
    try:
        yield
    except PoolTimeoutError as err:
        raise Fault(f"The database {database.name} is too busy.", "Try again in a moment.") from err
    except (DBAPIError, sqlite3.Error) as err:
        cause = err.orig if isinstance(err, DBAPIError) else err
        told = _sentence(database.name, str(cause)) if database.is_sqlite else None
        if not database.is_sqlite and isinstance(err, OperationalError | InterfaceError):
            told = f"The database {database.name} does not answer.", "Start it, or check its address."
        if told is None:
            raise  # a bug of ours
        raise Fault(*told) from err


def _sentence(name: str, cause: str) -> tuple[str, str] | None:
    said = {
        "is locked": (f"The database {name} is in use by another program.", "Try again in a moment."),
        "readonly": (f"The database {name} can't be written to.", "Check who owns the file and its directory."),
        "is full": (f"There is no room left for the database {name}.", "Free some disk space and try again."),
        "malformed": (f"The database {name} is damaged.", "Restore a copy, or choose another file with --database."),
        "not a database": (f"{name} is not a Paper Round database.", "Choose another file with --database."),
        "unable to open": (f"The database {name} can't be opened.", "Check that its directory exists and is yours."),
        "disk I/O": (f"The disk under the database {name} does not answer.", "Check the disk and try again."),
    }
    return next((sentence for sign, sentence in said.items() if sign in cause), None)
