"""Reading lists: saving, finishing and exporting papers."""

from datetime import timedelta

from bot import references
from bot.adapter import Invocation
from bot.cards import Action, File, Listing, Reply, done, note, refusal
from bot.commands import sharing
from bot.commands.context import Context, who
from bot.commands.personal import mydata
from bot.digests import show
from bot.errors import Refused
from bot.grammar import Arg, command
from bot.model import Paper
from bot.text import number_of, plural, shorten

_SCOPES = ("saved", "week", "digest")
_SPELLINGS = {"": "bibtex", "bib": "bibtex", "csl": "json", "csl-json": "json"}


@command(
    "save",
    Arg("paper", "a number in the latest digest, an id or a title", required=True, suggests="papers"),
    Arg("note", "a note to yourself", key=True),
    help="Put a paper on your reading list.",
    example='/papers save 2 note:"for Friday"',
)
async def save(ctx: Context, ask: Invocation, paper: str, note: str) -> Reply:
    """Save a paper for the person who asks; nobody else sees it."""
    wanted = await ctx.paper(ask, paper)
    is_new = await ctx.store.reading.save(who(ask).key, wanted, note, ctx.now)
    count = len(await ctx.store.reading.list(who(ask).key))
    said = "Saved" if is_new else "Noted, and already saved:" if note else "Already saved:"
    return done(f"{said} “{shorten(wanted.title, 80)}”. {plural(count, 'paper')} to read.", Action("My list", "saved"))


@command("saved", help="Your reading list.", example="/papers saved", aliases=("reading",))
async def saved(ctx: Context, ask: Invocation) -> Reply:
    """The papers that the person who asks wants to read, by number."""
    kept = await ctx.store.reading.list(who(ask).key)
    if not kept:
        return note("Your reading list is empty. To put a paper on it: /papers save 2, or /papers save and a title.")
    rows = tuple(
        show.paper_row(one.paper, n, f"note: {one.note}" if one.note else "") for n, one in enumerate(kept, start=1)
    )
    footer = "Read one? /papers done 1"
    return Reply((Listing(f"To read ({len(kept)})", rows, footer, (Action("BibTeX", "export", "bibtex saved"),)),))


@command(
    "done",
    Arg("paper", "its number in your reading list, an id or a title", required=True),
    help="Mark a saved paper as read.",
    example="/papers done 1",
    aliases=("read",),
)
async def done_(ctx: Context, ask: Invocation, paper: str) -> Reply:
    """Take a paper off the list of the person who asks."""
    user = who(ask).key
    kept = await ctx.store.reading.list(user)
    number = number_of(paper)
    if number is not None and not 1 <= number <= len(kept):
        there = f"Its numbers go from 1 to {len(kept)}." if kept else "It is empty."
        raise Refused(f"Your reading list has no paper {number}.", there)
    wanted = kept[number - 1].paper if number is not None else await ctx.paper(ask, paper)
    if not await ctx.store.reading.done(user, wanted, ctx.now):
        return refusal(f"“{shorten(wanted.title, 80)}” is not on your list to read.", "See /papers saved")
    return done(f"Read: “{shorten(wanted.title, 80)}”. {plural(len(kept) - 1, 'paper')} left to read.")


@command(
    "export",
    Arg(
        "format",
        "of the file; follows is what this channel follows, all what is stored about you",
        "word",
        choices=(*references.FORMATS, "follows", "all"),
    ),
    Arg("what", "saved, week, digest, or a paper by id", choices=_SCOPES),
    help="Your list, the digest's papers or the follows here, as a file.",
    example="/papers export bibtex saved",
)
async def export(ctx: Context, ask: Invocation, format: str, what: str) -> Reply:
    """A file of references: the reading list by default, or the latest digest's papers, the week's, or one paper."""
    if format.casefold() == "all":
        return await mydata.handler(ctx, ask)
    if format.casefold() == "follows":
        return await sharing.as_file(ctx, await ctx.channel(ask))
    if format.casefold() in _SCOPES and not what:
        format, what = "", format
    name = _SPELLINGS.get(format.casefold(), format.casefold())
    if name not in references.FORMATS:
        raise Refused(f"“{shorten(format, 40)}” is no format I write.", f"Try one of {', '.join(references.FORMATS)}.")
    papers, notes = await _papers(ctx, ask, what.casefold().strip() or "saved", what)
    if not papers:
        return refusal("There is nothing to export there.", "Save a paper first: /papers save 2")
    form = references.FORMATS[name]
    text = references.write(papers, name, notes)
    return Reply((File(f"papers.{form.ending}", form.media_type, text),))


async def _papers(
    ctx: Context, ask: Invocation, wanted: str, as_typed: str
) -> tuple[tuple[Paper, ...], dict[str, str]]:
    channel = await ctx.channel(ask)
    today = ctx.today(channel)
    match wanted:
        case "saved":
            kept = await ctx.store.reading.list(who(ask).key)
            return tuple(one.paper for one in kept), {one.paper.id: one.note for one in kept if one.note}
        case "week":
            digests = await ctx.store.digests.between(channel, today - timedelta(days=6), today)
            return tuple({pick.paper.pk: pick.paper for one in digests for pick in one.picks}.values()), {}
        case "digest":
            latest = await ctx.latest_digest(ask)
            return tuple(pick.paper for pick in latest.picks) if latest else (), {}
        case _:
            return (await ctx.paper(ask, as_typed),), {}
