"""Replies shown to whom they concern: where the answer is awaited, or by a message of its own where that is over."""

import logging
import secrets
from collections.abc import Sequence
from contextlib import suppress

import aiohttp
import discord

from adapters.discord.answers import Answers, TokenOver
from adapters.discord.asking import Interaction, is_alone, place
from adapters.discord.late import Tell, tell_late
from adapters.discord.message import Message
from adapters.discord.modals import openers
from adapters.discord.render import messages
from adapters.discord.spoken import Spoken
from bot.cards import Notice, Reply

log = logging.getLogger(__name__)

FOR_ALL = Notice("Here it is.")  # what the person alone sees of a reply that is for all

_NOT_KNOWN = (aiohttp.ClientError, TimeoutError)  # whether it arrived


class Showing:
    """tell: posts cards once under a key, where no token is needed."""

    def __init__(self, answers: Answers, spoken: Spoken, tell: Tell) -> None:
        self._answers = answers
        self._spoken = spoken
        self._tell = tell

    async def show(self, interaction: Interaction, reply: Reply, *, is_late: bool = False) -> None:
        """Show the reply, and what all in the channel are told. is_late: no answer is taken there any more.

        Where that fails by a fault of ours, an apology.
        """
        try:
            await self._show(interaction, reply, is_late=is_late)
        except Exception as err:
            code = secrets.token_hex(2)
            log.error("bug %s", code, exc_info=err)
            apology = f"Something went wrong on our side (code {code}). Nothing was lost."
            (sorry,) = messages([Notice(apology, tone="refused")])
            with suppress(TokenOver, discord.HTTPException, *_NOT_KNOWN):
                await self._answers.show(interaction, sorry)

    async def _show(self, interaction: Interaction, reply: Reply, *, is_late: bool) -> None:
        is_public = reply.audience == "channel" and place(interaction).kind == "channel"
        cards = self._spoken.cards(openers(reply.cards))
        if not is_late:
            first, *more = [*messages([FOR_ALL]), *messages(cards)] if is_public else messages(cards)
            try:
                await self._answers.show(interaction, first)
                await self._add(interaction, more, is_ephemeral=not (is_public or is_alone(interaction)))
                if reply.announce and place(interaction).kind == "channel":
                    await self._add(interaction, messages([Notice(reply.announce)]), is_ephemeral=False)
                return
            except (TokenOver, *_NOT_KNOWN) as err:
                log.info("answer not taken", extra={"error": type(err).__name__})
        await tell_late(interaction, cards, reply.announce, self._tell, is_public=is_public)

    async def _add(self, interaction: Interaction, more: Sequence[Message], *, is_ephemeral: bool) -> None:
        for message in more:
            try:
                await self._answers.add(interaction, message, is_ephemeral=is_ephemeral)
            except (discord.HTTPException, *_NOT_KNOWN) as err:
                log.warning("part of an answer not shown", extra={"error": type(err).__name__})
