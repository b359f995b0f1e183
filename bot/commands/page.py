"""The secret web page of a channel's digests."""

import secrets

from bot.adapter import Invocation
from bot.cards import Action, Listing, Reply, Row, done
from bot.commands import permissions
from bot.commands.context import Context
from bot.errors import Refused
from bot.grammar import Arg, command

_NAME_BYTES = 6  # of what names a channel in its link: never the same twice; the signature keeps it from being guessed


@command(
    "page",
    Arg("link", "new for another link, off for none; nothing for the one there is", "choice", choices=("new", "off")),
    help="The secret web page of this channel's digests, with feeds.",
    example="/papers page",
    place=("channel", "page"),
)
async def page(ctx: Context, ask: Invocation, link: str) -> Reply:
    """The link to the channel's digests, made when somebody first asks for it; another one, or none, for good."""
    channel = await ctx.channel(ask)
    if ctx.archive is None:
        raise Refused("There is no web page here.", "Whoever runs it can switch it on: paper-round serve.")
    known = await ctx.store.channels.link_of(channel)
    if link:
        permissions.require_change(channel, ask)
    if link == "off":
        await ctx.store.channels.set_link(channel, "")
        said = "The link to this channel's digests leads nowhere any more."
        return done(said, announce=f"{ask.user_name or ask.user} took the link to this channel's page away.")
    name = known if known and not link else secrets.token_urlsafe(_NAME_BYTES)
    url = ctx.archive(name)
    if name != known:
        await ctx.store.channels.set_link(channel, name)
    told, announce = "Whoever has this link sees them, and feeds of them for readers.", None
    if known and link == "new":
        told += " The link before it leads nowhere any more."
        announce = f"{ask.user_name or ask.user} made another link to this channel's page; the one before is dead."
    ways = (Action("Another link", "page", "new"), Action("No link", "page", "off"))
    shown = Listing("The page of this channel's digests", (Row("Open the page", url, url=url),), told, ways)
    return Reply((shown,), announce=announce)
