"""`paper-round serve` with a Discord token: connected by itself, and ended in order."""

import asyncio
import signal
from pathlib import Path

from bot.service import utc_now
from tests.fakes.discord.rest import TOKEN
from tests.fakes.discord.whole import WholeDiscord
from tests.test_cli import Program

PATIENCE = 120.0  # seconds for a busy machine


async def test_serve_speaks_on_discord_once_it_has_a_token(tmp_path: Path) -> None:
    program = Program(tmp_path)
    async with WholeDiscord(utc_now) as discord:
        discord.add_guild("Lab", "ml-papers")
        channel = discord.channel("ml-papers")
        program.environment |= {
            "DISCORD_TOKEN": TOKEN,
            "DISCORD_API_URL": discord.rest.base,
            "DISCORD_GATEWAY_URL": discord.gateway_url,
            "PYTHONWARNINGS": "error,ignore:'audioop' is deprecated:DeprecationWarning:discord.player",
        }
        running = program.start("serve")
        try:
            await discord.gateway.until(lambda: "identify" in discord.gateway.log, PATIENCE)
            told = await discord.person("Ada", channel).slash("papers follow", topic="recsys")
            assert "Following recsys here" in told.text
            assert await discord.until_announced(channel, "recsys")
        finally:
            running.send_signal(signal.SIGTERM)
        _, log = await asyncio.to_thread(running.communicate, timeout=PATIENCE)
        assert running.returncode == 0
        assert "Traceback" not in log
        assert TOKEN not in log
        assert discord.violations == []
