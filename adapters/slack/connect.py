"""Being spoken to: over a socket that we open, or over the web; both through Bolt, which is acknowledged at once."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from time import time
from typing import Any

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.signature import Clock, SignatureVerifier
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

Take = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, object] | None]]

FRESH_SECONDS = 2 * 300.0  # that a signature may be good for: five minutes, whichever clock is ahead
PING_SECONDS = 5.0  # a socket that is silent for four of these is opened anew
LOST_SECONDS = 45.0  # without a socket, after which all of the connection is begun again
LOOK_SECONDS = 1.0

log = logging.getLogger(__name__)


class Requests:
    """What Slack sends over the web. now: seconds since 1970."""

    def __init__(self, take: Take, url: str, signing_secret: str, *, now: Callable[[], float] = time) -> None:
        self._bolt = _bolt(take, url)
        self._verifier = SignatureVerifier(signing_secret, _Clock(now))
        self._now = now
        self._taken: dict[str, float] = {}  # when each signature was seen, oldest first

    async def receive(self, request: web.Request) -> web.Response:
        """A request of Slack's; refused, before it is read, unless it is signed and fresh, and was not sent before."""
        if not self._is_signed(await request.read(), request.headers):
            return web.Response(status=401, text="Not signed by Slack.\n")
        if not self._is_first(request.headers["X-Slack-Signature"]):
            return web.Response(status=401, text="Sent before.\n")
        try:
            said = await to_bolt_request(request)
        except Exception:
            log.warning("request not understood", exc_info=True)
            return web.Response(status=400, text="That makes no sense.\n")
        return await to_aiohttp_response(await self._bolt.async_dispatch(said))

    def _is_signed(self, body: bytes, headers: Mapping[str, str]) -> bool:
        stamp, signature = headers.get("X-Slack-Request-Timestamp", ""), headers.get("X-Slack-Signature", "")
        return stamp.isascii() and stamp.isdecimal() and self._verifier.is_valid(body, stamp, signature)

    def _is_first(self, signature: str) -> bool:
        """Whether this very request is new here. What came to another worker, `repeats` tells; Slack signs anew."""
        now = self._now()
        while self._taken and now - next(iter(self._taken.values())) > FRESH_SECONDS:
            del self._taken[next(iter(self._taken))]
        return signature not in self._taken and self._taken.setdefault(signature, now) == now


class _Clock(Clock):
    """The time by which stamps are judged."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now

    def now(self) -> float:
        return self._now()


async def listen(take: Take, url: str, app_token: str) -> None:
    """Keep a socket open until cancelled. Raises ConnectionError where there has been none for a while."""
    bolt = _bolt(take, url)
    handler = _Sockets(bolt, app_token, logger=bolt.logger, web_client=bolt.client, ping_interval=PING_SECONDS)
    connect: Callable[[], Coroutine[Any, Any, None]] = handler.connect_async
    close: Callable[[], Awaitable[None]] = handler.close_async
    connecting = asyncio.create_task(connect(), name="slack socket")
    try:
        await _watch(handler)
    finally:
        connecting.cancel()
        await close()


def _bolt(take: Take, url: str) -> AsyncApp:
    """Bolt, with everything taken before it looks for whom to hand it to."""
    logger = logging.getLogger("slack_bolt")
    logger.setLevel(logging.ERROR)  # what matters of it we log ourselves
    return AsyncApp(
        client=AsyncWebClient(base_url=url, retry_handlers=[], logger=logger),
        signing_secret="",
        request_verification_enabled=False,  # it reads the body first
        before_authorize=_Taking(take),
        authorize=_nobody,
        logger=logger,
    )


class _Taking(AsyncMiddleware):
    """Acknowledges whatever it is, before Bolt looks any closer at it; what is to be done is done elsewhere."""

    def __init__(self, take: Take) -> None:
        self._take = take

    async def async_process(
        self, *, req: AsyncBoltRequest, resp: BoltResponse, next: Callable[[], Awaitable[BoltResponse]]
    ) -> BoltResponse:
        if req.body.get("type") == "url_verification":
            return BoltResponse(status=200, body={"challenge": req.body.get("challenge", "")})
        answer = await self._take(req.body)
        return BoltResponse(status=200, body=dict(answer) if answer else "")


class _Sockets(AsyncSocketModeHandler):
    """Acknowledges every envelope, also one that Bolt stumbles over: Slack would only send it again."""

    async def handle(self, client: AsyncBaseSocketModeClient, req: SocketModeRequest) -> None:
        begun = time()
        try:
            answer = await run_async_bolt_app(self.app, req)
        except Exception:
            log.exception("envelope not understood", extra={"type": req.type})
            answer = BoltResponse(status=200)
        await send_async_response(client, req, answer if answer.status == 200 else BoltResponse(status=200), begun)


async def _watch(handler: AsyncSocketModeHandler) -> None:
    lost = 0.0
    while lost < LOST_SECONDS:
        await asyncio.sleep(LOOK_SECONDS)
        lost = 0.0 if await handler.client.is_connected() else lost + LOOK_SECONDS
    raise ConnectionError("no socket to Slack")


async def _nobody(**_: object) -> AuthorizeResult:
    """Bolt authorizes nothing here: payloads are taken before."""
    raise PermissionError
