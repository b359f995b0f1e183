"""What people said of papers: one voice a person, paper and channel, the latest one."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlmodel import col

from bot import tables
from bot.model import Channel, Paper
from bot.store.engine import Database


@dataclass(frozen=True, slots=True)
class Reactions:
    """Papers (pk) that a channel liked and disliked, by number; where as many are for as against, it is liked.

    latest: of the votes.
    """

    liked: tuple[int, ...] = ()
    disliked: tuple[int, ...] = ()
    latest: datetime | None = None


_PLACE = (col(tables.Feedback.channel_pk), col(tables.Feedback.paper_pk))
_SUMS = (
    select(*_PLACE, func.sum(col(tables.Feedback.sign)), func.max(col(tables.Feedback.at)))
    .where(_PLACE[0].in_(bindparam("channels", expanding=True)))
    .group_by(*_PLACE)
    .order_by(*_PLACE)
)


class Votes:
    """Reactions of people. user: a key that is one person's alone. sign: +1 more like this, -1 not for us."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def vote(self, channel: Channel, user: str, paper: Paper, sign: int, now: datetime) -> tuple[int, int]:
        """Put a person's vote down; the same one again takes it back. The vote before and after, 0 for none."""
        async with self._db.writing(f"votes of {channel.pk}") as session:
            row = await session.get(tables.Feedback, (channel.pk, user, paper.pk))
            before = row.sign if row else 0
            if row is None:
                session.add(tables.Feedback(channel_pk=channel.pk, user=user, paper_pk=paper.pk, sign=sign, at=now))
            elif before == sign:
                await session.delete(row)
            else:
                row.sign, row.at = sign, now
            return before, 0 if before == sign else sign

    async def of(self, channel: Channel) -> Reactions:
        """What the channel's people liked and disliked."""
        return (await self.of_all([channel])).get(channel.pk, Reactions())

    async def of_all(self, channels: Collection[Channel]) -> Mapping[int, Reactions]:
        """The same for each of these channels (pk) where somebody has voted."""
        found: defaultdict[int, list[tuple[int, int, datetime]]] = defaultdict(list)
        async with self._db.glancing() as connection:
            asked = {"channels": [one.pk for one in channels]}
            for channel, paper, votes, at in await connection.execute(_SUMS, asked):
                found[channel].append((paper, votes, at))
        return {channel: _reactions(rows) for channel, rows in found.items()}

    async def sums(self, channel: Channel) -> Mapping[int, int]:
        """Votes by paper: those for more like it, less those against."""
        query = select(col(tables.Feedback.paper_pk), func.sum(col(tables.Feedback.sign)))
        of_channel = query.where(col(tables.Feedback.channel_pk) == channel.pk).group_by(col(tables.Feedback.paper_pk))
        async with self._db.glancing() as connection:
            return {pk: int(votes) for pk, votes in await connection.execute(of_channel)}

    async def tally(self, channel: Channel, paper: Paper) -> tuple[int, int]:
        """How many people want more like the paper there, and how many less."""
        row = tables.Feedback
        here = (col(row.channel_pk) == channel.pk, col(row.paper_pk) == paper.pk)
        query = select(col(row.sign), func.count()).where(*here).group_by(col(row.sign))
        async with self._db.reading() as session:
            votes: dict[int, int] = dict(iter(await session.execute(query)))
        return votes.get(1, 0), votes.get(-1, 0)

    async def count(self, channel: Channel, since: datetime) -> int:
        """How many votes the channel's people have given since then and not taken back."""
        at = col(tables.Feedback.at)
        query = select(func.count()).where(col(tables.Feedback.channel_pk) == channel.pk, at >= since)
        async with self._db.reading() as session:
            return await session.scalar(query) or 0


def _reactions(rows: Sequence[tuple[int, int, datetime]]) -> Reactions:
    """Of papers with the sum of their votes and the latest of them."""
    return Reactions(
        tuple(paper for paper, votes, _ in rows if votes >= 0),
        tuple(paper for paper, votes, _ in rows if votes < 0),
        max(at for _, _, at in rows),
    )
