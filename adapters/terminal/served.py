"""The terminal as a place to post to while the service runs: what comes is printed, or written down in a file."""

import asyncio
import json
import os
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from adapters.terminal.app import Terminal
from bot.adapter import Capabilities, ChannelRef, Handle, MessageRef
from bot.cards import Card, Reply, as_json
from bot.waiting import in_thread


class Printed(Terminal):
    """Prints what is posted, and listens to nobody."""

    async def run(self, handle: Handle) -> None:
        await asyncio.Event().wait()


class Logged:
    """Appends each message to a file as one JSON line: key, channel, part, cards, time.

    The file is also what `find` reads, so that nothing is in it twice, whatever process wrote it.
    """

    name = "terminal"
    capabilities = Capabilities(can_find=True, can_update=False, posts_a_second=1_000, workspace_posts_a_second=1_000)

    def __init__(self, path: Path, *, clock: Callable[[], datetime]) -> None:
        self._path = path
        self._clock = clock
        self._writing = asyncio.Lock()

    async def run(self, handle: Handle) -> None:
        await asyncio.Event().wait()

    async def post(self, channel: ChannelRef, cards: Sequence[Card], key: str) -> MessageRef:
        line = {
            "key": key,
            "channel": channel.id,
            "part": int(key.rpartition("p")[2]),
            "cards": as_json(Reply(tuple(cards)))["cards"],
            "time": self._clock().isoformat(),
        }
        async with self._writing:
            if not await in_thread(lambda: _has(self._path, channel.id, key)):
                await in_thread(lambda: _append(self._path, json.dumps(line)))
        return MessageRef(channel, key)

    async def find(self, channel: ChannelRef, key: str) -> MessageRef | None:
        is_there = await in_thread(lambda: _has(self._path, channel.id, key))
        return MessageRef(channel, key) if is_there else None

    async def update(self, ref: MessageRef, cards: Sequence[Card]) -> None:
        """What was written down stays."""


def _has(path: Path, channel: str, key: str) -> bool:
    if not path.exists():
        return False
    with path.open(encoding="utf-8") as lines:
        return any(key in line and _names(line, channel, key) for line in lines)


def _names(line: str, channel: str, key: str) -> bool:
    try:
        said = json.loads(line)
    except ValueError:  # a line that was cut off when the machine stopped
        return False
    return (said["channel"], said["key"]) == (channel, key)


def _append(path: Path, line: str) -> None:
    with path.open("ab+") as file:
        if file.seek(0, os.SEEK_END):
            file.seek(-1, os.SEEK_END)
            line = line if file.read(1) == b"\n" else f"\n{line}"
        file.write(f"{line}\n".encode())
        file.flush()
        os.fsync(file.fileno())
