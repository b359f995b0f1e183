"""BibTeX entries: abbreviations spelled out, authors parted, what is missing taken from a `crossref`."""

import logging
import re
from collections.abc import Iterable, Iterator, Mapping

from bibtexparser.model import DuplicateFieldKeyBlock
from bibtexparser.model import Entry as ParsedEntry
from bibtexparser.splitter import Splitter

from bot import identity
from bot.sources.dates import MONTHS
from bot.sources.entry import Skipped, Told, categories_in, version_in
from bot.sources.files.bibcut import Block, blocks
from bot.sources.names import given_first
from bot.sources.pieces import Piece

VALUE_MAX = 100_000  # characters: abbreviations made of abbreviations could grow without end
STRINGS_MAX, STRING_MAX = 20_000, 1_000  # abbreviations that a file may define, and the characters of one
WAITING_MAX = 20_000_000  # characters of entries that wait for their `crossref`
PARENTS_MAX = 50_000

_NOT_PAPERS = ("proceedings", "mvproceedings", "periodical", "xdata", "set")
_PARENTS = (*_NOT_PAPERS, "book", "collection", "mvbook", "mvcollection")
_INHERITED = ("booktitle", "journal", "publisher", "year", "month", "date", "author")  # its ids are the parent's own
_USED = {
    *("title", "abstract", "author", "editor", "journal", "journaltitle", "booktitle", "publisher", "keywords"),
    *("date", "year", "month", "day", "doi", "url", "eprint", "archiveprefix", "eprinttype", "primaryclass"),
    *("note", "howpublished", "number", "volume", "crossref"),
}
_MARK = re.compile(r"\\.|[{}\"]", re.DOTALL)
_MARK_OR_AND = re.compile(r"\\.|[{}]|(?<=\s)and(?=\s)", re.DOTALL | re.IGNORECASE)
_WORD = re.compile(r"[^\s#{}\"]+")
_JOINT = re.compile(r"\s*#\s*")
_ARXIV_PREFIX = re.compile(r"arxiv", re.IGNORECASE)

Fields = dict[str, str]

logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)  # what it warns of, we tell as a skipped entry


def entries(parts: Iterable[Piece]) -> Iterator[Told | Skipped]:
    """Entry by entry; one with a `crossref` follows once its parent is read, or at the end."""
    strings = {month: month for month in MONTHS}
    parents: dict[str, Fields] = {}
    waiting: list[tuple[int, str, Fields]] = []
    waiting_size = 0
    for block in blocks(parts):
        if block.kind == "string":
            _define(block, strings)
        if block.kind in ("string", "preamble", "comment"):
            continue
        fields = None if block.fault else _fields(block, strings)
        if fields is None:
            yield Skipped(block.line, block.fault or "not BibTeX that I can read")
            continue
        key, parent = fields["@key"], fields.get("crossref", "").lower()
        if block.kind in _PARENTS and key and len(parents) < PARENTS_MAX:
            parents[key] = {name: fields[name][:STRING_MAX] for name in (*_INHERITED, "title") if name in fields}
        if block.kind not in _NOT_PAPERS:
            if parent and parent not in parents and waiting_size < WAITING_MAX:
                waiting.append((block.line, parent, fields))
                waiting_size += len(block.body)
            else:
                yield _entry(block.line, _completed(fields, parents.get(parent, {})))
    for line, parent, fields in waiting:
        yield _entry(line, _completed(fields, parents.get(parent, {})))


def _define(block: Block, strings: dict[str, str]) -> None:
    name, equals, value = block.body.partition("=")
    if equals and not block.fault and len(strings) < STRINGS_MAX:
        strings[name.strip().lower()] = _value(value.strip(), strings)[:STRING_MAX]


def _fields(block: Block, strings: Mapping[str, str]) -> Fields | None:
    """The fields of an entry by their names in lower case, and its key as `@key`; none where it can't be parsed."""
    found = Splitter(f"@{block.kind}{{{block.body}}}").split().blocks
    parsed = found[0] if found else None
    if isinstance(parsed, DuplicateFieldKeyBlock):
        parsed = parsed.ignore_error_block
    if not isinstance(parsed, ParsedEntry):
        return None
    fields: Fields = {"@key": parsed.key.lower()}
    for field in parsed.fields:
        if (name := field.key.lower()) in _USED:
            fields.setdefault(name, _value(str(field.value), strings))
    return fields


def _value(raw: str, strings: Mapping[str, str]) -> str:
    """`{a} # b # "c"` as one text, without its outer braces and quotes; what follows without a `#` is left out."""
    found: list[str] = []
    at = size = 0
    while at < len(raw) and size < VALUE_MAX:
        if raw[at] in '{"':
            end = _closing(raw, at)
            said, at = raw[at + 1 : end], end + 1
        elif word := _WORD.match(raw, at):
            said, at = strings.get(word[0].lower(), word[0]), word.end()
        else:
            break
        found.append(said)
        size += len(said)
        if not (joint := _JOINT.match(raw, at)):
            break
        at = joint.end()
    return "".join(found)


def _closing(raw: str, opening: int) -> int:
    """Where the brace or quote that opens at `opening` is closed, or the end."""
    depth, is_quoted = 0, raw[opening] == '"'
    for mark in _MARK.finditer(raw, opening + is_quoted):
        depth += {"{": 1, "}": -1}.get(mark[0], 0)
        if depth <= 0 and mark[0] == ('"' if is_quoted else "}"):
            return mark.start()
    return len(raw)


def _completed(fields: Fields, parent: Fields) -> Fields:
    book = {"booktitle": parent["title"]} if "title" in parent else {}
    inherited = {name: value for name, value in parent.items() if name in _INHERITED}
    return {**book, **inherited, **fields}


def _entry(line: int, fields: Fields) -> Told:
    eprint = fields.get("eprint", "")
    url = fields.get("url", "").removeprefix("\\url{").removesuffix("}").replace("\\", "")
    return Told(
        line,
        title=fields.get("title", ""),
        abstract=fields.get("abstract", ""),
        authors=[_author(name) for name in _people(fields.get("author", "") or fields.get("editor", ""))],
        names=list(filter(None, (fields.get("doi", "").replace("\\", ""), *_arxiv_names(fields)))),
        url=url,
        categories=categories_in([fields.get("primaryclass", ""), *fields.get("keywords", "").split(",")]),
        published=fields.get("date") or " ".join(fields.get(part, "") for part in ("year", "month", "day")),
        version=version_in(eprint) or version_in(url),
        venue=next((fields[name] for name in ("journal", "journaltitle", "booktitle") if fields.get(name)), ""),
    )


def _arxiv_names(fields: Fields) -> Iterator[str]:
    """Where people put an arXiv id: eprint, journal (`arXiv preprint arXiv:...`), note, DBLP's volume."""
    archive = fields.get("archiveprefix", "") or fields.get("eprinttype", "")
    eprint = fields.get("eprint", "")
    if _ARXIV_PREFIX.match(archive) or identity.is_only_ids(eprint[:300]):
        yield eprint
    for name in ("journal", "note", "howpublished", "number"):
        said = fields.get(name, "")[:1000]
        if _ARXIV_PREFIX.search(said) and (paper_id := identity.arxiv_id(said)):
            yield paper_id
    if fields.get("journal", "").lower() == "corr":
        yield fields.get("volume", "").removeprefix("abs/")


def _people(names: str) -> list[str]:
    """The names in an author field: parted by "and", though not by one within braces."""
    people, depth, begin = [], 0, 0
    for mark in _MARK_OR_AND.finditer(names):
        depth += {"{": 1, "}": -1}.get(mark[0], 0)
        if depth == 0 and mark[0].lower() == "and":
            people.append(names[begin : mark.start()])
            begin = mark.end()
    return [name.strip() for name in [*people, names[begin:]] if name.strip().lower() not in ("", "others")]


def _author(name: str) -> str:
    is_one_group = name.startswith("{") and _closing(name, 0) == len(name) - 1
    return name if is_one_group else given_first(name)
