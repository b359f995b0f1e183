"""People at Slack: they type, press, fill in forms and look, and see only what Slack would show them."""

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.fakes.slack.api import BOT_USER, TEAM, Body, Room
from tests.fakes.slack.socket import Acknowledged, Workspace

WAIT = "On its way"  # what is said where an answer takes long
PATIENCE = 120.0  # seconds of people here: the machine may be busy with something else


@dataclass(frozen=True, slots=True)
class Slacker:
    """Somebody in a workspace. team: their own one."""

    slack: Workspace
    id: str = "U0ADA"
    name: str = "ada"
    team: str = TEAM

    async def types(self, line: str, channel: str = "C0ML", *, answers: int = 1) -> list[Body]:
        """A slash command; so many answers that come to it."""
        command, _, text = line.partition(" ")
        id, room = uuid.uuid4().hex, self.slack.rooms.get(channel)
        body = {
            "token": "old", "command": command, "text": text, "user_id": self.id, "user_name": self.name,
            "team_id": self.team, "team_domain": "lab", "channel_id": channel, "api_app_id": "A0APP",
            "channel_name": _told_name(channel, room), "response_url": self.slack.response_url(id),
            "trigger_id": self.slack.trigger(), "is_enterprise_install": "false",
        }  # fmt: skip
        await self.slack.deliver("slash_commands", body)
        return await self._told(id, answers)

    async def mentions(self, text: str, channel: str = "C0ML", thread: str = "") -> str:
        """Speak to the bot where all can read it; the time of the message."""
        ts = f"{time.time():.6f}"
        below = {"thread_ts": thread} if thread else {}
        self.slack.rooms[channel].messages.append({"type": "message", "user": self.id, "ts": ts, "text": text, **below})
        said = {
            "type": "app_mention", "user": self.id, "text": f"<@{BOT_USER}> {text}", "ts": ts, "channel": channel,
            "event_ts": ts, "team": self.team, **below,
        }  # fmt: skip
        await self.slack.event(said)
        return ts

    async def writes(self, text: str) -> list[Body]:
        """A direct message to the bot; what comes back."""
        channel = f"D{self.id[1:]}"
        room = self.slack.rooms.get(channel) or self.slack.room(channel, is_private=True)
        before = len(room.messages)
        said = {
            "type": "message", "channel_type": "im", "user": self.id, "text": text, "ts": f"{time.time():.6f}",
            "channel": channel, "team": self.team,
        }  # fmt: skip

        def there() -> list[Body]:
            return [one for one in room.messages[before:] if WAIT not in one["text"]]

        await self.slack.event(said)
        await self.slack.until(there, PATIENCE)
        return there()

    async def presses(
        self, message: Body, label: str, channel: str = "C0ML", *, answers: int = 1, at: float = 0.0, old: str = ""
    ) -> list[Body]:
        """Press a button of a message, or choose from one of its menus; the answers.

        at: when, by Slack's clock. old: the action id that the button has, being of an older version.
        """
        chosen = element(message, label)
        chosen |= {"action_ts": f"{at or time.time():.6f}"} | ({"action_id": old} if old else {})
        id = uuid.uuid4().hex
        body = {
            **self._press(chosen),
            "container": {"type": "message", "message_ts": message.get("ts", ""), "channel_id": channel},
            "channel": {"id": channel, "name": self._name_of(channel)},
            "message": message,
            "response_url": self.slack.response_url(id),
        }
        await self.slack.deliver("interactive", body)
        return await self._told(id, answers)

    async def presses_in(self, view: Body, label: str) -> Acknowledged:
        """Press a button of App Home or of a modal."""
        seen = {**view, "id": view.get("id", f"V{len(self.slack.views)}")}
        body = {**self._press(element(view, label)), "view": seen}
        return await self.slack.deliver("interactive", body)

    async def fills(self, view: Body, **values: str) -> Body:
        """Fill in a modal and submit it; what it becomes."""
        state: dict[str, Body] = {}
        for block in view["blocks"]:
            if block["type"] != "input":
                continue
            asked, name = block["element"], block["block_id"]
            begun = asked.get("initial_value") or (asked.get("initial_option") or {}).get("value")
            value = values.get(name.replace("-", "_"), begun)
            chosen = {"selected_option": {"value": value} if value else None}
            state[name] = {asked["action_id"]: chosen if asked["type"] == "static_select" else {"value": value}}
        filled = {**view, "id": f"V{len(self.slack.views)}", "state": {"values": state}, "app_installed_team_id": TEAM}
        body = {
            "type": "view_submission", "team": {"id": TEAM, "domain": "lab"}, "user": self._user(), "view": filled,
            "trigger_id": self.slack.trigger(), "response_urls": [],
        }  # fmt: skip
        before = len(self.slack.views)
        answer = (await self.slack.deliver("interactive", body)).payload
        if "view" not in answer or WAIT not in words(answer["view"]):
            return answer
        await self.slack.until(lambda: len(self.slack.views) > before, PATIENCE)
        return {**answer, "view": self.slack.views[-1]}

    async def uses(self, callback: str, message: Body | None = None, channel: str = "C0ML") -> list[Body]:
        """A shortcut, of a message or for everywhere."""
        id = uuid.uuid4().hex
        body: Body = {
            "callback_id": callback, "user": self._user(), "team": {"id": TEAM, "domain": "lab"},
            "trigger_id": self.slack.trigger(), "action_ts": f"{time.time():.6f}", "type": "shortcut",
        }  # fmt: skip
        if message is not None:
            body |= {
                "type": "message_action", "message": message, "message_ts": message.get("ts", "1.1"),
                "channel": {"id": channel, "name": self._name_of(channel)},
                "response_url": self.slack.response_url(id),
            }  # fmt: skip
        await self.slack.deliver("interactive", body)
        return await self._told(id, 1) if message is not None else []

    async def opens_home(self) -> Body:
        """Look at App Home: what is there."""
        self.slack.homes.pop(self.id, None)
        said = {"type": "app_home_opened", "user": self.id, "channel": f"D{self.id[1:]}", "tab": "home"}
        await self.slack.event(said)
        await self.slack.until(lambda: self.id in self.slack.homes, PATIENCE)
        return self.slack.homes[self.id]

    async def invites(self, channel: str = "C0ML") -> None:
        """Let the bot into a channel."""
        self.slack.members[channel] |= {self.id, BOT_USER}
        said = {
            "type": "member_joined_channel", "user": BOT_USER, "channel": channel, "channel_type": "C", "team": TEAM,
            "inviter": self.id,
        }  # fmt: skip
        await self.slack.event(said)

    async def _told(self, id: str, answers: int) -> list[Body]:
        """The answers to what was asked, without the word that they are on their way."""

        def there() -> list[Body]:
            return [one for one in self.slack.responses[id] if WAIT not in one["text"]]

        await self.slack.until(lambda: len(there()) >= answers, PATIENCE)
        return there()

    def _press(self, chosen: Body) -> Body:
        return {
            "type": "block_actions", "user": self._user(), "team": {"id": self.team, "domain": "lab"},
            "api_app_id": "A0APP", "trigger_id": self.slack.trigger(), "enterprise": None,
            "actions": [{"action_ts": f"{time.time():.6f}", **chosen}],
        }  # fmt: skip

    def _user(self) -> Body:
        return {"id": self.id, "username": self.name, "name": self.name, "team_id": self.team}

    def _name_of(self, channel: str) -> str:
        return self.slack.rooms[channel].name if channel in self.slack.rooms else "directmessage"


def _told_name(channel: str, room: Room | None) -> str:
    """What Slack says that a channel is called, which is nothing of use where it is private."""
    if channel.startswith("D"):
        return "directmessage"
    return "privategroup" if room and room.is_private else room.name if room else ""


def element(shown: Body, label: str) -> Body:
    """The button, or the chosen option's menu, of that label. KeyError where nobody could press it."""
    for block in shown["blocks"]:
        for one in block.get("elements", ()) if block["type"] == "actions" else ():
            here: Body = {"block_id": block.get("block_id", "b"), "action_id": one["action_id"], "type": one["type"]}
            if one["type"] == "button" and one["text"]["text"] == label:
                return {**here, "value": one["value"]}
            for option in one.get("options", ()):
                if option["text"]["text"] == label:
                    return {**here, "selected_option": option}
    raise KeyError(label)


def labels(shown: Body) -> list[str]:
    """What can be pressed or chosen there."""
    found = []
    for block in shown["blocks"]:
        for one in block.get("elements", ()) if block["type"] == "actions" else ():
            found += [one["text"]["text"]] if one["type"] == "button" else []
            found += [option["text"]["text"] for option in one.get("options", ())]
    return found


def words(shown: Body | list[Body]) -> str:
    """Everything that can be read there, buttons left out."""
    blocks = shown["blocks"] if isinstance(shown, dict) else [block for one in shown for block in one["blocks"]]
    return "\n".join("".join(_read(block)) for block in blocks if block["type"] != "actions")


def _read(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("text"), str):
            yield part["text"]
        for name, value in part.items():
            if name != "text" or not isinstance(value, str):
                yield from _read(value)
    elif isinstance(part, list):
        for one in part:
            yield from _read(one)
