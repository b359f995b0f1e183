"""The one web server: health and metrics, and whatever adapters mount beside them."""

import asyncio
import errno
import logging
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.errors import Fault
from bot.listening import SERVER, host_and_port
from bot.service import Clock
from bot.store import Store
from bot.web import look
from bot.web.health import AdapterState, Health
from bot.web.lag import watch_lag
from bot.web.look import Look
from bot.web.metrics import Metrics
from bot.web.patience import Patience
from bot.web.proxies import Network, behind

log = logging.getLogger(__name__)

OFF = "off"
BODY_MAX = 2**20  # bytes: far above any event of a chat platform
LONGEST_PATH = 8_000  # characters of an address with its query; what is far longer the server takes for no request
REQUEST_SECONDS = 30.0  # from a request's head to the end of its answer, a body that drips included
IDLE_SECONDS = 75.0  # for a connection that says nothing: longer than a proxy keeps one
PATIENCE_SECONDS = 3.0  # with the database: Prometheus and most supervisors give us 10
STOP_SECONDS = 3.0  # for answers under way when the server stops
_OURS = ("bot", "adapters")  # whose events are counted
_HEADERS = {"Server": SERVER, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
_SENTENCES = {
    404: "There is nothing here.",
    405: "That can't be done here.",
    413: "That is too much at once.",
    414: "That address is too long.",
}
_READS = ("GET", "HEAD", "OPTIONS")


@asynccontextmanager
async def run_web(
    address: str,
    store: Store,
    clock: Clock,
    *,
    adapters: Callable[[], Mapping[str, AdapterState]],
    routes: Sequence[web.RouteDef] = (),
    proxies: Sequence[Network] = (),
    patience: float = PATIENCE_SECONDS,
    request_seconds: float = REQUEST_SECONDS,
) -> AsyncIterator[str]:
    """Serve until left; gives the URL that it is reached at, empty where `address` is off.

    adapters: how each is doing, asked at every look at /readyz. proxies: who forwards others' requests. patience:
    seconds with a slow database. request_seconds: from a request's head to the end of its answer. Raises Refused for an
    address that is none, and Fault where it can't be listened on.
    """
    if address == OFF:
        yield ""
        return
    host, port = host_and_port(address)
    metrics = Metrics(store, clock, patience)
    heads = Patience(request_seconds)
    app = _app(Health(store, adapters, patience), metrics, routes, proxies, request_seconds, heads)
    runner = web.AppRunner(
        app, access_log=None, keepalive_timeout=IDLE_SECONDS, shutdown_timeout=STOP_SECONDS,
        max_line_size=2 * LONGEST_PATH,
    )  # fmt: skip
    await runner.setup()
    for name in _OURS:
        logging.getLogger(name).addHandler(metrics.events)
    assert runner.server is not None  # it was set up
    watching = (
        asyncio.create_task(watch_lag(metrics.lag.set), name="loop lag"),
        asyncio.create_task(heads.watch(runner.server), name="silent connections"),
    )
    try:
        yield await _listen(runner, host, port)
    finally:
        for one in watching:
            one.cancel()
        for name in _OURS:
            logging.getLogger(name).removeHandler(metrics.events)
        await runner.cleanup()
        await asyncio.gather(*watching, return_exceptions=True)


def _app(
    health: Health, metrics: Metrics, routes: Sequence[web.RouteDef], proxies: Sequence[Network], seconds: float,
    heads: Patience,
) -> web.Application:  # fmt: skip
    layers = [heads.hearing(), _calm(Look()), _in_time(seconds), _own, behind(proxies)]
    app = web.Application(middlewares=layers, client_max_size=BODY_MAX)
    app.on_response_prepare.append(_head)
    app.add_routes([web.get("/healthz", health.alive), web.get("/readyz", health.ready)])
    app.add_routes([web.get("/metrics", metrics.page), *look.routes(), *routes])
    return app


async def _listen(runner: web.AppRunner, host: str, port: int) -> str:
    site = web.TCPSite(runner, host, port)
    try:
        await site.start()
    except OSError as err:
        why = "the port is in use" if err.errno == errno.EADDRINUSE else "the address is not this machine's or not ours"
        said = f"The web server can't listen on {host}:{port}: {why}."
        raise Fault(said, "Set PAPER_ROUND_HTTP to another HOST:PORT, or to off.") from err
    bound = runner.addresses[0][1]
    name = f"[{host}]" if ":" in host else host
    log.info("web server listening", extra={"address": f"{name}:{bound}"})
    return f"http://{name}:{bound}"


def _in_time(seconds: float) -> Middleware:
    @web.middleware
    async def in_time(request: web.Request, handler: Handler) -> web.StreamResponse:
        async with asyncio.timeout(seconds):
            return await handler(request)

    return in_time


@web.middleware
async def _own(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Lets no other site have a reader's browser do something here; what is no browser says nothing of a site."""
    if len(request.path_qs) > LONGEST_PATH:
        raise web.HTTPRequestURITooLong
    site, origin = request.headers.get("Sec-Fetch-Site", ""), request.headers.get("Origin", "")
    is_foreign = (
        site not in ("same-origin", "none") if site else bool(origin) and origin.partition("//")[2] != request.host
    )
    if request.method not in _READS and is_foreign:
        raise web.HTTPForbidden(reason="That was sent by another site's page")
    return await handler(request)


def _calm(look: Look) -> Middleware:
    def told(request: web.Request, text: str, status: int, allow: str = "") -> web.Response:
        if "text/html" in request.headers.get("Accept", ""):
            answer = look.page("refusal.html", title=text, instead="", status=status)
        else:
            answer = web.Response(text=f"{text}\n", status=status)
        if allow:
            answer.headers["Allow"] = allow
        return answer

    @web.middleware
    async def calm(request: web.Request, handler: Handler) -> web.StreamResponse:
        """Every trouble as one sentence, on a page for who reads pages."""
        try:
            return await handler(request)
        except web.HTTPException as err:
            if err.status < 400:
                raise
            allow = err.headers.get("Allow", "")
            if request.method == "OPTIONS" and allow:
                return web.Response(status=204, headers={"Allow": f"{allow},OPTIONS"})
            return told(request, _SENTENCES.get(err.status, f"{err.reason}."), err.status, allow)
        except TimeoutError:
            return told(request, "That took too long.", 503)
        except Exception:
            code = secrets.token_hex(2)
            resource = request.match_info.route.resource  # not the path itself, which may hold somebody's secret link
            log.exception("web bug", extra={"code": code, "route": resource.canonical if resource else ""})
            return told(request, f"Something went wrong on our side (code {code}).", 500)

    return calm


async def _head(_request: web.Request, response: web.StreamResponse) -> None:
    for name, value in _HEADERS.items():
        if name == "Server":
            response.headers[name] = value
        else:
            response.headers.setdefault(name, value)
