"""What the operator has to know: late digests, messages that were not delivered, sources that bring nothing."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot import tables
from bot.model import Channel
from bot.store.engine import Database
from bot.store.notes import put_note
from bot.text import plural

LATE = timedelta(minutes=10)
_LATELY = timedelta(days=1)
_STALE = timedelta(days=1)
_FAILURES = 12  # in a row, of a source that never answered: with growing pauses about a day
_FACT = ("service", "troubles")
_MOST = 6  # sentences in one message
_OVER = {  # what is said once a trouble is over, by its kind
    "late": "Digests for {} are on time again.",
    "undelivered": "No message to {} has gone undelivered for a day.",
    "refused": "{} is refused no more.",
    "source": "{} brings papers again.",
}

_Delivery, _Digest, _Channel = tables.Delivery, tables.Digest, tables.Channel
_Trouble = Mapping[str, str]  # a sentence by the trouble's key: its kind, and what has it


@dataclass(frozen=True, slots=True)
class News:
    """What has begun and what is over since somebody last looked: sentences."""

    begun: tuple[str, ...]
    over: tuple[str, ...]

    def __str__(self) -> str:
        said = [*self.begun, *self.over]
        return " ".join(said[:_MOST]) + (f" And {len(said) - _MOST} more, in the log." if len(said) > _MOST else "")


class Troubles:
    """Each trouble is told once when it begins and once when it is over, whoever of the workers sees it first."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def now(self, now: datetime) -> tuple[str, ...]:
        """What is wrong just now: a sentence each."""
        async with self._db.reading() as session:
            return tuple((await _found(session, now)).values())

    async def news(self, now: datetime, tell: Channel | None = None) -> News:
        """What is new since the last look; put in the outbox for the channel `tell` in the same moment."""
        async with self._db.writing("troubles") as session:
            found = await _found(session, now)
            kept = await session.get(tables.AdapterFact, _FACT)
            known: list[str] = json.loads(kept.value) if kept else []
            begun = tuple(said for key, said in found.items() if key not in known)
            news = News(begun, tuple(_over(key) for key in known if key not in found))
            if news.begun or news.over:
                await session.merge(tables.AdapterFact(adapter=_FACT[0], key=_FACT[1], value=json.dumps(list(found))))
                if tell:
                    await put_note(session, tell, f"{now.isoformat()} alert", str(news), now)
            return news


async def _found(session: AsyncSession, now: datetime) -> _Trouble:
    return {
        **await _late(session, now), **await _undelivered(session, now), **await _refused(session),
        **await _sources(session, now),
    }  # fmt: skip


def _over(key: str) -> str:
    kind, _, what = key.partition(" ")
    return _OVER[kind].format(what)


async def _late(session: AsyncSession, now: datetime) -> _Trouble:
    """Platforms whose digests are late though nothing holds them: no pause, no hours that were only just over."""
    late: dict[str, tuple[int, datetime]] = {}
    for query in (_not_composed(now - LATE), _not_delivered(now - LATE)):
        for platform, count, first in await session.execute(query):
            before, since = late.get(platform, (0, first))
            late[platform] = before + count, min(since, first)
    return {
        f"late {platform}": f"{plural(count, 'digest')} for {platform} {'is' if count == 1 else 'are'} over 10 minutes"
        f" late; the first was promised for {first:%Y-%m-%d %H:%M} UTC."
        for platform, (count, first) in sorted(late.items())
    }


def _not_composed(before: datetime) -> Any:
    due = col(tables.Schedule.next_due_at)
    query = select(col(tables.Workspace.platform), func.count(), func.min(due)).select_from(tables.Schedule)
    query = query.join(_Channel, col(_Channel.pk) == col(tables.Schedule.channel_pk))
    lease = col(tables.Schedule.lease_until)
    is_free = or_(col(tables.Schedule.worker) != "", lease.is_(None), lease < before)  # else it was put off until then
    return _in_use(query, before).where(due < before, is_free).group_by(col(tables.Workspace.platform))


def _not_delivered(before: datetime) -> Any:
    promised = func.coalesce(col(_Digest.due_at), col(_Digest.composed_at))
    query = select(col(_Delivery.platform), func.count(col(_Digest.pk).distinct()), func.min(promised))
    query = query.join(_Digest, col(_Digest.pk) == col(_Delivery.digest_pk))
    query = query.join(_Channel, col(_Channel.pk) == col(_Delivery.channel_pk))
    is_open = col(_Delivery.due_at).is_not(None)
    is_tried = or_(col(_Delivery.due_at) < before, col(_Delivery.attempts) > 0)
    was_long_ready = col(_Digest.composed_at) < before
    return (
        _in_use(query, before)
        .where(promised < before, was_long_ready, is_open, is_tried)
        .group_by(col(_Delivery.platform))
    )


def _in_use(query: Any, now: datetime) -> Any:
    """Only channels that are neither paused nor of a workspace that was left."""
    query = query.join(tables.Workspace, col(tables.Workspace.pk) == col(_Channel.workspace_pk))
    is_paused = or_(col(_Channel.paused_until).is_(None), col(_Channel.paused_until) <= now)
    return query.where(is_paused, col(tables.Workspace.removed_at).is_(None))


async def _undelivered(session: AsyncSession, now: datetime) -> _Trouble:
    query = (
        select(col(_Delivery.platform), col(_Delivery.error))
        .where(
            col(_Delivery.state).in_(("failed", "doubtful")),
            col(_Delivery.due_at).is_(None),
            col(_Delivery.changed_at) > now - _LATELY,
        )
        .order_by(col(_Delivery.changed_at))
    )
    errors: dict[str, list[str]] = {}
    for platform, error in await session.execute(query):
        errors.setdefault(platform, []).append(error)
    return {
        f"undelivered {platform}": f"{plural(len(all), 'message')} to {platform} may not have arrived, the last one"
        f" because: {all[-1].rstrip('.')}. See paper-round deliveries."
        for platform, all in sorted(errors.items())
    }


async def _refused(session: AsyncSession) -> _Trouble:
    """Addresses that are paused because mail to them was refused for good. In a channel, people would notice.

    Of one that never confirmed nobody hears: anybody may mistype an address, or invent a hundred.
    """
    is_confirmed = (col(_Channel.kind) == "email") & (col(_Channel.set_up_by) != "")
    query = select(col(_Channel.platform_id)).where(is_confirmed, col(_Channel.pause_reason) != "")
    addresses = (await session.scalars(query.order_by(col(_Channel.platform_id)))).all()
    return {
        f"refused Mail to {one}": f"Mail to {one} was refused for good; its digests are paused." for one in addresses
    }


async def _sources(session: AsyncSession, now: datetime) -> _Trouble:
    states = (await session.scalars(select(tables.SourceState).order_by(col(tables.SourceState.source)))).all()
    return dict(_told(states, now))


def _told(states: Iterable[tables.SourceState], now: datetime) -> Iterator[tuple[str, str]]:
    for state in states:
        name = state.title or state.source
        why = f": {state.trouble.rstrip('.')}" if state.trouble else ""
        never = state.last_success_at is None and state.failures >= _FAILURES
        long_ago = state.last_success_at is not None and now - state.last_success_at > _STALE
        if never or (state.failures and long_ago):
            yield f"source {name}", f"{name} has not answered for a day{why}."
        elif state.stale_since and now - state.stale_since > _STALE:
            yield f"source {name}", f"{name} has brought nothing new for a day{why}."
