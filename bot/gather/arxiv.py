"""arXiv's daily list of a category: read, checked for being today's, and made up for where it is not."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from bot.errors import SourceTrouble
from bot.gather.desk import Desk, Looked, drafts_of
from bot.gather.plan import ARXIV
from bot.gather.times import in_an_hour, is_expected, is_late, next_list
from bot.model import Draft
from bot.sources import arxiv, arxiv_api
from bot.sources.announcements import announced_by
from bot.sources.batch import Batch
from bot.store.sources import State
from bot.text import day, plural
from bot.waiting import in_thread

API_BYTES = 30_000_000  # 2,000 papers are about 5 MB
_PAGES_MAX = 5  # of 500: the busiest categories have about 1,000 papers a day, cross-listed ones included
_SPAN = timedelta(days=5)  # before an announcement: what was submitted for it, over a weekend and the days before


@dataclass(frozen=True, slots=True)
class _List:
    """A list as it was found. announced: its ids that arXiv calls new. fresh: how many of them are of today."""

    looked: Looked
    announced: int = 0
    fresh: int = 0
    newest: datetime | None = None
    is_cut: bool = False


async def read_category(desk: Desk, state: State) -> Looked:
    """The papers of the day. A list that is missing or old is looked for again each hour; once it is late, the API
    has to make up for it, and the state tells what is wrong. Raises SourceTrouble.
    """
    now = desk.clock()
    try:
        found = await _look(desk, state)
    except SourceTrouble as err:
        if not is_expected(now) or not (is_late(now) or state.failures):
            raise
        return await _made_up(desk, Looked(state), f"could not be read ({err})", err)
    if found.is_cut:
        again = replace(_well(found.looked.state, now, in_an_hour(now, desk.rng)), trouble="ended in the middle")
        return replace(found.looked, state=again)
    if found.fresh or not is_expected(now):
        return replace(found.looked, state=_well(found.looked.state, now, next_list(now, desk.rng)))
    why = _old(found, now)
    if is_late(now):
        return await _made_up(desk, found.looked, why, None, is_empty=not found.announced)
    waiting = replace(_well(found.looked.state, now, in_an_hour(now, desk.rng)), trouble=why)
    return replace(found.looked, state=waiting)


async def _look(desk: Desk, state: State) -> _List:
    url = f"{desk.client.sites.arxiv_rss}/{state.source.removeprefix(ARXIV)}"
    answer = await desk.client.get(url, etag=state.etag, last_modified=state.last_modified)
    if answer.is_same:
        return await _of(desk, Looked(state), state.cursor)
    batch = await in_thread(partial(arxiv.read_listing, answer.body, desk.clock()))
    tally = await desk.keep(drafts_of(batch), state)
    told = tuple(pk for pk, entry in zip(tally.pks, batch.entries, strict=True) if entry.kind in _announced(batch))
    cursor = ",".join(map(str, told))
    etag, last_modified = ("", "") if batch.is_cut else (answer.etag, answer.last_modified)
    kept = replace(state, etag=etag, last_modified=last_modified, cursor=cursor)
    found = await _of(desk, Looked(kept, tally.new, tally.known, batch.skipped), cursor)
    return replace(found, is_cut=batch.is_cut)


def _announced(batch: Batch) -> tuple[str, ...]:
    """The kinds by which to tell whether a list is today's: cross-listed papers may have been announced before."""
    return ("new",) if any(entry.kind == "new" for entry in batch.entries) else ("cross",)


async def _of(desk: Desk, looked: Looked, cursor: str) -> _List:
    listed = await desk.store.papers.listings([int(pk) for pk in cursor.split(",") if pk])
    expected = announced_by(desk.clock())
    fresh = sum(listed_at >= expected for listed_at in listed)
    return _List(looked, len(listed), fresh, max(listed, default=None))


def _old(found: _List, now: datetime) -> str:
    if not found.announced or found.newest is None:
        return "is empty, though arXiv has announced papers"
    if found.looked.new:
        return f"is of {day(found.newest.date())}, though arXiv has announced papers since"
    return f"looks like yesterday's (0 of {plural(found.announced, 'id')} new)"


async def _made_up(
    desk: Desk, looked: Looked, why: str, trouble: SourceTrouble | None, *, is_empty: bool = False
) -> Looked:
    """What the API has of the day in place of the list. Raises the list's own trouble where the API has none either."""
    now, state = desk.clock(), looked.state
    expected = announced_by(now)
    again = in_an_hour(now, desk.rng)
    stale = replace(_well(state, now, again), stale_since=state.stale_since or now, trouble=why)
    try:
        drafts = await _by_api(desk, state, expected)
    except SourceTrouble as err:
        if trouble:
            raise trouble from err
        return replace(looked, state=replace(stale, trouble=f"{why}; the API did not help ({err})"))
    tally = await desk.keep(drafts, state)
    listed = await desk.store.papers.listings(tally.pks)
    today = [listed_at for listed_at in listed if listed_at >= expected]
    if is_empty and drafts and not today:  # a small category: nobody submitted to it
        stale = _well(state, now, next_list(now, desk.rng))
    elif today:
        stale = replace(stale, trouble=f"{why}; the API gave {plural(len(today), 'paper')} of the day in its place")
    return replace(looked, state=stale, new=looked.new + tally.new, known=looked.known + tally.known)


async def _by_api(desk: Desk, state: State, expected: datetime) -> list[Draft]:
    """What was submitted to the category for the announcement and, so that an answer is never empty, shortly before."""
    base, category = desk.client.sites.arxiv_api, state.source.removeprefix(ARXIV)
    now, start = desk.clock(), 0
    drafts: list[Draft] = []
    for _ in range(_PAGES_MAX):
        url = arxiv_api.url_since(base, [category], expected - _SPAN, now, start)
        answer = await desk.client.get(url, most_bytes=API_BYTES)
        batch = await in_thread(partial(arxiv_api.read_api, answer.body, now))
        page = drafts_of(batch)
        drafts += page
        if not batch.next_page or not any(draft.listed_at and draft.listed_at >= expected for draft in page):
            break
        start = int(batch.next_page)
    return drafts


def _well(state: State, now: datetime, next_poll_at: datetime) -> State:
    return replace(state, last_success_at=now, failures=0, trouble="", stale_since=None, next_poll_at=next_poll_at)
