"""Hugging Face's daily papers: today's list and yesterday's every hour, older ones while their votes rise."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial

from bot.errors import SourceTrouble
from bot.gather.desk import Desk, Looked, drafts_of
from bot.gather.times import in_an_hour
from bot.sources import huggingface
from bot.store.sources import State
from bot.waiting import in_thread

DAYS = 14  # back, after which nobody votes any more
_LIVELY_DAYS = 3
_EVERY = ((1, timedelta(0)), (_LIVELY_DAYS, timedelta(hours=6)), (7, timedelta(days=1)), (DAYS, timedelta(days=3)))


@dataclass(frozen=True, slots=True)
class Read:
    """When the list of a day was read last, the votes it had in all, and whether they had stopped rising."""

    at: datetime
    votes: int
    is_settled: bool = False


async def read_days(desk: Desk, state: State) -> Looked:
    """The lists that are due. Raises SourceTrouble where not even the newest can be read."""
    now = desk.clock()
    known = _read_before(state.cursor)
    looked = Looked(state)
    trouble = ""
    for day in due_days(known, now):
        try:
            looked, votes = await read_day(desk, looked, day)
        except SourceTrouble as err:
            if day == now.date():
                raise
            trouble = f"of {day:%d %b} could not be read ({err})"
            break  # the others can wait for an hour
        before = known.get(day)
        is_old = (now.date() - day).days > _LIVELY_DAYS  # an hour without a vote says nothing of a young list
        known[day] = Read(now, votes, is_old and before is not None and votes <= before.votes)
    cursor = _kept({day: read for day, read in known.items() if day >= now.date() - timedelta(days=DAYS)})
    again = in_an_hour(now, desk.rng)
    well = replace(
        looked.state, cursor=cursor, last_success_at=now, failures=0, trouble=trouble, stale_since=None,
        next_poll_at=again,
    )  # fmt: skip
    return replace(looked, state=well)


async def read_day(desk: Desk, looked: Looked, day: date) -> tuple[Looked, int]:
    """What was looked at and this day's list, and the votes that it has in all. Raises SourceTrouble."""
    answer = await desk.client.get(huggingface.url_of_day(desk.client.sites.huggingface, day))
    batch = await in_thread(partial(huggingface.read_day, answer.body, desk.clock(), day))
    drafts = drafts_of(batch)
    tally = await desk.keep(drafts, looked.state, looked.new + looked.known)
    votes = sum(draft.upvotes or 0 for draft in drafts)
    more = (looked.new + tally.new, looked.known + tally.known, (*looked.skipped, *batch.skipped))
    return Looked(looked.state, *more), votes


def due_days(read: Mapping[date, Read], now: datetime) -> list[date]:
    """The days whose lists are to be read, newest first: the older, the less often, and not once nobody votes."""
    found = []
    for back in range(DAYS + 1):
        day = now.date() - timedelta(days=back)
        every = next(every for most, every in _EVERY if back <= most)
        last = read.get(day)
        if last is None or back <= 1 or (not last.is_settled and not timedelta(0) <= now - last.at < every):
            found.append(day)
    return found


def _read_before(cursor: str) -> dict[date, Read]:
    rows: dict[str, tuple[str, int, bool]] = json.loads(cursor or "{}")
    return {
        date.fromisoformat(day): Read(datetime.fromisoformat(at), votes, settled)
        for day, (at, votes, settled) in rows.items()
    }


def _kept(read: Mapping[date, Read]) -> str:
    return json.dumps({f"{day}": (one.at.isoformat(), one.votes, one.is_settled) for day, one in read.items()})
