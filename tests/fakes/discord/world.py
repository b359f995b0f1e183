"""Servers, channels and people, as Discord describes them to clients."""

from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

Payload = dict[str, Any]

TEXT, DM, GROUP_DM, THREAD, FORUM = 0, 1, 3, 11, 15  # kinds of channels
VIEW, SEND, EMBED, HISTORY, THREADS = 1 << 10, 1 << 11, 1 << 14, 1 << 16, 1 << 38
OURS = VIEW | SEND | EMBED | HISTORY | THREADS
MANAGE_CHANNELS = 1 << 4
EVERYBODY = VIEW | SEND
JOINED = "2026-01-01T00:00:00+00:00"

_EPOCH_MS = 1_420_070_400_000
_COUNT = count(1)


def snowflake(at: datetime) -> str:
    """An id that nothing else has, made at that time."""
    return str(((int(at.timestamp() * 1000) - _EPOCH_MS) << 22) + next(_COUNT))


def user(id: str, name: str, *, is_bot: bool = False) -> Payload:
    return {
        "id": id,
        "username": name.casefold().replace(" ", "-"),
        "global_name": name,
        "discriminator": "0",
        "avatar": None,
        "bot": is_bot,
    }


def member(person: Payload, roles: tuple[str, ...] = ()) -> Payload:
    return {
        "user": person,
        "roles": list(roles),
        "joined_at": JOINED,
        "deaf": False,
        "mute": False,
        "flags": 0,
        "nick": None,
        "avatar": None,
        "premium_since": None,
        "pending": False,
        "communication_disabled_until": None,
    }


@dataclass
class Guild:
    """A server. ours: what the bot may do there; everybody: what others may."""

    id: str
    name: str
    bot: Payload
    owner_id: str
    ours: int = OURS
    everybody: int = EVERYBODY
    channels: dict[str, Payload] = field(default_factory=dict)
    threads: dict[str, Payload] = field(default_factory=dict)
    roles: dict[str, Payload] = field(default_factory=dict)
    system_channel: str | None = None
    joined: str = JOINED  # when the bot was let in

    def add_channel(self, id: str, name: str, kind: int = TEXT) -> Payload:
        self.channels[id] = {
            "id": id,
            "type": kind,
            "guild_id": self.id,
            "name": name,
            "position": len(self.channels),
            "nsfw": False,
            "permission_overwrites": [],
            "parent_id": None,
            "topic": None,
            "last_message_id": None,
            "available_tags": [],
            "flags": 0,
            "rate_limit_per_user": 0,
        }
        return self.channels[id]

    def add_thread(self, id: str, name: str, parent: str) -> Payload:
        self.threads[id] = {
            "id": id,
            "type": THREAD,
            "guild_id": self.id,
            "parent_id": parent,
            "owner_id": self.owner_id,
            "name": name,
            "message_count": 0,
            "member_count": 1,
            "rate_limit_per_user": 0,
            "last_message_id": None,
            "flags": 0,
            "thread_metadata": {
                "archived": False,
                "auto_archive_duration": 1440,
                "archive_timestamp": JOINED,
                "locked": False,
            },
        }
        return self.threads[id]

    def add_role(self, id: str, name: str, permissions: int = 0) -> Payload:
        self.roles[id] = {
            "id": id,
            "name": name,
            "color": 0,
            "hoist": False,
            "position": len(self.roles) + 1,
            "managed": False,
            "permissions": str(permissions),
            "mentionable": False,
            "flags": 0,
            "icon": None,
            "unicode_emoji": None,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        }
        return self.roles[id]

    def payload(self) -> Payload:
        """The server as GUILD_CREATE tells it; the bot's own role carries what it may do."""
        self.add_role(self.id, "@everyone", self.everybody)
        self.add_role(self.bot_role, "Paper Round", self.ours)
        return {
            "id": self.id,
            "name": self.name,
            "owner_id": self.owner_id,
            "roles": list(self.roles.values()),
            "channels": list(self.channels.values()),
            "threads": list(self.threads.values()),
            "members": [{**member(self.bot, (self.bot_role,)), "joined_at": self.joined}],
            "member_count": 2,
            "emojis": [],
            "stickers": [],
            "features": [],
            "system_channel_id": self.system_channel,
            "system_channel_flags": 0,
            "verification_level": 0,
            "default_message_notifications": 0,
            "explicit_content_filter": 0,
            "mfa_level": 0,
            "nsfw_level": 0,
            "premium_tier": 0,
            "preferred_locale": "en-US",
            "afk_timeout": 300,
            "afk_channel_id": None,
            "large": False,
            "icon": None,
            "splash": None,
            "banner": None,
            "description": None,
            "voice_states": [],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
            "joined_at": JOINED,
            "rules_channel_id": None,
            "public_updates_channel_id": None,
            "application_id": None,
            "discovery_splash": None,
            "premium_subscription_count": 0,
            "vanity_url_code": None,
            "premium_progress_bar_enabled": False,
            "safety_alerts_channel_id": None,
            "max_members": 500_000,
            "max_video_channel_users": 25,
        }

    @property
    def bot_role(self) -> str:
        """The id of the role that came with the bot."""
        return str(int(self.id) + 1)
