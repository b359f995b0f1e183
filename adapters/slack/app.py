"""Slack as a platform: connects, hands on what people say, and posts."""

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from adapters.slack.answer import PLATFORM, Answers
from adapters.slack.asking import Asking
from adapters.slack.connect import Door
from adapters.slack.home import AppHome
from adapters.slack.homes import OneHome
from adapters.slack.life import Life
from adapters.slack.people import People
from adapters.slack.post import CAPABILITIES, Posting
from adapters.slack.replies import Desk
from adapters.slack.talk import Talk
from adapters.slack.web import SLACK, WebApi
from bot import settings
from bot.adapter import ChannelRef, Handle, MessageRef
from bot.cards import Card
from bot.errors import Gone, Retry
from bot.settings import Settings

if TYPE_CHECKING:
    from aiohttp import web

log = logging.getLogger(__name__)


class Slack:
    """One app in one workspace. known: the settings, those of the environment unless given."""

    name = PLATFORM
    capabilities = CAPABILITIES

    def __init__(self, known: Settings | None = None) -> None:
        self._known = known or settings.load()
        self._api = WebApi(self._known.slack_api_url)
        self._home = OneHome(self._api, self._known.slack_bot_token.get_secret_value())
        self._posting = Posting(self._api, self._home.token)
        self._answers = Answers(self._api, self._posting, self._home.token)
        self._talk: Talk | None = None

    async def run(self, handle: Handle) -> None:
        """Hear what is said until cancelled. Raises OSError where Slack is not there, to be tried again."""
        door = self._door(handle)
        try:
            team = await self._connected()
            await handle.joined(PLATFORM, team)
            log.info("connected to Slack", extra={"workspace": team})
            if app_token := self._known.slack_app_token.get_secret_value():
                await door.listen(app_token)
            else:
                await asyncio.Event().wait()
        except asyncio.CancelledError:
            if self._talk:
                await self._talk.finish()
            await self._answers.close()
            await self._posting.close()
            raise

    def routes(self, handle: Handle) -> Sequence["web.RouteDef"]:
        """Where Slack sends to, if it is to send at all."""
        from aiohttp import web

        if not self._known.slack_signing_secret.get_secret_value():
            return ()
        return (web.post("/slack/events", self._door(handle).receive),)

    async def post(self, channel: ChannelRef, cards: Sequence[Card], key: str) -> MessageRef:
        return await self._posting.post(channel, cards, key)

    async def find(self, channel: ChannelRef, key: str) -> MessageRef | None:
        return await self._posting.find(channel, key)

    async def update(self, ref: MessageRef, cards: Sequence[Card]) -> None:
        await self._posting.update(ref, cards)

    def _door(self, handle: Handle) -> Door:
        return Door(
            self._heard_by(handle).take,
            url=self._known.slack_api_url or SLACK,
            signing_secret=self._known.slack_signing_secret.get_secret_value(),
        )

    def _heard_by(self, handle: Handle) -> Talk:
        if self._talk is None:
            people = People(self._api, self._home.token, clock=asyncio.get_running_loop().time)
            asking = Asking(people)
            home = AppHome(asking, people, self._answers)
            desk = Desk(handle, self._home, people, asking, self._answers, home)
            self._talk = Talk(desk, Life(desk))
        return self._talk

    async def _connected(self) -> str:
        try:
            return await self._home.connect()
        except Gone as err:
            raise ConnectionError(f"Slack does not take SLACK_BOT_TOKEN ({err})") from err
        except Retry as err:
            raise ConnectionError("Slack asks to wait") from err
