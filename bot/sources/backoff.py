"""How long to leave a source alone: what it asks for, else longer after each failure, with jitter."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from random import Random

FIRST_SECONDS = 2.0
MOST_SECONDS = 60.0
_LONGEST_WISH = 86_400.0  # a day: a source that asks for more is asked again tomorrow


def pause_seconds(failures: int, rng: Random, first: float = FIRST_SECONDS, most: float = MOST_SECONDS) -> float:
    """How long to wait after so many failures in a row: doubling from `first` to `most`, less up to half by chance."""
    full = min(most, first * 2.0 ** min(max(failures, 1) - 1, 30))
    return full * rng.uniform(0.5, 1.0)


def wished_seconds(header: str, now: datetime) -> float | None:
    """What a Retry-After header asks for, as seconds or as a date; None where it can't be read. At most a day."""
    said = header.strip()
    if said.isascii() and said.isdigit():
        return min(float(said), _LONGEST_WISH)
    until = http_date(said)
    return None if until is None else min(max((until - now).total_seconds(), 0.0), _LONGEST_WISH)


def http_date(header: str) -> datetime | None:
    """The instant that a header names, with its zone; None where it can't be read."""
    try:
        named = parsedate_to_datetime(header)
    except (ValueError, OverflowError):
        return None
    return named if named.tzinfo else named.replace(tzinfo=UTC)  # -0000: UTC, wherever it was written


@dataclass(slots=True)
class Rests:
    """Hosts that asked to be left alone: since when, and for how many seconds."""

    _wishes: dict[str, tuple[datetime, float]] = field(default_factory=dict)

    def begin(self, host: str, seconds: float, now: datetime) -> None:
        self._wishes[host] = (now, seconds)

    def seconds_left(self, host: str, now: datetime) -> float:
        """0 once the time is over, or where the clock was put back before the wish."""
        since, seconds = self._wishes.get(host, (now, 0.0))
        passed = (now - since).total_seconds()
        return max(0.0, seconds - passed) if passed >= 0 else 0.0
