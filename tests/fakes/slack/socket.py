"""The speaking half of Slack on 127.0.0.1: envelopes over a real WebSocket, or signed requests to a web server.

What has to be acknowledged is, within three seconds, or it is a violation. Sockets can be told to misbehave: they can
be dropped, stalled, or asked to be opened anew, as Slack does every hour or so.
"""

import asyncio
import hashlib
import hmac
import json
import time
import uuid
from collections import defaultdict
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import WSMsgType, web

from tests.fakes.slack.api import APP_TOKEN, BOT_USER, TEAM, Answer, Body, Refusal, SlackApi, _decoded, _shown
from tests.fakes.slack.contract import block_kit

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
CLIENT = ("1234.5678", "client-secret")
ACK_SECONDS = 3.0
TRIGGER_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What came back: after how long, and with which payload or status."""

    seconds: float
    payload: Body
    status: int = 200


class Workspace(SlackApi):
    """Slack with people in it. events: where requests go to if it speaks over HTTP; none for a socket."""

    def __init__(self, *, events: str = "", secret: str = SECRET, **more: Any) -> None:
        super().__init__(**more)
        self.events = events
        self.secret = secret
        self.purposes: dict[str, str] = defaultdict(str)
        self.members: dict[str, set[str]] = defaultdict(set)
        self.codes: dict[str, str] = {}  # of installations that people agreed to: the workspace by the code
        self.previews: list[Body] = []
        self.connections = 0
        self.is_deaf = False
        self._sockets: list[web.WebSocketResponse] = []
        self._connected = asyncio.Event()
        self._acks: dict[str, asyncio.Future[Body]] = {}
        self._triggers: dict[str, float] = {}
        self.methods |= {
            "apps.connections.open": self._open_socket,
            "chat.unfurl": self._unfurl,
            "conversations.info": self._told,
            "oauth.v2.access": self._give_token,
            "users.conversations": self._conversations,
            "views.open": self._triggered,
            "views.push": self._triggered,
        }

    async def __aenter__(self) -> "Workspace":
        await super().__aenter__()
        return self

    def routes(self, application: web.Application) -> None:
        application.router.add_get("/socket", self._socket)

    def trigger(self) -> str:
        """An id that opens one modal within three seconds."""
        id = f"{time.time():.6f}.{uuid.uuid4().hex}"
        self._triggers[id] = time.monotonic()
        return id

    async def connected(self, seconds: float = 30.0) -> None:
        """Wait for a socket."""
        async with asyncio.timeout(seconds):
            await self._connected.wait()

    async def deliver(self, kind: str, payload: Body, *, retry: int = 0, envelope: str = "") -> Acknowledged:
        """Send it and wait for the acknowledgement. kind: slash_commands, interactive or events_api."""
        begun = time.monotonic()
        try:
            async with asyncio.timeout(ACK_SECONDS):
                if self.events:
                    status, answer = await self._requested(kind, payload, retry)
                else:
                    status, answer = 200, await self._enveloped(kind, payload, retry, envelope)
        except TimeoutError:
            self.violations.append(f"{kind}: not acknowledged within {ACK_SECONDS} s")
            return Acknowledged(time.monotonic() - begun, {}, 0)
        if status == 200:
            self._check_answer(payload, answer)
        return Acknowledged(time.monotonic() - begun, answer, status)

    async def event(self, event: Body, *, team: str = TEAM, id: str = "", retry: int = 0) -> Acknowledged:
        """Tell of something that happened."""
        body = {
            "type": "event_callback", "team_id": team, "api_app_id": "A0APP", "event": event,
            "event_id": id or f"Ev{uuid.uuid4().hex[:10].upper()}", "event_time": int(time.time()),
            "authorizations": [{"team_id": team, "user_id": BOT_USER, "is_bot": True, "enterprise_id": None}],
        }  # fmt: skip
        return await self.deliver("events_api", body, retry=retry)

    async def request(self, body: str, headers: dict[str, str]) -> tuple[int, str]:
        """A request as somebody else may send it."""
        async with aiohttp.ClientSession() as session, session.post(self.events, data=body, headers=headers) as answer:
            return answer.status, await answer.text()

    def signed(self, body: str, *, age: float = 0.0) -> dict[str, str]:
        """The headers that prove that a request is Slack's."""
        stamp = str(int(time.time() - age))
        mac = hmac.new(self.secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={mac}"}

    async def drops(self) -> None:
        """Cut every socket off without a word."""
        self._connected.clear()
        for socket in self._sockets[:]:
            transport = socket._req.transport if socket._req else None
            if isinstance(transport, asyncio.Transport):
                transport.abort()

    async def closes(self) -> None:
        """Close every socket in order."""
        self._connected.clear()
        for socket in self._sockets[:]:
            await socket.close()

    async def refreshes(self) -> None:
        """Ask for a new socket before the old one goes."""
        self._connected.clear()
        for socket in self._sockets[:]:
            await socket.send_str(json.dumps({"type": "disconnect", "reason": "refresh_requested"}))

    async def _enveloped(self, kind: str, payload: Body, retry: int, envelope: str) -> Body:
        id = envelope or str(uuid.uuid4())
        self._acks[id] = asyncio.get_running_loop().create_future()
        said = {"type": kind, "envelope_id": id, "payload": payload, "accepts_response_payload": kind != "events_api"}
        if kind == "events_api":
            said |= {"retry_attempt": retry, "retry_reason": "timeout" if retry else ""}
        await self._sockets[-1].send_str(json.dumps(said))
        return await self._acks[id]

    async def _requested(self, kind: str, payload: Body, retry: int) -> tuple[int, Body]:
        if kind == "events_api":
            body, media = json.dumps(payload), "application/json"
        else:
            form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
            body, media = urlencode(form), "application/x-www-form-urlencoded"
        again = {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": "http_timeout"} if retry else {}
        status, text = await self.request(body, {"Content-Type": media, **self.signed(body), **again})
        return status, json.loads(text) if text.startswith("{") else {}

    def _check_answer(self, asked: Body, answer: Body) -> None:
        match answer.get("response_action"):
            case "update" | "push":
                self.violations += [f"acknowledgement: {fault}" for fault in block_kit.view_errors(answer["view"])]
            case "errors":
                there = {block.get("block_id") for block in asked["view"]["blocks"]}
                self.violations += [f"error beside no field: {name}" for name in set(answer["errors"]) - there]

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoping=not self.is_deaf)
        await socket.prepare(request)
        self.connections += 1
        hello = {"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A0APP"}}
        await socket.send_str(json.dumps(hello))
        self._sockets.append(socket)
        self._connected.set()
        self.news.set()
        try:
            async for message in socket:
                if message.type == WSMsgType.TEXT:
                    self._acknowledged(json.loads(message.data))
        finally:
            self._sockets.remove(socket)
        return socket

    def _acknowledged(self, said: Body) -> None:
        waiting = self._acks.get(said.get("envelope_id", ""))
        if waiting is None:
            self.violations.append("socket: an acknowledgement of nothing")
        elif not waiting.done():
            waiting.set_result(said.get("payload") or {})

    def _open_socket(self, body: Body) -> Answer:
        return {"url": f"ws://127.0.0.1:{self._port}/socket?ticket={uuid.uuid4().hex}"}

    def _triggered(self, body: Body) -> Answer:
        born = self._triggers.pop(str(body["trigger_id"]), None)
        if born is None:
            raise Refusal("exchanged_trigger_id")
        if time.monotonic() - born > TRIGGER_SECONDS:
            raise Refusal("expired_trigger_id")
        return self._view({**body, "view": _decoded(body["view"])})

    def _unfurl(self, body: Body) -> Answer:
        unfurls = _decoded(body["unfurls"])
        for shown in unfurls.values():
            self.check("chat.unfurl", block_kit.errors(shown["blocks"], "message"))
        self.previews.append({**body, "unfurls": unfurls})
        return {}

    def _give_token(self, body: Body) -> Answer:
        if (body["client_id"], body["client_secret"]) != CLIENT:
            raise Refusal("bad_client_secret")
        team = self.codes.pop(body["code"], "")
        if not team:
            raise Refusal("invalid_code")
        token = f"xoxb-{team}-{uuid.uuid4().hex}"
        self.tokens[token] = team
        return {
            "access_token": token,
            "token_type": "bot",
            "bot_user_id": BOT_USER,
            "team": {"id": team, "name": "Lab"},
        }

    def _told(self, body: Body) -> Answer:
        room = self._room(body["channel"])
        return {"channel": {**_shown(room), "purpose": {"value": self.purposes[room.id]}, "topic": {"value": ""}}}

    def _conversations(self, body: Body) -> Answer:
        user = body.get("user") or BOT_USER
        there = [room for room in self.rooms.values() if user in self.members[room.id] and not room.state]
        return {"channels": [{"id": room.id, "name": room.name} for room in there]}


__all__ = ["APP_TOKEN", "SECRET", "Acknowledged", "Workspace"]
