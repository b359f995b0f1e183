"""The story of an address: asked, confirmed, sent its digests, saved from by a link, and left alone by one click."""

import re
from collections.abc import AsyncIterator

import pytest

from bot.adapter import mailed_to
from bot.serve.alerts import Alerts, alert_channel
from tests.conftest import Clock
from tests.mail import Post, a_post, link
from tests.papers import recommenders


@pytest.fixture
async def post(database_url: str, clock: Clock) -> AsyncIterator[Post]:
    async with a_post(database_url, clock) as post:
        yield post


async def test_what_comes_to_somebody_alone_is_mailed_at_its_own_time(post: Post) -> None:
    await post.say("/papers dm follow recsys not:survey")
    await post.say("/papers dm follow author:Lovelace")
    await post.say("/papers dm mute slates")
    await post.say("/papers dm schedule 07:30 mon,wed Asia/Tokyo")
    assert "Nothing is followed here yet" in await post.say("/papers email me@lab.org")
    assert "A mail is on its way" in await post.say("/papers dm email me@lab.org")
    (asked,) = await post.mails()
    page = await post.press(asked, "Confirm")
    assert "New here: recsys and author:Lovelace and muted slates." in page
    assert "Mondays and Wednesdays at 07:30 (Tokyo)" in page
    listed = await post.say_there("/papers list")
    assert "not:survey" in listed
    await post.publish(*recommenders())
    assert await post.at(24, 22) == []
    (mail,) = await post.at(24, 23)
    assert "Late: promised for 07:30." in mail.text, "half past seven in Tokyo"
    await post.say("/papers dm unfollow all yes")
    assert "not:survey" in await post.say_there("/papers list"), "the address has follows of its own"


async def test_the_operator_s_channel_can_be_an_address(post: Post) -> None:
    alerts = Alerts(post.service.store, post.clock, alert_channel("email/mail/ops@lab.org"))
    await post.say("/papers email nobody@lab.org recsys")
    post.relay.answers("rcpt", *["550 5.1.1 nobody"] * 2)
    assert await post.mails() == []
    await alerts.look()
    assert await post.mails() == [], "anybody may mistype an address"
    post.relay.script.clear()
    await post.subscribed()
    await post.publish(*recommenders())
    post.relay.answers("rcpt", "550 5.1.1 nobody")
    await post.at(25)
    await alerts.look()
    (mail,) = await post.mails()
    assert mail.to == ("ops@lab.org",)
    assert "Mail to me@lab.org was refused for good; its digests are paused." in mail.text


async def test_what_nobody_confirms_is_forgotten(post: Post) -> None:
    await post.say("/papers email me@lab.org recsys")
    await post.mails()
    await post.subscribed("you@lab.org")
    store = post.service.store
    post.clock.forward(days=8)
    await store.retention.tidy(post.clock())
    assert await store.channels.find(mailed_to("me@lab.org")) is None
    assert await store.channels.find(mailed_to("you@lab.org")) is not None
    (mail,) = [mail for mail in post.relay.taken if mail.to == ("me@lab.org",)]
    assert "too old" in await post.sent(link(mail, "Confirm"), status=400)


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
