"""A channel's digests sent to a web address as well: for whatever no adapter speaks to."""

from yarl import URL

from bot.adapter import Invocation
from bot.cards import Action, Reply, done, note
from bot.commands import permissions
from bot.commands.context import Context, who
from bot.errors import Refused
from bot.grammar import Arg, command
from bot.model import Channel
from bot.sources.addresses import Rules, host_of, web_address

_OFF = "off"


@command(
    "webhook",
    Arg("url", "the https address that digests are sent to; or off", "word"),
    help="Send this channel's digests to a web address too.",
    example="/papers webhook https://chat.lab.org/hooks/abc",
    place=("channel", "webhook"),
)
async def webhook(ctx: Context, ask: Invocation, url: str) -> Reply:
    """Where digests go besides; with an address, there from now on; with off, nowhere else any more.

    The address is a secret: it is kept sealed, and only its host is ever said.
    """
    channel = await ctx.channel(ask)
    if ctx.seal is None:
        raise Refused("Nothing can be sent to web addresses here.", "Whoever runs it can set PAPER_ROUND_SECRET_KEY.")
    sealed = await ctx.store.hooks.of(channel)
    host = host_of(URL(ctx.seal.open(sealed))) if sealed else ""
    if not url:
        said = f"Digests also go to {host}." if host else "Digests go nowhere else."
        return note(said, *((Action("Stop that", "webhook", _OFF),) if host else ()))
    permissions.require_change(channel, ask)
    if url.casefold() == _OFF:
        if not host:
            return note("Digests go nowhere else. Nothing changed.")
        await ctx.store.hooks.end(channel)
        return done(f"Digests go to {host} no more.", announce=f"{who(ask).name} stopped sending digests to {host}.")
    address = web_address(url.strip("<>").partition("|")[0])
    desk = ctx.desk()
    (desk.client.rules if desk else Rules()).check(address, for_own=False)
    hello = f"Digests of {_name(channel)} come here from now on."
    await ctx.store.hooks.put(channel, ctx.seal.close(str(address)), hello, who(ask), ctx.now)
    return done(
        f"Digests also go to {host_of(address)} from now on, as JSON; a word of greeting is on its way. What comes "
        f"from here is signed with this secret, shown only now: {ctx.seal.word(str(address))}",
        Action("Stop that", "webhook", _OFF),
        announce=f"{who(ask).name} has digests sent to {host_of(address)} too.",
    )


def _name(channel: Channel) -> str:
    return f"#{channel.name.lstrip('#')}" if not channel.is_personal else channel.name
