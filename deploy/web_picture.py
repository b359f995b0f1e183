"""Draws deploy/pictures/web-*.png, the page as a browser shows it: `python -m deploy.web_picture`.

It shows the sample papers, with the votes of a channel that is made for it.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from playwright.sync_api import Page

from bot.adapter import ChannelRef, Invocation
from bot.service import Service
from bot.web import site
from bot.web.links import Links
from bot.web.server import run_web
from deploy.demo import on_samples
from tests.browser import Browser, Look

PICTURES = Path(__file__).parent / "pictures"
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)  # the same picture whenever it is drawn
CHANNEL = ChannelRef("terminal", "local", "ml-papers", "ml-papers")
LIKED = ("arxiv:2509.25522", "arxiv:2509.26584", "arxiv:2510.07635", "arxiv:2510.15821", "arxiv:2509.25530")
PEOPLE = ("ada", "grace", "alan", "edsger", "barbara")
MONTH = "/month/2025-10"
PAPER = "/paper/arxiv:2509.25522"


async def main() -> None:
    async with on_samples(lambda: NOW) as service:
        await _vote(service)
        routes = site.routes(service, Links(""), lambda: NOW, takes_mail=False)
        async with run_web("127.0.0.1:0", service.store, lambda: NOW, adapters=dict, routes=routes) as url:
            browser = Browser()
            try:
                for name, path, look in _pictures():
                    await browser.see(partial(_draw, url=url + path, name=name), look)
            finally:
                browser.close()


def _pictures() -> Sequence[tuple[str, str, Look]]:
    return [
        ("web-month.png", MONTH, Look(width=860)),
        ("web-paper.png", PAPER, Look(width=860)),
        ("web-phone.png", MONTH, Look(width=360, is_dark=True)),
    ]


def _draw(page: Page, url: str, name: str) -> None:
    page.goto(url)
    page.screenshot(path=PICTURES / name)


async def _vote(service: Service) -> None:
    for n, paper in enumerate(LIKED):
        for person in PEOPLE[n:]:
            await service.handle(Invocation(CHANNEL, person, person, text=f"/papers like {paper}"))


if __name__ == "__main__":
    asyncio.run(main())
