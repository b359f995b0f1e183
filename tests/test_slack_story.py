"""Slack from the invitation to the uninstall, over a socket and over the web, as the people in a channel see it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from aiohttp import web

from adapters.slack.app import Slack
from bot.digests.deliver import Outbox
from bot.service import Service
from bot.settings import Settings
from tests.conftest import Clock
from tests.fakes.slack.api import APP_TOKEN, BOT_TOKEN, TEAM, Body
from tests.fakes.slack.person import Slacker, labels, words
from tests.fakes.slack.socket import SECRET, Workspace
from tests.papers import others, recommenders

MONDAY = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LONG_AGO = datetime(2026, 10, 1, tzinfo=UTC)


@dataclass
class Team:
    """A workspace with a channel, somebody in it, and the bot connected."""

    slack: Workspace
    service: Service
    adapter: Slack
    clock: Clock
    ada: Slacker

    @property
    def channel(self) -> list[Body]:
        return self.slack.seen("C0ML")

    async def at(self, day: int, hour: int) -> list[Body]:
        """Let it be that time of November 2026, and post what is due: what came to the channel then."""
        self.clock.now = datetime(2026, 11, day, hour, tzinfo=UTC)
        before = len(self.channel)
        due = self.service.composer({"slack": self.adapter.capabilities.papers_a_message}, worker="one")
        outbox = Outbox(self.service.store, [self.adapter], worker="one", clock=self.clock, sleep=self.clock.sleep)
        await due.compose_due()
        await outbox.deliver_due()
        return self.channel[before:]


@pytest.fixture(params=["socket", "web"])
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def team(way: str, sqlite_url: str, clock: Clock) -> AsyncIterator[Team]:
    async with AsyncExitStack() as stack:
        yield await stack.enter_async_context(a_team(way, sqlite_url, clock))


@asynccontextmanager
async def a_team(way: str, url: str, clock: Clock) -> AsyncIterator[Team]:
    """A team whose people the bot hears in that way; at the end nothing was sent that Slack would refuse."""
    clock.now = MONDAY
    async with Workspace() as slack, asyncio.timeout(60):
        slack.room("C0ML", "recsys-reading")
        slack.people["U0ADA"] = {"profile": {"display_name": "Ada"}, "tz": "Europe/Berlin", "team_id": TEAM}
        service = await Service.open(url, clock=clock)
        await service.store.papers.save(others(), "test", LONG_AGO)
        adapter = Slack(known(slack, way))
        running = asyncio.create_task(adapter.run(service))
        async with _listening(adapter, service, slack):
            if way == "socket":
                await slack.connected()
            yield Team(slack, service, adapter, clock, Slacker(slack))
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        await service.close()
    assert slack.violations == []


def known(slack: Workspace, way: str) -> Settings:
    """What an operator sets who wants to be spoken to in that way."""
    chosen = {"SLACK_APP_TOKEN": APP_TOKEN} if way == "socket" else {"SLACK_SIGNING_SECRET": SECRET}
    return Settings.model_validate({"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_API_URL": slack.url, **chosen})


@asynccontextmanager
async def _listening(adapter: Slack, service: Service, slack: Workspace) -> AsyncIterator[None]:
    """The routes of the adapter on a web server, if it has any."""
    application = web.Application()
    application.add_routes(routes := adapter.routes(service))
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    if routes:
        slack.events = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    try:
        yield
    finally:
        await runner.cleanup()


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


async def _followed(team: Team, greeting: Body) -> tuple[Body, Body]:
    (told,) = await team.ada.presses(greeting, "Follow recsys")
    await team.slack.until(lambda: len(team.channel) == 2)
    return told, team.channel[-1]
