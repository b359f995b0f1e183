"""The main job in half a minute: a channel follows a topic, reads its digest, and looks papers up. Offline."""

import asyncio
import re
import sys
import tempfile
from pathlib import Path

from adapters.terminal.app import Terminal
from bot.cards import PaperCard
from bot.imports import import_samples
from bot.service import Service, utc_now

FIELDS = (
    "recsys", "graph neural networks", "RLHF", "diffusion image generation", "Gaussian splatting", "robot manipulation",
    "speech", "video generation", "interpretability", "medical imaging", "exoplanets", "code generation",
)  # fmt: skip


async def demo(topic: str, terminal: Terminal) -> None:
    """Tell the story on a database of its own, which is gone afterwards."""
    with tempfile.TemporaryDirectory(dir=_scratch()) as place:
        service = await Service.open(f"sqlite:///{place}/papers.db", clock=utc_now)
        try:
            await import_samples(service.store.papers, utc_now())
            await tell(service, terminal, topic)
        finally:
            await service.close()


async def tell(service: Service, terminal: Terminal, topic: str) -> None:
    """Follow, digest, look-up by a loose title, why, more like it."""
    await terminal.say(service, f"/papers follow {topic}")
    digest = await terminal.say(service, "/papers digest")
    picks = [card for card in digest.cards if isinstance(card, PaperCard)]
    if not picks:
        others = ", ".join(FIELDS)
        terminal.tell(f"The samples have nothing for {topic}, so the digest stays silent. They do have: {others}.")
        return
    await terminal.say(service, f"/paper {loosely(picks[-1].title)}")
    await terminal.say(service, "/papers why 1")
    await terminal.say(service, "/papers similar 1")
    terminal.tell("Your turn: .venv/bin/paper-round chat, then /papers follow and a topic of yours. To leave: quit")


def loosely(title: str) -> str:
    """A title as somebody half remembers it: a few of its words in lower case, one with a letter missing."""
    words = re.findall(r"[^\W\d_]{4,}", title.casefold())[:5] or [title]
    longest = max(words, key=len)
    return " ".join(word[:3] + word[4:] if word == longest and len(word) > 6 else word for word in words)


def _scratch() -> Path:
    place = Path(__file__).parents[1] / ".demo"
    place.mkdir(exist_ok=True)
    return place


if __name__ == "__main__":
    asyncio.run(demo(" ".join(sys.argv[1:]) or "recsys", Terminal(lines=(), user="you")))
