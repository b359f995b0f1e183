"""The workspaces that we are installed in, and the tokens to speak there with."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from adapters.slack.web import WebApi
from bot.errors import Gone


class Homes(Protocol):
    """Where we are at home."""

    async def workspace(self, ids: Sequence[str]) -> str | None:
        """The first of these workspaces that we are installed in."""

    async def token(self, workspace: str) -> str:
        """The token to speak there with. Raises Gone where there is none."""

    async def bot(self, workspace: str) -> str:
        """The id of our own user there."""

    def forget(self, workspace: str) -> None:
        """We were uninstalled there: what is known of it does not hold any more."""


class OneHome:
    """A single workspace, by the token that the operator has set. Which one it is, Slack tells."""

    def __init__(self, api: WebApi, token: str) -> None:
        self._api = api
        self._token = token
        self._known = asyncio.Event()
        self._team = self._bot = ""

    async def connect(self) -> str:
        """Ask Slack whose token it is; the workspace. Raises what the call raises."""
        said = await self._api.call(self._token, "auth.test")
        self._team, self._bot = str(said["team_id"]), str(said["user_id"])
        self._known.set()
        return self._team

    async def workspace(self, ids: Sequence[str]) -> str | None:
        """The one there is, whatever workspace a person comes from who shares a channel with it."""
        await self._known.wait()
        return self._team

    async def token(self, workspace: str) -> str:
        if self._known.is_set() and workspace != self._team:
            raise Gone("of another workspace than the token")
        return self._token

    async def bot(self, workspace: str) -> str:
        await self._known.wait()
        return self._bot

    def forget(self, workspace: str) -> None:
        """The token is the operator's to take away."""
