"""From what somebody keeps or reads to follows that they may want."""

from collections.abc import Sequence
from functools import partial

from bot import identity
from bot.adapter import Invocation
from bot.cards import Action, Listing, Reply, Row
from bot.commands import subjects
from bot.commands.context import Context
from bot.digests.proposals import Proposal, recurring, topics
from bot.errors import Refused
from bot.grammar import Arg, command
from bot.model import Draft, Paper
from bot.sources import leads
from bot.sources.leads import Leads
from bot.text import plural, quoted, shorten
from bot.waiting import in_thread

MOST_SEEDS = 20
_MOST_FEEDS = 10


@command(
    "propose",
    Arg("text", "a BibTeX, RIS, CSV, RDF or OPML, or ids of papers, pasted", "lines", required=True),
    help="What to follow, told by papers or feeds that you paste.",
    example="/papers propose 2002.02126 1905.08108 2403.01234",
    place=("channel", "propose"),
)
async def propose(ctx: Context, ask: Invocation, text: str) -> Reply:
    """Follows that the pasted text speaks for; nothing is followed yet."""
    return await proposed(ctx, ask, text.encode(), "That text")


async def proposed(ctx: Context, ask: Invocation, data: bytes, name: str) -> Reply:
    """Topics, authors, papers to be alike and feeds, as far as the file tells, each with its button."""
    told = await in_thread(partial(leads.read, data, name, ctx.now))
    stored = await ctx.store.papers.of_drafts(told.papers)
    titled = [paper for paper in told.papers if paper.title] or [_draft(paper) for paper in stored]
    rarity = await ctx.selection.rarity()
    known: set[tuple[str, str]] = {(one.kind, one.key) for one in await ctx.store.follows.of(await ctx.channel(ask))}
    named = await in_thread(lambda: [
        *((one.name, _in_titles(one)) for one in topics(titled, told.keywords, rarity)),
        *((f"author:{quoted(one.name)}", plural(one.count, "paper")) for one in recurring(titled)),
    ])  # fmt: skip
    rows = [_row(name, detail) for name, detail in named if _is_new(name, known)]
    feeds = [_row(f"feed:{one.url}", one.title) for one in told.feeds if _is_new(f"feed:{one.url}", known)]
    seeds = _seeds(stored, known)
    if not (rows or feeds or seeds):
        raise Refused(
            f"{name} speaks for nothing that could be followed here.", "Give me more papers, or name a topic."
        )
    together = "; ".join(row.text for row in rows)
    all_of_them = (Action("Follow these", "import", together),) if len(rows) > 1 else ()
    title = f"Proposed from {_counted(told)}"
    return Reply((Listing(title, (*rows, *seeds, *feeds[:_MOST_FEEDS]), _footer(told, stored), all_of_them),))


def _row(name: str, detail: str) -> Row:
    return Row(name, detail, actions=(Action(f"Follow {shorten(name, 60)}", "follow", name),))


def _seeds(stored: Sequence[Paper], known: set[tuple[str, str]]) -> tuple[Row, ...]:
    """One row for the newest of the stored papers, that papers like them be followed."""
    newest = sorted(stored, key=lambda paper: paper.published_at or paper.listed_at, reverse=True)
    fresh = [paper for paper in newest if ("like", subjects.like(paper).key) not in known][:MOST_SEEDS]
    if not fresh:
        return ()
    target = "; ".join(f"like:{identity.said(paper.id)}" for paper in fresh)
    follow_them = Action("Follow papers like them", "follow", target)
    return (Row(f"Papers like {len(fresh)} of these", fresh[0].title, actions=(follow_them,)),)


def _in_titles(one: Proposal) -> str:
    return f"in {plural(one.count, 'title or keyword', 'titles or keywords')}"


def _is_new(name: str, known: set[tuple[str, str]]) -> bool:
    """Whether it can be followed, and is not yet."""
    try:
        follow = subjects.subject(name)
    except Refused:
        return False
    return (follow.kind, follow.key) not in known


def _counted(told: Leads) -> str:
    parts = (
        plural(len(told.papers), "paper") if told.papers else "",
        plural(len(told.feeds), "feed") if told.feeds else "",
    )
    return " and ".join(filter(None, parts))


def _footer(told: Leads, stored: Sequence[Paper]) -> str:
    lacking = len(told.papers) - len(stored)
    missing = f"{lacking:,} of the papers are not stored, so nothing like them can be followed yet." if lacking else ""
    return f"Nothing is followed yet. {missing}".strip()


def _draft(paper: Paper) -> Draft:
    return Draft(paper.title, authors=paper.authors, ids=(paper.id,))
