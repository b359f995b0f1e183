"""Reading all sources: each by one worker at a time, and one that fails harms no other."""

import asyncio
import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from random import Random
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.errors import Fault, Refused, SourceTrouble
from bot.gather import arxiv, feeds, filling, huggingface
from bot.gather.backfill import back_fill
from bot.gather.desk import Desk, Looked, Report
from bot.gather.plan import ARXIV, CROSSREF, HUGGINGFACE, SEMANTICSCHOLAR, chosen, plan, title_of
from bot.gather.times import after_failure
from bot.store import Store
from bot.store.saving import FEED
from bot.store.sources import State

if TYPE_CHECKING:
    from bot.sources.http import PoliteClient

log = logging.getLogger(__name__)

NO_CONTACT = "it is not asked without an address to write to: set PAPER_ROUND_CONTACT"
_FEEDS_AT_ONCE = 4  # so that a slow one holds up few


@dataclass(frozen=True, slots=True)
class Gathered:
    """What came of a source. trouble: what went wrong, in words. skipped: a line each on what was left out."""

    source: str
    title: str
    new: int = 0
    known: int = 0
    trouble: str = ""
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choices:
    """What the operator set: categories besides those followed, what fills gaps, the key of Semantic Scholar."""

    categories: tuple[str, ...] = ()
    fillers: tuple[str, ...] = ()
    key: str = ""


class Gatherer:
    """One per process; `worker` is a name that no other process has."""

    def __init__(
        self,
        store: Store,
        client: "PoliteClient",
        choices: Choices,
        *,
        clock: Callable[[], datetime],
        rng: Random,
        worker: str,
    ) -> None:
        self._store = store
        self._client = client
        self._choices = choices
        self._clock = clock
        self._worker = worker
        self._desk = Desk(store, client, clock, rng)

    async def sources(self) -> tuple[str, ...]:
        """The names of all that is read."""
        return plan(await self._store.sources.wanted(), self._choices.categories, self._choices.fillers)

    async def gather(
        self, only: str = "", since: date | None = None, *, due_only: bool = False, report: Report | None = None
    ) -> tuple[Gathered, ...]:
        """Read the sources, or the one of that name; with `due_only` those whose time has come.

        since: the papers of the past instead. Raises Refused for a name that is none, and Fault where the database
        does not answer; all other trouble is in what comes back, and in the sources' states.
        """
        desk = replace(self._desk, report=report) if report else self._desk
        planned = await self.sources()
        wanted = chosen(planned, only)
        if since:
            return await self._of_the_past(desk, wanted, since)
        if due_only:
            wanted = await self._due(planned)
        in_line = [source for source in wanted if not source.startswith(FEED)]
        room = asyncio.Semaphore(_FEEDS_AT_ONCE)

        async def line() -> list[Gathered | None]:
            return [await self._look(desk, source, due_only=due_only) for source in in_line]

        async def beside(source: str) -> list[Gathered | None]:
            async with room:
                return [await self._look(desk, source, due_only=due_only)]

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(line())]
                tasks += [group.create_task(beside(source)) for source in wanted if source.startswith(FEED)]
        except ExceptionGroup as several:
            first = several.exceptions[0]  # one database behind them all: what the others say is the same
            raise first from first.__cause__
        return tuple(found for task in tasks for found in task.result() if found)

    async def _due(self, planned: Sequence[str]) -> tuple[str, ...]:
        """Those that may be asked and whose time has come; what nobody wants any more is forgotten."""
        now = self._clock()
        states = {state.source: state for state in await self._store.sources.all()}
        if states.keys() - set(planned):
            await self._store.sources.keep_only(planned)
        due = [source for source in planned if source not in states or states[source].is_due(now)]
        return tuple(source for source in due if self._may_ask(source))

    async def _look(self, desk: Desk, source: str, *, due_only: bool) -> Gathered | None:
        """None where another worker is at it, or was since."""
        if not self._may_ask(source):
            return Gathered(source, title_of(source), trouble=NO_CONTACT)
        claimed = await self._store.sources.claim(source, self._worker, self._clock(), due_only=due_only)
        if claimed is None:
            return None if due_only else Gathered(source, title_of(source), trouble="another worker reads it just now")
        state = replace(claimed, title=claimed.title or title_of(source))
        try:
            looked = await self._read(desk, state)
        except Fault:
            raise
        except (SourceTrouble, Refused) as err:
            looked = Looked(_failed(state, err, self._clock(), desk.rng))
        except Exception:
            code = secrets.token_hex(2)
            log.exception("bug %s", code)
            oops = SourceTrouble(f"something went wrong on our side (code {code})")
            looked = Looked(_failed(state, oops, self._clock(), desk.rng))
        await self._store.sources.release(looked.state, self._worker)
        return _told(looked)

    async def _read(self, desk: Desk, state: State) -> Looked:
        match state.source:
            case name if name.startswith(ARXIV):
                return await arxiv.read_category(desk, state)
            case name if name.startswith(FEED):
                return await feeds.read_feed(desk, state)
            case name if name == HUGGINGFACE:
                return await huggingface.read_days(desk, state)
            case _:
                return await filling.fill(desk, state, self._choices.key)

    async def _of_the_past(self, desk: Desk, wanted: Sequence[str], since: date) -> tuple[Gathered, ...]:
        found: list[Gathered] = []
        for sources in (
            [one for one in wanted if one.startswith(ARXIV)],
            [one for one in wanted if one == HUGGINGFACE],
        ):
            if sources and not self._may_ask(sources[0]):
                found.append(Gathered(sources[0], title_of(sources[0]), trouble=NO_CONTACT))
                continue
            try:
                found += [_told(looked) for looked in await back_fill(desk, sources, since)]
            except SourceTrouble as err:
                found.append(Gathered(sources[0], title_of(sources[0]), trouble=str(err)))
        return tuple(found)

    def _may_ask(self, source: str) -> bool:
        sites = self._client.sites
        if source.startswith(FEED):
            return self._client.may_ask(source.removeprefix(FEED), typed_by_a_person=True)
        bases = {HUGGINGFACE: sites.huggingface, SEMANTICSCHOLAR: sites.semanticscholar, CROSSREF: sites.crossref}
        return self._client.may_ask(bases.get(source, sites.arxiv_rss))


def _failed(state: State, err: SourceTrouble | Refused, now: datetime, rng: Random) -> State:
    failures = state.failures + 1
    wish = err.after_seconds if isinstance(err, SourceTrouble) else None
    again = after_failure(failures, now, rng, wish, is_feed=state.source.startswith(FEED))
    why = err.why if isinstance(err, SourceTrouble) else err.wrong.rstrip(".")
    return replace(state, failures=failures, trouble=why, next_poll_at=again)


def _told(looked: Looked) -> Gathered:
    state = looked.state
    gathered = Gathered(state.source, state.title, looked.new, looked.known, state.trouble, looked.skipped)
    name = (
        state.source if not state.source.startswith(FEED) else f"{FEED}{urlsplit(state.source[len(FEED) :]).hostname}"
    )
    fields = {"source": name, "new": looked.new, "known": looked.known, "trouble": state.trouble}
    if state.trouble:
        log.warning("source in trouble", extra=fields)
    else:
        log.info("source read", extra=fields)
    return gathered
