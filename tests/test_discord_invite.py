"""`paper-round discord invite`, as an operator types it."""

import asyncio
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.conftest import Clock
from tests.fakes.discord.rest import APPLICATION, TOKEN
from tests.fakes.discord.whole import WholeDiscord
from tests.fakes.discord.world import OURS
from tests.test_cli import Program


def links(said: str) -> list[dict[str, list[str]]]:
    return [parse_qs(urlsplit(line.strip()).query) for line in said.splitlines() if "oauth2/authorize" in line]


@pytest.mark.parametrize("trouble", ["", "no token", "wrong token", "no number"])
async def test_the_links_ask_for_the_least(tmp_path: Path, clock: Clock, trouble: str) -> None:
    async with WholeDiscord(clock) as discord:
        program = Program(tmp_path)
        program.environment |= {"DISCORD_API_URL": discord.rest.base, "DISCORD_TOKEN": TOKEN}
        program.environment["PYTHONWARNINGS"] = "error,ignore:'audioop' is deprecated:DeprecationWarning:discord.player"
        match trouble:
            case "no token":
                del program.environment["DISCORD_TOKEN"]
            case "wrong token":
                program.environment["DISCORD_TOKEN"] = "nonsense"
        named = ["--application", "paper-round"] if trouble == "no number" else []
        done = await asyncio.to_thread(program.run, "discord", "invite", *named)
    if trouble:
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1
        return
    assert done.returncode == 0, done.stderr
    server, person = links(done.stdout)
    assert server["client_id"] == person["client_id"] == [APPLICATION]
    assert server["scope"] == ["bot applications.commands"]
    assert server["permissions"] == [str(OURS)]
    assert "permissions" not in person or person["permissions"] == ["0"]
    assert person["integration_type"] == ["1"]
    assert "read message history" in done.stdout
    assert TOKEN not in done.stdout + done.stderr
