"""The one client that asks sources: says who asks, asks seldom, and bears whatever comes back."""

import asyncio
import importlib.metadata
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from types import MappingProxyType

import aiohttp
from yarl import URL

from bot.adapter import Handed
from bot.errors import Refused, SourceTrouble
from bot.settings import Settings
from bot.sources.addresses import Rules, hosts_in, not_an_address, not_public, origin_of, web_address
from bot.sources.answer import Answer
from bot.sources.backoff import Rests, pause_seconds, wished_seconds
from bot.sources.body import read_body, too_long
from bot.sources.dialling import Lookup, NotPublicError, look_up, session
from bot.sources.faults import PassingTrouble, trouble_with
from bot.sources.gate import Gate, LocalGate
from bot.sources.responses import answer, failure, target, wished_gap_seconds
from bot.sources.sites import Sites, sites_from

__all__ = ["Answer", "Limits", "PoliteClient", "client_from"]

MOST_BYTES = 5_000_000  # of one body; limits.md: feeds are hostile input
_PATIENCE_SECONDS = 30.0  # a longer wish is the caller's to wait out
_REDIRECTS = (301, 302, 303, 307, 308)
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a question may take in all, how long its source may stay silent, and how often it may redirect."""

    seconds: float = 20.0
    silent_seconds: float = 10.0
    redirects: int = 5


@dataclass(slots=True)
class _Question:
    """One question on its way: `for_own` and `headers` are lost where a redirect leaves what they were meant for.

    sent: the body of a POST, none for a GET.
    """

    url: URL
    accept: str
    headers: Mapping[str, str]
    unless: Mapping[str, str]
    most_bytes: int
    for_own: bool
    seconds_left: float
    sent: bytes | None = None
    asked: set[URL] = field(default_factory=set)

    def go_to(self, url: URL) -> None:
        if origin_of(url) != origin_of(self.url):
            self.headers = _NO_HEADERS
        self.url = url


class PoliteClient:
    """Asks sources, a host at a time, through the gate. lookup: names to IP addresses, if not the system's own."""

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]],
        rng: Random,
        contact: str,
        about_url: str = "",
        allow_hosts: Collection[str] = (),
        sites: Sites | None = None,
        gate: Gate | None = None,
        limits: Limits | None = None,
        lookup: Lookup = look_up,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._rng = rng
        self._has_contact = bool(contact)
        self._agent = user_agent(contact, about_url)
        self.sites = sites or Sites()
        self.rules = Rules(frozenset(allow_hosts), self.sites.own_origins)
        self._gate = gate or LocalGate(clock, sleep)
        self._limits = limits or Limits()
        self._lookup = lookup
        self._rests = Rests()
        self._wished_gaps: dict[str, float] = {}
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    @property
    def has_contact(self) -> bool:
        return self._has_contact

    def may_ask(self, url: str, *, typed_by_a_person: bool = False) -> bool:
        """Whether it is asked at all: there is a contact, or the operator vouches for the address."""
        return self._has_contact or self.rules.vouches(web_address(url), for_own=not typed_by_a_person)

    async def get(
        self,
        url: str,
        *,
        etag: str = "",
        last_modified: str = "",
        accept: str = "*/*",
        headers: Mapping[str, str] = _NO_HEADERS,
        tries: int = 3,
        most_bytes: int = MOST_BYTES,
        typed_by_a_person: bool = False,
    ) -> Answer:
        """The source's answer; after passing trouble it is asked again, at most `tries` times in all.

        headers: what only this source may see (a key): not sent on to where it redirects. typed_by_a_person: the
        operator's base URLs are strangers then. Raises SourceTrouble, and Refused for an address that is not allowed.
        """
        unless = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        for failures in range(1, tries + 1):
            question = _Question(
                web_address(url),
                accept,
                headers,
                {name: value for name, value in unless.items() if value},
                most_bytes,
                for_own=not typed_by_a_person,
                seconds_left=self._limits.seconds,
            )
            try:
                return await self._ask(question)
            except PassingTrouble as err:
                wish = err.after_seconds or 0.0
                if wish > _PATIENCE_SECONDS:
                    self._rests.begin(self.sites.pace(question.url).gate, wish, self._clock())
                if failures == tries or wish > _PATIENCE_SECONDS:
                    raise
                await self._sleep(wish + pause_seconds(failures, self._rng))
        raise ValueError("a question needs a try")

    async def post(
        self, url: str, sent: bytes, *, headers: Mapping[str, str] = _NO_HEADERS, most_bytes: int = MOST_BYTES
    ) -> Answer:
        """What a service of the operator's answers to JSON. Asked once and beside other questions, past the gate.

        Raises SourceTrouble, for a redirect too, and Refused for an address that is not allowed.
        """
        question = _Question(
            web_address(url),
            "application/json",
            {"Content-Type": "application/json", **headers},
            {},
            most_bytes,
            for_own=True,
            seconds_left=self._limits.seconds,
            sent=sent,
        )
        try:
            found = await self._hop(question)
        except PassingTrouble as err:
            if err.after_seconds:
                self._rests.begin(self.sites.pace(question.url).gate, err.after_seconds, self._clock())
            raise
        if isinstance(found, URL):
            raise SourceTrouble("redirects what was sent to it")
        return found

    async def hand_over(self, url: str, sent: bytes, headers: Mapping[str, str]) -> Handed:
        """What an address that a person named answers to JSON that is sent there, once and past the gate.

        Raises SourceTrouble where no answer came, and Refused for an address that is not allowed.
        """
        target = web_address(url)
        asking = self._session(self.rules.check(target, for_own=False))
        async with self._words_for(target, self._limits.seconds):
            request = asking.post(
                target, data=sent, headers={"Content-Type": "application/json", **headers}, allow_redirects=False
            )
            async with request as response:
                wish = wished_seconds(response.headers.get("Retry-After", ""), self._clock())
                return Handed(response.status, wish)

    async def close(self) -> None:
        for asking in self._sessions.values():
            await asking.close()

    async def _ask(self, question: _Question) -> Answer:
        """The answer, from hop to hop."""
        found = await self._hop(question)
        while isinstance(found, URL):
            question.go_to(found)
            if question.url in question.asked:
                raise SourceTrouble("redirects in a circle")
            if len(question.asked) > self._limits.redirects:
                raise SourceTrouble(f"redirects more than {self._limits.redirects} times")
            try:
                found = await self._hop(question)
            except Refused as err:
                raise SourceTrouble("redirects to an address that may not be read") from err
        return found

    async def _hop(self, question: _Question) -> Answer | URL:
        """The answer, or where it is said to be."""
        is_vouched_for = self.rules.check(question.url, for_own=question.for_own)
        question.for_own = question.for_own and is_vouched_for
        if not (is_vouched_for or self._has_contact):
            raise Refused("No public source is asked without an address to write to.", "Set PAPER_ROUND_CONTACT.")
        pace = self.sites.pace(question.url)
        if left := self._rests.seconds_left(pace.gate, self._clock()):
            raise SourceTrouble("asks to be left alone for a while", left)
        question.asked.add(question.url)
        asking = self._session(is_vouched_for)
        if question.sent is not None:
            return await self._in_time(asking, question)
        gap_seconds = max(pace.gap_seconds, self._wished_gaps.get(pace.gate, 0.0))
        async with self._gate.turn(pace.gate, gap_seconds):
            return await self._in_time(asking, question)

    async def _in_time(self, asking: aiohttp.ClientSession, question: _Question) -> Answer | URL:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with self._words_for(question.url, question.seconds_left):
                return await self._request(asking, question)
        finally:
            question.seconds_left -= loop.time() - began

    @asynccontextmanager
    async def _words_for(self, url: URL, seconds: float) -> AsyncIterator[None]:
        """So many seconds for what is asked, and our own words for what goes wrong."""
        try:
            async with asyncio.timeout(seconds):
                yield
        except (aiohttp.ConnectionTimeoutError, aiohttp.SocketTimeoutError) as err:
            raise PassingTrouble(f"said nothing for {self._limits.silent_seconds:g} s") from err
        except TimeoutError as err:
            raise PassingTrouble(f"took over {self._limits.seconds:g} s") from err
        except aiohttp.InvalidURL as err:  # 127.1 and other ways to write an IP address
            raise not_an_address(str(url)) from err
        except (aiohttp.ClientError, OSError) as err:
            if isinstance(getattr(err, "os_error", None), NotPublicError):
                raise not_public(url) from err
            raise trouble_with(err) from err

    async def _request(self, asking: aiohttp.ClientSession, question: _Question) -> Answer | URL:
        headers = {"Accept": question.accept, **question.headers, **question.unless}
        method = "GET" if question.sent is None else "POST"
        asked = asking.request(method, question.url, data=question.sent, headers=headers, allow_redirects=False)
        async with asked as response:
            self._wished_gaps[self.sites.pace(question.url).gate] = wished_gap_seconds(response)
            if response.status in _REDIRECTS:
                return target(response)
            if response.status == 304 and question.unless:
                return answer(response, b"", is_same=True)
            if response.status not in (200, 203):
                raise failure(response, self._clock())
            if (response.content_length or 0) > question.most_bytes:
                raise too_long(question.most_bytes)
            coding = response.headers.get("Content-Encoding", "")
            return answer(response, await read_body(response.content.iter_any(), coding, question.most_bytes))

    def _session(self, is_vouched_for: bool) -> aiohttp.ClientSession:
        if is_vouched_for not in self._sessions:
            self._sessions[is_vouched_for] = session(
                self._lookup, self._agent, self._limits.silent_seconds, public_only=not is_vouched_for
            )
        return self._sessions[is_vouched_for]


def client_from(
    settings: Settings,
    *,
    clock: Callable[[], datetime],
    sleep: Callable[[float], Awaitable[None]],
    rng: Random,
    gate: Gate | None = None,
) -> PoliteClient:
    """The client as the environment has it. Raises Refused for a base URL or a host that is none."""
    return PoliteClient(
        clock=clock,
        sleep=sleep,
        rng=rng,
        contact=settings.contact,
        about_url=settings.public_url,
        allow_hosts=hosts_in(settings.allow_hosts),
        sites=sites_from(settings),
        gate=gate,
    )


def user_agent(contact: str, about_url: str) -> str:
    """Who asks: `paper-round/1.0 (+URL; mailto:CONTACT)`, less what is not known."""
    mail = f"mailto:{contact.removeprefix('mailto:')}" if "@" in contact else contact
    said = "; ".join(part for part in (about_url and f"+{about_url}", mail) if part)
    name = f"paper-round/{importlib.metadata.version('paper-round')}"
    plain = "".join(letter for letter in said if letter.isascii() and letter.isprintable())
    return f"{name} ({plain})" if plain else name
