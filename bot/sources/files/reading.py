"""A file's papers, whatever its form: recognised first, then read entry by entry."""

from collections.abc import Iterator
from datetime import date, datetime
from itertools import chain
from typing import BinaryIO, assert_never

from bot.errors import Refused
from bot.model import Draft
from bot.sources.entry import INSTEAD, Skipped, Told, as_draft
from bot.sources.files import atom, bibtex, objects, page, ris
from bot.sources.files.forms import Form, recognise, said_at_start
from bot.sources.pieces import GZIP_MARK, EndsEarly, Piece, chunks_of, head_of, pieces, unzipped


def read(stream: BinaryIO, name: str, now: datetime, day: date | None = None) -> Iterator[Draft | Skipped]:
    """Each entry of a file, and a word on each that could not be read; gzip is unpacked on the way.

    stream: need not be seekable. name: for messages; `-` is standard input. now: aware UTC, for dates without a year.
    day: when all of it was listed, whatever the file says. Raises Refused where the file is not of a known form.
    """
    head, chunks = head_of(chunks_of(stream))
    if head.startswith(GZIP_MARK):
        try:
            head, chunks = head_of(unzipped(chunks))
        except EndsEarly as err:
            raise Refused(f"{said_at_start(name)} looks like a damaged gzip file.", INSTEAD) from err
    drafts = _drafts(_entries(recognise(head, name), pieces(chunks), now), day)
    first = next(drafts, None)  # so that an answer refused as a whole, such as an error, is refused here
    return drafts if first is None else chain([first], drafts)


def _entries(form: Form, parts: Iterator[Piece], now: datetime) -> Iterator[Told | Skipped]:
    match form:
        case "page":
            return page.entries(parts, now)
        case "jsonl":
            return objects.from_lines(parts)
        case "json array":
            return objects.from_array(parts, 1)
        case "json items":
            return objects.from_array(parts, 2)
        case "json object":
            return objects.from_one(parts)
        case "ris":
            return ris.entries(parts)
        case "bibtex":
            return bibtex.entries(parts)
        case "atom":
            return atom.entries(parts)
        case _:
            assert_never(form)


def _drafts(entries: Iterator[Told | Skipped], day: date | None) -> Iterator[Draft | Skipped]:
    line = 1
    try:
        for entry in entries:
            line = entry.line
            yield entry if isinstance(entry, Skipped) else as_draft(entry, day)
    except EndsEarly as err:
        yield Skipped(err.line or line, err.why)
