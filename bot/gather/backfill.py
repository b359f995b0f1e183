"""Papers of the past: days by arXiv's API, months by OAI-PMH, Hugging Face's lists day by day.

Each keeps the day it was listed on, so that nothing of it looks new.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

from bot.gather.arxiv import API_BYTES
from bot.gather.desk import Desk, Looked, drafts_of
from bot.gather.huggingface import read_day
from bot.gather.plan import ARXIV, BACK_FILL, HUGGINGFACE, title_of
from bot.sources import arxiv_api, oai
from bot.sources.batch import Batch
from bot.store.sources import State
from bot.waiting import in_thread

_DAYS_BY_API = 31  # beyond them OAI-PMH is kinder: it has no limit on a query
_PAGES_MAX = 2_000  # of a back-fill: more than arXiv has


async def back_fill(desk: Desk, sources: Sequence[str], since: date) -> tuple[Looked, ...]:
    """What was listed since then. Raises SourceTrouble; what was read before is kept."""
    found = []
    categories = [source.removeprefix(ARXIV) for source in sources if source.startswith(ARXIV)]
    if categories:
        days = (desk.clock().date() - since).days
        found.append(await (_by_api if days <= _DAYS_BY_API else _by_oai)(desk, categories, since))
    if HUGGINGFACE in sources:
        found.append(await _lists(desk, since))
    return tuple(found)


async def _by_api(desk: Desk, categories: Sequence[str], since: date) -> Looked:
    begin, end = datetime.combine(since, time(), UTC), desk.clock()
    base = desk.client.sites.arxiv_api

    def page(start: str) -> str:
        return arxiv_api.url_since(base, categories, begin, end, int(start or 0))

    return await _pages(desk, Looked(_state(BACK_FILL[0])), page, arxiv_api.read_api)


async def _by_oai(desk: Desk, categories: Sequence[str], since: date) -> Looked:
    base = desk.client.sites.arxiv_oai
    looked = Looked(_state(BACK_FILL[1]))
    for category in categories:

        def page(token: str, category: str = category) -> str:
            return oai.url_of_page(base, token) if token else oai.url_since(base, since, None, category)

        looked = await _pages(desk, looked, page, oai.read_records)
    return looked


async def _pages(
    desk: Desk, looked: Looked, page: Callable[[str], str], read: Callable[[bytes, datetime], Batch]
) -> Looked:
    following = ""
    for _ in range(_PAGES_MAX):
        answer = await desk.client.get(page(following), most_bytes=API_BYTES)
        batch = await in_thread(partial(read, answer.body, desk.clock()))
        tally = await desk.keep(drafts_of(batch), looked.state, looked.new + looked.known)
        more = (looked.new + tally.new, looked.known + tally.known, (*looked.skipped, *batch.skipped))
        looked = Looked(looked.state, *more)
        if not batch.next_page or batch.next_page == following:
            break
        following = batch.next_page
    return looked


async def _lists(desk: Desk, since: date) -> Looked:
    looked = Looked(_state(HUGGINGFACE))
    for back in range((desk.clock().date() - since).days + 1):
        looked, _ = await read_day(desk, looked, desk.clock().date() - timedelta(days=back))
    return looked


def _state(source: str) -> State:
    return replace(State(source), title=title_of(source))
