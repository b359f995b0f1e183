"""SQLite's connections: each has a thread of its own, and a statement is one trip to it and back."""

import sqlite3
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar, cast

import aiosqlite

T = TypeVar("T")

READ, WRITE = "BEGIN", "BEGIN IMMEDIATE"  # how a transaction begins
_AT_ONCE = 250  # rows that come along with the answer


def connect(path: Path, busy_seconds: float) -> "Connection":
    """A connection, to be awaited; it begins no transaction by itself. busy_seconds: how long it waits for a writer."""
    opened = partial(sqlite3.connect, path, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
    connection = Connection(opened, _AT_ONCE)
    connection._thread.daemon = True  # a process that ends in the middle of a statement ends
    return connection


class Connection(aiosqlite.Connection):
    """The driver's, but with fewer trips, of which each costs as much as a look-up in an index.

    A statement takes one instead of four. A transaction begins along with its first statement, and the end of one that
    only read is not waited for.
    """

    def __init__(self, *values: Any) -> None:
        super().__init__(*values)
        self.due = ""  # how the transaction begins in which nothing was asked yet
        self.under_way = ""  # how the one began in which something was

    def begin(self, how: str) -> None:
        """Begin a transaction, READ or WRITE, once something is asked."""
        self.due = how

    def cursor(self) -> "Cursor":  # type: ignore[override]
        """A cursor that is there once something is executed."""
        return Cursor(self)

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> "Cursor":  # type: ignore[override]
        return await self.cursor().execute(sql, parameters)

    async def commit(self) -> None:
        self.due, under_way, self.under_way = "", self.under_way, ""
        if under_way:
            await super().commit()

    async def rollback(self) -> None:
        self.due, under_way, self.under_way = "", self.under_way, ""
        if under_way == READ:
            self._tx.put_nowait((None, self._conn.rollback))  # whatever is asked next comes after it
        elif under_way:
            await super().rollback()


class Cursor(aiosqlite.Cursor):
    """A cursor whose first rows come along with the answer, and that is closed by itself when these are all."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, cast(sqlite3.Cursor, None))
        self._conn: Connection
        self._first: list[Any] = []
        self._has_more = False

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> Self:
        await self._asked(self._answer, sql, parameters or ())
        return self

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> Self:
        await self._asked(self._do_many, sql, parameters)
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

    async def _asked(self, task: Callable[..., None], *values: Any) -> None:
        connection = self._conn
        begin, connection.due = connection.due, ""
        connection.under_way = begin or connection.under_way
        await self._there(self._begun, begin, task, *values)

    async def _there(self, task: Callable[..., T], *values: Any) -> T:
        """What the task gives, done in the connection's thread."""
        return cast(T, await self._execute(task, *values))  # type: ignore[no-untyped-call]

    def _begun(self, begin: str, task: Callable[..., None], *values: Any) -> None:
        if begin:
            self._conn._conn.execute(begin)
        task(*values)

    def _answer(self, sql: str, parameters: Any) -> None:
        self._cursor = self._conn._conn.execute(sql, parameters)
        self._first = self._cursor.fetchmany(_AT_ONCE)
        self._has_more = len(self._first) == _AT_ONCE

    def _do_many(self, sql: str, parameters: Any) -> None:
        self._cursor = self._conn._conn.executemany(sql, parameters)
