"""CSL-JSON items, and the items of Zotero's own JSON."""

import re

from bot.sources.entry import Skipped, Told, categories_in, version_in
from bot.sources.values import Row, row_of, rows_of, text_of, texts_of

_CSL_KEYS = {"issued", "container-title", "collection-title", "event-place", "publisher-place", "citation-key"}
_NOT_PAPERS = ("attachment", "note", "annotation")


def is_csl(row: Row) -> bool:
    """Whether the keys are those of CSL-JSON rather than our own."""
    return bool(_CSL_KEYS & row.keys()) or ("authors" not in row and bool({"author", "DOI", "URL"} & row.keys()))


def item(line: int, row: Row) -> Told:
    """An item of CSL-JSON."""
    notes = [text_of(row, key) for key in ("note", "archive", "number", "archive_location")]
    return Told(
        line,
        title=text_of(row, "title"),
        abstract=text_of(row, "abstract"),
        authors=[_csl_name(author) for author in rows_of(row, "author")],
        names=[text_of(row, "DOI"), *_told_as_arxiv(notes)],
        url=text_of(row, "URL"),
        categories=categories_in(text_of(row, "keyword").replace(";", ",").replace(",", " ").split()),
        published=_csl_date(row_of(row, "issued")) or text_of(row, "issued"),
        venue=text_of(row, "container-title", "collection-title", "event-title", "publisher"),
    )


def zotero_item(line: int, row: Row) -> Told | Skipped:
    """An item of Zotero's own JSON; notes and attachments are no papers."""
    kind = text_of(row, "itemType")
    if kind in _NOT_PAPERS:
        return Skipped(line, f"not a paper ({kind})")
    creators = rows_of(row, "creators")
    authors = [creator for creator in creators if text_of(creator, "creatorType") == "author"] or creators
    notes = _told_as_arxiv([text_of(row, key) for key in ("extra", "archiveID", "number", "reportNumber")])
    return Told(
        line,
        title=text_of(row, "title"),
        abstract=text_of(row, "abstractNote"),
        authors=[_zotero_name(creator) for creator in authors],
        names=[text_of(row, "DOI"), *notes],
        url=text_of(row, "url"),
        categories=categories_in(re.findall(r"[\w.-]+", " ".join(notes))),
        published=text_of(row, "date"),
        version=max(map(version_in, notes), default=0),
        venue=text_of(row, "publicationTitle", "proceedingsTitle", "bookTitle", "conferenceName", "publisher"),
    )


def _told_as_arxiv(notes: list[str]) -> list[str]:
    return [line for note in notes for line in note[:2000].splitlines() if line.lower().startswith(("arxiv", "doi:"))]


def _csl_name(author: Row) -> str:
    parts = ("given", "dropping-particle", "non-dropping-particle", "family", "suffix")
    return " ".join(filter(None, (text_of(author, part) for part in parts))) or text_of(author, "literal", "name")


def _zotero_name(creator: Row) -> str:
    return f"{text_of(creator, 'firstName')} {text_of(creator, 'lastName')}".strip() or text_of(creator, "name")


def _csl_date(issued: Row) -> str:
    """`date-parts` as a date: `[["2013", 1, 1]]`, `[[2013]]`; or the date in words."""
    parts = issued.get("date-parts")
    if isinstance(parts, list) and parts and isinstance(parts[0], list):
        first: Row = {"first": parts[0]}
        said = texts_of(first, "first") if all(isinstance(part, str) for part in parts[0]) else parts[0]
        return "-".join(str(part) for part in said[:3] if isinstance(part, (str, int)))
    return text_of(issued, "raw", "literal", "string")
