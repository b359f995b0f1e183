"""The one web server: health, readiness and figures, for whoever asks and however they ask."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from io import BytesIO

import aiohttp
import pytest
from aiohttp import web
from sqlalchemy import text

from bot.adapter import HasRoutes
from bot.errors import Fault, Refused
from bot.listening import host_and_port
from bot.store import Store
from bot.store.engine import Database
from bot.tables import SourceState
from bot.web.health import AdapterState
from bot.web.server import BODY_MAX, run_web
from tests.conftest import Chat, Clock
from tests.papers import recommenders


@dataclass
class Site:
    """The web server of a running service, and somebody who asks it."""

    url: str
    client: aiohttp.ClientSession
    adapters: dict[str, AdapterState] = field(default_factory=dict)

    async def get(self, path: str, **more: str) -> tuple[int, str]:
        async with self.client.get(self.url + path, headers=more) as answer:
            return answer.status, await answer.text()

    async def raw(self, request: bytes) -> bytes:
        """What comes back for these very bytes."""
        host, port = host_and_port(self.url.removeprefix("http://"))
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(request)
        answer = await reader.read(65_536)
        writer.close()
        return answer


async def echo(request: web.Request) -> web.Response:
    return web.Response(text=await request.text())


async def broken(_request: web.Request) -> web.Response:
    raise ValueError("xoxb-secret")


class Carrier:
    """An adapter that listens on the web server."""

    def routes(self, handle: object) -> list[web.RouteDef]:
        return [web.post("/carrier/events", echo), web.get("/carrier/broken", broken)]


@pytest.fixture
async def site(chat: Chat, clock: Clock) -> AsyncIterator[Site]:
    states: dict[str, AdapterState] = {"terminal": "connected"}
    carrier = Carrier()
    assert isinstance(carrier, HasRoutes)
    store, routes = chat.service.store, carrier.routes(chat.service)
    async with (
        run_web("127.0.0.1:0", store, clock, adapters=lambda: states, routes=routes) as url,
        aiohttp.ClientSession() as client,
    ):
        yield Site(url, client, states)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://behind.a.proxy"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
async def test_no_other_site_has_a_browser_do_something_here(site: Site, headers: dict[str, str], status: int) -> None:
    async with site.client.post(f"{site.url}/carrier/events", data="x", headers=headers) as answer:
        assert answer.status == status
    async with site.client.post(f"{site.url}/carrier/events", data="x", headers={"Origin": site.url}) as answer:
        assert answer.status == 200


async def test_a_running_service_is_alive_and_ready(site: Site) -> None:
    assert await site.get("/healthz") == (200, '{"status": "well"}')
    status, told = await site.get("/readyz")
    assert (status, told) == (200, '{"status": "well", "reasons": [], "adapters": {"terminal": "connected"}}')


async def test_an_adapter_that_retries_takes_nobody_down_and_one_that_stopped_is_named(site: Site) -> None:
    site.adapters["slack"] = "retrying"
    assert (await site.get("/readyz"))[0] == 200
    site.adapters["slack"] = "stopped"
    status, told = await site.get("/readyz")
    assert (status, "The adapter slack has stopped." in told) == (503, True)


async def test_a_database_of_another_version_is_a_reason(site: Site, chat: Chat) -> None:
    async with chat.service.store.database.writing() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    status, told = await site.get("/readyz")
    assert (status, "The database is of another version than this program." in told) == (503, True)
    assert (await site.get("/healthz"))[0] == 200


async def test_a_database_that_does_not_answer_is_a_reason_and_the_metrics_say_so(clock: Clock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:  # takes connections and says nothing
        store = Store(_silent(deaf))
        async with (
            run_web("127.0.0.1:0", store, clock, adapters=_none, patience=0.1) as url,
            aiohttp.ClientSession() as client,
        ):
            here = Site(url, client)
            ready, figures = await asyncio.gather(here.get("/readyz"), here.get("/metrics"))
            assert (ready[0], "The database does not answer in time." in ready[1]) == (503, True)
            assert (figures[0], "paper_round_database_up 0.0" in figures[1]) == (200, True)
            assert (await here.get("/healthz"))[0] == 200
        await store.close()


async def test_the_metrics_name_a_feed_by_its_host_alone(site: Site, chat: Chat) -> None:
    async with chat.service.store.database.writing() as session:
        session.add(SourceState(source="feed:https://lab.example/private.xml?token=hush", failures=3))
    _, told = await site.get("/metrics")
    assert 'source_failures{source="feed:lab.example#' in told
    assert "hush" not in told


async def test_the_metrics_count_papers_digests_and_messages(site: Site, chat: Chat) -> None:
    papers = recommenders()
    await chat.publish(replace(papers[0], upvotes=3), *papers[1:])
    await chat.say("/papers follow recsys")
    await chat.say("/papers digest")
    logging.getLogger("bot.tests").warning("source failed", extra={"source": "arxiv"})
    status, told = await site.get("/metrics")
    assert status == 200
    lines = told.splitlines()
    assert f"paper_round_papers {len(papers)}.0" in lines
    assert 'paper_round_papers_sighted{source="test"} 1.0' in lines
    assert 'paper_round_digests{kind="asked"} 1.0' in lines
    assert 'paper_round_deliveries{platform="terminal",state="sent"} 1.0' in lines
    assert 'paper_round_events_total{event="source failed",level="warning"} 1.0' in lines
    logging.getLogger("bot.tests").warning("digest composed", extra={"late_s": 61})
    _, later = await site.get("/metrics")
    assert 'paper_round_digest_late_seconds_bucket{le="60.0"} 0.0' in later
    assert 'paper_round_digest_late_seconds_bucket{le="600.0"} 1.0' in later
    assert "paper_round_database_up 1.0" in lines
    assert "paper_round_digests_overdue 0.0" in lines
    assert any(line.startswith("paper_round_loop_lag_seconds ") for line in lines)
    assert any(line.startswith("process_resident_memory_bytes ") for line in lines)
    names = [line.split()[2] for line in lines if line.startswith("# TYPE ")]
    assert len(names) == len(set(names))


async def test_odd_requests_get_a_calm_answer(site: Site) -> None:
    for path in ("/", "/nothing", "/%2e%2e/etc/passwd", "/healthz/", "/metrics%00", "/" + "x" * 4000):
        assert await site.get(path) == (404, "There is nothing here.\n")
    async with site.client.post(site.url + "/healthz", data=b"x") as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "GET,HEAD")
    async with site.client.head(site.url + "/readyz") as answer:
        assert (answer.status, await answer.read()) == (200, b"")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Server"] == "paper-round"
    for junk in (b"\x16\x03\x01\x02\x00", b"GET / HTTP/9.9\r\n\r\n", b"GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n"):
        assert b" 400 " in (await site.raw(junk + b"\r\n\r\n")).splitlines()[0]
    assert (await site.raw(b"GET / HTTP/1.1\r\nX: " + b"x" * 50_000 + b"\r\n\r\n")).splitlines()[0].count(b" 400 ")
    assert (await site.get("/healthz"))[0] == 200


async def test_adapters_mount_routes_and_a_body_has_a_limit(site: Site) -> None:
    async with site.client.post(site.url + "/carrier/events", data=b"coo") as answer:
        assert await answer.text() == "coo"
    async with site.client.post(site.url + "/carrier/events", data=BytesIO(b"x" * (BODY_MAX + 1))) as answer:
        assert (answer.status, await answer.text()) == (413, "That is too much at once.\n")


async def test_a_bug_behind_a_route_is_a_code_and_no_traceback(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    status, told = await site.get("/carrier/broken")
    assert status == 500
    assert told.startswith("Something went wrong on our side (code ")
    assert "secret" not in told
    assert "web bug" in caplog.text


async def test_somebody_who_says_nothing_holds_nobody_up(site: Site) -> None:
    host, port = host_and_port(site.url.removeprefix("http://"))
    silent = [await asyncio.open_connection(host, port) for _ in range(200)]
    for _, writer in silent[:100]:
        writer.write(b"GET /healthz HT")
    assert (await site.get("/healthz"))[0] == 200
    for _, writer in silent:
        writer.close()


async def test_a_body_that_drips_is_given_up(chat: Chat, clock: Clock) -> None:
    routes = Carrier().routes(chat.service)
    store = chat.service.store
    async with (
        run_web("127.0.0.1:0", store, clock, adapters=_none, routes=routes, request_seconds=0.2) as url,
        aiohttp.ClientSession() as client,
    ):
        head = b"POST /carrier/events HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nc"
        assert (await Site(url, client).raw(head)).startswith(b"HTTP/1.1 503 ")


async def test_a_head_that_drips_is_given_up_and_who_asked_before_goes_on(chat: Chat, clock: Clock) -> None:
    request = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    async with run_web("127.0.0.1:0", chat.service.store, clock, adapters=_none, request_seconds=0.2) as url:
        host, port = host_and_port(url.removeprefix("http://"))
        reader, writer = await asyncio.open_connection(host, port)
        dripping, drip = await asyncio.open_connection(host, port)
        drip.write(request[:-2])
        for _ in range(2):
            writer.write(request)
            assert (await reader.readuntil(b"}")).startswith(b"HTTP/1.1 200 ")
            with suppress(ConnectionResetError):
                assert await dripping.read() == b""
        for one in (writer, drip):
            one.close()


async def test_a_port_in_use_is_one_sentence(site: Site, chat: Chat, clock: Clock) -> None:
    address = site.url.removeprefix("http://")
    with pytest.raises(Fault, match=f"can't listen on {address}: the port is in use. Set PAPER_ROUND_HTTP"):
        async with run_web(address, chat.service.store, clock, adapters=_none):
            pass


@pytest.mark.parametrize("address", ["8080", ":8080", "localhost:", "x:99999", "::1:8080", "x:²", "on"])
async def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(Refused, match="is no address to listen on"):
        host_and_port(address)


async def test_addresses_are_read_and_off_is_off(chat: Chat, clock: Clock) -> None:
    assert host_and_port("[::1]:8080") == ("::1", 8080)
    assert host_and_port("0.0.0.0:80") == ("0.0.0.0", 80)
    async with run_web("off", chat.service.store, clock, adapters=_none) as url:
        assert url == ""


def _none() -> Mapping[str, AdapterState]:
    return {}


def _silent(deaf: socket.socket) -> Database:
    return Database(f"postgresql://nobody@127.0.0.1:{deaf.getsockname()[1]}/none")
