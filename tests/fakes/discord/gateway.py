"""Discord's gateway: HELLO, IDENTIFY, heartbeats, RESUME with replay, and every way in which a connection ends.

Strict: whatever Discord would close a connection for is closed so here, and put down among the violations.
"""

import asyncio
import json
import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import WSMsgType, web

Payload = dict[str, Any]

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT, INVALID_SESSION, HELLO, ACK = 0, 1, 2, 6, 7, 9, 10, 11
PRIVILEGED = 1 << 1 | 1 << 8 | 1 << 15  # members, presences, message content
MOST_BYTES = 4096  # of what a client sends at once
MOST_A_MINUTE = 120
NOT_YET, UNKNOWN_OP, WRONG_TOKEN, TWICE, WRONG_SEQUENCE, TOO_MUCH, WRONG_INTENTS = (
    4003,
    4001,
    4004,
    4005,
    4007,
    4008,
    4014,
)


@dataclass
class Session:
    """What a client is told in, over one connection or several. events: all so far, by their sequence numbers."""

    id: str
    shard: tuple[int, int]
    events: list[Payload] = field(default_factory=list)
    socket: web.WebSocketResponse | None = None
    transport: asyncio.Transport | None = None


@dataclass
class Gateway:
    """ready: the events that follow an identification. heartbeat_ms: asked of clients.

    log: each thing that a client did, in order, such as `identify`, `resume`.
    """

    token: str
    ready: Callable[[], tuple[Payload, Sequence[tuple[str, Payload]]]]
    address: Callable[[], str]
    heartbeat_ms: int = 40_000
    refuses_sessions: bool = False  # says that no session can be resumed
    sessions: dict[str, Session] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _dead: set[web.WebSocketResponse] = field(default_factory=set)
    _open: set[web.WebSocketResponse] = field(default_factory=set)

    async def connect(self, request: web.Request) -> web.WebSocketResponse:
        """One connection, from its HELLO on."""
        if request.query.get("v") != "10" or request.query.get("encoding") != "json":
            self.violations.append(f"gateway asked for as {request.query_string}")
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._open.add(socket)
        await _send(socket, HELLO, {"heartbeat_interval": self.heartbeat_ms})
        try:
            await self._listen(socket, request.transport)
        finally:
            self._open.discard(socket)
            self._dead.discard(socket)
            for session in self.sessions.values():
                if session.socket is socket:
                    session.socket = session.transport = None
        return socket

    async def dispatch(self, event: str, data: Payload) -> None:
        """Tell the client of an event; one that is away hears of it when it resumes."""
        for session in self.sessions.values():
            if session.shard[0] == _shard_of(data, session.shard[1]):
                await self._tell(session, event, data)

    async def until(self, there: Callable[[], object], seconds: float = 60.0) -> None:
        """Wait for what clients do until it is so."""
        async with asyncio.timeout(seconds):
            while not there():
                self._news.clear()
                await self._news.wait()

    async def identified(self, times: int = 1) -> None:
        await self.until(lambda: self.log.count("identify") >= times)

    async def resumed(self, times: int = 1) -> None:
        await self.until(lambda: self.log.count("resume") >= times)

    def drop(self) -> None:
        """Cut every connection without a word."""
        for session in self.sessions.values():
            if session.transport:
                session.transport.abort()

    def die(self) -> None:
        """Every connection hears and says nothing more, and looks alive."""
        self._dead |= self._open

    async def close(self, code: int) -> None:
        """Close every connection with a code."""
        for socket in tuple(self._open):
            await socket.close(code=code)

    async def ask_to_reconnect(self) -> None:
        for session in self._connected():
            await _send(session.socket, RECONNECT)

    async def invalidate(self, *, resumable: bool = False) -> None:
        """End the sessions, unless they may be resumed after all."""
        for session in self._connected():
            await _send(session.socket, INVALID_SESSION, resumable)
            if not resumable:
                del self.sessions[session.id]

    def _connected(self) -> list[Session]:
        return [session for session in self.sessions.values() if session.socket]

    async def _listen(self, socket: web.WebSocketResponse, transport: asyncio.Transport | None) -> None:
        session: Session | None = None
        heard: list[float] = []
        async for message in socket:
            now = time.monotonic()
            heard = [*(at for at in heard if at > now - 60), now]
            if (
                message.type is not WSMsgType.TEXT
                or len(message.data.encode()) > MOST_BYTES
                or len(heard) > MOST_A_MINUTE
            ):
                await self._refuse(socket, TOO_MUCH, "too much at once")
                return
            said = json.loads(message.data)
            match said["op"]:
                case op if op == HEARTBEAT:
                    await self._beat(socket, session, said["d"])
                case op if op == IDENTIFY and session is None:
                    session = await self._identify(socket, transport, said["d"])
                case op if op == RESUME and session is None:
                    session = await self._resume(socket, transport, said["d"])
                case op if op in (IDENTIFY, RESUME):
                    await self._refuse(socket, TWICE, "identified twice")
                case _ if session is None:
                    await self._refuse(socket, NOT_YET, "spoke before it was known")
                case op:
                    await self._refuse(socket, UNKNOWN_OP, f"said {op}")

    async def _beat(self, socket: web.WebSocketResponse, session: Session | None, sequence: int | None) -> None:
        self._note("heartbeat")
        if session and sequence is not None and sequence > len(session.events):
            await self._refuse(socket, WRONG_SEQUENCE, f"has seen {sequence} of {len(session.events)} events")
        elif socket not in self._dead:
            await _send(socket, ACK)

    async def _identify(
        self, socket: web.WebSocketResponse, transport: asyncio.Transport | None, said: Payload
    ) -> Session | None:
        if said["token"] != self.token:
            await self._refuse(socket, WRONG_TOKEN)
            return None
        if said["intents"] & PRIVILEGED or not {"os", "browser", "device"} <= said["properties"].keys():
            await self._refuse(socket, WRONG_INTENTS, f"wants the intents {said['intents']}")
            return None
        shard = tuple(said.get("shard", (0, 1)))
        session = Session(secrets.token_hex(8), (shard[0], shard[1]), socket=socket, transport=transport)
        self.sessions = {id: one for id, one in self.sessions.items() if one.socket or one.shard != session.shard}
        self.sessions[session.id] = session
        ready, events = self.ready()
        theirs = [(event, data) for event, data in events if _shard_of(data, shard[1]) == shard[0]]
        known = {"v": 10, "session_id": session.id, "resume_gateway_url": self.address(), "shard": list(shard), **ready}
        known["guilds"] = [{"id": data["id"], "unavailable": True} for _, data in theirs]
        await self._tell(session, "READY", known)
        for event, data in theirs:
            await self._tell(session, event, data)
        self._note("identify")
        return session

    async def _resume(
        self, socket: web.WebSocketResponse, transport: asyncio.Transport | None, said: Payload
    ) -> Session | None:
        session = self.sessions.get(said["session_id"])
        if said["token"] != self.token:
            await self._refuse(socket, WRONG_TOKEN)
            return None
        if session is None or self.refuses_sessions:
            self._note("refused to resume")
            await _send(socket, INVALID_SESSION, data=False)
            return None
        missed = session.events[said["seq"] :]
        session.socket, session.transport = socket, transport
        for event in missed:
            await _send_whole(socket, event)
        await self._tell(session, "RESUMED", {})
        self._note("resume")
        return session

    async def _tell(self, session: Session, event: str, data: Payload) -> None:
        told = {"op": DISPATCH, "t": event, "s": len(session.events) + 1, "d": data}
        session.events.append(told)
        if session.socket and session.socket not in self._dead:
            await _send_whole(session.socket, told)

    async def _refuse(self, socket: web.WebSocketResponse, code: int, why: str = "") -> None:
        if why:
            self.violations.append(f"gateway: {why}")
        self._note(f"refused {code}")
        await socket.close(code=code)

    def _note(self, what: str) -> None:
        self.log.append(what)
        self._news.set()


async def _send(socket: web.WebSocketResponse | None, op: int, data: object = None) -> None:
    if socket:
        await _send_whole(socket, {"op": op, "d": data, "s": None, "t": None})


async def _send_whole(socket: web.WebSocketResponse, told: Payload) -> None:
    with suppress(ConnectionError, aiohttp.ClientError):  # whoever is gone resumes later
        await socket.send_str(json.dumps(told))


def _shard_of(data: Payload, shards: int) -> int:
    """Which shard hears of it: that of its server, or the first for what is outside of any."""
    guild = data.get("guild_id") or (data["id"] if {"unavailable", "owner_id"} & data.keys() else 0)
    return (int(guild) >> 22) % shards
