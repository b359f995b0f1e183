"""Which addresses may be asked: a rule on URLs, and on the IP addresses that their names stand for."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from yarl import URL

from bot.errors import Refused
from bot.text import shorten

HTTPS_PORT = 443
_HOST = re.compile(r"[\w.:%-]+", re.ASCII)
MOST_CHARACTERS = 2000  # of a URL: what browsers and servers agree on
_FIRST_FREE_PORT = 1024  # below it live services that a feed reader has no business with

# IANA's registries of special-purpose addresses: what is not for everybody, or stands for something else
_SPECIAL_V4 = tuple(
    ip_network(net)
    for row in (
        ("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        ("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        ("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    )
    for net in row
)
_GLOBAL_V6 = ip_network("2000::/3")
_SPECIAL_V6 = tuple(
    map(ip_network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
)  # Teredo, 6to4 among them
_NAT64 = ip_network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the open internet: not private, shared, loopback, link-local or multicast.

    IPv4 that is wrapped in IPv6 (mapped, NAT64) is judged by what is inside; tunnels (6to4, Teredo) are never public.
    """
    ip = ip_address(address)
    if isinstance(ip, IPv6Address):
        inside = ip.ipv4_mapped or (IPv4Address(ip.packed[12:]) if ip in _NAT64 else None)
        if inside is None:
            return ip in _GLOBAL_V6 and ip.scope_id is None and not any(ip in net for net in _SPECIAL_V6)
        ip = inside
    return not any(ip in net for net in _SPECIAL_V4)


def web_address(text: str) -> URL:
    """A http or https address without its fragment. Raises Refused for anything else, and where it holds a password."""
    try:
        url = URL(text.strip()).with_fragment(None)
        is_whole = url.scheme in ("http", "https") and has_host(url) and len(text) <= MOST_CHARACTERS
    except ValueError:  # a port out of range, half a bracket, a name that IDNA does not know
        is_whole = False
    if not is_whole:
        raise not_an_address(text)
    if url.user is not None or url.password is not None:
        raise Refused("An address can't hold a user name or password.", "Leave out what stands before the @.")
    return url


def has_host(url: URL) -> bool:
    return bool(_HOST.fullmatch(host_of(url)))


def host_of(url: URL) -> str:
    """The host as names are compared: lower case, ASCII, without a last dot."""
    return (url.raw_host or "").lower().rstrip(".")


def origin_of(url: URL) -> str:
    """Scheme, host and port: what an operator vouches for."""
    return f"{url.scheme}://{host_of(url)}:{url.port}"


def is_loopback(url: URL) -> bool:
    """Whether the address names this machine."""
    host = host_of(url)
    return host == "localhost" or (is_ip(host) and ip_address(host).is_loopback)


def is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Rules:
    """What the operator vouches for. allowed: hosts, with or without a port, for all. own: origins of base URLs."""

    allowed: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()

    def vouches(self, url: URL, *, for_own: bool) -> bool:
        """Whether the operator vouches for it, so that it may be http and private; own base URLs count if `for_own`."""
        host = host_of(url)
        return host in self.allowed or f"{host}:{url.port}" in self.allowed or (for_own and origin_of(url) in self.own)

    def check(self, url: URL, *, for_own: bool) -> bool:
        """Whether every address behind it may be dialled, or only public ones. Raises Refused where none may."""
        if self.vouches(url, for_own=for_own):
            return True
        if url.scheme != "https":
            raise Refused(f"{host_of(url)} would be read without encryption.", "Begin the address with https://.")
        if url.port != HTTPS_PORT and (url.port or 0) < _FIRST_FREE_PORT:
            raise Refused(f"Nothing is read from port {url.port}.", "Leave the port out.")
        if is_ip(host_of(url)) and not is_public(host_of(url)):
            raise not_public(url)
        return False


def not_an_address(text: str) -> Refused:
    return Refused(f"“{shorten(text, 80)}” is not a web address.", "Try https://example.org/feed.xml.")


def not_public(url: URL) -> Refused:
    return Refused(
        f"{host_of(url)} is not a public address.", "Whoever runs the bot can allow it with PAPER_ROUND_ALLOW_HOSTS."
    )


def hosts_in(listed: str) -> frozenset[str]:
    """The hosts of a list with commas: `wiki.example, 10.0.0.5:8080, [::1]`. Raises Refused for what is none."""
    return frozenset(_host(said.strip()) for said in listed.split(",") if said.strip())


def _host(said: str) -> str:
    host = said if said.startswith("[") or said.count(":") < 2 else f"[{said}]"
    try:
        url = URL(f"http://{host}")
        is_whole = has_host(url) and url.user is None and url.path == "/"
    except ValueError:
        is_whole = False
    if not is_whole:
        raise Refused(f"PAPER_ROUND_ALLOW_HOSTS: “{said}” is not a host.", "Try wiki.example, 10.0.0.5:8080.")
    return host_of(url) if url.explicit_port is None else f"{host_of(url)}:{url.port}"
