"""How connections come about: a stranger's name is dialled only where every address behind it is public."""

import socket
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from aiohttp import (
    ClientConnectorError,
    ClientHandlerType,
    ClientOSError,
    ClientRequest,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    ServerDisconnectedError,
    TCPConnector,
)
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.sources.addresses import is_public
from bot.sources.body import CODINGS
from bot.sources.faults import trouble_with
from bot.waiting import in_thread

Lookup = Callable[[str], Awaitable[Sequence[str]]]


class NotPublicError(OSError):
    """A stranger's name stands for a private address."""


async def look_up(host: str) -> Sequence[str]:
    """The IP addresses of a host, best first. Raises OSError. A slow name server does not hold up the exit."""
    try:
        found = await in_thread(partial(socket.getaddrinfo, host, None, type=socket.SOCK_STREAM))
    except UnicodeError as err:  # a label of over 63 letters
        raise socket.gaierror(socket.EAI_NONAME, "no such host") from err
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def session(lookup: Lookup, agent: str, silent_seconds: float, *, public_only: bool) -> ClientSession:
    """What asks: without cookies, without proxies from the environment, and on a new connection each time."""
    return ClientSession(
        connector=TCPConnector(
            resolver=_Resolver(lookup, public_only=public_only),
            socket_factory=public_socket if public_only else None,
            use_dns_cache=False,
            force_close=True,
        ),
        headers={"User-Agent": agent, "Accept-Encoding": CODINGS},
        cookie_jar=DummyCookieJar(),
        timeout=ClientTimeout(total=None, sock_connect=silent_seconds, sock_read=silent_seconds),
        auto_decompress=False,
        trust_env=False,
        middlewares=[_once],
    )


def public_socket(dialled: tuple[int, int, int, str, tuple[object, ...]]) -> socket.socket:
    """A socket for an address that is about to be dialled, whoever resolved it. Raises NotPublicError."""
    family, kind, protocol, _, address = dialled
    _check(str(address[0]))
    return socket.socket(family, kind, protocol)


class _Resolver(AbstractResolver):
    def __init__(self, lookup: Lookup, *, public_only: bool) -> None:
        self._lookup = lookup
        self._public_only = public_only

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        addresses = await self._lookup(host)
        for address in addresses if self._public_only else ():
            _check(address)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for address in addresses
        ]

    async def close(self) -> None:
        """Nothing is held."""


async def _once(request: ClientRequest, send: ClientHandlerType) -> ClientResponse:
    """Has our own words for a cut connection: on its own error aiohttp would ask again at once, past the gate."""
    try:
        return await send(request)
    except ClientConnectorError:
        raise
    except (ClientOSError, ServerDisconnectedError) as err:
        raise trouble_with(err) from err


def _check(address: str) -> None:
    if not is_public(address):
        raise NotPublicError(f"{address} is not public")
