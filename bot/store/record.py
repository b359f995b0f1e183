"""How good a channel's picks have been: what it was shown, and what people made of that."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot import tables
from bot.adapter import EVERYWHERE
from bot.model import Channel
from bot.store.engine import Database

_WITHOUT_PAPERS = ("quiet", "note")  # kinds of digests


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """Since a time: digests and the papers first shown in them, how many of these were liked, saved, or either.

    up, down, voters: all votes in the channel. first_at: of the first digest, none without any. letters: of all
    abstracts.
    """

    digests: int
    papers: int
    liked: int
    saved: int
    welcome: int
    up: int
    down: int
    voters: int
    first_at: datetime | None
    letters: int


class Record:
    """What became of what was shown."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def of(self, channel: Channel, since: datetime) -> TrackRecord:
        """The channel's own, from `since` on.

        Saved: by anybody of the workspace, or of the platform where it knows people by one id everywhere; of what comes
        to one person alone, by that person.
        """
        async with self._db.reading() as session:
            digests, first_at = await _row(session, _digests(channel, since))
            papers, letters, liked, saved, welcome = await _row(session, _papers(channel, since))
            up, down, voters = await _row(session, _votes(channel, since))
        return TrackRecord(digests, papers, liked, saved, welcome, up, down, voters, first_at, letters)


async def _row(session: AsyncSession, query: Any) -> Any:
    return (await session.execute(query)).one()


def _digests(channel: Channel, since: datetime) -> Any:
    composed_at = col(tables.Digest.composed_at)
    return select(func.count(), func.min(composed_at)).where(
        col(tables.Digest.channel_pk) == channel.pk,
        composed_at >= since,
        col(tables.Digest.kind).not_in(_WITHOUT_PAPERS),
    )


def _papers(channel: Channel, since: datetime) -> Any:
    shown, paper = col(tables.Shown.paper_pk), tables.Paper
    liked = exists().where(
        col(tables.Feedback.channel_pk) == channel.pk,
        col(tables.Feedback.paper_pk) == shown,
        col(tables.Feedback.sign) > 0,
    )
    user, people = col(tables.Saved.user), f"{channel.platform}/{channel.workspace}/"
    everywhere = user.startswith(f"{channel.platform}/{EVERYWHERE}/", autoescape=True)
    anybody = or_(user.startswith(people, autoescape=True), everywhere)
    theirs = user == people + channel.platform_id if channel.is_personal else anybody
    saved = exists().where(col(tables.Saved.paper_pk) == shown, theirs)
    return (
        select(
            func.count(),
            func.coalesce(func.sum(func.length(col(paper.abstract))), 0),
            func.count().filter(liked),
            func.count().filter(saved),
            func.count().filter(or_(liked, saved)),
        )
        .select_from(tables.Shown)
        .join(tables.Digest)
        .join(paper)
        .where(col(tables.Shown.channel_pk) == channel.pk, col(tables.Digest.composed_at) >= since)
    )


def _votes(channel: Channel, since: datetime) -> Any:
    sign = col(tables.Feedback.sign)
    return select(
        func.count().filter(sign > 0),
        func.count().filter(sign < 0),
        func.count(func.distinct(col(tables.Feedback.user))),
    ).where(col(tables.Feedback.channel_pk) == channel.pk, col(tables.Feedback.at) >= since)
