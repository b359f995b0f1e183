"""Slack as a platform: connects, hands on what people say, and posts."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from adapters.slack.answer import PLATFORM, Answers
from adapters.slack.asking import Asking
from adapters.slack.connect import Requests, listen
from adapters.slack.home import AppHome
from adapters.slack.homes import Homes, OneHome
from adapters.slack.installs import ManyHomes
from adapters.slack.life import Life
from adapters.slack.manifest import Choices
from adapters.slack.pace import monotonic
from adapters.slack.people import People
from adapters.slack.post import CAPABILITIES, Posting
from adapters.slack.previews import Previews
from adapters.slack.replies import Desk
from adapters.slack.talk import Talk
from adapters.slack.web import SLACK, WebApi
from bot import settings
from bot.adapter import ChannelRef, Handle, MessageRef
from bot.cards import Card
from bot.errors import Gone, Refused, Retry
from bot.seal import Seal
from bot.settings import Settings

if TYPE_CHECKING:
    from aiohttp import web

log = logging.getLogger(__name__)


class Slack:
    """The app, in one workspace or in many. known: the settings, those of the environment unless given.

    clock: seconds that only grow, by which posts are spaced; today: seconds since 1970. Raises Refused where something
    is set that can't work without something else.
    """

    name = PLATFORM
    capabilities = CAPABILITIES

    def __init__(
        self, known: Settings | None = None, *,
        clock: Callable[[], float] = monotonic, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        today: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._known = known or settings.load()
        _require(self._known)
        self._url = self._known.slack_api_url or SLACK
        self._api = WebApi(self._url)
        self._posting = Posting(self._api, self._token, clock=clock, sleep=sleep, today=today)
        self._today = today
        self._answers = Answers(self._api, self._posting, self._token)
        self._homes: Homes | None = None
        self._talk: Talk | None = None
        self._is_ready = asyncio.Event()

    async def run(self, handle: Handle) -> None:
        """Hear what is said until cancelled. Raises OSError where Slack is not there, to be tried again."""
        talk = self._heard_by(handle)
        try:
            if isinstance(self._homes, OneHome):
                team = await _connected(self._homes)
                await handle.joined(PLATFORM, team)
                log.info("connected to Slack", extra={"workspace": team})
            if app_token := self._known.slack_app_token.get_secret_value():
                await listen(talk.take, self._url, app_token)
            else:
                await asyncio.Event().wait()
        except asyncio.CancelledError:
            await talk.finish()
            await self._answers.close()
            await self._posting.close()
            raise

    def routes(self, handle: Handle) -> Sequence["web.RouteDef"]:
        """Where Slack sends to and where people install, if that is set up."""
        from aiohttp import web

        secret = self._known.slack_signing_secret.get_secret_value()
        if not secret:
            return ()
        events = web.post(
            "/slack/events", Requests(self._heard_by(handle).take, self._url, secret, now=self._today).receive
        )
        return (events, *self._pages(handle))

    async def post(self, channel: ChannelRef, cards: Sequence[Card], key: str) -> MessageRef:
        return await self._posting.post(channel, cards, key)

    async def find(self, channel: ChannelRef, key: str) -> MessageRef | None:
        return await self._posting.find(channel, key)

    async def update(self, ref: MessageRef, cards: Sequence[Card]) -> None:
        await self._posting.update(ref, cards)

    def _pages(self, handle: Handle) -> Sequence["web.RouteDef"]:
        if not isinstance(self._homes, ManyHomes):
            return ()
        from adapters.slack.install import Installing

        known = self._known
        client = known.slack_client_id, known.slack_client_secret.get_secret_value()
        return Installing(
            handle, self._homes, self._api, client, key=known.secret_key.get_secret_value(),
            public_url=known.public_url, api_url=self._url,
            choices=Choices(history=known.slack_history, previews=known.slack_previews, votes=known.slack_votes),
            now=self._today,
        ).routes()  # fmt: skip

    def _heard_by(self, handle: Handle) -> Talk:
        if self._talk is None:
            homes = self._homes = self._homes_of(handle)
            self._is_ready.set()
            people = People(self._api, self._token, clock=monotonic)
            asking = Asking(people)
            home = AppHome(asking, people, self._answers)
            desk = Desk(handle, homes, people, asking, self._answers, home)
            self._talk = Talk(desk, Life(desk), Previews(desk, are_on=self._known.slack_previews))
        return self._talk

    def _homes_of(self, handle: Handle) -> Homes:
        if self._known.slack_client_id:
            return ManyHomes(handle, Seal(self._known.secret_key.get_secret_value(), "slack tokens"), clock=monotonic)
        return OneHome(self._api, self._known.slack_bot_token.get_secret_value())

    async def _token(self, workspace: str) -> str:
        await self._is_ready.wait()
        assert self._homes is not None
        return await self._homes.token(workspace)


def _require(known: Settings) -> None:
    if not known.slack_client_id:
        if not (known.slack_app_token.get_secret_value() or known.slack_signing_secret.get_secret_value()):
            wrong = "SLACK_BOT_TOKEN is set, but nobody can speak to it."
            raise Refused(wrong, "Set SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET for the web.")
        return
    needed = {
        "SLACK_CLIENT_SECRET": known.slack_client_secret.get_secret_value(),
        "SLACK_SIGNING_SECRET": known.slack_signing_secret.get_secret_value(),
        "PAPER_ROUND_SECRET_KEY": known.secret_key.get_secret_value().strip(", "),
        "PAPER_ROUND_PUBLIC_URL": known.public_url,
    }
    if missing := [name for name, value in needed.items() if not value]:
        raise Refused(f"SLACK_CLIENT_ID is set, but not {' nor '.join(missing)}.", "Set it, or SLACK_BOT_TOKEN alone.")


async def _connected(home: OneHome) -> str:
    try:
        return await home.connect()
    except Gone as err:
        raise ConnectionError(f"Slack does not take SLACK_BOT_TOKEN ({err})") from err
    except Retry as err:
        raise ConnectionError("Slack asks to wait") from err
