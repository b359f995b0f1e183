"""Dates as files write them, as aware UTC."""

import re
from datetime import UTC, date, datetime, time
from email.utils import parsedate_to_datetime

YEAR_MIN, YEAR_MAX = 1500, 2100  # a year outside is a slip or a filler, such as 0000
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH = rf"(?:{'|'.join(MONTHS)})[a-z]*"

_NUMBERS = re.compile(r"(?P<year>\d{4})(?:[-/. ](?P<month>\d{1,2})(?:[-/. ](?P<day>\d{1,2}))?)?(?!\d)", re.ASCII)
_MONTH_FIRST = re.compile(r"(?P<month>\d{1,2})/(?:(?P<day>\d{1,2})/)?(?P<year>\d{4})(?!\d)", re.ASCII)
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)", re.ASCII)
_MONTH_NAME = re.compile(rf"\b({MONTH})", re.IGNORECASE)
_DAY = re.compile(r"(?<!\d)\d{1,2}(?!\d)", re.ASCII)


def moment(text: str) -> datetime | None:
    """The instant that `text` names, or the start of its day, month or year; none where it names none."""
    text = text.strip()[:100]
    found = _instant(text) or _start(text)
    return found.astimezone(UTC) if found else None


def start_of(day: date) -> datetime:
    """Midnight UTC, with which a day begins."""
    return datetime.combine(day, time(), UTC)


def a_date(year: int, month: int, day: int) -> date | None:
    """A date, or none where the calendar lacks it."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _instant(text: str) -> datetime | None:
    if ":" not in text:
        return None
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = parse(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        if YEAR_MIN < found.year < YEAR_MAX:
            return found if found.tzinfo else found.replace(tzinfo=UTC)
    return None


def _start(text: str) -> datetime | None:
    if match := _NUMBERS.match(text) or _MONTH_FIRST.match(text):
        year, month, day = (int(match[part] or 0) for part in ("year", "month", "day"))
        if month or not _MONTH_NAME.search(text):
            return _checked(year, month, day)
    if not (year_said := _YEAR.search(text)):
        return None
    name = _MONTH_NAME.search(text)
    day_said = _DAY.search(text) if name else None
    month = MONTHS.index(name[1][:3].lower()) + 1 if name else 0
    return _checked(int(year_said[0]), month, int(day_said[0]) if day_said else 0)


def _checked(year: int, month: int, day: int) -> datetime | None:
    if not YEAR_MIN <= year <= YEAR_MAX:
        return None
    found = a_date(year, month, day or 1) or a_date(year, month, 1) or date(year, 1, 1)
    return start_of(found)
