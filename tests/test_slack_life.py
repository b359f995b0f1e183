"""Channels and installations come and go at Slack, and who may change what is told by Slack."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from adapters.slack.app import Slack
from tests.conftest import Clock
from tests.fakes.slack.api import BOT_USER, TEAM, Body
from tests.fakes.slack.person import labels, words
from tests.fakes.slack.team import Team, a_team, connected, known
from tests.papers import recommenders


@pytest.fixture
async def team(sqlite_url: str, clock: Clock) -> AsyncIterator[Team]:
    async with a_team("socket", sqlite_url, clock) as team:
        yield team


async def following(team: Team) -> None:
    """The channel follows recsys, and there are papers about it."""
    team.slack.members["C0ML"] = {"U0ADA", BOT_USER}
    await team.ada.types("/papers follow recsys")
    await team.slack.until(lambda: team.channel)
    await team.service.store.papers.save(recommenders(), "test", team.clock())


def mine(team: Team) -> list[str]:
    """What was said to Ada alone, in direct messages."""
    return [words(one) for one in team.slack.rooms["D0ADA"].messages] if "D0ADA" in team.slack.rooms else []


@pytest.mark.parametrize(
    ("name", "purpose", "topic"),
    [
        ("recsys", "", "recsys"),
        ("team-b", "All about graph neural networks", "graph neural networks"),
        ("team-b", "<!channel> *lunch*", "a topic"),
    ],
)
async def test_a_channel_is_greeted_once_with_three_buttons(team: Team, name: str, purpose: str, topic: str) -> None:
    team.slack.room("C0NEW", name)
    team.slack.purposes["C0NEW"] = purpose
    await team.ada.invites("C0NEW")
    await team.slack.until(lambda: team.slack.seen("C0NEW"))
    (greeting,) = team.slack.seen("C0NEW")
    assert labels(greeting) == [f"Follow {topic}", f"Preview {topic}", "Pick a time"]
    other = {"type": "member_joined_channel", "user": "U0BOB", "channel": "C0NEW", "team": TEAM, "inviter": "U0ADA"}
    await team.slack.event(other)
    await team.ada.presses(greeting, "Pick a time", "C0NEW", answers=0)
    await team.slack.until(lambda: team.slack.views)
    after = await team.ada.fills(team.slack.views[-1], when="10:30 mon Europe/Paris")
    assert "10:30" in words(after["view"])
    await team.slack.until(lambda: len(team.slack.seen("C0NEW")) > 1)
    assert words(team.slack.seen("C0NEW")[1]).startswith("Ada set this channel's digests")


async def test_a_topic_is_followed_with_its_filters_in_a_form(team: Team) -> None:
    team.slack.room("C0NEW", "team-b")
    await team.ada.invites("C0NEW")
    await team.slack.until(lambda: team.slack.seen("C0NEW"))
    await team.ada.presses(team.slack.seen("C0NEW")[0], "Follow a topic", "C0NEW", answers=0)
    await team.slack.until(lambda: team.slack.views)
    wrong = await team.ada.fills(team.slack.views[-1], topic="", top="x")
    assert set(wrong["errors"]) == {"topic", "top"}
    after = await team.ada.fills(team.slack.views[-1], topic="recsys", top="3", **{"in": "cs.IR", "not": "survey"})
    assert words(after["view"]).startswith("Following recsys here (in:cs.IR not:survey top:3).")
    (told,) = await team.ada.types("/papers list", "C0NEW")
    assert "in:cs.IR not:survey top:3 · added by Ada" in words(told)


@pytest.mark.parametrize(
    "event",
    [
        {"type": "channel_archive", "user": "U0BOB"},
        {"type": "channel_left", "actor_id": "U0BOB"},
        {"type": "group_left", "actor_id": "U0BOB"},
        {"type": "channel_deleted", "actor_id": "U0BOB"},
    ],
)
async def test_a_channel_that_puts_us_out_is_paused_keeps_its_follows_and_goes_on_when_we_are_back(
    team: Team, event: Body
) -> None:
    await following(team)
    await team.slack.event({**event, "channel": "C0ML"})
    team.slack.rooms["C0ML"].state = "not_in_channel"
    await team.ada.writes("help")
    assert await team.at(24, 8) == []
    told = mine(team)[-1]
    assert "Digests for #recsys-reading are paused" in told
    team.slack.rooms["C0ML"].state = ""
    await team.ada.invites()
    await team.slack.until(lambda: "Here again" in words(team.channel))
    assert "What this channel follows was kept." in words(team.channel)
    assert "Digest of 25 Nov 2026" in words(await team.at(25, 8))
    assert sum("are paused" in one for one in mine(team)) == 1, "nobody is told twice"


async def test_a_channel_by_another_name_or_made_private_is_the_same_channel(team: Team) -> None:
    await following(team)
    room = team.slack.rooms["C0ML"]
    room.name, room.is_private = "recommenders", True
    await team.slack.event({"type": "channel_rename", "channel": {"id": "C0ML", "name": "recommenders"}})
    await team.slack.event({"type": "channel_convert_to_private", "channel": "C0ML"})
    (told,) = await team.ada.types("/papers list")
    assert words(told).startswith("Followed in #recommenders\n1. recsys")
    assert "Digest of 24 Nov 2026" in words(await team.at(24, 8))


@pytest.mark.parametrize("was_heard_first", [False, True])
async def test_a_channel_that_is_shared_and_gets_another_id_keeps_what_it_follows(
    team: Team, *, was_heard_first: bool
) -> None:
    await following(team)
    room = team.slack.room("C0SHARED", "recsys-reading", is_private=True)
    team.slack.rooms["C0ML"].state = "channel_not_found"
    if was_heard_first:
        await team.ada.types("/papers list", "C0SHARED")
    ids = {"old_channel_id": "C0ML", "new_channel_id": "C0SHARED"}
    await team.slack.event({"type": "channel_id_changed", **ids})
    await team.ada.writes("help")
    (told,) = await team.ada.types("/papers list", "C0SHARED")
    assert "1. recsys" in words(told)
    await team.at(24, 8)
    assert "Digest of 24 Nov 2026" in words(room.messages)


async def test_a_new_id_that_follows_something_already_keeps_that(team: Team) -> None:
    await following(team)
    team.slack.room("C0SHARED", "recsys-reading", is_private=True)
    await team.ada.types("/papers follow music", "C0SHARED")
    for old, new in (("C0ML", "C0SHARED"), ("C0NOBODY", "C0ELSE"), ("", "C0ML")):
        await team.slack.event({"type": "channel_id_changed", "old_channel_id": old, "new_channel_id": new})
    await team.ada.writes("help")
    for channel, topic in (("C0ML", "recsys"), ("C0SHARED", "music")):
        (told,) = await team.ada.types("/papers list", channel)
        assert f"1. {topic}" in words(told)


async def test_uninstalled_it_stops_at_once_and_installed_again_it_knows_what_was_followed(team: Team) -> None:
    await following(team)
    await team.slack.event({"type": "app_uninstalled"})
    assert await _calm(team) == []
    async with connected(Slack(known(team.slack, "socket")), team.service, team.slack):
        assert "Digest of 25 Nov 2026" in words(await team.at(25, 8))


async def test_our_own_token_revoked_is_an_uninstall_and_a_person_s_is_not(team: Team) -> None:
    await following(team)
    await team.slack.event({"type": "tokens_revoked", "tokens": {"oauth": ["U0ADA"], "bot": []}})
    assert "Digest of 24 Nov 2026" in words(await team.at(24, 8))
    await team.slack.event({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [BOT_USER]}})
    assert await _calm(team, 25) == []


async def _calm(team: Team, day: int = 24) -> list[Body]:
    """What is posted that morning, once all that was told has been heard."""
    await team.ada.writes("help")
    return await team.at(day, 8)


async def test_who_may_change_what_comes_is_told_by_slack(team: Team) -> None:
    admin = team.someone("U0EVE", "Eve", is_admin=True)
    bob = team.someone("U0BOB", "Bob")
    await following(team)
    (told,) = await bob.types("/papers who admins")
    assert words(told).startswith("Only admins can say who changes what comes here.")
    (told,) = await admin.types("/papers who admins")
    assert words(told) == "From now on admins can change what comes here."
    (told,) = await bob.types("/papers follow music")
    assert words(told) == "Only admins can change what comes here. Ask one of them."
    (told,) = await admin.types("/papers follow music")
    assert words(told).startswith("Following music here.")


async def test_a_group_may_change_what_comes(team: Team) -> None:
    admin = team.someone("U0EVE", "Eve", is_owner=True)
    bob, cleo = team.someone("U0BOB", "Bob"), team.someone("U0CLEO", "Cleo")
    team.slack.groups["S0LAB"] = {"id": "S0LAB", "handle": "lab", "users": ["U0CLEO"]}
    (told,) = await admin.types("/papers who <!subteam^S0LAB|@lab>")
    assert "members of @lab" in words(told)
    (told,) = await bob.types("/papers follow recsys")
    assert words(told) == "Only admins and members of @lab can change what comes here. Ask one of them."
    (told,) = await cleo.types("/papers follow recsys")
    assert words(told).startswith("Following recsys here.")


async def test_slack_is_asked_once_in_a_while_and_not_at_each_word(team: Team) -> None:
    for line in ("/papers list", "/papers help", "/papers follow recsys", "/papers list"):
        await team.ada.types(line)
    for method in ("users.info", "conversations.info", "usergroups.list"):
        assert len(team.slack.calls(method)) == 1


async def test_somebody_of_another_workspace_may_look_and_vote_but_changes_nothing(team: Team) -> None:
    await following(team)
    (digest,) = (await team.at(24, 8))[-1:]
    stranger = replace(team.someone("U9FAR", "Far", team_id="T9OTHER", is_stranger=True, is_admin=True), team="T9OTHER")
    (told,) = await stranger.presses(digest, "More like 1")
    assert "Noted: more like" in words(told)
    (told,) = await stranger.types("/papers unfollow recsys")
    assert words(told) == "Only those who manage this channel can change what comes here. Ask one of them."
    (told,) = await team.ada.types("/papers list")
    assert "1. recsys" in words(told)


async def test_app_home_reaches_only_into_channels_that_the_person_is_in(team: Team) -> None:
    await following(team)
    team.slack.room("C0FAR", "far-away")
    team.slack.members["C0FAR"] = {BOT_USER}
    home = await team.ada.opens_home()
    assert "#recsys-reading" in words(home)
    assert "#far-away" not in words(home)
    button = next(
        one for block in home["blocks"] for one in block.get("elements", ()) if one.get("value") == "in C0ML settings"
    )
    button["value"] = "in C0FAR settings"
    await team.ada.presses_in(home, button["text"]["text"])
    await team.slack.until(lambda: team.slack.views)
    assert words(team.slack.views[-1]) == "You are not in that channel any more, or I am not."
