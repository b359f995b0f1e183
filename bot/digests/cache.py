"""The file that keeps the picker's index: written whole and swapped, and taken as missing where it can't be read."""

import asyncio
import logging
import os
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from bot.digests import mapped

if TYPE_CHECKING:
    from bot.picking.vectors import Index

log = logging.getLogger(__name__)

try:
    import fcntl
except ImportError:  # on Windows, where several workers may count the same papers, each for itself
    fcntl = None  # type: ignore[assignment]

_LEFT_SECONDS = 3_600
_AGAIN_SECONDS = 0.1  # between two tries to get a turn

Prints = Mapping[int, int]  # the fingerprint of each paper's text, by its number (pk)


def stamp(path: Path | None) -> tuple[int, ...]:
    """Another one for every file that is ever swapped in; empty where there is none."""
    try:
        found = path.stat() if path else None
    except OSError:
        return ()
    return (found.st_ino, found.st_size, found.st_mtime_ns) if found else ()


def load(path: Path | None, *, growing: bool) -> tuple["Index", Prints]:
    """The index in the file and what it was made of; an index of nothing where there is none that can be used."""
    from bot.picking.vectors import VERSION, Index

    if path is not None and path.is_file():
        try:
            arrays = mapped.read(path)
            if int(arrays["version"][0]) == VERSION:
                index = Index.from_arrays(arrays, growing=growing)
                return index, dict(zip(index.pks.tolist(), arrays["prints"].tolist(), strict=True))
        except (OSError, ValueError, KeyError, TypeError) as err:
            log.warning("picking index unreadable, built again", extra={"path": str(path), "why": str(err)})
    return Index.build(()), {}


def save(path: Path, index: "Index", prints: Prints) -> bool:
    """Write the file whole beside itself, then swap: a kill at any moment leaves the old one or the new one.

    False where it can't be written.
    """
    import numpy as np

    told = np.array([prints[pk] for pk in index.pks.tolist()], np.int64)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                mapped.write(file, {"prints": told, **index.to_arrays()})
                file.flush()
                os.fsync(handle)
            Path(name).replace(path)
            _sweep(path)
            return True
        except BaseException:
            Path(name).unlink()
            raise
    except OSError as err:
        log.warning("picking index not kept", extra={"path": str(path), "why": str(err)})
        return False


@asynccontextmanager
async def turn(path: Path | None) -> AsyncIterator[None]:
    """One process of the machine at a time, for what takes long; the turn of one that dies ends with it.

    Where no lock can be had nobody waits: the file is swapped whole in any case.
    """
    lock = _opened(path)
    try:
        while lock is not None and not _taken(lock):  # noqa: ASYNC110 (another process, which no event tells of)
            await asyncio.sleep(_AGAIN_SECONDS)
        yield
    finally:
        if lock is not None:
            os.close(lock)


def _opened(path: Path | None) -> int | None:
    try:
        return os.open(path.with_name(f"{path.name}-lock"), os.O_RDWR | os.O_CREAT, 0o600) if path and fcntl else None
    except OSError:
        return None


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True


def _sweep(path: Path) -> None:
    """Remove what killed processes left half written: over an hour older than the file that was just finished."""
    now = path.stat().st_mtime
    for left in path.parent.glob(f"{path.name}.*"):
        with suppress(OSError):  # another process was faster
            if now - left.stat().st_mtime > _LEFT_SECONDS:
                left.unlink()
