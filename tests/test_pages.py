"""The page for everybody: papers of days, weeks and months, a search, papers, feeds."""

import html
import json
import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bot.errors import Refused
from bot.model import Draft
from bot.service import Service
from bot.web.proxies import networks
from tests.conftest import Chat, Clock
from tests.papers import a_paper, others, recommenders, twins
from tests.site import OUTSIDE, Site, open_site

ATOM = "{http://www.w3.org/2005/Atom}"
HOSTILE = '</title><script>alert("x")</script> & "quotes" \x08 ]]> <img src=x onerror=alert(1)>'


@pytest.fixture
async def site(chat: Chat, clock: Clock) -> AsyncIterator[Site]:
    async with open_site(chat.service, clock) as site:
        yield site


@pytest.fixture
async def sqlite_site(tmp_path: Path, migrated: Path, clock: Clock) -> AsyncIterator[Site]:
    """A page on one kind of database, for what has nothing to do with it."""
    shutil.copyfile(migrated, tmp_path / "papers.db")
    service = await Service.open(f"sqlite:///{tmp_path}/papers.db", clock=clock)
    async with open_site(service, clock, proxies="127.0.0.1") as site:
        yield site
    await service.close()


def titles(page: str) -> list[str]:
    """The titles in a list of papers."""
    return [html.unescape(found) for found in re.findall(r'<h[23]>.*?<a href="[^"]*">([^<]*)</a></h', page)]


def listed(draft: Draft, clock: Clock, days_ago: int = 0, votes: int | None = None) -> Draft:
    return replace(draft, listed_at=clock() - timedelta(days=days_ago), upvotes=votes)


async def test_a_day_shows_its_papers_with_their_votes_the_warmest_first(chat: Chat, clock: Clock, site: Site) -> None:
    first, second, third, before = recommenders()[:4]
    await chat.publish(
        listed(first, clock), listed(second, clock, votes=62), listed(third, clock, votes=64), listed(before, clock, 1)
    )
    page = await site.text("/")
    assert titles(page) == [third.title, second.title, first.title]
    assert "62 votes on HF" in page
    assert "Warmest first: votes on Hugging Face and 5 for each vote in the channels here" in page
    await chat.say(f"/papers like {second.title}")
    page = await site.text("/day/2026-11-24")
    assert titles(page) == [second.title, third.title, first.title]
    assert "62 votes on HF, 1 here" in page
    assert "3 papers." in page
    assert 'rel="prev" href="/day/2026-11-23"' in page
    assert titles(await site.text("/day/2026-11-23")) == [before.title]


async def test_weeks_and_months_have_the_papers_of_their_days(chat: Chat, clock: Clock, site: Site) -> None:
    today, in_week, in_month, long_ago = recommenders()[:4]
    days = {today: 0, in_week: 1, in_month: 10, long_ago: 40}
    await chat.publish(*(listed(paper, clock, ago, votes=5) for paper, ago in days.items()))
    assert titles(await site.text("/week")) == [today.title, in_week.title]
    assert titles(await site.text("/week/2026-11-26")) == [today.title, in_week.title]
    month = await site.text("/month/2026-11")
    assert titles(month) == [today.title, in_week.title, in_month.title]
    assert "Papers of November 2026" in month
    assert 'href="/month/2026-10"' in month
    assert "No paper was listed on this day." in await site.text("/day/2026-11-01")


async def test_without_papers_there_is_a_page_that_says_so(site: Site) -> None:
    for path in ("/", "/week", "/month", "/search"):
        assert "<h1>" in await site.text(path)
    assert ElementTree.fromstring(await site.text("/atom.xml")).findall(f"{ATOM}entry") == []


async def test_what_came_in_is_there_at_once_though_pages_are_kept(chat: Chat, clock: Clock, site: Site) -> None:
    first, second = recommenders()[:2]
    await chat.publish(first)
    before = await site.ask("/")
    same = await site.ask("/", If_None_Match=before.headers["ETag"])
    assert (same.status, same.text) == (304, "")
    await chat.publish(second)
    after = await site.ask("/", If_None_Match=before.headers["ETag"])
    assert (after.status, len(titles(after.text))) == (200, 2)


async def test_a_list_is_narrowed_to_what_could_be_followed(chat: Chat, site: Site) -> None:
    papers = recommenders()
    await chat.publish(*papers, *others())
    on_topic = titles(await site.text("/?topic=recsys"))
    assert set(on_topic) <= {paper.title for paper in papers}
    assert len(on_topic) >= 5
    by_author = titles(await site.text("/day/2026-11-24?topic=author:Hopper"))
    assert by_author == ["Fair Recommendation for Small Sellers"]
    category = titles(await site.text("/week?topic=cs.SD"))
    assert category == ["Cold Start in Music Recommendation"]
    refused = await site.ask("/?topic=feed:https://lab.example/private.xml")
    assert (refused.status, "can’t be narrowed" in refused.text.replace("&#39;", "’")) == (400, True)


async def test_a_search_finds_papers_by_words_and_by_misspelt_ones(chat: Chat, site: Site) -> None:
    await chat.publish(*recommenders(), *others())
    assert titles(await site.text("/search?q=denoising+implicit+feedback"))[0] == "Denoising Implicit Feedback"
    assert titles(await site.text("/search?q=denoisng+implict+feedbak"))[0] == "Denoising Implicit Feedback"
    assert "Fair Recommendation for Small Sellers" in titles(await site.text("/search?q=grace+hopper"))
    assert "No stored paper has these words" in await site.text("/search?q=xylophone+quark")


async def test_a_paper_has_a_page_with_abstract_similar_papers_and_bibtex(chat: Chat, site: Site) -> None:
    one, other = twins()
    await chat.publish(replace(one, ids=("doi:10.1000/a(b)/c",)), other, *others())
    (path,) = re.findall(r'href="(/paper/[^"]*)">Volcanoes before They Erupt<', await site.text("/"))
    page = await site.text(html.unescape(path))
    assert one.abstract in html.unescape(page)
    assert titles(page) == [other.title]
    assert "@misc{vent" in page
    (bibtex,) = re.findall(r'href="(/bibtex/[^"]*)" download', page)
    answer = await site.ask(html.unescape(bibtex))
    assert answer.headers["Content-Type"] == "application/x-bibtex; charset=utf-8"
    assert "Volcanoes before They Erupt" in answer.text
    await chat.say("/papers follow volcanoes")
    await chat.say("/papers digest")
    assert "Shown in" not in await site.text(html.unescape(path))
    assert (await site.ask("/paper/arxiv:9999.00001")).status == 404


async def test_the_newest_papers_are_an_atom_and_a_json_feed(chat: Chat, clock: Clock, site: Site) -> None:
    newer, older = recommenders()[:2]
    await chat.publish(listed(older, clock, 3), listed(newer, clock), listed(others()[0], clock, 20))
    atom = ElementTree.fromstring(await site.text("/atom.xml"))
    assert [entry.findtext(f"{ATOM}title") for entry in atom.findall(f"{ATOM}entry")] == [newer.title, older.title]
    links = {link.get("rel"): link.get("href") for link in atom.findall(f"{ATOM}link")}
    assert links == {"alternate": f"{OUTSIDE}/", "self": f"{OUTSIDE}/atom.xml"}
    told = json.loads(await site.text("/feed.json"))
    assert [item["title"] for item in told["items"]] == [newer.title, older.title]
    assert newer.title in await site.text(told["items"][0]["url"])
    assert json.loads(await site.text("/feed.json?topic=author:Nobody"))["items"] == []


async def test_what_a_paper_says_of_itself_is_text_everywhere(chat: Chat, site: Site) -> None:
    hostile = a_paper(HOSTILE, HOSTILE, authors=(HOSTILE,), categories=("cs.IR",))
    await chat.publish(
        replace(hostile, url="javascript:alert(1)", venue=HOSTILE, links=(("Code", "javascript:alert(2)"),))
    )
    page = await site.text("/")
    (path,) = re.findall(r'<h2><a href="([^"]*)"', page)
    for text in (page, await site.text(html.unescape(path)), await site.text("/search?q=alert+onerror")):
        assert "<script" not in text
        assert "<img" not in text
        assert "javascript:" not in re.sub(r"<pre.*?</pre>", "", text, flags=re.DOTALL)
    assert len(ElementTree.fromstring(await site.text("/atom.xml")).findall(f"{ATOM}entry")) == 1
    assert len(json.loads(await site.text("/feed.json"))["items"]) == 1


async def test_what_only_a_feed_told_of_is_shown_to_nobody_else(chat: Chat, clock: Clock, site: Site) -> None:
    secret, known, voted = recommenders()[:3]
    private, store = "feed:https://wiki.lab.example/private.xml", chat.service.store
    drafts = [
        replace(secret, ids=("url:aaaa",)),
        replace(known, ids=("arxiv:2611.00001",)),
        replace(voted, ids=("url:bb",)),
    ]
    await store.papers.save(drafts, private, clock())
    assert titles(await site.text("/")) == [known.title]
    assert titles(await site.text(f"/search?q={secret.title.replace(' ', '+')}")) != [secret.title]
    assert (await site.ask("/paper/url:aaaa")).status == 404
    assert secret.title not in await site.text("/atom.xml")
    assert secret.title not in await site.text("/paper/arxiv:2611.00001")
    await store.papers.save([replace(drafts[2], upvotes=3)], "huggingface", clock())
    assert titles(await site.text("/")) == [voted.title, known.title]


async def test_a_long_list_comes_in_parts(chat: Chat, site: Site) -> None:
    await chat.publish(*(a_paper(f"Paper Boats of Kind {n:03}", "") for n in range(130)))
    first, second = await site.text("/"), await site.text("/day/2026-11-24?part=2")
    assert (len(titles(first)), len(titles(second))) == (100, 30)
    assert 'href="/day/2026-11-24?part=2"' in first
    assert '<ol class="papers" start="101">' in second
    for part in ("3", "0", "-1", "x", "٣", "1" * 50):
        assert (await site.ask(f"/?part={part}")).status == 400


@pytest.mark.parametrize(
    "path",
    ["/day/2025-13-14", "/day/yesterday", "/week/2025", "/month/2025-00", "/day/0001-01-01", "/day/9999-12-31"],
)
async def test_what_is_no_date_is_refused_in_a_sentence(sqlite_site: Site, path: str) -> None:
    answer = await sqlite_site.ask(path)
    assert answer.status == 400
    (said,) = re.findall(r"<h1>([^<]*)</h1>", answer.text)
    assert said.endswith(".")


async def test_pages_are_asked_for_in_every_way_that_readers_and_proxies_know(sqlite_site: Site) -> None:
    whole = await sqlite_site.ask("/")
    assert whole.headers["Content-Encoding"] == "gzip"
    plain = await sqlite_site.ask("/", Accept_Encoding="identity")
    assert ("Content-Encoding" in plain.headers, plain.text) == (False, whole.text)
    assert whole.headers["Cache-Control"] == "no-cache"
    assert "default-src 'none'" in whole.headers["Content-Security-Policy"]
    assert whole.headers["Referrer-Policy"] == "same-origin"
    head = await sqlite_site.ask("/", "HEAD")
    assert (head.status, head.text, head.headers["ETag"]) == (200, "", whole.headers["ETag"])
    options = await sqlite_site.ask("/", "OPTIONS")
    assert (options.status, set(options.headers["Allow"].split(","))) == (204, {"GET", "HEAD", "OPTIONS"})
    assert (await sqlite_site.ask("/", Range="bytes=0-9")).text == whole.text
    assert (await sqlite_site.ask("/", "DELETE")).status == 405
    assert "Disallow: /c/" in await sqlite_site.text("/robots.txt")


async def test_what_is_not_there_is_said_in_one_sentence(sqlite_site: Site) -> None:
    reader = "text/html,application/xhtml+xml"
    for path in ("/nothing", "/paper/", "/paper/x/../../etc/passwd", "/c/x", "/c/x.y/atom.xml", "/operator/"):
        answer = await sqlite_site.ask(path, Accept=reader)
        assert (answer.status, "<h1>There is nothing here.</h1>" in answer.text) == (404, True), path
    assert (await sqlite_site.ask("/nothing")).text == "There is nothing here.\n"


async def test_long_questions_are_refused_in_one_sentence(sqlite_site: Site) -> None:
    said = await sqlite_site.ask("/search?q=" + "a" * 1_000)
    assert (said.status, "That is too long to look for (1,000 characters)." in said.text) == (400, True)
    too_long = await sqlite_site.ask("/search?q=" + "a" * 10_000)
    assert (too_long.status, too_long.text) == (414, "That address is too long.\n")
    assert (await sqlite_site.ask("/search?q=" + "a" * 100_000)).status in (400, 414)


async def test_one_address_has_to_wait_and_no_other(sqlite_site: Site, clock: Clock) -> None:
    async def ask(address: str, path: str = "/robots.txt") -> int:
        return (await sqlite_site.ask(path, X_Forwarded_For=address)).status

    assert [await ask("203.0.113.7", "/search") for _ in range(21)] == [200] * 20 + [429]
    refused = await sqlite_site.ask("/", X_Forwarded_For="198.51.100.1, 203.0.113.7")
    assert refused.headers["Retry-After"] == "1"
    assert "That is too much at once from your address." in refused.text
    assert await ask("203.0.113.8", "/") == 200
    assert await ask("203.0.113.7, 203.0.113.8", "/") == 200  # who asks is said by our proxy, at the end
    clock.forward(seconds=2)
    assert await ask("203.0.113.7", "/") == 200
    assert [await ask(f"2001:db8::{n}", "/search") for n in range(21)] == [200] * 20 + [429]  # one household
    assert await ask("2001:db8:0:1::1", "/search") == 200


def test_what_is_no_network_is_refused_in_a_sentence() -> None:
    assert [str(one) for one in networks("127.0.0.1, 10.0.0.7/8,::1")] == ["127.0.0.1/32", "10.0.0.0/8", "::1/128"]
    with pytest.raises(Refused, match="PAPER_ROUND_PROXIES can't be used: 'proxy' does not appear to be"):
        networks("proxy")


async def test_the_subscribe_form_is_there_only_where_mail_can_be_sent(chat: Chat, clock: Clock, site: Site) -> None:
    assert 'action="/subscribe"' not in await site.text("/")
    async with open_site(chat.service, clock, takes_mail=True) as with_mail:
        page = await with_mail.text("/?topic=recsys")
    assert 'action="/subscribe" method="post"' in page
    assert 'name="follow" value="recsys"' in page
