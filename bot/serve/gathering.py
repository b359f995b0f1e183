"""Sources while serving: those whose time has come, by whichever worker claims them first."""

from bot.gather.gatherer import Gatherer
from bot.serve.jobs import Job

_LOOK_SECONDS = 15.0  # so that a source that somebody has just begun to follow is read soon


def gathering(gatherer: Gatherer) -> Job:
    """The job of a process that reads sources."""

    async def gather() -> None:
        await gatherer.gather(due_only=True)

    return Job("sources", _LOOK_SECONDS, gather)
