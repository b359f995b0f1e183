"""People on Discord: they type, press and choose, and see what is answered. Interaction tokens end as Discord's do."""

import asyncio
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from tests.fakes.discord.answers import FILES, SAID, Fault, answer
from tests.fakes.discord.orders import Orders
from tests.fakes.discord.world import DM, Guild, Payload, member, snowflake, user

COMMAND, COMPONENT, TYPING, MODAL_SENT = 2, 3, 4, 5  # kinds of interactions
LATER, CHOICES, MODAL = 5, 8, 9  # kinds of first answers
EPHEMERAL = 1 << 6
PATIENCE = 60.0  # seconds of a person on a busy machine
FIRST_ANSWERS, MESSAGES = "first answers", "messages"
FIRST, WHOLE = timedelta(seconds=3), timedelta(minutes=15)  # that a token is good for


@dataclass(frozen=True)
class Seen:
    """A message as a person sees it. where: its channel."""

    body: Payload
    where: str
    is_ephemeral: bool
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """All that can be read in it, escapes taken away."""
        embeds = self.body.get("embeds") or []
        told = [part for one in embeds for part in (one.get("title"), one.get("description"), _footer(one)) if part]
        return re.sub(r"\\([^\w\s])", r"\1", "\n".join([self.body.get("content") or "", *told]))

    @property
    def buttons(self) -> dict[str, str]:
        """What can be pressed, by its label."""
        return {one["label"]: one["custom_id"] for one in _walk(self.body.get("components")) if one["type"] == 2}

    @property
    def choices(self) -> dict[str, tuple[str, str]]:
        """What can be chosen from lists, by its label: the list's id and the value."""
        lists = [one for one in _walk(self.body.get("components")) if one["type"] == 3]
        return {option["label"]: (one["custom_id"], option["value"]) for one in lists for option in one["options"]}


@dataclass
class Told:
    """What came back to one interaction: the kind and data of the first answer, and the messages so far."""

    made: datetime
    where: str
    kind: int = 0
    data: Payload = field(default_factory=dict)
    messages: list[Seen] = field(default_factory=list)
    first_answers: int = 0
    promised_at: float = 0.0  # by time.perf_counter
    news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def seen(self) -> Seen:
        """The message that stands where the answer was awaited."""
        return self.messages[0]

    @property
    def text(self) -> str:
        return self.seen.text


@dataclass
class Speaking:
    """Discord between people and the bot. say: passes an event on.

    public: what everybody in a channel saw. acknowledged: called after each first answer.
    """

    application: str
    clock: Callable[[], datetime]
    say: Callable[[str, Payload], Awaitable[None]]
    told: dict[str, Told] = field(default_factory=dict)
    public: list[Seen] = field(default_factory=list)
    orders: Orders = field(default_factory=Orders)  # for FIRST_ANSWERS, and for MESSAGES
    acknowledged: Callable[[], None] = lambda: None

    def routes(self, base: str) -> list[web.RouteDef]:
        original = base + "/webhooks/{application}/{token}/messages/@original"
        return [
            web.post(base + "/interactions/{id}/{token}/callback", self._first),
            web.patch(original, self._show),
            web.post(base + "/webhooks/{application}/{token}", self._add),
        ]

    async def begin(self, data: Payload, *, late: timedelta = timedelta(0)) -> Told:
        """Pass an interaction on to the bot, so much after it was made."""
        token = secrets.token_urlsafe(16)
        told = self.told[token] = Told(self.clock() - late, str(data["channel_id"]))
        await self.say("INTERACTION_CREATE", {**data, "token": token})
        return told

    async def again(self, told: Told, data: Payload) -> None:
        """Pass on what was passed on before."""
        token = next(token for token, one in self.told.items() if one is told)
        await self.say("INTERACTION_CREATE", {**data, "token": token})

    async def _first(self, request: web.Request) -> web.Response:
        told, body = self.told.get(request.match_info["token"]), request[SAID]
        if told is None or (not told.first_answers and self.clock() - told.made > FIRST):
            raise Fault(404, 10062, "Unknown interaction")
        if told.first_answers:
            raise Fault(400, 40060, "Interaction has already been acknowledged.")

        async def acted() -> web.Response:
            told.first_answers, told.kind, told.data = 1, body["type"], body.get("data") or {}
            told.promised_at = time.perf_counter()
            self.acknowledged()
            told.news.set()
            return answer()

        return await self.orders.obey(request, FIRST_ANSWERS, acted)

    async def _show(self, request: web.Request) -> web.Response:
        return await self._message(request, is_original=True)

    async def _add(self, request: web.Request) -> web.Response:
        return await self._message(request, is_original=False)

    async def _message(self, request: web.Request, *, is_original: bool) -> web.Response:
        told, body = self.told.get(request.match_info["token"]), request[SAID]
        if told is None or request.match_info["application"] != self.application or not told.first_answers:
            raise Fault(404, 10015, "Unknown Webhook")
        if self.clock() - told.made > WHOLE:
            raise Fault(401, 50027, "Invalid Webhook Token")

        async def acted() -> web.Response:
            flags = told.data.get("flags", 0) if is_original else body.get("flags", 0)
            files = {name: data.decode() for name, data in request[FILES].items()}
            seen = Seen(body, told.where, bool(flags & EPHEMERAL), files)
            if is_original:
                told.messages[:1] = [seen]
            else:
                told.messages.append(seen)
            if not seen.is_ephemeral:
                self.public.append(seen)
            told.news.set()
            return answer({**body, "id": snowflake(self.clock())})

        return await self.orders.obey(request, MESSAGES, acted)


@dataclass(frozen=True)
class Person:
    """Somebody in a channel. may: their permissions there; guild: none in direct messages."""

    speaking: Speaking
    name: str
    id: str
    channel: Payload
    guild: Guild | None = None
    may: int = 0
    roles: tuple[str, ...] = ()
    owners: Mapping[str, str] = field(default_factory=dict)  # who has installed us: server "0", person "1"
    context: int = 0

    async def slash(self, path: str, **options: object) -> Told:
        """Choose a command such as `papers mute add`, with options by their names."""
        return await self.says(self.chose(path, **options))

    async def says(self, interaction: Payload) -> Told:
        return await self._done(await self.speaking.begin(interaction))

    async def says_again(self, told: Told, interaction: Payload) -> None:
        """What was said and answered arrives at the bot once more."""
        await self.speaking.again(told, interaction)

    def chose(self, path: str, **options: object) -> Payload:
        """The interaction of a command."""
        return self._interaction(COMMAND, _command(path, [_option(name, value) for name, value in options.items()]))

    async def types(self, path: str, option: str, text: str, **others: object) -> list[str]:
        """What is offered while an option of a command is being typed."""
        typed = {**_option(option, text), "focused": True}
        options = [*(_option(name, value) for name, value in others.items()), typed]
        told = await self._done(await self.speaking.begin(self._interaction(TYPING, _command(path, options))))
        return [one["value"] for one in told.data["choices"]]

    async def press(self, message: Seen, label: str) -> Told:
        """Press a button of a message, or choose that from a list."""
        if label in message.choices:
            id, value = message.choices[label]
            return await self.presses(id, message, values=[value])
        return await self.presses(message.buttons[label], message)

    async def presses(self, id: str, message: Seen, values: Sequence[str] = ()) -> Told:
        """Press what has this id."""
        data = {"custom_id": id, "component_type": 3 if values else 2, **({"values": [*values]} if values else {})}
        shown = {**_message(message.body, self.channel["id"], self.speaking.clock()), "flags": 0}
        return await self._done(await self.speaking.begin({**self._interaction(COMPONENT, data), "message": shown}))

    async def fills_in(self, modal: Told, **answers: str) -> Told:
        """Send a modal with these answers; what is not named stays as it was."""
        assert modal.kind == MODAL
        filled = [_filled(one, answers) for one in modal.data["components"]]
        data = {"custom_id": modal.data["custom_id"], "components": filled}
        return await self._done(await self.speaking.begin(self._interaction(MODAL_SENT, data)))

    async def looks_up(self, message: Payload) -> Told:
        """Choose "Look up this paper" beside a message."""
        target = {**_message(message, self.channel["id"], self.speaking.clock())}
        data = {"id": "9", "type": 3, "name": "Look up this paper", "target_id": target["id"]}
        data["resolved"] = {"messages": {target["id"]: target}}
        return await self._done(await self.speaking.begin(self._interaction(COMMAND, data)))

    def in_roles(self, *roles: str) -> "Person":
        return replace(self, roles=roles)

    def _interaction(self, kind: int, data: Payload) -> Payload:
        made: Payload = {
            "id": snowflake(self.speaking.clock()),
            "application_id": self.speaking.application,
            "type": kind,
            "version": 1,
            "data": data,
            "channel_id": self.channel["id"],
            "channel": self.channel,
            "locale": "en-US",
            "entitlements": [],
            "app_permissions": "0",
            "authorizing_integration_owners": dict(self.owners),
            "context": self.context,
            "attachment_size_limit": 10_485_760,
        }
        if self.guild is None:
            return {**made, "user": user(self.id, self.name)}
        known = {**member(user(self.id, self.name), self.roles), "permissions": str(self.may)}
        return {
            **made,
            "guild_id": self.guild.id,
            "guild": {"id": self.guild.id},
            "guild_locale": "en-US",
            "member": known,
        }

    async def _done(self, told: Told) -> Told:
        """The same once it is answered: by choices, a modal, or a message."""
        async with asyncio.timeout(PATIENCE):
            while not (told.messages or told.kind in (CHOICES, MODAL)):
                told.news.clear()
                await told.news.wait()
        return told


def dm_channel(id: str, person: Payload) -> Payload:
    return {"id": id, "type": DM, "recipients": [person], "last_message_id": None, "flags": 0}


def _command(path: str, options: list[Payload]) -> Payload:
    root, *below = path.split()
    for name in reversed(below):
        kind = 1 if name == below[-1] else 2
        options = [{"name": name, "type": kind, "options": options}]
    return {"id": "8", "type": 1, "name": root, "options": options}


def _option(name: str, value: object) -> Payload:
    kind = {bool: 5, int: 4}.get(type(value), 3)
    return {"name": name.rstrip("_").replace("_", "-"), "type": kind, "value": value}


def _filled(component: Payload, answers: Mapping[str, str]) -> Payload:
    if "component" in component:
        return {**component, "component": _filled(component["component"], answers)}
    if "components" in component:
        return {**component, "components": [_filled(one, answers) for one in component["components"]]}
    id, kind = component["custom_id"], component["type"]
    if kind == 3:
        chosen = [one["value"] for one in component["options"] if one.get("default")]
        return {"type": kind, "custom_id": id, "values": [answers[id]] if id in answers else chosen}
    return {"type": kind, "custom_id": id, "value": answers.get(id, component.get("value", ""))}


def _message(body: Payload, channel: str, at: datetime) -> Payload:
    """The body as a message that stands in a channel."""
    embeds = [{"type": "rich", **embed} for embed in body.get("embeds") or []]
    return {
        "id": snowflake(at),
        "channel_id": channel,
        "content": body.get("content") or "",
        "embeds": embeds,
        "type": 0,
        "author": user("77", "Somebody"),
        "attachments": [],
        "components": [],
        "mentions": [],
        "mention_roles": [],
        "mention_everyone": False,
        "pinned": False,
        "tts": False,
        "timestamp": at.isoformat(),
        "edited_timestamp": None,
        "flags": 0,
    }


def _walk(components: Any) -> list[Payload]:
    return [one for row in components or [] for one in row.get("components", [])]


def _footer(embed: Payload) -> str:
    return str((embed.get("footer") or {}).get("text") or "")
