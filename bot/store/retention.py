"""How long what is kept: the one place that forgets by itself. The runbook's table says the same, with the reasons."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, and_, delete, select, tuple_, update
from sqlmodel import col

from bot import tables
from bot.adapter import WEBHOOK
from bot.store.engine import Database
from bot.store.facts import Facts
from bot.store.requests import KEPT
from bot.store.tokens import REQUEST

_DAY = timedelta(days=1)
_MONTHS_13 = timedelta(days=397)
_AT_ONCE = 1000  # rows a transaction, so that a writer waits some milliseconds


@dataclass(frozen=True, slots=True)
class _Rule:
    """Rows of `table` go once `at` is longer ago than `age`, those of `only` where given."""

    table: Any
    at: Any
    age: timedelta
    only: Any = None


def _is_told_note() -> Any:
    """Of a digest: it is one sentence without papers, and no message of it is still to be posted."""
    is_open = col(tables.Delivery.due_at).is_not(None)
    messages = select(col(tables.Delivery.pk)).where(col(tables.Delivery.digest_pk) == col(tables.Digest.pk), is_open)
    return and_(col(tables.Digest.kind) == "note", ~messages.exists())


def _was_never_confirmed(before: datetime) -> Any:
    """Of a channel: somebody wanted digests mailed there, and nobody there did."""
    channel, digest = tables.Channel, tables.Digest
    told = select(col(digest.pk)).where(col(digest.channel_pk) == col(channel.pk), col(digest.composed_at) > before)
    follows = select(col(tables.Follow.pk)).where(col(tables.Follow.channel_pk) == col(channel.pk))
    return and_(col(channel.kind) == "email", col(channel.set_up_by) == "", ~told.exists(), ~follows.exists())


_RULES = (
    _Rule(tables.Feedback, tables.Feedback.at, _MONTHS_13),
    _Rule(tables.Taste, tables.Taste.fitted_at, timedelta(days=30)),  # fitted again as long as there are votes
    _Rule(tables.Change, tables.Change.at, _MONTHS_13),
    _Rule(tables.Token, tables.Token.made_at, KEPT, col(tables.Token.purpose) == REQUEST),
    _Rule(tables.Token, tables.Token.made_at, _MONTHS_13),
    _Rule(tables.Delivery, tables.Delivery.changed_at, timedelta(days=90), col(tables.Delivery.due_at).is_(None)),
    _Rule(tables.Digest, tables.Digest.composed_at, timedelta(days=90), _is_told_note()),
    _Rule(tables.Handled, tables.Handled.at, timedelta(hours=1)),
    _Rule(tables.HostGate, tables.HostGate.free_at, timedelta(days=30)),
)
_REMOVED = timedelta(days=30)


class Retention:
    """What has had its time is deleted, a little at a time. Safe to stop anywhere and to run again."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def tidy_daily(self, now: datetime) -> Mapping[str, int] | None:
        """Rows deleted by table, or none where one of the workers has tidied within a day."""
        return await self.tidy(now) if await Facts(self._db).claim("tidied", now, _DAY) else None

    async def tidy(self, now: datetime) -> Mapping[str, int]:
        """Delete all that is over its time; rows by table, those with none left out."""
        async with self._db.writing() as session:
            gone = col(tables.Workspace.removed_at).is_not(None)
            await session.execute(update(tables.Workspace).where(gone).values(token=""))
        counts: Counter[str] = Counter()
        for rule in _RULES:
            counts[rule.table.__tablename__] += await self._delete(rule, now)
        counts["channel"] = await self._delete_where(tables.Channel, _was_never_confirmed(now - KEPT))
        counts["workspace"] = await self._delete_removed(now - _REMOVED)
        return {name: count for name, count in counts.items() if count}

    async def _delete(self, rule: _Rule, now: datetime) -> int:
        is_over = col(rule.at) < now - rule.age
        return await self._delete_where(rule.table, is_over if rule.only is None else and_(is_over, rule.only))

    async def _delete_removed(self, before: datetime) -> int:
        """Workspaces that were left, with their channels and all that belongs to these, and their people's lists."""
        async with self._db.reading() as session:
            left = select(tables.Workspace).where(col(tables.Workspace.removed_at) < before)
            workspaces = (await session.scalars(left)).all()
        for workspace in workspaces:
            await self._delete_hooks(f"{workspace.platform}/{workspace.platform_id}/")
            await self._delete_where(tables.Channel, col(tables.Channel.workspace_pk) == workspace.pk)
            people = f"{workspace.platform}/{workspace.platform_id}/"
            await self._delete_where(tables.Saved, col(tables.Saved.user).startswith(people, autoescape=True))
            await self._delete_where(tables.Workspace, col(tables.Workspace.pk) == workspace.pk)
        return len(workspaces)

    async def _delete_hooks(self, beginning: str) -> None:
        """The webhooks of a workspace's channels."""
        home = tables.Workspace
        theirs = and_(col(home.platform) == WEBHOOK, col(home.platform_id).startswith(beginning, autoescape=True))
        pks = select(col(home.pk)).where(theirs).scalar_subquery()
        await self._delete_where(tables.Channel, col(tables.Channel.workspace_pk).in_(pks))
        await self._delete_where(home, theirs)

    async def _delete_where(self, table: Any, which: Any) -> int:
        key = table.__table__.primary_key.columns
        some = select(*key).where(which).limit(_AT_ONCE)
        total = 0
        while True:
            async with self._db.writing() as session:
                result = await session.execute(delete(table).where(tuple_(*key).in_(some)))
            deleted = cast("CursorResult[Any]", result).rowcount
            total += deleted
            if deleted < _AT_ONCE:
                return total
