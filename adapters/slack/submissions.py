"""Answering forms that were filled in: errors beside their fields, or what came of it, in the same modal."""

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from typing import Any, Protocol

from adapters.slack.asking import at
from adapters.slack.heard import Submitted
from adapters.slack.modals import (
    ON_ITS_WAY,
    Target,
    View,
    form_in,
    opened,
    refused_field,
    said_in,
    showing,
    wrong_fields,
)
from adapters.slack.repeats import is_repeat
from adapters.slack.replies import PATIENCE_SECONDS, Desk
from bot.cards import Notice, Reply

OLD_FORM = "This form is from an older version. Open it again, or type /papers help."

Acknowledgement = Mapping[str, object]


class Begin(Protocol):
    """Starts work that is waited for when we stop."""

    def __call__(self, work: Coroutine[Any, Any, None], name: str) -> object: ...


class Submissions:
    """Answers forms with their acknowledgement: it is the only way to put an error beside a field."""

    def __init__(self, desk: Desk, begin: Begin) -> None:
        self._desk = desk
        self._begin = begin

    async def answer(self, said: Submitted) -> Acknowledgement | None:
        """What the modal becomes. What takes longer than a person should wait is shown in it later."""
        target = Target.of(said.answers.state)
        verb, _, begun = said.answers.verb.partition(" ")
        command = self._desk.command(begun.partition(" ")[0] if verb == "dm" else verb)
        if command is None:
            return _updated(showing((Notice(OLD_FORM),), target))
        if wrong := wrong_fields(command, said.answers.fields):
            return {"response_action": "errors", "errors": wrong}
        result: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        is_late = asyncio.Event()
        self._begin(self._carried_out(said, target, result, is_late), "slack form")
        done, _ = await asyncio.wait((result,), timeout=PATIENCE_SECONDS)
        if not done:
            is_late.set()
            return _updated(showing((ON_ITS_WAY,), target))
        return None if result.cancelled() else _acknowledged(result.result(), said, target)

    async def _carried_out(
        self, said: Submitted, target: Target, result: "asyncio.Future[Reply]", is_late: asyncio.Event
    ) -> None:
        """Do what the form says, once; `result` is cancelled where it was done before."""
        desk = self._desk
        try:
            workspace = await desk.homes.workspace(said.place.workspaces)
            if workspace is None or await is_repeat(desk.handle, said):
                return
            place = at(said.place, target.channel, target.name)
            asked = await desk.asking.invocation(workspace, place)
            filled = {name: value for name, value in said.answers.fields.items() if value.strip()}
            reply = await desk.answered(workspace, place, replace(asked, verb=said.answers.verb, fields=filled))
            result.set_result(reply)
            if is_late.is_set():
                await desk.answers.show(workspace, said.place.view_id, _view_of(reply, target))
            if reply.announce and target.channel and not place.is_dm:
                await desk.answers.announce(workspace, place, reply.announce)
            await desk.home.show_again(desk.handle, workspace, said.place)
        finally:
            result.cancel()


def _acknowledged(reply: Reply, said: Submitted, target: Target) -> Acknowledgement:
    if reply.outcome == "refused" and (wrong := refused_field(said_in(reply), said.answers.fields)):
        return {"response_action": "errors", "errors": wrong}
    return _updated(_view_of(reply, target))


def _view_of(reply: Reply, target: Target) -> View:
    form = form_in(reply)
    return opened(form, target) if form else showing(reply.cards, target)


def _updated(view: View) -> Acknowledgement:
    return {"response_action": "update", "view": view}
