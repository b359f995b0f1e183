"""How good the picks of a channel have been, as far as people have said."""

from datetime import datetime, timedelta

from bot.adapter import Invocation
from bot.cards import Listing, Reply, Row, note
from bot.commands.context import Context
from bot.grammar import command
from bot.store.record import TrackRecord
from bot.text import plural

WEEKS = 4
# Letters read in a minute: 238 words of 6, as adults read non-fiction (Brysbaert, J. of Memory and Language, 2019).
_LETTERS_A_MINUTE = 238 * 6


@command("stats", help="How good the picks here have been.", example="/papers stats", place=("channel", "stats"))
async def stats(ctx: Context, ask: Invocation) -> Reply:
    """The last four weeks: what was shown, how much there was to read, what was liked, saved and voted on."""
    channel = await ctx.channel(ask)
    told = await ctx.store.record.of(channel, ctx.now - timedelta(weeks=WEEKS))
    if not told.digests:
        return note(f"No digest here in the last {WEEKS} weeks, so there is nothing to judge. Try /papers digest")
    rows = (
        Row(f"{plural(told.digests, 'digest')} with {plural(told.papers, 'paper')}", _load(told, ctx.now)),
        Row(*_welcome(told)),
        Row(*_votes(told)),
    )
    footer = "Save what is worth reading: that counts here, and who saved it stays unknown."
    return Reply((Listing(f"The picks of the last {WEEKS} weeks", rows, footer),))


def _load(told: TrackRecord, now: datetime) -> str:
    """What there was to read a week, by the weeks since the first digest."""
    days = (now - told.first_at).days if told.first_at else 0
    weeks = min(max(days / 7, 1), WEEKS)
    minutes = told.letters / _LETTERS_A_MINUTE / weeks
    reading = f"{plural(round(minutes), 'minute')} of abstracts" if minutes >= 1 else "a minute of abstracts at most"
    return f"a week: {plural(round(told.papers / weeks), 'paper')}, {reading}"


def _welcome(told: TrackRecord) -> tuple[str, str]:
    if not told.welcome:
        return "None of them was liked or saved yet", ""
    share = f"{told.welcome / told.papers:.0%}".replace("%", " %")
    return f"{told.welcome:,} of {told.papers:,} liked or saved: {share}", f"{told.liked:,} liked, {told.saved:,} saved"


def _votes(told: TrackRecord) -> tuple[str, str]:
    if not told.voters:
        return "No votes yet", ""
    people = plural(told.voters, "person", "people")
    return f"{plural(told.up + told.down, 'vote')} by {people}", f"{told.up:,} for more, {told.down:,} for less"
