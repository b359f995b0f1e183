"""Draws deploy/pictures/terminal.svg from the real program: `python -m deploy.picture`."""

import asyncio
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.text import Text

from adapters.terminal.app import PROMPT, Terminal
from bot.adapter import Handle
from bot.imports import import_samples
from bot.service import Service

PICTURE = Path(__file__).parent / "pictures" / "terminal.svg"
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)  # the same picture whenever it is drawn
LINES = ("/papers follow recsys", "/papers digest", "/papers why 1", "/paper think before recomend")


async def story(handle: Handle, terminal: Terminal, console: Console) -> None:
    """Says four lines, each below the prompt that a person would see."""
    for line in LINES:
        console.print(Text.assemble((PROMPT, "bold"), line))
        await terminal.say(handle, line)
        console.print()


async def main() -> None:
    console = Console(
        record=True, file=StringIO(), width=100, force_terminal=True, color_system="truecolor", legacy_windows=False
    )
    with TemporaryDirectory() as directory:
        service = await Service.open(f"sqlite:///{directory}/papers.db", clock=lambda: NOW)
        try:
            await import_samples(service.store.papers, NOW)
            await story(service, Terminal(console=console, user="sam"), console)
        finally:
            await service.close()
    svg = console.export_svg(title="paper-round chat", unique_id="paper-round")
    # Some viewers drop the spaces that a line starts with.
    PICTURE.write_text(svg.replace("<svg ", '<svg xml:space="preserve" ', 1), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())
