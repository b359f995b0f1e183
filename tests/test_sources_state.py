"""How sources stand, who looks at them, and whose turn it is at a host: on both databases, with several workers."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from bot.model import Draft
from bot.store import Store
from bot.store.gates import SharedGate
from bot.store.sources import LEASE, sentence
from tests.conftest import NOW, Chat, Clock
from tests.papers import a_paper

YESTERDAY = NOW - timedelta(days=1)


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    store = await Store.open(database_url)
    yield store
    await store.close()


async def test_one_worker_looks_at_a_source_at_a_time(store: Store) -> None:
    claims = await asyncio.gather(*(store.sources.claim("arxiv:cs.IR", f"w{n}", NOW, due_only=True) for n in range(4)))
    (claimed,) = [claim for claim in claims if claim]
    winner = f"w{claims.index(claimed)}"
    state = replace(claimed, etag='"1"', last_success_at=NOW, next_poll_at=NOW + timedelta(hours=1))
    assert await store.sources.release(state, winner)
    assert await store.sources.claim("arxiv:cs.IR", "w9", NOW, due_only=True) is None
    assert await store.sources.claim("arxiv:cs.IR", "w9", NOW, due_only=False) == state


async def test_a_claim_outlives_its_worker_by_the_lease(store: Store) -> None:
    first = await store.sources.claim("huggingface", "a", NOW, due_only=True)
    assert first
    later = NOW + LEASE
    assert await store.sources.claim("huggingface", "b", later - timedelta(seconds=1), due_only=True) is None
    assert await store.sources.claim("huggingface", "b", later, due_only=True)
    assert not await store.sources.release(replace(first, cursor="of the dead"), "a")
    assert [state.cursor for state in await store.sources.all()] == [""]


async def test_sources_that_nobody_wants_are_forgotten(store: Store) -> None:
    for name in ("arxiv:cs.IR", "feed:https://a.example/x"):
        await store.sources.claim(name, "a", NOW, due_only=False)
    await store.sources.keep_only(["arxiv:cs.IR"])
    assert [state.source for state in await store.sources.all()] == ["arxiv:cs.IR"]


async def test_what_is_read_follows_from_what_channels_follow(chat: Chat) -> None:
    await chat.say("/papers follow recsys in:cs.LG,stat.ML")
    await chat.say("/papers follow category:cs.IR")
    await chat.elsewhere("other").say("/papers follow category:cs.IR")
    wanted = await chat.service.store.sources.wanted()
    assert (wanted.categories, wanted.feeds, wanted.has_words) == (("cs.IR", "cs.LG", "stat.ML"), (), True)


async def test_a_channel_is_told_of_the_trouble_of_its_own_sources(chat: Chat) -> None:
    sources = chat.service.store.sources
    for name, title, why in (
        ("arxiv:cs.AI", "arXiv's cs.AI list", "looks like yesterday's (0 of 486 ids new)"),
        ("feed:https://a.example/x", "A Journal", "looks odd"),
    ):
        state = await sources.claim(name, "a", NOW, due_only=False)
        assert state
        again = NOW + timedelta(hours=1)
        await sources.release(replace(state, title=title, trouble=why, stale_since=NOW, next_poll_at=again), "a")
    await chat.say("/papers follow category:cs.AI")
    channel = await chat.service.store.channels.of(chat.channel)
    follows = await chat.service.store.follows.of(channel)
    told = await sources.troubles(follows, NOW, "Europe/Berlin")
    assert told == ("arXiv's cs.AI list looks like yesterday's (0 of 486 ids new). I'll look again at 11:00.",)
    elsewhere = chat.elsewhere("other")
    await elsewhere.say("/papers follow category:math.CO")
    channel = await chat.service.store.channels.of(elsewhere.channel)
    assert await sources.troubles(await chat.service.store.follows.of(channel), NOW, "UTC") == ()


async def test_a_short_failure_is_nobody_s_business(store: Store) -> None:
    state = await store.sources.claim("arxiv:cs.AI", "a", NOW, due_only=False)
    assert state
    failed = replace(state, title="arXiv's cs.AI list", failures=1, trouble="answered 503", last_success_at=NOW)
    await store.sources.release(failed, "a")
    assert await store.sources.troubles((), NOW, "UTC") == ()
    assert sentence(failed, "UTC") == "arXiv's cs.AI list could not be read: answered 503."


# Turns at a host


async def test_two_workers_share_one_connection_and_its_gap(store: Store, clock: Clock) -> None:
    began: list[datetime] = []
    inside = 0

    async def ask(gate: SharedGate) -> None:
        nonlocal inside
        async with gate.turn("arxiv.org", 3.0):
            inside += 1
            assert inside == 1
            began.append(clock())
            await asyncio.sleep(0.01)
            inside -= 1

    async def sleep(seconds: float) -> None:
        await clock.sleep(seconds)
        await asyncio.sleep(0.05)  # the other's request takes as long, and ends meanwhile

    gates = [SharedGate(store.database, clock, sleep) for _ in range(2)]
    await asyncio.gather(*(ask(gate) for gate in gates for _ in range(3)))
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(began)]
    assert len(gaps) == 5
    assert min(gaps) >= 3.0


async def test_a_clock_that_was_put_back_holds_nobody_up(store: Store, clock: Clock) -> None:
    gate = SharedGate(store.database, clock, clock.sleep)
    async with gate.turn("arxiv.org", 3.0):
        pass
    clock.forward(hours=-5)
    before = clock()
    async with gate.turn("arxiv.org", 3.0):
        assert clock() == before


# What is saved


async def test_when_a_paper_was_listed_first_stands(store: Store) -> None:
    draft = a_paper("Sequential Recommendation with Quiet Users", listed_at=YESTERDAY)
    await store.papers.save([draft], "arxiv:cs.IR", YESTERDAY)
    tally = await store.papers.save([replace(draft, listed_at=NOW, categories=("cs.LG",))], "arxiv:cs.LG", NOW)
    (kept,) = await store.papers.get(tally.pks)
    assert (tally.new, kept.listed_at, kept.stored_at, kept.categories) == (0, YESTERDAY, YESTERDAY, ("cs.LG",))


async def test_a_withdrawal_and_what_is_cited_are_kept(store: Store) -> None:
    draft = replace(a_paper("Cold Start in Music Recommendation"), version=1)
    await store.papers.save([draft], "arxiv:cs.IR", YESTERDAY)
    tally = await store.papers.save([replace(draft, version=2, withdrawn=True, citations=4)], "arxiv:cs.IR", NOW)
    (kept,) = await store.papers.get(tally.pks)
    assert (kept.withdrawn, kept.citations) == (True, 4)
    await store.papers.save([replace(draft, version=3)], "arxiv:cs.IR", NOW)
    assert not (await store.papers.get(tally.pks))[0].withdrawn


async def test_votes_and_feeds_are_remembered_of_known_papers_too(store: Store) -> None:
    known = a_paper("Denoising Implicit Feedback", listed_at=YESTERDAY)
    await store.papers.save([known], "arxiv:cs.IR", YESTERDAY)
    seen = replace(known, listed_at=NOW, rank=1, upvotes=62, comments=3, submitter="ada")
    tally = await store.papers.save([seen], "huggingface", NOW)
    url = "https://a.example/x_y"
    for hours in (0, 48):
        await store.papers.save([replace(known, listed_at=None)], f"feed:{url}", NOW + timedelta(hours=hours))
    papers = await store.papers.get(tally.pks)
    scores = await store.sightings.scores(papers, NOW)
    assert set(scores) == {("trending", "trending"), ("feed", url)}
    assert scores["feed", url] == {tally.pks[0]: 0.6}
    assert 0.5 < scores["trending", "trending"][tally.pks[0]] < 1.0
    assert set(await store.sightings.scores(papers, NOW + timedelta(days=7))) == {("feed", url)}


async def test_trending_papers_come_by_votes(store: Store) -> None:
    def voted(title: str, votes: int, days_ago: int) -> Draft:
        return replace(a_paper(title, listed_at=NOW - timedelta(days=days_ago)), upvotes=votes)

    drafts = [voted("Slates at Once", 5, 0), voted("Fair to Small Sellers", 62, 2), voted("Newer of Equals", 5, 0)]
    await store.papers.save([*drafts, voted("Long Ago and Loved", 900, 30)], "huggingface", NOW)
    found = await store.sightings.trending(date(2026, 11, 18), NOW.date(), 10)
    assert [(one.paper.title, one.votes) for one in found] == [
        ("Fair to Small Sellers", 62),
        ("Newer of Equals", 5),
        ("Slates at Once", 5),
    ]
    assert found[0].day == date(2026, 11, 22)
    assert await store.sightings.latest_list() == datetime(2026, 11, 24, tzinfo=UTC).date()
