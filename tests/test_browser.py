"""The page in a real browser: by eye, by keyboard, on a phone, in the dark."""

import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from playwright.sync_api import Page
from pydantic import SecretStr

from adapters.email.app import Email
from bot.service import Service
from bot.settings import Settings
from tests.browser import Browser, Look, faults, installed, is_too_wide
from tests.conftest import Chat, Clock
from tests.papers import a_paper, others, recommenders
from tests.site import KEY, LINKS, OUTSIDE, open_site
from tests.test_archive import link_in

LONG = "Supercalifragilistic" * 8  # a word that no line of a phone holds


@dataclass
class Seen:
    """A page with papers and a channel's digests, of a service that mails."""

    url: str
    archive: str
    operator: str
    service: Service

    @property
    def everywhere(self) -> list[str]:
        """An address of each kind."""
        paths = [
            "/",
            "/week",
            "/?topic=recsys",
            "/search?q=recommendation",
            "/search",
            "/paper/arxiv:2611.00001",
            "/no",
        ]
        return [self.url + path for path in (*paths, self.archive, f"{self.archive}/digest/1", self.operator)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not installed():
        pytest.skip("no Chromium is installed here: apt-get install chromium")
    browser = Browser()
    yield browser
    browser.close()


@pytest.fixture
async def seen(tmp_path: Path, migrated: Path, clock: Clock) -> AsyncIterator[Seen]:
    shutil.copyfile(migrated, tmp_path / "papers.db")
    service = await Service.open(f"sqlite:///{tmp_path}/papers.db", clock=clock, archive=LINKS.archive, has_mail=True)
    chat = Chat(service, clock)
    first, *rest = recommenders()
    await chat.publish(replace(first, ids=("arxiv:2611.00001",), upvotes=62), *rest, *others(), a_paper(LONG, LONG))
    await chat.say("/papers follow recsys")
    await chat.say("/papers digest")
    archive = link_in(await chat.say("/papers page")).removeprefix(OUTSIDE)
    operator = LINKS.operator(clock().replace(year=2027)).removeprefix(OUTSIDE)
    known = Settings(
        SMTP_URL="smtp://127.0.0.1:1", MAIL_FROM="papers@lab.org", public_url=OUTSIDE, secret_key=SecretStr(KEY),
    )  # type: ignore[call-arg]  # fmt: skip
    more = Email(known, clock=clock).routes(service)
    async with open_site(service, clock, takes_mail=True, more=more) as site:
        yield Seen(site.url, archive, operator, service)
    await service.close()


async def test_a_reader_searches_filters_subscribes_and_reads_digests(browser: Browser, seen: Seen) -> None:
    def story(page: Page) -> None:
        page.goto(seen.url)
        assert page.locator("h1").inner_text() == "Papers of Tue 24 Nov 2026"
        assert "62 votes on HF" in page.locator(".paper").first.inner_text()
        page.get_by_label("Search the papers").fill("denoisng implict feedback")
        page.get_by_role("button", name="Search").click()
        assert page.locator(".paper h2").first.inner_text() == "Denoising Implicit Feedback"
        page.get_by_role("link", name="Denoising Implicit Feedback", exact=True).click()
        assert page.locator("h1").inner_text() == "Denoising Implicit Feedback"
        assert "Implicit feedback is noisy." in page.locator(".abstract").inner_text()
        page.get_by_role("link", name="Paper Round", exact=True).click()
        page.get_by_label("Only papers on").fill("author:Hopper")
        page.get_by_role("button", name="Filter").click()
        assert page.locator(".paper h2").all_inner_texts() == ["Fair Recommendation for Small Sellers"]
        page.get_by_label("Your address").fill("ada@lab.example")
        page.get_by_role("button", name="Subscribe").click()
        page.get_by_text("A mail is on its way to ada@lab.example.").wait_for()
        assert faults(page) == []
        page.goto(seen.url + seen.archive)
        page.get_by_role("link", name="Digest of 24 Nov 2026").click()
        assert page.locator(".paper").count() == 5

    look = Look()
    await browser.see(story, look)
    (asked,) = await seen.service.store.deliveries.listing(state="waiting")
    assert (asked.platform, asked.channel) == ("email", "ada@lab.example")
    assert look.complaints == []
    assert [url for url in look.asked if not url.startswith(seen.url)] == []


async def test_everything_is_done_by_keyboard(browser: Browser, seen: Seen) -> None:
    def story(page: Page) -> None:
        def focused() -> str:
            return str(page.evaluate("(document.activeElement.innerText || document.activeElement.id).trim()"))

        def until(wanted: str) -> None:
            for _ in range(60):
                page.keyboard.press("Tab")
                if focused() == wanted:
                    return
            raise AssertionError(f"nobody gets to {wanted} by the tab key")

        page.goto(seen.url)
        page.keyboard.press("Tab")
        assert focused() == "Skip to the content"
        assert page.locator(".skip").bounding_box()["x"] >= 0  # type: ignore[index]  # it is seen once it is reached
        page.keyboard.press("Enter")
        until("topic")
        page.keyboard.type("cs.SD")
        page.keyboard.press("Enter")
        page.wait_for_url("**/day/2026-11-24?topic=cs.SD")
        until("Cold Start in Music Recommendation")
        page.keyboard.press("Enter")
        page.wait_for_url("**/paper/**")
        until("q")
        page.keyboard.type("robot grasping")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search?q=robot+grasping")
        assert page.locator(".paper").count() > 1

    await browser.see(story, Look())


@pytest.mark.parametrize("is_dark", [False, True], ids=["light", "dark"])
async def test_every_page_fits_a_phone_and_has_no_grave_fault(browser: Browser, seen: Seen, is_dark: bool) -> None:
    def story(page: Page) -> list[str]:
        found = []
        for url in seen.everywhere:
            page.goto(url)
            found += [f"{url}: {fault}" for fault in faults(page)]
            found += [f"{url}: too wide"] if is_too_wide(page) else []
        return found

    assert await browser.see(story, Look(width=360, is_dark=is_dark)) == []
