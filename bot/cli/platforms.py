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


async def slack(chosen: argparse.Namespace, known: "Settings") -> int:
    from adapters.slack.manifest import Choices, as_table, as_yaml

    url = known.public_url if chosen.web else ""
    if chosen.web and not url.startswith("https://"):
        raise Refused("Slack sends to an https address only.", "Set PAPER_ROUND_PUBLIC_URL to where it reaches you.")
    choices = Choices(history=not chosen.no_history, previews=chosen.previews, votes=chosen.votes, url=url)
    print(as_yaml(choices).rstrip() if chosen.what == "manifest" else as_table(choices))
    return ANSWERED
