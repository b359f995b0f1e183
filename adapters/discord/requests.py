"""Requests to Discord through its library, each sent once, and what its answers mean for a delivery."""

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp
import discord
from discord.http import Route

from bot.errors import Gone, Rejected, Retry

GONE = frozenset({
    10003,  # the channel is deleted
    10004,  # the server is deleted
    10013,  # the person is unknown
    50001,  # the channel is hidden from us
    50007,  # the person takes no messages from us
    50013,  # we may not post there
    50083,  # the thread is locked
    50278,  # no server is shared with the person any more
    160005,  # the thread is locked, said in another way
})  # fmt: skip
LATER = frozenset({
    20016,  # slow mode
    40004,  # sending is switched off for a while
    40062,  # something of Discord's own is overloaded
    160006,  # as many threads are open as there may be
})  # fmt: skip
LATER_SECONDS, LOCKED_OUT_SECONDS = 60.0, 600.0
NOT_CONNECTED_SECONDS = 5.0


class Unsure(Exception):
    """Discord did not tell what became of a request: it may have been done."""


async def request(client: discord.Client, method: str, path: str, *, once: bool = True, **what: Any) -> Any:
    """Discord's answer. Raises Retry, Gone or Rejected, and anything else where it may have been done all the same.

    what: ids for the path, and `json` or `form`. once: not repeated by the library, which does so blindly. The library
    waits out limits of rate up to its own longest wait.
    """
    http = client.http
    if client.user is None or client.is_closed():
        raise Retry(NOT_CONNECTED_SECONDS)
    sent: dict[str, Any] = {name: what.pop(name) for name in ("json", "form", "params") if name in what}
    if once:
        sent["middlewares"] = (_once,)
    try:
        return await http.request(Route(method, path, **what), **sent)
    except asyncio.CancelledError:
        http._global_over.set()  # left shut by the library for whoever is cancelled while it waits for all
        raise
    except discord.RateLimited as err:
        raise Retry(err.retry_after) from err
    except discord.HTTPException as err:
        raise sorted_out(err) from err


def sorted_out(err: discord.HTTPException) -> Exception:
    """What the answer means for a delivery."""
    if err.code in GONE:
        return Gone(err.text)
    if err.code in LATER:
        return Retry(LATER_SECONDS)
    if err.status in (401, 429) or (err.status == 403 and not err.code):  # our token, or our address, is shut out
        return Retry(LOCKED_OUT_SECONDS)
    return Unsure(str(err)) if err.status >= 500 else Rejected(err.text)


async def _once(request: aiohttp.ClientRequest, handler: Callable[..., Any]) -> aiohttp.ClientResponse:
    """Keep the library from sending the request again where nobody knows whether it was done."""
    try:
        response: aiohttp.ClientResponse = await handler(request)
    except OSError as err:
        raise Unsure(type(err).__name__) from err
    if response.status >= 500:
        response.release()
        raise Unsure(f"status {response.status}")
    return response
