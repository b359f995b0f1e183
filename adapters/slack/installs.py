"""Many workspaces: each with a token of its own, sealed in the database, until it is uninstalled."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field

from adapters.slack.answer import PLATFORM
from bot.adapter import Handle
from bot.errors import Gone
from bot.seal import Seal

FRESH_SECONDS = 30.0  # that what was read is believed: another worker may have heard of an uninstall
MOST = 10_000


@dataclass(frozen=True, slots=True)
class Install:
    """One workspace's: the token to speak there with, and the id of our own user."""

    token: str = field(repr=False)
    bot: str


class ManyHomes:
    """The workspaces that have installed us."""

    def __init__(self, handle: Handle, seal: Seal, *, clock: Callable[[], float]) -> None:
        self._handle = handle
        self._seal = seal
        self._clock = clock
        self._kept: dict[str, tuple[float, Install | None]] = {}

    async def workspace(self, ids: Sequence[str]) -> str | None:
        for id in ids:
            if await self._install(id):
                return id
        return None

    async def token(self, workspace: str) -> str:
        install = await self._install(workspace)
        if install is None:
            raise Gone("not installed there")
        return install.token

    async def bot(self, workspace: str) -> str:
        install = await self._install(workspace)
        return install.bot if install else ""

    async def add(self, workspace: str, name: str, install: Install) -> None:
        """Keep what was just installed, in place of what was there; the workspace is one that was never left."""
        await self._handle.save_token(PLATFORM, workspace, name, self._seal.close(json.dumps(asdict(install))))
        self._kept.pop(workspace, None)

    def forget(self, workspace: str) -> None:
        """Ask the database again."""
        self._kept.pop(workspace, None)

    async def _install(self, workspace: str) -> Install | None:
        until, kept = self._kept.get(workspace, (0.0, None))
        if self._clock() >= until:
            kept = self._opened(await self._handle.token(PLATFORM, workspace))
            if len(self._kept) >= MOST:
                self._kept.clear()
            self._kept[workspace] = (self._clock() + FRESH_SECONDS, kept)
        return kept

    def _opened(self, sealed: str) -> Install | None:
        if not sealed or not (said := self._seal.open(sealed)):
            return None
        return Install(**json.loads(said))
