"""Sources as people meet them: feeds followed by their address, papers fetched by id, and how everything stands."""

import socket
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.gather import health
from tests.conftest import Chat, Clock, notice_in, text_of, titles_in
from tests.fakes.web import FakeWeb, Scripted, self_signed, serving
from tests.house import House, open_house
from tests.papers import a_paper, recommenders

JSON = "application/json"
FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>A Journal of Quiet Users</title>
<item><title>Quiet Users Revisited</title><link>https://journal.example/2</link>
<pubDate>Tue, 24 Nov 2026 08:00:00 GMT</pubDate></item>
<item><title>Loud Users, Long Ago</title><link>https://journal.example/1</link>
<pubDate>Tue, 03 Mar 2020 08:00:00 GMT</pubDate></item></channel></rss>"""


@pytest.fixture
async def house(database_url: str, clock: Clock, web: FakeWeb) -> AsyncIterator[House]:
    async with open_house(database_url, clock, web) as house:
        yield house


@pytest.fixture
async def sqlite_house(sqlite_url: str, clock: Clock, web: FakeWeb) -> AsyncIterator[House]:
    async with open_house(sqlite_url, clock, web) as house:
        yield house


# Feeds


async def test_a_followed_feed_is_named_and_its_new_entries_come(house: House) -> None:
    url = house.web.gives("/journal", Scripted(FEED, content_type="application/rss+xml", etag='"1"'))
    reply = await house.chat.say(f"/papers follow feed:{url}")
    assert "“A Journal of Quiet Users” has 2 entries. Its newest: “Quiet Users Revisited”." in notice_in(reply)
    found = await house.gather("feed")
    assert found[f"feed:{url}"].new == 2
    assert titles_in(await house.chat.say("/papers digest")) == ["Quiet Users Revisited"]
    house.clock.forward(hours=2)
    assert (await house.gather("feed"))[f"feed:{url}"].known == 0  # a 304
    assert "A Journal of Quiet Users" in text_of(await house.chat.say("/papers status"))


async def test_a_feed_without_dates_never_floods(house: House) -> None:
    body = '{"version": "https://jsonfeed.org/version/1.1", "title": "Undated", "items": [%s]}'
    old = '{"id": "1", "url": "https://undated.example/1", "title": "There From the Start"}'
    new = '{"id": "2", "url": "https://undated.example/2", "title": "Come in the Meantime"}'
    url = house.web.gives("/undated", Scripted(body % old, content_type=JSON))
    await house.chat.say(f"/papers follow feed:{url}")
    await house.gather("feed")
    house.web.gives("/undated", Scripted(body % f"{new}, {old}", content_type=JSON))
    house.clock.forward(hours=2)
    await house.gather("feed")
    assert titles_in(await house.chat.say("/papers digest")) == ["Come in the Meantime"]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Scripted(FEED[:130]), ""),  # before its first entry is whole
        (Scripted("<!doctype html><html><body>hello</body></html>", content_type="text/html"), "a web page"),
        (Scripted(b"\x00" * 6_000_000, packed=True), "more than 5 MB"),
        (Scripted(status=503), "answered 503"),
        (Scripted(drip_seconds=0.02), "took over"),
        (Scripted(is_silent=True), "said nothing"),
        (Scripted(status=302, headers={"Location": "/faulty"}), "redirects in a circle"),
        (Scripted('<!DOCTYPE x [<!ENTITY a "b">]><rss><channel/></rss>'), ""),
    ],
)
async def test_each_fault_of_a_feed_is_a_sentence_and_harms_nobody(house: House, answer: Scripted, why: str) -> None:
    good = house.web.gives("/journal", Scripted(FEED))
    faulty = house.web.gives("/faulty", answer)
    reply = await house.chat.say(f"/papers follow feed:{faulty}")
    assert "Following feed:" in notice_in(reply)
    assert f"The feed could not be read just now: {why}" in notice_in(reply)
    await house.chat.say(f"/papers follow feed:{good}")
    found = await house.gather("feed")
    assert found[f"feed:{good}"].new == 2
    assert why in found[f"feed:{faulty}"].trouble
    status = text_of(await house.chat.say("/papers status"))
    assert "could not be read" in status
    assert "read just now" in status
    again = (await house.state(f"feed:{faulty}")).next_poll_at
    assert again
    assert again - house.clock() > timedelta(minutes=25)


@pytest.mark.parametrize(
    "address", ["http://journal.example/feed", "https://127.0.0.1/feed", "https://10.0.0.8/x", "x"]
)
async def test_a_feed_that_may_not_be_read_is_refused(chat: Chat, address: str) -> None:
    reply = await chat.say(f"/papers follow feed:{address}")
    assert reply.outcome == "refused"
    assert "No follows here yet" in notice_in(await chat.say("/papers list"))


def entries(*inside: str) -> str:
    return "<rss><channel><title>Odd</title>" + "".join(f"<item>{one}</item>" for one in inside) + "</channel></rss>"


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (entries("<link>https://a.example/1</link>", "<title>With a Title</title>"), 1),
        (entries("<title>Without Anything Else</title>"), 1),
        (entries("<title>Of Next Year</title><pubDate>Tue, 23 Nov 2027 08:00:00 GMT</pubDate>"), 1),
        (entries(*(f"<title>Number {n}</title><link>https://a.example/{n}</link>" for n in range(10_000))), 2_000),
        ("<?xml version='1.0' encoding='utf-8'?>" + entries("<title>Caf\xe9 Society</title>"), 1),
        (FEED[: FEED.index("Loud")], 1),
    ],
    ids=["no title", "no id and no date", "a future date", "10,000 entries", "a wrong charset", "truncated"],
)
async def test_odd_entries_of_a_feed_cost_only_themselves(sqlite_house: House, body: str, kept: int) -> None:
    url = sqlite_house.web.gives("/odd", Scripted(body.encode("latin-1"), content_type="application/rss+xml"))
    await sqlite_house.chat.say(f"/papers follow feed:{url}")
    found = await sqlite_house.gather("feed")
    assert found[f"feed:{url}"].new == kept
    now = sqlite_house.clock()
    assert all(paper.listed_at <= now for paper in await sqlite_house.chat.service.store.papers.listed_since(None))


async def test_a_name_that_nobody_knows_and_a_private_one(sqlite_url: str, clock: Clock, web: FakeWeb) -> None:
    async def lookup(host: str) -> Sequence[str]:
        if host == "inside.example":
            return ["10.0.0.8"]
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    async with open_house(sqlite_url, clock, web, "ada@example.org", lookup) as house:
        said = notice_in(await house.chat.say("/papers follow feed:https://nowhere.example/feed"))
        assert "The feed could not be read just now: no such host." in said
        refused = await house.chat.say("/papers follow feed:https://inside.example/feed")
        assert refused.outcome == "refused"
        assert "inside.example is not a public address." in notice_in(refused)
        assert "inside" not in text_of(await house.chat.say("/papers list"))


async def test_a_certificate_that_nobody_signed(sqlite_url: str, clock: Clock, tmp_path: Path, web: FakeWeb) -> None:
    async with serving(clock, self_signed(tmp_path)) as unsigned, open_house(sqlite_url, clock, web) as house:
        url = unsigned.gives("/feed", Scripted(FEED))
        said = notice_in(await house.chat.say(f"/papers follow feed:{url}"))
        assert "The feed could not be read just now: its certificate is not trusted." in said


async def test_a_feed_that_asks_for_two_hours_gets_them(house: House) -> None:
    url = house.web.gives("/busy", Scripted(status=429, headers={"Retry-After": "7200"}))
    await house.chat.say(f"/papers follow feed:{url}")
    await house.gather("feed")
    again = (await house.state(f"feed:{url}")).next_poll_at
    assert again
    assert again - house.clock() >= timedelta(hours=2)


async def test_without_a_contact_a_public_feed_is_followed_and_waits(chat: Chat) -> None:
    reply = await chat.say("/papers follow feed:https://journal.example/feed")
    assert "It is read once whoever runs the bot has set PAPER_ROUND_CONTACT." in notice_in(reply)
    assert "not read yet" in text_of(await chat.say("/papers status"))


async def test_a_feed_of_another_channel_is_nobody_else_s_to_see(house: House) -> None:
    url = house.web.gives("/journal", Scripted(FEED))
    await house.chat.elsewhere("secret").say(f"/papers follow feed:{url}")
    await house.gather("feed")
    assert "Journal" not in text_of(await house.chat.say("/papers status"))


# Papers that are not stored yet


async def test_an_unknown_id_is_fetched_and_kept(house: House) -> None:
    paper = replace(a_paper("Denoising Implicit Feedback"), ids=("arxiv:2403.01234",))
    house.arxiv.has([paper])
    assert titles_in(await house.chat.say("/paper 2403.01234")) == [paper.title]
    assert titles_in(await house.chat.say("/paper https://arxiv.org/abs/2403.01234v2")) == [paper.title]
    assert len(house.asked("/api")) == 1
    assert "2403.09999 is not among the stored papers, and arXiv does not know it." in notice_in(
        await house.chat.say("/paper 2403.09999")
    )


async def test_an_unknown_title_is_asked_for_once_in_words(house: House) -> None:
    paper = recommenders()[0]
    house.arxiv.has([paper])
    assert titles_in(await house.chat.say(f"/paper {paper.title}")) == [paper.title]


async def test_a_source_that_is_slow_holds_nobody_up(house: House) -> None:
    house.web.gives("/api/query", Scripted(is_silent=True))
    said = notice_in(await house.chat.say("/paper 2403.01234"))
    assert "2403.01234 is not among the stored papers, and arXiv could not be asked (said nothing" in said


async def test_a_doi_is_fetched_from_crossref(house: House) -> None:
    told = '{"message": {"DOI": "10.1000/xyz", "title": ["Slates at Once"], "type": "journal-article"}}'
    house.web.gives("/crossref/works/10.1000/xyz", Scripted(told, content_type=JSON))
    assert titles_in(await house.chat.say("/paper 10.1000/xyz")) == ["Slates at Once"]


# How everything stands


async def test_status_tells_of_sources_and_of_this_channel(house: House) -> None:
    await house.chat.say("/papers follow category:cs.IR")
    house.arxiv.fails("cs.IR", Scripted(status=503))
    house.web.gives("/api/query", Scripted(status=503))
    await house.gather("arxiv")
    await house.gather("huggingface")
    status = text_of(await house.chat.say("/papers status"))
    assert "No digest yet." in status
    assert "Next digest:" in status
    assert "could not be read: answered 503. I'll look again at" in status
    assert "Hugging Face's daily list" in status
    assert "read just now" in status
    states = await house.chat.service.store.sources.all()
    told = health.lines(states, ["arxiv:cs.IR", "arxiv:cs.LG"], house.clock() + timedelta(hours=3), "Europe/Berlin")
    assert [line.title for line in told] == ["arXiv's cs.IR list", "arXiv's cs.LG list", "Hugging Face's daily list"]
    assert told[1].said == "not read yet"
    assert told[2].said == "read 3 hours ago, next look due"
