"""What concerns one person alone: digests of their own, what is stored about them, and being forgotten."""

import json
import re
from dataclasses import replace
from typing import assert_never

from bot.adapter import ChannelRef, Invocation, own_of
from bot.cards import Action, Card, File, Form, Listing, Notice, PaperCard, Picture, Reply, Row, done, note
from bot.commands.context import Context, home, who
from bot.errors import Refused
from bot.grammar import Arg, command, first_word
from bot.text import plural


@command(
    "dm",
    Arg("command", "what you would say in a channel, such as follow recsys", "lines", required=True),
    help="Any command for you alone: your own follows, digests and times.",
    example="/papers dm follow recsys",
    place=("me", "dm"),
)
async def dm(ctx: Context, ask: Invocation, command: str) -> Reply:
    """The answer to the same command in the person's own direct messages, shown to them where they asked."""
    verb, rest = first_word(re.sub(r"^/?papers\s+", "", command, flags=re.IGNORECASE))
    if verb.casefold() == "dm":
        raise Refused("That is for you alone already.", "Try /papers dm list")
    inner = replace(ask, channel=own(ask), verb="", text=command, fields={}, can_manage=True, is_admin=True)
    if filled := {name: value for name, value in ask.fields.items() if name != "command"}:
        inner = replace(inner, verb=verb, text=rest, fields=filled)
    reply = await ctx.answer(inner)
    cards = reply.cards if ask.channel.is_own(ask.user) else tuple(_for_one(card) for card in reply.cards)
    return replace(reply, cards=cards, audience="person", announce=None)


@command(
    "forget",
    Arg("me", "the word me, to be sure", "word", choices=("me",)),
    help="Delete what is stored about you.",
    example="/papers forget me",
    place=("me", "forget"),
)
async def forget(ctx: Context, ask: Invocation, me: str) -> Reply:
    """Delete the person's list, votes and own digests, and take their name off what they changed; asks where unsure."""
    if not me:
        gone = "your reading list, your votes and what you follow for yourself"
        return note(f"That deletes {gone}, for good.", Action("Forget me", "forget", "me"))
    if me.casefold() != "me":
        raise Refused("Only you can be forgotten, and only by yourself.", "Type /papers forget me")
    forgotten = await ctx.store.people.forget(who(ask).key, own(ask))
    gone = f"{plural(forgotten.saved, 'saved paper')} and {plural(forgotten.votes, 'vote')}"
    mine = " Nothing comes to you alone any more." if forgotten.had_own else ""
    return done(f"Forgotten: {gone}.{mine} What you followed in channels stays, added by a former member.")


@command(
    "mydata",
    help="Everything stored about you, as a file.",
    example="/papers mydata",
    place=("me", "export"),
)
async def mydata(ctx: Context, ask: Invocation) -> Reply:
    """All that is stored about the person who asks, as JSON."""
    kept = {"user": who(ask).key, **await ctx.store.people.everything(who(ask).key)}
    return Reply((File("about-me.json", "application/json", json.dumps(kept, ensure_ascii=False, indent=2) + "\n"),))


def own(ask: Invocation) -> ChannelRef:
    """The person's own direct messages."""
    return own_of(ask.channel.platform, home(ask), ask.user, ask.user_name or ask.user)


def _for_one(card: Card) -> Card:
    """The card with what can be pressed or typed next meant for the person alone, wherever they see it."""
    match card:
        case Form():
            return replace(card, verb=f"dm {card.verb}")
        case Notice():
            return replace(card, text=_typed(card.text), actions=_pressed(card.actions))
        case Listing():
            rows = tuple(_row(row) for row in card.rows)
            return replace(card, rows=rows, footer=_typed(card.footer), actions=_pressed(card.actions))
        case PaperCard():
            return replace(card, actions=_pressed(card.actions), menu=_pressed(card.menu))
        case Picture() | File():
            return card
        case _:
            assert_never(card)


def _row(row: Row) -> Row:
    return replace(row, actions=_pressed(row.actions))


def _pressed(actions: tuple[Action, ...]) -> tuple[Action, ...]:
    return tuple(Action(one.label, "dm", f"{one.verb} {one.target}".strip()) for one in actions)


def _typed(text: str) -> str:
    return text.replace("/papers ", "/papers dm ").replace("/papers dm dm ", "/papers dm ")
