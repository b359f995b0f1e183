"""arXiv's papers in Atom and RSS: an entry of any of its answers, and the list of a daily announcement."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from bot.errors import SourceTrouble
from bot.markup import plain
from bot.model import Draft
from bot.sources import batch, shape
from bot.sources.announcements import evening_before
from bot.sources.batch import Batch
from bot.sources.dates import moment
from bot.sources.elements import Declares, Fields, cut
from bot.sources.entry import TITLE_MAX, Kind, Skipped, Told, version_in
from bot.sources.names import given_first_in
from bot.sources.pieces import EndsEarly, Piece, pieces
from bot.sources.withdrawal import is_withdrawn

_ROOTS, _NAMES = "feed|rss|rdf:RDF", "entry|item"
_ERROR_ID = re.compile(r"arxiv\.org/api/errors")
_PREFIX = re.compile(r"\s*arXiv:(?P<id>\S+)\s+Announce Type:\s*(?P<kind>\S+)\s+(?:Abstract:)?\s*")
_SUFFIX = re.compile(r"\s*\(arXiv:(?P<id>\S+)\s*(?:\[(?P<category>[\w.-]+)\])?\s*(?P<kind>[^()]*)\)\s*$")
_KINDS: dict[str, Kind] = {
    "new": "new",
    "cross": "cross",
    "replace": "replace",
    "replace-cross": "replace-cross",
    "absonly": "absonly",
    "cross listed": "cross",  # as the feeds said until 2024, in the title
    "updated": "replace",
}
_ID_MONTH = re.compile(r"arxiv:(?:[a-z-]+/)?(\d\d)(\d\d)")
_FIRST_YEAR = 91  # of arXiv, whose ids have two digits for a year


class AnsweredError(Exception):
    """arXiv's answer to a bad question: one entry that says, in its own words, what is wrong."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What was read of an answer. head: the elements before the entries. is_cut: the answer ended in the middle."""

    head: Fields
    told: tuple[Told | Skipped, ...]
    is_cut: bool


def read_listing(body: bytes, now: datetime) -> Batch:
    """The announcement that a daily feed carries, in RSS or Atom; raises SourceTrouble where it is neither.

    What is new there was listed the evening when it was announced, whatever the calendar says; what is replaced was
    listed in the month of its id, as far as one can tell. now: aware UTC.
    """
    found = answered(body)
    kept, skipped = batch.sorted_out(found.told)
    built_at = moment(found.head.text("lastBuildDate", "updated", "pubDate", "date"))
    announced_at = evening_before(min(moment(found.head.text("pubDate")) or built_at or now, now))
    return Batch(
        tuple(batch.Entry(_listed(draft, told.kind, announced_at), told.kind) for told, draft in kept),
        tuple(skipped),
        built_at=min(built_at, now) if built_at else None,
        title=plain(found.head.text("title"))[:TITLE_MAX],
        is_cut=found.is_cut,
    )


def answered(body: bytes) -> Answered:
    """The entries of an answer of arXiv's; raises SourceTrouble where it is none, or refuses the question."""
    shape.check_xml(body, _ROOTS)
    told: list[Told | Skipped] = []
    is_cut = False
    try:
        for entry in entries(pieces(iter([body]))):
            told.append(entry)  # noqa: PERF402 - what came before an early end is kept
    except EndsEarly as err:
        if not told:
            raise SourceTrouble(shape.ENDS_EARLY) from err
        is_cut = True
    except Declares as err:
        raise SourceTrouble(shape.DECLARES) from err
    except AnsweredError as err:
        raise SourceTrouble(f"it answered “{err}”") from err
    return Answered(Fields.before(shape.head_of(body), _NAMES), tuple(told), is_cut)


def entries(parts: Iterable[Piece]) -> Iterator[Told | Skipped]:
    """Paper by paper. Raises Declares, AnsweredError, and EndsEarly after all that could be read."""
    root = ""
    for part in cut(parts, _ROOTS, _NAMES):
        if not root:
            root = part.text
            continue
        yield Skipped(part.line, part.fault) if part.fault else _told(part, root)


def month_of(paper_id: str) -> datetime | None:
    """The first of the month in which arXiv gave this id: `arxiv:2403.01234` in March 2024, `arxiv:hep-th/9901001`."""
    match = _ID_MONTH.match(paper_id)
    return moment(f"{19 if int(match[1]) >= _FIRST_YEAR else 20}{match[1]}-{match[2]}") if match else None


def _told(part: Piece, root: str) -> Told | Skipped:
    fields = Fields.inside(part.text, root)
    if fields is None:
        return Skipped(part.line, "not well-formed XML")
    summary = fields.text("summary", "description")
    if _ERROR_ID.search(fields.text("id")):
        raise AnsweredError(summary.rstrip("."))
    prefix, suffix = _PREFIX.match(summary), _SUFFIX.search(fields.text("title"))
    id_said = fields.text("id", "guid") or (suffix["id"] if suffix else "")
    version = version_in(id_said) or version_in(suffix["id"] if suffix else "")
    said = fields.text("announce_type") or (prefix["kind"] if prefix else suffix["kind"].strip() if suffix else "")
    kind = _KINDS.get(said.lower(), "replace" if version > 1 and said else "new")
    abstract = summary[prefix.end() :] if prefix else summary
    is_news = bool(prefix or suffix)  # a daily feed gives the day of the announcement as the date
    return Told(
        part.line,
        title=_SUFFIX.sub("", fields.text("title")),
        abstract=abstract,
        authors=_authors(fields),
        names=[id_said.removeprefix("oai:"), *fields.texts("doi", "DOI")],
        url=_link(fields),
        categories=_categories(fields) or ([suffix["category"]] if suffix and suffix["category"] else []),
        published=fields.text("published", "pubDate", "date") if kind == "new" else "",
        updated="" if is_news else fields.text("updated"),
        version=version,
        venue=fields.text("journal_ref", "journal_reference"),
        withdrawn=is_withdrawn(abstract, fields.text("comment")),
        kind=kind,
    )


def _authors(fields: Fields) -> list[str]:
    """Atom's authors, or those in the one string with which a daily feed names them all."""
    if creators := fields.texts("creator"):
        return given_first_in(", ".join(creators))
    names = [child for author in fields.all("author") for child in author if child.tag.endswith("name")]
    return ["".join(name.itertext()) for name in names]


def _link(fields: Fields) -> str:
    links = fields.all("link")
    pages = [link.get("href", "") for link in links if link.get("rel", "alternate") == "alternate"]
    return next(filter(None, [*pages, *fields.texts("link")]), "")


def _categories(fields: Fields) -> list[str]:
    """Each once, the primary one first."""
    said = [element.get("term") or element.text or "" for element in fields.all("primary_category", "category")]
    return list(dict.fromkeys(filter(None, said)))


def _listed(draft: Draft, kind: Kind, announced_at: datetime) -> Draft:
    if kind in ("new", "cross"):
        return replace(draft, listed_at=announced_at)
    months = [month for month in map(month_of, draft.ids) if month]
    return replace(draft, listed_at=min([*months, announced_at]))
