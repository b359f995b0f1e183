"""What Slack knows of people and channels, asked for once in a while: names, zones, admins, groups."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from adapters.slack.web import Refused, WebApi
from bot.errors import Gone, Rejected, Retry

log = logging.getLogger(__name__)

FRESH_SECONDS = 300.0  # that an answer is believed
AGAIN_SECONDS = 30.0  # that we leave Slack alone with a question that it did not answer
PATIENCE_SECONDS = 1.5  # with a question, while somebody waits for an answer of ours
MOST = 10_000  # answers that are kept
MOST_CHANNELS = 200  # of a person, in one page

_NOBODY: Mapping[str, tuple[str, ...]] = {}

T = TypeVar("T")
Key = tuple[str, str, str]
Tokens = Callable[[str], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, as the workspace sees them. is_known: whether Slack has answered. is_stranger: of another workspace."""

    name: str = ""
    zone: str = ""
    is_admin: bool = False
    is_stranger: bool = False
    is_guest: bool = False
    is_known: bool = False


@dataclass(frozen=True, slots=True)
class Room:
    """A channel. is_in: whether we are in it, as far as we know."""

    name: str = ""
    purpose: str = ""
    is_in: bool = True


class People:
    """Answers of Slack's, kept for a few minutes. What it does not tell in time counts as not known."""

    def __init__(self, api: WebApi, tokens: Tokens, *, clock: Callable[[], float]) -> None:
        self._api = api
        self._tokens = tokens
        self._clock = clock
        self._kept: dict[Key, tuple[float, Any]] = {}
        self._asking: dict[Key, asyncio.Task[Any]] = {}

    async def person(self, workspace: str, user: str) -> Person:
        return await self._answer(("person", workspace, user), self._person, Person()) if user else Person()

    async def room(self, workspace: str, channel: str) -> Room:
        return await self._answer(("room", workspace, channel), self._room, Room())

    async def groups(self, workspace: str, user: str) -> tuple[str, ...]:
        """The ids of the groups that the person is in."""
        members = await self._answer(("groups", workspace, ""), self._groups, _NOBODY)
        return members.get(user, ())

    async def shared(self, workspace: str, user: str) -> Mapping[str, str]:
        """The channels that both the person and we are in: a name by id."""
        nothing: Mapping[str, str] = {}
        theirs, ours = await asyncio.gather(
            self._answer(("channels", workspace, user), self._channels, nothing),
            self._answer(("channels", workspace, ""), self._channels, nothing),
        )
        return {id: name for id, name in theirs.items() if id in ours}

    def ask_ahead(self, workspace: str, user: str, channel: str) -> None:
        """Ask what will be wanted of a person, their groups and a channel all at once, as far as it is not known."""
        if user:
            self._begun(("person", workspace, user), self._person, Person())
        if channel:
            self._begun(("room", workspace, channel), self._room, Room())
        self._begun(("groups", workspace, ""), self._groups, _NOBODY)

    def forget_room(self, workspace: str, channel: str) -> None:
        """The channel has changed, or who is in it."""
        gone = [key for key in self._kept if key[:2] == ("channels", workspace)]
        for key in (("room", workspace, channel), *gone):
            self._kept.pop(key, None)

    async def _answer(self, key: Key, ask: Callable[[str, str], Awaitable[T]], otherwise: T) -> T:
        """What is kept, else what Slack says now; `otherwise` where it does not say."""
        if task := self._begun(key, ask, otherwise):
            await asyncio.wait((task,), timeout=PATIENCE_SECONDS)
        kept: T = self._kept.get(key, (0.0, otherwise))[1]
        return kept

    def _begun(self, key: Key, ask: Callable[[str, str], Awaitable[T]], otherwise: T) -> asyncio.Task[Any] | None:
        """Slack being asked; nothing where what is kept is still believed."""
        until, kept = self._kept.get(key, (0.0, otherwise))
        if self._clock() < until:
            return None
        if key not in self._asking:
            task = self._asking[key] = asyncio.create_task(self._asked(key, ask, kept), name=f"slack {key[0]}")
            task.add_done_callback(lambda _: self._asking.pop(key, None))
        return self._asking[key]

    async def _asked(self, key: Key, ask: Callable[[str, str], Awaitable[T]], otherwise: T) -> T:
        kind, workspace, id = key
        try:
            answer, seconds = await ask(workspace, id), FRESH_SECONDS
        except (Retry, Gone, Rejected, OSError) as err:
            log.info("not told by Slack", extra={"question": kind, "error": str(err) or type(err).__name__})
            answer, seconds = otherwise, AGAIN_SECONDS
        if len(self._kept) >= MOST:
            self._kept.clear()
        self._kept[key] = (self._clock() + seconds, answer)
        return answer

    async def _person(self, workspace: str, user: str) -> Person:
        said = await self._api.call(await self._tokens(workspace), "users.info", user=user)
        found = said.get("user") or {}
        profile = found.get("profile") or {}
        is_stranger = bool(found.get("is_stranger")) or str(found.get("team_id") or workspace) != workspace
        admin = found.get("is_admin") or found.get("is_owner") or found.get("is_primary_owner")
        return Person(
            name=str(profile.get("display_name") or found.get("real_name") or found.get("name") or ""),
            zone=str(found.get("tz") or ""),
            is_admin=bool(admin) and not is_stranger,
            is_stranger=is_stranger,
            is_guest=bool(found.get("is_restricted") or found.get("is_ultra_restricted")),
            is_known=True,
        )

    async def _room(self, workspace: str, channel: str) -> Room:
        try:
            said = await self._api.call(await self._tokens(workspace), "conversations.info", channel=channel)
        except Gone:  # a private channel that we are not in
            return Room(is_in=False)
        except Refused as err:
            if err.name != "missing_scope":
                raise
            return Room()
        found = said.get("channel") or {}
        purpose = " ".join(str((found.get(name) or {}).get("value") or "") for name in ("purpose", "topic"))
        return Room(str(found.get("name") or ""), purpose.strip(), bool(found.get("is_member", True)))

    async def _groups(self, workspace: str, _: str) -> Mapping[str, tuple[str, ...]]:
        token = await self._tokens(workspace)
        said = await self._api.call(token, "usergroups.list", include_users=True)
        members: dict[str, tuple[str, ...]] = {}
        for group in said.get("usergroups") or ():
            for user in group.get("users") or ():
                members[user] = (*members.get(user, ()), str(group.get("id", "")))
        return members

    async def _channels(self, workspace: str, user: str) -> Mapping[str, str]:
        whose = {"user": user} if user else {}
        said = await self._api.call(
            await self._tokens(workspace), "users.conversations", types="public_channel,private_channel",
            exclude_archived=True, limit=MOST_CHANNELS, **whose,
        )  # fmt: skip
        return {str(one["id"]): str(one.get("name", "")) for one in said.get("channels") or () if "id" in one}
