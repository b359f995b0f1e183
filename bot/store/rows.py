"""Rows of papers as values, inside a transaction that is under way."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlmodel import col

from bot import tables
from bot.model import Paper

T = TypeVar("T")

COLUMNS: tuple[Any, ...] = (  # of a Paper value, in its order
    tables.Paper.pk, tables.Paper.id, tables.Paper.title, tables.Paper.abstract, tables.Paper.authors,
    tables.Paper.categories, tables.Paper.url, tables.Paper.venue, tables.Paper.links, tables.Paper.version,
    tables.Paper.published_at, tables.Paper.updated_at, tables.Paper.listed_at, tables.Paper.stored_at,
    tables.Paper.withdrawn, tables.Paper.citations,
)  # fmt: skip
_THESE = select(*COLUMNS).where(col(tables.Paper.pk).in_(bindparam("pks", expanding=True)))
_MANY = 500  # values in one IN list: far below SQLite's 32,766


def as_paper(row: tables.Paper) -> Paper:
    """The stored row as a value."""
    return paper_of(*(getattr(row, column.key) for column in COLUMNS))


def paper_of(pk: int, id: str, title: str, abstract: str, authors: list[str], categories: list[str], url: str,
             venue: str, links: list[list[str]], *rest: Any) -> Paper:  # fmt: skip
    named = tuple((label, address) for label, address in links)
    return Paper(pk, id, title, abstract, tuple(authors), tuple(categories), url, venue, named, *rest)


async def get_papers(session: AsyncSession | AsyncConnection, pks: Sequence[int]) -> tuple[Paper, ...]:
    """The papers of these numbers, in this order, asked where others are asked too."""
    found: dict[int, Paper] = {}
    for some in batches(pks):
        rows = await session.execute(_THESE, {"pks": some})
        found.update({row.pk: paper_of(*row) for row in rows})
    return tuple(found[pk] for pk in pks if pk in found)


def pk_of(row: tables.Paper) -> int:
    assert row.pk is not None  # a row that was flushed has its number
    return row.pk


def batches(values: Sequence[T]) -> Iterable[Sequence[T]]:
    return (values[start : start + _MANY] for start in range(0, len(values), _MANY))
