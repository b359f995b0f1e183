"""Slack from the invitation to App Home, over a socket and over the web, as the people in a channel see it."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import Clock
from tests.fakes.slack.api import Body
from tests.fakes.slack.person import labels, words
from tests.fakes.slack.team import Team, a_team
from tests.papers import recommenders


@pytest.fixture(params=["socket", "web"])
async def team(request: pytest.FixtureRequest, sqlite_url: str, clock: Clock) -> AsyncIterator[Team]:
    async with a_team(request.param, sqlite_url, clock) as team:
        yield team


async def test_from_the_invitation_to_app_home(team: Team) -> None:
    slack, ada = team.slack, team.ada
    await ada.invites()
    await slack.until(lambda: team.channel)
    (greeting,) = team.channel
    assert "This is Paper Round" in words(greeting)
    assert labels(greeting) == ["Follow recsys", "Preview recsys", "Pick a time"]

    told, announced = await _followed(team, greeting)
    assert told["response_type"] == "ephemeral"
    assert "Following recsys here." in words(told)
    assert words(announced) == "Ada now follows recsys here."

    await team.service.store.papers.save(recommenders(), "test", team.clock())
    (preview,) = await ada.presses(greeting, "Preview recsys")
    assert "Preview of recsys" in words(preview)
    assert "Nothing was saved or posted." in words(preview)

    assert await team.at(24, 7) == []
    (digest,) = await team.at(24, 8)  # nine in Berlin
    assert "Digest of 24 Nov 2026" in words(digest)
    assert words(digest).count("recsys ·") == 5
    assert {"Save 1", "Why 1", "More like 1", "Less like 1"} <= set(labels(digest))
    assert words(slack.below("C0ML", digest["ts"])), "the abstracts are in the thread"

    (voted,) = await ada.presses(digest, "More like 1")
    assert "Noted: more like" in words(voted)
    assert voted["response_type"] == "ephemeral"
    (saved,) = await ada.presses(digest, "Save 1")
    assert "1 paper to read." in words(saved)
    (why,) = await ada.presses(digest, "Why 1")
    assert "recsys" in words(why)

    await ada.presses(saved, "Add a note", answers=0)
    await slack.until(lambda: slack.views)
    after = await ada.fills(slack.views[-1], note="for Friday")
    assert "Noted, and already saved" in words(after["view"])

    home = await ada.opens_home()
    assert "#recsys-reading" in words(home)
    assert "note: for Friday" in words(home)
    await ada.presses_in(home, "Settings of #recsys-reading")
    await slack.until(lambda: len(slack.views) == 2)
    after = await ada.fills(slack.views[-1], size="3")
    assert "at most 3 papers" in words(after["view"])
    await slack.until(lambda: "Ada changed this channel's settings: size." in words(team.channel))

    await slack.event({"type": "app_uninstalled"})
    await ada.writes("help")
    assert await team.at(25, 8) == []


async def _followed(team: Team, greeting: Body) -> tuple[Body, Body]:
    (told,) = await team.ada.presses(greeting, "Follow recsys")
    await team.slack.until(lambda: len(team.channel) == 2)
    return told, team.channel[-1]
