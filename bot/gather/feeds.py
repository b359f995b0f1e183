"""The feeds that channels follow: read every hour, and what a new one brings first never looks new."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from bot.gather.desk import Desk, Looked
from bot.gather.times import in_an_hour
from bot.model import Draft
from bot.sources import feeds
from bot.sources.answer import Answer
from bot.sources.batch import Batch
from bot.store.saving import FEED
from bot.store.sources import State
from bot.text import plural
from bot.waiting import in_thread

_ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
_LONG_AGO = timedelta(days=30)  # when an entry without a date counts as listed, if it was there from the start


@dataclass(frozen=True, slots=True)
class FirstLook:
    """What a feed says when somebody begins to follow it. newest: the title of its newest entry."""

    title: str
    newest: str
    entries: int


async def read_feed(desk: Desk, state: State, *, tries: int = 2) -> Looked:
    """The feed's entries, each seen in it. Raises SourceTrouble, and Refused for an address that may not be read."""
    now = desk.clock()
    answer = await _answer(desk, state, tries)
    well = replace(
        state, last_success_at=now, failures=0, trouble="", stale_since=None, next_poll_at=in_an_hour(now, desk.rng)
    )
    if answer.is_same:
        return Looked(well)
    batch = await in_thread(partial(feeds.read_feed, answer.body, now, answer.charset))
    well = replace(
        well,
        title=batch.title or state.title,
        etag="" if batch.is_cut else answer.etag,
        last_modified="" if batch.is_cut else answer.last_modified,
        trouble="ended in the middle" if batch.is_cut else _left_out(batch),
    )
    tally = await desk.keep(_dated(batch, state, now), well)
    return Looked(well, tally.new, tally.known, batch.skipped)


async def first_look(desk: Desk, url: str) -> FirstLook:
    """Read a feed that somebody is about to follow: once, and nothing is kept. Raises SourceTrouble and Refused."""
    answer = await _answer(desk, State(f"{FEED}{url}"), tries=1)
    batch = await in_thread(partial(feeds.read_feed, answer.body, desk.clock(), answer.charset))
    drafts = [entry.draft for entry in batch.entries]
    dated = [draft for draft in drafts if draft.listed_at]
    newest = max(dated, key=_listed, default=drafts[0] if drafts else None)
    return FirstLook(batch.title, newest.title if newest else "", len(drafts))


async def _answer(desk: Desk, state: State, tries: int) -> Answer:
    return await desk.client.get(
        state.source.removeprefix(FEED), etag=state.etag, last_modified=state.last_modified, accept=_ACCEPT,
        tries=tries, typed_by_a_person=True,
    )  # fmt: skip


def _dated(batch: Batch, state: State, now: datetime) -> list[Draft]:
    """The drafts, with a date for those that bear none: now, or long ago if they were there from the start."""
    otherwise = now if state.last_success_at else now - _LONG_AGO
    return [replace(entry.draft, listed_at=entry.draft.listed_at or otherwise) for entry in batch.entries]


def _listed(draft: Draft) -> datetime:
    assert draft.listed_at is not None  # only those with a date are compared
    return draft.listed_at


def _left_out(batch: Batch) -> str:
    """Trouble where a feed has entries and none of them can be read."""
    if batch.entries or not batch.skipped:
        return ""
    return f"has {plural(len(batch.skipped), 'entry', 'entries')} and none with a title"
