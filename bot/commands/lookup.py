"""Finding papers: one by its title, id or link; several by words or likeness."""

from datetime import UTC, date, datetime, time

from bot import identity
from bot.adapter import Invocation
from bot.cards import Action, Listing, Reply, Row, note
from bot.commands.context import Context
from bot.digests import show
from bot.errors import Refused
from bot.grammar import Arg, command, unquoted
from bot.model import Paper
from bot.text import number_of, plural, shorten

CHOICES = 5
RESULTS = 10


@command(
    "paper",
    Arg(
        "title",
        "a title, an arXiv id, a DOI or a link, or a number in the latest digest",
        required=True,
        suggests="papers",
    ),
    help="Look a paper up: title, arXiv id, DOI or link.",
    example="/paper attention is all you need",
)
async def paper(ctx: Context, ask: Invocation, title: str) -> Reply:
    """One card; or the nearest papers as choices; or a sentence on what is not there."""
    if (number := number_of(title)) is not None and await ctx.latest_digest(ask):
        return await _card(ctx, ask, await ctx.numbered(ask, number))
    wanted = unquoted(title)
    found, why = await ctx.look_up(wanted)
    if found.paper:
        return await _card(ctx, ask, found.paper)
    if found.unknown_id:
        said = "That link" if found.unknown_id.startswith("url:") else identity.said(found.unknown_id)
        raise Refused(f"{said} is not among the stored papers{why}.", "Import it first, or try words of its title.")
    if not found.near:
        raise Refused(f"No paper is called “{shorten(wanted, 60)}”.", "If it is new, import it or paste its arXiv id.")
    rows = tuple(show.paper_row(near) for near in found.near[:CHOICES])
    if found.is_ambiguous and len(rows) > 1:
        return Reply(
            (Listing(f"{plural(len(rows), 'paper')} look like that:", rows, "Open one, or add a word or its year."),)
        )
    nearest = Listing(
        f"No paper is called “{shorten(wanted, 60)}”. Closest:", rows, "If it is new, paste its arXiv id."
    )
    return Reply((nearest,), outcome="refused")


@command(
    "search",
    Arg("words", "words of a title, an abstract or an author"),
    Arg("since", "only from then on: 2026-01 or 2026-01-31", "date", key=True),
    Arg("by", "only by this author", "text", key=True),
    help="Search the stored papers.",
    example="/papers search cold start since:2025-01",
    aliases=("find",),
)
async def search(ctx: Context, ask: Invocation, words: str, since: date | None, by_: str) -> Reply:
    """The stored papers that hold the words, best first."""
    start = datetime.combine(since, time(), UTC) if since else None
    wanted = unquoted(words) or by_
    if not wanted:
        raise Refused("/papers search needs words, or by: with an author.", "Try /papers search cold start")
    found = await ctx.store.papers.search(wanted, since=start, by=by_, most=RESULTS)
    if not found:
        raise Refused(
            f"No stored paper matches “{shorten(wanted, 60)}”.", "Try fewer words, or /papers follow to wait for one."
        )
    rows = tuple(show.paper_row(hit) for hit in found)
    return Reply((Listing(f"{plural(len(found), 'paper')} for “{shorten(wanted, 60)}”", rows),))


@command(
    "similar",
    Arg("paper", "a number in the latest digest, an id or a title", required=True, suggests="papers"),
    help="Papers like this one.",
    example="/papers similar 2",
    aliases=("more",),
)
async def similar(ctx: Context, ask: Invocation, paper: str) -> Reply:
    """Stored papers like the named one: the good ones, newest first."""
    seed = await ctx.paper(ask, paper)
    hits = await ctx.selection.similar(seed, RESULTS)
    follow_it = Action("Follow such", "follow", f"like:{identity.said(seed.id)}")
    title = shorten(seed.title, 80)
    if not hits:
        return note(f"No stored paper is much like “{title}”.", follow_it)
    rows: list[Row] = [show.paper_row(hit) for hit in hits]
    return Reply((Listing(f"Like “{title}”", tuple(rows), actions=(follow_it,)),))


async def _card(ctx: Context, ask: Invocation, found: Paper) -> Reply:
    seen = await ctx.store.digests.seen(ask.channel, found.pk)
    return Reply((show.paper_card(found, seen=seen),))
