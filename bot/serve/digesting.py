"""Digests while serving: topics fitted ahead, slots met when they come, newer versions of saved papers told."""

from collections.abc import Sequence
from functools import partial

from bot.adapter import Adapter
from bot.digests.revisions import tell_revisions
from bot.serve.jobs import Job
from bot.service import Clock, Service
from bot.waiting import Bell

_AHEAD_SECONDS = 60.0  # between two looks for topics to fit, some at a time
_REVISIONS_SECONDS = 600.0


def digesting(
    service: Service, adapters: Sequence[Adapter], *, worker: str, clock: Clock, news: Bell, lease_seconds: float = 60.0
) -> tuple[Job, ...]:
    """The jobs of a process that posts by these adapters. news: rung for each batch that is in the outbox."""
    papers_a_message = {adapter.name: adapter.capabilities.papers_a_message for adapter in adapters}
    due = service.composer(papers_a_message, worker=worker, lease_seconds=lease_seconds)

    async def revisions() -> None:
        await tell_revisions(service.store, papers_a_message, clock())

    return (
        Job("digests", 0, partial(due.compose_due, news.ring)),
        Job("topics", _AHEAD_SECONDS, service.prepare),
        Job("revisions", _REVISIONS_SECONDS, revisions),
    )
