"""How much one address may ask for: a bucket of tokens each, filled again at a steady rate."""

from collections.abc import Callable
from datetime import datetime
from ipaddress import IPv6Address, ip_network

from aiohttp import web

from bot.web.proxies import parsed

FULL = 60.0  # tokens at hand: a page costs one, a search three
A_SECOND = 5.0  # tokens that come back
_MOST = 10_000  # addresses remembered
_SITE = 64  # leading bits of an IPv6 address that are one household's or one lab's


class Pace:
    """Buckets by address."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}  # tokens left, and when that was counted

    def wait(self, request: web.Request, cost: float = 1.0) -> int:
        """Take so many tokens from the asker's bucket; the seconds to wait for them first, 0 where they were there."""
        now, address = self._clock().timestamp(), household(request.remote or "")
        left, at = self._buckets.pop(address, (FULL, now))
        left = min(FULL, left + max(0.0, now - at) * A_SECOND)
        is_enough = left >= cost
        self._buckets[address] = left - cost if is_enough else left, now
        if len(self._buckets) > _MOST:
            del self._buckets[next(iter(self._buckets))]  # who was not here for the longest time: full again by now
        return 0 if is_enough else int((cost - left) / A_SECOND) + 1


def household(address: str) -> str:
    """One spelling an asker: of an IPv6 address only what stands for its network."""
    one = parsed(address)
    if isinstance(one, IPv6Address) and not one.is_loopback:
        return str(ip_network(f"{one}/{_SITE}", strict=False))
    return str(one or address[:64])
