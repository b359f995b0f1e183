"""Votes on papers, and what was learned from them: shown, and corrected by people."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.adapter import Invocation
from bot.cards import Action, Listing, Reply, Row, Tally, done, note
from bot.commands import permissions
from bot.commands.context import Context, who
from bot.digests.lessons import MONTH
from bot.errors import Refused
from bot.grammar import Arg, command, unquoted
from bot.model import Channel, Paper
from bot.picking.words import stems
from bot.text import number_of, plural, quoted, shorten

if TYPE_CHECKING:
    from bot.picking.explain import Learned

MOST_TOLD = 50  # words that people pinned or removed, of each
LONGEST = 60  # characters of one
WORDS = 2  # of a phrase: the picker knows words and pairs
_PAPER = Arg("paper", "a number in the latest digest, an id or a title", required=True, suggests="papers")
_BEGIN = "To begin: /papers like 1, or /papers dislike 1"


@command(
    "like",
    _PAPER,
    help="More like this paper, here.",
    example="/papers like 2",
    aliases=("up", "upvote"),
    place=("vote", "like"),
)
async def like(ctx: Context, ask: Invocation, paper: str) -> Reply:
    """The person's vote for more like a paper in this channel; said again, it is taken back."""
    return await _vote(ctx, ask, await ctx.paper(ask, paper), +1)


@command(
    "dislike",
    _PAPER,
    help="Less like this paper, here.",
    example="/papers dislike 3",
    aliases=("down", "downvote"),
    place=("vote", "dislike"),
)
async def dislike(ctx: Context, ask: Invocation, paper: str) -> Reply:
    """The person's vote for less like a paper in this channel; said again, it is taken back. Offers to mute."""
    return await _vote(ctx, ask, await ctx.paper(ask, paper), -1)


@command(
    "tune",
    Arg("what", "pin, remove or back; nothing to see what was learned", "word", choices=("pin", "remove", "back")),
    Arg("word", "a word or a pair of words, or its number in the list"),
    help="What votes here have taught, and correct it.",
    example="/papers tune remove survey",
    place=("vote", "tune"),
)
async def tune(ctx: Context, ask: Invocation, what: str, word: str) -> Reply:
    """The words that count here, with their weights; one pinned, removed, or left to the votes again."""
    channel = await ctx.channel(ask)
    if not what:
        return await _learned(ctx, channel)
    verb = what.casefold()
    if verb not in ("pin", "remove", "back"):
        wanted = _few(shorten(unquoted(f"{what} {word}"), LONGEST))
        raise Refused(
            f"Shall “{wanted}” count or not?", f"Try /papers tune pin {wanted}, or /papers tune remove {wanted}"
        )
    if not word:
        raise Refused(f"/papers tune {verb} needs a word.", f"Try /papers tune {verb} survey")
    permissions.require_change(channel, ask)
    return await _told(ctx, ask, channel, verb, await _named(ctx, channel, verb, word))


async def _vote(ctx: Context, ask: Invocation, paper: Paper, sign: int) -> Reply:
    channel = await ctx.channel(ask)
    before, after = await ctx.store.votes.vote(channel, who(ask).key, paper, sign, ctx.now)
    more, less = await ctx.store.votes.tally(channel, paper)
    reply = await _noted(ctx, channel, paper, before, after)
    return replace(reply, tally=Tally(paper.id, more, less, before))


async def _noted(ctx: Context, channel: Channel, paper: Paper, before: int, after: int) -> Reply:
    """What a person is told of their vote: where it changed, before it was another one; 0 is none."""
    title, sign = shorten(paper.title, 80), after or before
    way = "more" if sign > 0 else "less"
    if not after:
        return done(f"Taken back: your vote for {way} like “{title}”.")
    said = f"{'Changed' if before else 'Noted'}: {way} like “{title}”."
    votes = await ctx.store.votes.count(channel, ctx.now - timedelta(days=MONTH))
    tally = f"{plural(votes, 'vote')} here this month."
    again = Action("Take it back", "like" if sign > 0 else "dislike", paper.id)
    learned = Action("What was learned", "tune")
    if sign > 0:
        return done(f"{said} {tally}", again, learned)
    mutes = (Action(f"Mute “{phrase}”", "mute", phrase) for phrase in await ctx.selection.telling(paper, 2))
    return done(f"{said} {tally}", again, *mutes, learned)


async def _learned(ctx: Context, channel: Channel) -> Reply:
    found = await ctx.selection.learned(channel)
    listed, unsaid = found.more + found.less, _unsaid(found, channel)
    if not listed and not unsaid and not channel.removed:
        votes = await ctx.store.votes.count(channel, ctx.now - timedelta(days=MONTH))
        if votes:
            return note(f"{plural(votes, 'vote')} so far, and no word yet that sets these papers apart.")
        return note(f"Nothing was learned here yet: nobody has voted. {_BEGIN}")
    rows = [_row(n, word, weight, channel) for n, (word, weight) in enumerate(listed, start=1)]
    rows += [
        Row(word, "pinned: too few papers here say it yet", n, actions=(_unpinning(n, word),))
        for n, word in enumerate(unsaid, start=len(rows) + 1)
    ]
    rows += [
        Row(word, "removed: never counts", n, actions=(Action(f"Back {n}", "tune", f"back {word}"),))
        for n, word in enumerate(channel.removed, start=len(rows) + 1)
    ]
    rows += [
        Row(f"papers by {shorten(name, LONGEST)}", f"more, {weight:+.2f}", actions=(_following(name),))
        for name, weight in found.people
    ]
    footer = "To correct it: /papers tune remove 1, /papers tune pin and a word, /papers tune back and a word"
    return Reply((Listing(f"What counts here ({plural(len(listed) + len(unsaid), 'word')})", tuple(rows), footer),))


def _following(name: str) -> Action:
    return Action(f"Follow {shorten(name, LONGEST)}", "follow", f"author:{quoted(name)}")


def _row(n: int, word: str, weight: float, channel: Channel) -> Row:
    way = "more" if weight > 0 else "less"
    if _key(word) in map(_key, channel.pinned):
        return Row(word, f"{way}, {weight:+.2f}, pinned", n, actions=(_unpinning(n, word),))
    return Row(word, f"{way}, {weight:+.2f}", n, actions=(Action(f"Remove {n}", "tune", f"remove {word}"),))


def _unpinning(n: int, word: str) -> Action:
    return Action(f"Unpin {n}", "tune", f"back {word}")


def _unsaid(found: "Learned", channel: Channel) -> list[str]:
    """What is pinned and not among the words that count."""
    told = {_key(word) for word, _ in found.more + found.less}
    return [word for word in channel.pinned if _key(word) not in told]


async def _named(ctx: Context, channel: Channel, verb: str, text: str) -> str:
    """The word that is typed, or the one of that number in the list. Raises Refused."""
    word = unquoted(text)
    if (number := number_of(word)) is not None:
        found = await ctx.selection.learned(channel)
        listed = [*(said for said, _ in found.more + found.less), *_unsaid(found, channel), *channel.removed]
        if not 1 <= number <= len(listed):
            there = f"Its numbers go from 1 to {len(listed)}." if listed else "It is empty."
            raise Refused(f"The list has no word {number}.", f"{there} See /papers tune")
        return listed[number - 1]
    if not _key(word) or len(word) > LONGEST:
        raise Refused(
            f"“{shorten(word, 40)}” is no word that could tell papers apart.", "Try /papers tune pin denoising"
        )
    if verb != "back" and (few := _few(word)) != word:
        raise Refused("Only a word can count, or two that follow each other.", f"Try /papers tune {verb} {few}")
    return word.casefold()


def _few(text: str) -> str:
    """The text, or only its first words that could tell papers apart, where it has more than can count."""
    if len(_key(text).split()) <= WORDS:
        return text
    return " ".join([word for word in re.findall(r"[^\W_]+", text) if _key(word)][:WORDS])


async def _told(ctx: Context, ask: Invocation, channel: Channel, verb: str, word: str) -> Reply:
    pinned, removed = _without(channel.pinned, word), _without(channel.removed, word)
    if verb == "pin":
        pinned = (*pinned, word)
    elif verb == "remove":
        removed = (*removed, word)
    wanted = replace(channel, pinned=pinned, removed=removed)
    if {*map(_key, pinned)} == {*map(_key, channel.pinned)} and {*map(_key, removed)} == {*map(_key, channel.removed)}:
        return note(f"{_state(verb, word)} Nothing changed.")
    if max(len(pinned), len(removed)) > MOST_TOLD:
        raise Refused(
            f"{MOST_TOLD} words are {'pinned' if verb == 'pin' else 'removed'} here already.", "See /papers tune"
        )
    values = {"pinned": list(wanted.pinned) or None, "removed": list(wanted.removed) or None}
    what = {"pin": f"pinned “{word}”", "remove": f"removed “{word}”", "back": f"left “{word}” to the votes"}[verb]
    change = await ctx.store.schedules.configure(channel, values, who(ask), ctx.now, f"{what} in what counts here")
    return done(
        _state(verb, word),
        Action("Undo", "undo", f"change:{change}"),
        Action("What was learned", "tune"),
        announce=f"{who(ask).name} {what} in what counts here.",
    )


def _state(verb: str, word: str) -> str:
    match verb:
        case "pin":
            return f"“{word}” counts for a paper here, whatever the votes say."
        case "remove":
            return f"“{word}” counts neither for a paper here nor against it. To never show it: /papers mute {word}"
        case _:
            return f"“{word}” counts here as the votes say."


def _without(words: tuple[str, ...], word: str) -> tuple[str, ...]:
    return tuple(one for one in words if _key(one) != _key(word))


def _key(word: str) -> str:
    return " ".join(stem for stem in stems(word) if stem)
