"""Papers on their way in: each saved once whatever its source calls it, with what the source's list says of it."""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Date, bindparam, delete, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot import authors, identity, tables
from bot.model import Draft
from bot.store import duplicates, search
from bot.store.rows import batches, pk_of

FEED = "feed:"  # how the name of a feed as a source begins

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


class Saving:
    """One batch on its way in: what the database knows of its ids and titles, kept current as drafts are added.

    A draft whose ids name two stored papers joins the first of them; the two stay two.
    """

    def __init__(self, session: AsyncSession, source: str, now: datetime) -> None:
        self.session = session
        self.source = source
        self.now = now
        self.by_id: dict[str, tables.Paper] = {}
        self.by_key: dict[str, list[tables.Paper]] = {}
        self.batch = duplicates.Batch()
        self.changed: dict[int, tables.Paper] = {}

    async def save(self, drafts: Sequence[Draft]) -> Tally:
        await self._load(drafts)
        stored = await self._stored(drafts)
        found: list[tuple[tables.Paper, Draft]] = []
        fresh: list[tables.Paper] = []
        aliases: dict[str, tables.Paper] = {}
        for n, draft in enumerate(drafts):
            ids = ids_of(draft)
            row = self._known(draft) or stored.get(n) or self.batch.find(draft)
            if row is None:
                row = _row(draft, ids, self.now)
                fresh.append(row)
                self.by_key.setdefault(row.key, []).append(row)
                self.batch.add(row)
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
        for some in batches(list(self.changed)):
            await self.session.execute(delete(tables.Summary).where(col(tables.Summary.paper_pk).in_(some)))
        if texts := [*fresh, *self.changed.values()]:
            await search.add(self.session, texts)
        return Tally(tuple(pk_of(row) for row, _ in found), len(fresh))

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
        ids = {i for draft in drafts for i in ids_of(draft)}
        keys = {identity.title_key(draft.title) for draft in drafts}
        for some in batches(sorted(ids)):
            query = select(col(tables.PaperAlias.id), tables.Paper).join(tables.Paper)
            rows = await self.session.execute(query.where(col(tables.PaperAlias.id).in_(some)))
            self.by_id.update({row[0]: row[1] for row in rows})
        for some in batches(sorted(key for key in keys if len(key) >= duplicates.KEY_MIN)):
            for row in await self.session.scalars(select(tables.Paper).where(col(tables.Paper.key).in_(some))):
                self.by_key.setdefault(row.key, []).append(row)

    async def _stored(self, drafts: Sequence[Draft]) -> dict[int, tables.Paper]:
        """The stored papers that these drafts are, by their places, though neither an id nor an equal title says so."""
        unknown = [(n, draft) for n, draft in enumerate(drafts) if self._known(draft) is None]
        near = duplicates.Near(await self.session.connection(), self.session)
        found = await near.stored([draft for _, draft in unknown])
        return {n: rows[0] for (n, _), rows in zip(unknown, found, strict=True) if rows}

    def _known(self, draft: Draft) -> tables.Paper | None:
        """The paper that has one of the draft's ids, or else its title."""
        for name in ids_of(draft):
            if name in self.by_id:
                return self.by_id[name]
        key = identity.title_key(draft.title)
        of_title = self.by_key.get(key, ()) if len(key) >= duplicates.KEY_MIN else ()
        return next((row for row in of_title if duplicates.is_equal(row, draft)), None)

    async def _sight(self, found: Iterable[tuple[tables.Paper, Draft]]) -> None:
        sightings = [
            {
                "paper_pk": pk_of(row),
                "source": self.source,
                "day": (draft.listed_at or row.listed_at).date(),
                "rank": draft.rank,
                "upvotes": draft.upvotes,
                "comments": draft.comments,
                "submitter": draft.submitter,
            }
            for row, draft in found
            if self.source.startswith(FEED) or draft.upvotes is not None or draft.rank is not None
        ]
        if sightings:
            await self.session.execute(_SIGHT, sightings)


def ids_of(draft: Draft) -> tuple[str, ...]:
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
    """Fill what the row lacks, and take a newer version's text. Whether look-up and picking have to know.

    When it was listed first stands.
    """
    before = (row.title, row.abstract, row.authors)
    if row.version and draft.version > row.version:
        row.title, row.abstract = draft.title, draft.abstract or row.abstract
        row.key, row.head_key = identity.title_key(row.title), identity.head_key(row.title)
    for name in ("abstract", "url", "venue", "published_at"):
        if not getattr(row, name) and getattr(draft, name):
            setattr(row, name, getattr(draft, name))
    if not row.authors and draft.authors:
        row.authors = list(draft.authors)
    if more := [category for category in draft.categories if category not in row.categories]:
        row.categories = [*row.categories, *more]  # cross-listed since
    if not row.links and draft.links:
        row.links = [list(link) for link in draft.links]
    if draft.version > row.version or draft.withdrawn:
        row.withdrawn = draft.withdrawn
    if draft.citations is not None:
        row.citations = draft.citations
    row.version = max(row.version, draft.version)
    if draft.updated_at and (not row.updated_at or draft.updated_at > row.updated_at):
        row.updated_at = draft.updated_at
    row.fingerprint = _fingerprint(row.title, row.abstract)
    return before != (row.title, row.abstract, row.authors)


def _fingerprint(title: str, abstract: str) -> int:
    return zlib.crc32(f"{title}\n{abstract}".encode(errors="replace"))
