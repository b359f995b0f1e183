"""Days, weeks and months as pages: what an address means, and what such a page is called."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from bot.errors import Refused
from bot.text import day, shorten, weekday_and_day

Kind = Literal["day", "week", "month"]
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Span:
    """A day, a week from Monday to Sunday, or a month."""

    kind: Kind
    first: date
    last: date

    @property
    def title(self) -> str:
        """`Fri 14 Mar 2025`, `10 Mar to 16 Mar 2025`, `March 2025`."""
        match self.kind:
            case "day":
                return f"{weekday_and_day(self.first)} {self.first.year}"
            case "week":
                begin = day(self.first)
                same_year = self.first.year == self.last.year
                return f"{begin.rpartition(' ')[0] if same_year else begin} to {day(self.last)}"
            case "month":
                return f"{_MONTHS[self.first.month - 1]} {self.first.year}"

    @property
    def path(self) -> str:
        """`/day/2025-03-14`, `/week/2025-03-10`, `/month/2025-03`."""
        return f"/{self.kind}/{self.first:%Y-%m}" if self.kind == "month" else f"/{self.kind}/{self.first}"


def around(kind: Kind, one: date) -> Span:
    """The day, the week or the month that has this day."""
    match kind:
        case "day":
            return Span(kind, one, one)
        case "week":
            monday = one - timedelta(days=one.weekday())
            return Span(kind, monday, monday + timedelta(days=6))
        case "month":
            return Span(kind, one.replace(day=1), one.replace(day=monthrange(one.year, one.month)[1]))


def named(kind: Kind, text: str) -> Span:
    """The span that an address names; of a week any day of it. Raises Refused for what is no date."""
    try:
        one = date.fromisoformat(f"{text}-01" if kind == "month" and len(text) == 7 else text)
    except ValueError as err:
        tried = {"day": "/day/2025-03-14", "week": "/week/2025-03-10", "month": "/month/2025-03"}[kind]
        raise Refused(f"“{shorten(text, 40)}” is no {kind}.", f"Try {tried}.") from err
    if not 1900 <= one.year < 9000:
        raise Refused(f"There are no papers of the year {one.year}.", "Try a later one.")
    return around(kind, one)
