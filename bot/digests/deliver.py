"""The outbox: every message that is due is posted once, whatever happens to the worker that posts it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from bot.adapter import Adapter
from bot.digests.posting import Poster
from bot.errors import Fault
from bot.store import Store
from bot.store.outbox import Claim
from bot.waiting import Bell

log = logging.getLogger(__name__)

AT_ONCE = 40  # posts under way on one platform: more would make a busy machine late with its leases
FOR_THE_DEAD = 2  # times as many, and what they left is taken on all the same: it has waited for a lease already
A_CLAIM = 20
POST_SECONDS = 30.0  # after which nobody knows whether the platform has it
A_LEASE = 0.7  # of the lease: how long a claim holds, so that what a dead worker left is posted within the whole
A_HOLD = 8  # times in which a claim is renewed while it holds: a post of the dead has so much longer to be found
IDLE_SECONDS = 15.0  # between two looks where nothing is known to be due
_JUMP = timedelta(minutes=1)  # between two looks: the clock was set, or the machine slept

Clock = Callable[[], datetime]
Sleep = Callable[[float], Awaitable[None]]


class Outbox:
    """Delivers for the platforms of its adapters, each in a lane of its own: one that hangs holds up no other.

    worker: a name that no other worker has, nor had. lease_seconds: within which others post what a dead worker left.
    """

    def __init__(
        self, store: Store, adapters: Sequence[Adapter], *, worker: str, clock: Clock, sleep: Sleep,
        lease_seconds: float = 60.0, post_seconds: float = POST_SECONDS, at_once: int = AT_ONCE,
    ) -> None:  # fmt: skip
        lease = timedelta(seconds=lease_seconds * A_LEASE)
        self._store = store
        self._worker = worker
        self._clock = clock
        self._lanes = [
            _Lane(
                store, adapter.name, worker, clock, sleep, lease, at_once,
                Poster(store, adapter, clock=clock, sleep=sleep, lease=lease, post_seconds=post_seconds),
            )
            for adapter in adapters
        ]  # fmt: skip

    async def deliver_due(self) -> int:
        """Post all that is due now, and wait until it is settled; how many messages were taken on."""
        return sum(await asyncio.gather(*(lane.empty() for lane in self._lanes)))

    async def run(self) -> None:
        """Deliver whatever becomes due, until cancelled."""
        async with asyncio.TaskGroup() as group:
            for lane in self._lanes:
                group.create_task(lane.run())
                group.create_task(lane.hold_on())

    def wake(self) -> None:
        """Something may be due now."""
        for lane in self._lanes:
            lane.bell.ring()

    async def hold_on(self) -> None:
        """Extend the leases of what is under way."""
        for lane in self._lanes:
            await lane.extend()

    async def finish(self, seconds: float) -> None:
        """After `run` is over: wait that long for what is under way, and give back what was not begun."""
        await asyncio.gather(*(lane.finish(seconds) for lane in self._lanes))
        await self._store.outbox.release(self._worker, self._clock())


class _Lane:
    """The messages for one platform: claimed as far as there is room, posted side by side."""

    def __init__(
        self, store: Store, platform: str, worker: str, clock: Clock, sleep: Sleep, lease: timedelta, at_once: int,
        poster: Poster,
    ) -> None:  # fmt: skip
        self.bell = Bell(sleep)
        self.under_way: dict[int, asyncio.Task[None]] = {}
        self._outbox = store.outbox
        self._platform = platform
        self._worker = worker
        self._clock = clock
        self._sleep = sleep
        self._lease = lease
        self._at_once = at_once
        self._poster = poster
        self._is_behind = False  # the last claim left messages behind
        self._looked_at: datetime | None = None
        self._calm_from: datetime | None = None
        self._trouble = ""

    async def empty(self) -> int:
        """Take on what is due until nothing is; how many messages that was."""
        count = 0
        while True:
            count += (taken := await self.take())
            if self.under_way:
                await asyncio.wait(self.under_way.values(), return_when=asyncio.FIRST_COMPLETED)
            elif not taken:
                return count

    async def run(self) -> None:
        while True:
            try:
                taken = await self.take()
                seconds = 0.0 if taken == A_CLAIM and self._has_spare_room else await self._until_due()
                self._tell("")
            except Fault as err:
                self._tell(str(err))
                seconds = self._idle_seconds
            except Exception:
                log.exception("nothing claimed")
                seconds = self._idle_seconds
            await self.bell.wait(seconds)

    async def hold_on(self) -> None:
        while True:
            await self._sleep(self._lease.total_seconds() / A_HOLD)
            try:
                await self.extend()
            except Fault as err:
                log.warning("leases not extended", extra={"why": str(err)})
            except Exception:
                log.exception("leases not extended")

    async def finish(self, seconds: float) -> None:
        for pk, task in self.under_way.items():
            if pk not in self._poster.begun:
                task.cancel()
        if self.under_way:
            holding = asyncio.create_task(self.hold_on())
            _, late = await asyncio.wait(self.under_way.values(), timeout=seconds)
            for task in (*late, holding):
                task.cancel()
            await asyncio.gather(*late, holding, return_exceptions=True)

    async def extend(self) -> None:
        if self.under_way:
            await self._outbox.extend(self._worker, list(self.under_way), self._clock(), self._lease)

    async def take(self) -> int:
        """Claim as many messages as there is room for, and begin to post them.

        Room is kept for what a dead worker left: it does not wait until what is under way here is over.
        """
        is_full = not self._has_room
        if not self._has_spare_room:
            return 0
        now = self._clock()
        claims = await self._outbox.claim(
            now, self._worker, self._platform, self._lease,
            most=A_CLAIM, under_way=list(self.under_way), is_calm=await self._is_calm(now), only_left=is_full,
        )  # fmt: skip
        self._is_behind = is_full or len(claims) == A_CLAIM
        for claim in claims:
            task = asyncio.create_task(self._settle(claim))
            self.under_way[claim.pk] = task
        return len(claims)

    async def _is_calm(self, now: datetime) -> bool:
        """Whether the clock has run evenly for a lease. If not, the leases of others only seem to be over."""
        before, self._looked_at = self._looked_at, now
        if before is not None and abs(now - before) > max(self._lease, _JUMP):
            self._calm_from = now + self._lease
            await self.extend()
        if self._calm_from is not None and not now < self._calm_from <= now + self._lease:
            self._calm_from = None
        return self._calm_from is None

    async def _settle(self, claim: Claim) -> None:
        try:
            await self._poster.settle(claim)
        except Fault as err:
            log.warning("message left to its lease", extra={"key": claim.key, "why": str(err)})
        except Exception:
            log.exception("message left to its lease", extra={"key": claim.key})
        finally:
            del self.under_way[claim.pk]
            if not self._is_behind or self._has_room:
                self.bell.ring()

    def _tell(self, trouble: str) -> None:
        """Log what keeps us from claiming when it begins, and when it is over."""
        if trouble and trouble != self._trouble:
            log.warning("nothing claimed", extra={"platform": self._platform, "why": trouble})
        elif self._trouble and not trouble:
            log.warning("claiming again", extra={"platform": self._platform})
        self._trouble = trouble

    async def _until_due(self) -> float:
        now = self._clock()
        due = await self._outbox.next_due(self._platform, now)
        until = (due - now).total_seconds() if due else self._idle_seconds
        return min(until, self._idle_seconds)

    @property
    def _idle_seconds(self) -> float:
        return min(IDLE_SECONDS, self._lease.total_seconds() / 4)

    @property
    def _has_room(self) -> bool:
        return len(self.under_way) <= self._at_once - A_CLAIM

    @property
    def _has_spare_room(self) -> bool:
        return len(self.under_way) <= self._at_once * FOR_THE_DEAD
