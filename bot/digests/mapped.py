"""Arrays in one file that processes share: mapped into memory as it lies, so that reading it takes no time."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from bot.picking.vectors import Array

_ALIGNED = 64  # bytes: where an array may begin
_LENGTH = 8  # bytes that tell how long the list of arrays is


def write(file: BinaryIO, arrays: Mapping[str, "Array"]) -> None:
    """The arrays one after the other, behind a list of what stands where."""
    listed, end = [], 0
    for name, array in arrays.items():
        listed.append((name, array.dtype.str, array.shape, end))
        end += -(-array.nbytes // _ALIGNED) * _ALIGNED
    head = json.dumps({"arrays": listed, "bytes": end}).encode()
    head += b" " * (-(len(head) + _LENGTH) % _ALIGNED)
    file.write(len(head).to_bytes(_LENGTH, "little") + head)
    for array in arrays.values():
        file.write(array.data)
        file.write(bytes(-array.nbytes % _ALIGNED))


def read(path: Path) -> dict[str, "Array"]:
    """The arrays by name, not to be written to. Raises ValueError or OSError for a damaged file."""
    import numpy as np

    with path.open("rb") as file:
        length = int.from_bytes(file.read(_LENGTH), "little")
        if not 0 < length < path.stat().st_size:
            raise ValueError("no list of arrays")
        head = json.loads(file.read(length))
        whole = np.memmap(file, np.uint8, "r", offset=_LENGTH + length).view(np.ndarray)
    if len(whole) != head["bytes"]:
        raise ValueError(f"{len(whole)} bytes in place of {head['bytes']}")
    found = {}
    for name, kind, shape, start in head["arrays"]:
        size = np.dtype(kind).itemsize * int(np.prod(shape))
        found[name] = whole[start : start + size].view(kind).reshape(shape)
    return found
