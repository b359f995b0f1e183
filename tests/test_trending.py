"""What readers vote for: shown, followed, and never posted for being old."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from tests.conftest import Chat, Clock, notice_in, text_of, titles_in
from tests.fakes.web import FakeWeb
from tests.house import House, open_house
from tests.papers import others, recommenders

DAY = timedelta(days=1)


@pytest.fixture
async def house(database_url: str, clock: Clock, web: FakeWeb) -> AsyncIterator[House]:
    async with open_house(database_url, clock, web) as house:
        yield house


async def test_trending_is_ordered_by_votes_and_says_them(house: House) -> None:
    today = house.clock().date()
    first, second, third = recommenders()[:3]
    house.hf.lists(today, [(first, 7)])
    house.hf.lists(today - 3 * DAY, [(second, 62), (third, 1)])
    await house.gather("huggingface")
    reply = await house.chat.say("/papers trending")
    assert titles_in(reply) == [second.title, first.title, third.title]
    assert "62 votes on HF" in text_of(reply)
    assert "1 vote on HF" in text_of(reply)
    assert titles_in(await house.chat.say("/papers trending day")) == [first.title]
    assert len(titles_in(await house.chat.say("/papers trending month"))) == 3


async def test_a_span_that_is_none_of_the_three_is_refused_in_one_sentence(house: House) -> None:
    assert notice_in(await house.chat.say("/papers trending year")).startswith("“year” is not one of day, week, month.")


async def test_trending_says_why_there_is_nothing(house: House) -> None:
    assert "No list with votes has been read yet" in notice_in(await house.chat.say("/papers trending"))
    house.hf.lists(house.clock().date() - 10 * DAY, [(recommenders()[0], 5)])
    await house.gather("huggingface")
    reply = await house.chat.say("/papers trending")
    assert notice_in(reply) == "No list with votes was read in the last week; the latest is of 14 Nov 2026."
    assert len(titles_in(await house.chat.press(reply, "The last month"))) == 1


async def test_who_follows_trending_gets_the_most_voted_papers(house: House) -> None:
    assert "Following trending here (top:3)." in notice_in(await house.chat.say("/papers follow trending top:3"))
    papers = others()[:6]
    house.hf.lists(house.clock().date(), [(paper, votes) for votes, paper in enumerate(papers, 1)])
    await house.gather("huggingface")
    digest = await house.chat.say("/papers digest")
    assert sorted(titles_in(digest)) == sorted(paper.title for paper in papers[3:])
    assert "trending" in text_of(await house.chat.say("/papers list"))
    assert "Not following trending any more." in notice_in(await house.chat.say("/papers unfollow trending"))


async def test_papers_without_votes_are_not_trending(chat: Chat) -> None:
    await chat.say("/papers follow trending")
    await chat.publish(*recommenders())
    assert titles_in(await chat.say("/papers digest")) == []


async def test_of_papers_that_fit_as_well_the_one_that_readers_voted_for_comes_first(house: House) -> None:
    papers = [paper for paper in recommenders() if "cs.IR" in paper.categories]
    await house.chat.publish(*papers, *others())
    house.hf.lists(house.clock().date(), [(papers[2], 62)])
    await house.gather("huggingface")
    await house.chat.say("/papers follow category:cs.IR")
    found = titles_in(await house.chat.say("/papers digest"))
    assert found[0] == papers[2].title
    assert len(found) == len(papers)


async def test_votes_of_people_here_count_and_what_is_old_cools(house: House) -> None:
    today = house.clock().date()
    first, second, third = recommenders()[:3]
    house.hf.lists(today, [(first, 6), (second, 2)])
    house.hf.lists(today - 6 * DAY, [(third, 15)])
    await house.gather("huggingface")
    assert titles_in(await house.chat.say("/papers trending")) == [first.title, third.title, second.title]
    for reader in (house.chat.as_user("ada"), house.chat.as_user("grace"), house.chat.elsewhere("papers")):
        await reader.say(f"/papers like {second.title}")
    reply = await house.chat.say("/papers trending")
    assert titles_in(reply) == [second.title, first.title, third.title]
    assert "2 votes on HF, 3 here" in text_of(reply)
    assert "Warmest first: votes on Hugging Face and 5 for each vote in the channels here" in text_of(reply)


async def test_what_only_people_here_vote_for_trends_too_but_never_what_one_person_said_alone(chat: Chat) -> None:
    first, second = recommenders()[:2]
    await chat.publish(first, second)
    await chat.say(f"/papers dm like {first.title}")
    assert "No list with votes has been read yet" in notice_in(await chat.say("/papers trending"))
    await chat.say(f"/papers like {second.title}")
    reply = await chat.say("/papers trending")
    assert titles_in(reply) == [second.title]
    assert "1 vote here" in text_of(reply)
    await chat.say("/papers follow trending")
    assert titles_in(await chat.say("/papers digest")) == [second.title]
    chat.clock.forward(days=8)
    assert "No list" in notice_in(await chat.say("/papers trending"))


async def test_what_one_channel_votes_for_comes_first_in_the_digests_of_others(chat: Chat) -> None:
    papers = [paper for paper in recommenders() if "cs.IR" in paper.categories]
    await chat.publish(*papers, *others())
    await chat.elsewhere("readers").say(f"/papers like {papers[3].title}")
    await chat.say("/papers follow category:cs.IR")
    assert titles_in(await chat.say("/papers digest"))[0] == papers[3].title
