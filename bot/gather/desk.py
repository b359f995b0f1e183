"""What every reader of a source is given, and what it hands back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import TYPE_CHECKING

from bot.model import Draft
from bot.sources.batch import Batch
from bot.store import Store
from bot.store.saving import Tally
from bot.store.sources import State

if TYPE_CHECKING:
    from bot.sources.http import PoliteClient

_AT_ONCE = 50  # papers a transaction: the event loop waits about 10 ms, and other writers get a turn
Report = Callable[[str, int], None]  # the source's title, and how many of its papers are kept so far


@dataclass(frozen=True, slots=True)
class Desk:
    """The store, the client and the clock."""

    store: Store
    client: "PoliteClient"
    clock: Callable[[], datetime]
    rng: Random
    report: Report = lambda _title, _count: None

    async def keep(self, drafts: Sequence[Draft], state: State, done: int = 0) -> Tally:
        """Save what a source listed, some at a time. done: how many were kept of it before."""
        pks: list[int] = []
        new = 0
        for start in range(0, len(drafts), _AT_ONCE):
            tally = await self.store.papers.save(drafts[start : start + _AT_ONCE], state.source, self.clock())
            pks += tally.pks
            new += tally.new
            self.report(state.title, done + len(pks))
        return Tally(tuple(pks), new)


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at a source came to. state: as it is kept. skipped: a line each on what was left out."""

    state: State
    new: int = 0
    known: int = 0
    skipped: tuple[str, ...] = ()


def drafts_of(batch: Batch) -> list[Draft]:
    return [entry.draft for entry in batch.entries]
