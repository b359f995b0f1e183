"""Posting one message: what it shows, what the platform says to it, and what becomes of it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.adapter import WEBHOOK, Adapter, ChannelRef, MessageRef, own_of, ref_of
from bot.cards import Card
from bot.digests import show, slots
from bot.digests.pace import Pace
from bot.errors import Fault, Gone, Rejected, Retry, Unknowable
from bot.model import Channel, papers_a_part
from bot.store import Store
from bot.store.outbox import Claim

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 2.0, 900.0  # seconds between two tries, doubled each time
LONGEST_WAIT = 6 * 3600.0  # seconds that a platform can ask for
TOO_OLD = timedelta(days=1)  # what was composed before is not posted any more: its papers come back
_RECORD_PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0)  # seconds, while the database does not answer
_BUGS = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)

_REJECTED = "the platform refuses the message"
GONE = "the channel can't be reached"
_UNKNOWN = "nobody knows if it arrived"


class Poster:
    """Posts messages that were claimed for one platform; any number at once."""

    def __init__(
        self, store: Store, adapter: Adapter, *, clock: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]], lease: timedelta, post_seconds: float,
    ) -> None:  # fmt: skip
        self._store = store
        self._adapter = adapter
        self._clock = clock
        self._sleep = sleep
        self._lease = lease
        self._post_seconds = post_seconds
        self._pace = Pace(adapter.capabilities, clock=clock, sleep=sleep)
        self.begun: set[int] = set()  # what the platform may have heard of

    async def settle(self, claim: Claim) -> None:
        """Post the message unless it is there already, and put down what became of it."""
        if claim.is_doubtful and await self._is_looked_up(claim):
            return
        if self._clock() - claim.composed_at > TOO_OLD:
            await self._record(claim, lambda now: self._store.outbox.failed(claim, "not posted within a day", now))
            return
        if opening := slots.opening(claim.channel, self._clock()):
            await self._record(claim, lambda now: self._store.outbox.later(claim, opening, "outside its hours", now))
            return
        claim = replace(claim, is_doubtful=False)
        try:
            cards = await self._drawn(claim)
        except Fault:
            raise
        except Exception:
            log.exception("message not drawn", extra=_about(claim))
            await self._refused(claim, "it can't be drawn")
            return
        await self._pace.turn(claim.channel)
        self.begun.add(claim.pk)
        try:
            if await self._is_begun(claim):
                await self._post(claim, cards)
        finally:
            self.begun.discard(claim.pk)

    async def _is_begun(self, claim: Claim) -> bool:
        """Whether the message is ours, by a lease that is still young: a busy machine may have slept on it."""
        while True:
            now = self._clock()
            if not await self._store.outbox.begin(claim, now, self._lease):
                return False
            if abs(self._clock() - now) < self._lease / 4:
                return True

    async def _is_looked_up(self, claim: Claim) -> bool:
        """Whether there is nothing left to post: it is there, or nobody can tell."""
        if not self._adapter.capabilities.can_find:
            await self._unknown(claim)
            return True
        try:
            async with asyncio.timeout(self._post_seconds):
                found = await self._adapter.find(ref_of(claim.channel), claim.key)
        except Gone:
            await self._gone(claim)
        except Retry as err:
            await self._later(claim, err.after_seconds)
        except Unknowable:
            await self._unknown(claim)
        except Exception as err:
            log.warning("message not looked for", extra=_about(claim, err))
            await self._doubtful(claim, f"it can't be looked for ({_kind(err)})")
        else:
            if found is None:
                return False
            await self._sent(claim, found)
        return True

    async def _drawn(self, claim: Claim) -> tuple[Card, ...]:
        digest = await self._store.digests.get(claim.digest_pk)
        parts = show.digest_parts(digest, papers_a_part(len(digest.picks), claim.parts), claim.channel.layout)
        cards = parts[claim.part]
        return show.plain(cards) if claim.is_plain else cards

    async def _post(self, claim: Claim, cards: Sequence[Card]) -> None:
        try:
            async with asyncio.timeout(self._post_seconds):
                ref = await self._adapter.post(ref_of(claim.channel), cards, claim.key)
        except Retry as err:
            await self._later(claim, err.after_seconds)
        except Gone:
            await self._gone(claim)
        except Rejected:
            log.error("message refused", extra=_about(claim))
            await self._refused(claim, _REJECTED)
        except Exception as err:
            is_bug = isinstance(err, _BUGS)
            log.warning("message in doubt", extra=_about(claim, err), exc_info=is_bug)
            await self._doubtful(claim, f"it may have been posted ({_kind(err)})", is_plain=is_bug)
        else:
            await self._sent(claim, ref)

    async def _sent(self, claim: Claim, ref: MessageRef) -> None:
        if not await self._record(claim, lambda now: self._store.outbox.sent(claim, ref.id, ref.url, now)):
            log.warning("message posted after its lease", extra=_about(claim))
        log.info("message posted", extra=_about(claim))

    async def _later(self, claim: Claim, after_seconds: float) -> None:
        wait = max(min(after_seconds, LONGEST_WAIT), _pause(claim))
        why = f"the platform asks to wait {after_seconds:.0f} s"
        await self._record(claim, lambda now: self._store.outbox.later(claim, now + timedelta(seconds=wait), why, now))

    async def _doubtful(self, claim: Claim, why: str, *, is_plain: bool = False) -> None:
        due = timedelta(seconds=_pause(claim))
        await self._record(
            claim,
            lambda now: self._store.outbox.doubtful(claim, now + due, why, now, is_plain=claim.is_plain or is_plain),
        )

    async def _unknown(self, claim: Claim) -> None:
        """Leave it, and ask whoever set the channel up: they can see whether it is there. The next mail lists it."""
        log.error("message in doubt for good", extra=_about(claim))
        digest = await self._store.digests.get(claim.digest_pk)
        is_asked = digest.kind != "note" and claim.channel.kind != "email"
        tell = await _set_up_by(self._store, claim.channel) if is_asked else None
        note = show.in_doubt(digest, claim.channel)
        await self._record(claim, lambda now: self._store.outbox.unknown(claim, _UNKNOWN, tell, note, now))

    async def _refused(self, claim: Claim, why: str) -> None:
        if claim.is_plain:
            await self._record(claim, lambda now: self._store.outbox.failed(claim, why, now))
        else:
            await self._record(claim, lambda now: self._store.outbox.simplify(claim, why, now))

    async def _gone(self, claim: Claim) -> None:
        tell, note = await parting(self._store, claim.channel)
        if await self._record(claim, lambda now: self._store.outbox.gone(claim, GONE, tell, note, now)):
            log.warning("channel paused: it can't be reached", extra=_about(claim))

    async def _record(self, claim: Claim, write: Callable[[datetime], Awaitable[bool]]) -> bool:
        """Write down what became of a message, patiently: what is not written down has to be looked for."""
        for pause in _RECORD_PAUSES:
            try:
                return await write(self._clock())
            except Fault as err:
                log.warning("outcome not recorded", extra=_about(claim) | {"why": str(err)})
                await self._sleep(pause)
        return await write(self._clock())


def _pause(claim: Claim) -> float:
    """Seconds until our next try."""
    return min(FIRST_PAUSE * 2.0 ** min(claim.attempt - 1, 20), LONGEST_PAUSE)


async def parting(store: Store, channel: Channel) -> tuple[Channel | None, str]:
    """Who is told that a channel can't be reached, nobody where nobody set it up; and what they are told."""
    tell = await _set_up_by(store, channel) if channel.kind == "channel" else None
    if channel.platform == WEBHOOK:
        return tell, f"The webhook of {channel.name} is gone, so its digests are sent there no more."
    return tell, (
        f"Digests for #{channel.name.lstrip('#')} are paused: it can't be reached any more. What it follows is "
        "kept. Let Paper Round in again, say anything to it there, and they go on."
    )


async def _set_up_by(store: Store, channel: Channel) -> Channel | None:
    """The direct messages of whoever set the channel up, or none where that is not known any more."""
    if not channel.set_up_by:
        return None
    return await store.channels.of(person(channel.set_up_by), zone=channel.zone)


def person(key: str) -> ChannelRef:
    """Where the person whose things are kept under this key is told what is for them alone."""
    return own_of(*key.split("/", 2))


def _kind(err: Exception) -> str:
    return type(err).__name__


def _about(claim: Claim, err: Exception | None = None) -> dict[str, object]:
    channel = claim.channel
    place = f"{channel.platform}/{channel.workspace}/{channel.platform_id}"
    fields: dict[str, object] = {"channel": place, "key": claim.key, "part": claim.part, "attempt": claim.attempt}
    return fields | ({"error": _kind(err)} if err else {})
