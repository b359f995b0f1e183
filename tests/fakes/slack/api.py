"""Slack's Web API on 127.0.0.1: keeps messages, checks every payload, and misbehaves as it is told to.

What it answers to the next calls of a method can be told beforehand, as words:

    ok                 do it and answer
    429 SECONDS        ask to be left alone for that long
    503 | html         an answer that is not Slack's; `stored 503`, `stored html`: it was done before
    drop | hang        no answer, the connection closed or open; `stored drop`, `stored hang`: it was done before
    error NAME         {"ok": false, "error": NAME}
"""

import asyncio
import json
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.fakes.slack.contract import block_kit

BOT_TOKEN, APP_TOKEN = "xoxb-paper-round", "xapp-paper-round"
TEAM, BOT_USER, BOT, APP = "T0TEAM", "U0BOT", "B0BOT", "A0APP"
SCOPES = "channels:history,channels:read,chat:write,commands,groups:history,groups:read,im:write,users:read"
HISTORY = {"channels:history", "groups:history"}
KNOWN = {  # what a body may have, so that a misspelt field does not go by
    "chat.postMessage": "channel text blocks thread_ts metadata unfurl_links unfurl_media",
    "chat.postEphemeral": "channel user text blocks thread_ts",
    "chat.update": "channel ts text blocks metadata",
}

STRUCTURED = {"blocks", "metadata", "view", "unfurl_links", "unfurl_media", "unfurls", "include_all_metadata"}
WRITES = ("chat.", "views.", "conversations.open", "reactions.", "files.", "auth.test", "apps.")  # these take JSON

Body = dict[str, Any]
Answer = dict[str, Any]
Method = Callable[[Body], Awaitable[Answer] | Answer]


class Refusal(Exception):
    """What Slack calls an error, by its name."""


@dataclass
class Room:
    """A conversation. state: the error that posting there gets, none where the bot is in it."""

    id: str
    name: str = ""
    state: str = ""
    is_private: bool = False
    messages: list[Body] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Call:
    """A request that came in, whatever became of it. at: seconds on the server's clock."""

    method: str
    body: Body
    order: str
    at: float


class SlackApi:
    """The server. `async with SlackApi() as slack`; give clients `slack.url`. violations: what Slack would refuse.

    methods: what is answered, by name; a test adds more. log: every call in order. responses: what came to a
    response_url. clock: its own time in seconds, real unless a test gives one.
    """

    def __init__(self, *, scopes: str = SCOPES, clock: Callable[[], float] = time.time, port: int = 0) -> None:
        self.scopes = scopes
        self.rooms: dict[str, Room] = {}
        self.people: dict[str, Body] = {}
        self.groups: dict[str, Body] = {}
        self.log: list[Call] = []
        self.violations: list[str] = []
        self.responses: dict[str, list[Body]] = defaultdict(list)
        self.views: list[Body] = []
        self.homes: dict[str, Body] = {}
        self.ephemeral: list[Body] = []
        self.tokens = {BOT_TOKEN: TEAM, APP_TOKEN: TEAM}
        self.news = asyncio.Event()
        self._clock = clock
        self._orders: dict[str, deque[str]] = defaultdict(deque)
        self._hanging: set[asyncio.Event] = set()
        self._port = port
        self._made = 0
        self.methods: dict[str, Method] = {
            "auth.test": self._auth_test,
            "chat.getPermalink": lambda body: {"permalink": self.permalink(body["channel"], body["message_ts"])},
            "chat.postEphemeral": self._post_ephemeral,
            "chat.postMessage": self._post_message,
            "chat.update": self._update,
            "conversations.history": self._history,
            "conversations.info": lambda body: {"channel": _shown(self._room(body["channel"]))},
            "conversations.open": self._open,
            "conversations.replies": self._replies,
            "users.info": lambda body: {"user": self._person(body["user"])},
            "usergroups.list": lambda body: {"usergroups": list(self.groups.values())},
            "usergroups.users.list": lambda body: {"users": self.groups[body["usergroup"]]["users"]},
            "views.open": self._view,
            "views.publish": self._publish,
            "views.push": self._view,
            "views.update": self._view,
        }

    @property
    def url(self) -> str:
        """What SLACK_API_URL is set to."""
        return f"http://127.0.0.1:{self._port}/api/"

    def room(self, id: str, name: str = "", state: str = "", *, is_private: bool = False) -> Room:
        """A conversation there is from now on."""
        self.rooms[id] = Room(id, name, state, is_private)
        return self.rooms[id]

    def will(self, *orders: str, method: str = "chat.postMessage", channel: str = "") -> None:
        """What the next calls of the method get, in this order: those for `channel`, or any."""
        self._orders[f"{method} {channel}"].extend(orders)

    def relents(self) -> None:
        """Take back what was told, and let go of whoever hangs."""
        self._orders.clear()
        for hanging in self._hanging:
            hanging.set()

    def calls(self, method: str) -> list[Body]:
        return [call.body for call in self.log if call.method == method]

    def seen(self, channel: str) -> list[Body]:
        """What a reader of the channel sees, oldest first, without what is in threads."""
        return [one for one in self.rooms[channel].messages if "thread_ts" not in one]

    def below(self, channel: str, ts: str) -> list[Body]:
        """What is in the thread of that message."""
        return [one for one in self.rooms[channel].messages if one.get("thread_ts") == ts]

    def permalink(self, channel: str, ts: str) -> str:
        return f"https://team.slack.example/archives/{channel}/p{ts.replace('.', '')}"

    async def until(self, there: Callable[[], object], seconds: float = 30.0) -> None:
        """Wait for requests until it is so."""
        async with asyncio.timeout(seconds):
            while not there():
                self.news.clear()
                await self.news.wait()

    def check(self, where: str, faults: list[str]) -> None:
        """Put down what Slack would refuse, and refuse it."""
        if faults:
            self.violations += [f"{where}: {fault}" for fault in faults]
            raise Refusal("invalid_blocks")

    async def __aenter__(self) -> "SlackApi":
        application = web.Application(client_max_size=10_000_000)
        application.router.add_route("*", "/api/{method}", self._called)
        application.router.add_post("/response/{id}", self._responded)
        self.routes(application)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.relents()
        await self._runner.cleanup()

    def routes(self, application: web.Application) -> None:
        """Whoever builds on this server mounts more here."""

    def response_url(self, id: str) -> str:
        return f"http://127.0.0.1:{self._port}/response/{id}"

    async def _called(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        body = await _body(request)
        orders = self._orders[f"{method} {body.get('channel', '')}"] or self._orders[f"{method} "]
        order = orders.popleft() if orders else "ok"
        self.log.append(Call(method, body, order, self._clock()))
        try:
            return await self._answer(request, method, body, order)
        finally:
            self.news.set()

    async def _answer(self, request: web.Request, method: str, body: Body, order: str) -> web.StreamResponse:
        words = order.split()
        if words[0] in ("ok", "stored"):
            answer = await self._done(request, method, body)
        match words:
            case ["ok"]:
                headers = {"x-oauth-scopes": self.scopes}
                return web.json_response(answer, headers=headers)
            case ["429", seconds]:
                refused = {"ok": False, "error": "ratelimited"}
                return web.json_response(refused, status=429, headers={"Retry-After": seconds})
            case ["error", name]:
                return web.json_response({"ok": False, "error": name})
            case [*_, "503"]:
                return web.Response(status=503, text="upstream connect error")
            case [*_, "html"]:
                return web.Response(text="<html><body>We'll be right back.</body></html>", content_type="text/html")
            case [*_, "hang"]:
                self.news.set()
                await self._hang()
        if isinstance(request.transport, asyncio.Transport):
            request.transport.abort()
        return web.Response()

    async def _done(self, request: web.Request, method: str, body: Body) -> Answer:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ") or str(body.get("token", ""))
        if method not in self.methods:
            self.violations.append(f"unknown method {method}")
            return {"ok": False, "error": "unknown_method"}
        if token not in self.tokens and not method.startswith("oauth."):
            return {"ok": False, "error": "invalid_auth"}
        unknown = set(body) - {"token", *KNOWN.get(method, " ".join(body)).split()}
        if request.content_type == "application/json" and not method.startswith(WRITES):
            self.violations.append(f"{method}: takes no JSON")
        if unknown:
            self.violations.append(f"{method}: unknown fields {sorted(unknown)}")
        try:
            answer = self.methods[method](body)
            return {"ok": True, **(answer if isinstance(answer, dict) else await answer)}
        except Refusal as err:
            return {"ok": False, "error": str(err)}

    async def _responded(self, request: web.Request) -> web.Response:
        id, body = request.match_info["id"], await _body(request)
        if "blocks" in body or "text" in body:
            faults = block_kit.message_errors(body)
            self.violations += [f"response_url: {fault}" for fault in faults]
        self.responses[id].append(body)
        if len(self.responses[id]) > 5:
            self.violations.append("response_url: used more than 5 times")
        self.news.set()
        return web.Response(text="ok")

    async def _hang(self) -> None:
        let_go = asyncio.Event()
        self._hanging.add(let_go)
        await let_go.wait()
        self._hanging.discard(let_go)

    def _auth_test(self, _body: Body) -> Answer:
        names = {"url": "https://team.slack.example/", "team": "Lab", "user": "paper_round"}
        return {**names, "team_id": TEAM, "user_id": BOT_USER, "bot_id": BOT, "is_enterprise_install": False}

    def _post_message(self, body: Body) -> Answer:
        room = self._room(body["channel"])
        if room.state:
            raise Refusal(room.state)
        self.check("chat.postMessage", block_kit.message_errors(body))
        if body.get("unfurl_links") is not False or body.get("unfurl_media") is not False:
            self.violations.append("chat.postMessage: links would unfold")
        if "thread_ts" in body and not any(one["ts"] == body["thread_ts"] for one in room.messages):
            raise Refusal("thread_not_found")
        self._made += 1
        ts = f"{int(self._clock())}.{self._made:06d}"
        kept: Body = {name: body[name] for name in ("text", "blocks", "metadata", "thread_ts") if name in body}
        room.messages.append({"type": "message", "user": BOT_USER, "bot_id": BOT, "app_id": APP, "ts": ts, **kept})
        return {"channel": room.id, "ts": ts, "message": room.messages[-1]}

    def _post_ephemeral(self, body: Body) -> Answer:
        room = self._room(body["channel"])
        if room.state:
            raise Refusal(room.state)
        self.check("chat.postEphemeral", block_kit.message_errors(body))
        self.ephemeral.append(body)
        return {"message_ts": f"{int(self._clock())}.000000"}

    def _update(self, body: Body) -> Answer:
        room = self._room(body["channel"])
        found = next((one for one in room.messages if one["ts"] == body["ts"]), None)
        if found is None:
            raise Refusal("message_not_found")
        self.check("chat.update", block_kit.message_errors(body))
        found.update({name: body[name] for name in ("text", "blocks", "metadata") if name in body})
        return {"channel": room.id, "ts": found["ts"], "text": found.get("text", "")}

    def _history(self, body: Body) -> Answer:
        room = self._room(body["channel"])
        self._needs_history()
        messages = [one for one in room.messages if "thread_ts" not in one]
        return self._page(list(reversed(messages)), body)

    def _replies(self, body: Body) -> Answer:
        room = self._room(body["channel"])
        self._needs_history()
        return self._page([one for one in room.messages if body["ts"] in (one["ts"], one.get("thread_ts"))], body)

    def _page(self, messages: list[Body], body: Body) -> Answer:
        oldest, start, limit = (
            float(body.get("oldest") or 0),
            int(body.get("cursor") or 0),
            int(body.get("limit") or 100),
        )
        wanted = [one for one in messages if float(one["ts"]) > oldest]
        page = wanted[start : start + limit]
        if body.get("include_all_metadata") is not True:
            page = [{name: value for name, value in one.items() if name != "metadata"} for one in page]
        rest = str(start + limit) if len(wanted) > start + limit else ""
        return {"messages": page, "has_more": bool(rest), "response_metadata": {"next_cursor": rest}}

    def _needs_history(self) -> None:
        if not HISTORY & set(self.scopes.split(",")):
            raise Refusal("missing_scope")

    def _open(self, body: Body) -> Answer:
        id = "D" + str(body["users"])[1:]
        self.rooms.setdefault(id, Room(id, is_private=True))
        return {"channel": {"id": id}}

    def _view(self, body: Body) -> Answer:
        view = _decoded(body["view"])
        self.check("view", block_kit.view_errors(view))
        self.views.append(view)
        return {"view": {**view, "id": f"V{len(self.views)}", "hash": "1"}}

    def _publish(self, body: Body) -> Answer:
        view = _decoded(body["view"])
        self.check("views.publish", block_kit.view_errors(view))
        self.homes[body["user_id"]] = view
        return {"view": {**view, "id": "VHOME"}}

    def _room(self, id: str) -> Room:
        if id.startswith("U"):
            return self.rooms.setdefault("D" + id[1:], Room("D" + id[1:], is_private=True))
        if id not in self.rooms:
            raise Refusal("channel_not_found")
        return self.rooms[id]

    def _person(self, id: str) -> Body:
        return {"id": id, "name": id.lower(), "tz": "Europe/Berlin", "is_admin": False, **self.people.get(id, {})}


def _shown(room: Room) -> Body:
    flags = {
        "is_private": room.is_private,
        "is_archived": room.state == "is_archived",
        "is_im": room.id.startswith("D"),
    }
    return {
        "id": room.id,
        "name": room.name,
        "is_member": room.state != "not_in_channel",
        "context_team_id": TEAM,
        **flags,
    }


async def _body(request: web.Request) -> Body:
    """The arguments, however they came: JSON, a form whose structures are JSON, or a query."""
    if request.content_type == "application/json":
        return dict(await request.json())
    form = await request.post()
    said: Mapping[str, Any] = {**request.query, **form}
    return {name: _decoded(value) if name in STRUCTURED else value for name, value in said.items()}


def _decoded(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value
