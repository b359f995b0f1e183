"""Papers from files: recognised by content, read entry by entry."""

from bot.sources.entry import Skipped
from bot.sources.files.forms import recognise
from bot.sources.files.reading import read

__all__ = ["Skipped", "read", "recognise"]
