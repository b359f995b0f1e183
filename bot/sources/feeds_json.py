"""Feeds in JSON: JSON Feed, and the lists of OpenReview, bioRxiv and Crossref."""

from collections.abc import Callable
from datetime import UTC, datetime

from bot.errors import SourceTrouble
from bot.sources import crossref, shape
from bot.sources.entry import Told, categories_in
from bot.sources.feed import ABSTRACT_MAX, ENTRIES_MAX, Feed, names_in
from bot.sources.hypertext import without_tags
from bot.sources.names import names_in as people_in
from bot.sources.values import Row, row_of, rows_of, text_of, texts_of


def read(found: object) -> Feed:
    """The first entries of the list; raises SourceTrouble where it is none of these."""
    if not isinstance(found, dict):
        raise SourceTrouble(shape.NO_LIST)
    rows, told = _list_in(found)
    kept = tuple(told(place, row) for place, row in enumerate(rows[:ENTRIES_MAX], 1))
    return Feed(kept, without_tags(text_of(found, "title")), len(rows))


def _list_in(found: Row) -> tuple[list[Row], Callable[[int, Row], Told]]:
    message = row_of(found, "message")
    for holder, key, told in (
        (found, "items", _item),
        (found, "notes", _note),
        (found, "collection", _preprint),
        (message, "items", crossref.told),
    ):
        if isinstance(holder.get(key), list):
            return rows_of(holder, key), told
    raise SourceTrouble(shape.NO_LIST)


def _item(place: int, row: Row) -> Told:
    """An item of a JSON Feed: https://www.jsonfeed.org/version/1.1/"""
    link = text_of(row, "url", "external_url")
    html = text_of(row, "summary") or text_of(row, "content_text") or text_of(row, "content_html")
    authors = [text_of(author, "name") for author in [*rows_of(row, "authors"), row_of(row, "author")]]
    return Told(
        place,
        title=without_tags(text_of(row, "title")),
        abstract=without_tags(html[:ABSTRACT_MAX]),
        authors=[person for name in dict.fromkeys(authors) for person in people_in(name)],
        names=names_in([text_of(row, "id"), link, text_of(row, "external_url")]),
        url=link,
        categories=categories_in(texts_of(row, "tags")),
        published=text_of(row, "date_published", "date_modified"),
        updated=text_of(row, "date_modified"),
    )


def _note(place: int, row: Row) -> Told:
    """A note of OpenReview's API, version 2, in which each field is an object with a `value`."""
    said = row_of(row, "content").items()
    content = {key: value.get("value") if isinstance(value, dict) else value for key, value in said}
    link = f"https://openreview.net/forum?id={text_of(row, 'forum', 'id')}"
    return Told(
        place,
        title=text_of(content, "title"),
        abstract=text_of(content, "abstract"),
        authors=texts_of(content, "authors"),
        names=[link],
        url=link,
        published=_when(row.get("pdate") or row.get("cdate")),
        updated=_when(row.get("mdate")),
        venue=text_of(content, "venue"),
    )


def _preprint(place: int, row: Row) -> Told:
    """A record of bioRxiv's or medRxiv's API."""
    doi, version = text_of(row, "doi"), text_of(row, "version")
    return Told(
        place,
        title=text_of(row, "title"),
        abstract=text_of(row, "abstract"),
        authors=people_in(text_of(row, "authors")),
        names=names_in([doi]),
        url=f"https://doi.org/{doi}" if doi else "",
        published=text_of(row, "date"),
        version=int(version) if version.isascii() and version.isdigit() and len(version) < 4 else 0,
        venue=text_of(row, "server"),
    )


def _when(value: object) -> str:
    """Milliseconds since 1970, as a date in words."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < 4e12:
        return ""
    return datetime.fromtimestamp(value / 1000, UTC).isoformat()
