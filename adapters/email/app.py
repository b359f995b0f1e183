"""Mail as a platform: an address is a channel, a digest is a mail, what is pressed in it comes back over the web."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jinja2 import TemplateError

from adapters.email import limits
from adapters.email.links import Links
from adapters.email.message import Letter, Sender, as_bytes
from adapters.email.pages import Pages
from adapters.email.relay import relay_of
from adapters.email.render import drawn
from bot import settings
from bot.adapter import MAIL, Capabilities, ChannelRef, Handle, MessageRef
from bot.cards import Action, Card, Link, Notice
from bot.errors import Fault, Refused, Rejected, Retry, Unknowable
from bot.settings import Settings

if TYPE_CHECKING:
    from aiohttp import web

log = logging.getLogger(__name__)

CAPABILITIES = Capabilities(
    workspace_posts_a_second=limits.MAILS_A_SECOND,  # all addresses are one workspace
    papers_a_message=limits.PAPERS,
)
_FOOT = (
    Action("What comes here", "list"),
    Action("Change the time", "schedule"),
    Action("Settings", "settings"),
    Action("Pause", "pause"),
)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Email:
    """The adapter. known: the settings, those of the environment unless given. seconds: that one mail may take.

    Raises Refused where something is set that can't work without something else.
    """

    name = MAIL
    capabilities = CAPABILITIES

    def __init__(
        self, known: Settings | None = None, *, clock: Callable[[], datetime] = _utc_now,
        seconds: float = limits.SECONDS,
    ) -> None:  # fmt: skip
        known = known or settings.load()
        _require(known)
        self._relay = relay_of(known.smtp_url.get_secret_value(), seconds=seconds)
        self._sender = Sender.of(known.mail_from)
        self._links = Links(known.secret_key.get_secret_value(), known.public_url)
        self._clock = clock
        self._room = asyncio.Semaphore(limits.CONNECTIONS)
        self._handle: Handle | None = None
        self._is_ready = asyncio.Event()

    async def run(self, handle: Handle) -> None:
        """Nothing to connect to until there is a mail to send: wait to be cancelled."""
        self._heard_by(handle)
        await asyncio.Event().wait()

    def routes(self, handle: Handle) -> Sequence["web.RouteDef"]:
        """The pages behind the links in mails, and where the page's form to subscribe is sent to."""
        self._heard_by(handle)
        return Pages(handle, self._links, self._clock).routes()

    async def post(self, channel: ChannelRef, cards: Sequence[Card], key: str) -> MessageRef:
        """Mail the cards once. Raises Retry, Gone, Rejected, or OSError where nobody knows whether it went out."""
        await self._is_ready.wait()
        assert self._handle is not None
        try:
            await self._handle.name_for(channel, self._links.stop_name(channel.id))
        except Fault as err:  # nothing was sent: no reason to doubt
            raise Retry(limits.LATER) from err
        raw = self._drawn(channel.id, cards, key)
        async with self._a_place():
            await self._relay.send(self._sender.address, channel.id, raw)
        return MessageRef(channel, key)

    async def find(self, channel: ChannelRef, key: str) -> MessageRef | None:
        """Nobody can look into a mailbox."""
        raise Unknowable

    async def update(self, ref: MessageRef, cards: Sequence[Card]) -> None:
        """A mail stays as it is."""

    def _drawn(self, address: str, cards: Sequence[Card], key: str) -> bytes:
        """The mail as it is sent. Raises Rejected where the cards can't be drawn: nothing was sent then."""
        now = self._clock()
        until, stop = now + limits.IN_MAIL, self._links.stop(address)

        def url_of(action: Action) -> str:
            return self._links.press(address, action, until)

        is_question = any(one.verb == "email" for card in cards if isinstance(card, Notice) for one in card.actions)
        ways = () if is_question else _FOOT  # nobody has said yet that they want anything
        foot = [*(Link(one.label, url_of(one)) for one in ways), Link("Unsubscribe", stop)]
        try:
            mail = drawn(cards, url_of, foot, f"Mailed to {address} by {self._sender.name}.")
            letter = Letter(address, mail.subject, mail.text, mail.html, key, stop, self._links.is_private)
            return as_bytes(letter, self._sender, now)
        except (ArithmeticError, AttributeError, LookupError, TemplateError, TypeError, ValueError) as err:
            log.exception("mail not drawn", extra={"key": key})
            raise Rejected("it can't be drawn") from err

    @asynccontextmanager
    async def _a_place(self) -> AsyncIterator[None]:
        """One of the connections to the relay. Raises Retry where none is free soon."""
        try:
            async with asyncio.timeout(limits.QUEUE):
                await self._room.acquire()
        except TimeoutError as err:
            raise Retry(limits.LATER) from err
        try:
            yield
        finally:
            self._room.release()

    def _heard_by(self, handle: Handle) -> None:
        self._handle = handle
        self._is_ready.set()


def _require(known: Settings) -> None:
    needed = {
        "MAIL_FROM": known.mail_from,
        "PAPER_ROUND_PUBLIC_URL": known.public_url,
        "PAPER_ROUND_SECRET_KEY": known.secret_key.get_secret_value().strip(", "),
    }
    if missing := [name for name, value in needed.items() if not value]:
        raise Refused(f"SMTP_URL is set, but not {' nor '.join(missing)}.", "Every mail needs them.")
