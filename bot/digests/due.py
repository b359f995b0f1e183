"""From slots that have come to digests in the outbox: what is new for each channel, chosen, frozen, or left unsaid."""

import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from bot.digests import quiet, slots
from bot.digests.pool import Pool
from bot.digests.selection import Look, Selection, look
from bot.digests.slots import Plan
from bot.errors import Fault
from bot.model import Pick
from bot.store import Store
from bot.store.due import Composed, Slot
from bot.waiting import in_thread

log = logging.getLogger(__name__)

A_CLAIM = 20  # slots, composed within a lease
LATE_LISTS = timedelta(days=4)  # a list that is older when it comes in is a back-fill: for look-up, not for digests
CAUGHT_UP = timedelta(hours=1)  # before the last digest: what was listed then and came in since is said to be late
LIKED, MOST_LIKED = 0.05, 0.2  # what votes of the channel add to a score in a round-up, each and in all
VOTED, MANY_VOTES = 0.1, 100  # the same of votes where the paper was listed: all of it from so many votes on
SOONEST, LATEST = timedelta(minutes=1), timedelta(hours=1)  # until a slot that could not be composed is tried again


class Due:
    """Composes what is due for the platforms that this worker serves.

    papers_a_message: by platform. worker: a name that no other worker has, nor had.
    """

    def __init__(
        self, store: Store, selection: Selection, papers_a_message: Mapping[str, int], *, worker: str,
        clock: Callable[[], datetime], lease_seconds: float = 60.0,
    ) -> None:  # fmt: skip
        self._store = store
        self._selection = selection
        self._papers_a_message = papers_a_message
        self._worker = worker
        self._clock = clock
        self._lease = timedelta(seconds=lease_seconds)

    async def compose_due(self, composed: Callable[[], None] | None = None) -> int:
        """Meet every slot that has come; how many there were. `composed` hears of each batch that is in the outbox.

        A slot that can't be composed is logged and tried again later, and holds up no other.
        """
        papers = _Papers(self._store, self._selection)
        count = 0
        while claimed := await self._store.due.claim(
            self._clock(), self._worker, tuple(self._papers_a_message), self._lease, A_CLAIM
        ):
            for slot in claimed:
                await self._meet_or_postpone(slot, papers)
            count += len(claimed)
            if composed:
                composed()
        return count

    async def _meet_or_postpone(self, slot: Slot, papers: "_Papers") -> None:
        now = self._clock()
        try:
            await self._meet(slot, slots.plan(slot, now), now, papers)
        except Fault:
            raise
        except Exception:
            code = secrets.token_hex(2)
            log.exception("digest not composed", extra={"code": code, "channel": _place(slot)})
            waited = (now - slot.due_at) / 2
            await self._store.due.postpone(slot, now + min(max(waited, SOONEST), LATEST))

    async def _meet(self, slot: Slot, plan: Plan, now: datetime, papers: "_Papers") -> None:
        if plan.postponed_to:
            await self._store.due.postpone(slot, plan.postponed_to)
            return
        if not slot.follows:
            await self._store.due.skip(slot, plan.next_due_at, now, looked=False)
            return
        found = await (self._of_window(slot, plan, papers) if plan.is_round_up else self._of_new(slot, plan, papers))
        if slots.is_held_back(slot.channel, plan, len(found.picks), now):
            await self._store.due.skip(slot, plan.next_due_at, now, looked=False)
            log.info("papers wait for more", extra={"channel": _place(slot), "papers": len(found.picks)})
        elif found.picks:
            picks = await self._told_where_else(slot, found.picks)
            await self._freeze(slot, plan, picks, plan.note, now)
        else:
            await self._say_nothing(slot, plan, found, now)

    async def _of_new(self, slot: Slot, plan: Plan, papers: "_Papers") -> Look:
        """The picks among what came in since the last digest and was never shown there."""
        pool, since = await papers.new(plan.since), plan.since
        shown = await self._store.digests.shown(slot.channel)
        old = (one.pk for one in pool.papers if one.stored_at < since or one.listed_at < since - LATE_LISTS)
        held_back = frozenset(old) | (shown & papers.pks(pool))
        weighed = await self._selection.weigh(pool, slot.follows, slot.mutes, held_back)
        found = await in_thread(partial(look, weighed, plan.size))
        marked = (replace(one, is_caught_up=True) if _is_late_list(one, since) else one for one in found.picks)
        return replace(found, picks=tuple(marked))

    async def _of_window(self, slot: Slot, plan: Plan, papers: "_Papers") -> Look:
        """The best of a week or a month, whether shown before or not; what was says in which digest."""
        pool = await papers.listed(plan.since)
        extra = await self._votes(slot, pool, plan)
        weighed = await self._selection.weigh(pool, slot.follows, slot.mutes)
        found = await in_thread(partial(look, weighed, plan.size, extra=extra))
        days = await self._store.digests.days_of(slot.channel, [one.paper.pk for one in found.picks])
        return replace(found, picks=tuple(replace(one, before=days.get(one.paper.pk)) for one in found.picks))

    async def _votes(self, slot: Slot, pool: Pool, plan: Plan) -> dict[int, float]:
        liked = await self._store.reading.votes_of(slot.channel)
        seen = await self._store.papers.votes_since(plan.since.date())
        extra = {pk: max(-MOST_LIKED, min(MOST_LIKED, LIKED * votes)) for pk, votes in liked.items()}
        for pk, votes in seen.items():
            extra[pk] = extra.get(pk, 0.0) + VOTED * min(1.0, votes / MANY_VOTES)
        return extra

    async def _told_where_else(self, slot: Slot, picks: Sequence[Pick]) -> tuple[Pick, ...]:
        also = await self._store.digests.also_in(slot.channel, [one.paper.pk for one in picks])
        return tuple(replace(one, also=also.get(one.paper.pk, ())) for one in picks)

    async def _say_nothing(self, slot: Slot, plan: Plan, found: Look, now: datetime) -> None:
        """One line that there is nothing, at most once in a row and never beside another message of the day."""
        channel = slot.channel
        is_told = channel.quiet_days == "silent" or channel.was_quiet or plan.is_round_up
        if is_told or await self._store.digests.posted_on(channel, plan.day):
            await self._store.due.skip(slot, plan.next_due_at, now, looked=not plan.is_round_up)
            log.info("digest silent", extra={"channel": _place(slot), "kind": plan.kind})
            return
        note = quiet.line(slot.follows, found, plan.since, now, channel.zone)
        nearest = found.nearest.id if found.nearest else ""
        await self._freeze(slot, replace(plan, kind="quiet"), (), note, now, nearest=nearest)

    async def _freeze(
        self, slot: Slot, plan: Plan, picks: tuple[Pick, ...], note: str, now: datetime, *, nearest: str = ""
    ) -> None:
        composed = Composed(
            plan.kind, plan.name, plan.day, picks, note, self._papers_a_message[slot.channel.platform],
            plan.next_due_at, looked=not plan.is_round_up, nearest=nearest,
        )  # fmt: skip
        if await self._store.due.freeze(slot, composed, now):
            late = round((now - slot.due_at).total_seconds())
            fields = {"channel": _place(slot), "kind": plan.kind, "papers": len(picks), "late_s": late}
            log.info("digest composed", extra=fields)


class _Papers:
    """What the slots of one round choose from, read and scored once however many channels ask."""

    def __init__(self, store: Store, selection: Selection) -> None:
        self._store = store
        self._selection = selection
        self._new: tuple[datetime, Pool] | None = None
        self._listed: dict[datetime, Pool] = {}
        self._pks: dict[int, frozenset[int]] = {}

    async def new(self, since: datetime) -> Pool:
        """What came in since then, and perhaps before."""
        if self._new is None or self._new[0] > since:
            papers = await self._store.papers.stored_since(since, since - LATE_LISTS)
            self._new = since, await self._selection.pool(papers)
        return self._new[1]

    async def listed(self, since: datetime) -> Pool:
        """What was listed since then, to the hour."""
        hour = since.replace(minute=0, second=0, microsecond=0)
        if hour not in self._listed:
            self._listed[hour] = await self._selection.pool(await self._store.papers.listed_since(hour))
        return self._listed[hour]

    def pks(self, pool: Pool) -> frozenset[int]:
        if id(pool) not in self._pks:
            self._pks[id(pool)] = frozenset(paper.pk for paper in pool.papers)
        return self._pks[id(pool)]


def _is_late_list(pick: Pick, since: datetime) -> bool:
    return pick.paper.listed_at < since - CAUGHT_UP


def _place(slot: Slot) -> str:
    channel = slot.channel
    return f"{channel.platform}/{channel.workspace}/{channel.platform_id}"
