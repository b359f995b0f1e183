"""The one message that a server is greeted with."""

import re

from adapters.discord.asking import PLATFORM
from bot.adapter import ChannelRef, Handle, Invocation
from bot.cards import Action, Notice

OF_PAPERS = re.compile(r"papers?|read\w*|journal|research|literature|arxiv", re.IGNORECASE)  # a channel's name

_USUAL = "recsys"  # where the channel's name speaks of nothing that we know
_SHORTEST = 3  # letters of a word that may be a topic
TEXT = (
    "I bring a few new papers that fit what this channel follows, and look up any other. Nothing comes before somebody "
    "follows a topic: /papers follow. Who may change what comes here: those with the permission Manage Channels."
)


async def greeting(handle: Handle, channel: ChannelRef) -> Notice:
    """Who we are and what to press first, by what the channel's name speaks of."""
    topic = await _guessed(handle, channel) or _USUAL
    follow, preview = Action(f"Follow {topic}", "follow", topic), Action(f"Preview {topic}", "preview", topic)
    return Notice(TEXT, title="Paper Round", actions=(follow, preview, Action("Pick a time", "schedule")))


async def _guessed(handle: Handle, channel: ChannelRef) -> str:
    """The first known topic that begins with a word of the channel's name; empty where none does."""
    for word in re.findall(r"\w+", OF_PAPERS.sub(" ", channel.name.replace("_", " "))):
        asked = Invocation(channel, PLATFORM, text=word.removesuffix("s"))
        if len(word) >= _SHORTEST and (known := await handle.suggest(asked, "topics")):
            return known[0]
    return ""
