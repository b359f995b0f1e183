"""arXiv's answers and daily feeds in Atom and RSS, an entry at a time; no entity is ever resolved."""

import re
from collections.abc import Iterable, Iterator
from xml.etree import ElementTree

from bot.errors import Refused
from bot.sources.files.entry import INSTEAD, Entry, Skipped, version_in
from bot.sources.files.pieces import ENTRY_MAX, TOO_LONG, EndsEarly, Piece

_ROOT = re.compile(r"<(feed|rss|rdf:RDF)\b[^<>]*>")
_DECLARATION = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)  # what an entity bomb needs; arXiv sends none
_AUTHORS_PARTED = re.compile(r",\s+|\s+and\s+")

_OPENING = re.compile(r"<(entry|item)(?=[\s>/])")
_END = re.compile(r"</(?:feed|rss|rdf:RDF)\s*>")
_ERROR_ID = re.compile(r"arxiv\.org/api/errors")
_FEED_PREFIX = re.compile(r"\s*arXiv:(?P<id>\S+)\s+Announce Type:\s*(?P<type>\S+)\s+(?:Abstract:)?\s*")
_FEED_SUFFIX = re.compile(r"\s*\(arXiv:(?P<id>\S+)\s*(?:\[(?P<category>[\w.-]+)\])?[^()]*\)\s*$")
_BRACKETED = re.compile(r"\s*\([^()]*\)")
_TAG = re.compile(r"<[^<>]*>")


def is_arxiv(head: str) -> bool:
    """Whether XML begins as a feed that says it is arXiv's, or with a document type, to be refused for that."""
    before_entries = _OPENING.split(head, maxsplit=1)[0]
    is_feed = _ROOT.search(before_entries) and "arxiv" in before_entries.lower()
    return bool(is_feed or (_DECLARATION.search(before_entries) and _ROOT.search(head)))


def entries(parts: Iterable[Piece]) -> Iterator[Entry | Skipped]:
    """Paper by paper; arXiv's answer to a bad question is refused in its own words."""
    root = ""
    for part in _cut(parts):
        if not root:
            root = part.text
            continue
        yield Skipped(part.line, part.fault) if part.fault else _entry(part, root)


def _cut(parts: Iterable[Piece]) -> Iterator[Piece]:
    """First the tag that opens the whole, with its namespaces; then each entry."""
    head = root = closing = ""
    line, fault, is_ended = 1, "", False
    held: list[str] = []
    size = 0
    for part in parts:
        at = 0
        if not root:
            head += part.text
            if _DECLARATION.search(head):
                raise Refused("This XML declares a document type, which I don't read: it can hide anything.", INSTEAD)
            if not (match := _ROOT.search(head)):
                head = head[max(head.rfind("<"), 0) :]
                continue
            root = match[0]
            yield Piece(part.line, root)
            at = len(part.text) - (len(head) - match.end())
        while True:
            if not closing:
                is_ended = is_ended or bool(_END.search(part.text, at))
                if not (opening := _OPENING.search(part.text, at)):
                    break
                closing, line, at = f"</{opening[1]}>", part.line, opening.start()
            found = part.text.find(closing, at)
            end = found + len(closing) if found >= 0 else len(part.text)
            held.append(part.text[at:end])
            size += end - at
            fault = fault or part.fault
            if size > ENTRY_MAX:
                held, fault = [], TOO_LONG
            if found < 0:
                break
            yield Piece(line, "".join(held), fault)
            held, size, fault, closing, at = [], 0, "", "", end
    if not is_ended:
        raise EndsEarly(line)


def _entry(part: Piece, root: str) -> Entry | Skipped:
    fields = _fields(part.text, root)
    if fields is None:
        return Skipped(part.line, "not well-formed XML")
    summary = fields.text("summary", "description")
    if _ERROR_ID.search(fields.text("id")):
        raise Refused(f"arXiv answered with an error: {summary}.")
    prefix, suffix = _FEED_PREFIX.match(summary), _FEED_SUFFIX.search(fields.text("title"))
    id_said = fields.text("id", "guid") or (suffix["id"] if suffix else "")
    is_news = bool(prefix or suffix)  # a daily feed gives the day of the announcement as the date
    is_new = fields.text("announce_type") in ("", "new")
    return Entry(
        part.line,
        title=_FEED_SUFFIX.sub("", fields.text("title")),
        abstract=summary[prefix.end() :] if prefix else summary,
        authors=fields.authors(),
        names=[id_said.removeprefix("oai:"), *fields.texts("doi", "DOI")],
        url=fields.link(),
        categories=fields.categories() or ([suffix["category"]] if suffix and suffix["category"] else []),
        published=fields.text("published", "pubDate", "date") if is_new else "",
        updated="" if is_news else fields.text("updated"),
        version=version_in(id_said) or version_in(suffix["id"] if suffix else ""),
        venue=fields.text("journal_ref", "journal_reference"),
    )


def _fields(text: str, root: str) -> "_Fields | None":
    """The elements of one entry, parsed in a document of its own, in which nothing can have been declared."""
    if _DECLARATION.search(text):
        return None
    name = root[1:].split(maxsplit=1)[0].rstrip(">")
    try:
        parent = ElementTree.fromstring(f"{root}{text}</{name}>")  # noqa: S314 - no DOCTYPE in it, hence no entities
    except (ElementTree.ParseError, ValueError):
        return None
    return _Fields(list(parent[0]))


class _Fields:
    """The children of an entry by their local names: what Atom and the RSS dialects have in common."""

    def __init__(self, elements: list[ElementTree.Element]) -> None:
        self._named = [(element.tag.rpartition("}")[2], element) for element in elements]

    def all(self, *names: str) -> list[ElementTree.Element]:
        return [element for name in names for said, element in self._named if said == name]

    def texts(self, *names: str) -> list[str]:
        return [" ".join("".join(element.itertext()).split()) for element in self.all(*names)]

    def text(self, *names: str) -> str:
        return next(filter(None, self.texts(*names)), "")

    def authors(self) -> list[str]:
        """Atom's authors, or the one string in which a feed names them all, perhaps with links and affiliations."""
        if creators := self.texts("creator"):
            bare = _BRACKETED.sub("", _TAG.sub("", ", ".join(creators)))
            return _AUTHORS_PARTED.split(bare)
        names = [child for author in self.all("author") for child in author if child.tag.endswith("name")]
        return ["".join(name.itertext()) for name in names]

    def link(self) -> str:
        links = self.all("link")
        pages = [link.get("href", "") for link in links if link.get("rel", "alternate") == "alternate"]
        return next(filter(None, [*pages, *self.texts("link")]), "")

    def categories(self) -> list[str]:
        """Each once, the primary one first."""
        said = [element.get("term") or element.text or "" for element in self.all("primary_category", "category")]
        return list(dict.fromkeys(filter(None, said)))
