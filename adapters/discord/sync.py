"""Declaring the commands to Discord: only where what is declared has changed since."""

import hashlib
import json
import logging
from collections.abc import Sequence

import discord

from adapters.discord.asking import PLATFORM
from adapters.discord.declare import Menu
from bot.adapter import Handle

log = logging.getLogger(__name__)

EVERYWHERE = ""


async def sync(client: discord.Client, handle: Handle, guilds: Sequence[str]) -> None:
    """Declare all commands to these guilds, which see them at once, or to all of Discord where none is named."""
    declared = Menu(handle.commands).payload()
    mark = hashlib.sha256(json.dumps(declared, sort_keys=True).encode()).hexdigest()
    application = client.application_id or 0
    for guild in guilds or (EVERYWHERE,):
        key = f"commands {application} {guild}".strip()
        if await handle.fact(PLATFORM, key) == mark:
            continue
        try:
            if guild == EVERYWHERE:
                await client.http.bulk_upsert_global_commands(application, declared)
            else:
                await client.http.bulk_upsert_guild_commands(application, int(guild), declared)
        except (discord.HTTPException, OSError) as err:  # those that were declared before go on working
            log.error("commands not declared", extra={"guild": guild, "error": str(err)[:500]})
            continue
        await handle.set_fact(PLATFORM, key, mark)
        log.info("commands declared", extra={"guild": guild, "commands": len(handle.commands)})
