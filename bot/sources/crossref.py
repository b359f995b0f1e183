"""Crossref, for what other sources leave out of a paper with a DOI: venue, abstract, citations."""

import re
from dataclasses import replace
from urllib.parse import quote

from bot.errors import SourceTrouble
from bot.model import Draft
from bot.sources import shape
from bot.sources.entry import Told, as_draft
from bot.sources.files import csl
from bot.sources.values import Row, row_of, text_of

_HEADING = re.compile(r"^\s*<(?:jats:)?title[^<>]*>\s*(?:abstract|summary)\s*</(?:jats:)?title>", re.IGNORECASE)


def url_of(base: str, paper_id: str) -> str:
    """Where to ask for a paper by its DOI; nothing for one without."""
    scheme, _, doi = paper_id.partition(":")
    return f"{base}/works/{quote(doi, safe='/')}" if scheme == "doi" else ""


def read_work(body: bytes) -> Draft:
    """The paper of an answer; raises SourceTrouble where it has none."""
    row = shape.json_in(body)
    draft = as_draft(told(1, row_of(row, "message"))) if isinstance(row, dict) else None
    if not isinstance(draft, Draft):
        raise SourceTrouble(shape.NO_LIST)
    return draft


def told(line: int, row: Row) -> Told:
    """A work of Crossref's: CSL-JSON with lists for texts, counts and an abstract in JATS."""
    abstract = _HEADING.sub("", text_of(row, "abstract"))
    return replace(csl.item(line, row), abstract=abstract, citations=row.get("is-referenced-by-count"))
