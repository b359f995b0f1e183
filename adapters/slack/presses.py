"""Answering what is pressed: buttons and menus of messages, of App Home, of modals, and of an older version."""

from dataclasses import replace

from adapters.slack.asking import at
from adapters.slack.buttons import Pressed, decode
from adapters.slack.heard import Clicked, Place
from adapters.slack.modals import Target, asking, form_in, opened
from adapters.slack.replies import Desk
from bot.cards import Action, Form, Notice, Reply

OPEN, IN = "open", "in"  # what is pressed to have a command's form, or to act in another channel: no verbs of ours
VOTES = ("like", "dislike")  # in the channel, not those that a person gives for themselves alone
OLD = "This button is from an older digest; here is the paper."
OLD_ALONE = "This button is from an older version, and does nothing any more. Type /papers help for what does."
NOT_THERE = "You are not in that channel any more, or I am not."


class Presses:
    """Answers presses."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def answer(self, workspace: str, said: Clicked) -> None:
        pressed, place = decode(said.action_id, said.value), said.place
        if pressed is not None and pressed.verb == IN:
            channel, _, rest = pressed.target.partition(" ")
            shared = await self._desk.people.shared(workspace, place.user)
            if channel not in shared:
                await self._desk.tell(workspace, place, NOT_THERE)
                return
            verb, _, target = rest.partition(" ")
            pressed, place = Pressed(verb, target), at(place, channel, shared[channel])
        if pressed is not None and pressed.verb == OPEN:
            await self.open(workspace, place, pressed.target)
        elif pressed is None or self._desk.command(pressed.verb) is None:
            await self._old(workspace, said)
        else:
            reply = await self._verb(workspace, place, pressed)
            if reply.tally and said.blocks and place is said.place and pressed.verb in VOTES:
                await self._desk.answers.recount(workspace, said, reply.tally)
        if said.place.view == "home":
            await self._desk.home.show(self._desk.handle, workspace, said.place)

    async def open(self, workspace: str, place: Place, target: str) -> None:
        """Ask for a command's arguments in a modal; target: the command, and what its first argument is."""
        verb, _, given = target.partition(" ")
        command = self._desk.command(verb)
        if command is None:
            await self._desk.tell(workspace, place, OLD_ALONE)
            return
        view = opened(asking(command, given), Target(place.channel, place.channel_name))
        if not await self._desk.answers.open(workspace, place, view):
            again = f"That took too long to open. Press again, or type {command.example}"
            await self._desk.tell(workspace, place, again)

    async def _verb(self, workspace: str, place: Place, pressed: Pressed) -> Reply:
        asked = await self._desk.asking.invocation(workspace, place)
        now, reply = await self._desk.replied(workspace, place, replace(asked, verb=pressed.verb, text=pressed.target))
        form = form_in(reply)
        if form is None:
            await self._desk.answers.send(workspace, now, _with_note(reply, pressed))
        else:
            await self._form(workspace, place, now, form, reply)
        return reply

    async def _form(self, workspace: str, place: Place, now: Place, form: Form, reply: Reply) -> None:
        """The form in a modal; in a message where it is too late to open one."""
        view = opened(form, Target(place.channel, place.channel_name))
        if now is not place and now.view == "modal":
            await self._desk.answers.show(workspace, now.view_id, view)
        elif not await self._desk.answers.open(workspace, place, view):
            await self._desk.answers.send(workspace, now, reply)

    async def _old(self, workspace: str, said: Clicked) -> None:
        """Answer a button that this version does not know with the paper that it was about."""
        if not said.papers:
            await self._desk.tell(workspace, said.place, OLD_ALONE)
            return
        asked = await self._desk.asking.invocation(workspace, said.place)
        asked = replace(asked, verb="paper", text=said.papers[0])
        place, reply = await self._desk.replied(workspace, said.place, asked)
        await self._desk.answers.send(workspace, place, replace(reply, cards=(Notice(OLD), *reply.cards)))


def _with_note(reply: Reply, pressed: Pressed) -> Reply:
    """After saving: a way to write down why."""
    match reply.cards:
        case (Notice(tone="done") as said,) if pressed.verb == "save":
            actions = (*said.actions, Action("Add a note", OPEN, f"save {pressed.target}"))
            return replace(reply, cards=(replace(said, actions=actions),))
        case _:
            return reply
