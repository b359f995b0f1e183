"""Pings: only for those who asked, only for what they asked for, and only once."""

import pytest

from bot.adapter import Invocation
from bot.cards import Notice, Reply
from bot.digests import show
from bot.model import Digest
from tests.conftest import Chat, notice_in, text_of, titles_in
from tests.papers import a_paper, others, recommenders


@pytest.fixture(autouse=True)
async def papers(chat: Chat) -> None:
    await chat.publish(*recommenders(), *others())


def pinged(reply: Reply) -> tuple[str, ...]:
    return tuple(id for card in reply.cards if isinstance(card, Notice) for id in card.pings)


async def test_a_group_is_pinged_by_the_digest_that_has_papers_of_its_follow(chat: Chat) -> None:
    await chat.say("/papers follow recsys; mycology")
    said = await chat.say("/papers notify <!subteam^S0615G0KT|@reading-group> for:recsys")
    assert notice_in(said) == "@reading-group is pinged when a digest has papers for recsys."
    assert chat.announced[-1] == "ada set pings for recsys: @reading-group."
    await chat.say("/papers notify @fungi for:mycology")
    assert pinged(await chat.say("/papers digest")) == ("S0615G0KT",)


async def test_a_digest_pings_once_and_never_when_shown_again(chat: Chat) -> None:
    await chat.say("/papers follow recsys")
    await chat.say("/papers notify @lab for:recsys")
    assert pinged(await chat.service.digest(chat.channel, keep=False)) == ()
    assert pinged(await chat.say("/papers digest")) == ("lab",)
    for again in ("digest", "digest last share", "digest today", "preview recsys"):
        assert pinged(await chat.say(f"/papers {again}")) == ()


async def test_the_first_message_of_a_long_digest_pings(chat: Chat) -> None:
    await chat.say("/papers follow recsys")
    await chat.say("/papers notify @lab for:recsys")
    await chat.say("/papers digest")
    channel = await chat.service.store.channels.of(chat.channel)
    digest = await chat.service.store.digests.latest(channel)
    assert isinstance(digest, Digest)
    parts = show.digest_parts(digest, 2)
    assert [[card.pings for card in part if isinstance(card, Notice)] for part in parts] == [[("lab",)], [()], [()]]


@pytest.mark.parametrize(
    "crowd",
    ["@everyone", "@here", "@channel", "everyone", "<!here>", "<!channel|@channel>", "<!everyone>", "<@&local>"],
)
async def test_everybody_at_once_is_never_pinged(chat: Chat, crowd: str) -> None:
    await chat.say("/papers follow recsys")
    reply = await chat.say(f"/papers notify {crowd} for:recsys")
    assert reply.outcome == "refused"
    assert notice_in(reply).startswith("Everybody at once can't be named")
    assert "Nobody is pinged here" in notice_in(await chat.say("/papers notify"))


async def test_text_of_papers_and_people_pings_nobody(chat: Chat) -> None:
    text = "A recommender system for items and users, by <!channel> and @everyone."
    await chat.publish(a_paper("@everyone <!here> Recommendation for <@&1>", text, authors=("@here",)))
    await chat.say("/papers follow recsys top:15")
    assert pinged(await chat.say("/papers digest")) == ()


async def test_pings_are_listed_kept_and_stopped(chat: Chat) -> None:
    await chat.say("/papers follow recsys; graph neural networks")
    await chat.say("/papers notify @lab for:graph neural networks")
    await chat.say('/papers notify @seminar for:"graph neural networks"')
    assert "Nothing changed." in notice_in(await chat.say("/papers notify @lab for:2"))
    assert "@lab and @seminar" in text_of(await chat.say("/papers notify"))
    await chat.say("/papers follow graph neural networks in:cs.LG")
    assert "in:cs.LG · pings @lab and @seminar · added by ada" in text_of(await chat.say("/papers list"))
    await chat.say("/papers unfollow 2")
    await chat.say("/papers undo")
    stopped = await chat.say("/papers notify off for:graph neural networks")
    assert notice_in(stopped) == "Nobody is pinged for graph neural networks."
    await chat.press(stopped, "Undo")
    assert "@lab and @seminar" in text_of(await chat.say("/papers notify"))
    assert titles_in(await chat.say("/papers history"))[1] == "ada stopped the pings for graph neural networks"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("notify @lab", "For what? Add for: and one of recsys and robots."),
        ("notify for:recsys", "/papers notify needs a group. Try /papers notify @reading-group for:recsys"),
        ("notify @lab for:mycology", "This channel doesn't follow “mycology”. It follows: recsys and robots."),
        ("notify <@U123> for:recsys", "That is one person, not a group. Name a group, such as @reading-group."),
        ("notify 🎉 for:recsys", "“🎉” is no group. Name one, such as @reading-group."),
        ("dm notify @lab for:recsys", "What comes to you alone pings nobody. Use it in a channel."),
    ],
)
async def test_what_pings_nobody_says_why(chat: Chat, typed: str, said: str) -> None:
    await chat.say("/papers follow recsys; robots")
    reply = await chat.say(f"/papers {typed}")
    assert (reply.outcome, notice_in(reply)) == ("refused", said)


async def test_five_groups_are_enough_and_only_managers_set_them(chat: Chat) -> None:
    await chat.say("/papers follow recsys")
    for name in "abcde":
        await chat.say(f"/papers notify @{name}")
    assert "recsys pings 5 groups already." in notice_in(await chat.say("/papers notify @f"))
    ask = Invocation(chat.channel, "bob", text="/papers notify off for:recsys", can_manage=False)
    assert (await chat.service.handle(ask)).outcome == "refused"
