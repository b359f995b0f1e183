"""The search tables in the dialect of the session's database: what is asked of them, and what is written."""

# ruff: noqa: S608 (only names of ours are put into the SQL; all that people type is bound)

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import BigInteger, String, bindparam
from sqlalchemy import text as sql
from sqlalchemy.ext.asyncio import AsyncSession

_NUMBERS = ("pks", "crcs")  # lists of numbers: an empty one has to say so


class Tables:
    """The search tables in the dialect of the session's database."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self.lite = session.get_bind().dialect.name == "sqlite"
        self.pk = "rowid" if self.lite else "paper_pk"  # of paper_search

    async def rows(self, statement: str, values: dict[str, Any] | None = None) -> Sequence[Any]:
        """What the statement finds. A list stands after IN as it is (`IN :pks`), so that one text serves any length."""
        given = values or {}
        lists: list[Any] = [
            bindparam(name, expanding=True, type_=BigInteger if name in _NUMBERS else String)
            for name, value in given.items()
            if isinstance(value, list)
        ]
        connection = await self._session.connection()
        return (await connection.execute(sql(statement).bindparams(*lists), given)).all()

    async def run(self, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """The statement for each of the rows, its `?` being their values in order."""
        if values := list(rows):
            connection = await self._session.connection()
            await connection.exec_driver_sql(statement if self.lite else statement.replace("?", "%s"), values)

    def matching(self, match: str) -> str:
        """The question which papers match what this parameter says."""
        where = f"paper_search MATCH {match}" if self.lite else f"terms @@ CAST({match} AS tsquery)"
        return f"SELECT {self.pk} AS pk FROM paper_search WHERE {where}"

    def all_of(self, terms: Iterable[str]) -> str:
        """The match of papers that hold all terms; these are words of ours, of letters and digits only."""
        return " AND ".join(f'"{term}"' for term in terms) if self.lite else " & ".join(f"'{term}'" for term in terms)

    def any_of(self, terms: Iterable[str]) -> str:
        """The match of papers that hold one of the terms."""
        return " OR ".join(f'"{term}"' for term in terms) if self.lite else " | ".join(f"'{term}'" for term in terms)
