"""The command line: puts the parts together and gets out of the way."""

from bot.cli.entry import main

__all__ = ["main"]
