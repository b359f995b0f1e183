"""Answers that Discord takes no more where they were awaited: told by messages of their own."""

import logging
from collections.abc import Awaitable, Callable, Sequence

import aiohttp

from adapters.discord.asking import Interaction, own, spot
from bot.adapter import ChannelRef
from bot.cards import Card, Notice
from bot.errors import Gone, Rejected, Retry

log = logging.getLogger(__name__)

LATE = Notice("Discord waits for no answer there any more, so here it is.")

Tell = Callable[[ChannelRef, Sequence[Card], str], Awaitable[object]]


async def tell_late(
    interaction: Interaction, cards: Sequence[Card], announce: str | None, tell: Tell, *, is_public: bool
) -> None:
    """Tell the person alone, or all where it was for all; who can't be told alone is asked to ask again."""
    where = spot(interaction) if is_public else own(interaction.user)
    said = [(where, card) for card in (LATE, *cards)]
    try:
        await _tell(said, interaction, tell)
    except Gone:
        sentence = f"{interaction.user.display_name}, my answer came too late to be shown to you alone. Ask once more."
        said = [(spot(interaction), Notice(sentence))]
    else:
        said = []
    said += [(spot(interaction), Notice(announce))] if announce and spot(interaction).kind == "channel" else []
    try:
        await _tell(said, interaction, tell, mark="-")
    except Gone:
        log.info("late answer told to nobody")


async def _tell(said: Sequence[tuple[ChannelRef, Card]], interaction: Interaction, tell: Tell, mark: str = "") -> None:
    for number, (where, card) in enumerate(said):
        try:
            await tell(where, [card], f"late{mark}{interaction.id}{number}")
        except (Retry, Rejected, OSError, aiohttp.ClientError) as err:
            log.warning("late answer not told", extra={"error": type(err).__name__})
