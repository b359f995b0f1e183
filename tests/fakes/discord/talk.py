"""The channels of a fake Discord and what stands in them."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

from tests.fakes.discord.answers import NOT_TEXT, UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, Fault, Payload, snowflake

TEXT, DM, PUBLIC_THREAD, FORUM = 0, 1, 11, 15  # kinds of channels
ARCHIVED = 50083


@dataclass(slots=True)
class Talk:
    """nonce_seconds: for how long what was posted under a nonce is not posted again."""

    bot: Mapping[str, Any]
    nonce_seconds: float = 300.0
    channels: dict[str, Payload] = field(default_factory=dict)
    messages: list[Payload] = field(default_factory=list)
    _nonces: dict[tuple[str, str], tuple[float, Payload]] = field(default_factory=dict)

    def add(self, name: str, kind: int = TEXT, guild: str = "900", **more: object) -> Payload:
        """A channel of that name in the server."""
        channel: Payload = {"id": snowflake(), "type": kind, "guild_id": guild, "name": name, "position": 0}
        rest: Payload = {
            "topic": None,
            "nsfw": False,
            "parent_id": None,
            "permission_overwrites": [],
            "flags": 0,
            "last_message_id": None,
        }
        self.channels[channel["id"]] = {**channel, **rest, **more}
        return self.channels[channel["id"]]

    def remove(self, channel: str) -> None:
        del self.channels[channel]

    def channel(self, channel: str) -> Payload:
        if channel not in self.channels:
            raise Fault(404, UNKNOWN_CHANNEL, "Unknown Channel")
        return self.channels[channel]

    def dm(self, person: str) -> Payload:
        for channel in self.channels.values():
            if channel["type"] == DM and channel["recipients"][0]["id"] == person:
                return channel
        recipient = {"id": person, "username": f"person {person}", "discriminator": "0", "avatar": None}
        channel = {"id": snowflake(), "type": DM, "last_message_id": None, "recipients": [recipient], "flags": 0}
        self.channels[channel["id"]] = channel
        return channel

    def active_threads(self, guild: str) -> list[Payload]:
        threads = [one for one in self.channels.values() if one["type"] == PUBLIC_THREAD and one["guild_id"] == guild]
        return [one for one in threads if not one["thread_metadata"]["archived"]]

    def post(self, channel: str, said: Payload, files: Mapping[str, bytes]) -> Payload:
        place = self.channel(channel)
        if place["type"] == FORUM:
            raise Fault(400, NOT_TEXT, "Cannot send messages in a non-text channel")
        metadata = place.get("thread_metadata")
        if metadata and metadata["locked"]:
            raise Fault(403, ARCHIVED, "Thread is archived")
        if said.get("enforce_nonce") and (known := self._known(channel, str(said["nonce"]))):
            return known
        if metadata:
            metadata["archived"] = False
        return self._kept(place, snowflake(), said, files)

    def start_thread(self, channel: str, said: Payload, files: Mapping[str, bytes]) -> Payload:
        """A post of a forum: its first message has the id of the thread."""
        forum, id = self.channel(channel), snowflake()
        if forum["type"] != FORUM:
            raise Fault(400, 50024, "Cannot execute action on this channel type")
        metadata = {"archived": False, "auto_archive_duration": 4320, "locked": False, "create_timestamp": _now()}
        thread = {"id": id, "type": PUBLIC_THREAD, "guild_id": forum["guild_id"], "parent_id": channel}
        counts = {"message_count": 1, "member_count": 1, "rate_limit_per_user": 0, "flags": 0, "total_message_sent": 1}
        owned = {"name": said["name"], "owner_id": self.bot["id"], "thread_metadata": {**metadata}}
        self.channels[id] = {**thread, **counts, **owned, "last_message_id": id}
        return {**self.channels[id], "message": self._kept(self.channels[id], id, said["message"], files)}

    def history(self, channel: str, limit: int, before: str | None) -> list[Payload]:
        """The newest, newest first. A nonce is not among what is told of a message later on."""
        self.channel(channel)
        found = [one for one in self.in_channel(channel) if before is None or int(one["id"]) < int(before)]
        return [_told(one) for one in reversed(found)][:limit]

    def message(self, channel: str, id: str) -> Payload:
        return _told(self._find(channel, id))

    def edit(self, channel: str, id: str, said: Payload) -> Payload:
        message = self._find(channel, id)
        message |= {name: value for name, value in said.items() if name in ("content", "embeds", "components")}
        message["edited_timestamp"] = _now()
        return _told(message)

    def in_channel(self, channel: str) -> list[Payload]:
        """What stands there, oldest first."""
        return [one for one in self.messages if one["channel_id"] == channel]

    def _find(self, channel: str, id: str) -> Payload:
        self.channel(channel)
        for message in self.messages:
            if (message["channel_id"], message["id"]) == (channel, id):
                return message
        raise Fault(404, UNKNOWN_MESSAGE, "Unknown Message")

    def _known(self, channel: str, nonce: str) -> Payload | None:
        at, message = self._nonces.get((channel, nonce), (0.0, None))
        return message if time.time() - at < self.nonce_seconds else None

    def _kept(self, place: Payload, id: str, said: Payload, files: Mapping[str, bytes]) -> Payload:
        author = {"author": dict(self.bot), "type": 0, "pinned": False, "tts": False, "mention_everyone": False}
        lists: Payload = {"mentions": [], "mention_roles": [], "attachments": _attached(files)}
        told = {name: _stored(said.get(name)) for name in ("embeds", "components")}
        text = {"content": (said.get("content") or "").strip(), "timestamp": _now(), "edited_timestamp": None}
        message = {"id": id, "channel_id": place["id"], **author, **lists, **told, **text, "flags": 0}
        if "nonce" in said:
            message["nonce"] = said["nonce"]
            self._nonces[place["id"], str(said["nonce"])] = (time.time(), message)
        self.messages.append(message)
        place["last_message_id"] = id
        return message


def _attached(files: Mapping[str, bytes]) -> list[Payload]:
    return [
        {"id": snowflake(), "filename": name, "size": len(data), "url": f"https://cdn.test/{name}", "proxy_url": "x:"}
        for name, data in files.items()
    ]


def _stored(value: Any) -> Any:
    """As the real one gives it back: what was sent, once more, and no text with white space around it."""
    found = json.loads(json.dumps(value or []))
    numbers = count(1)
    for one in found:
        for name in ("title", "description"):
            if name in one:
                one[name] = one[name].strip()
        if "color" in one:
            one["type"] = "rich"
        for component in one.get("components", []):
            component["id"] = next(numbers)
    return found


def _told(message: Payload) -> Payload:
    return {name: value for name, value in message.items() if name != "nonce"}


def _now() -> str:
    return datetime.now(UTC).isoformat()
