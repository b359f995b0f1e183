"""What the permissions of Discord mean for us: who may change a channel, and where we may speak."""

from collections.abc import Mapping

import discord

Speakable = discord.TextChannel | discord.Thread | discord.ForumChannel | discord.VoiceChannel | discord.StageChannel

NEEDED: Mapping[str, str] = {  # what an invite asks for, and why
    "view_channel": "to see the channels that digests go to",
    "send_messages": "to post digests, and posts in forums",
    "send_messages_in_threads": "to post digests in threads",
    "embed_links": "to show papers with their links",
    "read_message_history": "to find a digest of its own whose posting was in doubt, so that none comes twice",
}


def needed() -> discord.Permissions:
    """The least that digests can be posted with."""
    return discord.Permissions(**dict.fromkeys(NEEDED, True))


def may_manage(person: discord.Permissions) -> bool:
    """Whether somebody with these permissions in a channel may change what comes there."""
    return person.manage_channels or person.administrator


def may_speak(channel: Speakable) -> bool:
    """Whether a digest can be posted there now."""
    ours = channel.permissions_for(channel.guild.me)
    if isinstance(channel, discord.Thread):
        return ours.view_channel and ours.send_messages_in_threads and not (channel.locked and not ours.manage_threads)
    return ours.view_channel and ours.send_messages and ours.embed_links
