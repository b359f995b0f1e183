"""SQLite's connections: each has a thread of its own, and a statement is one trip to it and back."""

import sqlite3
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar, cast

import aiosqlite

T = TypeVar("T")

_AT_ONCE = 250  # rows that come along with the answer


def connect(path: Path, busy_seconds: float) -> "Connection":
    """A connection, to be awaited; it begins no transaction by itself. busy_seconds: how long it waits for a writer."""
    opened = partial(sqlite3.connect, path, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
    connection = Connection(opened, _AT_ONCE)
    connection._thread.daemon = True  # a process that ends in the middle of a statement ends
    return connection


class Connection(aiosqlite.Connection):
    """The driver's, but for its cursors: these take four trips a statement, of which each costs as much as a look-up
    in an index.
    """

    def cursor(self) -> "Cursor":  # type: ignore[override]
        """A cursor that is there once something is executed."""
        return Cursor(self)

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> "Cursor":  # type: ignore[override]
        return await self.cursor().execute(sql, parameters)

    async def rollback(self) -> None:
        if self.in_transaction:  # SQLAlchemy asks twice, in case somebody forgot
            await super().rollback()


class Cursor(aiosqlite.Cursor):
    """A cursor whose first rows come along with the answer, and that is closed by itself when these are all."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, cast(sqlite3.Cursor, None))
        self._first: list[Any] = []
        self._has_more = False

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> Self:
        await self._there(self._answer, sql, parameters or ())
        return self

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> Self:
        self._cursor = await self._there(self._conn._conn.executemany, sql, parameters)
        return self

    async def fetchone(self) -> Any:
        return next(iter(await self.fetchmany(1)), None)

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        most = size or self.arraysize
        if self._has_more and len(self._first) < most:
            more = await self._there(self._cursor.fetchmany, most)
            self._has_more = len(more) == most
            self._first += more
        rows, self._first = self._first[:most], self._first[most:]
        return rows

    async def fetchall(self) -> list[Any]:
        rows, self._first = self._first, []
        if self._has_more:
            rows += await self._there(self._cursor.fetchall)
            self._has_more = False
        return rows

    async def close(self) -> None:
        if self._has_more:
            await self._there(self._cursor.close)

    async def _there(self, task: Callable[..., T], *values: Any) -> T:
        """What the task gives, done in the connection's thread."""
        return cast(T, await self._execute(task, *values))  # type: ignore[no-untyped-call]

    def _answer(self, sql: str, parameters: Any) -> None:
        self._cursor = self._conn._conn.execute(sql, parameters)
        self._first = self._cursor.fetchmany(_AT_ONCE)
        self._has_more = len(self._first) == _AT_ONCE
