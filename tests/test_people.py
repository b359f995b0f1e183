"""What comes to one person alone, and what is left of somebody who is forgotten."""

import json
from dataclasses import replace

import pytest

from bot.adapter import ChannelRef, Invocation
from bot.cards import File, Listing, PaperCard
from tests.conftest import Chat, notice_in, text_of, titles_in
from tests.papers import others, recommenders


@pytest.fixture(autouse=True)
async def papers(chat: Chat) -> None:
    await chat.publish(*recommenders(), *others())


async def test_what_one_follows_for_oneself_is_nobody_else_s(chat: Chat) -> None:
    reply = await chat.say("/papers dm follow recsys")
    assert notice_in(reply).startswith("Following recsys here. Next digest: Wed 25 Nov 09:00 (UTC).")
    assert (reply.audience, reply.announce) == ("person", None)
    assert titles_in(await chat.say("/papers dm list")) == ["recsys"]
    assert "No follows here yet" in text_of(await chat.say("/papers list"))
    assert "No follows here yet" in text_of(await chat.as_user("bob").say("/papers dm list"))
    assert titles_in(await chat.elsewhere("other").say("/papers dm list")) == ["recsys"]


async def test_one_s_own_digest_is_shown_where_it_was_asked_for_to_oneself(chat: Chat) -> None:
    await chat.say("/papers dm follow recsys")
    digest = await chat.say("/papers dm digest")
    assert len([card for card in digest.cards if isinstance(card, PaperCard)]) == 5
    assert digest.audience == "person"
    title = titles_in(digest)[0]
    assert "Posted" not in text_of(await chat.as_user("bob").say(f"/paper {title}"))
    assert len(titles_in(await chat.say("/papers preview recsys"))) == 5


async def test_buttons_under_one_s_own_answer_stay_one_s_own(chat: Chat) -> None:
    await chat.say("/papers follow robots")
    followed = await chat.say("/papers dm follow recsys")
    await chat.press(followed, "Undo")
    assert titles_in(await chat.say("/papers list")) == ["robots"]
    empty = await chat.say("/papers dm list")
    assert "Try: /papers dm follow recsys, or /papers dm preview recsys to look first." in notice_in(empty)
    assert "Preview of recsys" in text_of(await chat.press(empty, "Preview recsys"))


async def test_in_the_direct_messages_themselves_nothing_has_to_be_added(chat: Chat) -> None:
    await chat.say("/papers dm follow recsys")
    there = replace(chat, channel=ChannelRef("terminal", "local", "ada", "ada", "dm"))
    listed = await there.say("/papers list")
    assert isinstance(listed.cards[0], Listing)
    assert listed.cards[0].title == "Followed for you"
    ask = Invocation(there.channel, "ada", text="/papers unfollow recsys", can_manage=False, is_admin=False)
    undo = await chat.service.handle(ask)
    assert "/papers dm" not in text_of(undo)
    assert undo.outcome == "answered"


async def test_a_channel_that_is_called_like_a_person_is_another_place(chat: Chat) -> None:
    await chat.say("/papers dm follow recsys")
    assert "No follows here yet" in text_of(await chat.elsewhere("ada").say("/papers list"))
    await chat.elsewhere("ada").say("/papers follow robots")
    await chat.say("/papers forget me")
    assert titles_in(await chat.elsewhere("ada").say("/papers list")) == ["robots"]
    assert "No follows here yet" in text_of(await chat.say("/papers dm list"))


async def test_whoever_may_not_change_the_channel_may_follow_for_themselves(chat: Chat) -> None:
    ask = Invocation(chat.channel, "bob", text="/papers dm follow recsys", can_manage=False, is_admin=False)
    assert (await chat.service.handle(ask)).outcome == "answered"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("dm", "/papers dm needs what you would say in a channel, such as follow recsys. Try /papers dm follow recsys"),
        ("dm dm list", "That is for you alone already. Try /papers dm list"),
        ("dm /papers dm list", "That is for you alone already. Try /papers dm list"),
        ("dm folow recsys", "There is no command “folow”. Did you mean /papers dm follow?"),
        ("dm who admins", "What comes to you alone is changed by nobody else. Try /papers dm list"),
        ("dm unfollow robots", "This channel follows nothing yet. Try /papers dm follow recsys"),
    ],
)
async def test_what_makes_no_sense_there_is_refused(chat: Chat, typed: str, said: str) -> None:
    reply = await chat.say(f"/papers {typed}")
    assert (reply.outcome, notice_in(reply)) == ("refused", said)


async def test_typed_options_and_forms_mean_the_same_there(chat: Chat) -> None:
    ask = Invocation(chat.channel, "ada", verb="dm", fields={"command": "follow recsys"})
    await chat.service.handle(ask)
    form = Invocation(chat.channel, "ada", verb="dm follow", fields={"topic": "robots", "top": "3"})
    assert (await chat.service.handle(form)).outcome == "answered"
    assert titles_in(await chat.say("/papers dm list")) == ["recsys", "robots"]
    assert "top:3" in text_of(await chat.say("/papers dm list"))


async def test_whoever_is_forgotten_gets_nothing_more_and_leaves_nothing(chat: Chat) -> None:
    await chat.say("/papers dm follow recsys")
    await chat.say("/papers dm digest")
    await chat.say("/papers dm mute survey")
    await chat.say("/papers follow robots")
    await chat.as_user("bob").say("/papers dm follow recsys")
    reply = await chat.say("/papers forget me")
    assert "Nothing comes to you alone any more." in notice_in(reply)
    assert "No follows here yet" in text_of(await chat.say("/papers dm list"))
    assert "Nothing was changed here yet." in text_of(await chat.say("/papers dm history"))
    assert titles_in(await chat.as_user("bob").say("/papers dm list")) == ["recsys"]
    assert titles_in(await chat.say("/papers list")) == ["robots"]
    file = (await chat.say("/papers mydata")).cards[0]
    assert isinstance(file, File)
    kept = json.loads(file.text)
    assert not any(kept[name] for name in kept if name != "user")
