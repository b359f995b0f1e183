"""The main job in half a minute: a channel follows a topic, reads its digest, and looks papers up. Offline."""

import asyncio
import re
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from rich.console import Console
from rich.text import Text

from adapters.terminal.app import PROMPT, Terminal, standard_console
from bot.cards import PaperCard, Reply
from bot.imports import import_samples
from bot.service import Clock, Service, utc_now

FIELDS = (
    "recsys", "graph neural networks", "RLHF", "diffusion image generation", "Gaussian splatting", "robot manipulation",
    "speech", "video generation", "interpretability", "medical imaging", "astronomy", "time series",
)  # fmt: skip


class Talk:
    """A person at the prompt, whose lines are shown as they would be."""

    def __init__(self, service: Service, console: Console, user: str) -> None:
        self._service = service
        self._console = console
        self._terminal = Terminal(console=console, user=user)

    async def say(self, line: str) -> Reply:
        self._console.print(Text.assemble((PROMPT, "bold"), line), soft_wrap=True)
        reply = await self._terminal.say(self._service, line)
        self._console.print()
        return reply

    def remark(self, text: str) -> None:
        self._console.print(Text(text, "dim"), soft_wrap=not self._console.is_terminal)


@asynccontextmanager
async def on_samples(clock: Clock = utc_now) -> AsyncIterator[Service]:
    """The service on the sample papers, in a database that is gone afterwards."""
    place = Path(__file__).parents[1] / ".demo"
    place.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place) as directory:
        service = await Service.open(f"sqlite:///{directory}/papers.db", clock=clock)
        try:
            await import_samples(service.store.papers, clock())
            yield service
        finally:
            await service.close()


async def tell(talk: Talk, topic: str) -> None:
    """Follow, digest, look-up by a loose title, why, more like it."""
    await talk.say(f"/papers follow {topic}")
    digest = await talk.say("/papers digest")
    picks = [card for card in digest.cards if isinstance(card, PaperCard)]
    if not picks:
        talk.remark(
            f"The samples have nothing for {topic}, so the digest stays silent. They have: {', '.join(FIELDS)}."
        )
        return
    await talk.say(f"/paper {loosely(picks[-1].title)}")
    await talk.say("/papers why 1")
    await talk.say("/papers similar 1")
    talk.remark("Your turn: .venv/bin/paper-round chat, then /papers follow and a topic of yours. To leave: quit")


def loosely(title: str) -> str:
    """A title as somebody half remembers it: a few of its words in lower case, one with a letter missing."""
    words = re.findall(r"[^\W\d_]{4,}", title.casefold())[:5] or [title]
    longest = max(words, key=len)
    return " ".join(word[:3] + word[4:] if word == longest and len(word) > 6 else word for word in words)


async def main(topic: str) -> None:
    async with on_samples() as service:
        await tell(Talk(service, standard_console(), "sam"), topic)


if __name__ == "__main__":
    asyncio.run(main(" ".join(sys.argv[1:]) or "recsys"))
