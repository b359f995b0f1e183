"""Semantic Scholar, for what other sources leave out: venue, abstract, citations, an open PDF."""

from dataclasses import replace
from urllib.parse import quote, urlencode

from bot import identity
from bot.errors import SourceTrouble
from bot.model import Draft
from bot.sources import shape
from bot.sources.entry import Told, as_draft
from bot.sources.files import jsonl
from bot.sources.values import Row, row_of, rows_of, text_of

_FIELDS = "title,abstract,authors,venue,publicationDate,year,externalIds,citationCount,openAccessPdf,url"
_PREFIXES = {"arxiv": "ARXIV:", "doi": "DOI:"}


def url_of(base: str, paper_id: str) -> str:
    """Where to ask for a paper by its id; nothing for one that Semantic Scholar does not know papers by."""
    scheme = paper_id.partition(":")[0]
    if scheme not in _PREFIXES:
        return ""
    name = quote(_PREFIXES[scheme] + identity.said(paper_id), safe=":/")
    return f"{base}/graph/v1/paper/{name}?{urlencode({'fields': _FIELDS})}"


def url_of_title(base: str, title: str) -> str:
    """Where to ask for the paper whose title comes nearest."""
    return f"{base}/graph/v1/paper/search/match?{urlencode({'query': title, 'fields': _FIELDS})}"


def read_paper(body: bytes) -> Draft:
    """The paper of an answer, or the first of several; raises SourceTrouble where it has none."""
    row = shape.json_in(body)
    if isinstance(row, dict) and (why := text_of(row, "error", "message")):
        raise SourceTrouble(f"it answered “{why[:100]}”")
    found = next(iter(rows_of(row, "data")), row) if isinstance(row, dict) else {}
    draft = as_draft(_told(found))
    if not isinstance(draft, Draft):
        raise SourceTrouble(shape.NO_LIST)
    return draft


def _told(row: Row) -> Told:
    told = jsonl.paper(1, row)
    ids = row_of(row, "externalIds")
    names = [text_of(ids, "ArXiv"), f"doi:{text_of(ids, 'DOI')}"]
    pdf = text_of(row_of(row, "openAccessPdf"), "url")
    return replace(told, names=names, links=[("PDF", pdf)], citations=row.get("citationCount"))
