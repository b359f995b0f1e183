"""A paper that is not stored yet, asked for at its source while a person waits."""

import asyncio
from functools import partial

from bot import identity
from bot.errors import Refused, SourceTrouble
from bot.gather.desk import Desk
from bot.model import Draft
from bot.sources import arxiv_api, crossref
from bot.store.sources import State
from bot.waiting import in_thread

PATIENCE_SECONDS = 2.5  # a platform wants its answer within 3
_TITLE_MIN = 12  # letters of a title's key: fewer name too many papers
_WORDS_MIN = 2


async def fetch(desk: Desk, paper_id: str, patience: float = PATIENCE_SECONDS) -> str:
    """Store the paper of this id if its source has it; else why not, in a few words, or nothing where none was asked.

    Without an address to write to, only the operator's own stand-ins are asked.
    """
    sites = desk.client.sites
    scheme = paper_id.partition(":")[0]
    base = {"arxiv": sites.arxiv_api, "doi": sites.crossref}.get(scheme)
    if base is None or not desk.client.may_ask(base):
        return ""
    name = "arXiv" if scheme == "arxiv" else "Crossref"
    try:
        async with asyncio.timeout(patience):
            drafts = await (_of_arxiv if scheme == "arxiv" else _of_crossref)(desk, paper_id)
            return "" if await _kept(desk, drafts, scheme) else f"{name} does not know it"
    except TimeoutError:
        return f"{name} did not answer in time; try again in a minute"
    except (SourceTrouble, Refused) as err:
        return f"{name} does not know it" if str(err) == "answered 404" else f"{name} could not be asked ({err})"


async def fetch_title(desk: Desk, title: str, patience: float = PATIENCE_SECONDS) -> bool:
    """Store the papers that arXiv has under these words in a row; whether there are any."""
    base = desk.client.sites.arxiv_api
    is_title = len(identity.title_key(title)) >= _TITLE_MIN and len(title.split()) >= _WORDS_MIN
    if not is_title or not desk.client.may_ask(base):
        return False
    try:
        async with asyncio.timeout(patience):
            answer = await desk.client.get(arxiv_api.url_of_title(base, title), tries=1)
            batch = await in_thread(partial(arxiv_api.read_api, answer.body, desk.clock()))
            return await _kept(desk, [entry.draft for entry in batch.entries], "arxiv")
    except (TimeoutError, SourceTrouble, Refused):
        return False


async def _of_arxiv(desk: Desk, paper_id: str) -> list[Draft]:
    answer = await desk.client.get(arxiv_api.url_of_ids(desk.client.sites.arxiv_api, [paper_id]), tries=1)
    batch = await in_thread(partial(arxiv_api.read_api, answer.body, desk.clock()))
    return [entry.draft for entry in batch.entries]


async def _of_crossref(desk: Desk, paper_id: str) -> list[Draft]:
    answer = await desk.client.get(crossref.url_of(desk.client.sites.crossref, paper_id), tries=1)
    draft = await in_thread(partial(crossref.read_work, answer.body))
    return [draft]


async def _kept(desk: Desk, drafts: list[Draft], scheme: str) -> bool:
    await desk.keep(drafts, State(f"look-up:{scheme}"))
    return bool(drafts)
