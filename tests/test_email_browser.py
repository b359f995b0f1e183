"""A mail and the pages behind its links in a real browser: on a phone, in the dark, for who sees or moves otherwise."""

from collections.abc import AsyncIterator

import pytest
from playwright.sync_api import Page

from tests.browser import Browser, Look, faults, is_too_wide
from tests.conftest import Clock
from tests.fakes.smtp import Handed
from tests.mail import PUBLIC, Post, a_post, link
from tests.papers import a_paper, recommenders
from tests.test_browser import LONG, browser

__all__ = ["browser"]


@pytest.fixture
async def post(empty_sqlite: str, clock: Clock) -> AsyncIterator[Post]:
    async with a_post(empty_sqlite, clock) as post:
        yield post


async def test_links_are_pressed_on_a_phone_in_the_dark(post: Post, browser: Browser) -> None:
    await post.say("/papers email me@lab.org recsys")
    (asked,) = await post.mails()
    look = Look(360, is_dark=True)
    assert "New here: recsys." in await browser.see(lambda page: pressed(page, post, asked, "Confirm"), look)
    await post.publish(
        *recommenders(), a_paper(f"Recommendation of {LONG}", "Our recommender system recommends items.")
    )
    (mail,) = await post.at(25)

    def read(page: Page) -> None:
        page.set_content(mail.html)
        assert faults(page) == []
        assert not is_too_wide(page)

    await browser.see(read, look)
    await browser.see(read, Look(360))
    for label, words in (("What comes here", "recsys"), ("Settings", "Papers a digest")):
        assert words in await browser.see(lambda page, label=label: pressed(page, post, mail, label), look)  # type: ignore[misc]
    assert look.complaints == []
    assert [url for url in look.asked if not url.startswith(post.url)] == []


def pressed(page: Page, post: Post, mail: Handed, label: str) -> str:
    """What is read after the button behind that link was pressed; neither page has a grave fault."""
    page.goto(f"{post.url}{link(mail, label).removeprefix(PUBLIC)}")
    if label == "Confirm":
        assert faults(page) == []
    page.get_by_role("main").get_by_role("button").click()
    assert faults(page) == []
    assert not is_too_wide(page)
    return page.inner_text("main")
