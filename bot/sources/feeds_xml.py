"""Feeds in RSS, Atom and RDF: cut to their newest entries, read by feedparser, which is kind to bad ones."""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.errors import SourceTrouble
from bot.sources import shape
from bot.sources.dates import moment
from bot.sources.elements import DECLARATION
from bot.sources.entry import Told, categories_in
from bot.sources.feed import ABSTRACT_MAX, ENTRIES_MAX, Feed, names_in, target_of
from bot.sources.hypertext import without_tags
from bot.sources.names import given_first
from bot.sources.names import names_in as people_in
from bot.sources.values import Row, rows_of, text_of

_PREFIX = r"(?:[\w.-]{1,30}:)?"
_MARK = re.compile(rf"<!\[CDATA\[|<!--|<(/?)({_PREFIX}(?:item|entry))(?=[\s>/])", re.IGNORECASE)
_ROOT = re.compile(rf"<({_PREFIX}(?:rss|feed|rdf))(?=[\s>])", re.IGNORECASE)
_ROOT_END = re.compile(rf"</{_PREFIX}(?:rss|feed|rdf)\s*>", re.IGNORECASE)
_DATE = re.compile(rf"<{_PREFIX}(?:pubdate|published|updated|date|issued)>\s*([^<>]{{4,60}})<", re.IGNORECASE)
_UNPRINTABLE = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # which XML can't hold
_AUTHORS = re.compile(r"<p>(?:<b>)?\s*Author(?:s|\(s\))?:\s*(?:</b>)?([^<>]{2,20000})</p>", re.IGNORECASE)
_HEADING = re.compile(r"(?:abstract|summary)\b[\s:.]*(?=[A-Z])", re.IGNORECASE)
_ISSUE = re.compile(r"(?:publication date:|volume \d+, issue)\s", re.IGNORECASE)
_ENTRY_MAX = 200_000  # letters: of a longer one the start is not worth the time
_TAGS_MAX = 10_000  # in an entry; the 3,000 authors of a paper from CERN take 6,000
_ALL_TAGS_MAX = 200_000  # in a feed: each that is open costs 300 bytes, and nobody need close them
_HEAD_MAX = 100_000
_DROPPED = re.compile(r"^<\?xml[^<>]*\?>|<items>(?:\s|</?rdf:[^<>]*>)*</items>", re.IGNORECASE)  # no longer true
_OPTIONS: dict[str, Any] = {
    "response_headers": {"content-type": "application/xml; charset=utf-8"},
    "sanitize_html": False,  # no tag is kept, and to judge each takes feedparser minutes where there are many
    "resolve_relative_uris": False,
}
_SUMMARY_MIN = 40  # letters: what is shorter is a label
_AGES_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Cut:
    """A feed in pieces: before its entries, the entries, and after them. is_cut: the end is missing."""

    head: str
    entries: list[str]
    tail: str
    is_cut: bool


def read(text: str) -> Feed:
    """The newest entries of a feed; raises SourceTrouble where it declares a document type, or is no feed."""
    import feedparser

    cut = _cut(_UNPRINTABLE.sub("", text).lstrip())
    if DECLARATION.search(cut.head):
        raise SourceTrouble(shape.DECLARES)
    if not (root := _ROOT.search(cut.head)):
        raise SourceTrouble(shape.NO_LIST)
    if cut.is_cut and not cut.entries:
        raise SourceTrouble(shape.ENDS_EARLY)
    kept = _few_tags(_newest([entry for entry in cut.entries if len(entry) <= _ENTRY_MAX]))
    tail = _closing(cut.head, root[1]) if cut.is_cut else cut.tail
    head = _DROPPED.sub("", cut.head)
    if len(head) > _HEAD_MAX:
        raise SourceTrouble(shape.NO_LIST)
    parsed = feedparser.parse(io.BytesIO(f"{head}{''.join(kept)}{tail}".encode()), **_OPTIONS)
    about = _plain_row(parsed.feed)
    return Feed(
        tuple(_told(place, _plain_row(entry), about) for place, entry in enumerate(parsed.entries[:ENTRIES_MAX], 1)),
        title=without_tags(text_of(about, "title")),
        total=len(cut.entries),
        built_at=_date(about, "updated", "published"),
        is_cut=cut.is_cut,
    )


def _cut(text: str) -> _Cut:
    """Entries by their tags, wherever those are tags: not in comments or CDATA."""
    spans: list[tuple[int, int]] = []
    at, start, name = 0, -1, ""
    while match := _MARK.search(text, at):
        at = match.end()
        if not match[2]:
            closing = "]]>" if match[0] != "<!--" else "-->"
            if (at := text.find(closing, at)) < 0:
                break
            at += len(closing)
        elif match[1] and start >= 0 and match[2] == name:
            if (end := text.find(">", at)) < 0:
                break
            spans.append((start, end + 1))
            at, start = end + 1, -1
        elif not match[1] and start < 0:
            start, name = match.start(), match[2]
    head = text[: spans[0][0]] if spans else text
    tail = text[spans[-1][1] :] if spans else ""
    is_cut = start >= 0 or not _ROOT_END.search(text[-2_000:])
    return _Cut(head, [text[a:b] for a, b in spans], tail, is_cut)


def _newest(entries: list[str]) -> list[str]:
    """At most so many, those with the latest dates, in the order in which they stand; of undated ones the first."""
    if len(entries) <= ENTRIES_MAX:
        return entries
    dates = [_AGES_AGO if not (said := _DATE.search(entry)) else moment(said[1]) or _AGES_AGO for entry in entries]
    newest = sorted(range(len(entries)), key=dates.__getitem__, reverse=True)[:ENTRIES_MAX]
    return [entries[place] for place in sorted(newest)]


def _few_tags(entries: list[str]) -> list[str]:
    kept, tags = [], 0
    for entry in entries:
        own = entry.count("<")
        if own <= _TAGS_MAX and tags + own <= _ALL_TAGS_MAX:
            kept.append(entry)
            tags += own
    return kept


def _closing(head: str, root: str) -> str:
    is_open = re.search(r"<channel\b", head) and "</channel" not in head
    return f"{'</channel>' if is_open else ''}</{root}>"


def _told(place: int, entry: Row, about: Row) -> Told:
    link = target_of(text_of(entry, "link"))
    title = text_of(entry, "title", "dc_title")
    html = _summary(entry)
    return Told(
        place,
        title=without_tags(title),
        abstract=_abstract(html),
        authors=_authors(entry, html),
        names=names_in([text_of(entry, key) for key in ("prism_doi", "dc_identifier", "id")] + [link]),
        url=link,
        categories=categories_in([text_of(tag, "term") for tag in rows_of(entry, "tags")]),
        published=_said(_date(entry, "published") or _date(entry, "prism_publicationdate", "updated")),
        updated=_said(_date(entry, "updated")),
        venue=_venue(entry, about, title),
    )


def _summary(entry: Row) -> str:
    """The summary, or the whole text where the summary is only a label."""
    summary = text_of(entry, "summary")[:ABSTRACT_MAX]
    content = next((text_of(content, "value") for content in rows_of(entry, "content")), "")[:ABSTRACT_MAX]
    return summary if len(summary) >= _SUMMARY_MIN or not content else content


def _abstract(html: str) -> str:
    """Nothing where the text only says in which issue the paper is, or less."""
    text = _HEADING.sub("", without_tags(_AUTHORS.sub("", html)).strip())
    return "" if _ISSUE.match(text) or len(text) < _SUMMARY_MIN else text


def _authors(entry: Row, html: str) -> list[str]:
    """Those of the entry, one by one or all in one string; else those that its text begins with."""
    said = [text_of(author, "name") for author in rows_of(entry, "authors")]
    names = [name for name in said if name and "@" not in name]
    if len(names) > 1:
        return [given_first(name) for name in names]
    in_text = None if names else _AUTHORS.search(html)
    return [person for name in (names or ([in_text[1]] if in_text else [])) for person in people_in(name)]


def _venue(entry: Row, about: Row, title: str) -> str:
    """The journal; some publishers put the title of the paper in its place."""
    said = [text_of(row, "prism_publicationname") for row in (entry, about)] + [text_of(entry, "dc_source")]
    return next((name for name in said if name and name != title and not re.search(r"\d", name)), "")


def _date(row: Row, *keys: str) -> datetime | None:
    """The first date that can be read, as feedparser understood it or as it is written."""
    for key in keys:
        parts = row.get(f"{key}_parsed")
        if isinstance(parts, Sequence) and not isinstance(parts, str) and (found := _instant(parts)):
            return found
        if found := moment(text_of(row, key)):
            return found
    return None


def _instant(parts: Sequence[object]) -> datetime | None:
    numbers = [part for part in parts[:6] if isinstance(part, int)]
    return moment("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}".format(*numbers)) if len(numbers) == 6 else None


def _said(when: datetime | None) -> str:
    return when.isoformat() if when else ""


def _plain_row(row: object) -> Row:
    """feedparser's own kind of dictionary as an ordinary one: its own answers for keys that are not there."""
    return dict(dict.items(row)) if isinstance(row, dict) else {}
