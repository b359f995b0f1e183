"""Following, muting, and taking it back."""

import asyncio
from dataclasses import replace

import pytest

from bot.adapter import Invocation
from tests.conftest import Chat, notice_in, text_of, titles_in
from tests.papers import a_paper, others, recommenders


@pytest.fixture(autouse=True)
async def papers(chat: Chat) -> None:
    await chat.publish(*recommenders(), *others())


async def test_a_follow_says_what_it_would_have_brought_and_tells_the_channel(chat: Chat) -> None:
    reply = await chat.say("/papers follow recsys")
    assert notice_in(reply).startswith(
        "Following recsys here. Next digest: Wed 25 Nov 09:00 (UTC). Of 31 papers listed in the last 7 days, 6 fit."
    )
    assert reply.audience == "person"
    assert chat.announced == ["ada now follows recsys here."]


async def test_what_comes_in_and_what_grows_old_between_two_follows_is_counted(chat: Chat) -> None:
    assert "Of 31 papers listed in the last 7 days, 6 fit." in notice_in(await chat.say("/papers follow recsys"))
    chat.clock.forward(days=6)
    await chat.publish(
        a_paper("Recommending Films to Two", "A recommender system recommends items to users who watch together."),
    )
    preview = "/papers preview recommender systems"
    assert "Of 32 papers listed in the last 7 days, 7 fit." in notice_in(await chat.say(preview))
    chat.clock.forward(days=2)
    assert "Of 1 paper listed in the last 7 days, 1 fits." in notice_in(await chat.say(preview))
    chat.clock.forward(days=7)
    assert "Of 32 papers stored, 7 fit." in notice_in(await chat.say(preview))


async def test_many_who_follow_at_once_are_told_what_one_would_be(chat: Chat) -> None:
    chats = [chat.elsewhere(f"C{n}") for n in range(12)]
    topics = ("recsys", "graph neural networks")
    await chat.say("/papers mute survey")
    alone = [notice_in(await chat.say(f"/papers preview {topic}")) for topic in topics]
    told = await asyncio.gather(*(one.say(f"/papers preview {topics[n % 2]}") for n, one in enumerate((chat, *chats))))
    assert notice_in(told[0]) == alone[0]
    assert {notice_in(one) for one in told[2::2]} == {notice_in(told[2])}
    assert [notice_in(one) for one in told[1::2]] == [alone[1]] * 6


@pytest.mark.parametrize("again", ["recsys", "#RecSys", "  recommender   systems ", "“recsys”", "RECSYS"])
async def test_following_the_same_thing_twice_changes_nothing(chat: Chat, again: str) -> None:
    await chat.say("/papers follow recsys")
    reply = await chat.say(f"/papers follow {again}")
    assert "Already following recsys here since 24 Nov 2026 (added by ada). Nothing changed." in text_of(reply)
    assert reply.announce is None


async def test_filters_given_again_replace_the_old_ones(chat: Chat) -> None:
    await chat.say("/papers follow recsys")
    await chat.say('/papers follow recsys in:cs.IR not:survey,"medical image" top:3')
    assert 'in:cs.IR not:survey,"medical image" top:3' in text_of(await chat.say("/papers list"))
    await chat.say("/papers undo")
    assert "top:3" not in text_of(await chat.say("/papers list"))


async def test_several_topics_in_one_line(chat: Chat) -> None:
    await chat.say('/papers follow recsys; graph neural networks; author:"Grace Hopper"')
    listed = titles_in(await chat.say("/papers list"))
    assert listed == ["recsys", "graph neural networks", 'author:"Grace Hopper"']


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("category:CS.ir", "category:cs.IR"),
        ("cs.IR", "category:cs.IR"),
        ("category:q-fin.cp", "category:q-fin.CP"),
        ("venue:NeurIPS", "venue:NeurIPS"),
        ("AUTHOR: Grace Hopper", 'author:"Grace Hopper"'),
        ("推荐系统", "推荐系统"),
        ("графовые нейронные сети", "графовые нейронные сети"),
        ('"cold start"', '"cold start"'),
        ("llm | vlm", "llm | vlm"),
    ],
)
async def test_what_can_be_followed(chat: Chat, typed: str, kept: str) -> None:
    assert (await chat.say(f"/papers follow {typed}")).outcome == "answered"
    assert titles_in(await chat.say("/papers list")) == [kept]


async def test_papers_like_one_are_followed_by_any_name_of_it(chat: Chat) -> None:
    await chat.publish(
        a_paper(
            "Cold Start in Book Recommendation",
            "New books have no readers. Our recommender system recommends new items to users from their text.",
            ids=("arxiv:2403.01234",),
        )
    )
    await chat.say("/papers follow like:https://arxiv.org/abs/2403.01234v2")
    assert titles_in(await chat.say("/papers list")) == ["like:2403.01234"]
    assert "Already following" in text_of(await chat.say("/papers follow like:2403.01234"))
    assert "Cold Start in Music Recommendation" in titles_in(await chat.say("/papers digest"))


async def test_unfollow_takes_a_name_a_number_or_what_equals_it(chat: Chat) -> None:
    await chat.say("/papers follow recsys; robot grasping; speech recognition")
    assert "Not following recsys any more. 2 topics left." in notice_in(
        await chat.say("/papers unfollow Recommender Systems")
    )
    assert "robot grasping" in notice_in(await chat.say("/papers unfollow 1"))
    assert "follows nothing now" in notice_in(await chat.say("/papers unfollow speech recognition"))


async def test_unfollow_names_what_is_there_when_it_does_not_know_the_topic(chat: Chat) -> None:
    await chat.say("/papers follow recsys; robots")
    reply = await chat.say("/papers unfollow recsy")
    assert reply.outcome == "refused"
    assert notice_in(reply) == "This channel doesn't follow “recsy”. It follows: recsys and robots."


async def test_unfollow_all_asks_once(chat: Chat) -> None:
    await chat.say("/papers follow recsys; robots")
    question = await chat.say("/papers unfollow all")
    assert len(titles_in(await chat.say("/papers list"))) == 2
    await chat.press(question, "Unfollow all")
    assert "No follows here yet" in text_of(await chat.say("/papers list"))
    await chat.say("/papers undo")
    assert len(titles_in(await chat.say("/papers list"))) == 2


async def test_undo_brings_back_who_added_it_and_the_filters(chat: Chat) -> None:
    await chat.say("/papers follow recsys top:3")
    before = text_of(await chat.say("/papers list"))
    await chat.as_user("bob").say("/papers unfollow recsys")
    await chat.as_user("carol").say("/papers undo")
    assert text_of(await chat.say("/papers list")) == before


async def test_undo_stops_after_a_day_and_never_undoes_twice(chat: Chat) -> None:
    await chat.say("/papers follow recsys")
    assert (await chat.say("/papers undo")).outcome == "answered"
    assert (await chat.say("/papers undo")).outcome == "refused"
    await chat.say("/papers follow robots")
    chat.clock.forward(hours=25)
    assert "over 24 hours old" in notice_in(await chat.say("/papers undo"))


async def test_history_names_who_did_what(chat: Chat) -> None:
    await chat.say("/papers follow recsys")
    await chat.as_user("bob").say("/papers mute survey")
    assert titles_in(await chat.say("/papers history")) == ["bob muted survey", "ada followed recsys"]


async def test_preview_saves_nothing(chat: Chat) -> None:
    reply = await chat.say("/papers preview recsys in:cs.IR")
    assert len(titles_in(reply)) == 4
    assert "No follows here yet" in text_of(await chat.say("/papers list"))
    await chat.say("/papers follow recsys")
    assert len(titles_in(await chat.say("/papers digest"))) == 5


async def test_filters_are_conditions(chat: Chat) -> None:
    assert titles_in(await chat.say('/papers preview recsys by:"A. Turing"')) == [
        "Fair Recommendation for Small Sellers"
    ]
    assert "A Survey of News Recommender Systems" not in titles_in(await chat.say("/papers preview recsys not:surveys"))
    assert len(titles_in(await chat.say("/papers preview recsys top:2"))) == 2


async def test_a_muted_word_or_author_is_never_shown(chat: Chat) -> None:
    await chat.say("/papers follow recsys")
    await chat.say("/papers mute survey")
    await chat.say("/papers mute Grace Hopper")
    shown = titles_in(await chat.say("/papers digest"))
    assert "A Survey of News Recommender Systems" not in shown
    assert "Fair Recommendation for Small Sellers" not in shown
    assert titles_in(await chat.say("/papers mutes")) == ["survey", "Grace Hopper"]
    await chat.say("/papers unmute 1")
    assert titles_in(await chat.say("/papers mutes")) == ["Grace Hopper"]


async def test_a_muted_word_is_known_in_a_venue_a_category_and_without_its_accents(chat: Chat) -> None:
    text = "A recommender system recommends items to users."
    await chat.publish(
        a_paper("Recommending in Cafés", text, authors=("Noël Bar",)),
        a_paper("Recommending by Post", text, authors=("Olga Mail",), venue="RecSys Workshop 2026"),
        a_paper("Recommending Hats", text, authors=("Pat Hat",), categories=("cs.SI",)),
    )
    await chat.say("/papers follow recsys")
    for muted in ("cafe", "workshops", "cs.SI"):
        await chat.say(f"/papers mute {muted}")
    assert not [title for title in titles_in(await chat.say("/papers digest")) if title.startswith("Recommending ")]


async def test_a_name_that_several_people_have_is_said_to_be_theirs(chat: Chat) -> None:
    names = ("Jane Smith", "John Smith", "J. Smith", "Bob Smith")
    for n, name in enumerate(names):
        await chat.publish(a_paper(f"Counting {'abcd'[n]} Bridges of {n} Towns", authors=(name, f"Other {name}son")))
    reply = await chat.say('/papers follow author:"J. Smith"')
    assert 'author:"J. Smith" means each of Jane Smith and John Smith; a fuller name keeps to one.' in text_of(reply)
    assert "means each" not in text_of(await chat.say('/papers follow author:"Jane Smith"'))


async def test_a_topic_that_no_paper_knows_says_so_and_works_when_its_first_papers_come(chat: Chat) -> None:
    assert "No stored paper knows mycology yet" in notice_in(await chat.say("/papers follow mycology"))
    assert "none fits" in text_of(await chat.say("/papers digest"))
    await chat.publish(
        a_paper("Mycology of Cellar Mushrooms", "Mycology looks at mushrooms in cellars. We grow fungi in the dark.")
    )
    assert titles_in(await chat.say("/papers digest")) == ["Mycology of Cellar Mushrooms"]


async def test_a_channel_has_room_for_fifty_follows(chat: Chat) -> None:
    for start in (0, 20, 40):
        await chat.say("/papers follow " + "; ".join(f"subject{n}" for n in range(start, min(start + 20, 50))))
    reply = await chat.say("/papers follow recsys")
    assert notice_in(reply) == (
        "This channel follows 50 of at most 50 topics. Unfollow some first: /papers list. "
        "Whoever runs Paper Round can raise it: PAPER_ROUND_MOST_FOLLOWS."
    )


async def test_channels_do_not_see_each_other(chat: Chat) -> None:
    await chat.say("/papers follow recsys")
    assert "No follows here yet" in text_of(await chat.elsewhere("other").say("/papers list"))


async def test_only_those_who_may_manage_change_a_channel(chat: Chat) -> None:
    ask = Invocation(chat.channel, "bob", text="/papers follow recsys", can_manage=False)
    reply = await chat.service.handle(ask)
    assert reply.outcome == "refused"
    assert (await chat.service.handle(replace(ask, text="/papers preview recsys"))).outcome == "answered"


async def test_forget_me_keeps_the_follow_and_drops_the_name(chat: Chat) -> None:
    await chat.say("/papers follow recsys")
    await chat.say("/papers save Denoising Implicit Feedback")
    reply = await chat.say("/papers forget me")
    assert notice_in(reply).startswith("Forgotten: 1 saved paper and 0 votes.")
    assert "a former member" in text_of(await chat.say("/papers list"))
    assert "ada" not in text_of(await chat.say("/papers list")) + text_of(await chat.say("/papers history"))
    assert "empty" in text_of(await chat.say("/papers saved"))


async def test_an_undo_button_takes_back_its_own_change_only(chat: Chat) -> None:
    mine = await chat.say("/papers follow recsys")
    await chat.as_user("bob").say("/papers follow robots")
    await chat.press(mine, "Undo")
    assert titles_in(await chat.say("/papers list")) == ["robots"]
    assert (await chat.press(mine, "Undo")).outcome == "refused"


async def test_a_change_of_filters_is_told_to_the_channel(chat: Chat) -> None:
    await chat.say("/papers follow recsys")
    await chat.say("/papers follow recsys; robots in:cs.IR")
    assert chat.announced[-1] == "ada now follows robots here and changed the filters of recsys here to in:cs.IR."


async def test_a_semicolon_ends_a_filter_and_the_filter_is_for_all(chat: Chat) -> None:
    await chat.say("/papers follow recsys not:survey; author:Lovelace")
    listed = text_of(await chat.say("/papers list"))
    assert "recsys" in listed
    assert "author:Lovelace" in listed
    assert listed.count("not:survey") == 2
    assert "survey;" not in listed


async def test_buttons_keep_the_filters(chat: Chat) -> None:
    preview = await chat.say("/papers preview recsys in:cs.IR not:survey")
    followed = await chat.press(preview, "Follow")
    assert "in:cs.IR not:survey" in text_of(await chat.say("/papers list"))
    assert titles_in(await chat.press(followed, "Show them")) == titles_in(preview)


async def test_an_author_of_one_name_can_be_muted(chat: Chat) -> None:
    text = "A recommender system for items and users of teahouses."
    await chat.publish(a_paper("Recommendation by Teahouse", text, authors=("王小明",)))
    await chat.say("/papers follow recsys")
    await chat.say("/papers mute author:Hopper")
    await chat.say("/papers mute 王小明")
    shown = titles_in(await chat.say("/papers preview recsys top:15"))
    assert shown
    assert not {"Fair Recommendation for Small Sellers", "Recommendation by Teahouse"} & set(shown)
    assert titles_in(await chat.say("/papers mutes")) == ["author:Hopper", "王小明"]
    await chat.say("/papers unmute author:hopper")
    assert titles_in(await chat.say("/papers mutes")) == ["王小明"]


async def test_too_many_topics_at_once_are_refused_whole(chat: Chat) -> None:
    reply = await chat.say("/papers follow " + "; ".join(f"subject{n}" for n in range(21)))
    assert notice_in(reply) == "That is 21 topics at once. Name at most 20 in one line."
    assert "No follows here yet" in text_of(await chat.say("/papers list"))


async def test_a_form_and_a_line_mean_the_same(chat: Chat) -> None:
    ask = Invocation(chat.channel, "ada", verb="follow", fields={"topic": "“recsys”", "not": "“medical image”，survey"})
    assert (await chat.service.handle(ask)).outcome == "answered"
    assert "recsys" in titles_in(await chat.say("/papers list"))
    assert 'not:"medical image",survey' in text_of(await chat.say("/papers list"))
    assert (await chat.service.handle(replace(ask, fields={"topic": "x" * 50_000}))).outcome == "refused"


async def test_forgetting_reaches_what_an_undo_would_bring_back(chat: Chat) -> None:
    await chat.say("/papers follow recsys")
    await chat.as_user("bob").say("/papers unfollow recsys")
    await chat.press(await chat.say("/papers forget"), "Forget me")
    await chat.as_user("bob").say("/papers undo")
    assert "added by a former member" in text_of(await chat.say("/papers list"))


async def test_papers_alone_says_how_things_stand_and_what_to_say_next(chat: Chat) -> None:
    for typed in ("/papers", " /PAPERS ", "", "/"):
        assert "This channel follows nothing yet." in text_of(await chat.say(typed))
        assert titles_in(await chat.say(typed))[0] == "/papers follow recsys"
    await chat.say("/papers follow robot grasping")
    assert titles_in(await chat.say("/papers")) == [
        "/papers digest",
        "/papers list",
        "/papers schedule 09:00 weekdays Europe/Berlin",
    ]
    await chat.say("/papers digest")
    standing = await chat.say("/papers")
    assert "robot grasping. Last digest: 24 Nov 2026. Next digest: Wed 25 Nov 09:00 (UTC)." in text_of(standing)
    assert titles_in(standing) == ["/papers digest", "/papers why 2", '/papers save 2 note:"for Friday"']
    assert len(titles_in(await chat.press(standing, "Help"))) == 6
    assert len(titles_in(await chat.say("/papers help"))) == 6
