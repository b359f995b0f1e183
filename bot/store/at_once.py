"""SQLite asked by whoever calls, in the thread that they are in: no trip to another thread for every statement."""

import sqlite3
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

T = TypeVar("T")


def engine_of(path: Path, busy_seconds: float, tune: Callable[[sqlite3.Connection], None]) -> Engine:
    """Connections of the file, which any thread may use, one at a time: as many as are needed, so that nobody waits.

    busy_seconds: how long one waits for a writer. tune: what is done to a new one. With the option `writes` a
    transaction is there for writing.
    """

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
        tune(connection)
        return connection

    engine = create_engine(
        "sqlite://", creator=connect, poolclass=QueuePool, max_overflow=-1, hide_parameters=True,
        pool_reset_on_return=None,
    )  # fmt: skip

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        how = "BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN"
        connection.connection.driver_connection.execute(how)  # type: ignore[union-attr]

    return engine


class _AtOnce:
    """Has nobody wait: what is awaited of it is done by then."""

    _here: Connection | Session

    async def execute(self, *asked: Any, **how: Any) -> Any:
        return self._here.execute(*asked, **how)

    async def scalar(self, *asked: Any, **how: Any) -> Any:
        return self._here.scalar(*asked, **how)

    async def scalars(self, *asked: Any, **how: Any) -> Any:
        return self._here.scalars(*asked, **how)


class Asked(_AtOnce, AsyncConnection):
    """Such a connection, to read with."""

    def __init__(self, connection: Connection) -> None:
        self.sync_connection = self._here = connection


class Told(_AtOnce, AsyncSession):
    """Such a session, to write with."""

    def __init__(self, session: Session) -> None:
        self.sync_session = self._proxied = self._here = session

    async def connection(self, *asked: Any, **how: Any) -> AsyncConnection:
        return Asked(self.sync_session.connection(*asked, **how))

    async def get(self, *asked: Any, **how: Any) -> Any:
        return self.sync_session.get(*asked, **how)

    async def get_one(self, *asked: Any, **how: Any) -> Any:
        return self.sync_session.get_one(*asked, **how)

    async def merge(self, *asked: Any, **how: Any) -> Any:
        return self.sync_session.merge(*asked, **how)

    async def flush(self, *asked: Any, **how: Any) -> None:
        self.sync_session.flush(*asked, **how)

    async def delete(self, instance: object) -> None:
        self.sync_session.delete(instance)


def done(work: Coroutine[Any, Any, T]) -> T:
    """What the work gives that waits for nothing but these."""
    try:
        work.send(None)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
    work.close()
    raise RuntimeError("it waits for something else")
