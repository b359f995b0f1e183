"""Opt-in pings: which groups are called when a digest has papers of a follow, and never otherwise."""

from bot.adapter import Invocation
from bot.cards import Action, Listing, Reply, Row, done, note
from bot.commands import permissions, subjects
from bot.commands.context import Context, who
from bot.commands.groups import group as named_group
from bot.errors import Refused
from bot.grammar import Arg, command
from bot.model import Follow, Group
from bot.text import human_join, human_list, shorten

MOST_GROUPS = 5  # a follow


@command(
    "notify",
    Arg("group", "a @group to ping, or off; nothing to see who is pinged"),
    Arg("for", "the follow whose papers it is pinged for", key=True, suggests="follows"),
    help="Ping a group when a digest has papers of a follow.",
    example="/papers notify @reading-group for:recsys",
    place=("channel", "notify"),
)
async def notify(ctx: Context, ask: Invocation, group: str, for_: str) -> Reply:
    """Who is pinged for what here; with a group, another one; with `off`, none for that follow any more."""
    channel = await ctx.channel(ask)
    known = await ctx.store.follows.of(channel)
    if not group and not for_:
        return _listed(known)
    permissions.require_change(channel, ask)
    if channel.is_personal:
        raise Refused("What comes to you alone pings nobody.", "Use it in a channel.")
    said, _, rest = group.partition(" ")
    follow = _meant(f"{for_} {rest}".strip(), known)
    if not said:
        raise Refused("/papers notify needs a group.", f"Try /papers notify @reading-group for:{follow.name}")
    groups = () if said.casefold() == "off" else _with(follow, named_group(said, ask.channel.workspace))
    if groups == follow.notify:
        return note(f"{_state(follow.name, groups)} Nothing changed.")
    shown = human_join([Group.of(kept).shown for kept in groups])
    what = f"set pings for {follow.name}: {shown}" if groups else f"stopped the pings for {follow.name}"
    change = await ctx.store.follows.set_notify(channel, follow, groups, who(ask), ctx.now, what)
    undo = Action("Undo", "undo", f"change:{change}")
    return done(_state(follow.name, groups), undo, announce=f"{who(ask).name} {what}.")


def _meant(said: str, known: tuple[Follow, ...]) -> Follow:
    """The follow that is named, or the only one."""
    if not known:
        raise Refused("This channel follows nothing yet.", "Try /papers follow recsys")
    if not said and len(known) == 1:
        return known[0]
    names = human_list([follow.name for follow in known])
    if not said:
        raise Refused("For what?", f"Add for: and one of {names}.")
    found = subjects.match(said, known)
    if found is None:
        raise Refused(f"This channel doesn't follow “{shorten(said, 40)}”.", f"It follows: {names}.")
    return found


def _with(follow: Follow, added: Group) -> tuple[str, ...]:
    """The follow's groups and one more; the same, if it is among them."""
    if any(Group.of(kept).id == added.id for kept in follow.notify):
        return follow.notify
    if len(follow.notify) == MOST_GROUPS:
        raise Refused(f"{follow.name} pings {MOST_GROUPS} groups already.", f"Try /papers notify off for:{follow.name}")
    return (*follow.notify, added.kept)


def _state(name: str, groups: tuple[str, ...]) -> str:
    if not groups:
        return f"Nobody is pinged for {name}."
    shown = human_join([Group.of(kept).shown for kept in groups])
    return f"{shown} {'is' if len(groups) == 1 else 'are'} pinged when a digest has papers for {name}."


def _listed(known: tuple[Follow, ...]) -> Reply:
    rows = tuple(
        Row(follow.name, human_join([Group.of(kept).shown for kept in follow.notify]))
        for follow in known
        if follow.notify
    )
    if not rows:
        return note("Nobody is pinged here. To ping a group: /papers notify @reading-group for:recsys")
    return Reply(
        (Listing("Who is pinged here, and for what", rows, f"To stop: /papers notify off for:{rows[0].text}"),)
    )
