"""An adapter that posts to the platform of tests/fakes/platform.py, as a stranger would write one."""

import asyncio
import os
from collections.abc import Sequence

import aiohttp

from bot.adapter import Capabilities, ChannelRef, Handle, MessageRef
from bot.cards import Card, Reply, as_json
from bot.errors import Gone, Rejected, Retry

FINDS = Capabilities(can_find=True, posts_a_second=1_000, workspace_posts_a_second=100_000)


class Post:
    """name: the platform whose channels it serves. handle: the service, once `run` has it."""

    def __init__(
        self, address: str, *, name: str = "fake", capabilities: Capabilities = FINDS, seconds: float = 30.0
    ) -> None:
        self.name = name
        self.capabilities = capabilities
        self.handle: Handle | None = None
        self._address = address
        self._seconds = aiohttp.ClientTimeout(total=seconds)
        self._session: aiohttp.ClientSession | None = None

    async def run(self, handle: Handle) -> None:
        self.handle = handle
        try:
            await asyncio.Event().wait()
        finally:
            await self.close()

    async def post(self, channel: ChannelRef, cards: Sequence[Card], key: str) -> MessageRef:
        said = as_json(Reply(tuple(cards)))
        message = {"workspace": channel.workspace, "channel": channel.id, "key": key}
        message |= {"text": said["text"], "cards": said["cards"]}  # type: ignore[dict-item]
        session = self._open()
        async with session.post(f"{self._address}/messages", json=message) as answer:
            match answer.status:
                case 200:
                    stored = await answer.json()
                    return MessageRef(channel, stored["id"], stored["url"])
                case 429:
                    raise Retry(float(answer.headers["Retry-After"]))
                case 404:
                    raise Gone
                case 400:
                    raise Rejected
                case status:
                    raise OSError(f"the platform answered {status}")

    async def find(self, channel: ChannelRef, key: str) -> MessageRef | None:
        asked = {"channel": channel.id, "key": key}
        async with self._open().get(f"{self._address}/messages", params=asked) as answer:
            answer.raise_for_status()
            found = await answer.json()
            return MessageRef(channel, found[0]) if found else None

    async def update(self, ref: MessageRef, cards: Sequence[Card]) -> None:
        async with self._open().put(f"{self._address}/messages/{ref.id}") as answer:
            answer.raise_for_status()

    async def close(self) -> None:
        if self._session:
            await self._session.close()
            self._session = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            poster = {"X-Poster": str(os.getpid())}
            connector = aiohttp.TCPConnector(limit=200)
            self._session = aiohttp.ClientSession(timeout=self._seconds, headers=poster, connector=connector)
        return self._session
