"""How often sources are asked, and how long they are left alone."""

import asyncio
from datetime import timedelta
from email.utils import format_datetime
from itertools import pairwise
from random import Random

import pytest
from yarl import URL

from bot.errors import SourceTrouble
from bot.sources.backoff import pause_seconds, wished_seconds
from bot.sources.gate import LocalGate
from bot.sources.http import PoliteClient
from bot.sources.sites import Pace, Sites
from tests.asking import FEED, Asker, resolving, why_not
from tests.conftest import NOW, Clock
from tests.fakes.web import FakeWeb, Scripted, serving

# Asked to wait


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
async def test_a_busy_server_is_asked_again_later_and_later(
    client: PoliteClient, web: FakeWeb, asker: Asker, status: int
) -> None:
    url = web.gives("/feed", Scripted(status=status))
    assert await why_not(client.get(url, tries=4)) == f"answered {status}"
    assert len(web.log) == 4
    assert all(2**n <= slept <= 2 ** (n + 1) for n, slept in enumerate(asker.slept))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 501])
async def test_a_plain_no_is_not_asked_again(client: PoliteClient, web: FakeWeb, asker: Asker, status: int) -> None:
    assert await why_not(client.get(web.gives("/feed", Scripted(status=status)))) == f"answered {status}"
    assert (len(web.log), asker.slept) == (1, [])


@pytest.mark.parametrize("server_ahead", [None, timedelta(0), timedelta(hours=5), timedelta(hours=-5)])
async def test_a_short_wish_is_waited_for(client: PoliteClient, web: FakeWeb, server_ahead: timedelta | None) -> None:
    """In seconds, or as a date by the server's clock."""
    headers = {"Retry-After": "7"}
    if server_ahead is not None:
        now = NOW + server_ahead
        headers = {"Date": format_datetime(now), "Retry-After": format_datetime(now + timedelta(seconds=7))}
    url = web.gives("/feed", Scripted(status=503, headers=headers), Scripted(FEED))
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
        ("9" * 5000, 86_400),
        ("Tue, 24 Nov 2026 09:01:00 GMT", 60),
        ("Tue, 24 Nov 2026 09:01:00 -0000", 60),
        ("Mon, 23 Nov 2026 09:01:00 GMT", 0),
        ("", None),
        ("-5", None),
        ("soon", None),
        ("٣", None),
        ("Tue, 99 Nov 2026 09:01:00 GMT", None),
        ("Tue, 24 Nov 99999999999999999999 09:01:00 GMT", None),
    ],
)
def test_retry_after_in_its_forms(header: str, seconds: float | None) -> None:
    assert wished_seconds(header, NOW) == seconds


def test_backoff_doubles_to_a_limit_with_jitter() -> None:
    pauses = [[pause_seconds(failures, Random(seed)) for seed in range(50)] for failures in (1, 2, 3, 9, 5000)]
    limits = zip(pauses, (2, 4, 8, 60, 60), strict=True)
    assert all(most / 2 <= min(some) and max(some) <= most for some, most in limits)
    assert all(len(set(some)) > 40 for some in pauses)


# Whose turn it is


async def test_arxiv_is_asked_every_three_seconds_over_one_connection(asker: Asker, web: FakeWeb) -> None:
    """All its hosts together: here they are names for one server, which an operator can allow."""
    hosts = ("export.arxiv.org", "rss.arxiv.org", "oaipmh.arxiv.org", "arxiv.org")
    client = asker.client(
        allow=",".join(hosts), lookup=resolving(**{host.replace(".", "_"): "127.0.0.1" for host in hosts})
    )
    web.gives("/a", Scripted(FEED))
    port = URL(web.url).port
    await asyncio.gather(*(client.get(f"http://{host}:{port}/a") for host in hosts for _ in range(2)))
    gaps = [(later.at - before.at).total_seconds() for before, later in pairwise(web.log)]
    assert gaps == [3.0] * 7
    assert web.most_at_once == 1


@pytest.mark.parametrize(
    ("limit", "interval", "gap"),
    [("2", "10s", 5.0), ("1", "9999s", 60.0), ("0", "1s", 0.0), ("", "", 0.0), ("x", "1s", 0)],
)
async def test_a_rate_that_a_source_names_is_kept(
    client: PoliteClient, web: FakeWeb, limit: str, interval: str, gap: float
) -> None:
    url = web.gives("/works", Scripted("{}", headers={"X-Rate-Limit-Limit": limit, "X-Rate-Limit-Interval": interval}))
    for _ in range(2):
        await client.get(url)
    assert (web.log[1].at - web.log[0].at).total_seconds() == gap


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


async def test_a_clock_put_back_does_not_stop_the_gate(asker: Asker, clock: Clock) -> None:
    gate = LocalGate(clock, asker.sleep)
    async with gate.turn("arxiv.org", 3.0):
        clock.forward(hours=-5)
    async with gate.turn("arxiv.org", 3.0):
        clock.forward(hours=5)
    async with gate.turn("arxiv.org", 3.0):
        assert asker.slept == [3.0]


async def test_a_host_that_hangs_holds_up_no_other(asker: Asker, web: FakeWeb, clock: Clock) -> None:
    async with serving(clock) as other:
        client = asker.client(web.url, other.url)
        slow = asyncio.create_task(client.get(web.gives("/silent", Scripted(is_silent=True))))
        assert (await client.get(other.gives("/feed", Scripted(FEED)))).body == FEED.encode()
        slow.cancel()
        with pytest.raises(asyncio.CancelledError):
            await slow
