"""What a file tells of somebody's interests: papers, keywords and feeds, from a library, an OPML or a list of ids."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO, StringIO
from itertools import islice
from typing import Any
from xml.etree import ElementTree

from bot import identity
from bot.errors import Refused
from bot.markup import plain
from bot.model import Draft
from bot.sources import files
from bot.sources.elements import DECLARATION
from bot.sources.names import names_in

MOST_BYTES = 20_000_000  # of a library; one of 10,000 papers has about 12 million
MOST_PAPERS = 20_000
_INSTEAD = "Give me BibTeX, RIS, CSL-JSON, Zotero's CSV or RDF, an OPML, or ids of papers."
_XML_BYTES = 5_000_000
_MOST_FEEDS = 100
_KEYWORD_MAX = 60  # characters: a longer one is a sentence

_OPML = re.compile(r"<opml[\s>]", re.IGNORECASE)
_RDF = re.compile(r"<rdf:RDF[\s>]")
_CSV = re.compile(r'"?(?:Key|Item Type|Title)"?,.*"?Title"?|"?Title"?,.*"?Author"?', re.IGNORECASE)
_KEYWORDS = (
    re.compile(r"(?<![\w-])keywords?\s*=\s*[{\"]([^{}\"]{1,2000})[}\"]", re.IGNORECASE),  # BibTeX
    re.compile(r"^KW\s{0,2}-\s+(.{1,500})$", re.MULTILINE),  # RIS
    re.compile(r'"(?:keyword|tag)"\s*:\s*"([^"\\]{1,2000})"'),  # CSL-JSON; Zotero's own JSON
)
_ARXIV_TAG = re.compile(r"^[A-Z][A-Za-z ]+ - ")  # Zotero's: Computer Science - Information Retrieval
_CATEGORY = re.compile(r"[a-z-]{2,10}\.[A-Za-z-]{2,10}")


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed that somebody reads."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Leads:
    """Papers (of a list of ids without a title), keywords as often as they are said, and feeds."""

    papers: tuple[Draft, ...] = ()
    keywords: tuple[str, ...] = ()
    feeds: tuple[Feed, ...] = ()


def read(data: bytes, name: str, now: datetime) -> Leads:
    """What the file tells. name: for messages. Raises Refused where it is nothing that I know."""
    if len(data) > MOST_BYTES:
        raise Refused(f"{name} is over {MOST_BYTES // 1_000_000} MB.", "Give me a part of it.")
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    text = data.decode(encoding, errors="replace").lstrip()
    if _OPML.search(text[:2_000]):
        return Leads(feeds=_feeds(_xml(text, name)))
    if _RDF.search(text[:5_000]) and "net/biblio" in text[:5_000]:
        return _of_rdf(_xml(text, name))
    if _CSV.match(text.partition("\n")[0][:5_000]):
        return _of_csv(text)
    if identity.ids_in(text[:1_000_000]) and identity.is_only_ids(text[:1_000_000]):
        return Leads(tuple(Draft("", ids=(id,)) for id in identity.ids_in(text[:1_000_000])))
    try:
        entries = islice(files.read(BytesIO(data), name, now), MOST_PAPERS)
    except Refused as err:
        raise Refused(err.wrong, _INSTEAD) from err
    papers = tuple(entry for entry in entries if isinstance(entry, Draft))
    return Leads(papers, tuple(word for form in _KEYWORDS for found in form.findall(text) for word in _words(found)))


def _feeds(root: ElementTree.Element) -> tuple[Feed, ...]:
    """The https feeds of an OPML, each once."""
    found: dict[str, str] = {}
    for outline in root.iter("outline"):
        url = outline.get("xmlUrl", "").strip()
        if url.startswith("https://") and url.isprintable() and " " not in url:
            found.setdefault(url, plain(outline.get("title") or outline.get("text") or "")[:100])
    return tuple(Feed(title, url) for url, title in islice(found.items(), _MOST_FEEDS))


def _of_rdf(root: ElementTree.Element) -> Leads:
    """Zotero's RDF: items with a title and authors; its subjects are keywords."""
    papers, keywords = [], list[str]()
    for item in root:
        title = _child_text(item, "title")
        if not title or _local(item) in ("Attachment", "Memo", "Collection", "Journal"):
            continue
        told = " ".join(_texts(item, "identifier"))
        papers.append(Draft(title, authors=tuple(_people(item)), ids=identity.ids_in(told)[:3]))
        keywords += [word for subject in _texts(item, "subject") for word in _words(subject)]
    return Leads(tuple(papers[:MOST_PAPERS]), tuple(keywords))


def _people(item: ElementTree.Element) -> Iterator[str]:
    for authors in (child for child in item if _local(child) == "authors"):
        for person in (one for one in authors.iter() if _local(one) == "Person"):
            names = [_child_text(person, part) for part in ("givenName", "surname")]
            yield " ".join(filter(None, names))


def _of_csv(text: str) -> Leads:
    """Zotero's CSV, and any other with a Title column."""
    rows = csv.DictReader(StringIO(text))
    papers, keywords = [], list[str]()
    try:
        for row in islice(rows, MOST_PAPERS):
            told = {key.casefold(): value for key, value in row.items() if key and isinstance(value, str)}
            title = plain(told.get("title", "")[:2_000])
            if not title:
                continue
            named = " ".join(told.get(column, "")[:500] for column in ("doi", "url", "extra"))
            people = names_in(told.get("author", told.get("authors", "")))
            papers.append(Draft(title, authors=tuple(filter(None, people)), ids=identity.ids_in(named)[:3]))
            keywords += _words(f"{told.get('manual tags', '')};{told.get('automatic tags', '')}")
    except csv.Error as err:
        raise Refused(f"That CSV breaks off after {len(papers)} papers.", "Export it again.") from err
    return Leads(tuple(papers), tuple(keywords))


def _xml(text: str, name: str) -> ElementTree.Element:
    """The root, parsed where nothing is declared, so that no entity can hide anything."""
    if len(text) > _XML_BYTES:
        raise Refused(f"{name} is over {_XML_BYTES // 1_000_000} MB of XML.", "Give me a part of it.")
    if DECLARATION.search(text):
        raise Refused("This XML declares a document type, which I don't read: it can hide anything.", "Leave it out.")
    try:
        return ElementTree.fromstring(text)  # noqa: S314 - no DOCTYPE in it, hence no entities
    except (ElementTree.ParseError, ValueError) as err:
        raise Refused(f"{name} is no well-formed XML.", "Export it again.") from err


def _words(text: str) -> list[str]:
    """Keywords in a field; categories and sentences are none."""
    words = (plain(_ARXIV_TAG.sub("", word.strip())) for word in re.split(r"[;,\n]", text[:5_000]))
    return [word for word in words if 1 < len(word) <= _KEYWORD_MAX and not _CATEGORY.fullmatch(word)]


def _local(element: ElementTree.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _texts(item: ElementTree.Element, name: str) -> list[str]:
    return [" ".join("".join(child.itertext()).split()) for child in item if _local(child) == name]


def _child_text(item: Any, name: str) -> str:
    return next(iter(_texts(item, name)), "")
