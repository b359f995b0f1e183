"""What a feed says of itself when somebody begins to follow it."""

import asyncio

from yarl import URL

from bot.commands.context import Context
from bot.errors import Fault, SourceTrouble
from bot.model import Follow
from bot.sources.addresses import Rules
from bot.text import plural, shorten

PATIENCE_SECONDS = 10.0
_UNREAD = "It is read once whoever runs the bot has set PAPER_ROUND_CONTACT."


async def introduced(ctx: Context, follow: Follow) -> str:
    """Its title and its newest entry, or why it can't be read now. Raises Refused for one that may never be read."""
    from bot.gather.feeds import first_look

    desk = ctx.desk()
    if desk is None or not desk.client.may_ask(follow.key, typed_by_a_person=True):
        (desk.client.rules if desk else Rules()).check(URL(follow.key), for_own=False)
        return _UNREAD
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            found = await first_look(desk, follow.key)
    except Fault:
        raise
    except TimeoutError:
        return _later("it took too long")
    except SourceTrouble as err:
        return _later(str(err))
    newest = f" Its newest: “{shorten(found.newest, 100)}”." if found.newest else ""
    title = f"“{shorten(found.title, 100)}”" if found.title else "The feed"
    old = " What is there already is not posted." if found.entries else ""
    return f"{title} has {plural(found.entries, 'entry', 'entries')}.{newest}{old}"


def _later(why: str) -> str:
    return f"The feed could not be read just now: {why}. I'll try again within the hour."
