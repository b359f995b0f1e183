"""A Discord on 127.0.0.1: its REST interface as far as a bot that posts needs it, and strict about it.

In a test: `async with Rest() as rest`, then `rest.address` is the base of all paths, as https://discord.com is.
Every request is checked against Discord's own description (a violation is kept and refused), has to carry the token,
and is counted in its bucket. Messages are kept, and what was posted under a nonce is not posted again within minutes.
"""

import asyncio
import sys
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.fakes.discord.answers import FILES, SAID, Fault, Payload, answer, body_of
from tests.fakes.discord.orders import Orders, too_many
from tests.fakes.discord.talk import Talk

CONTRACTS = Path(__file__).parents[4] / "shared" / "contracts"
TOKEN = "MTIz.fake.token"
BOT = {"id": "100000000000000001", "username": "Paper Round", "discriminator": "0", "avatar": None, "bot": True}
APPLICATION = "100000000000000002"
OPEN = ("/interactions/", "/webhooks/", "/gateway")  # paths that carry a token of their own, or need none

Act = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came in. at: seconds on the machine's own clock."""

    method: str
    path: str
    body: Any
    at: float


@dataclass(slots=True)
class Bucket:
    """How many requests of a kind may come in a window of time."""

    left: int
    until: float


class Rest:
    """The server. Others may add their routes to `application` before it starts.

    limit, window_seconds: requests to post in one channel. nonce_seconds: for how long a nonce is known.
    """

    def __init__(
        self, *, port: int = 0, limit: int = 5, window_seconds: float = 5.0, nonce_seconds: float = 300.0
    ) -> None:
        self.talk = Talk(BOT, nonce_seconds)
        self.orders = Orders()
        self.asked: list[Asked] = []
        self.violations: list[str] = []
        self.is_busy = False  # so that it looks at what is asked only in the end: that takes longer than to answer
        self.limited = 0  # requests that came although their bucket was empty
        self.spec = contract()
        self.application = web.Application(client_max_size=30_000_000, middlewares=[self._strict])
        self._port = port
        self._limit = limit
        self._window_seconds = window_seconds
        self._buckets: dict[tuple[str, str], Bucket] = defaultdict(lambda: Bucket(limit, 0.0))
        self._news = asyncio.Event()
        self._add_routes()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def base(self) -> str:
        """What stands for https://discord.com/api/v10."""
        return f"{self.address}/api/v10"

    async def until(self, there: Callable[[], object], seconds: float = 60.0) -> None:
        """Wait for requests until it is so."""
        async with asyncio.timeout(seconds):
            while not there():
                self._news.clear()
                await self._news.wait()

    def paths(self, method: str = "POST") -> list[str]:
        return [asked.path for asked in self.asked if asked.method == method]

    async def __aenter__(self) -> "Rest":
        self._runner = web.AppRunner(self.application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.orders.relents()
        await self._runner.cleanup()

    def _add_routes(self) -> None:
        root, add = "/api/v10", self.application.router.add_route
        channel = root + "/channels/{channel:\\d+}"
        add("GET", f"{root}/users/@me", self._me)
        add("GET", f"{root}/oauth2/applications/@me", self._application)
        add("POST", f"{root}/users/@me/channels", self._open_dm)
        add("GET", f"{root}/guilds/{{guild:\\d+}}/threads/active", self._threads)
        add("GET", channel, self._channel)
        add("POST", f"{channel}/messages", self._post)
        add("GET", f"{channel}/messages", self._history)
        add("GET", f"{channel}/messages/{{message:\\d+}}", self._message)
        add("PATCH", f"{channel}/messages/{{message:\\d+}}", self._edit)
        add("POST", f"{channel}/threads", self._start_thread)

    @web.middleware
    async def _strict(self, request: web.Request, handler: Act) -> web.StreamResponse:
        said, files = (None, {}) if request.method == "GET" else await body_of(request)
        path = request.path.removeprefix("/api/v10")
        self.asked.append(Asked(request.method, path, said, time.time()))
        self._news.set()
        request[SAID], request[FILES] = said, files
        try:
            self._check(request, path, said)
            return await handler(request)
        except Fault as fault:
            return answer(fault.body, fault.status)
        finally:
            self._news.set()

    def _check(self, request: web.Request, path: str, said: object) -> None:
        """Who asks, and whether it is something that can be asked."""
        if not path.startswith(OPEN) and request.headers.get("Authorization") != f"Bot {TOKEN}":
            raise Fault(401, 0, "401: Unauthorized")
        faults = [] if self.is_busy else self._faults(request.method, path, said)
        if not request.headers.get("User-Agent", "").startswith("DiscordBot ("):
            faults = [*faults, f"{request.method} {path}: User-Agent {request.headers.get('User-Agent')!r}"]
        if faults:
            self.violations += faults
            raise Fault(400, 50035, "Invalid Form Body")

    def _faults(self, method: str, path: str, said: object) -> list[str]:
        return [] if self.spec is None or path.startswith("/gateway") else self.spec.check(method, path, said)

    def read_all(self) -> None:
        """Look now at what was not looked at while it was busy."""
        self.violations += [fault for one in self.asked for fault in self._faults(one.method, one.path, one.body)]

    async def _me(self, request: web.Request) -> web.Response:
        return answer(BOT)

    async def _application(self, request: web.Request) -> web.Response:
        owner = {"id": "100000000000000003", "username": "operator", "discriminator": "0", "avatar": None}
        facts: Payload = {"name": "Paper Round", "icon": None, "description": "", "bot_public": True, "rpc_origins": []}
        keys = {"bot_require_code_grant": False, "verify_key": "00", "flags": 0, "team": None, "summary": ""}
        return answer({"id": APPLICATION, "owner": owner, **facts, **keys})

    async def _open_dm(self, request: web.Request) -> web.Response:
        return answer(self.talk.dm(str(request[SAID]["recipient_id"])))

    async def _channel(self, request: web.Request) -> web.Response:
        return answer(self.talk.channel(request.match_info["channel"]))

    async def _threads(self, request: web.Request) -> web.Response:
        return answer({"threads": self.talk.active_threads(request.match_info["guild"]), "members": []})

    async def _post(self, request: web.Request) -> web.Response:
        return await self._limited(request, self.talk.post, 200)

    async def _start_thread(self, request: web.Request) -> web.Response:
        return await self._limited(request, self.talk.start_thread, 201)

    async def _history(self, request: web.Request) -> web.Response:
        limit, before = int(request.query.get("limit", 50)), request.query.get("before")
        return answer(self.talk.history(request.match_info["channel"], limit, before))

    async def _message(self, request: web.Request) -> web.Response:
        return answer(self.talk.message(request.match_info["channel"], request.match_info["message"]))

    async def _edit(self, request: web.Request) -> web.Response:
        place, message = request.match_info["channel"], request.match_info["message"]
        return answer(self.talk.edit(place, message, request[SAID]))

    async def _limited(
        self, request: web.Request, act: Callable[[str, Payload, dict[str, bytes]], Payload], status: int
    ) -> web.Response:
        place = request.match_info["channel"]
        kind = request.path.rsplit("/", 1)[-1]
        bucket, now = self._buckets[place, kind], time.monotonic()
        if now >= bucket.until:
            bucket.left, bucket.until = self._limit, now + self._window_seconds
        is_empty = bucket.left <= 0
        bucket.left = max(0, bucket.left - 1)
        headers = {
            "X-RateLimit-Limit": str(self._limit),
            "X-RateLimit-Remaining": str(bucket.left),
            "X-RateLimit-Reset": f"{time.time() + bucket.until - now:.3f}",
            "X-RateLimit-Reset-After": f"{bucket.until - now:.3f}",
            "X-RateLimit-Bucket": f"bucket-of-{kind}",
        }
        if is_empty:
            self.limited += 1
            return too_many(bucket.until - now, headers=headers)

        async def acted() -> web.Response:
            return answer(act(place, request[SAID], request[FILES]), status, headers)

        return await self.orders.obey(request, place, acted)


def contract() -> Any:
    """Discord's own description of its interface, none where the folder with it is absent."""
    if not CONTRACTS.exists():
        return None
    if str(CONTRACTS) not in sys.path:
        sys.path.insert(0, str(CONTRACTS))
    import discord_rest

    return discord_rest.DiscordSpec()
