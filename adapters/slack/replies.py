"""Getting the service's reply for a person, who hears within two seconds that it is coming."""

import asyncio
from dataclasses import dataclass, replace

from adapters.slack.answer import Answers
from adapters.slack.asking import Asking
from adapters.slack.heard import Place
from adapters.slack.home import AppHome
from adapters.slack.homes import Homes
from adapters.slack.modals import ON_ITS_WAY, Target, showing
from adapters.slack.people import People
from bot.adapter import Handle, Invocation
from bot.cards import Notice, Reply
from bot.grammar import Command

PATIENCE_SECONDS = 2.0  # after which a person is told that the answer is on its way; Slack waits 3 for a modal
NOT_IN = "I am not in this channel, so nothing can be posted here. To let me in, type: /invite @Paper Round"


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that answering needs."""

    handle: Handle
    homes: Homes
    people: People
    asking: Asking
    answers: Answers
    home: AppHome

    def command(self, name: str) -> Command | None:
        """The command of that very name."""
        return next((one for one in self.handle.commands if name in (one.verb, *one.aliases)), None)

    async def answered(self, workspace: str, place: Place, asked: Invocation) -> Reply:
        """The service's reply; after a change in a channel that we are not in, with how to let us in."""
        reply = await self.handle.handle(asked)
        if reply.announce and not await self.asking.is_in(workspace, place):
            return replace(reply, cards=(*reply.cards, Notice(NOT_IN)))
        return reply

    async def replied(self, workspace: str, place: Place, asked: Invocation) -> tuple[Place, Reply]:
        """The reply, and where it goes: somewhere else than `place` where the person had to be told to wait."""
        task = asyncio.create_task(self.answered(workspace, place, asked), name="slack reply")
        try:
            done, _ = await asyncio.wait((task,), timeout=PATIENCE_SECONDS)
            if not done:
                place = await self._told_to_wait(workspace, place)
            return place, await task
        finally:
            task.cancel()

    async def tell(self, workspace: str, place: Place, text: str) -> None:
        """One sentence to the person."""
        await self.answers.send(workspace, place, Reply((Notice(text),)))

    async def _told_to_wait(self, workspace: str, place: Place) -> Place:
        if not place.view:
            await self.answers.send(workspace, place, Reply((ON_ITS_WAY,)))
            return place
        view = showing((ON_ITS_WAY,), Target(place.channel, place.channel_name))
        shown = await self.answers.open(workspace, place, view)
        return replace(place, view="modal", view_id=shown) if shown else replace(place, view="", channel=place.user)
