"""Times as people say them: "09:00 weekdays Europe/Berlin", "weekly fri 4pm", "until monday"."""

import re
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import cache
from zoneinfo import available_timezones

from bot.errors import Refused
from bot.model import DigestKind
from bot.text import human_join, shorten
from bot.wallclock import DAYS, EVERY_DAY, WEEKDAYS

_GROUPS = {"daily": EVERY_DAY, "everyday": EVERY_DAY, "weekdays": WEEKDAYS, "weekday": WEEKDAYS, "workdays": WEEKDAYS,
           "weekends": (5, 6), "weekend": (5, 6)}  # fmt: skip
_KINDS: dict[str, DigestKind] = {"weekly": "weekly", "monthly": "monthly"}
_OFF = ("off", "never", "none", "stop")
_HOURS = {"noon": time(12), "midday": time(12), "midnight": time(0)}
_TIME = re.compile(r"^(\d{1,2})(?:[:.h](\d{2}))?\s?(am|pm)?$")
_DAY_OF_MONTH = re.compile(r"^(\d{1,2})(?:st|nd|rd|th)?$")
_FILLER = ("at", "on", "every", "each", "and", "the", "in", "o'clock", "time", "digest", "day", "of", "month")
_DAY_NAMES = {name: n for n, name in enumerate(
    ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"))}  # fmt: skip
_AMBIGUOUS = {"cet": "Europe/Paris", "cest": "Europe/Paris", "est": "America/New_York", "edt": "America/New_York",
              "et": "America/New_York", "cst": "America/Chicago", "cdt": "America/Chicago", "mst": "America/Denver",
              "pst": "America/Los_Angeles", "pdt": "America/Los_Angeles", "pt": "America/Los_Angeles",
              "bst": "Europe/London", "ist": "Asia/Kolkata", "aest": "Australia/Sydney"}  # fmt: skip
_LONGEST_PAUSE = timedelta(days=3653)
_EXAMPLE = "Try /papers schedule 09:00 weekdays Europe/Berlin"


@dataclass(frozen=True, slots=True)
class Said:
    """What a line says of a schedule; none and empty where it says nothing of that. is_off: stop it."""

    kind: DigestKind
    days: tuple[int, ...] = ()
    local_time: time | None = None
    zone: str = ""
    is_off: bool = False
    names_kind: bool = False


def schedule(text: str) -> Said:
    """A line about a schedule, its words in any order. Raises Refused for a word that says nothing there."""
    words = _words(text)
    kind: DigestKind = next((_KINDS[word.casefold()] for word in words if word.casefold() in _KINDS), "daily")
    days: list[int] = []
    at: time | None = None
    zone = ""
    is_off = False
    for word in words:
        low = word.casefold()
        if low in _KINDS or low in _FILLER:
            continue
        if low in _OFF:
            is_off = True
        elif (day := _days(low, kind)) is not None:
            days += day
        elif (found := _time(low)) is not None:
            if at is not None and at != found:
                raise Refused("That names two times.", f"One digest a day is enough. {_EXAMPLE}")
            at = found
        elif known := zone_named(word):
            if zone and known != zone:
                raise Refused("That names two zones.", f"A channel has one. {_EXAMPLE}")
            zone = known
        else:
            raise Refused(f"“{shorten(word, 40)}” is no day, time or zone I understand.", _EXAMPLE)
    names_kind = any(word.casefold() in _KINDS for word in words)
    return Said(kind, tuple(sorted(set(days))), at, zone, is_off, names_kind)


def until(text: str, today: date) -> date:
    """The day that "until 2027-01-04", "monday", "tomorrow" or "for 2 weeks" names. Raises Refused."""
    day = _day_ahead(text, today)
    if day <= today:
        raise Refused(f"{day} is not ahead.", f"Try /papers pause until {today + timedelta(days=14)}")
    if day > today + _LONGEST_PAUSE:
        raise Refused(f"{day} is more than ten years ahead.", "To pause until somebody resumes: /papers pause")
    return day


def _day_ahead(text: str, today: date) -> date:
    said = re.sub(r"^(?:until|till|for|to)\s+", "", text.casefold().strip())
    if said in ("tomorrow",):
        return today + timedelta(days=1)
    if said.removeprefix("next ") in _DAY_NAMES or said.removeprefix("next ") in DAYS:
        name = said.removeprefix("next ")[:3]
        return today + timedelta(days=(DAYS.index(name) - today.weekday() - 1) % 7 + 1)
    if match := re.match(r"^(\d{1,3}|a|an|one|two) (day|week|month)s?$", said):
        count = {"a": 1, "an": 1, "one": 1, "two": 2}.get(match.group(1)) or int(match.group(1))
        return today + timedelta(days=count * {"day": 1, "week": 7, "month": 30}[match.group(2)])
    try:
        return date.fromisoformat(said)
    except ValueError as err:
        wrong = f"“{shorten(text, 40)}” is no day I understand."
        raise Refused(wrong, f"Try /papers pause until {today + timedelta(days=14)}, or for 2 weeks.") from err


def hours(text: str) -> tuple[time, time] | None:
    """`08:00-19:00` as two times; none for `off`. Raises Refused."""
    if text.casefold() in (*_OFF, "always", "any"):
        return None
    first, dash, last = re.sub(r"\s*(?:-|–|—|to|until)\s*", "-", text.casefold()).partition("-")
    found = _time(first), _time(last)
    if not dash or found[0] is None or found[1] is None or found[0] == found[1]:
        raise Refused(f"“{shorten(text, 40)}” are no hours I understand.", "Try hours:08:00-19:00, or hours:off.")
    return found[0], found[1]


def zone_named(word: str) -> str:
    """The time zone that a name means: `Europe/Berlin`, `berlin`, `New_York`, `UTC`; empty where it means none.

    Raises Refused for an abbreviation that does not follow summer time or means several zones.
    """
    low = word.casefold().replace(" ", "_")
    if low in _AMBIGUOUS:
        raise Refused(f"{word.upper()} is not one zone all year.", f"Name a city, such as {_AMBIGUOUS[low]}.")
    return _zones().get(low, "")


def city(zone: str) -> str:
    """`Berlin` for `Europe/Berlin`."""
    return zone.rpartition("/")[2].replace("_", " ")


def days_said(kind: DigestKind, days: tuple[int, ...]) -> str:
    """`weekdays`, `every day`, `Mondays and Fridays`, `on the 1st of the month`."""
    if kind == "monthly":
        return f"on the {human_join(_ordinal(day) for day in days)} of the month"
    if days == EVERY_DAY:
        return "every day"
    if days == WEEKDAYS:
        return "weekdays"
    return human_join(f"{list(_DAY_NAMES)[day].title()}s" for day in days)


def _ordinal(day: int) -> str:
    suffix = "th" if 11 <= day % 100 <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{suffix}"


def _words(text: str) -> list[str]:
    """The words, `9 am` and `New York` joined to one each."""
    joined = re.sub(r"(\d)\s+(am|pm)\b", r"\1\2", text, flags=re.IGNORECASE)
    words: list[str] = []
    for word in re.split(r"[\s,;+]+|(?<=[a-z])&", joined):
        pair = f"{words[-1]}_{word}" if words else ""
        if pair.casefold() in _zones():
            words[-1] = pair
        elif word.strip(".,"):
            words.append(word.strip(".,"))
    return words


def _days(low: str, kind: DigestKind) -> list[int] | None:
    if kind == "monthly":
        if number := _DAY_OF_MONTH.match(low):
            day = int(number.group(1))
            if not 1 <= day <= 31:
                raise Refused(f"A month has no day {day}.", "Try /papers schedule monthly 1st 09:00")
            return [day]
        return None
    if low in _GROUPS:
        return list(_GROUPS[low])
    if match := re.match(r"^([a-z]{3,9})(?:-|–|\.\.)([a-z]{3,9})$", low):
        ends = [_day(part) for part in match.groups()]
        if ends[0] is not None and ends[1] is not None:
            return [(ends[0] + n) % 7 for n in range((ends[1] - ends[0]) % 7 + 1)]
    day_ = _day(low)
    return [day_] if day_ is not None else None


def _day(low: str) -> int | None:
    bare = low.removesuffix("s") if low.endswith("days") else low
    for name, number in _DAY_NAMES.items():
        if bare == name or (len(bare) >= 3 and name.startswith(bare)):
            return number
    return None


def _time(low: str) -> time | None:
    if low in _HOURS:
        return _HOURS[low]
    match = _TIME.match(low)
    if not match:
        return None
    hour, minute, half = int(match.group(1)), int(match.group(2) or 0), match.group(3)
    if half and not 1 <= hour <= 12:
        raise Refused(f"“{low}” is not a time I understand.", "Try 08:30 or 8:30am.")
    hour = hour % 12 + (12 if half == "pm" else 0) if half else hour
    if hour > 23 or minute > 59:
        raise Refused(f"“{low}” is not a time I understand.", "Try 08:30 or 8:30am.")
    return time(hour, minute)


@cache
def _zones() -> dict[str, str]:
    """Zones by their own names and by their cities', in lower case."""
    names = sorted(available_timezones())
    cities = {name.rpartition("/")[2].casefold(): name for name in names if name.count("/") == 1 and "Etc/" not in name}
    extra = {"nyc": "America/New_York", "beijing": "Asia/Shanghai", "delhi": "Asia/Kolkata", "gmt": "Etc/GMT"}
    own = {name.casefold(): name for name in names if "/" in name or name in ("UTC",)}
    return {**extra, **cities, **own}
