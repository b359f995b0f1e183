"""Interactions as invocations: who speaks, where, and what they may do there."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import discord

from adapters.discord.permissions import may_manage
from bot.adapter import EVERYWHERE, ChannelRef, Invocation

PLATFORM = "discord"

Interaction = discord.Interaction[discord.Client]


def asked(interaction: Interaction, verb: str, text: str = "", fields: dict[str, str] | None = None) -> Invocation:
    """The invocation of `verb` by whoever acted, in the place where they did."""
    where, person = place(interaction), interaction.user
    may_change = may_manage(interaction.permissions)
    roles = person.roles if isinstance(person, discord.Member) else []
    return Invocation(
        where,
        str(person.id),
        person.display_name,
        text=text,
        verb=verb,
        fields=fields or {},
        can_manage=may_change,
        is_admin=may_change,
        groups=tuple(str(role.id) for role in roles),
        is_global=True,
        event_key=f"{PLATFORM} {interaction.id}",
    )


def data_of(interaction: Interaction) -> Mapping[str, Any]:
    """What Discord says of the command, the button or the modal."""
    return cast("Mapping[str, Any]", interaction.data or {})


def place(interaction: Interaction) -> ChannelRef:
    """The channel that is spoken of; where we are no member, the person's own direct messages.

    A post of a forum stands for the forum: what is followed there comes as further posts.
    """
    here, channel = spot(interaction), interaction.channel
    if (
        here.kind == "channel"
        and isinstance(channel, discord.Thread)
        and isinstance(channel.parent, discord.ForumChannel)
    ):
        return replace(here, id=str(channel.parent.id), name=channel.parent.name)
    return here


def spot(interaction: Interaction) -> ChannelRef:
    """Where it was said, to the very post of a forum."""
    channel = interaction.channel
    is_theirs = interaction.is_user_integration() and not interaction.is_guild_integration()
    if interaction.guild_id is None or is_theirs or channel is None:
        return own(interaction.user)
    return ChannelRef(PLATFORM, str(interaction.guild_id), str(channel.id), getattr(channel, "name", None) or "")


def own(person: discord.User | discord.Member) -> ChannelRef:
    """The person's own direct messages."""
    return ChannelRef(PLATFORM, EVERYWHERE, str(person.id), person.display_name, kind="dm")


def is_alone(interaction: Interaction) -> bool:
    """Whether nobody else reads what is shown there: our direct messages with the person."""
    return interaction.guild_id is None and not interaction.context.private_channel
