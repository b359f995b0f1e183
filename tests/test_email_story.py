"""The story of an address: asked, confirmed, sent its digests, saved from by a link, and left alone by one click."""

import re
from collections.abc import AsyncIterator

import pytest

from tests.conftest import Clock
from tests.mail import Post, a_post, link
from tests.papers import recommenders


@pytest.fixture
async def post(database_url: str, clock: Clock) -> AsyncIterator[Post]:
    async with a_post(database_url, clock) as post:
        yield post


async def test_from_the_first_question_to_the_last_click(post: Post) -> None:
    told = await post.say("/papers email Me@Lab.org recsys")
    assert "A mail is on its way to me@lab.org." in told
    (asked,) = await post.mails()
    assert asked.to == ("me@lab.org",)
    assert asked.header("Subject") == "Confirm your paper digests"
    assert "Somebody asked that digests of new papers on recsys be mailed to me@lab.org." in asked.text
    early, late = recommenders()[:2], recommenders()[2:]
    await post.publish(*early)
    assert await post.at(25) == [], "nobody has confirmed"

    assert "Nothing has changed yet." in await post.seen(link(asked, "Confirm"))
    assert await post.at(26) == [], "opening a link is no confirmation"
    confirmed = await post.press(asked, "Confirm")
    assert "New here: recsys." in confirmed
    assert "Next digest: Fri 27 Nov 09:00" in confirmed

    await post.publish(*late[:2])
    (digest,) = await post.at(27)
    assert digest.sender == "papers@lab.org"
    assert digest.to == ("me@lab.org",)
    assert "1. " in digest.text
    assert "papers for recsys." in digest.text
    title = re.search(r"^1\. (.*)$", digest.text, re.MULTILINE)
    assert title
    saved = await post.press(digest, "Save 1")
    assert "Saved" in saved
    mine = await post.press(digest, "What comes here")
    assert "recsys" in mine

    stop = digest.header("List-Unsubscribe").strip("<>")
    assert "Nothing has changed yet." in await post.seen(stop)
    done = await post.sent(stop, {"List-Unsubscribe": "One-Click"})
    assert "Unsubscribed: nothing is mailed to me@lab.org any more." in done
    await post.publish(*late[2:])
    assert await post.at(30) == []
    assert "Nothing is mailed to me@lab.org any more." in await post.sent(stop, {"List-Unsubscribe": "One-Click"})
