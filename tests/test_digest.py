"""Digests: picks that fit, said why, never twice; silence where nothing fits."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.cards import PaperCard
from tests.conftest import Chat, notice_in, text_of, titles_in
from tests.papers import a_paper, others, recommenders, twins


@pytest.fixture(autouse=True)
async def papers(chat: Chat) -> None:
    await chat.publish(*recommenders(), *others())


async def test_a_digest_has_five_fitting_papers_each_with_its_reason(chat: Chat) -> None:
    await chat.say("/papers follow recsys")
    reply = await chat.say("/papers digest")
    cards = [card for card in reply.cards if isinstance(card, PaperCard)]
    assert [card.n for card in cards] == [1, 2, 3, 4, 5]
    assert {card.title for card in cards} <= {draft.title for draft in recommenders()}
    assert all(card.why.startswith("recsys · ") for card in cards)
    assert reply.audience == "channel"


async def test_the_same_day_shows_the_same_digest_again(chat: Chat) -> None:
    await chat.say("/papers follow recsys")
    first = titles_in(await chat.say("/papers digest"))
    again = await chat.say("/papers digest")
    assert titles_in(again) == first
    assert again.audience == "person"


async def test_no_paper_is_ever_shown_twice(chat: Chat) -> None:
    await chat.say("/papers follow recsys")
    first = titles_in(await chat.say("/papers digest"))
    chat.clock.forward(days=1)
    second = titles_in(await chat.say("/papers digest"))
    assert len(second) == 1
    assert not set(first) & set(second)
    chat.clock.forward(days=1)
    assert titles_in(await chat.say("/papers digest")) == []


async def test_another_channel_gets_them_all_the_same(chat: Chat) -> None:
    await chat.say("/papers follow recsys")
    await chat.say("/papers digest")
    other = chat.elsewhere("other")
    await other.say("/papers follow recsys")
    assert len(titles_in(await other.say("/papers digest"))) == 5


async def test_nothing_over_the_bar_means_no_digest(chat: Chat) -> None:
    await chat.say("/papers follow volcanology")
    reply = await chat.say("/papers digest")
    assert notice_in(reply).startswith("Nothing new for volcanology today: of 31 papers listed in the last 7 days")
    assert (await chat.say("/papers digest last")).outcome == "refused"


async def test_authors_come_first_and_are_named(chat: Chat) -> None:
    await chat.say('/papers follow recsys; author:"Robot Author 3"')
    reply = await chat.say("/papers digest")
    first = next(card for card in reply.cards if isinstance(card, PaperCard))
    assert first.title == "Robot Grasping for Cables"
    assert first.why.startswith('author:"Robot Author 3", whom you follow')


async def test_each_follow_gets_a_fair_share(chat: Chat) -> None:
    await chat.say("/papers follow recsys; exoplanet spectra; robot grasping")
    shown = " ".join(titles_in(await chat.say("/papers digest")))
    assert "Recommend" in shown
    assert "Exoplanet" in shown
    assert "Robot" in shown


async def test_only_what_was_listed_in_the_last_week_where_there_is_any(chat: Chat) -> None:
    await chat.publish(
        a_paper(
            "Recommender Systems of Old",
            "A recommender system for items and users.",
            listed_at=chat.clock() - timedelta(days=30),
        )
    )
    await chat.say("/papers follow recsys")
    for _ in range(3):
        assert "Recommender Systems of Old" not in titles_in(await chat.say("/papers digest"))
        chat.clock.forward(days=1)


async def test_all_of_the_store_where_nothing_is_that_recent(chat: Chat) -> None:
    chat.clock.forward(days=30)
    assert "Of 31 papers stored, 5 fit." in text_of(await chat.say("/papers follow exoplanets"))
    assert len(titles_in(await chat.say("/papers digest"))) == 5


async def test_earlier_digests_are_shown_again_by_day(chat: Chat) -> None:
    await chat.say("/papers follow recsys")
    first = titles_in(await chat.say("/papers digest"))
    chat.clock.forward(days=1)
    second = titles_in(await chat.say("/papers digest"))
    assert titles_in(await chat.say("/papers digest 2026-11-24")) == first
    assert titles_in(await chat.say("/papers digest last")) == second
    assert titles_in(await chat.say("/papers digest today")) == second
    assert titles_in(await chat.say("/papers digest week")) == second + first
    assert (await chat.say("/papers digest last share")).audience == "channel"
    assert (await chat.say("/papers digest 2026-01-01")).outcome == "refused"


async def test_a_dry_run_stores_nothing(chat: Chat) -> None:
    await chat.say("/papers follow recsys")
    dry = await chat.service.digest(chat.channel, keep=False)
    assert len(titles_in(dry)) == 5
    assert (await chat.say("/papers digest last")).outcome == "refused"
    assert titles_in(await chat.service.digest(chat.channel, keep=True)) == titles_in(dry)


async def test_a_digest_that_stands_says_what_was_followed_since(chat: Chat) -> None:
    await chat.say("/papers follow recsys")
    await chat.say("/papers digest")
    chat.clock.forward(minutes=5)
    await chat.say("/papers follow exoplanets")
    assert "Followed since: exoplanets." in text_of(await chat.say("/papers digest"))


async def test_why_tells_the_parts_of_the_score(chat: Chat) -> None:
    await chat.say("/papers follow recsys")
    await chat.say("/papers digest")
    told = text_of(await chat.say("/papers why 1"))
    assert told.startswith("Why “")
    assert "recsys" in told
    assert "related words" in told
    assert (await chat.say("/papers why 6")).outcome == "refused"


async def whynot(chat: Chat, title: str) -> str:
    return notice_in(await chat.say(f"/papers whynot {title}"))


async def test_whynot_names_what_is_followed_muted_or_shown(chat: Chat) -> None:
    assert "this channel follows nothing yet" in await whynot(chat, "Robot Grasping for Glass")
    await chat.say("/papers follow recsys")
    said = await whynot(chat, "Robot Grasping for Glass")
    assert re.search(r"it fits nothing followed here: ranked \d+ of 31 for recsys, score 0\.\d\d, bar 0\.50\.", said)
    await chat.say("/papers mute slates")
    assert "muted here by “slates”" in await whynot(chat, "Slates: Recommending Several Items at Once")
    shown = titles_in(await chat.say("/papers digest"))
    assert "it was picked, and shown here on 24 Nov 2026." in await whynot(chat, shown[0])


@pytest.mark.parametrize(
    ("filters", "title", "named"),
    [
        ("not:sellers,survey in:cs.IR", "A Survey of News Recommender Systems", "not:survey"),
        ("not:survey in:cs.IR,cs.SD", "Fair Recommendation for Small Sellers", "in:cs.IR,cs.SD"),
        ('by:"Alan Turing"', "Denoising Implicit Feedback", 'by:"Alan Turing"'),
    ],
)
async def test_whynot_names_the_one_filter(chat: Chat, filters: str, title: str, named: str) -> None:
    await chat.say(f"/papers follow recsys {filters}")
    said = await whynot(chat, title)
    assert re.search(rf"it fits recsys \(0\.\d\d\), but that follow leaves it out: {re.escape(named)}\.", said)


async def test_whynot_names_the_paper_that_says_the_same(chat: Chat) -> None:
    first, twin = twins()
    await chat.publish(first, twin)
    await chat.say("/papers follow volcanoes")
    (one,) = titles_in(await chat.say("/papers preview volcanoes"))
    (other,) = {first.title, twin.title} - {one}
    said = await whynot(chat, other)
    assert f"it says nearly what “{one}” says, which comes before it: they are alike by 0." in said
    assert said.endswith("limit 0.80.")


async def test_whynot_counts_those_that_come_before(chat: Chat) -> None:
    await chat.say("/papers follow recsys")
    titles = titles_in(await chat.say("/papers preview recsys"))
    await chat.say("/papers settings size:2")
    said = await whynot(chat, titles[4])
    assert "others come before it: ranked 5 of 31 for recsys, score 0." in said
    assert said.endswith("a digest has 2 papers.")
    await chat.say("/papers follow exoplanets")
    assert (await whynot(chat, titles[4])).endswith("a digest has 2 papers, shared by 2 follows.")
    await chat.say("/papers settings size:5")
    await chat.say("/papers follow recsys top:1")
    said = await whynot(chat, titles[4])
    assert "others come before it, and recsys gives at most 1 paper a digest (top:1): ranked 5 of 31" in said


async def test_whynot_knows_what_is_too_old_withdrawn_or_not_indexed(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = a_paper("Recommending of Old", "A recommender system for items and users.", authors=("Olga Old",))
    await chat.publish(replace(old, listed_at=chat.clock() - timedelta(days=30)))
    gone = a_paper("Recommending No More", "A recommender system for items and users.", authors=("Gone Girl",))
    await chat.publish(replace(gone, withdrawn=True))
    await chat.say("/papers follow recsys")
    assert "it fits, but it was listed on 25 Oct 2026: a digest looks at the last 7 days." in await whynot(
        chat, "Recommending of Old"
    )
    assert "it was withdrawn." in await whynot(chat, "Recommending No More")
    monkeypatch.setattr(chat.service.index, "_most", 20)
    await chat.publish(a_paper("One More Paper of Another Field", "Bridges sway.", authors=("Bridget Jones",)))
    said = await whynot(chat, "Denoising Implicit Feedback")
    assert "it is not in the picker's index, which holds the 20 papers listed last" in said


async def test_whynot_tells_what_is_still_to_come(chat: Chat) -> None:
    await chat.say("/papers follow exoplanets")
    title = "Exoplanet Spectra for Red Dwarfs"
    assert "It can come with the next digest." in await whynot(chat, title)
    await chat.say("/papers settings size:6 min:6")
    assert "it waits for others: 5 papers of at least 6 (min:6). /papers digest brings it now." in await whynot(
        chat, title
    )
    later = chat.elsewhere("later")
    chat.clock.forward(minutes=1)
    await later.say("/papers follow exoplanets")
    said = await whynot(later, title)
    assert "nothing stands against it now: ranked" in said
    assert said.endswith("/papers digest can bring it.")
    assert title in titles_in(await later.say("/papers digest"))


async def test_a_paper_that_answers_two_follows_names_both_and_comes_once(chat: Chat) -> None:
    await chat.say("/papers follow recsys; category:cs.IR")
    cards = [card for card in (await chat.say("/papers digest")).cards if isinstance(card, PaperCard)]
    assert len({card.id for card in cards}) == len(cards)
    assert any("recsys" in card.why and "category:cs.IR" in card.why for card in cards)


async def test_channels_of_one_name_are_told_apart(chat: Chat) -> None:
    twin = replace(chat, channel=replace(chat.channel, id="another"))
    for one in (chat, twin):
        await one.say("/papers follow recsys")
    shown = titles_in(await chat.say("/papers digest"))
    assert "nothing stands against it" in notice_in(await twin.say(f"/papers whynot {shown[0]}"))


async def test_the_head_names_each_follow_once(chat: Chat) -> None:
    await chat.say('/papers follow recsys; "graph, networks" robots; author:"Grace Hopper"; exoplanets')
    head = notice_in(await chat.say("/papers digest"))
    assert "; " not in head
    assert head.startswith("5 papers for ")


async def test_the_layout_says_how_much_of_each_paper_is_shown(chat: Chat) -> None:
    await chat.publish(*recommenders())
    await chat.say("/papers follow recsys")
    compact = await chat.say("/papers digest")
    await chat.say("/papers settings layout:full")
    full = await chat.say("/papers digest")
    await chat.say("/papers settings layout:titles")
    titles = await chat.say("/papers digest")
    assert titles_in(compact) == titles_in(full) == titles_in(titles)
    shown = [next(card for card in reply.cards if isinstance(card, PaperCard)) for reply in (compact, full, titles)]
    assert [bool(card.abstract) for card in shown] == [False, True, False]
    assert [bool(card.why) for card in shown] == [True, True, False]
