"""How much one address may ask for: a bucket of tokens each, filled again at a steady rate."""

from collections.abc import Callable
from datetime import datetime
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aiohttp import web

from bot.errors import Refused

FULL = 60.0  # tokens at hand: a page costs one, a search three
A_SECOND = 5.0  # tokens that come back
_MOST = 10_000  # addresses remembered
_SITE = 64  # leading bits of an IPv6 address that are one household's or one lab's

Network = IPv4Network | IPv6Network


class Pace:
    """Buckets by address. proxies: whose word counts on who asks, by `X-Forwarded-For`."""

    def __init__(self, clock: Callable[[], datetime], proxies: tuple[Network, ...] = ()) -> None:
        self._clock = clock
        self._proxies = proxies
        self._buckets: dict[str, tuple[float, float]] = {}  # tokens left, and when that was counted

    def wait(self, request: web.Request, cost: float = 1.0) -> int:
        """Take so many tokens from the asker's bucket; the seconds to wait for them first, 0 where they were there."""
        now, address = self._clock().timestamp(), self.address(request)
        left, at = self._buckets.pop(address, (FULL, now))
        left = min(FULL, left + max(0.0, now - at) * A_SECOND)
        is_enough = left >= cost
        self._buckets[address] = left - cost if is_enough else left, now
        if len(self._buckets) > _MOST:
            del self._buckets[next(iter(self._buckets))]  # who was not here for the longest time: full again by now
        return 0 if is_enough else int((cost - left) / A_SECOND) + 1

    def address(self, request: web.Request) -> str:
        """Who asks: the other end of the connection, or whom a proxy of ours has forwarded."""
        there = request.remote or ""
        forwarded = ",".join(request.headers.getall("X-Forwarded-For", ())).split(",")
        while self._is_proxy(there) and forwarded and (before := forwarded.pop().strip()):
            there = before
        return _household(there)

    def _is_proxy(self, address: str) -> bool:
        one = _parsed(address)
        return one is not None and any(one in network for network in self._proxies)


def networks(text: str) -> tuple[Network, ...]:
    """The networks that the operator names, with commas between. Raises Refused for what is none."""
    try:
        return tuple(ip_network(one.strip(), strict=False) for one in text.split(",") if one.strip())
    except ValueError as err:
        raise Refused(f"PAPER_ROUND_PROXIES can't be used: {err}.", "Try 127.0.0.1,10.0.0.0/8.") from err


def _household(address: str) -> str:
    """One spelling an asker: of an IPv6 address only what stands for its network."""
    one = _parsed(address)
    if isinstance(one, IPv6Address) and not one.is_loopback:
        return str(ip_network(f"{one}/{_SITE}", strict=False))
    return str(one or address[:64])


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        one = ip_address(address.split("%")[0])
    except ValueError:
        return None
    return (one.ipv4_mapped or one) if isinstance(one, IPv6Address) else one
