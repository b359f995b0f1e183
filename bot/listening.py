"""Where a web server listens: the address as it is written, and who is there."""

import asyncio
from contextlib import suppress
from typing import Literal

from bot.errors import Refused

_ANSWER_SECONDS = 2.0

Listener = Literal["nobody", "paper-round", "another"]
SERVER: Listener = "paper-round"  # what our server calls itself


def host_and_port(address: str) -> tuple[str, int]:
    """`127.0.0.1:8080` or `[::1]:8080` in two. Raises Refused."""
    host, colon, port = address.rpartition(":")
    is_bare_ipv6 = ":" in host and not (host.startswith("[") and host.endswith("]"))
    if not (colon and host and port.isascii() and port.isdecimal() and int(port) < 2**16) or is_bare_ipv6:
        raise Refused(f"“{address}” is no address to listen on.", "Set PAPER_ROUND_HTTP to HOST:PORT, or to off.")
    return host.strip("[]"), int(port)


async def listener(host: str, port: int) -> Listener:
    """Who answers there now."""
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (all addresses of this machine)
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            reader, writer = await asyncio.open_connection(near, port)
    except (OSError, TimeoutError):
        return "nobody"
    answer = b""
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(_ANSWER_SECONDS):
            writer.write(b"GET /healthz HTTP/1.0\r\n\r\n")
            answer = await reader.read(4096)
    writer.close()
    return SERVER if f"Server: {SERVER}".encode() in answer else "another"
