"""Help: what can be said, and what to say next."""

from collections.abc import Sequence

from bot.adapter import Invocation
from bot.cards import Action, Listing, Reply, Row
from bot.commands.context import Context
from bot.digests import times
from bot.grammar import Arg, Command, command, named
from bot.model import Digest, Follow
from bot.text import day, human_join, human_list, said

_FIRST = ("follow", "preview", "digest", "paper", "save", "list")  # the six that a newcomer needs
_NEXT_EMPTY = ("follow", "preview", "paper")  # the three of most use where nothing is followed,
_NEXT_FOLLOWING = ("digest", "list", "schedule")  # where no digest was yet,
_NEXT_READING = ("digest", "why", "save")  # and where there was one


@command(
    "help",
    Arg("command", "a command, or all", "word", suggests="commands"),
    help="What can be said here.",
    example="/papers help follow",
    aliases=("?", "commands", "hello", "hi"),
)
async def help_(ctx: Context, ask: Invocation, command: str) -> Reply:
    """The six commands to begin with, all of them, or one in detail; to `/papers` alone how things stand."""
    if command.casefold() == "all":
        return Reply((Listing("Everything that can be said", tuple(Row(c.usage, c.help) for c in ctx.commands)),))
    if command:
        return Reply((_detail(named(command.lstrip("/"), ctx.commands)),))
    channel = await ctx.channel(ask)
    follows = await ctx.store.follows.of(channel)
    status = f"This channel follows {_names(follows)}." if follows else "This channel follows nothing yet."
    if said(ask.text).strip("/ ").casefold() in ("", "papers") and ask.verb != "help":
        latest = await ctx.store.digests.latest(channel)
        last = f"Last digest: {day(latest.day)}." if latest else ""
        coming = times.next_line(channel, await ctx.store.schedules.of(channel), ctx.now) if follows else ""
        status = " ".join(filter(None, (status, last, coming)))
        rows = _rows(ctx, _next(follows, latest), follows)
        return Reply((Listing(status, rows, actions=(Action("Help", "help"),)),))
    more = Action("All commands", "help", "all")
    footer = "For more: /papers help all, or /papers help follow"
    return Reply((Listing(status, _rows(ctx, _FIRST, follows), footer, (more,)),))


def _next(follows: Sequence[Follow], latest: Digest | None) -> tuple[str, ...]:
    if not follows:
        return _NEXT_EMPTY
    return _NEXT_READING if latest else _NEXT_FOLLOWING


def _rows(ctx: Context, verbs: Sequence[str], follows: Sequence[Follow]) -> tuple[Row, ...]:
    """Each command by an example from what is followed here, and what it does."""
    topic = next((follow.name for follow in follows if follow.kind == "topic"), "recsys")
    known = [named(verb, ctx.commands) for verb in verbs]
    return tuple(Row(one.example.replace("recsys", topic), one.help) for one in known)


def _names(follows: Sequence[Follow]) -> str:
    return human_list([follow.name for follow in follows], 3)


def _detail(known: Command) -> Listing:
    rows = [Row(arg.slot, arg.help) for arg in known.args]
    also = f"Also: {human_join(known.aliases, 'or')}. " if known.aliases else ""
    return Listing(f"{known.root}: {known.help}", tuple(rows), f"{also}Example: {known.example}")
