"""Finding what was posted: in the history of a channel, by what its metadata tell."""

import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from adapters.slack.pace import Pace
from adapters.slack.web import Refused, WebApi
from bot.adapter import ChannelRef
from bot.errors import Gone, Retry, Unknowable

EVENT = "paper_round_digest"  # the type of all metadata of ours
LOOK_BACK = 26 * 3600.0  # seconds: the outbox gives a message up after a day
PAGE = 200


@dataclass(frozen=True, slots=True)
class Begun:
    """A message that is there, and which of the replies below it are, by number from 1."""

    channel: str
    ts: str
    replies: frozenset[int] = frozenset()


class History:
    """What a channel holds, as far as we may read it. today: seconds since 1970."""

    def __init__(self, api: WebApi, pace: Pace, *, today: Callable[[], float] = time.time) -> None:
        self._api = api
        self._pace = pace
        self._today = today

    async def find(self, token: str, channel: ChannelRef, key: str) -> tuple[Begun, int] | None:
        """The message of that key with the replies below it, and how many there should be. May raise Unknowable."""
        async for message in self._newest_first(token, channel):
            if (said := _said(message)).get("delivery") == key:
                wanted, ts = int(said.get("replies", 0)), str(message["ts"])
                there = await self._below(token, channel, ts) if wanted else frozenset()
                return Begun(channel.id, ts, there), wanted
        return None

    async def is_open(self, token: str, channel: ChannelRef) -> bool:
        """Whether we may look; yes where Slack does not say."""
        try:
            await self._read(token, channel, {"limit": 1})
        except Unknowable:
            return False
        except (Retry, Gone, Refused, OSError):
            return True
        return True

    async def _newest_first(self, token: str, channel: ChannelRef) -> AsyncIterator[Mapping[str, Any]]:
        oldest = f"{self._today() - LOOK_BACK:.6f}"
        further: dict[str, str] = {}
        while True:
            page = await self._read(token, channel, {"limit": PAGE, "oldest": oldest, **further})
            for message in page.get("messages", ()):
                yield message
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return
            further = {"cursor": str(cursor)}

    async def _below(self, token: str, channel: ChannelRef, ts: str) -> frozenset[int]:
        page = await self._read(token, channel, {"ts": ts, "limit": PAGE}, "conversations.replies")
        parts = (_said(message).get("part") for message in page.get("messages", ()))
        return frozenset(part for part in parts if isinstance(part, int))

    async def _read(
        self, token: str, channel: ChannelRef, which: Mapping[str, object], method: str = "conversations.history"
    ) -> Mapping[str, Any]:
        if channel.kind == "dm":  # no scope of ours opens what people write to us
            raise Unknowable
        await self._pace.call(channel.workspace, method)
        try:
            return await self._api.call(token, method, channel=channel.id, include_all_metadata=True, **which)
        except Refused as err:
            raise Unknowable if err.name == "missing_scope" else err from err


def marked(**said: object) -> dict[str, object]:
    """The field of a post by which it is found."""
    return {"metadata": {"event_type": EVENT, "event_payload": said}}


def _said(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """What our metadata tell, empty for a message that is none of ours."""
    metadata = message.get("metadata") or {}
    payload = metadata.get("event_payload") if metadata.get("event_type") == EVENT else None
    return payload if isinstance(payload, dict) else {}
