"""The posting half of the Slack adapter as an adapter of its own, for whoever only delivers."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from adapters.slack.post import CAPABILITIES, Posting
from adapters.slack.web import WebApi
from bot.adapter import ChannelRef, Handle, MessageRef
from bot.cards import Card
from tests.fakes.slack.api import BOT_TOKEN


class SlackPost:
    """Posts to the server at `url`. clock: seconds, the test's own where it has one."""

    name = "slack"
    capabilities = CAPABILITIES

    def __init__(self, url: str, *, sleep: Callable[[float], Awaitable[None]], clock: Callable[[], float]) -> None:
        self._posting = Posting(WebApi(url), self._token, sleep=sleep, clock=clock, today=clock)

    async def run(self, _handle: Handle) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await self.close()

    async def post(self, channel: ChannelRef, cards: Sequence[Card], key: str) -> MessageRef:
        return await self._posting.post(channel, cards, key)

    async def find(self, channel: ChannelRef, key: str) -> MessageRef | None:
        return await self._posting.find(channel, key)

    async def update(self, ref: MessageRef, cards: Sequence[Card]) -> None:
        await self._posting.update(ref, cards)

    async def close(self) -> None:
        await self._posting.close()

    async def _token(self, _workspace: str) -> str:
        return BOT_TOKEN
