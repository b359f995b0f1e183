"""The body of an answer: decompressed as it comes, and never more of it in memory than its limit."""

import asyncio
import zlib
from collections.abc import AsyncIterable, Iterable

from bot.errors import SourceTrouble
from bot.sources.faults import PassingTrouble

CODINGS = "gzip, deflate"  # what we ask for, and so all that we read
_SLICE_BYTES = 65_536  # under 3 ms of decompression
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
_GZIP_MARK = b"\x1f"
_HEADLESS = -zlib.MAX_WBITS


async def read_body(pieces: AsyncIterable[bytes], coding: str, most_bytes: int) -> bytes:
    """All of it, decompressed. Raises SourceTrouble over `most_bytes`, on the wire or after, and for broken codings."""
    room, unpack, body = most_bytes, _unpacker(coding), bytearray()
    async for piece in pieces:
        room -= len(piece)  # empty members of a gzip file could go on for ever
        for part in unpack.parts(piece):
            body += part
            if room < 0 or len(body) > most_bytes:
                raise too_long(most_bytes)
            await asyncio.sleep(0)  # others on the loop have their turn
    if not unpack.is_whole:
        raise PassingTrouble("stopped in the middle of its answer")
    return bytes(body)


def too_long(most_bytes: int) -> SourceTrouble:
    size = f"{most_bytes / 1_000_000:g} MB" if most_bytes >= 1_000_000 else f"{most_bytes:,} bytes"
    return SourceTrouble(f"more than {size}")


class _Plain:
    is_whole = True

    def parts(self, piece: bytes) -> Iterable[bytes]:
        return (piece,)


class _Packed:
    """gzip of any number of members, zlib, or deflate without a header, as some servers understand `deflate`."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(_GZIP_OR_ZLIB)
        self._has_begun = False

    @property
    def is_whole(self) -> bool:
        return self._stream.eof or not self._has_begun

    def parts(self, piece: bytes) -> Iterable[bytes]:
        """What the piece holds, a slice at a time."""
        has_more = True
        while piece or has_more:
            if self._stream.eof:
                if not piece.startswith(_GZIP_MARK):
                    return  # padding, or what a careless server adds
                self._stream = zlib.decompressobj(_GZIP_OR_ZLIB)
            part = self._inflate(piece)
            has_more = len(part) == _SLICE_BYTES
            yield part
            piece = self._stream.unused_data or self._stream.unconsumed_tail

    def _inflate(self, piece: bytes) -> bytes:
        is_first, self._has_begun = not self._has_begun, True
        try:
            return self._stream.decompress(piece, _SLICE_BYTES)
        except zlib.error as err:
            if not is_first:
                raise SourceTrouble("sent a damaged answer") from err
        self._stream = zlib.decompressobj(_HEADLESS)
        try:
            return self._stream.decompress(piece, _SLICE_BYTES)
        except zlib.error as err:
            raise SourceTrouble("sent a damaged answer") from err


def _unpacker(coding: str) -> _Plain | _Packed:
    match coding.strip().lower():
        case "" | "identity":
            return _Plain()
        case "gzip" | "x-gzip" | "deflate":
            return _Packed()
        case _:
            raise SourceTrouble("sent a compression that was not asked for")
