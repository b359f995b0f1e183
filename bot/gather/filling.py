"""Gaps filled by Semantic Scholar or Crossref, where the operator asks for it: each recent paper is asked for once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from bot.errors import SourceTrouble
from bot.gather.desk import Desk, Looked
from bot.gather.plan import CROSSREF, SEMANTICSCHOLAR
from bot.gather.times import HOUR
from bot.model import Draft, Paper
from bot.sources import crossref, semanticscholar
from bot.sources.faults import PassingTrouble
from bot.store.sources import State
from bot.waiting import in_thread

_MOST = 40  # papers an hour's look: 40 s at one question a second
_RECENT = timedelta(days=7)
_NEXT = timedelta(minutes=10)  # while there is more to ask for


@dataclass(frozen=True, slots=True)
class _Filler:
    url_of: Callable[[str, str], str]
    read: Callable[[bytes], Draft]


_FILLERS: Mapping[str, _Filler] = {
    SEMANTICSCHOLAR: _Filler(semanticscholar.url_of, semanticscholar.read_paper),
    CROSSREF: _Filler(crossref.url_of, crossref.read_work),
}


async def fill(desk: Desk, state: State, key: str) -> Looked:
    """Ask for the next papers that lack something. key: of Semantic Scholar. Raises SourceTrouble."""
    now = desk.clock()
    papers = await desk.store.papers.lacking(int(state.cursor or 0), now - _RECENT, _MOST)
    told = [await _told(desk, state.source, paper, key) for paper in papers]
    tally = await desk.keep([draft for draft in told if draft], state)
    cursor = str(papers[-1].pk) if papers else state.cursor
    again = now + (_NEXT if len(papers) == _MOST else HOUR)
    well = replace(
        state, cursor=cursor, last_success_at=now, failures=0, trouble="", stale_since=None, next_poll_at=again
    )
    return Looked(well, tally.new, tally.known)


async def _told(desk: Desk, source: str, paper: Paper, key: str) -> Draft | None:
    """What the source knows of the paper, under the id by which it is stored; None where it does not know it."""
    filler, client = _FILLERS[source], desk.client
    base = client.sites.semanticscholar if source == SEMANTICSCHOLAR else client.sites.crossref
    url = filler.url_of(base, paper.id)
    if not url:
        return None
    headers = {"x-api-key": key} if key and source == SEMANTICSCHOLAR else {}
    try:
        answer = await client.get(url, headers=headers)
        draft = await in_thread(partial(filler.read, answer.body))
    except PassingTrouble:
        raise  # the whole source is in trouble, not this paper
    except SourceTrouble:
        return None
    return replace(draft, ids=tuple(dict.fromkeys((paper.id, *draft.ids))), listed_at=None)
