"""What people vote for: on Hugging Face, and in the channels here."""

from datetime import date, timedelta

from bot import trending as formula
from bot.adapter import Invocation
from bot.cards import Action, Listing, Reply, note
from bot.commands.context import Context
from bot.digests import show
from bot.grammar import Arg, command
from bot.text import day, plural

_MOST = 10
_DAYS = {"week": 7, "month": 30}
_FOLLOW = Action("Follow trending", "follow", "trending top:3")


@command(
    "trending",
    Arg("span", "day, week or month; week if you don't say", "choice", choices=("day", "week", "month")),
    help="What people vote for, on Hugging Face and here.",
    example="/papers trending week",
)
async def trending(ctx: Context, ask: Invocation, span: str) -> Reply:
    """The papers of the latest list, or of the lists of a week or a month, the warmest first."""
    wanted = span or "week"
    latest = await ctx.store.sightings.latest_list()
    today = ctx.now.date()
    since = latest or today if wanted == "day" else today - timedelta(days=_DAYS[wanted] - 1)
    found = await ctx.store.sightings.trending(since, today, _MOST)
    if not found:
        if latest is None:
            return note(
                "No list with votes has been read yet: Hugging Face's comes in by itself while the service runs."
            )
        said = f"No list with votes was read in the last {wanted}; the latest is of {day(latest)}."
        return note(said, *_wider(wanted))
    rows = tuple(show.paper_row(one.paper, detail=votes_line(one.votes, one.people)) for one in found)
    return Reply((Listing(_title(wanted, since), rows, formula.SAID, actions=(_FOLLOW,)),))


def votes_line(votes: int, people: int) -> str:
    """`62 votes on HF, 2 here`."""
    listed = f"{plural(votes, 'vote')} on HF" if votes or not people else ""
    here = (f"{people} here" if listed else f"{plural(people, 'vote')} here") if people > 0 else ""
    return ", ".join(filter(None, (listed, here)))


def _wider(wanted: str) -> tuple[Action, ...]:
    return (Action("The last month", "trending", "month"),) if wanted == "week" else ()


def _title(wanted: str, since: date) -> str:
    return f"Trending on {day(since)}" if wanted == "day" else f"Trending in the last {wanted}"
