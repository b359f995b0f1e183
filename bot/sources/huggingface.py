"""Hugging Face's daily papers: the list of a day, best voted first."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from bot.errors import SourceTrouble
from bot.sources import batch, shape
from bot.sources.batch import Batch
from bot.sources.dates import start_of
from bot.sources.entry import Skipped, Told
from bot.sources.files import jsonl
from bot.sources.values import Row, row_of

ENTRIES_MAX = 2_000  # the busiest days have about 50

_LAST_SECOND = timedelta(hours=23, minutes=59, seconds=59)


def url_of_day(base: str, day: date) -> str:
    """Where to ask for the list of `day`; of one that has not begun in UTC it answers 400."""
    return f"{base}/daily_papers?{urlencode({'date': day.isoformat()})}"


def read_day(body: bytes, now: datetime, day: date | None = None) -> Batch:
    """The list of a day: votes, comments, who submitted each paper, and its rank, which is its place.

    day: the day that was asked for; without it each paper is listed on the day that it names itself. The list grows
    until its day ends, so a paper is listed now, or at the end of a day that is over. An empty list is an ordinary
    weekend. Raises SourceTrouble where it is no list. now: aware UTC.
    """
    rows = shape.json_in(body)
    if not isinstance(rows, list):
        raise SourceTrouble(shape.NO_LIST)
    kept, skipped = batch.sorted_out(map(_told, range(1, ENTRIES_MAX + 1), rows))
    asked_for = start_of(day) if day else None
    entries = []
    for told, draft in kept:
        begun_at = asked_for or draft.listed_at or now
        entries.append(batch.Entry(replace(draft, rank=told.line, listed_at=min(begun_at + _LAST_SECOND, now))))
    return Batch(tuple(entries), tuple(skipped), total=len(rows))


def _told(place: int, row: object) -> Told | Skipped:
    told: Row = row if isinstance(row, dict) else {}
    return jsonl.daily_paper(place, told) if row_of(told, "paper") else Skipped(place, "not a paper")
