"""The papers: saved once each whatever their source calls them, and found again."""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import Date, bindparam, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot import authors, identity, tables
from bot.model import Draft, Paper
from bot.store import search
from bot.store.engine import Database

T = TypeVar("T")

_SAME_KEY_MIN = 12  # letters of a title from which equal titles may mean equal papers: picking.md measured it
_SURNAMES_MIN = 0.3
_ALL_SAID = 90  # confidence of a look-up, 0 to 100, from which the nearest titles hold what was typed
_COLUMNS: tuple[Any, ...] = (  # of a Paper value, in its order
    tables.Paper.pk, tables.Paper.id, tables.Paper.title, tables.Paper.abstract, tables.Paper.authors,
    tables.Paper.categories, tables.Paper.url, tables.Paper.venue, tables.Paper.links, tables.Paper.version,
    tables.Paper.published_at, tables.Paper.updated_at, tables.Paper.listed_at, tables.Paper.stored_at,
    tables.Paper.withdrawn, tables.Paper.citations,
)  # fmt: skip
_AT_ONCE = 250  # rows made into papers without a pause: about 5 ms
_MANY = 500  # values in one IN list: far below SQLite's 32,766


_SIGHT = text(  # the same on both databases; what was seen last of a day counts
    "INSERT INTO sighting (paper_pk, source, day, rank, upvotes, comments, submitter)"
    " VALUES (:paper_pk, :source, :day, :rank, :upvotes, :comments, :submitter)"
    " ON CONFLICT (paper_pk, source, day) DO UPDATE SET rank = excluded.rank, upvotes = excluded.upvotes,"
    " comments = excluded.comments, submitter = excluded.submitter"
).bindparams(bindparam("day", type_=Date))


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of a batch of drafts: their papers, and how many of those are new."""

    pks: tuple[int, ...]
    new: int

    @property
    def known(self) -> int:
        return len(self.pks) - self.new


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

        Equal ids are one paper; so are equal titles of 12 letters or more, if the authors allow it.
        """
        async with self._db.writing("papers") as session:
            return await _Saving(session, source, now).save(drafts)

    async def get(self, pks: Sequence[int]) -> tuple[Paper, ...]:
        """The papers of these numbers, in this order; unknown numbers are left out."""
        async with self._db.reading() as session:
            return await get_papers(session, pks)

    async def by_id(self, paper_id: str) -> Paper | None:
        """The paper that has this id, under whichever of its names."""
        async with self._db.reading() as session:
            pk = await session.scalar(
                select(col(tables.PaperAlias.paper_pk)).where(col(tables.PaperAlias.id) == paper_id)
            )
            return next(iter(await get_papers(session, [pk])), None) if pk else None

    async def of_drafts(self, drafts: Sequence[Draft]) -> tuple[Paper, ...]:
        """The stored papers that these are, each once; those that are not stored are left out."""
        names = list(dict.fromkeys(id for draft in drafts for id in _ids(draft)))
        found: dict[int, None] = {}
        async with self._db.reading() as session:
            for some in _batches(names):
                query = select(col(tables.PaperAlias.paper_pk)).where(col(tables.PaperAlias.id).in_(some))
                found |= dict.fromkeys(await session.scalars(query))
            return await get_papers(session, list(found))

    async def look_up(self, text: str) -> LookUp:
        """The paper that `text` names: an id, a link, a title or what is left of one."""
        async with self._db.reading() as session:
            found = await search.look_up(session, text)
            papers = await get_papers(session, found.pks[:6])
        if found.sure and papers:
            return LookUp(papers[0], papers[1:])
        return LookUp(None, papers, found.confidence >= _ALL_SAID, found.unknown_id)

    async def search(
        self, text: str, *, since: datetime | None = None, by: str = "", most: int = 10
    ) -> tuple[Paper, ...]:
        """Papers that hold the words, best first: those published (or else listed) since then, and by that author."""
        words = f"{text} {authors.surname(by)}".strip()
        async with self._db.reading() as session:
            looked_at = most if not since and not by else 50 * most
            while True:
                pks = await search.words_of(session, words, looked_at)
                papers = await get_papers(session, pks)
                kept = [p for p in papers if not since or (p.published_at or p.listed_at) >= since]
                kept = [p for p in kept if not by or authors.any_same(by, p.authors)]
                if len(kept) >= most or len(pks) < looked_at:
                    return tuple(kept[:most])
                looked_at *= 10

    async def count(self) -> int:
        async with self._db.reading() as session:
            return await session.scalar(select(func.count()).select_from(tables.Paper)) or 0

    async def listed_since(self, since: datetime | None) -> tuple[Paper, ...]:
        """Papers listed at or after `since`, newest first; all of them without it."""
        query: Any = select(*_COLUMNS).where(col(tables.Paper.withdrawn).is_(False))
        return await self._some(query.where(col(tables.Paper.listed_at) >= since) if since else query)

    async def _some(self, query: Any) -> tuple[Paper, ...]:
        newest_first = query.order_by(col(tables.Paper.listed_at).desc(), col(tables.Paper.pk).desc())
        found: list[Paper] = []
        async with self._db.reading() as session:
            result = await session.stream(newest_first)
            async for rows in result.partitions(_AT_ONCE):  # a few at a time: other people are waiting too
                found += [_as_paper(*row) for row in rows]
        return tuple(found)

    async def stored_since(self, since: datetime, listed_since: datetime) -> tuple[Paper, ...]:
        """Papers that came in from `since` on, listed from `listed_since` on, not withdrawn; newest first."""
        query: Any = select(*_COLUMNS).where(
            col(tables.Paper.stored_at) >= since,
            col(tables.Paper.listed_at) >= listed_since,
            col(tables.Paper.withdrawn).is_(False),
        )
        return await self._some(query)

    async def seen_lately(self, papers: Sequence[Paper]) -> Mapping[tuple[str, str], Mapping[int, float]]:
        """By kind and key of a follow that goes by where papers were seen, the score of each of these seen there."""
        return {}

    async def votes_since(self, day: date) -> Mapping[int, int]:
        """The most votes that each paper (pk) had on a source's list since that day."""
        query = select(col(tables.Sighting.paper_pk), func.max(col(tables.Sighting.upvotes)))
        voted = query.where(col(tables.Sighting.day) >= day, col(tables.Sighting.upvotes) > 0)
        async with self._db.reading() as session:
            rows = await session.execute(voted.group_by(col(tables.Sighting.paper_pk)))
            return {row[0]: row[1] or 0 for row in rows}

    async def newest_listing(self) -> datetime | None:
        async with self._db.reading() as session:
            return await session.scalar(select(func.max(col(tables.Paper.listed_at))))

    async def fingerprints(self, most: int) -> list[tuple[int, int]]:
        """(pk, fingerprint of its text) of the `most` papers listed last, oldest first."""
        query = select(col(tables.Paper.pk), col(tables.Paper.fingerprint))
        newest = query.order_by(col(tables.Paper.listed_at).desc(), col(tables.Paper.pk).desc()).limit(most)
        async with self._db.reading() as session:
            return [(row[0] or 0, row[1]) for row in await session.execute(newest)][::-1]

    async def texts(self, pks: Sequence[int]) -> list[tuple[int, str, str]]:
        """(pk, title, abstract) of these papers, in this order."""
        found: dict[int, tuple[int, str, str]] = {}
        async with self._db.reading() as session:
            for some in _batches(pks):
                query = select(col(tables.Paper.pk), col(tables.Paper.title), col(tables.Paper.abstract))
                rows = await session.execute(query.where(col(tables.Paper.pk).in_(some)))
                found.update({row.pk: (row.pk, row.title, row.abstract) for row in rows})
        return [found[pk] for pk in pks if pk in found]


class _Saving:
    """One batch on its way in: what the database knows of its ids and titles, kept current as drafts are added.

    A draft whose ids name two stored papers joins the first of them; the two stay two.
    """

    def __init__(self, session: AsyncSession, source: str, now: datetime) -> None:
        self.session = session
        self.source = source
        self.now = now
        self.by_id: dict[str, tables.Paper] = {}
        self.by_key: dict[str, list[tables.Paper]] = {}
        self.changed: dict[int, tables.Paper] = {}

    async def save(self, drafts: Sequence[Draft]) -> Tally:
        await self._load(drafts)
        found: list[tuple[tables.Paper, Draft]] = []
        fresh: list[tables.Paper] = []
        aliases: dict[str, tables.Paper] = {}
        for draft in drafts:
            ids = _ids(draft)
            row = next((self.by_id[i] for i in ids if i in self.by_id), None) or self._same_title(draft)
            if row is None:
                row = _row(draft, ids, self.now)
                fresh.append(row)
                self.by_key.setdefault(row.key, []).append(row)
            elif _fill(row, draft) and row.pk:
                self.changed[row.pk] = row
            aliases |= {i: row for i in ids if i not in self.by_id}
            self.by_id |= {i: self.by_id.get(i, row) for i in ids}
            found.append((row, draft))
        await self._insert(fresh)
        if aliases:
            rows = [{"id": name, "paper_pk": row.pk} for name, row in aliases.items()]
            await self.session.execute(insert(tables.PaperAlias), rows)
        await self._sight(found)
        if texts := [*fresh, *self.changed.values()]:
            await search.add(self.session, texts)
        return Tally(tuple(_pk(row) for row, _ in found), len(fresh))

    async def _insert(self, fresh: Sequence[tables.Paper]) -> None:
        """All in a few statements: added to the session, each row would go to the database by itself."""
        if fresh:
            rows = [row.model_dump(exclude={"pk"}) for row in fresh]
            new = insert(tables.Paper).returning(col(tables.Paper.id), col(tables.Paper.pk))
            pks = {row.id: row.pk for row in await self.session.execute(new, rows)}
            for row in fresh:
                row.pk = pks[row.id]
        await self.session.flush()

    async def _load(self, drafts: Sequence[Draft]) -> None:
        ids = {i for draft in drafts for i in _ids(draft)}
        keys = {identity.title_key(draft.title) for draft in drafts}
        for some in _batches(sorted(ids)):
            query = select(col(tables.PaperAlias.id), tables.Paper).join(tables.Paper)
            rows = await self.session.execute(query.where(col(tables.PaperAlias.id).in_(some)))
            self.by_id.update({row[0]: row[1] for row in rows})
        for some in _batches(sorted(key for key in keys if len(key) >= _SAME_KEY_MIN)):
            for row in await self.session.scalars(select(tables.Paper).where(col(tables.Paper.key).in_(some))):
                self.by_key.setdefault(row.key, []).append(row)

    def _same_title(self, draft: Draft) -> tables.Paper | None:
        key = identity.title_key(draft.title)
        if len(key) < _SAME_KEY_MIN:
            return None
        for row in self.by_key.get(key, ()):
            if not row.authors or not draft.authors or authors.overlap(row.authors, draft.authors) >= _SURNAMES_MIN:
                return row
        return None

    async def _sight(self, found: Iterable[tuple[tables.Paper, Draft]]) -> None:
        sightings = [
            {
                "paper_pk": _pk(row),
                "source": self.source,
                "day": (draft.listed_at or self.now).date(),
                "rank": draft.rank,
                "upvotes": draft.upvotes,
                "comments": draft.comments,
                "submitter": draft.submitter,
            }
            for row, draft in found
            if draft.upvotes is not None or draft.rank is not None
        ]
        if sightings:
            await self.session.execute(_SIGHT, sightings)


def as_paper(row: tables.Paper) -> Paper:
    """The stored row as a value."""
    return _as_paper(*(getattr(row, column.key) for column in _COLUMNS))


def _as_paper(pk: int, id: str, title: str, abstract: str, authors: list[str], categories: list[str], url: str,
              venue: str, links: list[list[str]], *rest: Any) -> Paper:  # fmt: skip
    named = tuple((label, address) for label, address in links)
    return Paper(pk, id, title, abstract, tuple(authors), tuple(categories), url, venue, named, *rest)


async def get_papers(session: AsyncSession, pks: Sequence[int]) -> tuple[Paper, ...]:
    """The papers of these numbers, in this order, inside a transaction that is under way."""
    found: dict[int, Paper] = {}
    for some in _batches(pks):
        rows = await session.scalars(select(tables.Paper).where(col(tables.Paper.pk).in_(some)))
        found.update({_pk(row): as_paper(row) for row in rows})
    return tuple(found[pk] for pk in pks if pk in found)


def _ids(draft: Draft) -> tuple[str, ...]:
    if draft.ids:
        return draft.ids
    first = authors.surname(draft.authors[0]) if draft.authors else ""
    return (identity.title_id(f"{draft.title} {first}"),)


def _row(draft: Draft, ids: tuple[str, ...], now: datetime) -> tables.Paper:
    return tables.Paper(
        id=ids[0],
        title=draft.title,
        key=identity.title_key(draft.title),
        head_key=identity.head_key(draft.title),
        abstract=draft.abstract,
        fingerprint=_fingerprint(draft.title, draft.abstract),
        authors=list(draft.authors),
        categories=list(draft.categories),
        links=[list(link) for link in draft.links],
        url=draft.url or identity.link_of(ids[0]),
        venue=draft.venue,
        version=draft.version,
        published_at=draft.published_at,
        updated_at=draft.updated_at,
        listed_at=draft.listed_at or now,
        stored_at=now,
        withdrawn=draft.withdrawn,
        citations=draft.citations,
    )


def _fill(row: tables.Paper, draft: Draft) -> bool:
    """Fill what the row lacks, and take a newer version's text. Whether look-up and picking have to know."""
    before = (row.title, row.abstract, row.authors)
    if row.version and draft.version > row.version:
        row.title, row.abstract = draft.title, draft.abstract or row.abstract
        row.key, row.head_key = identity.title_key(row.title), identity.head_key(row.title)
    for name in ("abstract", "url", "venue", "published_at"):
        if not getattr(row, name) and getattr(draft, name):
            setattr(row, name, getattr(draft, name))
    for name in ("authors", "categories"):
        if not getattr(row, name) and getattr(draft, name):
            setattr(row, name, list(getattr(draft, name)))
    if not row.links and draft.links:
        row.links = [list(link) for link in draft.links]
    row.version = max(row.version, draft.version)
    if draft.updated_at and (not row.updated_at or draft.updated_at > row.updated_at):
        row.updated_at = draft.updated_at
    row.fingerprint = _fingerprint(row.title, row.abstract)
    return before != (row.title, row.abstract, row.authors)


def _fingerprint(title: str, abstract: str) -> int:
    return zlib.crc32(f"{title}\n{abstract}".encode(errors="replace"))


def _pk(row: tables.Paper) -> int:
    assert row.pk is not None  # a row that was flushed has its number
    return row.pk


def _batches(values: Sequence[T]) -> Iterable[Sequence[T]]:
    return (values[start : start + _MANY] for start in range(0, len(values), _MANY))
