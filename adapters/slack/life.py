"""The life of an installation: invited to a channel, let in again, put out, uninstalled."""

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from typing import assert_never

from adapters.slack.answer import PLATFORM
from adapters.slack.asking import channel_of
from adapters.slack.heard import Changed, Joined, Moved, Removed
from adapters.slack.people import Room
from adapters.slack.replies import Desk
from bot.adapter import Handle, Invocation
from bot.cards import Action, Listing, Notice, Reply

_WORDS = re.compile(r"[^\W_]{3,}")
_TOO_COMMON = frozenset({
    "about", "all", "and", "channel", "chat", "club", "discussion", "for", "general", "group", "lab", "new", "news",
    "our", "paper", "papers", "random", "reading", "research", "talk", "team", "the", "this", "with",
})  # fmt: skip
_MOST_WORDS = 12


class Life:
    """What becomes of channels."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def joined(self, workspace: str, news: Joined) -> None:
        """Greet a channel that invited us; where something is followed already, say that it was kept."""
        place = news.place
        desk = self._desk
        desk.people.forget_room(workspace, place.channel)
        if news.who != await desk.homes.bot(workspace):
            return
        asked = replace(await desk.asking.invocation(workspace, place), event_key="")
        await desk.handle.back(asked.channel)
        known = await desk.handle.handle(replace(asked, verb="list"))
        if any(isinstance(card, Listing) for card in known.cards):
            head = Notice("Here again. What this channel follows was kept.")
            reply = Reply((head, *known.cards), audience="channel")
        else:
            room = await desk.people.room(workspace, place.channel)
            reply = greeting(await guessed(desk.handle, asked, room))
        await desk.answers.send(workspace, place, reply)

    async def changed(self, workspace: str, news: Changed) -> None:
        """Keep up with a channel: its follows go by its id, so that they stay whatever it is called."""
        self._desk.people.forget_room(workspace, news.place.channel)
        channel = channel_of(workspace, news.place, news.place.channel_name, "")
        match news.what:
            case "opened":
                await self._desk.handle.back(channel)
            case "closed":
                await self._desk.handle.gone(channel)
            case "renamed":
                return  # the next word spoken there brings the name
            case _:
                assert_never(news.what)

    async def moved(self, workspace: str, news: Moved) -> None:
        """All that a channel had is now the channel's of the new id."""
        for id in (news.place.channel, news.id):
            self._desk.people.forget_room(workspace, id)
        if news.place.channel and news.id:
            await self._desk.handle.moved(channel_of(workspace, news.place, "", ""), news.id)

    async def removed(self, workspace: str, news: Removed) -> None:
        """Stop at once where we were uninstalled. Where only a person's own token was revoked, nothing changes."""
        if news.bots is None or await self._desk.homes.bot(workspace) in news.bots:
            await self._desk.handle.left(PLATFORM, workspace)
            self._desk.homes.forget(workspace)


def greeting(topic: str) -> Reply:
    """What a channel is told when we come: what we do, and three things to press."""
    text = "A few papers that fit, once a day; look-ups at any time with /paper and a title. Nothing is posted here "
    text += "until this channel follows something."
    if topic:
        follow = Action(f"Follow {topic}", "follow", topic)
        preview = Action(f"Preview {topic}", "preview", topic)
        text += f" By its name it may like {topic}."
    else:
        follow, preview = Action("Follow a topic", "open", "follow"), Action("Preview a topic", "open", "preview")
    time = Action("Pick a time", "schedule")
    return Reply((Notice(text, title="This is Paper Round", actions=(follow, preview, time)),), audience="channel")


async def guessed(handle: Handle, asked: Invocation, room: Room) -> str:
    """The first known topic that the channel's name or purpose names, or nothing."""
    for words in _phrases(asked.channel.name, room.purpose):
        for topic in await handle.suggest(replace(asked, text=words), "topics"):
            if topic.casefold() == words or topic.casefold().startswith(f"{words} "):
                return topic
    return ""


def _phrases(name: str, purpose: str) -> Iterable[str]:
    """Two words that stand together, then single ones; those of the name first."""
    for text in (name, purpose):
        words = [word for word in _WORDS.findall(text.casefold()) if word not in _TOO_COMMON][:_MOST_WORDS]
        yield from (f"{one} {other}" for one, other in pairwise(words))
        yield from words
