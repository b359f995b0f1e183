"""A conversation with Slack: each payload acknowledged at once, then answered in a task of its own."""

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from typing import Any, assert_never

from adapters.slack.heard import (
    Asked,
    Changed,
    Clicked,
    Heard,
    HomeOpened,
    Joined,
    Linked,
    Moved,
    Reacted,
    Removed,
    Submitted,
    Typed,
)
from adapters.slack.life import Life
from adapters.slack.parse import heard
from adapters.slack.presses import Presses
from adapters.slack.previews import Previews
from adapters.slack.reactions import Reactions
from adapters.slack.repeats import is_repeat
from adapters.slack.replies import Desk
from adapters.slack.submissions import Submissions
from bot.cards import Card, PaperCard, Reply

log = logging.getLogger(__name__)

DRAIN_SECONDS = 5.0  # for answers under way when we stop
PAPERS = 3  # of a message, that are looked up at once
NO_PAPER = "No arXiv id, DOI or link is in that message. To look a title up, type /paper and the title."


class Talk:
    """Hears what Slack sends, and answers."""

    def __init__(self, desk: Desk, life: Life, previews: Previews) -> None:
        self._desk = desk
        self._life = life
        self._presses = Presses(desk)
        self._previews = previews
        self._reactions = Reactions(desk)
        self._submissions = Submissions(desk, self._begin)
        self._under_way: set[asyncio.Task[None]] = set()

    async def take(self, body: Mapping[str, Any]) -> Mapping[str, object] | None:
        """What goes back with the acknowledgement. Only a filled in form waits for more than being understood."""
        try:
            said = heard(body)
            if isinstance(said, Submitted):
                return await self._submissions.answer(said)
        except Exception:
            log.exception("payload not understood", extra={"type": str(body.get("type"))})
            return None
        if said is not None:
            self._begin(self._follow(said), "slack answer")
        return None

    async def finish(self) -> None:
        """Wait a while for answers under way."""
        if self._under_way:
            _, late = await asyncio.wait(self._under_way, timeout=DRAIN_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _begin(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(_guarded(work), name=name)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _follow(self, said: Heard) -> None:
        workspace = await self._desk.homes.workspace(said.place.workspaces)
        if workspace is None:
            log.info("not installed there", extra={"workspaces": said.place.workspaces})
        elif await is_repeat(self._desk.handle, said):
            log.info("heard before", extra={"key": said.place.key})
        else:
            await self._answer(workspace, said)

    async def _answer(self, workspace: str, said: Heard) -> None:
        match said:
            case Typed():
                await self._typed(workspace, said)
            case Clicked():
                await self._presses.answer(workspace, said)
            case Asked():
                await self._asked(workspace, said)
            case HomeOpened():
                await self._desk.home.show(self._desk.handle, workspace, said.place)
            case Joined():
                await self._life.joined(workspace, said)
            case Changed():
                await self._life.changed(workspace, said)
            case Moved():
                await self._life.moved(workspace, said)
            case Removed():
                await self._life.removed(workspace, said)
            case Reacted():
                await self._reactions.count(workspace, said)
            case Linked():
                await self._previews.show(workspace, said)
            case Submitted():
                raise AssertionError("answered with its acknowledgement")
            case _:
                assert_never(said)

    async def _typed(self, workspace: str, said: Typed) -> None:
        """Answer a line; a look-up that all have read is answered for all, below it."""
        asked = replace(await self._desk.asking.invocation(workspace, said.place), text=said.text)
        place, reply = await self._desk.replied(workspace, said.place, asked)
        is_look_up = said.is_public and all(isinstance(card, PaperCard) for card in reply.cards)
        if is_look_up:
            place = replace(place, thread=place.thread or place.message)
        await self._desk.answers.send(workspace, place, reply, is_public=is_look_up)

    async def _asked(self, workspace: str, said: Asked) -> None:
        if said.papers is None:
            await self._presses.open(workspace, said.place, "paper")
            return
        if not said.papers:
            await self._desk.tell(workspace, said.place, NO_PAPER)
            return
        asked = await self._desk.asking.invocation(workspace, said.place)
        cards: tuple[Card, ...] = ()
        for id in said.papers[:PAPERS]:
            cards += (await self._desk.handle.handle(replace(asked, verb="paper", text=id))).cards
        await self._desk.answers.send(workspace, said.place, Reply(cards))


async def _guarded(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception:
        log.exception("answer lost")
