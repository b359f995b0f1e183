"""App Home: what a person follows, the channels they share with us, what they have saved, and what to press."""

import asyncio
from dataclasses import replace

from adapters.slack.answer import Answers
from adapters.slack.asking import Asking, at
from adapters.slack.heard import Place
from adapters.slack.people import People
from adapters.slack.render import home
from bot.adapter import Handle, Invocation
from bot.cards import Action, Card, Listing, Notice, Reply, Row
from bot.text import human_list, plural

MOST_CHANNELS = 12  # more have no room
MOST_SEEN = 10_000  # people whose opening it is remembered
NAMES = 5  # of what a channel follows
_HEAD = Notice(
    "A few papers that fit, at the time you say; look-ups at any time.",
    title="Paper Round",
    actions=(
        Action("Find a paper", "open", "paper"),
        Action("Follow for me", "open", "follow"),
        Action("My digest times", "schedule"),
        Action("My settings", "settings"),
        Action("Help", "help"),
    ),
)


class AppHome:
    """Draws App Home for whoever opens it."""

    def __init__(self, asking: Asking, people: People, answers: Answers) -> None:
        self._asking = asking
        self._people = people
        self._answers = answers
        self._seen: set[tuple[str, str]] = set()

    async def show(self, handle: Handle, workspace: str, place: Place) -> None:
        """Publish it to the person."""
        if len(self._seen) >= MOST_SEEN:
            self._seen.clear()
        self._seen.add((workspace, place.user))
        alone = at(place, "")
        own = await self._asking.invocation(workspace, alone)
        mine, saved, channels = await asyncio.gather(
            handle.handle(replace(own, verb="list", event_key="")),
            handle.handle(replace(own, verb="saved", event_key="")),
            self._channels(handle, workspace, own),
        )
        cards: tuple[Card, ...] = (_HEAD, *channels, *mine.cards, *saved.cards)
        await self._answers.publish(workspace, place.user, home(cards))

    async def show_again(self, handle: Handle, workspace: str, place: Place) -> None:
        """Publish it anew to a person who has opened it since we started."""
        if (workspace, place.user) in self._seen:
            await self.show(handle, workspace, place)

    async def _channels(self, handle: Handle, workspace: str, own: Invocation) -> tuple[Card, ...]:
        shared = await self._people.shared(workspace, own.user)
        if not shared:
            return (Notice("In no channel of yours yet. To have papers in one, type there: /invite @Paper Round"),)
        shown = dict(sorted(shared.items(), key=lambda item: item[1])[:MOST_CHANNELS])
        replies = await asyncio.gather(*(self._listed(handle, own, id, name) for id, name in shown.items()))
        rows = tuple(_row(id, name, reply) for (id, name), reply in zip(shown.items(), replies, strict=True))
        rest = len(shared) - len(shown)
        footer = f"{plural(rest, 'more channel')}: type /papers there." if rest else ""
        return (Listing("Channels that you share with Paper Round", rows, footer),)

    async def _listed(self, handle: Handle, own: Invocation, id: str, name: str) -> Reply:
        there = replace(own.channel, id=id, name=name, kind="channel")
        return await handle.handle(replace(own, channel=there, verb="list", event_key=""))


def _row(id: str, name: str, reply: Reply) -> Row:
    """A channel with what it follows, when its digest comes, and what can be changed."""
    listing = next((card for card in reply.cards if isinstance(card, Listing)), None)
    follows = human_list([row.text for row in listing.rows], NAMES) if listing else "follows nothing yet"
    detail = f"{follows} · {listing.footer}" if listing else follows
    return Row(
        f"#{name}",
        detail,
        actions=(
            Action(f"Follow in #{name}", "in", f"{id} open follow"),
            Action(f"Times of #{name}", "in", f"{id} schedule"),
            Action(f"Settings of #{name}", "in", f"{id} settings"),
        ),
    )
