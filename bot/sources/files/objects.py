"""JSON read object by object, from lines or from an array, so that a bad or cut one costs only itself."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Literal

from bot.errors import Refused
from bot.sources.entry import INSTEAD, Skipped, Told
from bot.sources.files import csl, jsonl
from bot.sources.pieces import ENTRY_MAX, TOO_LONG, EndsEarly, Piece, lines
from bot.sources.values import Row, row_of

Nesting = Literal[0, 1, 2]  # brackets around a paper's object: none, `[...]`, or `{"items": [...]}`

_MARK = re.compile(r'["{}\[\]]')
_REST_OF_STRING = re.compile(r'[^"\\]*(?:\\.[^"\\]*)*("?)', re.DOTALL)
_PAPER_KEYS = {"title", "paper", "itemType", "data"}


def from_lines(parts: Iterable[Piece]) -> Iterator[Told | Skipped]:
    """One object a line."""
    for part in lines(parts):
        if part.fault or part.text.strip():
            yield _entry(Piece(part.line, part.text.strip().removesuffix(","), part.fault))


def from_array(parts: Iterable[Piece], nesting: Nesting) -> Iterator[Told | Skipped]:
    """The objects of an array, as they come; raises EndsEarly where the array is not closed."""
    return map(_entry, _objects(parts, nesting))


def from_one(parts: Iterable[Piece]) -> Iterator[Told | Skipped]:
    """A single object, refused if it is not about a paper."""
    for part in _objects(parts, 0):
        if not part.fault and not _PAPER_KEYS & _loaded(part.text).keys():
            raise Refused("This JSON is about something other than papers.", INSTEAD)
        yield _entry(part)


def _objects(parts: Iterable[Piece], nesting: Nesting) -> Iterator[Piece]:
    """The text of each object that has `nesting` open brackets around it, and the line on which it begins."""
    found = _Object(0)
    depth, in_string = 0, False
    for part in parts:
        begin = at = 0
        while True:
            if in_string:
                match = _REST_OF_STRING.match(part.text, at)
                at = match.end() if match else at
                in_string = not (match and match[1])
                if in_string:
                    break
            if not (mark := _MARK.search(part.text, at)):
                break
            at = mark.end()
            if mark[0] == '"':
                in_string = True
            elif mark[0] in "{[":
                if mark[0] == "{" and depth == nesting:
                    found, begin = _Object(part.line), mark.start()
                depth += 1
            elif found.line or mark[0] == "]" or depth != nesting:  # else a brace too many, which closes nothing
                depth = max(depth - 1, 0)
                if found.line and depth <= nesting:
                    found.add(part.text[begin:at], part.fault)
                    yield found.piece()
                    found = _Object(0)
        if found.line:
            found.add(part.text[begin:], part.fault)
        in_string = in_string and not part.text.endswith("\n")  # a string can't go on: a quote is missing
    if depth:
        raise EndsEarly(found.line)


class _Object:
    """The text of an object while it is gathered. line 0: none is open."""

    def __init__(self, line: int) -> None:
        self.line = line
        self._held: list[str] = []
        self._size, self._fault = 0, ""

    def add(self, text: str, fault: str) -> None:
        self._size += len(text)
        self._fault = self._fault or fault
        self._held.append(text)
        if self._size > ENTRY_MAX:
            self._held, self._fault = [], TOO_LONG

    def piece(self) -> Piece:
        return Piece(self.line, "".join(self._held), self._fault)


def _entry(part: Piece) -> Told | Skipped:
    if part.fault:
        return Skipped(part.line, part.fault)
    row = _loaded(part.text)
    if not row:
        return Skipped(part.line, "not a JSON object")
    inner = row_of(row, "data")  # Zotero's web interface wraps its items
    if isinstance(row.get("paper"), dict):
        return jsonl.daily_paper(part.line, row)
    if "itemType" in row or "itemType" in inner:
        return csl.zotero_item(part.line, inner if "itemType" in inner else row)
    return csl.item(part.line, row) if csl.is_csl(row) else jsonl.paper(part.line, row)


def _loaded(text: str) -> Row:
    """The object that `text` spells; an empty one where it spells none, or is nested a thousand deep."""
    try:
        row = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return {}
    return row if isinstance(row, dict) else {}
