"""Papers arrive by themselves: lists read once a category, checked for being today's, and made up for."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import event

from bot.errors import Fault
from bot.gather.gatherer import Choices, Gatherer
from bot.gather.plan import USUAL, categories
from bot.model import Draft
from bot.sources.http import PoliteClient
from bot.store.sources import Wanted
from tests.conftest import SHARED, Clock
from tests.fakes.arxiv import FakeArxiv
from tests.fakes.huggingface import FakeHuggingFace
from tests.fakes.web import FakeWeb, Scripted
from tests.house import House, open_house
from tests.papers import a_paper, others, recommenders
from tests.test_cli import Program

ANNOUNCED = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)  # Monday, 20:00 in New York
BUILT = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
async def house(database_url: str, clock: Clock, web: FakeWeb) -> AsyncIterator[House]:
    async with open_house(database_url, clock, web) as house:
        yield house


def listed(*papers: Draft) -> list[Draft]:
    return [replace(paper, categories=paper.categories or ("cs.IR",)) for paper in papers]


# What is read


def test_topics_without_a_category_are_looked_for_in_the_usual_ones() -> None:
    assert categories(Wanted(has_words=True), ()) == USUAL
    assert categories(Wanted(has_words=True), ("math.CO",)) == ("math.CO",)
    assert categories(Wanted(("cs.IR", "no such;"), has_words=True), ("stat.ML",)) == ("stat.ML", "cs.IR")
    assert categories(Wanted(), ()) == ()


async def test_a_list_is_read_once_however_many_channels_follow_it(house: House) -> None:
    for channel in ("one", "two", "three"):
        await house.chat.elsewhere(channel).say("/papers follow category:cs.IR")
    house.arxiv.announces("cs.IR", listed(*recommenders()), BUILT)
    found = await house.gather(due_only=True)
    assert (found["arxiv:cs.IR"].new, found["arxiv:cs.IR"].trouble) == (6, "")
    assert house.asked("/rss") == ["/rss/cs.IR"]
    assert await house.gather(due_only=True) == {}
    state = await house.state("arxiv:cs.IR")
    assert state.last_success_at == house.clock()
    next_list = datetime(2026, 11, 25, 5, 15, tzinfo=UTC)
    assert state.next_poll_at
    assert next_list <= state.next_poll_at <= next_list + timedelta(minutes=15)


async def test_a_digest_is_made_of_what_was_gathered(house: House) -> None:
    await house.chat.say("/papers follow category:cs.IR")
    house.arxiv.announces("cs.IR", listed(*recommenders()), BUILT)
    await house.gather("arxiv")
    reply = await house.chat.say("/papers digest")
    assert any(paper.title in str(reply) for paper in recommenders())


async def test_a_replacement_never_makes_a_paper_new(house: House) -> None:
    old = replace(a_paper("A Paper of Long Ago"), ids=("arxiv:2401.00001",))
    house.arxiv.announces("cs.IR", [old], BUILT, kind="replace")
    await house.gather("arxiv:cs.IR")
    kept = await house.chat.service.store.papers.by_id("arxiv:2401.00001")
    assert kept
    assert kept.listed_at == datetime(2024, 1, 1, tzinfo=UTC)


# Is it today's


async def test_an_old_list_is_waited_for_and_then_said_to_be_old(house: House) -> None:
    await house.chat.say("/papers follow category:cs.IR")
    papers = listed(*recommenders())
    house.arxiv.announces("cs.IR", papers, BUILT)
    await house.gather("arxiv")
    house.clock.now = BUILT + DAY + timedelta(minutes=30)
    house.arxiv.announces("cs.IR", papers, BUILT + DAY)  # a fresh build date over the same batch
    found = await house.gather(due_only=True)
    assert found["arxiv:cs.IR"].trouble == "looks like yesterday's (0 of 6 ids new)"
    assert (await house.state("arxiv:cs.IR")).stale_since is None
    assert house.asked("/api") == []
    house.clock.now = BUILT + DAY + timedelta(hours=6)
    house.arxiv.has([])
    found = await house.gather(due_only=True)
    state = await house.state("arxiv:cs.IR")
    assert state.stale_since == house.clock()
    channel = await house.chat.service.store.channels.of(house.chat.channel)
    follows = await house.chat.service.store.follows.of(channel)
    (told,) = await house.chat.service.store.sources.troubles(follows, house.clock(), "UTC")
    assert told == "arXiv's cs.IR list looks like yesterday's (0 of 6 ids new). I'll look again at 12:00."


async def test_the_api_makes_up_for_a_list_that_does_not_come(house: House) -> None:
    await house.chat.say("/papers follow category:cs.IR")
    house.clock.now = BUILT + timedelta(hours=7)
    house.arxiv.fails("cs.IR", Scripted("<html>We are down</html>", content_type="text/html"))
    monday = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    papers = [replace(paper, published_at=monday) for paper in recommenders()[:3]]
    house.arxiv.has(papers)
    found = await house.gather("arxiv:cs.IR")
    assert found["arxiv:cs.IR"].new == 3
    assert "the API gave 3 papers of the day in its place" in found["arxiv:cs.IR"].trouble
    kept = await house.chat.service.store.papers.by_id(papers[0].ids[0])
    assert kept
    assert kept.listed_at == ANNOUNCED


async def test_an_empty_list_is_fine_on_a_weekend(house: House) -> None:
    house.clock.now = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)  # a Saturday
    house.arxiv.announces("cs.IR", [], house.clock())
    found = await house.gather("arxiv:cs.IR")
    assert found["arxiv:cs.IR"].trouble == ""
    next_list = datetime(2026, 11, 30, 5, 15, tzinfo=UTC)
    again = (await house.state("arxiv:cs.IR")).next_poll_at
    assert again
    assert next_list <= again <= next_list + timedelta(minutes=15)


async def test_a_source_that_fails_is_left_alone_longer_and_longer(house: House) -> None:
    house.arxiv.fails("cs.IR", Scripted(status=503))
    house.web.gives("/api/query", Scripted(status=503))
    gaps = []
    for _ in range(4):
        found = await house.gather("arxiv:cs.IR")
        assert found["arxiv:cs.IR"].trouble == "answered 503"
        state = await house.state("arxiv:cs.IR")
        assert state.next_poll_at
        gaps.append(state.next_poll_at - house.clock())
    assert state.failures == 4
    assert timedelta(minutes=5) <= gaps[0] < gaps[2] <= timedelta(hours=1)


async def test_a_database_that_takes_nothing_is_told_as_it_is(sqlite_url: str, clock: Clock, web: FakeWeb) -> None:
    async with open_house(sqlite_url, clock, web) as house:
        await house.chat.say("/papers follow category:cs.IR")
        house.arxiv.announces("cs.IR", listed(*recommenders()), BUILT)
        engine = house.chat.service.store.database.engine
        await engine.dispose()
        event.listen(engine.sync_engine, "connect", lambda raw, _: raw.execute("PRAGMA query_only = ON"))
        with pytest.raises(Fault, match="can't be written to"):
            await house.gather("arxiv")


# Hugging Face


async def test_the_lists_of_days_are_read_again_while_votes_rise(house: House) -> None:
    today = house.clock().date()
    first, second = recommenders()[:2]
    house.hf.lists(today, [(first, 3)])
    house.hf.lists(today - 2 * DAY, [(second, 40)])
    found = await house.gather("huggingface")
    assert found["huggingface"].new == 2
    house.clock.forward(hours=1)
    house.hf.lists(today, [(first, 9)])
    before = len(house.web.log)
    await house.gather("hf")
    assert {asked.query["date"] for asked in house.web.log[before:]} == {f"{today}", f"{today - DAY}"}
    (top, then) = await house.chat.service.store.sightings.trending(today - 7 * DAY, today, 10)
    assert (top.votes, then.votes) == (40, 9)
    kept = await house.chat.service.store.papers.by_id(first.ids[0])
    assert kept
    assert kept.listed_at == house.clock() - timedelta(hours=1)


# The clock


async def test_a_clock_that_was_put_back_keeps_no_source_unread(house: House) -> None:
    house.arxiv.announces("cs.IR", listed(*recommenders()), BUILT)
    gatherer = house.gatherer(categories=("cs.IR",))
    house.clock.forward(hours=9)
    assert len(await gatherer.gather(due_only=True)) == 2
    house.clock.forward(hours=-9)
    assert len(await gatherer.gather(due_only=True)) == 2
    assert await gatherer.gather(due_only=True) == ()


# From the command line


async def test_gather_and_sources_on_the_command_line(web: FakeWeb, tmp_path: Path) -> None:
    arxiv, hf = FakeArxiv(web), FakeHuggingFace(web)
    arxiv.announces("cs.IR", listed(*recommenders()), datetime.now(UTC))
    arxiv.has([])
    hf.lists(datetime.now(UTC).date(), [(others()[0], 3)])
    program = Program(tmp_path)
    program.environment |= {"PAPER_ROUND_CATEGORIES": "cs.IR", "ARXIV_RSS_URL": f"{web.url}/rss"}
    program.environment |= {"ARXIV_API_URL": f"{web.url}/api/query", "HF_API_URL": f"{web.url}/hf"}
    done = await asyncio.to_thread(program.run, "gather")
    assert "arXiv's cs.IR list: 6 new papers, 0 known" in done.stdout
    assert "Hugging Face's daily list: 1 new paper, 0 known" in done.stdout
    assert done.stdout.endswith("7 new papers from 2 sources.\n")
    assert done.returncode == 0
    table = await asyncio.to_thread(program.run, "sources")
    assert "read just now" in table.stdout
    refused = await asyncio.to_thread(program.run, "gather", "nonsense")
    assert refused.stderr == "There is no source “nonsense” here. Try one of arxiv, arxiv:cs.IR, huggingface.\n"
    assert refused.returncode == 2
    assert "2 sources read" in (await asyncio.to_thread(program.run, "doctor")).stdout


async def test_an_older_list_is_read_until_nobody_votes(house: House) -> None:
    day, paper = house.clock().date(), recommenders()[0]
    read: list[str] = []
    for votes in (5, 5, 8, 9, 9, 9, 9, 9, 9, 9):
        house.hf.lists(day, [(paper, votes)])
        before = len(house.web.log)
        await house.gather("hf")
        read += [f"{asked.at:%d}" for asked in house.web.log[before:] if asked.query["date"] == f"{day}"]
        house.clock.forward(days=1)
    assert read == ["24", "25", "26", "27", "28"]
    assert (await house.chat.service.store.sightings.trending(day, day, 1))[0].votes == 9


# Several workers, the past, and what nobody asked for


async def test_without_a_contact_public_sources_are_not_asked(house: House, clock: Clock) -> None:
    client = PoliteClient(clock=clock, sleep=clock.sleep, rng=Random(7), contact="")
    choices = Choices(categories=("cs.IR",))
    gatherer = Gatherer(house.chat.service.store, client, choices, clock=clock, rng=Random(7), worker="a")
    assert await gatherer.gather(due_only=True) == ()
    assert {one.trouble for one in await gatherer.gather()} == {
        "it is not asked without an address to write to: set PAPER_ROUND_CONTACT"
    }
    await client.close()


async def test_a_source_is_left_to_the_worker_that_reads_it(house: House) -> None:
    await house.chat.service.store.sources.claim("arxiv:cs.IR", "b", house.clock(), due_only=False)
    found = await house.gather("arxiv:cs.IR")
    assert found["arxiv:cs.IR"].trouble == "another worker reads it just now"


async def test_a_back_fill_never_looks_new(house: House) -> None:
    papers = [replace(paper, published_at=datetime(2026, 11, 10, 12, tzinfo=UTC)) for paper in others()[:5]]
    house.arxiv.has(papers)
    gatherer = house.gatherer(categories=("cs.IR",))
    found = await gatherer.gather("arxiv", date(2026, 11, 1))
    assert [(one.source, one.new) for one in found] == [("arxiv-api", 5)]
    kept = await house.chat.service.store.papers.listed_since(None)
    assert {paper.listed_at for paper in kept} == {datetime(2026, 11, 11, 1, tzinfo=UTC)}


async def test_gaps_are_filled_where_the_operator_asks_for_it(house: House) -> None:
    paper = replace(a_paper("Denoising Implicit Feedback"), ids=("arxiv:2403.01234",))
    unknown = replace(a_paper("Nobody Has Heard of This"), ids=("arxiv:2403.09999",))
    await house.chat.publish(paper, unknown)
    told = '{"title": "Denoising Implicit Feedback", "venue": "SIGIR", "citationCount": 12, "authors": []}'
    house.web.gives("/s2/graph/v1/paper/ARXIV:2403.01234", Scripted(told, content_type="application/json"))
    house.web.gives("/s2/graph/v1/paper/ARXIV:2403.09999", Scripted("{}", 404))
    gatherer = house.gatherer(fillers=("semanticscholar",))
    await gatherer.gather("semanticscholar")
    await gatherer.gather("semanticscholar")
    kept = await house.chat.service.store.papers.by_id("arxiv:2403.01234")
    assert kept
    assert (kept.venue, kept.citations) == ("SIGIR", 12)
    assert len(house.asked("/s2")) == 2


# As the sources answered in truth


async def test_captured_answers_bring_papers(house: House) -> None:
    wire = SHARED / "data" / "wire"
    if not wire.exists():
        pytest.skip("no captured answers here")
    house.web.gives("/rss/cs.CL", Scripted((wire / "arxiv" / "daily-all-types.composed.rss.xml").read_bytes()))
    for day, path in (("2026-08-21", "daily_papers-2026-08-21.json"), ("2025-06-10", "daily_papers-2025-06-10.json")):
        body = (wire / "huggingface" / path).read_bytes()
        house.web.gives(f"/hf/daily_papers?date={day}", Scripted(body, content_type="application/json"))
    house.clock.now = datetime(2026, 8, 22, 9, tzinfo=UTC)
    found = await house.gather("huggingface")
    assert (found["huggingface"].new, found["huggingface"].trouble) == (4, "")
    found = await house.gather("arxiv:cs.CL")
    assert found["arxiv:cs.CL"].new > 3
