"""Digests: frozen once composed, one a slot, and the papers that each channel was ever shown."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Row, and_, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from bot import tables
from bot.adapter import ChannelRef
from bot.model import Channel, Digest, DigestKind, Paper, Pick, papers_of_part
from bot.store.engine import Database
from bot.store.hooks import mirror
from bot.store.keys import delivery_key
from bot.store.rows import get_papers


@dataclass(frozen=True, slots=True)
class Seen:
    """Where a paper was shown, and when. is_here: in the channel that asks. url: of the message, where it has one.

    is_personal: to one person alone.
    """

    is_here: bool
    channel: str
    day: date
    url: str = ""
    is_personal: bool = False


_IS_HERE = and_(col(tables.Channel.kind) == bindparam("kind"), col(tables.Channel.platform_id) == bindparam("channel"))
_SEEN = (
    select(_IS_HERE, col(tables.Channel.name), col(tables.Digest.pk), col(tables.Digest.day), col(tables.Digest.picks))
    .select_from(tables.Shown)
    .join(tables.Channel, col(tables.Shown.channel_pk) == col(tables.Channel.pk))
    .join(tables.Digest, col(tables.Shown.digest_pk) == col(tables.Digest.pk))
    .join(tables.Workspace, col(tables.Channel.workspace_pk) == col(tables.Workspace.pk))
    .where(col(tables.Shown.paper_pk) == bindparam("paper"))
    .where(col(tables.Workspace.platform) == bindparam("platform"))
    .where(col(tables.Workspace.platform_id) == bindparam("workspace"))
    .where((col(tables.Channel.kind) == "channel") | _IS_HERE)
    .order_by(col(tables.Digest.day), col(tables.Digest.pk))
)
_SENT = (
    select(col(tables.Delivery.digest_pk), col(tables.Delivery.part), col(tables.Delivery.url))
    .where(col(tables.Delivery.digest_pk).in_(bindparam("digests", expanding=True)))
    .order_by(col(tables.Delivery.part))
)


class Digests:
    """What was composed for channels, and what they have seen."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def add(
        self, channel: Channel, slot: str, day: date, picks: Sequence[Pick], now: datetime, *, delivered: bool
    ) -> Digest:
        """Freeze a digest with what it shows and its delivery, in one transaction.

        A slot is filled once: where another worker was faster, its digest comes back. delivered: it is on its way in
        the answer to whoever asked, so that nothing is left to deliver.
        """
        async with self._db.writing(f"digests of {channel.pk}") as session:
            taken = await session.scalar(_of(channel).where(col(tables.Digest.slot) == slot))
            if taken is not None:
                return await as_digest(session, taken)
            kept = [kept_pick(pick) for pick in picks]
            row = tables.Digest(channel_pk=channel.pk, slot=slot, kind="asked", day=day, picks=kept, composed_at=now)
            session.add(row)
            await session.flush()
            assert row.pk is not None  # it was flushed
            session.add(
                tables.Delivery(
                    digest_pk=row.pk,
                    channel_pk=channel.pk,
                    platform=channel.platform,
                    key=delivery_key(channel, slot, now, 0),
                    state="sent" if delivered else "waiting",
                    due_at=None if delivered else now,
                    changed_at=now,
                )
            )
            for pick in picks:
                await session.merge(tables.Shown(channel_pk=channel.pk, paper_pk=pick.paper.pk, digest_pk=row.pk))
            await mirror(session, [(channel, row)], now)
            return await as_digest(session, row)

    async def get(self, pk: int) -> Digest:
        """The digest of that number."""
        async with self._db.reading() as session:
            return await as_digest(session, await session.get_one(tables.Digest, pk))

    async def latest(self, channel: Channel) -> Digest | None:
        """The digest composed last."""
        return next(iter(await self._digests(_of(channel).limit(1))), None)

    async def between(self, channel: Channel, first: date, last: date) -> tuple[Digest, ...]:
        """The digests of these days, newest first."""
        return await self._digests(_of(channel).where(col(tables.Digest.day).between(first, last)))

    async def of(self, channel: Channel, pk: int) -> Digest | None:
        """The channel's digest of that number."""
        return next(iter(await self._digests(_of(channel).where(col(tables.Digest.pk) == pk))), None)

    async def with_papers(self, channel: Channel, most: int) -> tuple[Digest, ...]:
        """The last digests that have papers, newest first."""
        return tuple(one for one in await self._digests(_of(channel).limit(most)) if one.picks)

    async def that_showed(self, channel: Channel, paper_pk: int) -> tuple[Digest, ...]:
        """The channel's digests that showed the paper first, newest first."""
        shown = select(col(tables.Shown.digest_pk)).where(
            col(tables.Shown.channel_pk) == channel.pk, col(tables.Shown.paper_pk) == paper_pk
        )
        return await self._digests(_of(channel).where(col(tables.Digest.pk).in_(shown)))

    async def count(self, channel: Channel) -> int:
        """How many the channel has had."""
        query = select(func.count()).where(col(tables.Digest.channel_pk) == channel.pk)
        async with self._db.reading() as session:
            return await session.scalar(query) or 0

    async def shown(self, channel: Channel) -> frozenset[int]:
        """Every paper that the channel was ever shown."""
        query = select(col(tables.Shown.paper_pk)).where(col(tables.Shown.channel_pk) == channel.pk)
        async with self._db.glancing() as connection:
            return frozenset((await connection.scalars(query)).all())

    async def seen(self, channel: ChannelRef, paper_pk: int) -> tuple[Seen, ...]:
        """Each digest that showed the paper here or in a channel of this workspace, oldest first.

        What came to one person alone is told to nobody else.
        """
        here = {"workspace": channel.workspace, "kind": channel.kind, "channel": channel.id}
        asked = {"paper": paper_pk, "platform": channel.platform, **here}
        async with self._db.glancing() as connection:
            rows = (await connection.execute(_SEEN, asked)).all()
            urls = await _addresses(connection, {pk: picks for _, _, pk, _, picks in rows}, paper_pk) if rows else {}
            return tuple(
                Seen(bool(is_here), name, day, urls.get(pk, ""), bool(is_here) and channel.kind != "channel")
                for is_here, name, pk, day, _ in rows
            )

    async def shown_lately(self, channels: Collection[Channel], since: datetime) -> Mapping[int, frozenset[int]]:
        """Of the papers that came in from `since` on, those that each of these channels (pk) was ever shown."""
        query = (
            select(col(tables.Shown.channel_pk), col(tables.Shown.paper_pk))
            .join(tables.Paper, col(tables.Paper.pk) == col(tables.Shown.paper_pk))
            .where(col(tables.Shown.channel_pk).in_([one.pk for one in channels]), col(tables.Paper.stored_at) >= since)
        )
        found: defaultdict[int, set[int]] = defaultdict(set)
        async with self._db.reading() as session:
            for channel, paper in await session.execute(query):
                found[channel].add(paper)
        return {channel: frozenset(papers) for channel, papers in found.items()}

    async def also_in(
        self, channels: Sequence[Channel], papers: Collection[int]
    ) -> Mapping[tuple[int, int], tuple[str, ...]]:
        """By channel and paper (pk), the other channels of the workspace that were shown it; nobody's own messages."""
        other, this = aliased(tables.Channel), aliased(tables.Channel)
        query = (
            select(col(this.pk), col(tables.Shown.paper_pk), col(other.name))
            .select_from(tables.Shown)
            .join(other, col(other.pk) == col(tables.Shown.channel_pk))
            .join(this, (col(this.workspace_pk) == col(other.workspace_pk)) & (col(this.pk) != col(other.pk)))
            .where(col(tables.Shown.paper_pk).in_(papers), col(this.pk).in_([channel.pk for channel in channels]))
            .where(col(other.kind) == "channel")
            .order_by(col(other.name))
        )
        found: defaultdict[tuple[int, int], list[str]] = defaultdict(list)
        async with self._db.reading() as session:
            for channel, paper, name in await session.execute(query):
                found[channel or 0, paper].append(name)
        return {key: tuple(names) for key, names in found.items()}

    async def days_of(self, channel: Channel, pks: Sequence[int]) -> Mapping[int, date]:
        """The days of the digests that showed these papers there, by paper."""
        query = (
            select(col(tables.Shown.paper_pk), col(tables.Digest.day))
            .join(tables.Digest, col(tables.Digest.pk) == col(tables.Shown.digest_pk))
            .where(col(tables.Shown.channel_pk) == channel.pk, col(tables.Shown.paper_pk).in_(pks))
        )
        async with self._db.reading() as session:
            return {row[0]: row[1] for row in await session.execute(query)}

    async def posted_on(self, channel: Channel, day: date) -> bool:
        """Whether anything was posted there unasked for that day of the channel's."""
        unasked = (col(tables.Digest.channel_pk) == channel.pk, col(tables.Digest.kind) != "asked")
        query = select(col(tables.Digest.pk)).where(*unasked, col(tables.Digest.day) == day)
        async with self._db.reading() as session:
            return await session.scalar(query.limit(1)) is not None

    async def _digests(self, query: Any) -> tuple[Digest, ...]:
        async with self._db.glancing() as connection:
            rows = (await connection.execute(query)).all()
            return tuple([await as_digest(connection, row) for row in rows])


async def _addresses(
    connection: AsyncConnection, picks: Mapping[int, Sequence[dict[str, Any]]], paper_pk: int
) -> dict[int, str]:
    """Where the message is that showed the paper, by digest; it may be any of the messages of a long one."""
    messages: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
    for digest, part, url in await connection.execute(_SENT, {"digests": list(picks)}):
        messages[digest].append((part, url))
    return {
        digest: url
        for digest, sent in messages.items()
        for part, url in sent
        if paper_pk in papers_of_part([kept.get("paper") for kept in picks[digest]], len(sent), part)
    }


def _of(channel: Channel) -> Any:
    newest = (col(tables.Digest.composed_at).desc(), col(tables.Digest.pk).desc())
    with_papers = col(tables.Digest.kind).not_in(("quiet", "note"))
    return select(tables.Digest).where(col(tables.Digest.channel_pk) == channel.pk, with_papers).order_by(*newest)


def kept_pick(pick: Pick) -> dict[str, Any]:
    """A pick as the digest's JSON holds it."""
    kept: dict[str, Any] = {"paper": pick.paper.pk, "score": round(pick.score, 4), "follows": list(pick.follows)}
    kept |= {"why": pick.why}
    if pick.is_caught_up:
        kept |= {"caught_up": True}
    if pick.also:
        kept |= {"also": list(pick.also)}
    if pick.summary:
        kept |= {"summary": pick.summary}
    if pick.pings:
        kept |= {"pings": list(pick.pings)}
    if pick.in_case_of:
        kept |= {"in_case_of": pick.in_case_of.isoformat()}
    return kept | {"before": pick.before.isoformat()} if pick.before else kept


async def as_digest(session: AsyncSession | AsyncConnection, row: tables.Digest | Row[Any]) -> Digest:
    """The stored row as a value, with its papers, inside a transaction that is under way."""
    papers = {paper.pk: paper for paper in await get_papers(session, [kept["paper"] for kept in row.picks])}
    picks = tuple(as_pick(kept, papers[kept["paper"]]) for kept in row.picks if kept["paper"] in papers)
    kind = cast(DigestKind, row.kind)
    return Digest(row.pk or 0, row.slot, row.day, row.composed_at, picks, kind, row.note, row.due_at, row.nearest)


def as_pick(kept: dict[str, Any], paper: Paper) -> Pick:
    """A pick as `kept_pick` put it down, with its paper."""
    before, in_case_of = (date.fromisoformat(kept[name]) if name in kept else None for name in ("before", "in_case_of"))
    is_caught_up = kept.get("caught_up", False)
    pings = tuple(kept.get("pings", ()))
    return Pick(
        paper,
        kept["score"],
        tuple(kept["follows"]),
        kept["why"],
        is_caught_up,
        before,
        pings,
        tuple(kept.get("also", ())),
        kept.get("summary", ""),
        in_case_of,
    )
