"""Whose say it is: history, undo, who may change what, and the end of it all."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.adapter import Invocation
from bot.cards import Action, Listing, Reply, Row, done, note
from bot.commands import permissions
from bot.commands.context import Context, who
from bot.commands.groups import group
from bot.errors import Refused
from bot.grammar import Arg, command
from bot.store.follows import Change
from bot.text import day, human_join, number_of, plural

UNDO_HOURS = 24


@command(
    "undo",
    Arg("change", "its number in history; nothing for the last change", "word"),
    help="Take back the last change here.",
    example="/papers undo",
    changes_channel=True,
)
async def undo(ctx: Context, ask: Invocation, change: str) -> Reply:
    """Take back a change of the last 24 hours."""
    channel = await ctx.channel(ask)
    wanted = _change(await ctx.store.follows.changes(channel), change)
    if ctx.now - wanted.at > timedelta(hours=UNDO_HOURS):
        raise Refused(f"That change is over {UNDO_HOURS} hours old: {wanted.what}.", "See /papers list")
    if not permissions.may_take_back(ask, wanted.by_key):
        raise Refused(f"That was {wanted.by}, who {wanted.what}.", "Only they or an admin can take it back.")
    if not await ctx.store.follows.undo(channel, wanted, who(ask), ctx.now):
        raise Refused(f"That was taken back already: {wanted.what}.", "See /papers history")
    follows = await ctx.store.follows.of(channel)
    state = (
        f"This channel follows {human_join([f.name for f in follows[:5]])}." if follows else "It follows nothing now."
    )
    return done(f"Taken back: {wanted.what}. {state}", announce=f"{who(ask).name} took back: {wanted.what}.")


@command("history", help="Who changed what here.", example="/papers history", place=("channel", "history"))
async def history(ctx: Context, ask: Invocation) -> Reply:
    """The last 50 changes of the channel, newest first."""
    changes = await ctx.store.follows.changes(await ctx.channel(ask))
    if not changes:
        return note("Nothing was changed here yet.")
    rows = tuple(
        Row(f"{one.by} {one.what}", day(one.at.date()) + (" · taken back" if one.undone else ""), n)
        for n, one in enumerate(changes, start=1)
    )
    return Reply((Listing("Changes here", rows, "To take the last one back: /papers undo"),))


@command(
    "who",
    Arg("managers", "admins, members, a @group, or platform for its own rule", "word", choices=permissions.RULES),
    help="Who may change what comes here.",
    example="/papers who admins",
    place=("channel", "who"),
)
async def who_(ctx: Context, ask: Invocation, managers: str) -> Reply:
    """The channel's rule on who may change it; with a word, another rule, which only admins give."""
    channel = await ctx.channel(ask)
    wanted = managers.casefold()
    if not wanted:
        others = "" if channel.managers == "admins" else "Only whoever added a follow, or an admin, can stop it. "
        ways = "To change that: /papers who admins, /papers who members, or /papers who and a @group."
        return note(f"Now {permissions.changers(channel)} can change what comes here. {others}{ways}")
    if channel.is_personal:
        raise Refused("What comes to you alone is changed by nobody else.", "Try /papers list")
    permissions.require_admin(ask, "say who changes what comes here")
    known = {"admins": "admins", "admin": "admins", "members": "members", "member": "members", "platform": ""}
    kept = known[wanted] if wanted in known else group(managers, ask.channel.workspace).kept
    if kept == channel.managers:
        return note(f"Now {permissions.changers(channel)} can change what comes here. Nothing changed.")
    can = f"{permissions.changers(replace(channel, managers=kept))} can change what comes"
    change = await ctx.store.channels.set_managers(channel, kept, who(ask), ctx.now, f"said that {can}")
    return done(
        f"From now on {can} here.",
        Action("Undo", "undo", f"change:{change}"),
        announce=f"{who(ask).name} said that {can} here.",
    )


@command(
    "purge",
    Arg("sure", "the word everything, to be sure", "word", choices=("everything",)),
    help="Delete all that is stored about this channel.",
    example="/papers purge",
    place=("channel", "purge"),
)
async def purge(ctx: Context, ask: Invocation, sure: str) -> Reply:
    """Delete the channel's follows, times, digests and history, now; asks where unsure. The papers stay."""
    permissions.require_admin(ask, "delete what is stored about this channel")
    channel = await ctx.channel(ask)
    follows = plural(len(await ctx.store.follows.of(channel)), "follow")
    digests = plural(await ctx.store.digests.count(channel), "digest")
    if sure.casefold() != "everything":
        gone = f"its {follows}, its times and settings, its {digests} and who changed what"
        stays = "The papers stay, and so do people's reading lists; papers shown here before may come again."
        return note(
            f"That deletes everything of this channel now and for good: {gone}. {stays}",
            Action("Delete everything", "purge", "everything"),
        )
    await ctx.store.channels.purge(channel)
    return done(
        f"Deleted: {follows}, {digests}, and all else of this channel. To begin again: /papers follow recsys",
        announce=f"{who(ask).name} deleted everything that was stored about this channel.",
    )


def _change(changes: Sequence[Change], named: str) -> Change:
    """The change that a button or a number in history names, or the last one that can be taken back."""
    if named.startswith("change:"):
        found = next((one for one in changes if f"change:{one.pk}" == named), None)
    elif named:
        number = number_of(named)
        found = changes[number - 1] if number is not None and 1 <= number <= len(changes) else None
    else:
        found = next((one for one in changes if not one.undone and not one.takes_back), None)
        if found is None:
            raise Refused("There is nothing to take back here.", "See /papers history")
    if found is None:
        raise Refused(f"History has no change “{named[:20]}”.", "See /papers history for the numbers.")
    return found
