"""A paper as a source tells it, and the draft that it makes once it is cleaned, checked and cut."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Literal
from urllib.parse import urlsplit

from bot import identity
from bot.markup import plain
from bot.model import Draft
from bot.sources.dates import moment, start_of

INSTEAD = "Give me a Hugging Face papers page, BibTeX, RIS, CSL-JSON, JSONL or arXiv Atom."

TITLE_MAX = 500
ABSTRACT_MAX = 20_000
NAME_MAX = 200  # an author, a category, a venue
RAW_MAX = 50_000  # markup included: of a longer text `plain` leaves the LaTeX as it is
AUTHORS_MAX = 2_000
CATEGORIES_MAX = 50
LINKS_MAX = 20
URL_MAX = 2_000
COUNT_MAX = 10**9

Kind = Literal["new", "cross", "replace", "replace-cross", "absonly"]  # as arXiv announces; elsewhere all is new

_ID_MAX = 300
_SCHEMES = ("arxiv", "doi", "openreview", "url")  # best first
_PREPRINT = re.compile(r"arxiv\b|corr$", re.IGNORECASE)  # where a preprint lies is no venue


@dataclass(frozen=True, slots=True)
class Skipped:
    """An entry that could not be read: where (line, from 1) and why, in a short phrase."""

    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Told:
    """A paper in the source's own words: nothing cleaned, checked or cut yet.

    names: texts that name the paper (a DOI, an arXiv id, a link); those that turn out to be no id are ignored.
    line: where it stands in its file, or its place in its list, from 1. published, updated, listed: dates as written.
    upvotes, comments, citations: whatever stood there. kind: what arXiv announces it as, see `batch.Entry`.
    """

    line: int
    title: str
    abstract: str = ""
    authors: Sequence[str] = ()
    names: Sequence[str] = ()
    url: str = ""
    categories: Sequence[str] = ()
    published: str = ""
    updated: str = ""
    listed: str = ""
    version: int = 0
    venue: str = ""
    links: Sequence[tuple[str, str]] = ()
    upvotes: object = None
    comments: object = None
    submitter: str = ""
    citations: object = None
    withdrawn: bool = False
    kind: Kind = "new"


def as_draft(told: Told, day: date | None = None) -> Draft | Skipped:
    """The draft of what was told, or why there is none. day: when it was listed, whatever it says itself."""
    title = _clean(told.title, TITLE_MAX).rstrip(". ")
    if not any(letter.isalnum() for letter in title):
        return Skipped(told.line, "no title")
    url = web_link(told.url)
    ids = _ids([*told.names, url])
    venue = _clean(told.venue, NAME_MAX)
    return Draft(
        title=title,
        abstract=_clean(told.abstract, ABSTRACT_MAX),
        authors=_all_clean(told.authors, AUTHORS_MAX),
        ids=ids,
        url=url or (identity.link_of(ids[0]) if ids else ""),
        categories=_all_clean(told.categories, CATEGORIES_MAX),
        published_at=moment(told.published),
        updated_at=moment(told.updated),
        listed_at=start_of(day) if day else moment(told.listed),
        version=told.version,
        venue="" if _PREPRINT.match(venue) else venue,
        links=_links(told.links),
        upvotes=_count(told.upvotes),
        comments=_count(told.comments),
        submitter=_clean(told.submitter, NAME_MAX),
        citations=_count(told.citations),
        withdrawn=told.withdrawn,
    )


def web_link(text: str) -> str:
    """A link that may be shown and followed, or nothing: `javascript:` and the like are dropped."""
    link = text.strip()
    if len(link) > URL_MAX or not link.isprintable() or " " in link:
        return ""
    try:
        parts = urlsplit(link)
        host = parts.hostname
    except ValueError:
        return ""
    return link if host and parts.scheme in ("http", "https") else ""


def version_in(text: str) -> int:
    """The version that ends an arXiv id or link (`2403.01234v3`), or 0."""
    match = re.search(r"\d{4,7}v(\d{1,3})(?:\.pdf)?$", text.strip(), re.ASCII)
    return int(match[1]) if match else 0


def categories_in(words: Sequence[str]) -> list[str]:
    """The arXiv categories among keywords: `cs.IR`, `physics.flu-dyn`."""
    return [word for word in words if re.fullmatch(r"[a-z-]{2,10}\.[A-Za-z-]{2,10}", word)]


def _clean(text: str, keep: int) -> str:
    """Plain text of at most `keep` characters."""
    return plain(text[: min(keep * 5, RAW_MAX)])[:keep].strip()


def _all_clean(texts: Sequence[str], most: int) -> tuple[str, ...]:
    return tuple(islice(filter(None, (_clean(text, NAME_MAX) for text in texts)), most))


def _ids(names: Sequence[str]) -> tuple[str, ...]:
    """At most one id a kind, best first; the hash of a link only where nothing else is known."""
    found: dict[str, str] = {}
    for name in names:
        for paper_id in _ids_in(name):
            found.setdefault(paper_id.partition(":")[0], paper_id)
    if len(found) > 1:
        found.pop("url", None)
    return tuple(found[scheme] for scheme in _SCHEMES if scheme in found)


def _ids_in(name: str) -> list[str]:
    try:
        ids = identity.ids_in(name[:URL_MAX].encode(errors="ignore").decode())
    except ValueError:  # a link that is none, such as http://[
        return []
    return [paper_id for paper_id in ids if len(paper_id) <= _ID_MAX]


def _links(links: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    kept = ((_clean(label, NAME_MAX), web_link(link)) for label, link in links)
    return tuple((label, link) for label, link in kept if label and link.startswith("https:"))[:LINKS_MAX]


def _count(value: object) -> int | None:
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= COUNT_MAX
    return value if is_count and isinstance(value, int) else None
