"""A real browser, in a thread of its own, since its calls wait where ours don't."""

import asyncio
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, Playwright, ViewportSize, sync_playwright

T = TypeVar("T")
NAMES = ("chromium", "chromium-browser", "google-chrome")  # by which systems call it
SECONDS = 20.0  # that a page may take on a machine with much else to do
_GRAVE = ("serious", "critical")


def installed() -> str:
    """Where the browser of this machine is; nothing where there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), "")


@dataclass
class Look:
    """How somebody looks at a page, and what they noticed: messages of the console, addresses asked for."""

    width: int = 1000
    is_dark: bool = False
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


class Browser:
    """One browser for many tests; each has windows of its own."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "browser")
        self._playwright, self._chromium = self._thread.submit(_begin).result()

    async def see(self, story: Callable[[Page], T], look: Look) -> T:
        """What comes of a story, told in a window that looks so."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, partial(self._see, story, look))

    def close(self) -> None:
        self._thread.submit(self._chromium.close).result()
        self._thread.submit(self._playwright.stop).result()
        self._thread.shutdown()

    def _see(self, story: Callable[[Page], T], look: Look) -> T:
        size: ViewportSize = {"width": look.width, "height": 800}
        with self._chromium.new_context(viewport=size, color_scheme="dark" if look.is_dark else "light") as window:
            window.set_default_timeout(SECONDS * 1000)
            page = window.new_page()
            page.on("console", lambda message: look.complaints.append(message.text))
            page.on("pageerror", lambda error: look.complaints.append(str(error)))
            page.on("request", lambda request: look.asked.append(request.url))
            return story(page)


def faults(page: Page) -> list[str]:
    """What axe-core finds gravely wrong with the page for people who see, hear or move otherwise."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found if one["impact"] in _GRAVE]


def is_too_wide(page: Page) -> bool:
    """Whether it has to be moved sideways to be read."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def _begin() -> tuple[Playwright, Chromium]:
    playwright = sync_playwright().start()
    try:
        return playwright, playwright.chromium.launch(executable_path=installed(), args=["--no-sandbox"])
    except BaseException:
        playwright.stop()
        raise
