"""A channel's digests behind its secret link, and the operator's page behind another."""

import html
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bot.cards import Reply
from bot.cli import main
from bot.service import Service, utc_now
from bot.tables import SourceState
from bot.web.links import Links
from tests.conftest import Chat, Clock, notice_in, text_of, titles_in
from tests.papers import a_paper, others, recommenders
from tests.site import KEY, LINKS, OUTSIDE, Site, open_site
from tests.test_pages import ATOM, HOSTILE, titles


@pytest.fixture
async def chat(database_url: str, clock: Clock) -> AsyncIterator[Chat]:
    """A person in a channel of a service that has a page."""
    service = await Service.open(database_url, clock=clock, archive=LINKS.archive)
    yield Chat(service, clock)
    await service.close()


@pytest.fixture
async def site(chat: Chat, clock: Clock) -> AsyncIterator[Site]:
    async with open_site(chat.service, clock) as site:
        yield site


def link_in(reply: Reply) -> str:
    (url,) = re.findall(rf"{OUTSIDE}\S+", text_of(reply))
    return str(url)


async def test_whoever_has_the_link_sees_the_channels_digests_and_nobody_else(chat: Chat, site: Site) -> None:
    await chat.publish(*recommenders(), *others())
    link = link_in(await chat.say("/papers page"))
    assert "There was no digest here yet." in await site.text(link)
    await chat.say("/papers follow recsys")
    shown = titles_in(await chat.say("/papers digest"))
    page = await site.text(link)
    assert "Digests of #ml-papers" in page
    assert [html.unescape(title) for title in re.findall(r"<li>([^<]*)</li>", page)] == shown
    (digest,) = re.findall(r'<h2 id="d1"><a href="([^"]*)">Digest of 24 Nov 2026</a>', page)
    assert titles(await site.text(digest)) == shown
    assert "recsys · " in await site.text(digest)
    answer = await site.ask(link)
    assert (answer.headers["X-Robots-Tag"], answer.headers["Cache-Control"]) == ("noindex", "private, no-cache")
    other = link_in(await chat.elsewhere("secrets").say("/papers page"))
    assert shown[0] not in await site.text(other)
    assert (await site.ask(other + digest.removeprefix(link.removeprefix(OUTSIDE)))).status == 404


async def test_a_papers_page_says_where_it_was_shown_only_below_the_secret_link(chat: Chat, site: Site) -> None:
    await chat.publish(*recommenders(), *others())
    await chat.say("/papers follow recsys")
    (first, *_) = titles_in(await chat.say("/papers digest"))
    link = link_in(await chat.say("/papers page"))
    (digest,) = re.findall(r'<h2 id="d1"><a href="([^"]*)"', await site.text(link))
    (path,) = re.findall(rf'href="([^"]*)">{re.escape(html.escape(first))}<', await site.text(digest))
    page = await site.text(path)
    assert "Shown in this channel" in page
    assert f'<a href="{digest}">Digest of 24 Nov 2026</a>' in page
    everybodys = await site.text(path.removeprefix(link.removeprefix(OUTSIDE)))
    assert "Shown in this channel" not in everybodys
    assert "24 Nov" in everybodys


async def test_a_channels_digests_are_feeds(chat: Chat, clock: Clock, site: Site) -> None:
    await chat.publish(
        replace(a_paper(HOSTILE, f"A recommender system. {HOSTILE}"), url="javascript:x"), *recommenders()
    )
    await chat.say("/papers follow recsys; recommender")
    await chat.say("/papers digest")
    clock.forward(days=1)
    await chat.publish(replace(recommenders()[0], title="Recommender Systems for a New Day", ids=("arxiv:1",)))
    await chat.say("/papers digest")
    link = link_in(await chat.say("/papers page"))
    atom = ElementTree.fromstring(await site.text(f"{link}/atom.xml"))
    entries = atom.findall(f"{ATOM}entry")
    assert [one.findtext(f"{ATOM}title") for one in entries] == ["Digest of 25 Nov 2026", "Digest of 24 Nov 2026"]
    content = entries[0].findtext(f"{ATOM}content") or ""
    assert "Recommender Systems for a New Day" in content
    told = json.loads(await site.text(f"{link}/feed.json"))
    assert told["feed_url"] == f"{link}/feed.json"
    assert [item["title"] for item in told["items"]] == ["Digest of 25 Nov 2026", "Digest of 24 Nov 2026"]
    assert "<script" not in json.dumps(told)
    assert titles(await site.text(told["items"][0]["url"])) == ["Recommender Systems for a New Day"]


async def test_a_link_is_replaced_and_taken_away(chat: Chat, site: Site) -> None:
    first = link_in(await chat.say("/papers page"))
    assert link_in(await chat.say("/papers page")) == first
    second = link_in(await chat.say("/papers page new"))
    assert ((await site.ask(first)).status, (await site.ask(second)).status) == (404, 200)
    assert "ada made another link to this channel's page; the one before is dead." in chat.announced
    assert "leads nowhere any more" in notice_in(await chat.say("/papers page off"))
    assert (await site.ask(second)).status == 404
    third = link_in(await chat.say("/papers page"))
    assert third not in (first, second)
    assert await site.text(third)


@pytest.mark.parametrize("spoilt", ["first letter", "last letter", "cut", "of another", "without a mark", "none"])
async def test_a_link_that_we_did_not_make_leads_nowhere(chat: Chat, site: Site, spoilt: str) -> None:
    link = link_in(await chat.say("/papers page"))
    other = link_in(await chat.elsewhere("other").say("/papers page"))
    head, _, mark = link.rpartition(".")
    wrong = {
        "first letter": f"{head}.{'A' if mark[0] != 'A' else 'B'}{mark[1:]}",
        "last letter": link[:-1] + ("A" if link[-1] not in "AB" else "w"),
        "cut": link[:-3],
        "of another": f"{head}.{other.rpartition('.')[2]}",
        "without a mark": head,
        "none": f"{OUTSIDE}/c/.",
    }[spoilt]
    assert (await site.ask(wrong)).status == 404


async def test_a_link_dies_with_its_channel_and_with_its_workspace(chat: Chat, site: Site) -> None:
    link = link_in(await chat.say("/papers page"))
    await chat.say("/papers purge everything")
    assert (await site.ask(link)).status == 404
    again = link_in(await chat.say("/papers page"))
    await chat.service.left("terminal", "local")
    assert (await site.ask(again)).status == 404


async def test_ones_own_digests_have_a_page_too(chat: Chat, site: Site) -> None:
    await chat.publish(*recommenders())
    await chat.say("/papers dm follow recsys")
    await chat.say("/papers dm digest")
    page = await site.text(link_in(await chat.say("/papers dm page")))
    assert "Your own digests" in page
    assert "Digest of 24 Nov 2026" in page


async def test_without_a_key_or_a_page_there_is_no_link(chat: Chat, database_url: str, clock: Clock) -> None:
    for links, said in (
        (Links(OUTSIDE), "PAPER_ROUND_SECRET_KEY is not set"),
        (Links("", "key"), "The web page is off."),
    ):
        service = await Service.open(database_url, clock=clock, archive=links.archive)
        reply = await replace(chat, service=service).say("/papers page")
        assert said in notice_in(reply)
        assert reply.outcome == "refused"
        await service.close()


async def test_no_secret_link_is_in_the_database(chat: Chat) -> None:
    link = link_in(await chat.say("/papers page"))
    found = await chat.service.store.channels.find(chat.channel)
    assert found
    assert await chat.service.store.channels.link_of(found) in link
    assert await chat.service.store.channels.link_of(found) != link.rpartition("/")[2]


def test_the_operators_link_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("PAPER_ROUND_SECRET_KEY", KEY)
    monkeypatch.setenv("PAPER_ROUND_HTTP", "0.0.0.0:9090")
    assert main(["operator"]) == 0
    url = capsys.readouterr().out.split()[-1]
    assert url.startswith("http://127.0.0.1:9090/operator/")
    assert LINKS.is_operators(url.rpartition("/")[2], utc_now())
    monkeypatch.delenv("PAPER_ROUND_SECRET_KEY")
    assert main(["operator"]) == 2
    assert "PAPER_ROUND_SECRET_KEY is not set" in capsys.readouterr().err


async def test_the_operator_sees_sources_queues_digests_and_errors(chat: Chat, clock: Clock, site: Site) -> None:
    await chat.publish(*recommenders())
    await chat.say("/papers follow recsys")
    await chat.say("/papers digest")
    async with chat.service.store.database.writing() as session:
        session.add(SourceState(source="feed:https://lab.example/private.xml?token=hush", failures=20, trouble=HOSTILE))
    link = LINKS.operator(clock() + timedelta(days=7))
    page = await site.text(link)
    assert "ml-papers" in page
    assert "2026-11-24 asked" in page
    assert "not well" in page
    assert "<script" not in page
    assert (await site.ask(link)).headers["Cache-Control"] == "no-store"
    assert (await site.ask(link[:-1] + ("A" if link[-1] != "A" else "B"))).status == 400
    assert (await site.ask(Links(OUTSIDE, "another word").operator(clock() + timedelta(days=7)))).status == 400
    clock.forward(days=8)
    late = await site.ask(link)
    assert (late.status, "This link is too old." in late.text) == (400, True)
