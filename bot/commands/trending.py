"""What readers vote for."""

from datetime import date, timedelta

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
    Arg("span", "day, week or month; week if you don't say", choices=("day", "week", "month")),
    help="The papers with the most votes on Hugging Face.",
    example="/papers trending week",
)
async def trending(ctx: Context, ask: Invocation, span: str) -> Reply:
    """The papers of the latest list, or of the lists of a week or a month, most votes first."""
    wanted = span.casefold() or "week"
    latest = await ctx.store.sightings.latest_list()
    if latest is None:
        return note("No list with votes has been read yet: Hugging Face's comes in by itself while the service runs.")
    since = latest if wanted == "day" else ctx.now.date() - timedelta(days=_DAYS[wanted] - 1)
    found = await ctx.store.sightings.trending(since, _MOST)
    if not found:
        said = f"No list with votes was read in the last {wanted}; the latest is of {day(latest)}."
        return note(said, *_wider(wanted))
    rows = tuple(show.paper_row(one.paper, detail=f"{plural(one.votes, 'vote')} on HF") for one in found)
    return Reply((Listing(_title(wanted, latest), rows, actions=(_FOLLOW,)),))


def _wider(wanted: str) -> tuple[Action, ...]:
    return (Action("The last month", "trending", "month"),) if wanted == "week" else ()


def _title(wanted: str, latest: date) -> str:
    return f"Trending on {day(latest)}" if wanted == "day" else f"Trending in the last {wanted}"
