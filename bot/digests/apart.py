"""Topics fitted in a process of their own while several people wait for theirs: all others are answered meanwhile."""

import asyncio
import json
import logging
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from bot.digests import cache

if TYPE_CHECKING:
    from bot.picking.profile import Profile

log = logging.getLogger(__name__)

_READY = b"ready\n"
_IDLE_SECONDS = 600.0  # after which the process ends and gives its memory back
_NICE = 5  # who only looks something up goes first
_MOST_SECONDS = 30.0  # that a topic may take
_MOST_BYTES = 1 << 20  # of a profile as text; they have about 30 kB


class Told(NamedTuple):
    """What was fitted, and the stamp of the index that it was fitted to."""

    profile: "Profile"
    stamp: str


class FitsApart:
    """Starts the process when it is first wanted; it reads the index from its file, again whenever that is swapped."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.process: Process | None = None
        self._starting: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        self._leaving: asyncio.TimerHandle | None = None
        self._gone: asyncio.Task[int] | None = None

    def want(self) -> None:
        """Have the process there soon."""
        if self.process is None and self._starting is None:
            self._starting = asyncio.create_task(self._start(), name="fitting")

    @property
    def is_ready(self) -> bool:
        return self.process is not None and self.process.returncode is None

    async def fit(self, text: str) -> Told | None:
        """The profile of a topic; none where the process is not there or fails: then it has to be fitted here."""
        async with self._turn:
            if self._leaving:  # not while it works
                self._leaving.cancel()
            process = self.process
            if process is None or process.stdin is None or process.stdout is None:
                return None
            try:
                async with asyncio.timeout(_MOST_SECONDS):
                    process.stdin.write(json.dumps(text).encode() + b"\n")
                    stamp, profile = json.loads(await process.stdout.readline())
            except (OSError, ValueError) as err:  # one that has gone away gives no line; a timeout is an OSError
                log.warning("topic not fitted apart", extra={"why": type(err).__name__})
                await self.close()
                return None
            except asyncio.CancelledError:  # its answer would be taken for that to the next question
                await self.close()
                raise
            self._rest()
            return _told(stamp, profile)

    async def close(self) -> None:
        """End the process."""
        if self._leaving:
            self._leaving.cancel()
        if self._starting:
            self._starting.cancel()
            with suppress(asyncio.CancelledError):
                await self._starting
        process, self.process = self.process, None
        if process:
            await _ended(process)
        if self._gone:
            await self._gone

    def _rest(self) -> None:
        self._leaving = asyncio.get_running_loop().call_later(_IDLE_SECONDS, self._leave)

    def _leave(self) -> None:
        """Of its own accord, at the end of what it is asked."""
        process, self.process = self.process, None
        if process and process.stdin:
            process.stdin.close()
            self._gone = asyncio.create_task(process.wait(), name="fitting")

    async def _start(self) -> None:
        process = None
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot.digests.apart", str(self._path)),
                stdin=PIPE, stdout=PIPE, stderr=DEVNULL, limit=_MOST_BYTES,
            )  # fmt: skip
            assert process.stdout
            if await process.stdout.readline() == _READY:
                self.process, process = process, None
                self._rest()
        except OSError as err:
            log.warning("no process to fit topics", extra={"why": type(err).__name__})
        finally:
            self._starting = None
            if process:
                await _ended(process)


async def _ended(process: Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
    await process.wait()


def _told(stamp: str, profile: str) -> Told:
    from bot.picking.profile import Profile

    return Told(Profile.loads(profile), stamp)


def serve(path: Path, lines: Iterable[bytes], out: BinaryIO) -> None:
    """The other end: a topic a line, until there are no more."""
    from bot.digests.index import import_ranking

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it ends when whoever asks it does
    if hasattr(os, "nice"):  # not on Windows
        os.nice(_NICE)
    import_ranking()
    from bot.picking.meaning import meant
    from bot.picking.ranker import fit

    file, index = cache.stamp(path), cache.load(path, growing=False)[0]
    fit(index, meant(index, "learning"))  # what is imported and laid out by the first is there for all
    out.write(_READY)
    out.flush()
    for line in lines:
        if file != cache.stamp(path):
            file, index = cache.stamp(path), cache.load(path, growing=False)[0]
        profile = fit(index, meant(index, json.loads(line)))
        out.write(json.dumps([index.stamp, profile.dumps()]).encode() + b"\n")
        out.flush()


if __name__ == "__main__":
    serve(Path(sys.argv[1]), sys.stdin.buffer, sys.stdout.buffer)
