"""Digests across summer time, on an injected clock and a database file: `python -m tests.bench.dst`.

The service composes and delivers through an adapter that notes what it is given. In each of three zones, around both
changes of the clock, one channel wants its digest at 02:30 and one at 09:00 every day. A line a day: zone, the time on
the wall, UTC, and the posts that came. A day is right if one digest came that local day, at the promised time on the
wall; a time that the wall skips is kept at the first minute after it, one that comes twice at its first coming.
"""

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.adapter import Capabilities, ChannelRef, Handle, Invocation, MessageRef
from bot.cards import Card
from bot.digests.deliver import Outbox
from bot.service import Service
from tests.papers import a_paper, others, recommenders

CHANGES = {
    "Europe/Berlin": (date(2026, 3, 29), date(2026, 10, 25)),
    "America/New_York": (date(2026, 3, 8), date(2026, 11, 1)),
    "Australia/Sydney": (date(2026, 4, 5), date(2026, 10, 4)),
}
TIMES = (time(2, 30), time(9))
BEFORE, DAYS = 2, 5  # days before the change, days in all
STEP = timedelta(minutes=5)


@dataclass
class Clock:
    now: datetime

    def __call__(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


class Notebook:
    """An adapter that notes when each channel was posted to."""

    name = "notebook"
    capabilities = Capabilities(can_find=True, posts_a_second=1_000)

    def __init__(self, clock: Clock) -> None:
        self.posts: list[tuple[str, datetime]] = []
        self._clock = clock

    async def run(self, handle: Handle) -> None:
        await asyncio.Event().wait()

    async def post(self, channel: ChannelRef, cards: Sequence[Card], key: str) -> MessageRef:
        self.posts.append((channel.id, self._clock()))
        return MessageRef(channel, key)

    async def find(self, channel: ChannelRef, key: str) -> MessageRef | None:
        return None

    async def update(self, ref: MessageRef, cards: Sequence[Card]) -> None:
        pass


def promised(zone: str, day: date, at: time) -> datetime:
    """The first minute of that local day at which the wall shows `at` or more, found by looking at each."""
    minute = datetime.combine(day, time(0), UTC) - timedelta(hours=15)
    while True:
        there = minute.astimezone(ZoneInfo(zone))
        if there.date() == day and there.time() >= at:
            return minute
        minute += timedelta(minutes=1)


async def around(zone: str, change: date, folder: Path) -> int:
    """Live through the days around one change; how many days were wrong."""
    first = change - timedelta(days=BEFORE)
    clock = Clock(promised(zone, first, time(0)) - timedelta(hours=2))
    notebook = Notebook(clock)
    service = await Service.open(f"sqlite:///{folder}/{zone.replace('/', '-')}-{change}.db", clock=clock)
    due = service.composer({notebook.name: 15}, worker="one")
    outbox = Outbox(service.store, [notebook], worker="one", clock=clock, sleep=clock.sleep)
    await service.store.papers.save((*others(), *recommenders()), "test", clock())
    clock.now += timedelta(minutes=1)
    for at in TIMES:
        channel = ChannelRef(notebook.name, "team", f"at {at:%H:%M}")
        for said in ("/papers follow recsys", f"/papers schedule daily {at:%H:%M} {zone}"):
            reply = await service.handle(Invocation(channel, "ada", text=said))
            assert reply.outcome == "answered", reply
    clock.now += timedelta(minutes=-clock.now.minute % 5)
    for n in range(DAYS * 24 * 12 + 40):
        if n % 48 == 0:
            paper = a_paper(f"Recommender systems, part {n}", "A recommender system recommends items to its users.")
            await service.store.papers.save([paper], "test", clock())
        await due.compose_due()
        await outbox.deliver_due()
        clock.now += STEP
    await service.close()
    return sum(told(zone, first + timedelta(days=n), at, notebook) for n in range(DAYS) for at in TIMES)


def told(zone: str, day: date, at: time, notebook: Notebook) -> bool:
    """Print a day's line; whether it was wrong."""
    there = ZoneInfo(zone)
    posts = [when for name, when in notebook.posts if name == f"at {at:%H:%M}"]
    of_day = [when for when in posts if when.astimezone(there).date() == day]
    wanted = promised(zone, day, at)
    is_right = of_day == [wanted]
    shown = ", ".join(f"{when.astimezone(there):%a %d %b %H:%M %Z} = {when:%H:%M} UTC" for when in of_day) or "nothing"
    print(f"{zone:18} {day} {at:%H:%M}  {len(of_day)} post: {shown}{'' if is_right else f'  WRONG, wanted {wanted}'}")
    return not is_right


async def main() -> int:
    """Print every day; 1 where one was wrong."""
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for zone, changes in CHANGES.items():
            for change in changes:
                wrong += await around(zone, change, Path(folder))
    days = len(CHANGES) * 2 * DAYS * len(TIMES)
    print(f"{days} local days, {wrong} wrong")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
