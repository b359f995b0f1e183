"""The links that let us into servers and to people, and why each permission is asked for."""

import aiohttp
import discord
from discord.http import Route

from adapters.discord.answers import USER_AGENT
from adapters.discord.permissions import NEEDED, needed
from bot.errors import Fault, Refused
from bot.settings import Settings

_SECONDS = 10.0


async def invitation(known: Settings, application: str = "") -> str:
    """What an operator reads: links and reasons. Asks Discord for the application's id where none is given.

    Raises Refused or Fault.
    """
    id = application or await _own_id(known)
    if not id.isdecimal():
        raise Refused(f"“{id}” is no application id.", "It is the number that Discord's developer portal shows.")
    server = discord.utils.oauth_url(int(id), permissions=needed(), scopes=("bot", "applications.commands"))
    person = discord.utils.oauth_url(int(id), scopes=("applications.commands",)) + "&integration_type=1"
    wide = max(map(len, NEEDED)) + 2
    reasons = (f"  {name.replace('_', ' '):{wide}}{why}" for name, why in NEEDED.items())
    return "\n".join(
        [
            "Into a server (whoever opens it needs Manage Server there):",
            f"  {server}",
            "For one person, in any server or direct message:",
            f"  {person}",
            "",
            "What is asked for, and why:",
            *reasons,
        ]
    )


async def _own_id(known: Settings) -> str:
    token = known.discord_token.get_secret_value()
    if not token:
        raise Refused("Whose invitation?", "Set DISCORD_TOKEN, or name the application with --application.")
    asking = aiohttp.ClientSession(
        headers={**USER_AGENT, "Authorization": f"Bot {token}"}, timeout=aiohttp.ClientTimeout(total=_SECONDS)
    )
    base = known.discord_api_url.rstrip("/") or Route.BASE
    try:
        async with asking, asking.get(f"{base}/oauth2/applications/@me") as answer:
            if answer.status == 401:
                raise Refused("Discord does not know this DISCORD_TOKEN.", "Copy it anew from its developer portal.")
            answer.raise_for_status()
            return str((await answer.json())["id"])
    except (aiohttp.ClientError, TimeoutError) as err:
        raise Fault("Discord can't be asked for the application's id.", "Name it with --application.") from err
