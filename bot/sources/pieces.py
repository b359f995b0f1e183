"""Bytes as text, a piece at a time: unpacked, decoded, lines counted, never all of it in memory."""

import codecs
import re
import zlib
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import BinaryIO, NamedTuple

HEAD_BYTES = CHUNK = 64 * 1024
ENTRY_MAX = 5_000_000  # characters: no abstract comes near, and one bad line can't fill the memory
TOO_LONG = "longer than 5 MB"
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
GZIP_MARK = b"\x1f\x8b"

# As many bytes above ASCII in a row, or in a line, as Western text may have; other scripts have far more.
_RUN_OF_HIGH = re.compile(r"[^\x00-\x7f]{4}")
_HIGH_SHARE = 0.25


class Piece(NamedTuple):
    """A line with its end, or a part of a very long one. fault: why its text can't be trusted, or nothing."""

    line: int
    text: str
    fault: str = ""


class EndsEarly(Exception):
    """The file stops in the middle: what came before stands. line: where, from 1; 0 while nobody knows."""

    def __init__(self, line: int = 0, why: str = "the file ends in the middle of an entry") -> None:
        super().__init__(why)
        self.line = line
        self.why = why


def chunks_of(stream: BinaryIO) -> Iterator[bytes]:
    """The bytes of a stream that need not be seekable."""
    while chunk := stream.read(CHUNK):
        yield chunk


def head_of(chunks: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """The first 64 KB or so, to recognise the file by; and all of it again, from the start.

    Raises EndsEarly only where nothing at all can be read; where something can, it comes after that.
    """
    head, rest = bytearray(), chunks
    try:
        while len(head) < HEAD_BYTES and (chunk := next(chunks, b"")):
            head += chunk
    except EndsEarly as err:
        if not head:
            raise
        rest = _broken(err)
    return bytes(head), chain([bytes(head)], rest)


def unzipped(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """What a gzip file holds; raises EndsEarly where it is cut or damaged, after all that could be read."""
    inflate = zlib.decompressobj(wbits=31)
    try:
        for chunk in chunks:
            while True:
                if inflate.eof:  # a gzip file may be several, one after the other, and padded with zeros
                    if not (chunk := chunk.lstrip(b"\0")):
                        break
                    inflate = zlib.decompressobj(wbits=31)
                text = inflate.decompress(chunk, CHUNK)
                yield text
                chunk = inflate.unused_data or inflate.unconsumed_tail
                if not chunk and len(text) < CHUNK:
                    break
    except zlib.error as err:
        raise EndsEarly(why="the compressed file is damaged from here on") from err
    if not inflate.eof:
        raise EndsEarly(why="the compressed file ends early")


def pieces(chunks: Iterator[bytes]) -> Iterator[Piece]:
    """Line by line; a line over 64 KB in several pieces, none of which ends within a tag, an escape or a letter."""
    line, rest = 1, b""
    try:
        for chunk in _even(_one_newline(_as_utf8(chunks))):
            block, newline, rest = (rest + chunk).rpartition(b"\n")
            if newline:
                for text, fault in _decoded_lines(block + newline):
                    yield Piece(line, text, fault)
                    line += 1
            if len(rest) > CHUNK:
                cut = _cut(rest)
                yield Piece(line, *_decoded(rest[:cut]))
                rest = rest[cut:]
    except EndsEarly as err:
        raise EndsEarly(line, err.why) from err
    if rest:
        yield Piece(line, *_decoded(rest))


def lines(parts: Iterable[Piece]) -> Iterator[Piece]:
    """Whole lines without their ends; of one over 5 MB only its number and its fault."""
    held: list[str] = []
    size, fault = 0, ""
    for part in parts:
        size += len(part.text)
        fault = fault or part.fault
        held.append(part.text)
        if size > ENTRY_MAX:
            held, fault = [], TOO_LONG
        if part.text.endswith("\n"):
            yield Piece(part.line, "".join(held).removesuffix("\n"), fault)
            held, size, fault = [], 0, ""
    if size:
        yield Piece(part.line, "".join(held), fault)


def _broken(err: EndsEarly) -> Iterator[bytes]:
    yield b""
    raise err


def _as_utf8(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The same text in UTF-8 without its byte order mark; bytes in no known encoding are left for later."""
    first = next(chunks, b"")
    if not first.startswith(UTF16_MARKS):
        yield first.removeprefix(codecs.BOM_UTF8)
        yield from chunks
        return
    decoder = codecs.getincrementaldecoder("utf-16")(errors="replace")
    for chunk in chain([first], chunks):
        yield decoder.decode(chunk).encode()
    yield decoder.decode(b"", final=True).encode()


def _one_newline(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Windows' and old Macs' line ends made one."""
    held = b""
    for chunk in chunks:
        text = held + chunk
        held = b"\r" if text.endswith(b"\r") else b""
        yield text.removesuffix(held).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    yield held.replace(b"\r", b"\n")


def _even(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Small chunks joined to 64 KB: then nothing after this is ever copied more than twice."""
    held = bytearray()
    try:
        for chunk in chunks:
            held += chunk
            if len(held) >= CHUNK:
                yield bytes(held)
                held.clear()
    except EndsEarly:
        yield bytes(held)
        raise
    yield bytes(held)


def _decoded_lines(block: bytes) -> Iterator[tuple[str, str]]:
    try:
        for text in block.decode().split("\n")[:-1]:
            yield text + "\n", ""
    except UnicodeDecodeError:
        for row in block.split(b"\n")[:-1]:
            yield _decoded(row + b"\n")


def _decoded(row: bytes) -> tuple[str, str]:
    """UTF-8, or else Windows' Western letters where that makes sense; or else with a fault."""
    try:
        return row.decode(), ""
    except UnicodeDecodeError:
        broken = row.decode(errors="replace")
    western = row.decode("cp1252", errors="replace")
    is_no_utf8 = broken.replace("\ufffd", "").isascii() and "\ufffd" not in western
    high = sum(letter > "\x7f" for letter in western)
    is_western = high <= len(western) * _HIGH_SHARE and not _RUN_OF_HIGH.search(western)
    return (western, "") if is_no_utf8 and is_western else (broken, "not UTF-8")


def _cut(row: bytes) -> int:
    """Where to cut a long line: after a delimiter, or else not within a letter nor after a backslash."""
    cut = max(row.rfind(mark) for mark in (b">", b"}", b",")) + 1 or len(row)
    while cut and (row[cut - 1] >= 0x80 or row[cut - 1] == 0x5C):
        cut -= 1
    return cut or len(row)
