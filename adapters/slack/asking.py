"""Who asks: a person's place and standing on Slack, as the service wants to know them."""

from dataclasses import replace

from adapters.slack.answer import PLATFORM
from adapters.slack.heard import Place
from adapters.slack.people import People, Room
from bot.adapter import ChannelRef, Invocation


class Asking:
    """Makes invocations of what was heard."""

    def __init__(self, people: People) -> None:
        self._people = people

    async def invocation(self, workspace: str, place: Place) -> Invocation:
        """Who asks and where; what they say is still missing. Without a channel it is their own."""
        needs_name = not place.channel_name and bool(place.channel) and not place.is_dm
        self._people.ask_ahead(workspace, place.user, place.channel if needs_name else "")
        person = await self._people.person(workspace, place.user)
        room = await self._people.room(workspace, place.channel) if needs_name else Room()
        groups = await self._people.groups(workspace, place.user)
        name = person.name or place.user_name
        is_stranger = person.is_stranger if person.is_known else bool(place.team) and place.team != workspace
        return Invocation(
            channel=channel_of(workspace, place, place.channel_name or room.name, name),
            user=place.user,
            user_name=name,
            can_manage=not is_stranger,
            is_admin=person.is_admin and not is_stranger,
            groups=() if is_stranger else groups,
            zone=person.zone,
            event_key=place.key,
        )

    async def is_in(self, workspace: str, place: Place) -> bool:
        """Whether we are in the channel that was spoken in."""
        return (await self._room(workspace, place)).is_in

    async def _room(self, workspace: str, place: Place) -> Room:
        if not place.channel or place.is_dm:
            return Room()
        return await self._people.room(workspace, place.channel)


def channel_of(workspace: str, place: Place, name: str, person: str) -> ChannelRef:
    """The channel as the service knows it: a direct message goes by the person's id."""
    if not place.channel or place.is_dm:
        return ChannelRef(PLATFORM, workspace, place.user, person, "dm")
    return ChannelRef(PLATFORM, workspace, place.channel, name)


def at(place: Place, channel: str, name: str = "") -> Place:
    """The same person in another channel."""
    return replace(place, channel=channel, channel_name=name)
