"""What people do on Discord: acknowledged before any work, asked of the service, shown to whom it concerns."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import aiohttp
import discord

from adapters.discord.answers import Answers, TokenOver
from adapters.discord.asking import Interaction, asked, data_of, is_alone
from adapters.discord.buttons import CHOICE, decode
from adapters.discord.completion import completions
from adapters.discord.declare import BESIDE_A_MESSAGE, Menu
from adapters.discord.forms import modal
from adapters.discord.late import Tell
from adapters.discord.mentioned import papers_in
from adapters.discord.modals import OPENS, answers, form_in, note_form, with_note
from adapters.discord.showing import Showing
from adapters.discord.spoken import Spoken
from bot.adapter import Handle, Invocation
from bot.cards import Action, Reply, note, refusal
from bot.errors import Fault, Refused

log = logging.getLogger(__name__)

Kind = discord.InteractionType
_OPEN_SECONDS = 2.0  # to fetch a form: Discord opens no modal after 3


class Interactions:
    """Takes any number of interactions at once. tell: posts cards once under a key, where no token is needed."""

    def __init__(self, handle: Handle, answering: Answers, tell: Tell) -> None:
        self._handle = handle
        self._answers = answering
        self._menu = Menu(handle.commands)
        self._showing = Showing(answering, Spoken(handle.commands), tell)

    async def on_interaction(self, interaction: Interaction) -> None:
        """See an interaction through."""
        match interaction.type:
            case Kind.autocomplete:
                await self._answers.choices(interaction, await completions(interaction, self._menu, self._handle))
            case Kind.component if opens := _opens(interaction):
                await self._open(interaction, opens)
            case Kind.application_command | Kind.component | Kind.modal_submit:
                await self._answer(interaction)
            case _:
                log.info("interaction of no known kind", extra={"kind": str(interaction.type)})

    async def _answer(self, interaction: Interaction) -> None:
        async with asyncio.TaskGroup() as together:  # what is asked for is looked for while Discord takes note
            acknowledging = together.create_task(self._acknowledged(interaction))
            reply = None if await self._is_repeat(interaction) else await self._reply(interaction)
        if reply:
            await self._showing.show(interaction, reply, is_late=not acknowledging.result())

    async def _acknowledged(self, interaction: Interaction) -> bool:
        """Whether Discord still waits for an answer; where nobody knows, it is taken to."""
        try:
            await self._answers.later(interaction, is_ephemeral=not is_alone(interaction))
        except TokenOver:
            return False
        except (aiohttp.ClientError, TimeoutError) as err:
            log.warning("interaction not acknowledged", extra={"error": type(err).__name__})
        return True

    async def _is_repeat(self, interaction: Interaction) -> bool:
        try:
            return await self._handle.seen_before(f"discord {interaction.id}")
        except Fault:  # the database does not answer: the reply will say so
            return False

    async def _reply(self, interaction: Interaction) -> Reply:
        try:
            asks = self._invocations(interaction)
            replies = [with_note(await self._handle.handle(one), one) for one in asks]
        except Refused as err:
            return refusal(err.wrong, err.instead)
        return replace(replies[0], cards=tuple(card for reply in replies for card in reply.cards))

    def _invocations(self, interaction: Interaction) -> list[Invocation]:
        """What was said; Refused where it can't be told."""
        data = data_of(interaction)
        match interaction.type:
            case Kind.component:
                action = _pressed(interaction)
                return [asked(interaction, action.verb, action.target)]
            case Kind.modal_submit:
                form = decode(str(data.get("custom_id")))
                return [asked(interaction, form.verb, form.target, answers(data))]
            case _ if data.get("type") == BESIDE_A_MESSAGE:
                found = data.get("resolved", {}).get("messages", {})
                message: Mapping[str, Any] = next(iter(found.values()), {})
                return [asked(interaction, "paper", text) for text in papers_in(message)]
            case _:
                chosen = self._menu.chosen(data)
                return [asked(interaction, chosen.verb, fields=dict(chosen.fields))]

    async def _open(self, interaction: Interaction, opens: str) -> None:
        """Open the form of a command as a modal, or say why there is none."""
        reply = Reply(())
        form = note_form(opens)
        if form is None:
            try:
                async with asyncio.timeout(_OPEN_SECONDS):
                    reply = await self._handle.handle(asked(interaction, opens))
            except TimeoutError:
                reply = note("That took too long to open.", Action("Fill in", OPENS, opens))
            form = form_in(reply.cards)
        try:
            if form:
                await self._answers.modal(interaction, modal(form))
            else:
                await self._answers.later(interaction, is_ephemeral=not is_alone(interaction))
                await self._showing.show(interaction, reply)
        except TokenOver:
            log.info("form opened too late", extra={"form": opens})


def _pressed(interaction: Interaction) -> Action:
    """The button that was pressed, or what was chosen from a list. Raises Refused for what is none of ours."""
    data = data_of(interaction)
    id, values = str(data.get("custom_id", "")), data.get("values") or []
    chosen = str(values[0]) if id.startswith(CHOICE) and values else id
    embeds = [embed.to_dict() for embed in interaction.message.embeds] if interaction.message else []
    return decode(chosen, embeds)


def _opens(interaction: Interaction) -> str:
    """The command whose form the button opens; empty for any other button."""
    try:
        action = _pressed(interaction)
    except Refused:
        return ""
    return action.target if action.verb == OPENS else ""
