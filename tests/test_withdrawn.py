"""Papers that change after they were listed: withdrawn ones are no longer picked, new versions are no news."""

from dataclasses import replace
from datetime import timedelta

from bot.cards import PaperCard, byline
from tests.conftest import Chat, Clock, notice_in, text_of, titles_in
from tests.papers import a_paper, others, recommenders

OWLS = a_paper(
    "Recommender Systems for Owls", "We recommend items to owls, users of recommender systems who click little."
)


async def test_a_withdrawn_paper_is_never_picked(chat: Chat) -> None:
    await chat.publish(*recommenders(), *others(), replace(OWLS, version=1))
    await chat.publish(replace(OWLS, version=2, withdrawn=True))
    await chat.say("/papers follow recsys")
    shown = titles_in(await chat.say("/papers digest"))
    assert shown
    assert OWLS.title not in shown
    assert "it was withdrawn." in notice_in(await chat.say(f"/papers whynot {OWLS.ids[0]}"))


async def test_a_look_up_says_that_a_paper_is_withdrawn(chat: Chat) -> None:
    await chat.publish(*recommenders(), replace(OWLS, version=2, withdrawn=True))
    reply = await chat.say("/paper recommender systems for owls")
    (card,) = reply.cards
    assert isinstance(card, PaperCard)
    assert byline(card).startswith("Withdrawn · Ada Lovelace · ")
    assert "Withdrawn · Ada Lovelace" in text_of(await chat.say("/papers search owls"))


async def test_a_paper_that_comes_back_in_a_later_version_can_be_picked_again(chat: Chat) -> None:
    await chat.publish(*recommenders(), *others(), replace(OWLS, version=2, withdrawn=True))
    await chat.publish(replace(OWLS, version=3))
    await chat.say("/papers follow recsys")
    await chat.say("/papers settings size:15")
    assert OWLS.title in titles_in(await chat.say("/papers digest"))


async def test_a_replacement_is_no_news_whether_the_paper_was_known_or_not(chat: Chat, clock: Clock) -> None:
    long_ago = clock() - timedelta(days=60)
    known = replace(OWLS, version=1, listed_at=long_ago)
    unknown = a_paper("Recommender Systems for Bats", "We recommend items to bats who use recommender systems.")
    await chat.publish(*(replace(draft, listed_at=clock()) for draft in (*recommenders(), *others())), known)
    await chat.publish(replace(known, version=2, listed_at=clock()), replace(unknown, version=2, listed_at=long_ago))
    await chat.say("/papers follow recsys")
    await chat.say("/papers settings size:15")
    shown = titles_in(await chat.say("/papers digest"))
    assert shown
    assert not {OWLS.title, unknown.title} & set(shown)
    (card,) = (await chat.say("/paper recommender systems for bats")).cards
    assert isinstance(card, PaperCard)
    assert card.title == unknown.title
