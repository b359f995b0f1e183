"""BibTeX cut into its blocks, one at a time, by counting braces; an unclosed one ends where the next begins."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from bot.sources.pieces import ENTRY_MAX, TOO_LONG, EndsEarly, Piece

UNCLOSED = "its braces don't close"

_OPENING = re.compile(r"(?<![\w.@])@\s*([A-Za-z]+)\s*([{(])")
_OPENING_OF_NEXT = re.compile(r"[ \t]*@[A-Za-z]+[ \t]*[{(][ \t]*(?:[^\s,{}()=\"]*[ \t]*[,=]|$)")
_MARK = {"{": re.compile(r"\\.|[{}]", re.DOTALL), "(": re.compile(r"\\.|[{}\")]", re.DOTALL)}


class Block(NamedTuple):
    """`@kind{body}`, its kind in lower case. fault: why the body can't be read, or nothing."""

    line: int
    kind: str
    body: str
    fault: str = ""


def blocks(parts: Iterable[Piece]) -> Iterator[Block]:
    """Block by block; what stands between them is a comment. Raises EndsEarly where the last one is not closed."""
    block: _Open | None = None
    at_line_start = True
    for part in parts:
        at = 0
        if block and at_line_start and block.kind != "comment" and _OPENING_OF_NEXT.match(part.text):
            yield block.closed(UNCLOSED)
            block = None
        while at < len(part.text):
            if block is None:
                if not (opening := _OPENING.search(part.text, at)):
                    break
                block, at = _Open(part.line, opening[1].lower(), opening[2]), opening.end()
            end = block.add(part.text, at, part.fault)
            if block.is_closed:
                yield block.closed()
                block = None
            at = end
        at_line_start = part.text.endswith("\n")
    if block:
        raise EndsEarly(block.line)


class _Open:
    """A block while it is gathered."""

    def __init__(self, line: int, kind: str, bracket: str) -> None:
        self.line, self.kind, self.is_closed = line, kind, False
        self._bracket, self._depth, self._in_quotes = bracket, 0, False
        self._held: list[str] = []
        self._size, self._fault = 0, ""

    def add(self, text: str, begin: int, fault: str) -> int:
        """Take what belongs to this block, up to its last bracket if that is in `text`; where that ends."""
        end = len(text)
        for mark in _MARK[self._bracket].finditer(text, begin):
            if self._closes(mark[0]):
                self.is_closed, end = True, mark.end()
                break
        self._size += end - begin
        self._held.append(text[begin : end - self.is_closed])
        self._fault = self._fault or fault
        if self._size > ENTRY_MAX:
            self._held, self._fault = [], TOO_LONG
        return end

    def closed(self, fault: str = "") -> Block:
        return Block(self.line, self.kind, "".join(self._held), self._fault or fault)

    def _closes(self, mark: str) -> bool:
        is_outer = not self._depth and not self._in_quotes
        if is_outer and mark == ("}" if self._bracket == "{" else ")"):
            return True
        if mark == '"' and not self._depth:
            self._in_quotes = not self._in_quotes
        self._depth = max(self._depth + {"{": 1, "}": -1}.get(mark, 0), 0)
        return False
