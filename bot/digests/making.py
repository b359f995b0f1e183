"""An index made in a process of its own: counting holds up nobody who speaks, and its memory is given back."""

import asyncio
import json
import logging
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from bot.digests import cache
from bot.digests.cache import Prints
from bot.waiting import step_back

if TYPE_CHECKING:
    from bot.picking.vectors import Document

log = logging.getLogger(__name__)

_NICE = 10  # nobody waits for it: until it has done, the index of before is asked
_END = b"null\n"  # after the last text: without it whoever sends them is gone


async def made_apart(
    path: Path, gone: Collection[int], changed: Prints, texts: "AsyncIterator[list[Document]]"
) -> bool:
    """Bring the file up to date: without the papers that are gone, with the texts of those that have changed.

    False where the process failed; the file is then as it was.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.digests.making", str(path)), stdin=PIPE, stdout=DEVNULL, process_group=0
    )
    assert process.stdin
    try:
        process.stdin.write(_line([list(gone), list(changed.items())]))
        async for some in texts:
            process.stdin.writelines(map(_line, some))
            await process.stdin.drain()
        process.stdin.write(_END)
        process.stdin.close()
        failed = await process.wait()
    except ConnectionError:
        failed = await process.wait() or 1
    finally:
        if process.returncode is None:
            process.kill()
    if failed:
        log.warning("picking index not made apart", extra={"path": str(path), "status": failed})
    return not failed


def make(path: Path, lines: BinaryIO) -> bool:
    """The other end: what `made_apart` writes, read and put into the file; whether it is there.

    Raises EOFError where the texts end too soon: whoever sent them is gone.
    """
    from bot.picking.vectors import Document

    gone, changed = json.loads(lines.readline() or _END) or ((), ())
    index, prints = cache.load(path, growing=True)
    dropped = set(gone)
    prints = {pk: told for pk, told in prints.items() if pk not in dropped} | dict(changed)

    def documents() -> Iterator[Document]:
        for line in lines:
            if line == _END:
                return
            yield Document(*json.loads(line))
        raise EOFError("the texts end too soon")

    return cache.save(path, index.extended(documents(), prints.keys()), prints)


def _line(said: object) -> bytes:
    return json.dumps(said).encode() + b"\n"


if __name__ == "__main__":
    step_back(_NICE)
    sys.exit(not make(Path(sys.argv[1]), sys.stdin.buffer))
