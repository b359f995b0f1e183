"""What operators need of one platform before anybody can speak there."""

import argparse
from typing import TYPE_CHECKING

from bot.cli.parts import ANSWERED
from bot.errors import Refused

if TYPE_CHECKING:
    from bot.settings import Settings


async def discord(chosen: argparse.Namespace, known: "Settings") -> int:
    try:
        from adapters.discord.invite import invitation
    except ImportError as err:
        raise Refused(f"That needs a package: {err}.", "Install paper-round[discord].") from err
    print(await invitation(known, chosen.application))
    return ANSWERED
