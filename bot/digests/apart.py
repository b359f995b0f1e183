"""Topics fitted in a process of their own while several people wait for theirs: all others are answered meanwhile."""

import asyncio
import json
import logging
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from bot.digests import cache
from bot.waiting import step_back

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
        self._listening: asyncio.Task[None] | None = None
        self._leaving: asyncio.TimerHandle | None = None
        self._waiting: deque[asyncio.Future[Told | None]] = deque()  # for the next lines of the process, in order

    def want(self) -> None:
        """Have the process there soon."""
        if self.process is None and self._starting is None:
            self._starting = asyncio.create_task(self._start(), name="fitting")

    @property
    def is_ready(self) -> bool:
        return self.process is not None and self.process.returncode is None

    async def fit(self, text: str) -> Told | None:
        """The profile of a topic; none where the process is not there or fails: then it has to be fitted here."""
        process = self.process
        if process is None or process.stdin is None:
            return None
        told: asyncio.Future[Told | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(told)
        self._rest()
        try:
            async with asyncio.timeout(_MOST_SECONDS):
                process.stdin.write(json.dumps(text).encode() + b"\n")
                return await told
        except OSError as err:  # a timeout is one
            log.warning("topic not fitted apart", extra={"why": type(err).__name__})
            await self.close()
            return None

    async def close(self) -> None:
        """End the process; whoever waits for it hears that it told nothing."""
        if self._leaving:
            self._leaving.cancel()
        if self._starting:
            self._starting.cancel()
            with suppress(asyncio.CancelledError):
                await self._starting
        process, self.process = self.process, None
        if process:
            await _ended(process)
        if self._listening:
            await self._listening

    def _rest(self) -> None:
        """Let it leave once there was no work for a while."""
        if self._leaving:
            self._leaving.cancel()
        self._leaving = asyncio.get_running_loop().call_later(_IDLE_SECONDS, self._leave)

    def _leave(self) -> None:
        """Of its own accord, at the end of what it is asked."""
        process, self.process = self.process, None
        if process and process.stdin:
            process.stdin.close()

    async def _start(self) -> None:
        process = None
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot.digests.apart", str(self._path)),
                stdin=PIPE, stdout=PIPE, stderr=DEVNULL, limit=_MOST_BYTES, process_group=0,  # no Ctrl-C reaches it
            )  # fmt: skip
            assert process.stdout
            if await process.stdout.readline() == _READY:
                if self._listening:
                    await self._listening  # to the one before, which has left
                self._listening = asyncio.create_task(self._listen(process), name="fitted")
                self.process, process = process, None
                self._rest()
        except OSError as err:
            log.warning("no process to fit topics", extra={"why": type(err).__name__})
        finally:
            self._starting = None
            if process:
                await _ended(process)

    async def _listen(self, process: Process) -> None:
        """Tell what the process tells to whoever asked, until it ends."""
        assert process.stdout
        try:
            while line := await process.stdout.readline():
                asked = self._waiting.popleft()
                if not asked.done():  # nobody waits any more for one that is cancelled
                    asked.set_result(_told(*json.loads(line)))
        except (OSError, ValueError) as err:
            log.warning("topic not fitted apart", extra={"why": type(err).__name__})
        finally:
            self.process = None if self.process is process else self.process
            while self._waiting:
                asked = self._waiting.popleft()
                if not asked.done():
                    asked.set_result(None)
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

    step_back(_NICE)
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
