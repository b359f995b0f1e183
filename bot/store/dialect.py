"""The search tables in the dialect of the session's database: what is asked of them, and what is written."""

# ruff: noqa: S608 (only names of ours are put into the SQL; all that people type is bound)

import re
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy import text as sql
from sqlalchemy.ext.asyncio import AsyncConnection

_IN = re.compile(r"\bIN :(\w+)")
_NUMBERS = {"pks": "integer[]", "crcs": "bigint[]"}  # lists of numbers; the others are of texts


class Tables:
    """The search tables in the dialect of the session's database."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection
        self.lite = connection.dialect.name == "sqlite"
        self.pk = "rowid" if self.lite else "paper_pk"  # of paper_search

    async def rows(self, statement: str, values: dict[str, Any] | None = None) -> Sequence[Any]:
        """What the statement finds. A list stands after IN as it is: `IN :pks`.

        PostgreSQL gets it as one array, so that it has planned the text before, however long the list is.
        """
        given = values or {}
        lists = [name for name, value in given.items() if isinstance(value, list)]
        asked = sql(statement if self.lite else _IN.sub(_any_of_array, statement))
        if self.lite:
            asked = asked.bindparams(*(bindparam(name, expanding=True) for name in lists))
        return (await self.connection.execute(asked, given)).all()

    async def run(self, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """The statement for each of the rows, its `?` being their values in order."""
        if values := list(rows):
            await self.connection.exec_driver_sql(statement if self.lite else statement.replace("?", "%s"), values)

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


def _any_of_array(said: re.Match[str]) -> str:
    return f"= ANY(CAST(:{said[1]} AS {_NUMBERS.get(said[1], 'text[]')}))"
