"""Digests by mail: asked for by anybody, confirmed by whoever reads mail there, ended by one click."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import replace

from bot.adapter import Invocation, mailed_to
from bot.cards import Action, Reply, note
from bot.commands import schedule, sharing
from bot.commands.context import Context, who
from bot.digests import spoken
from bot.errors import Refused
from bot.grammar import Arg, command
from bot.mailbox import address as mail_address
from bot.model import Follow
from bot.store.requests import Asked, Request
from bot.text import human_list, plural

_CHECKED = ("category", "trending")  # kinds of follows that can't say just anything
_A_LINK = re.compile(r"[:/@]|\w\.\w|.{60}")  # what a mail program may make a link of, and what is no name any more
_OFF, _YES = "off", "yes"  # what the links in a mail say


@command(
    "email",
    Arg("address", "the address that digests are to be mailed to", "word", required=True),
    Arg("follows", "what to follow there; nothing for all that is followed here", "lines"),
    Arg("when", 'when it comes, such as "08:00 weekdays Europe/Berlin"', key=True),
    help="Digests by mail, to an address that confirms it.",
    example="/papers email me@lab.org",
    place=("me", "email"),
)
async def email(ctx: Context, ask: Invocation, address: str, follows: str, when: str) -> Reply:
    """Ask the address whether it wants these follows mailed. Nothing else is sent there before it is confirmed."""
    if ask.channel.kind == "email" and address.casefold() == _YES:
        return await _confirmed(ctx, ask, follows)
    if ask.channel.kind == "email" and address.casefold() == _OFF:
        return await _ended(ctx, ask)
    if not ctx.has_mail:
        raise Refused("Nothing can be mailed from here.", "Whoever runs it can set SMTP_URL and MAIL_FROM.")
    wanted = await _wanted(ctx, ask, mail_address(address), follows, when)
    question = _question(wanted, sharing.check(wanted.follows))
    match await _put_down(ctx, wanted, question):
        case "asked":
            return note(f"A mail is on its way to {wanted.address}. Digests come there once its link is opened and "
                        "confirmed, within 2 days; until then nothing else is sent.")  # fmt: skip
        case "lately":
            return note(f"{wanted.address} was asked not long ago, so no other mail is sent there now. Look for that "
                        "one, among the spam too, or try again tomorrow.")  # fmt: skip
        case "too often":
            raise Refused("That is enough addresses for a day.", "Try again tomorrow.")


async def _put_down(ctx: Context, wanted: Request, question: str) -> Asked:
    if (verdict := await ctx.store.requests.may_ask(wanted, ctx.now)) != "asked":
        return verdict
    there = mailed_to(wanted.address)
    await ctx.store.reach.back(there)  # it was refused once; whoever asks now may know better
    channel = await ctx.store.channels.of(there, zone=wanted.zone)
    return await ctx.store.requests.ask(secrets.token_hex(16), wanted, channel, question, ctx.now)


async def _wanted(ctx: Context, ask: Invocation, address: str, follows: str, when: str) -> Request:
    """What is asked for: what was said, or else all that the channel gets, at its time."""
    zone, by = ask.zone or ctx.zone, who(ask).key
    if when:
        said = spoken.schedule(when)
        if said.is_off or said.kind != "daily":
            raise Refused(f"“{when}” says no time for a digest.", 'Try when:"08:00 weekdays Europe/Berlin"')
        zone = said.zone or zone
    if follows:
        return Request(address, by, follows, zone, when)
    channel = await ctx.channel(ask)
    known = await sharing.everything(ctx, channel)
    if not any(one.kind != "mute" for one in known):
        raise Refused(
            "Nothing is followed here yet, so there is nothing to mail.", f"Try /papers email {address} recsys"
        )
    daily = next((one for one in await ctx.store.schedules.of(channel) if one.kind == "daily"), None)
    usual = schedule.typed(daily, channel.zone) if daily else ""
    return Request(address, by, "\n".join(map(sharing.line, known)), channel.zone, when or usual)


def _question(wanted: Request, follows: Sequence[Follow]) -> str:
    """What the mail asks. It repeats what was typed only where a stranger could not advertise with that."""
    known = [one for one in follows if one.kind != "mute"]
    is_harmless = all(one.kind in _CHECKED or not _A_LINK.search(one.text) for one in known)
    about = f"new papers on {human_list([one.name for one in known])}" if is_harmless else plural(len(known), "topic")
    return (
        f"Somebody asked that digests of {about} be mailed to {wanted.address}. If that was you, confirm it within "
        "2 days. If not, do nothing: then nothing more comes."
    )


async def _confirmed(ctx: Context, ask: Invocation, id: str) -> Reply:
    """Follow what was asked for. A link works once, for its own address."""
    request = await ctx.store.requests.find(id, ctx.now)
    if request is None or mailed_to(request.address).id != ask.channel.id:
        raise Refused("This link was used before, or is too old.", "Subscribe once more to get another one.")
    here = replace(ask, zone=request.zone)
    had_times = await ctx.store.schedules.of(await ctx.channel(here))
    reply = await ctx.answer(replace(here, verb="import", text=request.follows))
    if reply.outcome != "answered":
        return reply
    await ctx.store.requests.settle(id, ctx.now)
    if not request.when or had_times:
        return reply
    timed = await ctx.answer(replace(here, verb="schedule", text=request.when))
    return replace(reply, cards=(*reply.cards, *timed.cards))


async def _ended(ctx: Context, ask: Invocation) -> Reply:
    """Mail nothing more: what is followed ends, what waits is dropped, what was asked for is forgotten."""
    channel = await ctx.channel(ask)
    await ctx.store.requests.withdraw(channel)
    await ctx.store.outbox.drop(channel, "unsubscribed", ctx.now)
    known = await ctx.store.follows.of(channel)
    forget = Action("Delete what is stored about me", "forget", "me")
    if not known:
        return note(f"Nothing is mailed to {channel.name} any more.", forget)
    reply = await ctx.answer(replace(ask, verb="unfollow", text="all yes"))
    if reply.outcome != "answered":
        return reply
    undo = tuple(one for card in reply.cards for one in getattr(card, "actions", ()))
    return replace(note(f"Unsubscribed: nothing is mailed to {channel.name} any more.", *undo, forget), announce=None)
