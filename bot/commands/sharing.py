"""Follows from one channel to another: out as a block of text, in again, or copied straight away."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from bot.adapter import Invocation
from bot.cards import Action, File, Reply, done, note, refusal
from bot.commands import subjects
from bot.commands.context import Context, who
from bot.commands.following import follow as follow_command
from bot.commands.following import require_room, with_paper
from bot.digests import times
from bot.errors import Refused
from bot.grammar import Arg, command, fill, split
from bot.model import Channel, Filters, Follow
from bot.text import human_join, human_list, plural, quoted, shorten

_MUTE = re.compile(r"mute\s?:\s*", re.IGNORECASE)
_VERB = re.compile(r"^(?:/?papers\s+)?(?:follow|subscribe|add)\s+", re.IGNORECASE)  # of a command that was pasted
_CHANNEL = re.compile(r"(?:from\s+)?(?:<#(?P<id>\w+)(?:\|[^>]*)?>|#?(?P<name>\S.*))", re.IGNORECASE)
_COMPLAINTS = 5  # told one by one
MOST_AT_ONCE = 100  # follows of somebody else: twice what a channel may have by default


@dataclass
class _Read:
    """What a block of text names, and a sentence on each piece that names nothing."""

    follows: list[Follow] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@command(
    "copy",
    Arg("channel", "the channel whose follows are wanted here too", required=True),
    help="Follow here what another channel follows.",
    example="/papers copy from #ml-papers",
    place=("channel", "copy"),
    changes_channel=True,
)
async def copy(ctx: Context, ask: Invocation, channel: str) -> Reply:
    """Add the follows and mutes of another channel of the workspace, with their filters; what is here stays as it is.

    The other channel goes by its id, so that nobody reads what a channel follows that they can't see.
    """
    here = await ctx.channel(ask)
    found = _CHANNEL.fullmatch(channel.strip())
    id = (found["id"] or found["name"]).strip() if found else channel
    there = await ctx.store.channels.of_id(here, id)
    if there is None or there.pk == here.pk:
        raise Refused(
            f"“{shorten(channel, 40)}” is no other channel that I know here.",
            "Choose it from the list that # opens, such as /papers copy from #ml-papers",
        )
    follows = await everything(ctx, there)
    if not follows:
        return refusal(f"#{there.name.lstrip('#')} follows nothing.", "Try /papers follow recsys")
    quiet = [replace(one, notify=()) for one in follows]  # who is pinged there did not ask for it here
    return await _adopted(ctx, ask, here, _Read(quiet), f", copied from #{there.name.lstrip('#')}")


@command(
    "import",
    Arg("follows", "the names with their filters, one a line or with ; between", "lines", required=True),
    help="Follow all that a list names.",
    example="/papers import recsys in:cs.IR; author:Lovelace top:3",
    place=("channel", "import"),
    changes_channel=True,
)
async def import_(ctx: Context, ask: Invocation, follows: str) -> Reply:
    """Add what a block of text names, as `export follows` writes it; what is here stays as it is."""
    read = _Read()
    for piece in _pieces(follows):
        try:
            read.follows.append(await _named(ctx, ask, piece))
        except Refused as err:
            read.complaints.append(f"“{shorten(piece, 40)}” was left out: {err.wrong}")
    if not read.follows:
        raise Refused(read.complaints[0] if read.complaints else "That names nothing.", "Try /papers import recsys")
    return await _adopted(ctx, ask, await ctx.channel(ask), read)


def check(follows: str) -> Sequence[Follow]:
    """All that a block of text names, no paper looked up. Raises Refused for the first piece that names nothing."""
    pieces = _pieces(follows)
    if len(pieces) > MOST_AT_ONCE:
        raise Refused(f"That is {len(pieces)} topics at once.", f"Name {MOST_AT_ONCE} at most.")
    return [_subject(piece) for piece in pieces]


async def as_file(ctx: Context, channel: Channel) -> Reply:
    """What the channel follows and mutes, as a text that `import` takes."""
    follows = await everything(ctx, channel)
    if not follows:
        return refusal("This channel follows nothing yet.", "Try /papers follow recsys")
    return Reply((File("follows.txt", "text/plain", "".join(f"{line(one)}\n" for one in follows)),))


async def everything(ctx: Context, channel: Channel) -> tuple[Follow, ...]:
    """What a channel follows, then what it mutes."""
    return (*await ctx.store.follows.of(channel), *await ctx.store.follows.of(channel, "mute"))


def line(follow: Follow) -> str:
    """`recsys in:cs.IR top:3`, `mute:"medical image"`."""
    is_author = follow.text.startswith("author:")
    name = follow.name if follow.kind != "mute" else f"mute:{follow.text if is_author else quoted(follow.text)}"
    return f"{name} {follow.filters}".strip()


def _pieces(follows: str) -> list[str]:
    return [_VERB.sub("", piece, count=1) for line in follows.splitlines() for piece in split(line, ";")]


async def _named(ctx: Context, ask: Invocation, piece: str) -> Follow:
    follow = _subject(piece)
    return await with_paper(ctx, ask, follow) if follow.kind != "mute" else follow


def _subject(piece: str) -> Follow:
    if mute := _MUTE.match(piece):
        return subjects.mute(piece[mute.end() :])
    said = fill(follow_command, piece).values
    categories, words, authors = (cast("tuple[str, ...]", said[name]) for name in ("in_", "not_", "by_"))
    filters = Filters(categories, words, authors, cast("int | None", said["top"]))
    return subjects.subject(str(said["topic"]), filters)


async def _adopted(ctx: Context, ask: Invocation, channel: Channel, read: _Read, origin: str = "") -> Reply:
    """Add those that are not there yet, as one change, and say which they are."""
    known = await everything(ctx, channel)
    there = {(one.kind, one.key) for one in known}
    wanted = {(one.kind, one.key): one for one in read.follows}
    fresh = [one for key, one in wanted.items() if key not in there]
    require_room(ctx, sum(one.kind != "mute" for one in known), sum(one.kind != "mute" for one in fresh))
    rest = _rest(len(wanted) - len(fresh), read.complaints)
    if not fresh:
        return note(f"Nothing new in that. {rest}".strip())
    added = await ctx.store.follows.add(channel, fresh, who(ask), ctx.now)
    when = ""
    if any(one.kind != "mute" for one in fresh):
        await ctx.store.schedules.begin(channel, who(ask), ctx.now, ask.zone or ctx.zone)
        channel = await ctx.channel_anew(ask)
        when = times.next_line(channel, await ctx.store.schedules.of(channel), ctx.now)
    said = _said(fresh)
    return done(
        " ".join(filter(None, (f"New here: {said}{origin}.", rest, when))),
        Action("Undo", "undo", f"change:{added.change}"),
        announce=f"{who(ask).name} added to what comes here: {said}{origin}.",
    )


def _said(fresh: Sequence[Follow]) -> str:
    names = [one.name for one in fresh if one.kind != "mute"]
    muted = [one.name for one in fresh if one.kind == "mute"]
    parts = (human_list(names, 10) if names else "", f"muted {human_list(muted, 10)}" if muted else "")
    return human_join(filter(None, parts))


def _rest(known: int, complaints: Sequence[str]) -> str:
    said = [f"{plural(known, 'was', 'were')} here already."] if known else []
    said += complaints[:_COMPLAINTS]
    if len(complaints) > _COMPLAINTS:
        said.append(f"{len(complaints) - _COMPLAINTS} more were left out.")
    return " ".join(said)
