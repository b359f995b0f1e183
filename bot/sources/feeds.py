"""Any feed: journals, preprint servers and blogs in RSS, Atom, RDF or JSON, as papers."""

from dataclasses import replace
from datetime import datetime

from bot.markup import plain
from bot.model import Draft
from bot.sources import arxiv, arxiv_api, batch, feeds_json, feeds_xml, shape
from bot.sources.batch import Batch
from bot.sources.entry import TITLE_MAX
from bot.text import plural

_ARXIV, _ARXIV_API = "http://arxiv.org/schemas/atom", "http://a9.com/-/spec/opensearch/"
_HEAD = 1_000  # letters: namespaces come first


def read_feed(body: bytes, now: datetime, charset: str = "") -> Batch:
    """The entries of a feed, at most the newest 2,000; raises SourceTrouble where it is no feed.

    An entry is listed on the date that it bears, at the latest now; without a date nobody knows when, and it is left
    open. charset: what the server said. now: aware UTC.
    """
    shape.check(body)
    text = shape.text_in(body, charset)
    if _ARXIV in text[:_HEAD]:  # as somebody may follow it: it has more to say than other feeds
        return (arxiv_api.read_api if _ARXIV_API in text[:_HEAD] else arxiv.read_listing)(body, now)
    is_json = text.lstrip()[:1] in ("{", "[")
    feed = feeds_json.read(shape.json_in(body, charset)) if is_json else feeds_xml.read(text)
    kept, skipped = batch.sorted_out(feed.told)
    left_out = feed.total - len(feed.told)
    return Batch(
        tuple(batch.Entry(_listed(draft, now)) for _, draft in kept),
        (*skipped, *([f"{plural(left_out, 'entry', 'entries')} left out: older, or too long"] if left_out > 0 else ())),
        built_at=feed.built_at and min(feed.built_at, now),
        total=feed.total,
        title=plain(feed.title)[:TITLE_MAX],
        is_cut=feed.is_cut,
    )


def _listed(draft: Draft, now: datetime) -> Draft:
    published, updated = (when and min(when, now) for when in (draft.published_at, draft.updated_at))
    return replace(draft, published_at=published, updated_at=updated, listed_at=published or updated)
