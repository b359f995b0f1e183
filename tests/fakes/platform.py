"""A chat platform on 127.0.0.1 that takes what it is told to take, and can run as a process of its own:

    python -m tests.fakes.platform --log FILE [--port PORT] [--slow SECONDS] [--full POSTS]

It keeps every message that it stores, the same key twice if it comes twice: telling repeats is the poster's business.
What it answers to the next posts can be told beforehand, as words:

    ok                 store it and answer 200
    429 SECONDS        ask to be left alone for that long
    404                the channel is gone
    400                the message is refused
    drop               close the connection, nothing stored
    stored drop        store it, then close the connection
    hang               say nothing, nothing stored
    stored hang        store it, then say nothing
    kill               kill the poster on receipt, nothing stored
    kill stored        kill the poster on receipt, then store it
    stored kill        store it, then kill the poster
    ok kill MS         store it and answer, then kill the poster so many milliseconds later
"""

import argparse
import asyncio
import json
import os
import signal
import sys
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

from aiohttp import web

MOST_LETTERS = 25  # of a key
EVERYWHERE = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A message as the platform keeps it. at: seconds since 1970, on the platform's own clock."""

    id: str
    workspace: str
    channel: str
    key: str
    text: str
    cards: list[dict[str, Any]]
    at: float


class Platform:
    """The server. In a test: `async with Platform() as platform`. log: where each stored message is a line, if given.

    told: every request to post in order, stored or not, as (channel, key). kills: which process was killed, and when.
    full: a poster is killed only while so many of its posts are under way.
    """

    def __init__(self, log: Path | None = None, *, slow_seconds: float = 0.0, port: int = 0, full: int = 1) -> None:
        self.messages: list[Message] = []
        self.told: list[tuple[str, str]] = []
        self.looked_for: list[tuple[str, str]] = []
        self.kills: list[tuple[int, float]] = []
        self._news = asyncio.Event()
        self._orders: dict[str, deque[str]] = defaultdict(deque)
        self._slow_seconds = slow_seconds
        self._full = full
        self._open: Counter[int] = Counter()
        self._doomed: set[int] = set()
        self._port = port
        self._log_path = log
        self._log: TextIO | None = None
        self._hanging: set[asyncio.Event] = set()

    def will(self, *answers: str, channel: str = EVERYWHERE) -> None:
        """What the next posts get, in this order: those to `channel`, or any."""
        self._orders[channel].extend(answers)

    def keeps_to(self, channel: str, answer: str) -> None:
        """What every further post to `channel` gets."""
        self._orders[channel] = _Always(answer)

    def relents(self) -> None:
        """Take back everything that was told, and let go of whoever hangs."""
        self._orders.clear()
        for hanging in self._hanging:
            hanging.set()

    def texts(self, channel: str) -> list[str]:
        """What a reader of the channel sees, oldest first."""
        return [message.text for message in self.messages if message.channel == channel]

    def keys(self) -> list[str]:
        return [message.key for message in self.messages]

    async def until(self, there: Callable[[], object], seconds: float = 60.0) -> None:
        """Wait for requests until it is so."""
        async with asyncio.timeout(seconds):
            while not there():
                self._news.clear()
                await self._news.wait()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def __aenter__(self) -> "Platform":
        if self._log_path is not None:
            if self._log_path.exists():
                self.messages = [Message(**json.loads(line)) for line in self._log_path.read_text().splitlines()]
            self._log = self._log_path.open("a", encoding="utf-8")
        application = web.Application(client_max_size=10_000_000)
        application.router.add_post("/messages", self._post)
        application.router.add_get("/messages", self._find)
        application.router.add_put("/messages/{id}", self._update)
        application.router.add_post("/orders", self._order)
        application.router.add_get("/kills", self._killed)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.relents()
        await self._runner.cleanup()
        if self._log:
            self._log.close()

    async def _post(self, request: web.Request) -> web.Response:
        said = await request.json()
        if request.content_type != "application/json" or not _is_message(said):
            return web.json_response({"error": "malformed"}, status=400)
        self.told.append((said["channel"], said["key"]))
        self._news.set()
        poster = int(request.headers["X-Poster"])
        self._open[poster] += 1
        try:
            if self._slow_seconds:
                await asyncio.sleep(self._slow_seconds)
            return await self._answer(request, said, self._next(said["channel"], poster))
        finally:
            self._open[poster] -= 1

    async def _answer(self, request: web.Request, said: dict[str, Any], order: str) -> web.Response:
        match order.split():
            case ["429", seconds]:
                return web.Response(status=429, headers={"Retry-After": seconds})
            case ["404" | "400" as status]:
                return web.json_response({"error": "refused"}, status=int(status))
            case ["ok"]:
                return self._stored(said)
            case ["ok", "kill", ms]:
                self._soon(float(ms) / 1000, lambda: self._kill(request))
                return self._stored(said)
        steps: dict[str, Callable[[], object]] = {
            "stored": lambda: self._stored(said),
            "kill": lambda: self._kill(request),
        }
        for step in order.split():
            if step in steps:
                steps[step]()
        if "hang" in order:
            await self._hang()
        if request.transport:
            request.transport.close()
        return web.Response()

    async def _find(self, request: web.Request) -> web.Response:
        channel, key = request.query["channel"], request.query["key"]
        self.looked_for.append((channel, key))
        found = [message.id for message in self.messages if (message.channel, message.key) == (channel, key)]
        return web.json_response(found)

    async def _update(self, request: web.Request) -> web.Response:
        is_known = any(message.id == request.match_info["id"] for message in self.messages)
        return web.Response(status=200 if is_known else 404)

    async def _order(self, request: web.Request) -> web.Response:
        said = await request.json()
        self.will(*said["answers"], channel=said.get("channel", EVERYWHERE))
        return web.Response()

    async def _killed(self, request: web.Request) -> web.Response:
        return web.json_response(self.kills)

    def _stored(self, said: dict[str, Any]) -> web.Response:
        kept = {name: said[name] for name in ("workspace", "channel", "key", "text", "cards")}
        message = Message(f"m{len(self.messages) + 1}", at=time.time(), **kept)
        self.messages.append(message)
        self._news.set()
        if self._log:
            self._log.write(json.dumps(asdict(message)) + "\n")
            self._log.flush()
        return web.json_response({"id": message.id, "url": f"{self.address}/messages/{message.id}"})

    def _next(self, channel: str, poster: int) -> str:
        orders = self._orders[channel] or self._orders[EVERYWHERE]
        if orders and "kill" in orders[0]:
            if self._open[poster] < self._full or poster in self._doomed:  # what the dead had begun comes in still
                return "ok"
            self._doomed.add(poster)
        return orders.popleft() if orders else "ok"

    def _kill(self, request: web.Request) -> None:
        poster = int(request.headers["X-Poster"])
        with suppress(ProcessLookupError):
            os.kill(poster, signal.SIGKILL)
            self.kills.append((poster, time.time()))

    def _soon(self, seconds: float, act: Callable[[], None]) -> None:
        asyncio.get_running_loop().call_later(seconds, act)

    async def _hang(self) -> None:
        let_go = asyncio.Event()
        self._hanging.add(let_go)
        await let_go.wait()
        self._hanging.discard(let_go)


class _Always(deque[str]):
    """An order that is never used up."""

    def __init__(self, answer: str) -> None:
        super().__init__([answer])

    def popleft(self) -> str:
        return self[0]


def _is_message(said: Any) -> bool:
    names = ("workspace", "channel", "key", "text")
    if not isinstance(said, dict) or not all(isinstance(said.get(name), str) for name in names):
        return False
    return bool(said["channel"]) and said["key"].isalnum() and len(said["key"]) <= MOST_LETTERS and bool(said["cards"])


async def _serve(chosen: argparse.Namespace) -> None:
    async with Platform(chosen.log, slow_seconds=chosen.slow, port=chosen.port, full=chosen.full) as platform:
        print(platform.address, flush=True)
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        await stop.wait()


def main(words: Sequence[str] | None = None) -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--log", type=Path)
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--slow", type=float, default=0.0, help="seconds that each post takes")
    options.add_argument("--full", type=int, default=1, help="posts under way without which nobody is killed")
    asyncio.run(_serve(options.parse_args(words)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
