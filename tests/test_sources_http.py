"""The polite client against a server that misbehaves in every way it can."""

import asyncio
import gzip
import importlib.metadata
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Awaitable, Sequence
from datetime import timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from yarl import URL

from bot.errors import Refused, SourceTrouble
from bot.settings import Settings
from bot.sources.addresses import Rules, hosts_in, is_public, web_address
from bot.sources.backoff import pause_seconds, wished_seconds
from bot.sources.dialling import Lookup, NotPublicError, look_up, public_socket
from bot.sources.gate import LocalGate
from bot.sources.http import Answer, Limits, PoliteClient, client_from
from bot.sources.sites import Pace, Sites, sites_from
from tests.conftest import NOW, Clock
from tests.fakes.web import FakeWeb, Scripted, self_signed, serving

VERSION = importlib.metadata.version("paper-round")
FEED = "<rss><channel/></rss>"
SOON = Limits(seconds=0.3, silent_seconds=0.15)


class Person:
    """Asks through a client of her own, on the test's clock, in which sleeping takes no time."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.slept: list[float] = []
        self.clients: list[PoliteClient] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.forward(seconds=seconds)

    def client(
        self,
        *own: str,
        allow: str = "",
        limits: Limits | None = None,
        contact: str = "ada@example.org",
        lookup: Lookup = look_up,
    ) -> PoliteClient:
        client = PoliteClient(
            clock=self.clock,
            sleep=self.sleep,
            rng=Random(7),
            contact=contact,
            about_url="https://papers.example",
            allow_hosts=hosts_in(allow),
            sites=Sites(**dict(zip(("huggingface", "crossref"), own, strict=False))),
            limits=limits,
            lookup=lookup,
        )
        self.clients.append(client)
        return client


@pytest.fixture
async def person(clock: Clock) -> AsyncIterator[Person]:
    person = Person(clock)
    yield person
    for client in person.clients:
        await client.close()


@pytest.fixture
def client(person: Person, web: FakeWeb) -> PoliteClient:
    """A client of an operator who has set the server as a base URL."""
    return person.client(web.url, limits=SOON)


async def why_not(asking: Awaitable[Answer]) -> str:
    with pytest.raises(SourceTrouble) as trouble:
        await asking
    return trouble.value.why


def resolving(**names: str) -> Lookup:
    """A name server that knows these names, dots written as underscores, and their addresses in turn."""
    known = {name.replace("_", "."): addresses.split() for name, addresses in names.items()}

    async def look_up(host: str) -> Sequence[str]:
        addresses = known[host]
        return [addresses.pop(0) if len(addresses) > 1 else addresses[0]]

    return look_up


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
    body = gzip.compress(b"<rss>") + gzip.compress(b"</rss>") + b"\0" * 8
    url = web.gives("/feed", Scripted(body, headers={"Content-Encoding": "gzip"}))
    assert (await client.get(url)).body == b"<rss></rss>"


@pytest.mark.parametrize(
    ("body", "coding", "why"),
    [
        (b"not gzip at all", "gzip", "sent a damaged answer"),
        (gzip.compress(FEED.encode())[:-12], "gzip", "stopped in the middle of its answer"),
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
    url = web.gives("/empty", Scripted(gzip.compress(b"") * 100, headers={"Content-Encoding": "gzip"}))
    assert await why_not(client.get(url, most_bytes=1000)) == "more than 1,000 bytes"


async def test_a_slow_drip_ends_with_the_time_for_all_of_it(client: PoliteClient, web: FakeWeb) -> None:
    assert await why_not(client.get(web.gives("/drip", Scripted(drip_seconds=0.02)), tries=1)) == "took over 0.3 s"


async def test_silence_ends_sooner(client: PoliteClient, web: FakeWeb) -> None:
    assert (
        await why_not(client.get(web.gives("/silent", Scripted(is_silent=True)), tries=1)) == "said nothing for 0.15 s"
    )


async def test_hops_share_the_time(client: PoliteClient, web: FakeWeb) -> None:
    drips = Scripted(status=302, headers={"Location": "/drip"})
    url = web.gives("/first", drips)
    web.gives("/drip", Scripted(drip_seconds=0.02))
    assert await why_not(client.get(url, tries=1)) == "took over 0.3 s"


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
    client: PoliteClient, web: FakeWeb, person: Person, fault: Scripted, why: str
) -> None:
    url = web.gives("/feed", fault, fault, Scripted(FEED))
    assert (await client.get(url)).body == FEED.encode()
    assert len(person.slept) == 2
    web.gives("/feed", fault)
    assert await why_not(client.get(url)) == why


async def test_nobody_listens(person: Person, unused_port: int) -> None:
    url = f"http://127.0.0.1:{unused_port}"
    assert await why_not(person.client(url).get(url)) == "refused the connection"
    assert len(person.slept) == 2


@pytest.fixture
async def unused_port() -> int:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port: int = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    return port


async def test_a_name_that_does_not_exist(person: Person) -> None:
    client = person.client(contact="ada@example.org")
    assert await why_not(client.get("https://no-such-host.invalid/feed", tries=1)) in (
        "no such host",
        "its name could not be looked up",  # where no name server answers
    )
    assert await why_not(client.get(f"https://{'a' * 70}.example/feed")) == "no such host"


async def test_a_certificate_that_nobody_signed(person: Person, clock: Clock, tmp_path: Path) -> None:
    async with serving(clock, self_signed(tmp_path)) as fake:
        fake.gives("/feed", Scripted(FEED))
        assert await why_not(person.client(fake.url).get(f"{fake.url}/feed")) == "its certificate is not trusted"
        assert (fake.log, person.slept) == ([], [])


async def test_a_server_without_tls_where_it_is_expected(person: Person, web: FakeWeb) -> None:
    url = web.url.replace("http:", "https:")
    assert await why_not(person.client(url).get(url)) == "speaks no encryption that we know"


# Asked to wait


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
async def test_a_busy_server_is_asked_again_later_and_later(
    client: PoliteClient, web: FakeWeb, person: Person, status: int
) -> None:
    url = web.gives("/feed", Scripted(status=status))
    assert await why_not(client.get(url, tries=4)) == f"answered {status}"
    assert len(web.log) == 4
    assert all(2**n <= slept <= 2 ** (n + 1) for n, slept in enumerate(person.slept))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 501])
async def test_a_plain_no_is_not_asked_again(client: PoliteClient, web: FakeWeb, person: Person, status: int) -> None:
    assert await why_not(client.get(web.gives("/feed", Scripted(status=status)))) == f"answered {status}"
    assert (len(web.log), person.slept) == (1, [])


@pytest.mark.parametrize("as_date", [False, True])
async def test_a_short_wish_is_waited_for(client: PoliteClient, web: FakeWeb, person: Person, *, as_date: bool) -> None:
    wish = format_datetime(NOW + timedelta(seconds=7)) if as_date else "7"
    url = web.gives("/feed", Scripted(status=503, headers={"Retry-After": wish}), Scripted(FEED))
    assert (await client.get(url)).body == FEED.encode()
    assert 7 <= (web.log[1].at - web.log[0].at).total_seconds() <= 10


async def test_a_long_wish_is_told_to_the_caller_and_kept(client: PoliteClient, web: FakeWeb, clock: Clock) -> None:
    url = web.gives("/feed", Scripted(status=429, headers={"Retry-After": "600"}), Scripted(FEED))
    for why, left in (("answered 429", 600.0), ("asks to be left alone for a while", 600.0)):
        with pytest.raises(SourceTrouble, match=why) as trouble:
            await client.get(url)
        assert trouble.value.after_seconds == left
    assert len(web.log) == 1
    clock.forward(seconds=601)
    assert (await client.get(url)).body == FEED.encode()


async def test_a_clock_put_back_does_not_prolong_a_wish(client: PoliteClient, web: FakeWeb, clock: Clock) -> None:
    url = web.gives("/feed", Scripted(status=429, headers={"Retry-After": "600"}), Scripted(FEED))
    await why_not(client.get(url))
    clock.forward(hours=-5)
    assert (await client.get(url)).body == FEED.encode()


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("999999999999", 86_400),
        ("Tue, 24 Nov 2026 09:01:00 GMT", 60),
        ("Tue, 24 Nov 2026 09:01:00 -0000", 60),
        ("Mon, 23 Nov 2026 09:01:00 GMT", 0),
        ("", None),
        ("-5", None),
        ("soon", None),
        ("٣", None),
        ("Tue, 99 Nov 2026 09:01:00 GMT", None),
    ],
)
def test_retry_after_in_its_forms(header: str, seconds: float | None) -> None:
    assert wished_seconds(header, NOW) == seconds


def test_backoff_doubles_to_a_limit_with_jitter() -> None:
    pauses = [[pause_seconds(failures, Random(seed)) for seed in range(50)] for failures in (1, 2, 3, 9, 5000)]
    assert [max(some) <= most and min(some) >= most / 2 for some, most in zip(pauses, (2, 4, 8, 60, 60), strict=True)]
    assert all(len(set(some)) > 40 for some in pauses)


# Whose turn it is


async def test_arxiv_is_asked_every_three_seconds_over_one_connection(person: Person, web: FakeWeb) -> None:
    """All its hosts together: here they are names for one server, which an operator can allow."""
    hosts = ("export.arxiv.org", "rss.arxiv.org", "oaipmh.arxiv.org", "arxiv.org")
    client = person.client(
        allow=",".join(hosts), lookup=resolving(**{host.replace(".", "_"): "127.0.0.1" for host in hosts})
    )
    web.gives("/a", Scripted(FEED))
    port = URL(web.url).port
    await asyncio.gather(*(client.get(f"http://{host}:{port}/a") for host in hosts for _ in range(2)))
    gaps = [(later.at - before.at).total_seconds() for before, later in pairwise(web.log)]
    assert gaps == [3.0] * 7
    assert web.most_at_once == 1


def test_who_shares_a_gate() -> None:
    stand_in = "https://mirror.example/api/query"
    sites = Sites(arxiv_api=stand_in)
    paces = {
        "https://rss.arxiv.org/rss/cs.IR": Pace("arxiv.org", 3.0),
        "https://mirror.example/other": Pace("arxiv.org", 3.0),
        "https://notarxiv.org/": Pace("notarxiv.org:443", 1.0),
        "https://Feeds.Example./x": Pace("feeds.example:443", 1.0),
        "http://127.0.0.1:8000/x": Pace("127.0.0.1:8000", 0.0),
        "http://localhost/x": Pace("localhost:80", 0.0),
    }
    assert {url: sites.pace(URL(url)) for url in paces} == paces


async def test_a_clock_put_back_does_not_stop_the_gate(person: Person, clock: Clock) -> None:
    gate = LocalGate(clock, person.sleep)
    async with gate.turn("arxiv.org", 3.0):
        clock.forward(hours=-5)
    async with gate.turn("arxiv.org", 3.0):
        clock.forward(hours=5)
    async with gate.turn("arxiv.org", 3.0):
        assert person.slept == [3.0]


async def test_a_host_that_hangs_holds_up_no_other(person: Person, web: FakeWeb, clock: Clock) -> None:
    async with serving(clock) as other:
        client = person.client(web.url, other.url)
        slow = asyncio.create_task(client.get(web.gives("/silent", Scripted(is_silent=True))))
        assert (await client.get(other.gives("/feed", Scripted(FEED)))).body == FEED.encode()
        slow.cancel()
        with pytest.raises(asyncio.CancelledError):
            await slow


# Which addresses


@pytest.mark.parametrize(
    "address",
    [
        *(
            "127.0.0.1",
            "127.8.8.8",
            "10.1.2.3",
            "172.31.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
        ),
        *("192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.9", "224.0.0.1", "255.255.255.255"),
        *("::", "::1", "fe80::1", "fe80::1%eth0", "2606:4700::1%eth0", "fc00::1", "fd12::1", "fec0::1", "ff02::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::"),
        *("2001::1", "2001:db8::1", "3fff::1", "100::1"),
    ],
)
def test_no_private_address_is_dialled(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(NotPublicError):
        public_socket((2, 1, 6, "", (address, 443)))


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "172.32.0.1", "100.128.0.1", "2606:4700::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public_addresses_may_be_dialled(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("http://feeds.example/x", "feeds.example would be read without encryption."),
        ("https://10.0.0.1/x", "10.0.0.1 is not a public address."),
        ("https://[::ffff:127.0.0.1]/x", "::ffff:7f00:1 is not a public address."),
        ("https://１２７.0.0.1/", "127.0.0.1 is not a public address."),
        ("https://feeds.example:22/x", "Nothing is read from port 22."),
        ("https://feeds.example:80/x", "Nothing is read from port 80."),
        ("https://ada:secret@feeds.example/x", "An address can't hold a user name or password."),
        ("ftp://feeds.example/x", "“ftp://feeds.example/x” is not a web address."),
        ("file:///etc/passwd", "“file:///etc/passwd” is not a web address."),
        ("feeds.example/x", "“feeds.example/x” is not a web address."),
        ("https://feeds.example:99999/", "“https://feeds.example:99999/” is not a web address."),
        ("https://a\\@b/", "“https://a\\@b/” is not a web address."),
        ("https://2130706433/", "“https://2130706433/” is not a web address."),
        ("https://a b/", "“https://a b/” is not a web address."),
        ("https:///x", "“https:///x” is not a web address."),
    ],
)
async def test_addresses_that_are_refused_before_anything_is_dialled(person: Person, url: str, wrong: str) -> None:
    with pytest.raises(Refused) as refusal:
        await person.client().get(url, typed_by_a_person=True)
    assert refusal.value.wrong == wrong
    assert refusal.value.instead


@pytest.mark.parametrize("url", ["https://feeds.example/x", "https://feeds.example:8443/x", "https://bücher.example/x"])
def test_https_on_its_own_ports_is_fine(url: str) -> None:
    assert not Rules().check(web_address(url), for_own=False)


@pytest.mark.parametrize("name", ["feeds_example", "0x7f_1", "localhost"])
async def test_a_name_for_a_private_address_is_refused(person: Person, name: str) -> None:
    host = name.replace("_", ".")
    with pytest.raises(Refused, match=rf"{host} is not a public address\. Whoever runs the bot can allow it"):
        await person.client(lookup=resolving(**{name: "127.0.0.1"})).get(f"https://{host}/x")


async def test_a_name_that_changes_its_mind_is_refused(person: Person, web: FakeWeb) -> None:
    """A name that is public when it is looked at first, and this machine afterwards."""
    client = person.client(lookup=resolving(feeds_example="192.88.99.1 127.0.0.1"), limits=SOON)
    for _ in range(2):
        with pytest.raises(Refused, match="not a public address"):
            await client.get(f"https://feeds.example:{URL(web.url).port}/x")


async def test_a_person_is_not_the_operator(client: PoliteClient, person: Person, web: FakeWeb) -> None:
    url = web.gives("/feed", Scripted(FEED))
    assert (await client.get(url)).body == FEED.encode()
    with pytest.raises(Refused, match="without encryption"):
        await client.get(url, typed_by_a_person=True)
    allowed = person.client(allow=URL(url).authority)
    assert (await allowed.get(url, typed_by_a_person=True)).body == FEED.encode()


async def test_no_public_source_is_asked_without_a_contact(person: Person, web: FakeWeb) -> None:
    client = person.client(web.url, contact="")
    with pytest.raises(Refused, match="PAPER_ROUND_CONTACT"):
        await client.get("https://export.arxiv.org/api/query")
    assert (await client.get(web.gives("/feed", Scripted(FEED)))).body == FEED.encode()
    assert web.log[0].headers["User-Agent"] == f"paper-round/{VERSION} (+https://papers.example)"


@pytest.mark.parametrize(
    ("listed", "hosts"),
    [
        ("", set()),
        (" Wiki.Example. , 10.0.0.5:8080,", {"wiki.example", "10.0.0.5:8080"}),
        ("[::1]:80, fd12::1, bücher.example", {"::1:80", "fd12::1", "xn--bcher-kva.example"}),
    ],
)
def test_hosts_that_an_operator_allows(listed: str, hosts: set[str]) -> None:
    assert hosts_in(listed) == hosts


@pytest.mark.parametrize("listed", ["*", "*.example", "https://wiki.example", "a b", "wiki.example/feed", "a@b", "h:x"])
def test_what_is_no_host_is_told(listed: str) -> None:
    with pytest.raises(Refused, match="PAPER_ROUND_ALLOW_HOSTS"):
        hosts_in(listed)


# Redirects


async def test_redirects_are_followed_to_where_the_answer_is(client: PoliteClient, web: FakeWeb) -> None:
    for n, status in enumerate((301, 302, 303, 307, 308)):
        url = web.gives(f"/{n}", Scripted("moved", status, headers={"Location": f"{n + 1}#top"}))
    web.gives("/5", Scripted(FEED))
    assert (await client.get(f"{web.url}/0")).url == f"{web.url}/5"
    assert url.endswith("/4")


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("/loop", "redirects in a circle"),
        ("https://10.0.0.1/", "redirects to an address that may not be read"),
        ("http://169.254.169.254/latest/meta-data", "redirects to an address that may not be read"),
        ("http://feeds.example/x", "redirects to an address that may not be read"),
        ("https://inside.example/x", "redirects to an address that may not be read"),
        ("file:///etc/passwd", "redirects to what is not a web address"),
        ("https://ada:secret@feeds.example/", "redirects to what is not a web address"),
        ("http://[", "redirects to what is not a web address"),
        ("", "redirects in a circle"),
    ],
)
async def test_redirects_that_are_not_followed(person: Person, web: FakeWeb, location: str, why: str) -> None:
    client = person.client(web.url, lookup=resolving(inside_example="127.0.0.1"))
    url = web.gives("/loop", Scripted(status=302, headers={"Location": location or "#"}))
    assert await why_not(client.get(url)) == why
    assert len(web.log) == 1


async def test_a_redirect_without_a_target_and_one_too_many(client: PoliteClient, web: FakeWeb) -> None:
    assert await why_not(client.get(web.gives("/a", Scripted(status=302)))) == "redirects to what is not a web address"
    for n in range(9):
        web.gives(f"/{n}", Scripted(status=302, headers={"Location": f"/{n + 1}"}))
    assert await why_not(client.get(f"{web.url}/0")) == "redirects more than 5 times"
    assert len(web.log) == 7


async def test_a_stranger_can_not_send_us_to_the_operators_own(person: Person, web: FakeWeb, clock: Clock) -> None:
    """An allowed host is no stranger; what a person typed there is still no way to the base URLs."""
    async with serving(clock) as own:
        own.gives("/secret", Scripted("secret"))
        client = person.client(own.url, allow=URL(web.url).authority)
        url = web.gives("/feed", Scripted(status=302, headers={"Location": f"{own.url}/secret"}))
        trouble = await why_not(client.get(url, typed_by_a_person=True))
        assert trouble == "redirects to an address that may not be read"
        assert own.log == []


async def test_a_key_stays_with_its_source(person: Person, web: FakeWeb, clock: Clock) -> None:
    async with serving(clock) as other:
        client = person.client(web.url, other.url)
        other.gives("/paper", Scripted("{}"))
        web.gives("/paper", Scripted(status=302, headers={"Location": "/moved"}))
        url = f"{web.url}/paper"
        web.gives("/moved", Scripted(status=302, headers={"Location": f"{other.url}/paper"}))
        await client.get(url, headers={"x-api-key": "hush"})
        assert [asked.headers.get("x-api-key") for asked in (*web.log, *other.log)] == ["hush", "hush", None]


async def test_a_key_is_in_no_error(person: Person, unused_port: int) -> None:
    client = person.client(f"http://127.0.0.1:{unused_port}")
    with pytest.raises(SourceTrouble) as trouble:
        await client.get(f"http://127.0.0.1:{unused_port}/x", headers={"x-api-key": "hush"}, tries=1)
    assert "hush" not in repr(trouble.value) + repr(trouble.value.__cause__) + repr(client)


async def test_proxies_in_the_environment_are_left_alone(
    client: PoliteClient, web: FakeWeb, monkeypatch: pytest.MonkeyPatch, unused_port: int
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{unused_port}")
    assert (await client.get(web.gives("/feed", Scripted(FEED)))).body == FEED.encode()


# From the environment


async def test_a_client_as_the_environment_has_it(
    person: Person, web: FakeWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_API_URL", f"{web.url}/api/")
    client = client_from(Settings(), clock=person.clock, sleep=person.sleep, rng=Random(7))
    person.clients.append(client)
    web.gives("/api/daily_papers", Scripted("[]", content_type="application/json"))
    assert (await client.get(f"{client.sites.huggingface}/daily_papers")).content_type == "application/json"
    assert client.sites.arxiv_oai == Sites().arxiv_oai


@pytest.mark.parametrize("url", ["export.arxiv.org", "ftp://mirror.example", "https://ada:secret@mirror.example/api"])
def test_a_base_url_that_is_none_is_told(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARXIV_API_URL", url)
    with pytest.raises(Refused, match="ARXIV_API_URL") as refusal:
        sites_from(Settings())
    assert "secret" not in str(refusal.value)
