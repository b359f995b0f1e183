"""What a response of the HTTP library says, in our values."""

import re
from datetime import datetime

from aiohttp import ClientResponse
from yarl import URL

from bot.errors import Refused, SourceTrouble
from bot.sources.addresses import web_address
from bot.sources.answer import Answer
from bot.sources.backoff import http_date, wished_seconds
from bot.sources.faults import PassingTrouble

_BUSY = (408, 425, 429, 500, 502, 503, 504)
_RATE = re.compile(r"([0-9]{1,9})s?")


def answer(response: ClientResponse, body: bytes, *, is_same: bool = False) -> Answer:
    return Answer(
        url=str(response.url),
        body=body,
        content_type=response.content_type if "Content-Type" in response.headers else "",
        charset=response.charset or "",
        etag=_plain(response.headers.get("ETag", "")),
        last_modified=_plain(response.headers.get("Last-Modified", "")),
        is_same=is_same,
    )


def failure(response: ClientResponse, now: datetime) -> SourceTrouble:
    """The words for a status that is no success, and how long the source asks to be left alone.

    A date by which it asks so is read by the source's own clock, if it tells the time: ours may be wrong.
    """
    kind = PassingTrouble if response.status in _BUSY else SourceTrouble
    told_at = http_date(response.headers.get("Date", "")) or now
    return kind(f"answered {response.status}", wished_seconds(response.headers.get("Retry-After", ""), told_at))


def wished_gap_seconds(response: ClientResponse) -> float:
    """How far apart the source wants two requests, at most a minute; 0 if it does not say. As Crossref says it."""
    limit = _RATE.fullmatch(response.headers.get("X-Rate-Limit-Limit", ""))
    interval = _RATE.fullmatch(response.headers.get("X-Rate-Limit-Interval", ""))
    if limit is None or interval is None or int(limit[1]) == 0:
        return 0.0
    return min(int(interval[1]) / int(limit[1]), 60.0)


def target(response: ClientResponse) -> URL:
    """Where a redirect points. Raises SourceTrouble where that is no web address."""
    try:
        return web_address(str(response.url.join(URL(response.headers["Location"]))))
    except (KeyError, ValueError, Refused) as err:
        raise SourceTrouble("redirects to what is not a web address") from err


def _plain(value: str) -> str:
    """A header that can be sent back as it is."""
    return value if value.isascii() and value.isprintable() and len(value) <= 1000 else ""
