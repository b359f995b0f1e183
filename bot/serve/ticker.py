"""The one ticker that wakes everything: APScheduler's, in memory, with no job a channel."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from apscheduler.executors.debug import DebugExecutor
from apscheduler.job import Job
from apscheduler.schedulers.asyncio import AsyncIOScheduler


@asynccontextmanager
async def ticking(
    tick: Callable[[], None], seconds: float, *, sleep: Callable[[float], Awaitable[None]]
) -> AsyncIterator[None]:
    """Call `tick` now and every so many seconds.

    A tick that was missed (the loop was busy, the machine slept) is made up for, several of them once.
    """
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # it would tell every tick
    missed = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
    at_once = DebugExecutor()  # on the loop, and done when the scheduler is: others use threads, or leave tasks behind
    scheduler = AsyncIOScheduler(timezone=UTC, job_defaults=missed, executors={"default": at_once})
    job = scheduler.add_job(tick, "interval", seconds=seconds, next_run_time=datetime.now(UTC))
    scheduler.start()
    watch = asyncio.create_task(_keep_near(job, seconds, sleep))
    try:
        yield
    finally:
        watch.cancel()
        scheduler.shutdown(wait=False)


async def _keep_near(job: Job, seconds: float, sleep: Callable[[float], Awaitable[None]]) -> None:
    """The scheduler goes by the wall: were that set back by hours, it would be silent for as long."""
    while True:
        await sleep(seconds)
        if job.next_run_time is None or (job.next_run_time - datetime.now(UTC)).total_seconds() > 2 * seconds:
            job.reschedule("interval", seconds=seconds)
