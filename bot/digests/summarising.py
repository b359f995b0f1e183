"""Summaries by a language model, where the operator has set one up: asked once a paper, checked, and done without."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.errors import Refused, SourceTrouble
from bot.model import Paper
from bot.picking.faithful import objection
from bot.picking.gist import MOST
from bot.sources.completions import Model
from bot.sources.faults import PassingTrouble
from bot.sources.http import PoliteClient
from bot.store import Store

log = logging.getLogger(__name__)

_AT_ONCE = 10  # questions side by side


@dataclass(frozen=True, slots=True)
class Allowance:
    """How often the model may be asked a day, and how long the digests of a round may wait for it in all."""

    a_day: int = 200
    seconds: float = 10.0


class Summariser:
    """One per process."""

    def __init__(
        self, store: Store, client: PoliteClient, model: Model, allowance: Allowance, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._client = client
        self._model = model
        self._allowance = allowance
        self._clock = clock

    def round(self, lease_seconds: float) -> "Round":
        """The summaries for what is due now; it takes no more than a quarter of the lease on that."""
        return Round(self, min(self._allowance.seconds, lease_seconds / 4))

    async def kept(self, papers: Sequence[Paper]) -> Mapping[int, str]:
        """What is known of these papers, by paper (pk); empty where no summary could be used."""
        return await self._store.summaries.of([paper.pk for paper in papers]) if papers else {}

    async def may_ask(self) -> bool:
        """Whether the day's allowance holds one more question, which is then counted."""
        is_allowed = await self._store.summaries.may_ask(self._clock(), self._allowance.a_day)
        if not is_allowed:
            log.warning("no more summaries today", extra={"a_day": self._allowance.a_day})
        return is_allowed

    async def made(self, paper: Paper) -> str:
        """The summary, kept from now on; empty where the answer can't be trusted. Raises SourceTrouble, Refused."""
        said = await self._model.summary(self._client, paper.title, paper.abstract, MOST)
        wrong = objection(said, paper.title, paper.abstract)
        text = "" if wrong else said
        await self._store.summaries.keep(paper.pk, text, self._model.name, self._clock())
        if wrong:
            log.warning("summary refused", extra={"paper": paper.id, "why": wrong})
        return text


class Round:
    """What is asked for one round of digests: nothing more after trouble that may pass, or when the time is over."""

    def __init__(self, summariser: Summariser, seconds: float) -> None:
        self._summariser = summariser
        self._seconds_left = seconds
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._is_over = False

    async def of(self, papers: Sequence[Paper]) -> Mapping[int, str]:
        """The summaries of these papers, by paper (pk): those that are kept, and those that could be made in time."""
        kept = await self._summariser.kept(papers)
        wanted = {paper.pk: paper for paper in papers if paper.abstract and paper.pk not in kept}
        made = await self._made(list(wanted.values()))
        return {pk: text for pk, text in {**kept, **made}.items() if text}

    async def _made(self, papers: Sequence[Paper]) -> Mapping[int, str]:
        if not papers or self._is_over:
            return {}
        loop = asyncio.get_running_loop()
        began = loop.time()
        asking = {paper.pk: asyncio.create_task(self._ask(paper)) for paper in papers}
        try:
            _, late = await asyncio.wait(asking.values(), timeout=self._seconds_left)
        finally:
            for task in asking.values():
                task.cancel()
            await asyncio.gather(*asking.values(), return_exceptions=True)
        self._seconds_left -= loop.time() - began
        if late:
            self._is_over = True
            log.warning("summaries not in time", extra={"papers": len(late)})
        return {pk: task.result() for pk, task in asking.items() if not task.cancelled()}

    async def _ask(self, paper: Paper) -> str:
        """The paper's summary; empty, and the reason logged, where there is none to show."""
        async with self._turns:
            try:
                self._is_over = self._is_over or not await self._summariser.may_ask()
                return "" if self._is_over else await self._summariser.made(paper)
            except (SourceTrouble, Refused) as err:
                is_passing = isinstance(err, PassingTrouble) or getattr(err, "after_seconds", None)
                self._is_over = self._is_over or bool(is_passing)
                log.warning("summary not made", extra={"paper": paper.id, "why": str(err)})
            except Exception as err:  # its text may hold what was sent, the key among it
                log.warning("summary not made", extra={"paper": paper.id, "error": type(err).__name__})
            return ""
