"""A team at Slack: a channel, somebody in it, and the bot connected in one way or the other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from aiohttp import web

from adapters.slack.app import Slack
from bot.adapter import Handle
from bot.digests.deliver import Outbox
from bot.service import Service
from bot.settings import Settings
from tests.conftest import Clock
from tests.fakes.slack.api import APP_TOKEN, BOT_TOKEN, TEAM, Body
from tests.fakes.slack.person import Slacker
from tests.fakes.slack.socket import CLIENT, SECRET, Workspace
from tests.papers import others

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

    def someone(self, id: str, name: str, **known: object) -> Slacker:
        """Somebody else in the workspace, as Slack knows them."""
        self.slack.people[id] = {"profile": {"display_name": name}, "tz": "Europe/Berlin", "team_id": TEAM, **known}
        return replace(self.ada, id=id, name=name.lower())

    async def at(self, day: int, hour: int) -> list[Body]:
        """Let it be that time of November 2026, and post what is due: what came to the channel then."""
        self.clock.now = datetime(2026, 11, day, hour, tzinfo=UTC)
        before = len(self.channel)
        due = self.service.composer({"slack": self.adapter.capabilities.papers_a_message}, worker="one")
        outbox = Outbox(self.service.store, [self.adapter], worker="one", clock=self.clock, sleep=self.clock.sleep)
        await due.compose_due()
        await outbox.deliver_due()
        return self.channel[before:]


@asynccontextmanager
async def a_team(way: str, url: str, clock: Clock, *, seconds: float = 180.0, **more: str) -> AsyncIterator[Team]:
    """A team whose people the bot hears in that way; at the end nothing was sent that Slack would refuse."""
    clock.now = MONDAY
    async with Workspace() as slack, asyncio.timeout(seconds):
        slack.room("C0ML", "recsys-reading")
        slack.people["U0ADA"] = {"profile": {"display_name": "Ada"}, "tz": "Europe/Berlin", "team_id": TEAM}
        service = await Service.open(url, clock=clock)
        await service.store.papers.save(others(), "test", LONG_AGO)
        adapter = Slack(known(slack, way, **more), clock=lambda: clock().timestamp(), sleep=clock.sleep)
        try:
            async with connected(adapter, service, slack):
                yield Team(slack, service, adapter, clock, Slacker(slack))
        finally:
            await service.close()
    assert not slack.violations, slack.violations


def known(slack: Workspace, way: str, **more: str) -> Settings:
    """What an operator sets who wants to be spoken to in that way: by socket, over the web, in many workspaces."""
    id, secret = CLIENT
    chosen = {
        "socket": {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_APP_TOKEN": APP_TOKEN},
        "web": {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_SIGNING_SECRET": SECRET},
        "many": {
            "SLACK_CLIENT_ID": id, "SLACK_CLIENT_SECRET": secret, "SLACK_SIGNING_SECRET": SECRET,
            "secret_key": "a key of the operator's", "public_url": "https://papers.example.org",
        },
    }  # fmt: skip
    return Settings.model_validate({"SLACK_API_URL": slack.url, **chosen[way], **more})


@asynccontextmanager
async def connected(adapter: Slack, handle: Handle, slack: Workspace) -> AsyncIterator[None]:
    """The adapter, running and spoken to."""
    before = slack.connections
    running = asyncio.create_task(adapter.run(handle))
    async with _listening(adapter, handle, slack):
        if not slack.events:
            await slack.until(lambda: slack.connections > before or running.done())
        try:
            yield
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running


@asynccontextmanager
async def _listening(adapter: Slack, handle: Handle, slack: Workspace) -> AsyncIterator[None]:
    """The routes of the adapter on a web server, if it has any."""
    application = web.Application()
    application.add_routes(routes := adapter.routes(handle))
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    if routes:
        slack.events = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    try:
        yield
    finally:
        await runner.cleanup()
