"""Draws deploy/pictures/terminal.svg from the real program: `python -m deploy.picture`."""

import asyncio
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

from rich.console import Console

from deploy.demo import Talk, on_samples

PICTURE = Path(__file__).parent / "pictures" / "terminal.svg"
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)  # the same picture whenever it is drawn
LINES = ("/papers follow recsys", "/papers digest", "/papers why 1", "/paper think before recomend")


async def main() -> None:
    console = Console(
        record=True, file=StringIO(), width=100, force_terminal=True, color_system="truecolor", legacy_windows=False
    )
    async with on_samples(lambda: NOW) as service:
        talk = Talk(service, console, "sam")
        for line in LINES:
            await talk.say(line)
    svg = console.export_svg(title="paper-round chat", unique_id="paper-round")
    # Some viewers drop the spaces that a line starts with.
    PICTURE.write_text(svg.replace("<svg ", '<svg xml:space="preserve" ', 1), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())
