"""How sources stand, in words: a line each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.gather.plan import title_of
from bot.store.sources import State, sentence
from bot.text import plural


@dataclass(frozen=True, slots=True)
class Line:
    """A source by its name and title, and what there is to say of it."""

    source: str
    title: str
    said: str
    is_well: bool


def lines(states: Sequence[State], planned: Sequence[str], now: datetime, zone: str) -> tuple[Line, ...]:
    """Every source that is read or was: in the order in which they are read, the times in a zone."""
    known = {state.source: state for state in states}
    names = dict.fromkeys([*planned, *known])
    return tuple(_line(known.get(name, State(name)), now, zone) for name in names)


def _line(state: State, now: datetime, zone: str) -> Line:
    title = state.title or title_of(state.source)
    read = f"read {_ago(now - state.last_success_at)}" if state.last_success_at else "not read yet"
    if not state.trouble:
        again = f", next look {_when(state.next_poll_at, now, zone)}" if state.next_poll_at else ""
        return Line(state.source, title, f"{read}{again}", is_well=True)
    said = sentence(state, zone).removeprefix(title).strip()
    times = f" {plural(state.failures, 'try', 'tries')} in a row failed." if state.failures > 1 else ""
    return Line(state.source, title, f"{said}{times} Last {read}." if state.last_success_at else said + times, False)


def _ago(passed: timedelta) -> str:
    minutes = int(passed.total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{plural(minutes, 'minute')} ago"
    return f"{plural(minutes // 60, 'hour')} ago" if minutes < 48 * 60 else f"{plural(minutes // 1440, 'day')} ago"


def _when(instant: datetime, now: datetime, zone: str) -> str:
    there = instant.astimezone(ZoneInfo(zone))
    if instant <= now:
        return "due"
    is_today = there.date() == now.astimezone(ZoneInfo(zone)).date()
    return f"{there:%H:%M}" if is_today else f"{there:%a %H:%M}"
