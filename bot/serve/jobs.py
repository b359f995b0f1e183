"""Work that comes round: each job is started when its time has come, never twice at once, and fails alone."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.errors import Fault, Refused

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do every so many seconds; 0 is at every tick."""

    name: str
    every_seconds: float
    run: Callable[[], Awaitable[object]]


class Rota:
    """The jobs of this process. then: called when one of them has ended."""

    def __init__(self, jobs: Sequence[Job], *, clock: Callable[[], datetime], then: Callable[[], None]) -> None:
        self._jobs = jobs
        self._clock = clock
        self._then = then
        self._begun: dict[str, datetime] = {}
        self._running: dict[str, asyncio.Task[None]] = {}

    def tick(self) -> None:
        """Start what is due and not still running."""
        now = self._clock()
        for job in self._jobs:
            if job.name not in self._running and self._is_due(job, now):
                self._begun[job.name] = now
                self._running[job.name] = asyncio.create_task(self._run(job), name=job.name)

    async def finish(self, seconds: float) -> None:
        """Wait that long for what is running, then cancel it: jobs can be begun anew."""
        if running := list(self._running.values()):
            _, late = await asyncio.wait(running, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _is_due(self, job: Job, now: datetime) -> bool:
        begun = self._begun.get(job.name)
        if begun is None or now < begun:  # for a clock that was set back, waiting would last as long as the jump
            return True
        return now - begun >= timedelta(seconds=job.every_seconds)

    async def _run(self, job: Job) -> None:
        try:
            await job.run()
        except (Fault, Refused) as err:
            log.warning("job put off", extra={"job": job.name, "why": str(err)})
        except Exception:
            log.exception("job failed", extra={"job": job.name, "code": secrets.token_hex(2)})
        finally:
            del self._running[job.name]
            self._then()
