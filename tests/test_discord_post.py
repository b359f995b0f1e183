"""Posting to Discord: once, found again, in servers, threads, forums and to people, whatever Discord answers."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import discord
import pytest

from adapters.discord.post import Post
from bot.adapter import ChannelRef, MessageRef
from bot.cards import Action, Card, Notice, PaperCard
from bot.errors import Gone, Rejected, Retry, Unknowable
from tests.fakes.discord.rest import TOKEN, Rest
from tests.fakes.discord.talk import FORUM, PUBLIC_THREAD

SERVER = "900"
KEY, OTHER = "0123456789abcdef0123p0", "0123456789abcdef0123p1"
KITES = "Paper Kites: *Flying* at Night"


@pytest.fixture
async def rest() -> AsyncIterator[Rest]:
    """At the end nothing was asked that Discord would not have understood."""
    async with Rest(window_seconds=0.3) as rest:
        yield rest
    assert rest.violations == []


@pytest.fixture
async def post(rest: Rest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Post]:
    async for client in logged_in(rest, monkeypatch):
        yield Post(client)


async def logged_in(rest: Rest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[discord.Client]:
    monkeypatch.setattr("discord.http.Route.BASE", rest.base)
    async with discord.Client(intents=discord.Intents(guilds=True), max_ratelimit_timeout=30) as client:
        await client.login(TOKEN)
        yield client


async def test_a_digest_is_one_message_with_its_papers_and_buttons(post: Post, rest: Rest) -> None:
    ref = await post.post(_text(rest), digest("1", "2"), KEY)
    (message,) = rest.talk.messages
    assert message["content"] == "**Digest of 24 Nov 2026**\n2 papers for kites."
    assert [embed["title"] for embed in message["embeds"]] == [
        "1\\. Paper Kites: \\*Flying\\* at Night 1",
        "2\\. Paper Kites: \\*Flying\\* at Night 2",
    ]
    assert [[one["label"] for one in row["components"]] for row in message["components"]] == [["Save 1"], ["Save 2"]]
    assert ref.url == f"https://discord.com/channels/{SERVER}/{message['channel_id']}/{message['id']}"


async def test_the_same_key_again_is_the_same_message(post: Post, rest: Rest) -> None:
    channel = _text(rest)
    first = await post.post(channel, digest("1"), KEY)
    assert await post.post(channel, digest("1"), KEY) == first
    assert await post.post(channel, digest("1"), OTHER) != first
    assert len(rest.talk.messages) == 2


async def test_nothing_that_is_posted_may_ping_but_the_groups_that_asked_for_it(post: Post, rest: Rest) -> None:
    called = (Notice("3 papers for @everyone.", title="Digest", pings=("77", "@here")), *digest("1")[1:])
    await post.post(_text(rest), called, KEY)
    body = rest.asked[-1].body
    assert body["allowed_mentions"] == {"parse": [], "roles": ["77"]}
    assert body["content"] == "**Digest**\n3 papers for \\@everyone.\n<@&77>"


@pytest.mark.parametrize("order", ["500", "502", "503", "504", "524", "reset"])
@pytest.mark.parametrize("stored", [True, False])
async def test_a_post_whose_fate_is_unknown_is_sent_once_and_can_be_looked_for(
    post: Post, rest: Rest, order: str, stored: bool
) -> None:
    channel = _text(rest)
    rest.orders.will(f"stored {order}" if stored else order)
    await _in_doubt(post, channel, digest("1"))
    assert len(_posts(rest)) == 1, "the library must not send it again by itself"
    found = await post.find(channel, KEY)
    assert (found is not None) == stored
    assert found is None or found.id == rest.talk.messages[0]["id"]


async def test_a_message_without_embeds_is_found_too(post: Post, rest: Rest) -> None:
    channel = _text(rest)
    quiet = (Notice("No new paper fits this channel's topics today."),)
    ref = await post.post(channel, quiet, KEY)
    assert await post.find(channel, KEY) == ref
    assert await post.find(channel, OTHER) is None


async def test_a_message_is_found_behind_many_others(post: Post, rest: Rest) -> None:
    channel = _text(rest)
    ref = await post.post(channel, digest("1"), KEY)
    for n in range(250):
        rest.talk.post(channel.id, {"content": f"Chatter {n}"}, {})
    assert await post.find(channel, KEY) == ref


async def test_what_somebody_else_quotes_is_not_taken_for_ours(post: Post, rest: Rest) -> None:
    channel = _text(rest)
    rest.talk.post(channel.id, {"content": f"What is\n-# Paper Round {KEY} for?"}, {})
    assert await post.find(channel, KEY) is None


async def test_in_a_history_that_is_hidden_from_us_nobody_looks(post: Post, rest: Rest) -> None:
    channel = _text(rest)
    rest.talk.channels[channel.id]["last_message_id"] = "1"
    with pytest.raises(Unknowable):
        await post.find(channel, KEY)


@pytest.mark.parametrize(
    ("order", "outcome"),
    [
        ("404 10003", Gone),
        ("404 10004", Gone),
        ("403 50001", Gone),
        ("403 50013", Gone),
        ("403 50007", Gone),
        ("403 50083", Gone),
        ("400 160005", Gone),
        ("400 160006", Retry),
        ("403 20016", Retry),
        ("403", Retry),
        ("401", Retry),
        ("400 50035", Rejected),
        ("400 50006", Rejected),
        ("403 50600", Rejected),
    ],
)
async def test_errors_are_sorted_into_what_a_delivery_does_about_them(
    post: Post, rest: Rest, order: str, outcome: type[Exception]
) -> None:
    channel = _text(rest)
    rest.orders.will(order)
    with pytest.raises(outcome):
        await post.post(channel, digest("1"), KEY)
    assert len(_posts(rest)) == 1
    assert rest.talk.messages == []


async def test_a_channel_that_was_deleted_is_gone(post: Post, rest: Rest) -> None:
    channel = _text(rest)
    rest.talk.remove(channel.id)
    with pytest.raises(Gone):
        await post.post(channel, digest("1"), KEY)


async def test_a_limit_is_waited_out_and_a_long_one_told(post: Post, rest: Rest) -> None:
    channel = _text(rest)
    rest.orders.will("429 0.2", "429 global 0.2")
    await post.post(channel, digest("1"), KEY)
    assert len(rest.talk.messages) == 1
    rest.orders.will("429 45")
    with pytest.raises(Retry) as told:
        await post.post(channel, digest("1"), OTHER)
    assert told.value.after_seconds == 45


async def test_a_busy_channel_keeps_to_its_bucket(post: Post, rest: Rest) -> None:
    channel = _text(rest)
    await asyncio.gather(*(post.post(channel, digest("1"), f"{n:020}p0") for n in range(12)))
    assert len(rest.talk.messages) == 12
    assert rest.limited == 0


async def test_whoever_gives_up_during_a_limit_for_all_shuts_nobody_out(post: Post, rest: Rest) -> None:
    channel = _text(rest)
    rest.orders.will("429 global 20")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await post.post(channel, digest("1"), KEY)
    async with asyncio.timeout(5):
        await post.post(channel, digest("1"), OTHER)
    assert len(rest.talk.messages) == 1


async def test_a_post_of_a_forum_is_titled_with_its_date_and_continued_there(post: Post, rest: Rest) -> None:
    forum = _ref(rest.talk.add("papers", FORUM, SERVER))
    first = await post.post(forum, digest("1"), KEY)
    further = (Notice("", title="Digest of 24 Nov 2026, continued"), *digest("2")[1:])
    second = await post.post(forum, further, OTHER)
    (thread,) = rest.talk.active_threads(SERVER)
    assert thread["name"] == "Digest of 24 Nov 2026"
    assert [one["channel_id"] for one in rest.talk.messages] == [thread["id"], thread["id"]]
    assert first.url.endswith(f"/{thread['id']}/{thread['id']}")
    assert second.url.endswith(f"/{thread['id']}/{second.id}")
    assert await post.find(forum, KEY) == first
    assert await post.find(forum, OTHER) == second


async def test_a_forum_that_wants_a_tag_gets_one(post: Post, rest: Rest) -> None:
    tags = [{"id": "4", "name": "staff", "moderated": True}, {"id": "5", "name": "digest"}, {"id": "6", "name": "x"}]
    forum = _ref(rest.talk.add("papers", FORUM, SERVER, flags=1 << 4, available_tags=tags))
    await post.post(forum, digest("1"), KEY)
    assert rest.asked[-1].body["applied_tags"] == ["5"]


@pytest.mark.parametrize("order", ["502", "stored 502", "stored reset"])
async def test_a_post_of_a_forum_is_begun_once(post: Post, rest: Rest, order: str) -> None:
    forum = _ref(rest.talk.add("papers", FORUM, SERVER))
    rest.orders.will(order)
    await _in_doubt(post, forum, digest("1"))
    found = await post.find(forum, KEY)
    assert (found is not None) == order.startswith("stored")
    assert len([path for path in rest.paths() if path.endswith("/threads")]) == 1


async def test_a_thread_is_posted_in_like_any_channel(post: Post, rest: Rest) -> None:
    metadata = {"archived": True, "locked": False, "auto_archive_duration": 1440}
    thread = _ref(rest.talk.add("reading", PUBLIC_THREAD, SERVER, thread_metadata=metadata, owner_id="1"))
    ref = await post.post(thread, digest("1"), KEY)
    assert await post.find(thread, KEY) == ref
    metadata["locked"] = True
    with pytest.raises(Gone):
        await post.post(thread, digest("1"), OTHER)


async def test_a_person_gets_direct_messages(post: Post, rest: Rest) -> None:
    ada = ChannelRef("discord", "@me", "700", "ada", kind="dm")
    first = await post.post(ada, digest("1"), KEY)
    assert await post.post(ada, digest("1"), OTHER) != first
    assert first.url.startswith("https://discord.com/channels/@me/")
    assert await post.find(ada, KEY) == first
    assert rest.paths().count("/users/@me/channels") == 1


async def test_other_cards_can_be_shown_in_a_message(post: Post, rest: Rest) -> None:
    for channel in (_text(rest), ChannelRef("discord", "@me", "700", kind="dm")):
        ref = await post.post(channel, digest("1"), KEY + channel.id[:3])
        await post.update(ref, (Notice("Taken back.", tone="done"),))
        message = rest.talk.messages[-1]
        assert (message["content"], message["embeds"], message["components"]) == ("✓ Taken back.", [], [])
    with pytest.raises(Rejected):
        await post.update(MessageRef(ref.channel, "1", ref.url), (Notice("Lost."),))


async def test_whoever_is_not_logged_in_is_told_to_wait(rest: Rest) -> None:
    async with discord.Client(intents=discord.Intents.none()) as client:
        with pytest.raises(Retry):
            await Post(client).post(_text(rest), digest("1"), KEY)


def digest(*numbers: str) -> tuple[Card, ...]:
    entries = tuple(
        PaperCard(
            f"arxiv:2611.0000{n}",
            f"{KITES} {n}",
            f"https://arxiv.org/abs/2611.0000{n}",
            n=int(n),
            actions=(Action(f"Save {n}", "save", f"arxiv:2611.0000{n}"),),
        )
        for n in numbers
    )
    return (Notice(f"{len(numbers)} papers for kites.", title="Digest of 24 Nov 2026"), *entries)


def _text(rest: Rest) -> ChannelRef:
    return _ref(rest.talk.add("ml-papers", guild=SERVER))


def _ref(channel: dict[str, Any]) -> ChannelRef:
    return ChannelRef("discord", SERVER, channel["id"], channel["name"])


def _posts(rest: Rest) -> list[str]:
    return [path for path in rest.paths() if path.endswith("/messages")]


async def _in_doubt(post: Post, channel: ChannelRef, cards: Sequence[Card]) -> None:
    with pytest.raises(Exception) as raised:  # noqa: PT011
        await post.post(channel, cards, KEY)
    assert not isinstance(raised.value, Retry | Gone | Rejected)
