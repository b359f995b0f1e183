"""Answering an interaction over HTTP: by its own token, within its time, and nothing twice.

The library's way of answering repeats whatever ended in a server error, and keeps every button in memory.
"""

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import aiohttp
import discord
from discord.http import Route

from adapters.discord.asking import Interaction
from adapters.discord.message import Message

log = logging.getLogger(__name__)

LATER, CHOICES, MODAL = 5, 8, 9  # kinds of first answers
EPHEMERAL = 1 << 6
USER_AGENT = {"User-Agent": f"DiscordBot (https://github.com/Rapptz/discord.py, {discord.__version__})"}

_OVER, _ANSWERED = (10062, 10015, 50027), 40060  # its error codes
_FIRST_SECONDS = 3.0  # that Discord waits for a first answer
_SECONDS = 10.0
_PAUSES = (0.3, 1.0, 3.0)  # between tries of what may be repeated

Payload = Mapping[str, Any]
_Answer = AbstractAsyncContextManager[aiohttp.ClientResponse]


class TokenOver(Exception):
    """Discord takes no answer to the interaction any more: 3 seconds without a first one, or 15 minutes, are over."""


class Answers:
    """Opened by `async with`, closed at its end."""

    async def __aenter__(self) -> "Answers":
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), headers=USER_AGENT)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def later(self, interaction: Interaction, *, is_ephemeral: bool) -> None:
        """Say that an answer will come. Raises TokenOver."""
        await self._first(interaction, LATER, {"flags": EPHEMERAL} if is_ephemeral else {})

    async def modal(self, interaction: Interaction, modal: Payload) -> None:
        """Open a modal. Raises TokenOver."""
        await self._first(interaction, MODAL, modal)

    async def choices(self, interaction: Interaction, values: Sequence[str]) -> None:
        """Offer values for the option that is being typed; nobody waits for them where that fails."""
        offered = [{"name": value, "value": value} for value in values]
        try:
            await self._first(interaction, CHOICES, {"choices": offered})
        except (TokenOver, aiohttp.ClientError, TimeoutError) as err:
            log.info("choices came too late", extra={"error": type(err).__name__})

    async def show(self, interaction: Interaction, message: Message) -> None:
        """Put the message where the answer is awaited; the same again changes nothing. Raises TokenOver."""
        path = f"/webhooks/{interaction.application_id}/{interaction.token}/messages/@original"
        await self._send("PATCH", path, message.request(), pauses=_PAUSES)

    async def add(self, interaction: Interaction, message: Message, *, is_ephemeral: bool) -> None:
        """One more message. It is not repeated where nobody knows if it arrived. Raises TokenOver."""
        path = f"/webhooks/{interaction.application_id}/{interaction.token}"
        await self._send("POST", path, message.request(**({"flags": EPHEMERAL} if is_ephemeral else {})))

    async def _first(self, interaction: Interaction, kind: int, data: Payload) -> None:
        path = f"/interactions/{interaction.id}/{interaction.token}/callback"
        async with asyncio.timeout(_FIRST_SECONDS):
            await self._send("POST", path, {"json": {"type": kind, "data": data}}, pauses=_PAUSES)

    async def _send(self, method: str, path: str, request: Payload, *, pauses: Sequence[float] = ()) -> None:
        """Send the request. What surely did not arrive is sent again, and anything else once after each pause."""
        left = list(pauses)
        while True:
            try:
                async with asyncio.timeout(_SECONDS), self._request(method, path, request) as answer:
                    wait = await _verdict(answer)
            except (aiohttp.ClientConnectionError, TimeoutError):
                wait = None
                if not left:
                    raise
            if wait == 0:
                return
            if wait is None and not left:
                raise aiohttp.ClientConnectionError(f"no answer to {method}")
            await asyncio.sleep(left.pop(0) if wait is None else wait)

    def _request(self, method: str, path: str, request: Payload) -> _Answer:
        if "json" in request:
            return self._session.request(method, Route.BASE + path, json=request["json"])
        form = aiohttp.FormData(quote_fields=False)  # Discord takes no escaped brackets
        for part in request["form"]:
            form.add_field(**part)
        return self._session.request(method, Route.BASE + path, data=form)


async def _verdict(answer: aiohttp.ClientResponse) -> float | None:
    """0 where it arrived, seconds to wait where it surely did not, none where nobody knows."""
    if answer.status < 300:
        return 0
    said = await _said(answer)
    if answer.status == 429:
        return float(said.get("retry_after", answer.headers.get("Retry-After", 1)))
    if answer.status >= 500:
        return None
    if said.get("code") == _ANSWERED:  # by an earlier try of ours, or by another worker
        return 0
    if said.get("code") in _OVER:
        raise TokenOver
    log.error("answer refused", extra={"status": answer.status, "said": json.dumps(said)[:500]})
    raise discord.HTTPException(answer, said.get("message", ""))


async def _said(answer: aiohttp.ClientResponse) -> dict[str, Any]:
    try:
        said = await answer.json(content_type=None)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
