"""arXiv's API: what to ask for by id, title or category, and the page of papers that comes back."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlencode

from bot import identity
from bot.model import Draft
from bot.sources import arxiv, batch
from bot.sources.announcements import announcement_of
from bot.sources.batch import Batch
from bot.sources.dates import moment

PAGE_MAX = 500  # papers an answer: 2,000 are allowed, but are slow to come and over 5 MB
QUERY_MAX = 30_000  # papers a query, over all its pages
IDS_MAX = 200  # in one address, which stays under 4,000 letters

_WORDS = re.compile(r"[^\W_]+")
_WORDS_MAX = 20  # of a title: enough to tell it


def url_of_ids(base: str, paper_ids: Sequence[str]) -> str:
    """Where to ask for papers by their ids (`arxiv:2403.01234`), at most `IDS_MAX` of them."""
    asked = [identity.said(paper_id) for paper_id in paper_ids[:IDS_MAX]]
    return _url(base, {"id_list": ",".join(asked), "max_results": len(asked)})


def url_of_title(base: str, title: str, most: int = 5) -> str:
    """Where to ask for the papers whose titles have these words next to each other."""
    words = _WORDS.findall(title)[:_WORDS_MAX]
    return _url(base, {"search_query": f'ti:"{" ".join(words)}"', "max_results": most})


def url_since(base: str, categories: Sequence[str], since: datetime, until: datetime, start: int = 0) -> str:
    """Where to ask for a page of what was submitted to any of these categories, newest first. start: a `next_page`."""
    wanted = " OR ".join(f"cat:{category}" for category in categories)
    span = " TO ".join(f"{when.astimezone(UTC):%Y%m%d%H%M}" for when in (since, until))
    asked: dict[str, str | int] = {"search_query": f"({wanted}) AND submittedDate:[{span}]", "start": start}
    return _url(base, {**asked, "max_results": PAGE_MAX, "sortBy": "submittedDate", "sortOrder": "descending"})


def read_api(body: bytes, now: datetime) -> Batch:
    """The papers of an answer, each listed when its first version can have been announced. now: aware UTC.

    Ids that arXiv lacks are simply not there. A total of 0 over a span that had papers is arXiv's way of failing.
    Raises SourceTrouble where it is no such answer, or says that the question was wrong.
    """
    found = arxiv.answered(body)
    kept, skipped = batch.sorted_out(found.told)
    start, total = (_number(found.head.text(name)) for name in ("startIndex", "totalResults"))
    following = (start or 0) + len(found.told)
    is_last = found.is_cut or not found.told or following >= min(total or 0, QUERY_MAX)
    return Batch(
        tuple(batch.Entry(_listed(draft, now)) for _, draft in kept),
        tuple(skipped),
        built_at=moment(found.head.text("updated")),
        next_page="" if is_last else str(following),
        total=total,
        is_cut=found.is_cut,
    )


def _url(base: str, asked: dict[str, str | int]) -> str:
    return f"{base}?{urlencode(asked)}"


def _listed(draft: Draft, now: datetime) -> Draft:
    if not draft.published_at:
        return draft
    return replace(draft, listed_at=min(announcement_of(draft.published_at), now))


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"\d{1,9}", text, re.ASCII) else None
