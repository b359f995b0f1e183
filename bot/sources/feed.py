"""What feeds of all forms have in common: a feed as it was read, and the names that an entry's links give it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs, unquote, urlsplit

from bot.sources.entry import Skipped, Told

ENTRIES_MAX = 2_000  # of a feed, the newest: to read them takes a second or two
ABSTRACT_MAX = 20_000  # letters of an entry's text, tags included

_DOI = re.compile(r"10\.\d{4,9}/[^\s?#&\"<>]+")
_VIEW = re.compile(r"(?:[./](?:full|abstract|short|pdf|epdf|meta|html|xml|long|full-text))+$", re.IGNORECASE)
_VERSION = re.compile(r"(?<=\d)v\d{1,2}$")
_VERSIONED = ("10.1101/", "10.64898/")  # bioRxiv and medRxiv put the version behind the DOI
_REDIRECTS = ("www.google.com/url", "scholar.google.com/scholar_url")


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed as it was read. total: its entries before it was cut to the newest. is_cut: it ended in the middle."""

    told: tuple[Told | Skipped, ...]
    title: str
    total: int
    built_at: datetime | None = None
    is_cut: bool = False


def names_in(said: Iterable[str]) -> list[str]:
    """What an entry says of its identity, and first the DOIs within that, as `as_draft` understands them."""
    texts = [text for text in said if text]
    return [*filter(None, map(doi_in, texts)), *texts]


def doi_in(text: str) -> str:
    """The DOI that a text or a publisher's link carries, without the words for a view of the paper; or nothing."""
    if not (match := _DOI.search(unquote(text[:2_000]))):
        return ""
    doi = _VIEW.sub("", match[0].rstrip("/.,;)"))
    return f"doi:{_VERSION.sub('', doi) if doi.startswith(_VERSIONED) else doi}"


def target_of(link: str) -> str:
    """Where a link leads: behind the redirects of Google's alerts."""
    try:
        parts = urlsplit(link.strip())
        if parts.netloc + parts.path in _REDIRECTS:
            return next(iter(parse_qs(parts.query, max_num_fields=20).get("url", [])), link)
    except ValueError:
        return ""
    return link
