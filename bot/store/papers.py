"""The papers: saved once each whatever their source calls them, and found again."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from bot import authors, tables
from bot.model import Draft, Paper
from bot.store import search
from bot.store.engine import Database
from bot.store.facts import note, noted
from bot.store.rows import COLUMNS, batches, get_papers, paper_of
from bot.store.saving import Saving, Tally, ids_of

_ALL_SAID = 90  # confidence of a look-up, 0 to 100, from which the nearest titles hold what was typed
_AT_ONCE = 250  # rows made into papers without a pause: about 5 ms
_NUMBERS_AT_ONCE = 2_000  # rows of two numbers: about 5 ms
_PRIME = 1_000_003  # so that sums over many papers stay far below 2**63

_REVISION = "papers"  # what the stored papers' revision is noted as

TextsMark = tuple[int, ...]  # how many papers, and sums over their numbers and fingerprints


@dataclass(frozen=True, slots=True)
class LookUp:
    """The answer to "which paper is this": the one meant, or those nearest; or an id that names none here.

    is_ambiguous: each of the nearest may be the one meant; else they are merely the closest there are.
    """

    paper: Paper | None
    near: tuple[Paper, ...] = ()
    is_ambiguous: bool = False
    unknown_id: str = ""


class Papers:
    """The stored papers."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def save(self, drafts: Sequence[Draft], source: str, now: datetime) -> Tally:
        """Store a batch, all of it or nothing. Safe to call again: a known paper gets its gaps filled, never blanked.

        Equal ids are one paper; so are equal titles of 12 letters or more, if the authors allow it, and nearly equal
        ones, if authors and abstracts agree.
        """
        async with self._db.writing("papers") as session:
            tally = await Saving(session, source, now).save(drafts)
            await note(session, _REVISION, secrets.token_hex(8))
            return tally

    async def revision(self) -> str:
        """Another one whenever papers were saved; nothing where none were since this was first told."""
        async with self._db.glancing() as connection:
            return await noted(connection, _REVISION)

    async def get(self, pks: Sequence[int]) -> tuple[Paper, ...]:
        """The papers of these numbers, in this order; unknown numbers are left out."""
        async with self._db.glancing() as connection:
            return await get_papers(connection, pks)

    async def by_id(self, paper_id: str) -> Paper | None:
        """The paper that has this id, under whichever of its names."""
        named = select(col(tables.PaperAlias.paper_pk)).where(col(tables.PaperAlias.id) == paper_id)
        async with self._db.glancing() as connection:
            pk = await connection.scalar(named)
            return next(iter(await get_papers(connection, [pk])), None) if pk else None

    async def of_drafts(self, drafts: Sequence[Draft]) -> tuple[Paper, ...]:
        """The stored papers that these are, each once; those that are not stored are left out."""
        names = list(dict.fromkeys(id for draft in drafts for id in ids_of(draft)))
        found: dict[int, None] = {}
        async with self._db.reading() as session:
            for some in batches(names):
                query = select(col(tables.PaperAlias.paper_pk)).where(col(tables.PaperAlias.id).in_(some))
                found |= dict.fromkeys(await session.scalars(query))
            return await get_papers(session, list(found))

    async def look_up(self, text: str) -> LookUp:
        """The paper that `text` names: an id, a link, a title or what is left of one."""

        async def looked_up(connection: AsyncConnection) -> tuple[search.Found, tuple[Paper, ...]]:
            found = await search.look_up(connection, text)
            return found, await get_papers(connection, found.pks[:6])

        found, papers = await self._db.read(looked_up)
        if found.sure and papers:
            return LookUp(papers[0], papers[1:])
        return LookUp(None, papers, found.confidence >= _ALL_SAID, found.unknown_id)

    async def search(
        self, text: str, *, since: datetime | None = None, by: str = "", most: int = 10
    ) -> tuple[Paper, ...]:
        """Papers that hold the words, best first: those published (or else listed) since then, and by that author."""
        words = f"{text} {authors.surname(by)}".strip()

        async def found(connection: AsyncConnection) -> tuple[Paper, ...]:
            looked_at = most if not since and not by else 50 * most
            while True:
                pks = await search.words_of(connection, words, looked_at)
                papers = await get_papers(connection, pks)
                kept = [p for p in papers if not since or (p.published_at or p.listed_at) >= since]
                kept = [p for p in kept if not by or authors.any_same(by, p.authors)]
                if len(kept) >= most or len(pks) < looked_at:
                    return tuple(kept[:most])
                looked_at *= 10

        return await self._db.read(found)

    async def count(self) -> int:
        async with self._db.reading() as session:
            return await session.scalar(select(func.count()).select_from(tables.Paper)) or 0

    async def listed_since(self, since: datetime | None) -> tuple[Paper, ...]:
        """Papers listed at or after `since`, newest first; all of them without it."""
        query: Any = select(*COLUMNS).where(col(tables.Paper.withdrawn).is_(False))
        return await self._some(query.where(col(tables.Paper.listed_at) >= since) if since else query)

    async def _some(self, query: Any) -> tuple[Paper, ...]:
        newest_first = query.order_by(col(tables.Paper.listed_at).desc(), col(tables.Paper.pk).desc())
        found: list[Paper] = []
        async with self._db.reading() as session:
            result = await session.stream(newest_first)
            async for rows in result.partitions(_AT_ONCE):  # a few at a time: other people are waiting too
                found += [paper_of(*row) for row in rows]
        return tuple(found)

    async def stored_since(self, since: datetime, listed_since: datetime) -> tuple[Paper, ...]:
        """Papers that came in from `since` on, listed from `listed_since` on, not withdrawn; newest first."""
        query: Any = select(*COLUMNS).where(
            col(tables.Paper.stored_at) >= since,
            col(tables.Paper.listed_at) >= listed_since,
            col(tables.Paper.withdrawn).is_(False),
        )
        return await self._some(query)

    async def lacking(self, after: int, since: datetime, most: int) -> tuple[Paper, ...]:
        """Papers past that number (pk) and stored since then that lack their venue, abstract or citations."""
        paper = tables.Paper
        query = select(col(paper.pk)).where(col(paper.pk) > after, col(paper.stored_at) >= since)
        gaps = (col(paper.venue) == "") | (col(paper.abstract) == "") | col(paper.citations).is_(None)
        async with self._db.reading() as session:
            pks = (await session.scalars(query.where(gaps).order_by(col(paper.pk)).limit(most))).all()
            return await get_papers(session, [pk for pk in pks if pk])

    async def newest_listing(self) -> datetime | None:
        async with self._db.reading() as session:
            return await session.scalar(select(func.max(col(tables.Paper.listed_at))))

    async def listings(self, pks: Sequence[int]) -> list[datetime]:
        """When these papers were listed, in no order."""
        found: list[datetime] = []
        async with self._db.reading() as session:
            for some in batches(pks):
                query = select(col(tables.Paper.listed_at)).where(col(tables.Paper.pk).in_(some))
                found += await session.scalars(query)
        return found

    async def fingerprints(self, most: int) -> list[tuple[int, int]]:
        """(pk, fingerprint of its text) of the `most` papers listed last, oldest first."""
        found: list[tuple[int, int]] = []
        async with self._db.reading() as session:
            result = await session.stream(_newest(most))
            async for rows in result.partitions(_NUMBERS_AT_ONCE):
                found += [(pk, fingerprint) for pk, fingerprint in rows]
        return found[::-1]

    async def texts_mark(self, most: int) -> TextsMark:
        """Another one whenever `fingerprints` would give other numbers; a fraction of the work."""
        some = _newest(most).subquery()
        told = some.c.fingerprint % _PRIME
        query = select(func.count(), func.sum(some.c.pk), func.sum(told), func.sum(told * (some.c.pk % 1_009)))
        async with self._db.reading() as session:
            count, *sums = (await session.execute(query)).one()
            return count, *(int(one or 0) for one in sums)

    async def texts(self, pks: Sequence[int]) -> list[tuple[int, str, str]]:
        """(pk, title, abstract) of these papers, in this order."""
        found: dict[int, tuple[int, str, str]] = {}
        async with self._db.reading() as session:
            for some in batches(pks):
                query = select(col(tables.Paper.pk), col(tables.Paper.title), col(tables.Paper.abstract))
                rows = await session.execute(query.where(col(tables.Paper.pk).in_(some)))
                found.update({row.pk: (row.pk, row.title, row.abstract) for row in rows})
        return [found[pk] for pk in pks if pk in found]

    async def texts_after(self, pk: int, most: int) -> list[tuple[int, str, str]]:
        """(pk, title, abstract) of papers of higher numbers, the lowest first."""
        query = select(col(tables.Paper.pk), col(tables.Paper.title), col(tables.Paper.abstract))
        after = query.where(col(tables.Paper.pk) > pk).order_by(col(tables.Paper.pk)).limit(most)
        async with self._db.reading() as session:
            return [(row[0] or 0, row[1], row[2]) for row in await session.execute(after)]


def _newest(most: int) -> Select[Any, Any]:
    query = select(col(tables.Paper.pk), col(tables.Paper.fingerprint))
    return query.order_by(col(tables.Paper.listed_at).desc(), col(tables.Paper.pk).desc()).limit(most)
