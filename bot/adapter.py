"""The port: what the service asks of a platform, and what a platform sees of the service."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from bot.cards import Card, Reply
from bot.model import Channel, ChannelKind

if TYPE_CHECKING:
    from aiohttp import web

    from bot.grammar import Command


EVERYWHERE = "@me"  # the workspace of what is a person's own, where the platform knows them by one id
MAIL = "email"  # the platform on which people are addresses
WEBHOOK = "webhook"  # the platform of what digests are sent to besides


@dataclass(frozen=True, slots=True)
class ChannelRef:
    """A place on a platform, by the platform's own ids; names change, ids don't.

    Of a `dm`, id is the person's; of an `email`, the address, and that is the person.
    """

    platform: str
    workspace: str
    id: str
    name: str = ""
    kind: ChannelKind = "channel"

    def is_own(self, user: str) -> bool:
        """Whether what comes here comes to that person alone."""
        return self.kind != "channel" and self.id == user


def ref_of(channel: Channel) -> ChannelRef:
    """The stored channel as its platform calls it."""
    return ChannelRef(channel.platform, channel.workspace, channel.platform_id, channel.name, channel.kind)


def own_of(platform: str, workspace: str, user: str, name: str = "") -> ChannelRef:
    """Where what is that person's own comes."""
    return ChannelRef(platform, workspace, user, name, "email" if platform == MAIL else "dm")


def mailed_to(address: str) -> ChannelRef:
    """The channel of what is mailed to an address, as `mailbox.address` spells it."""
    return own_of(MAIL, "mail", address, address)


@dataclass(frozen=True, slots=True)
class MessageRef:
    """A message that was posted, so that it can be found and updated."""

    channel: ChannelRef
    id: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Invocation:
    """Somebody spoke or pressed something.

    text alone: a typed line (`/papers follow recsys`). verb and text: a button or a shortcut, text being the target.
    verb and fields: a form or typed options, one value an argument. zone: the person's, where the platform tells it.
    can_manage: whether the platform's own rule lets them change what the channel gets. is_admin: whether they
    administer it, and so may undo what others did, and say who may change it. groups: the platform's ids of the
    groups that they are in. is_global: whether the platform knows the person by this id in all its workspaces, so that
    what is their own is theirs everywhere.
    event_key: the platform's own key of the event, for telling repeats.
    """

    channel: ChannelRef
    user: str
    user_name: str = ""
    text: str = ""
    verb: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    can_manage: bool = True
    is_admin: bool = True
    groups: tuple[str, ...] = ()
    zone: str = ""
    is_global: bool = False
    event_key: str = ""


@dataclass(frozen=True, slots=True)
class Handed:
    """What an address on the web said to what was sent there. after_seconds: for which it asks to be left alone."""

    status: int
    after_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a platform can do.

    can_find: a message's fate can be looked up. posts_a_second: in one channel; workspace_posts_a_second: in all
    channels of a workspace. papers_a_message: more of a digest go into further messages.
    """

    can_find: bool = False
    can_update: bool = False
    posts_a_second: float = 1.0
    workspace_posts_a_second: float = 50.0
    papers_a_message: int = 15


class Handle(Protocol):
    """The service as an adapter sees it."""

    async def handle(self, invocation: Invocation) -> Reply:
        """Answer an invocation. Never raises: a refusal or a fault is a reply too."""

    async def suggest(self, invocation: Invocation, argument: str) -> Sequence[str]:
        """Values for `argument` that continue what was typed so far, best first, at most 25."""

    async def seen_before(self, event_key: str) -> bool:
        """Whether this event was handled already; remembers it for an hour."""

    async def back(self, channel: ChannelRef) -> None:
        """The channel lets us in again: what was paused because it could not be reached goes on."""

    async def gone(self, channel: ChannelRef) -> None:
        """The channel can't be reached any more: its digests are paused, what it follows is kept."""

    async def moved(self, channel: ChannelRef, id: str) -> None:
        """The platform calls the channel by another id from now on: all that is kept of it is kept under that."""

    async def unreachable(self, platform: str) -> Sequence[ChannelRef]:
        """The channels that are paused because they can't be reached."""

    async def joined(self, platform: str, workspace: str) -> None:
        """We are in the workspace, again it may be: what was left behind there is kept."""

    async def left(self, platform: str, workspace: str) -> None:
        """We were put out of the workspace: nothing is posted there, and in time all of it is deleted."""

    async def token(self, platform: str, workspace: str) -> str:
        """What `save_token` kept there; nothing where we are not installed, or not any more."""

    async def save_token(self, platform: str, workspace: str, name: str, token: str) -> None:
        """We were let into the workspace: keep what we speak there with, sealed. `left` deletes it."""

    async def name_for(self, channel: ChannelRef, name: str) -> None:
        """Let a secret name, part of a link, stand for the channel for the next year; only its hash is kept."""

    async def named(self, name: str) -> ChannelRef | None:
        """The channel that a secret name stands for, if it stands for any."""

    async def hand_over(self, url: str, body: bytes, headers: Mapping[str, str]) -> Handed:
        """Send JSON to an address that a person named, once, by the rules for those: public, by https, no redirect.

        Raises Refused where nothing may be sent there, SourceTrouble where no answer came.
        """

    async def fact(self, adapter: str, key: str) -> str | None:
        """What the adapter has put down under `key`."""

    async def set_fact(self, adapter: str, key: str, value: str) -> None:
        """Put a value down under `key`, for the next start."""

    @property
    def commands(self) -> Sequence["Command"]:
        """Every declared command, in the order of help."""


Answer = Callable[[Invocation], Awaitable[Reply]]


class Adapter(Protocol):
    """One platform. An adapter translates; it neither ranks nor stores.

    Made by its entry point with no arguments; `run` connects, hands what people say to `handle`, and returns when
    cancelled or when the platform is done (the terminal's end of input).
    """

    name: str
    capabilities: Capabilities

    async def run(self, handle: Handle) -> None:
        """Connect and pass invocations on until cancelled."""

    async def post(self, channel: ChannelRef, cards: Sequence[Card], key: str) -> MessageRef:
        """Post once; the same key again is the same message. Raises Retry, Gone or Rejected."""

    async def find(self, channel: ChannelRef, key: str) -> MessageRef | None:
        """The message posted under `key`, or none if it surely never arrived whole: then `post` goes on with it.

        Raises Unknowable where nobody may look.
        """

    async def update(self, ref: MessageRef, cards: Sequence[Card]) -> None:
        """Show other cards in a message that was posted."""


@runtime_checkable
class HasRoutes(Protocol):
    """An adapter that is also spoken to over the web: events, forms, links in mails."""

    def routes(self, handle: Handle) -> Sequence["web.RouteDef"]:
        """What it mounts on the one web server, under a path of its own name such as /slack/events."""
