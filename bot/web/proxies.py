"""Who asks: the other end of the connection, or whom a proxy of the operator's has forwarded."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.errors import Refused

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address


def networks(text: str) -> tuple[Network, ...]:
    """The networks that the operator names, with commas between. Raises Refused for what is none."""
    try:
        return tuple(ip_network(one.strip(), strict=False) for one in text.split(",") if one.strip())
    except ValueError as err:
        raise Refused(f"PAPER_ROUND_PROXIES can't be used: {err}.", "Try 127.0.0.1,10.0.0.0/8.") from err


def behind(proxies: Sequence[Network]) -> Middleware:
    """Has `request.remote` name whom these proxies say that they ask for, by the last words of `X-Forwarded-For`."""

    def is_one(address: str) -> bool:
        found = parsed(address)
        return found is not None and any(found in network for network in proxies)

    @web.middleware
    async def forwarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        there = request.remote or ""
        said = ",".join(request.headers.getall("X-Forwarded-For", ())).split(",")
        while is_one(there) and said and (before := said.pop().strip()):
            there = before
        return await handler(request if there == request.remote else request.clone(remote=there))

    return forwarded


def parsed(address: str) -> Address | None:
    """The address, an IPv4 one in IPv6 clothes as it is; none for what is no address."""
    try:
        one = ip_address(address.split("%")[0])
    except ValueError:
        return None
    return (one.ipv4_mapped or one) if isinstance(one, IPv6Address) else one
