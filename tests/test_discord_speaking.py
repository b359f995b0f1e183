"""What people say on Discord, and what comes back: to whom, in time, once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from adapters.discord.buttons import encode
from bot.adapter import ChannelRef
from bot.cards import Action
from tests.conftest import Clock
from tests.discord import Server, another_worker, serving_discord
from tests.fakes.discord.people import FIRST_ANSWERS, MESSAGES
from tests.fakes.discord.world import EVERYBODY, FORUM, GROUP_DM
from tests.papers import a_paper, recommenders

VOLCANO = a_paper("Listening to Volcanoes", "We listen to volcanoes before they erupt.", authors=("Vera Vent",))
GEYSER = a_paper("Geysers at Night", "We watch geysers at night.", authors=("Gus Geyser",))


@pytest.fixture
async def server(sqlite_url: str, clock: Clock) -> AsyncIterator[Server]:
    async with serving_discord(sqlite_url, clock) as server:
        await server.publish(VOLCANO, GEYSER)
        yield server


# Once


async def test_what_arrives_twice_is_done_once(server: Server) -> None:
    said = server.ada.chose("papers vote like", paper=VOLCANO.title)
    told = await server.ada.says(said)
    await server.ada.says_again(told, said)
    after = await server.ada.slash("papers vote like", paper=VOLCANO.title)
    assert "Noted: more like" in told.text
    assert "Taken back" in after.text  # so the vote stood until then


@pytest.mark.parametrize("order", ["502", "stored 502", "reset", "stored reset", "429 0.2"])
async def test_an_answer_outlives_a_fault_of_discord_s_and_comes_once(server: Server, order: str) -> None:
    server.discord.speaking.orders.will(order, channel=FIRST_ANSWERS)
    server.discord.speaking.orders.will(order, channel=MESSAGES)
    told = await server.ada.slash("paper", title=VOLCANO.title)
    await server.discord.rest.until(lambda: len(server.discord.rest.paths("PATCH")) == 2)
    assert [VOLCANO.title in seen.text for seen in told.messages] == [True]
    assert told.first_answers == 1


async def test_of_two_workers_that_hear_of_it_one_answers(server: Server, sqlite_url: str) -> None:
    async with another_worker(server, sqlite_url):
        for topic in ("volcanoes", "geysers", "glaciers"):
            told = await server.ada.slash("papers follow", topic=topic)
            assert await server.discord.until_announced(server.channel, topic)
            assert f"Following {topic} here" in told.text
            assert VOLCANO.title in await server.ada.types("paper", "title", "listening volc")
    assert len(server.discord.announced(server.channel)) == 3
    assert len(server.posts) == 1  # greeted once


async def test_an_announcement_whose_fate_is_unknown_is_not_made_twice(server: Server) -> None:
    server.discord.speaking.orders.will("ok", "stored 502", channel=MESSAGES)
    await server.ada.slash("papers follow", topic="volcanoes")
    assert await server.discord.until_announced(server.channel, "volcanoes")
    await server.ada.slash("papers list")
    assert server.discord.announced(server.channel) == ["Ada now follows volcanoes here."]


async def test_an_answer_that_discord_refuses_becomes_an_apology(server: Server) -> None:
    server.discord.speaking.orders.will("400 50035", channel=MESSAGES)
    told = await server.ada.slash("paper", title=VOLCANO.title)
    assert "Something went wrong on our side (code" in told.text


async def test_an_answer_that_can_t_be_shown_comes_as_a_message_of_its_own(server: Server) -> None:
    server.discord.speaking.orders.will(*["502"] * 4, channel=MESSAGES)
    await server.discord.speaking.begin(server.ada.chose("paper", title=VOLCANO.title))
    _, card = await server.discord.until_posted(server.discord.rest.talk.dm(server.ada.id), 2)
    assert VOLCANO.title in card.text


# In time


async def test_an_answer_is_promised_before_any_work(server: Server) -> None:
    """Somebody holds the database: the promise comes nevertheless, and the answer when it is free."""
    async with server.service.store.database.writing():
        asked = asyncio.create_task(server.ada.slash("papers follow", topic="volcanoes"))
        await server.discord.until_promised()
        assert not asked.done()
    assert "Following volcanoes here" in (await asked).text


async def test_after_fifteen_minutes_the_answer_comes_as_a_message_of_its_own(server: Server) -> None:
    server.discord.speaking.acknowledged = lambda: server.clock.forward(minutes=16)
    await server.discord.speaking.begin(server.ada.chose("paper", title=VOLCANO.title))
    sentence, card = await server.discord.until_posted(server.discord.rest.talk.dm(server.ada.id), 2)
    assert "Discord waits for no answer there any more" in sentence.text
    assert VOLCANO.title in card.text


async def test_what_comes_later_than_three_seconds_is_answered_too(server: Server) -> None:
    chose = server.ada.chose("papers follow", topic="volcanoes")
    await server.discord.speaking.begin(chose, late=timedelta(seconds=4))
    _, answer = await server.discord.until_posted(server.discord.rest.talk.dm(server.ada.id), 2)
    assert "Following volcanoes here" in answer.text
    told = await server.discord.until_posted(server.channel, 2)
    assert told[-1].text.startswith("Ada now follows volcanoes here.")


async def test_a_long_answer_that_comes_too_late_is_whole(server: Server) -> None:
    papers = [VOLCANO, GEYSER, *recommenders()]
    await server.publish(*papers)
    for paper in papers:
        await server.ada.slash("papers save", paper=paper.ids[0], note="read this one " * 60)
    in_time = await server.ada.slash("papers saved")
    await server.discord.rest.until(lambda: len(in_time.messages) > 1)
    await server.discord.speaking.begin(server.ada.chose("papers saved"), late=timedelta(seconds=4))
    own = server.discord.rest.talk.dm(server.ada.id)
    _, *told = await server.discord.until_posted(own, 1 + len(in_time.messages))
    for seen, wanted in zip(told, in_time.messages, strict=True):
        assert seen.text.startswith(wanted.text)


async def test_who_takes_no_direct_messages_is_told_to_ask_again_and_nothing_else_is_shown_to_all(
    server: Server,
) -> None:
    own = server.discord.rest.talk.dm(server.ada.id)
    server.discord.rest.orders.keeps_to("403 50007", channel=own["id"])
    chose = server.ada.chose("papers save", paper=VOLCANO.title, note="for Friday")
    await server.discord.speaking.begin(chose, late=timedelta(seconds=4))
    _, told = await server.discord.until_posted(server.channel, 2)
    assert told.text.startswith("Ada, my answer came too late to be shown to you alone. Ask once more.")
    assert VOLCANO.title not in told.text


# To whom


async def test_answers_are_for_the_person_alone_and_changes_for_all(server: Server) -> None:
    told = await server.ada.slash("papers follow", topic="volcanoes")
    assert told.seen.is_ephemeral
    assert await server.discord.until_announced(server.channel, "volcanoes") == "Ada now follows volcanoes here."


async def test_a_digest_that_is_shared_is_for_all(server: Server) -> None:
    await server.ada.slash("papers follow", topic="recsys")
    await server.publish(*recommenders())
    told = await server.ada.slash("papers digest")
    assert told.seen.is_ephemeral
    assert "Digest of 24 Nov 2026" in await server.discord.until_announced(server.channel, "Digest of")


async def test_in_direct_messages_everything_stays_and_is_one_s_own(server: Server) -> None:
    await server.ada.slash("papers me dm", command="follow recsys")
    alone = server.discord.alone(server.ada)
    listed = await alone.slash("papers list")
    assert "recsys" in listed.text
    assert not listed.seen.is_ephemeral
    assert "follows nothing" in (await server.ada.slash("papers help")).text
    saved = await server.ada.slash("papers save", paper=VOLCANO.title)
    assert "1 paper to read" in saved.text
    assert VOLCANO.title in (await alone.slash("papers saved")).text


async def test_a_digest_of_one_s_own_comes_as_a_direct_message_whose_buttons_work(server: Server) -> None:
    await server.ada.slash("papers me dm", command="follow recsys")
    await server.publish(*recommenders())
    server.clock.now = server.clock.now.replace(day=25)
    await server.due.compose_due()
    await server.outbox.deliver_due()
    (digest,) = server.discord.posted(server.discord.rest.talk.dm(server.ada.id))
    assert "Digest of 25 Nov 2026" in digest.text
    alone = server.discord.alone(server.ada)
    assert "1 paper to read" in (await alone.press(digest, "Save 1")).text
    assert "Digest of 25 Nov" in (await alone.slash("papers digest", which="last")).text


async def test_where_we_are_no_member_everything_is_the_person_s_own(server: Server) -> None:
    """Installed by a person, used in a group of friends: nothing is announced there, follows are theirs."""
    group = {"id": "55", "type": GROUP_DM, "recipients": [], "last_message_id": None, "name": "friends"}
    friend = server.discord.installer(server.ada, group)
    told = await friend.slash("papers follow", topic="volcanoes")
    assert "Following volcanoes here" in told.text
    assert told.seen.is_ephemeral
    assert "volcanoes" in (await server.discord.alone(server.ada).slash("papers list")).text
    assert server.discord.announced(group) == []


async def test_in_a_server_that_has_not_let_us_in_everything_is_the_person_s_own_too(server: Server) -> None:
    guild = server.discord.add_guild("Elsewhere", "general")
    channel = next(iter(guild.channels.values()))
    guest = server.discord.installer(server.ada, channel)
    told = await guest.slash("papers follow", topic="volcanoes")
    assert "Following volcanoes here" in told.text
    assert told.seen.is_ephemeral
    assert await server.service.store.channels.find(ChannelRef("discord", guild.id, channel["id"])) is None
    assert "volcanoes" in (await server.discord.alone(server.ada).slash("papers list")).text


async def test_a_post_of_a_forum_stands_for_the_forum(server: Server) -> None:
    guild = server.discord.guilds[server.channel["guild_id"]]
    forum = server.discord.add_channel(guild, "reading", FORUM)
    await server.discord.gateway.dispatch("CHANNEL_CREATE", forum)
    post = server.discord.add_thread(guild, "Volcanoes", forum)
    await server.discord.gateway.dispatch("THREAD_CREATE", post)
    await server.discord.person("Ada", post).slash("papers follow", topic="volcanoes")
    found = await server.service.store.channels.find(ChannelRef("discord", guild.id, forum["id"]))
    assert found
    assert [one.name for one in await server.service.store.follows.of(found)] == ["volcanoes"]


# Who may


async def test_who_may_not_manage_channels_may_read_and_not_change(server: Server) -> None:
    bob = server.person("Bob", may=EVERYBODY)
    refused = await bob.slash("papers follow", topic="volcanoes")
    assert "Only those who manage this channel can change what comes here." in refused.text
    assert VOLCANO.title in (await bob.slash("paper", title=VOLCANO.title)).text
    await server.ada.slash("papers channel who", managers="members")
    assert "Following volcanoes" in (await bob.slash("papers follow", topic="volcanoes")).text


async def test_a_role_may_be_let_in(server: Server) -> None:
    guild = server.discord.guilds[server.channel["guild_id"]]
    role = guild.add_role("4242", "readers")
    await server.discord.gateway.dispatch("GUILD_ROLE_CREATE", {"guild_id": guild.id, "role": role})
    await server.ada.slash("papers channel who", managers="<@&4242>")
    reader, stranger = (server.person(name, may=EVERYBODY) for name in ("Rita", "Sid"))
    reader = reader.in_roles("4242")
    assert "Following volcanoes" in (await reader.slash("papers follow", topic="volcanoes")).text
    assert "Only admins and members of" in (await stranger.slash("papers follow", topic="geysers")).text


# Bad input


@pytest.mark.parametrize(
    "id", ["", "x", "pr:", "pr:follow", "other-bot:1", "pr~save:0000", "pr:nonsense:1", "pr:form:"]
)
async def test_a_forged_button_gets_a_sentence(server: Server, id: str) -> None:
    told = await server.ada.slash("papers help")
    answer = await server.ada.presses(id, told.seen)
    assert answer.seen.is_ephemeral
    assert answer.text.count("\n") < 3
    assert "⚠" in answer.text


async def test_a_button_pressed_after_a_restart_still_works(server: Server) -> None:
    """Nothing of it is in our memory: this very id was never sent."""
    told = await server.ada.slash("papers help")
    answer = await server.ada.presses(encode(Action("Save", "save", VOLCANO.title)), told.seen)
    assert "1 paper to read" in answer.text


async def test_a_command_that_is_gone_or_lacks_its_option_gets_a_sentence(server: Server) -> None:
    assert "There is no command “subscribe-all”" in (await server.ada.slash("papers subscribe-all")).text
    assert "/papers follow needs" in (await server.ada.slash("papers follow")).text
    assert "Choose one of the commands" in (await server.ada.slash("papers")).text


@pytest.mark.parametrize(
    "title",
    ["](http://evil.example)", "||spoiler||", "@everyone", "<@&1>", "<t:0>", ":emoji:", "```", "\u200b", "x" * 4000],
)
async def test_hostile_words_are_answered_as_text(server: Server, title: str) -> None:
    told = await server.ada.slash("paper", title=title)
    assert told.seen.is_ephemeral
    assert told.seen.body["allowed_mentions"]["parse"] == []


async def test_what_is_to_be_typed_is_said_as_it_stands_in_the_menu(server: Server) -> None:
    told = await server.ada.slash("papers help", command="all")
    said = "\n".join(seen.text for seen in told.messages)
    assert "/papers channel settings" in said
    assert "/papers mute add" in said
    assert "/papers follow" in said
    assert "/papers settings" not in said


# Offers while typing


async def test_topics_and_titles_are_offered_while_typing(server: Server) -> None:
    await server.ada.slash("papers follow", topic="recsys and friends")
    assert (await server.ada.types("papers follow", "topic", "rec"))[0] == "recsys and friends"
    assert await server.ada.types("papers unfollow", "topic", "") == ["recsys and friends"]
    assert await server.ada.types("paper", "title", "listening volc") == [VOLCANO.title]
    assert await server.ada.types("papers export", "format", "bib") == ["bibtex"]
    assert await server.ada.types("papers follow", "in", "cs") == []
    assert await server.ada.types("papers subscribe-all", "topic", "rec") == []
    assert await server.ada.types("papers", "topic", "rec") == []


async def test_an_offered_title_is_cut_to_what_discord_takes_and_finds_its_paper(server: Server) -> None:
    long = a_paper("Glaciers " + "that move slowly and then all at once " * 6 + "🧊", authors=("Gail Glacier",))
    await server.publish(long)
    (offered,) = await server.ada.types("paper", "title", "glaciers that move")
    assert len(offered) <= 100
    assert "Gail Glacier" in (await server.ada.slash("paper", title=offered)).text


async def test_hostile_titles_are_offered_as_discord_takes_them(server: Server) -> None:
    hostile = a_paper(
        "Lava ](http://evil.example) @everyone <@&1> ||boo|| `x`\u202e\u200b\n" + "🌋" * 80, authors=("Eve",)
    )
    await server.publish(hostile)
    (offered,) = await server.ada.types("paper", "title", "lava evil everyone")
    assert offered.startswith("Lava ](http://evil.example) @everyone")
    assert len(offered.encode("utf-16-le")) <= 200
    assert not {"\u202e", "\u200b", "\n"} & set(offered)
    assert "Eve" in (await server.ada.slash("paper", title=offered)).text


async def test_offers_that_take_too_long_are_none(server: Server) -> None:
    async with server.service.store.database.writing():
        offered = await server.ada.types("papers follow", "topic", "rec")
    assert isinstance(offered, list)


# Beside a message


async def test_papers_of_a_message_are_looked_up_from_beside_it(server: Server) -> None:
    named = " and ".join(f"https://arxiv.org/abs/{one.ids[0].removeprefix('arxiv:')}" for one in (VOLCANO, GEYSER))
    told = await server.ada.looks_up({"content": f"Have you seen {named}?"})
    assert told.seen.is_ephemeral
    assert VOLCANO.title in told.text
    assert GEYSER.title in told.text
    assert GEYSER.title in (await server.ada.looks_up({"embeds": [{"title": GEYSER.title}]})).text
    assert "names no paper" in (await server.ada.looks_up({"content": "\u200b "})).text
