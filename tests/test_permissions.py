"""Who may change what a channel gets, and whose doing anybody may take back."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from bot.adapter import Invocation
from bot.cards import Reply
from tests.conftest import Chat, notice_in, text_of, titles_in
from tests.papers import others, recommenders

Say = Callable[..., Awaitable[Reply]]


@pytest.fixture(autouse=True)
async def papers(chat: Chat) -> None:
    await chat.publish(*recommenders(), *others())


@pytest.fixture
def member(chat: Chat) -> Say:
    """Somebody without any rights but those that are given."""

    async def say(text: str, *, user: str = "bob", manages: bool = False, groups: tuple[str, ...] = ()) -> Reply:
        return await chat.service.handle(
            Invocation(chat.channel, user, user, text, can_manage=manages, is_admin=False, groups=groups)
        )

    return say


async def test_without_a_rule_the_platform_says_who_may_change_a_channel(chat: Chat, member: Say) -> None:
    refused = await member("/papers follow recsys")
    assert refused.outcome == "refused"
    assert notice_in(refused) == "Only those who manage this channel can change what comes here. Ask one of them."
    assert (await member("/papers preview recsys")).outcome == "answered"
    assert (await member("/papers follow recsys", manages=True)).outcome == "answered"


async def test_members_may_follow_once_an_admin_says_so(chat: Chat, member: Say) -> None:
    await chat.say("/papers who members")
    assert chat.announced == ["ada said that its members can change what comes here."]
    assert (await member("/papers follow recsys")).outcome == "answered"


async def test_admins_alone_may_change_a_channel_that_says_so(chat: Chat, member: Say) -> None:
    await chat.say("/papers who admins")
    refused = await member("/papers mute survey", manages=True)
    assert notice_in(refused) == "Only admins can change what comes here. Ask one of them."
    assert (await chat.say("/papers follow recsys")).outcome == "answered"


@pytest.mark.parametrize(
    ("typed", "id", "shown"),
    [
        ("@reading-group", "reading-group", "@reading-group"),
        ("<!subteam^S0615G0KT|@reading-group>", "S0615G0KT", "@reading-group"),
        ("<!subteam^S0615G0KT>", "S0615G0KT", "@S0615G0KT"),
        ("<@&165511591545143296>", "165511591545143296", "@165511591545143296"),
        ("S0615G0KT", "S0615G0KT", "@S0615G0KT"),
    ],
)
async def test_a_group_can_be_named_as_each_platform_writes_it(
    chat: Chat, member: Say, typed: str, id: str, shown: str
) -> None:
    said = await chat.say(f"/papers who {typed}")
    assert notice_in(said) == f"From now on admins and members of {shown} can change what comes here."
    refused = await member("/papers follow recsys", manages=True, groups=("S1",))
    assert f"Only admins and members of {shown} can" in notice_in(refused)
    assert (await member("/papers follow recsys", groups=("S1", id))).outcome == "answered"
    assert (await chat.say("/papers follow robots")).outcome == "answered"


@pytest.mark.parametrize("everybody", ["@everyone", "@here", "<!channel>", "<!here|@here>", "@ALL", "<@&local>"])
async def test_a_rule_names_no_crowd_no_person_and_no_nonsense(chat: Chat, everybody: str) -> None:
    for typed in (everybody, "<@U123>", "<@!123|ada>", "🎉", "@", '"', "lab", "0 1"):
        assert (await chat.say(f"/papers who {typed}")).outcome == "refused"
    assert "those who manage this channel" in notice_in(await chat.say("/papers who"))


async def test_only_admins_make_the_rule_and_anybody_reads_it(chat: Chat, member: Say) -> None:
    await chat.say("/papers who members")
    refused = await member("/papers who admins", manages=True)
    assert notice_in(refused) == "Only admins can say who changes what comes here. Ask one of them."
    assert notice_in(await member("/papers who")).startswith("Now its members can change what comes here. Only whoever")


async def test_a_rule_can_be_taken_back_and_given_twice(chat: Chat) -> None:
    said = await chat.say("/papers who admins")
    assert "Nothing changed." in notice_in(await chat.say("/papers who Admins"))
    await chat.press(said, "Undo")
    assert "those who manage this channel" in notice_in(await chat.say("/papers who"))
    await chat.say("/papers undo 1")
    assert "Now admins can" in notice_in(await chat.say("/papers who"))
    await chat.say("/papers who platform")
    assert titles_in(await chat.say("/papers history"))[0] == (
        "ada said that those who manage this channel can change what comes"
    )


async def test_what_others_follow_is_stopped_by_them_or_an_admin(chat: Chat, member: Say) -> None:
    await chat.say("/papers who members")
    await chat.say("/papers follow recsys; robots")
    await member("/papers follow speech recognition")
    refused = await member("/papers unfollow recsys")
    assert notice_in(refused) == "recsys was added by ada. Only they or an admin can unfollow it."
    both = notice_in(await member("/papers unfollow all yes"))
    assert both == "recsys and robots were added by ada. Only they or an admin can unfollow them."
    assert (await member("/papers unfollow speech recognition")).outcome == "answered"
    assert (await member("/papers unfollow robots", user="ada")).outcome == "answered"
    assert (await chat.as_user("carol").say("/papers unfollow recsys")).outcome == "answered"


async def test_what_others_muted_is_unmuted_by_them_or_an_admin(chat: Chat, member: Say) -> None:
    await chat.say("/papers mute survey")
    refused = await member("/papers unmute survey", manages=True)
    assert notice_in(refused) == "survey was added by ada. Only they or an admin can unmute it."


async def test_what_others_changed_is_taken_back_by_them_or_an_admin(chat: Chat, member: Say) -> None:
    await chat.say("/papers who members")
    added = await chat.say("/papers follow recsys")
    assert notice_in(await member("/papers undo")) == (
        "That was ada, who followed recsys. Only they or an admin can take it back."
    )
    action = next(one for card in added.cards for one in getattr(card, "actions", ()) if one.label == "Undo")
    pressed = Invocation(chat.channel, "bob", verb="undo", text=action.target, is_admin=False)
    assert (await chat.service.handle(pressed)).outcome == "refused"
    assert (await chat.service.handle(replace(pressed, user="ada"))).outcome == "answered"


async def test_a_follow_whose_adder_was_forgotten_is_an_admins_to_stop(chat: Chat, member: Say) -> None:
    await chat.say("/papers follow recsys")
    await chat.say("/papers forget me")
    assert "added by a former member" in notice_in(await member("/papers unfollow recsys", manages=True))
    assert "Not following recsys" in text_of(await chat.as_user("carol").say("/papers unfollow recsys"))
