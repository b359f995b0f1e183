"""Digests on demand, and the reasons behind them."""

import re
from datetime import date, timedelta

from bot.adapter import Invocation
from bot.cards import Action, Card, Listing, Reply, Row, done, note, refusal
from bot.commands.context import Context, who
from bot.digests import show
from bot.digests.lessons import lesson
from bot.digests.week import DAYS as WEEK
from bot.errors import Refused
from bot.grammar import Arg, command
from bot.model import Channel, Digest
from bot.text import day, human_join, human_list, plural, shorten

AGAIN = "again:"  # before the key of a message that may not have arrived
_DAY = re.compile(r"^\d{4}-\d{2}-\d{2}$")


@command(
    "digest",
    Arg("which", "last, today, week or a date; nothing for the latest", "word", choices=("last", "today", "week")),
    Arg("share", "show it to the whole channel", "flag"),
    help="The latest digest, or a new one for today.",
    example="/papers digest",
)
async def digest(ctx: Context, ask: Invocation, which: str, share: bool) -> Reply:
    """Today's digest, composed and counted as shown if there is none yet; or an earlier one again."""
    channel = await ctx.channel(ask)
    if not which:
        return await compose(ctx, channel, keep=True)
    wanted = which.casefold()
    if wanted.startswith(AGAIN):
        return await _again(ctx, ask, wanted.removeprefix(AGAIN))
    today = ctx.today(channel)
    if wanted == "last":
        latest = await ctx.store.digests.latest(channel)
        found: tuple[Digest, ...] = (latest,) if latest else ()
        when = "before"
    elif wanted == "today":
        found, when = await ctx.store.digests.between(channel, today, today), "today"
    elif wanted == "week":
        found, when = await ctx.store.digests.between(channel, today - timedelta(days=6), today), "in the last 7 days"
    elif _DAY.match(wanted):
        asked = _date(wanted)
        found, when = await ctx.store.digests.between(channel, asked, asked), f"on {day(asked)}"
    else:
        raise Refused(
            f"“{shorten(which, 40)}” is no digest I know.", "Try last, today, week or a date such as 2026-11-20."
        )
    if not found:
        return refusal(f"There was no digest here {when}.", "Type /papers digest for one now.")
    cards = tuple(card for one in found for card in show.digest_cards(one, layout=channel.layout))
    return Reply(cards, audience="channel" if share else "person")


async def _again(ctx: Context, ask: Invocation, key: str) -> Reply:
    """Post what may not have arrived, because whoever set the channel up says so."""
    channel = await ctx.store.outbox.again(key, who(ask).key, ctx.now)
    if channel is None:
        return refusal("That message is in no doubt any more.", "See /papers digest last")
    where = f"in #{channel.name.lstrip('#')}" if channel.kind == "channel" else "here"
    return done(f"It will be {where} within a minute.")


async def compose(ctx: Context, channel: Channel, *, keep: bool) -> Reply:
    """Today's digest as it stands, or composed from what is new; `keep` freezes it and counts its papers as shown."""
    follows = await ctx.store.follows.of(channel)
    today = ctx.today(channel)
    if standing := await ctx.store.digests.between(channel, today, today):
        return Reply(
            show.digest_cards(standing[0], await _since_then(ctx, channel, standing[0]), layout=channel.layout)
        )
    if not follows:
        return refusal(
            "This channel follows nothing yet, so there is nothing to pick.",
            "Try /papers follow recsys",
            Action("Preview recsys", "preview", "recsys"),
        )
    look = await ctx.selection.pick(channel, follows, ctx.now, days=WEEK)
    names = human_list([follow.name for follow in follows])
    if not look.picks:
        looked_at = f"{plural(look.looked_at, 'paper')} {show.window(WEEK, look.is_recent)}"
        if not look.looked_at:
            return note(f"No paper is waiting for {names}: none is stored that was not shown here.")
        actions = (Action("Show it anyway", "paper", look.nearest.id),) if look.nearest else ()
        return note(f"Nothing new for {names} today: of {looked_at}, none fits. {look.nearest_line}".strip(), *actions)
    learned = await lesson(ctx.store, ctx.selection, channel, await ctx.store.votes.of(channel), ctx.now)
    if not keep:
        fresh = Digest(0, f"{today} asked", today, ctx.now, look.picks)
        return Reply(show.digest_cards(fresh, learned, layout=channel.layout))
    frozen = await ctx.store.digests.add(channel, f"{today} asked", today, look.picks, ctx.now, delivered=True)
    return Reply(show.digest_cards(frozen, learned, layout=channel.layout, is_first=True), audience="channel")


@command(
    "why",
    Arg("paper", "a number in the latest digest, or an id", required=True, suggests="papers"),
    help="Why a paper was picked.",
    example="/papers why 2",
)
async def why(ctx: Context, ask: Invocation, paper: str) -> Reply:
    """The follow that a paper answers, and what in it speaks for that."""
    channel = await ctx.channel(ask)
    wanted = await ctx.paper(ask, paper)
    title = shorten(wanted.title, 80)
    latest = await ctx.latest_digest(ask)
    pick = next((pick for pick in latest.picks if pick.paper.pk == wanted.pk), None) if latest else None
    verdict = await ctx.selection.verdict(channel, wanted, ctx.now)
    rows = tuple(Row(part.text, part.detail) for part in verdict.reasons)
    if pick is None and not verdict.fits:
        raise Refused(f"“{title}” was not picked here.", f"Try /papers whynot {wanted.id}")
    said = pick.why if pick else verdict.why
    cards: tuple[Card, ...] = (Listing(f"Why “{title}”", (Row(said), *rows)),)
    return Reply(cards)


@command(
    "whynot",
    Arg("paper", "an id, a link or a title", required=True, suggests="papers"),
    help="Why a paper was not picked.",
    example="/papers whynot 2403.01234",
)
async def whynot(ctx: Context, ask: Invocation, paper: str) -> Reply:
    """The one reason why a paper was left out, with its figures."""
    channel = await ctx.channel(ask)
    wanted = await ctx.paper(ask, paper)
    verdict = await ctx.selection.verdict(channel, wanted, ctx.now)
    open_it = Action("Open it", "paper", wanted.id)
    return note(f"“{shorten(wanted.title, 80)}”: {verdict.whynot}", open_it)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as err:
        raise Refused(f"“{text}” is no day.", "Try a date such as 2026-11-20.") from err


async def _since_then(ctx: Context, channel: Channel, standing: Digest) -> str:
    later = [f for f in await ctx.store.follows.of(channel) if f.added_at and f.added_at > standing.composed_at]
    if not later:
        return ""
    names = human_join([follow.name for follow in later[:3]])
    return f"Followed since: {names}. To see what that brings now: /papers preview {later[0].name}"
