"""What every handler is given, and the questions that many of them ask."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot import identity
from bot.adapter import EVERYWHERE, Answer, ChannelRef, Invocation
from bot.digests.selection import Selection
from bot.errors import Refused
from bot.gather import finding
from bot.gather.desk import Desk
from bot.grammar import Command, unquoted
from bot.model import Channel, Digest, Paper
from bot.store import Store
from bot.store.follows import Who
from bot.store.papers import LookUp
from bot.text import number_of, shorten

if TYPE_CHECKING:
    from bot.seal import Seal


@dataclass(frozen=True, slots=True)
class Context:
    """The service as a handler sees it. now: aware UTC. zone: where people are, if their platform does not say.

    answer: the service's own, for what stands for something else that could be said. most_follows: of one channel.
    desk: what sources are asked with, none where the service has no client. has_mail: something can be mailed. archive:
    the secret link to a channel's digests, by the channel's name in it; none where there is no web page. seal: for
    secrets of others, none where the operator has set no key. here: where the command was given, and that channel, none
    where nobody spoke there before.
    """

    store: Store
    selection: Selection
    now: datetime
    answer: Answer
    commands: tuple[Command, ...]
    zone: str
    most_follows: int
    desk: Callable[[], Desk | None]
    has_mail: bool
    archive: Callable[[str], str] | None = None
    seal: "Seal | None" = None
    here: tuple[ChannelRef, Channel | None] | None = None

    def is_new(self, ask: Invocation) -> bool:
        """Whether nobody has spoken in the channel before."""
        return self.here == (ask.channel, None)

    async def channel(self, ask: Invocation) -> Channel:
        """The channel that was spoken in, as it was when the command began."""
        spoken_in, known = self.here or (None, None)
        if known and spoken_in == ask.channel and ask.channel.name in ("", known.name):
            return known
        return await self.channel_anew(ask)

    async def channel_anew(self, ask: Invocation) -> Channel:
        """The same as it is now."""
        return await self.store.channels.of(ask.channel, zone=ask.zone or self.zone)

    def today(self, channel: Channel) -> date:
        """The channel's own date."""
        return self.now.astimezone(ZoneInfo(channel.zone)).date()

    async def paper(self, ask: Invocation, text: str) -> Paper:
        """The paper that a person names: its number in the latest digest, an id, a link or a title.

        Raises Refused with the nearest titles where none is meant for sure.
        """
        wanted = unquoted(text)
        if (number := number_of(wanted)) is not None:
            return await self.numbered(ask, number)
        found, why = await self.look_up(wanted)
        if found.paper:
            return found.paper
        if found.unknown_id:
            wrong = f"{identity.said(found.unknown_id)} is not among the stored papers{why}."
            raise Refused(wrong, "Try /paper and its title.")
        nearest = f"Closest: “{shorten(found.near[0].title, 80)}”." if found.near else "Try /paper and its title."
        raise Refused(f"No paper is called “{shorten(wanted, 60)}”.", nearest)

    async def look_up(self, wanted: str) -> tuple[LookUp, str]:
        """Which paper is meant, asked for at its source where it is not stored; and why it did not come, if known."""
        found = await self.store.papers.look_up(wanted)
        desk = self.desk()
        if found.paper or desk is None:
            return found, ""
        if found.unknown_id:
            if why := await finding.fetch(desk, found.unknown_id):
                return found, f", and {why}"
            return await self.store.papers.look_up(wanted), ""
        if not found.is_ambiguous and await finding.fetch_title(desk, wanted):
            return await self.store.papers.look_up(wanted), ""
        return found, ""

    async def numbered(self, ask: Invocation, number: int) -> Paper:
        """The paper of that number in the latest digest; Refused where it has none."""
        digest = await self.latest_digest(ask)
        if digest is None:
            raise Refused("There is no digest here yet, so no numbers.", "Type /papers digest first.")
        if not 1 <= number <= len(digest.picks):
            raise Refused(f"The latest digest has no paper {number}.", f"Its numbers go from 1 to {len(digest.picks)}.")
        return digest.picks[number - 1].paper

    async def latest_digest(self, ask: Invocation) -> Digest | None:
        return await self.store.digests.latest(await self.channel(ask))


def who(ask: Invocation) -> Who:
    """The person who asks: a key that is theirs on every channel of the platform, and their name."""
    return Who(f"{ask.channel.platform}/{home(ask)}/{ask.user}", ask.user_name or ask.user)


def home(ask: Invocation) -> str:
    """The workspace of what is the person's own."""
    return EVERYWHERE if ask.is_global else ask.channel.workspace
