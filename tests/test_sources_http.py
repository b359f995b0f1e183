"""The polite client against a server that misbehaves in every way it can."""

import gzip
import importlib.metadata
import tracemalloc
import zlib
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from bot.errors import Refused, SourceTrouble
from bot.settings import Settings
from bot.sources.http import Answer, PoliteClient, client_from
from bot.sources.sites import Sites, sites_from
from tests.asking import FEED, Asker, why_not
from tests.conftest import Clock
from tests.fakes.web import FakeWeb, Scripted, self_signed, serving

VERSION = importlib.metadata.version("paper-round")


# What is sent, and what comes back


async def test_it_says_who_asks_and_takes_no_cookies(client: PoliteClient, web: FakeWeb) -> None:
    url = web.gives("/feed", Scripted(FEED, headers={"Set-Cookie": "id=1"}, packed=True))
    for _ in range(2):
        answer = await client.get(url, accept="application/rss+xml")
    sent = web.log[-1].headers
    assert sent["User-Agent"] == f"paper-round/{VERSION} (+https://papers.example; mailto:ada@example.org)"
    assert sent["Accept"] == "application/rss+xml"
    assert "Cookie" not in sent
    assert answer == Answer(url, FEED.encode(), "application/xml", "utf-8")


async def test_what_has_not_changed_is_not_sent_again(client: PoliteClient, web: FakeWeb) -> None:
    url = web.gives("/feed", Scripted(FEED, etag='"v1"', headers={"Last-Modified": "Tue, 24 Nov 2026 01:00:00 GMT"}))
    first = await client.get(url)
    again = await client.get(url, etag=first.etag, last_modified=first.last_modified)
    assert (first.etag, first.is_same, again.is_same, again.body) == ('"v1"', False, True, b"")
    assert web.log[-1].headers["If-Modified-Since"] == "Tue, 24 Nov 2026 01:00:00 GMT"


async def test_a_304_that_nobody_asked_for_is_no_success(client: PoliteClient, web: FakeWeb) -> None:
    assert await why_not(client.get(web.gives("/feed", Scripted(status=304)))) == "answered 304"


@pytest.mark.parametrize("coding", ["gzip", "deflate", "x-gzip"])
@pytest.mark.parametrize("window", [31, 15, -15])
async def test_compressed_answers_are_read(client: PoliteClient, web: FakeWeb, coding: str, window: int) -> None:
    packer = zlib.compressobj(wbits=window)
    body = packer.compress(FEED.encode()) + packer.flush()
    url = web.gives("/feed", Scripted(body, headers={"Content-Encoding": coding}))
    assert (await client.get(url)).body == FEED.encode()


async def test_several_gzip_members_and_padding_are_one_body(client: PoliteClient, web: FakeWeb) -> None:
    body = gzip.compress(b"<rss>", mtime=0) + gzip.compress(b"</rss>") + b"\0" * 8
    url = web.gives("/feed", Scripted(body, headers={"Content-Encoding": "gzip"}))
    assert (await client.get(url)).body == b"<rss></rss>"


@pytest.mark.parametrize(
    ("body", "coding", "why"),
    [
        (b"not gzip at all", "gzip", "sent a damaged answer"),
        (gzip.compress(FEED.encode(), mtime=0)[:-12], "gzip", "stopped in the middle of its answer"),
        (FEED.encode(), "br", "sent a compression that was not asked for"),
        (FEED.encode(), "gzip, gzip", "sent a compression that was not asked for"),
    ],
)
async def test_broken_compression_has_its_words(
    client: PoliteClient, web: FakeWeb, body: bytes, coding: str, why: str
) -> None:
    url = web.gives("/feed", Scripted(body, headers={"Content-Encoding": coding}))
    assert await why_not(client.get(url)) == why


# Too much, too slow, too little


async def test_a_gzip_bomb_stops_at_the_limit(client: PoliteClient, web: FakeWeb) -> None:
    packer = zlib.compressobj(wbits=31)
    bomb = b"".join(packer.compress(bytes(1_000_000)) for _ in range(200)) + packer.flush()
    url = web.gives("/bomb", Scripted(bomb, headers={"Content-Encoding": "gzip"}))
    tracemalloc.start()
    why = await why_not(client.get(url))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert why == "more than 5 MB"
    assert peak < 20_000_000
    assert len(web.log) == 1


@pytest.mark.parametrize("is_chunked", [False, True])
async def test_a_long_body_is_refused_announced_or_not(client: PoliteClient, web: FakeWeb, *, is_chunked: bool) -> None:
    url = web.gives("/long", Scripted(b"x" * 1001, is_chunked=is_chunked))
    assert await why_not(client.get(url, most_bytes=1000)) == "more than 1,000 bytes"
    assert len((await client.get(url, most_bytes=1001)).body) == 1001


async def test_endless_empty_gzip_members_are_bounded(client: PoliteClient, web: FakeWeb) -> None:
    url = web.gives("/empty", Scripted(gzip.compress(b"", mtime=0) * 100, headers={"Content-Encoding": "gzip"}))
    assert await why_not(client.get(url, most_bytes=1000)) == "more than 1,000 bytes"


async def test_a_slow_drip_ends_with_the_time_for_all_of_it(client: PoliteClient, web: FakeWeb) -> None:
    assert await why_not(client.get(web.gives("/drip", Scripted(drip_seconds=0.02)), tries=1)) == "took over 1 s"


async def test_silence_ends_sooner(client: PoliteClient, web: FakeWeb) -> None:
    assert (
        await why_not(client.get(web.gives("/silent", Scripted(is_silent=True)), tries=1)) == "said nothing for 0.5 s"
    )


async def test_hops_share_the_time(client: PoliteClient, web: FakeWeb) -> None:
    drips = Scripted(status=302, headers={"Location": "/drip"})
    url = web.gives("/first", drips)
    web.gives("/drip", Scripted(drip_seconds=0.02))
    assert await why_not(client.get(url, tries=1)) == "took over 1 s"


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (Scripted(is_dropped=True), "cut the connection"),
        (Scripted(FEED, cut_after=5), "stopped in the middle of its answer"),
        (Scripted(raw=b"SSH-2.0-OpenSSH_9.6\r\n"), "gave an answer that can't be read"),
        (Scripted(raw=b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000), "gave an answer that can't be read"),
        (Scripted(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 3, 5\r\n\r\nabc"), "gave an answer that can't be read"),
        (Scripted(raw=b""), "cut the connection"),
    ],
)
async def test_a_broken_connection_is_tried_again(
    client: PoliteClient, web: FakeWeb, asker: Asker, fault: Scripted, why: str
) -> None:
    url = web.gives("/feed", fault, fault, Scripted(FEED))
    assert (await client.get(url)).body == FEED.encode()
    assert len(asker.slept) == 2
    web.gives("/feed", fault)
    assert await why_not(client.get(url)) == why


@pytest.mark.parametrize(
    "whole",
    [
        b"HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\nETag: x\r\nContent-Length: 6\r\n\r\n<rss/>",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(FEED.encode(), mtime=0),
        (
            b"HTTP/1.1 503 Busy\r\nX-Rate-Limit-Limit: 5\r\nX-Rate-Limit-Interval: 1s\r\n"
            b"Retry-After: Tue, 24 Nov 2026 09:01:00 GMT\r\nContent-Length: 0\r\n\r\n"
        ),
    ],
)
async def test_any_bytes_are_an_answer_or_trouble(client: PoliteClient, web: FakeWeb, whole: bytes) -> None:
    rng = Random(11)
    for _ in range(150):
        raw = bytearray(whole)
        for _ in range(rng.randint(1, 6)):
            at = rng.randrange(len(raw))
            raw[at : at + rng.randint(0, 3)] = rng.choice((rng.randbytes(rng.randint(0, 3)), b"9" * rng.randint(1, 30)))
        url = web.gives("/any", Scripted(raw=bytes(raw)))
        with suppress(SourceTrouble):
            assert isinstance(await client.get(url, tries=1), Answer)


async def test_nobody_listens(asker: Asker, unused_port: int) -> None:
    url = f"http://127.0.0.1:{unused_port}"
    assert await why_not(asker.client(url).get(url)) == "refused the connection"
    assert len(asker.slept) == 2


async def test_a_name_that_does_not_exist(asker: Asker) -> None:
    client = asker.client(contact="ada@example.org")
    assert await why_not(client.get("https://no-such-host.invalid/feed", tries=1)) in (
        "no such host",
        "its name could not be looked up",  # where no name server answers
    )
    assert await why_not(client.get(f"https://{'a' * 70}.example/feed")) == "no such host"


async def test_a_certificate_that_nobody_signed(asker: Asker, clock: Clock, tmp_path: Path) -> None:
    async with serving(clock, self_signed(tmp_path)) as fake:
        fake.gives("/feed", Scripted(FEED))
        assert await why_not(asker.client(fake.url).get(f"{fake.url}/feed")) == "its certificate is not trusted"
        assert (fake.log, asker.slept) == ([], [])


async def test_a_server_without_tls_where_it_is_expected(asker: Asker, web: FakeWeb) -> None:
    url = web.url.replace("http:", "https:")
    assert await why_not(asker.client(url).get(url)) == "speaks no encryption that we know"


# From the environment


async def test_a_client_as_the_environment_has_it(asker: Asker, web: FakeWeb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_API_URL", f"{web.url}/api/")
    client = client_from(Settings(), clock=asker.clock, sleep=asker.sleep, rng=Random(7))
    asker.clients.append(client)
    web.gives("/api/daily_papers", Scripted("[]", content_type="application/json"))
    assert (await client.get(f"{client.sites.huggingface}/daily_papers")).content_type == "application/json"
    assert client.sites.arxiv_oai == Sites().arxiv_oai


@pytest.mark.parametrize("url", ["export.arxiv.org", "ftp://mirror.example", "https://ada:secret@mirror.example/api"])
def test_a_base_url_that_is_none_is_told(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARXIV_API_URL", url)
    with pytest.raises(Refused, match="ARXIV_API_URL") as refusal:
        sites_from(Settings())
    assert "secret" not in str(refusal.value)
