"""From slots that have come to digests in the outbox: what is new for each channel, chosen, frozen, or left unsaid."""

import logging
import secrets
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from bot.digests import quiet, slots
from bot.digests.compose import Tally
from bot.digests.lessons import lesson
from bot.digests.pool import Pool
from bot.digests.selection import Look, Selection
from bot.digests.slots import Plan
from bot.errors import Fault
from bot.model import Pick
from bot.store import Store
from bot.store.due import Composed, Slot
from bot.store.sources import State, troubles_among
from bot.store.votes import Reactions

if TYPE_CHECKING:
    from bot.digests.summarising import Round, Summariser

log = logging.getLogger(__name__)

A_CLAIM = 20  # slots, composed within a lease
LATE_LISTS = timedelta(days=4)  # a list that is older when it comes in is a back-fill: for look-up, not for digests
CAUGHT_UP = timedelta(hours=1)  # before the last digest: what was listed then and came in since is said to be late
MOST_TROUBLES = 2  # sentences about sources beside a digest: /papers status has them all
SOONEST, LATEST = timedelta(minutes=1), timedelta(hours=1)  # until a slot that could not be composed is tried again

_Entry = tuple[Slot, Composed]


@dataclass(frozen=True, slots=True)
class _Past:
    """What a channel was shown of the papers that came in lately (pk), and what its people said of papers."""

    shown: frozenset[int]
    reactions: Reactions


class Due:
    """Composes what is due for the platforms that this worker serves.

    papers_a_message: by platform. worker: a name that no other worker has, nor had.
    """

    def __init__(
        self, store: Store, selection: Selection, papers_a_message: Mapping[str, int], *, worker: str,
        clock: Callable[[], datetime], lease_seconds: float = 60.0, summariser: "Summariser | None" = None,
    ) -> None:  # fmt: skip
        self._store = store
        self._selection = selection
        self._papers_a_message = papers_a_message
        self._worker = worker
        self._clock = clock
        self._lease = timedelta(seconds=lease_seconds)
        self._summariser = summariser

    async def compose_due(self, composed: Callable[[], None] | None = None) -> int:
        """Meet every slot that has come; how many there were. `composed` hears of each batch that is in the outbox.

        A slot that can't be composed is logged and tried again later, and holds up no other.
        """
        papers = _Papers(self._store, self._selection, self._clock())
        summaries = self._summariser.round(self._lease.total_seconds()) if self._summariser else None
        count = 0
        while claimed := await self._store.due.claim(
            self._clock(), self._worker, tuple(self._papers_a_message), self._lease, A_CLAIM
        ):
            await self._meet_all(claimed, papers, summaries)
            count += len(claimed)
            if composed:
                composed()
        return count

    async def _meet_all(self, claimed: Sequence[Slot], papers: "_Papers", summaries: "Round | None") -> None:
        """Compose one after the other and freeze together: far fewer transactions when many are due at once."""
        now = self._clock()
        channels = [slot.channel for slot in claimed]
        shown = await self._store.digests.shown_lately(channels, now - slots.LOOK_BACK)
        reactions = await self._store.votes.of_all(channels)
        await self._foresee(claimed, now, papers)
        batch: list[_Entry] = []
        for slot in claimed:
            if any(one.channel.pk == slot.channel.pk for one, _ in batch):  # the second sees what the first shows
                await self._freeze(await _summed_up(batch, summaries), now)
                batch = []
            pk = slot.channel.pk
            past = _Past(shown.get(pk, frozenset()), reactions.get(pk, Reactions()))
            if composed := await self._composed_or_postponed(slot, now, papers, past):
                batch.append((slot, composed))
        await self._freeze(await _summed_up(batch, summaries), now)

    async def _foresee(self, claimed: Sequence[Slot], now: datetime, papers: "_Papers") -> None:
        """Score what is new for all these channels at once; where that fails, each is scored by itself."""
        try:
            plans = [(slot, slots.plan(slot, now)) for slot in claimed if slot.follows]
            fresh = [(slot, plan) for slot, plan in plans if not plan.postponed_to and not plan.is_round_up]
            if fresh:
                pool = await papers.new(min(plan.since for _, plan in fresh))
                await self._selection.foresee(pool, [follow for slot, _ in fresh for follow in slot.follows])
        except Fault:
            raise
        except Exception:
            log.exception("digests not scored together", extra={"code": secrets.token_hex(2)})

    async def _composed_or_postponed(
        self, slot: Slot, now: datetime, papers: "_Papers", past: _Past
    ) -> Composed | None:
        try:
            return await self._composed(slot, slots.plan(slot, now), now, papers, past)
        except Fault:
            raise
        except Exception:
            await self._postpone(slot, now)
            return None

    async def _postpone(self, slot: Slot, now: datetime) -> None:
        """Log the error that is being handled, and try again later."""
        log.exception("digest not composed", extra={"code": secrets.token_hex(2), "channel": _place(slot)})
        waited = (now - slot.due_at) / 2
        await self._store.due.postpone(slot, now + min(max(waited, SOONEST), LATEST))

    async def _composed(self, slot: Slot, plan: Plan, now: datetime, papers: "_Papers", past: _Past) -> Composed | None:
        """The slot's digest; none where nothing is to be said now."""
        if plan.postponed_to:
            await self._store.due.postpone(slot, plan.postponed_to)
            return None
        if not slot.follows:
            await self._store.due.skip(slot, plan.next_due_at, now, looked=False)
            return None
        is_round_up = plan.is_round_up
        found = await (self._of_window if is_round_up else self._of_new)(slot, plan, papers, past)
        found = await self._with_doubtful(slot, found)
        troubles = troubles_among(await papers.sources(), slot.follows, now, slot.channel.zone)
        late = (plan.note,) if found.picks else ()
        learned = ""
        if found.picks:
            learned = await lesson(self._store, self._selection, slot.channel, past.reactions, now)
        plan = replace(plan, note=" ".join(filter(None, (*late, *troubles[:MOST_TROUBLES], learned))))
        fresh = sum(one.in_case_of is None for one in found.picks)
        if slots.is_held_back(slot.channel, plan, fresh, now):
            await self._store.due.skip(slot, plan.next_due_at, now, looked=False)
            log.info("papers wait for more", extra={"channel": _place(slot), "papers": len(found.picks)})
            return None
        return self._as_composed(slot, plan, found) if found.picks else await self._nothing(slot, plan, found, now)

    async def _of_new(self, slot: Slot, plan: Plan, papers: "_Papers", past: _Past) -> Look:
        """The picks among what came in since the last digest and was never shown there."""
        pool, since = await papers.new(plan.since), plan.since
        tally = Tally(await papers.heats(since), {})  # nobody has voted here on what is new
        held_back = partial(_held_back, pool, since, past.shown)
        found = await self._selection.look(
            pool, slot.channel, slot.follows, slot.mutes, plan.size, held_back, since, tally, past.reactions
        )
        marked = (replace(one, is_caught_up=True) if _is_late_list(one, since) else one for one in found.picks)
        return replace(found, picks=tuple(marked))

    async def _of_window(self, slot: Slot, plan: Plan, papers: "_Papers", past: _Past) -> Look:
        """The best of a week or a month, whether shown before or not; what was says in which digest."""
        pool = await papers.listed(plan.since)
        tally = Tally(await papers.heats(plan.since), await self._store.votes.sums(slot.channel))
        found = await self._selection.look(
            pool, slot.channel, slot.follows, slot.mutes, plan.size, tally=tally, reactions=past.reactions
        )
        days = await self._store.digests.days_of(slot.channel, [one.paper.pk for one in found.picks])
        return replace(found, picks=tuple(replace(one, before=days.get(one.paper.pk)) for one in found.picks))

    async def _with_doubtful(self, slot: Slot, found: Look) -> Look:
        """The picks, and after them those of earlier mails of which nobody knows if they arrived."""
        if slot.channel.kind != "email":
            return found
        there = {pick.paper.pk for pick in found.picks}
        doubtful = await self._store.deliveries.doubtful(slot.channel)
        return replace(found, picks=(*found.picks, *(one for one in doubtful if one.paper.pk not in there)))

    async def _nothing(self, slot: Slot, plan: Plan, found: Look, now: datetime) -> Composed | None:
        """One line that there is nothing, at most once in a row and never beside another message of the day."""
        channel = slot.channel
        is_told = channel.quiet_days == "silent" or channel.was_quiet or plan.is_round_up
        if is_told or await self._store.digests.posted_on(channel, plan.day):
            await self._store.due.skip(slot, plan.next_due_at, now, looked=not plan.is_round_up)
            log.info("digest silent", extra={"channel": _place(slot), "kind": plan.kind})
            return None
        note = quiet.line(slot.follows, found, plan.since, now, channel.zone)
        return self._as_composed(slot, replace(plan, kind="quiet", note=f"{note} {plan.note}".strip()), found)

    def _as_composed(self, slot: Slot, plan: Plan, found: Look) -> Composed:
        return Composed(
            plan.kind, plan.name, plan.day, found.picks, plan.note, self._papers_a_message[slot.channel.platform],
            plan.next_due_at, looked=not plan.is_round_up, nearest=found.nearest.id if found.nearest else "",
        )  # fmt: skip

    async def _freeze(self, batch: Sequence[_Entry], now: datetime) -> None:
        """All together; each by itself where one can't be kept, which is then tried again later."""
        if not batch:
            return
        try:
            frozen = await self._store.due.freeze(await self._told_where_else(batch), now)
        except Fault:
            raise
        except Exception:
            if len(batch) == 1:
                await self._postpone(batch[0][0], now)
            else:
                for one in batch:
                    await self._freeze([one], now)
            return
        for slot, composed in batch:
            if slot in frozen:
                late = round((now - slot.due_at).total_seconds())
                fields = {"channel": _place(slot), "kind": composed.kind, "papers": len(composed.picks), "late_s": late}
                log.info("digest composed", extra=fields)

    async def _told_where_else(self, batch: Sequence[_Entry]) -> Sequence[_Entry]:
        """The same, each pick with the other channels of its workspace that had it, earlier ones of the batch too."""
        papers = {pick.paper.pk for _, composed in batch for pick in composed.picks}
        also = await self._store.digests.also_in([slot.channel for slot, _ in batch], papers)
        before: defaultdict[tuple[str, str, int], list[str]] = defaultdict(list)
        told = []
        for slot, composed in batch:
            channel, picks = slot.channel, []
            for pick in composed.picks:
                earlier = before[channel.platform, channel.workspace, pick.paper.pk]
                names = dict.fromkeys((*also.get((channel.pk, pick.paper.pk), ()), *earlier))
                picks.append(replace(pick, also=tuple(names)))
                if channel.kind == "channel":
                    earlier.append(channel.name)
            told.append((slot, replace(composed, picks=tuple(picks))))
        return told


class _Papers:
    """What the slots of one round choose from, read and scored once however many channels ask."""

    def __init__(self, store: Store, selection: Selection, now: datetime) -> None:
        self._store = store
        self._selection = selection
        self._now = now
        self._new: tuple[datetime, Pool] | None = None
        self._listed: dict[datetime, Pool] = {}
        self._heats: dict[date, Mapping[int, float]] = {}
        self._sources: Sequence[State] | None = None

    async def new(self, since: datetime) -> Pool:
        """What came in since then, and perhaps before."""
        if self._new is None or self._new[0] > since:
            hour = _hour(since)
            papers = await self._store.papers.stored_since(hour, hour - LATE_LISTS)
            self._new = hour, await self._selection.pool(papers)
        return self._new[1]

    async def heats(self, since: datetime) -> Mapping[int, float]:
        """How warm papers (pk) are that were listed from that day on."""
        day = since.date()
        if day not in self._heats:
            self._heats[day] = await self._store.sightings.heats(day, self._now.date())
        return self._heats[day]

    async def sources(self) -> Sequence[State]:
        """How the sources stand."""
        if self._sources is None:
            self._sources = await self._store.sources.all()
        return self._sources

    async def listed(self, since: datetime) -> Pool:
        """What was listed since then, to the hour."""
        hour = _hour(since)
        if hour not in self._listed:
            self._listed[hour] = await self._selection.pool(await self._store.papers.listed_since(hour))
        return self._listed[hour]


async def _summed_up(batch: Sequence[_Entry], summaries: "Round | None") -> Sequence[_Entry]:
    """The same with summaries, for channels that see more of a paper than its title and less than its abstract."""
    if summaries is None:
        return batch
    papers = [pick.paper for slot, composed in batch if slot.channel.layout == "compact" for pick in composed.picks]
    said = await summaries.of(papers)
    return [
        (slot, replace(made, picks=tuple(replace(one, summary=said.get(one.paper.pk, "")) for one in made.picks)))
        for slot, made in batch
    ]


def _held_back(pool: Pool, since: datetime, shown: frozenset[int]) -> frozenset[int]:
    """What is not to be chosen: what came in before, what is of an old list, what was shown."""
    oldest = since - LATE_LISTS
    return frozenset(
        one.pk for one in pool.papers if one.pk in shown or one.stored_at < since or one.listed_at < oldest
    )


def _hour(instant: datetime) -> datetime:
    return instant.replace(minute=0, second=0, microsecond=0)


def _is_late_list(pick: Pick, since: datetime) -> bool:
    return pick.paper.listed_at < since - CAUGHT_UP


def _place(slot: Slot) -> str:
    channel = slot.channel
    return f"{channel.platform}/{channel.workspace}/{channel.platform_id}"
