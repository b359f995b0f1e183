"""How things stand: this channel's digests, and the sources that they come from."""

from bot.adapter import Invocation
from bot.cards import Listing, Reply, Row
from bot.commands.context import Context
from bot.digests import times
from bot.gather import health
from bot.grammar import command
from bot.store.saving import FEED
from bot.text import day, plural

_MOST = 20  # sources in one message


@command("status", help="How the sources and this channel's digests stand.", example="/papers status")
async def status(ctx: Context, ask: Invocation) -> Reply:
    """The last and the next digest, then a line for each source; feeds of other channels are theirs alone."""
    channel = await ctx.channel(ask)
    follows = await ctx.store.follows.of(channel)
    latest = await ctx.store.digests.latest(channel)
    last = f"Last digest: {day(latest.day)}." if latest else "No digest yet."
    coming = times.next_line(channel, await ctx.store.schedules.of(channel), ctx.now)
    own = {f"{FEED}{follow.key}" for follow in follows if follow.kind == "feed"}
    states = [one for one in await ctx.store.sources.all() if one.source in own or not one.source.startswith(FEED)]
    unread = sorted(own - {state.source for state in states})
    told = sorted(health.lines(states, unread, ctx.now, channel.zone), key=lambda line: line.is_well)
    rows = tuple(Row(line.title, line.said) for line in told[:_MOST])
    desk = ctx.desk()
    rest = f" And {plural(len(told) - _MOST, 'source')} more." if len(told) > _MOST else ""
    quiet = "" if told else " No source has been read yet."
    asked = "" if desk and desk.client.has_contact else " No public source is read: PAPER_ROUND_CONTACT is not set."
    return Reply((Listing(f"{last} {coming}", rows, footer=f"{rest}{quiet}{asked}".strip()),))
