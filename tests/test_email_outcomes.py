"""What becomes of a mail, whatever the relay answers: none is lost, none comes twice."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest

from bot.model import Draft
from tests.conftest import Clock
from tests.fakes.smtp import Handed
from tests.mail import Post, a_post
from tests.papers import recommenders

PAPERS = recommenders()
FIRST, SECOND = PAPERS[:2], PAPERS[2:4]


@pytest.fixture
async def post(empty_sqlite: str, clock: Clock) -> AsyncIterator[Post]:
    """An address that has confirmed, and papers for tomorrow."""
    async with a_post(empty_sqlite, clock, seconds=1.0) as post:
        await post.subscribed()
        await post.publish(*FIRST)
        post.relay.forget()
        yield post


def titles(mails: list[Handed], of: tuple[Draft, ...] = PAPERS) -> list[str]:
    """Of these papers, those that were mailed, each as often as it was."""
    return [draft.title for mail in mails for draft in of if draft.title in mail.text]


async def later(post: Post, minutes: float) -> None:
    post.clock.forward(minutes=minutes)
    await post.mails()


async def state(post: Post) -> tuple[str, str]:
    listed = await post.service.store.deliveries.listing()
    return listed[0].state, listed[0].error


@pytest.mark.parametrize(
    ("where", "answer"),
    [
        ("mail", "421 4.7.0 closing"), ("rcpt", "450 4.2.1 busy"), ("rcpt", "452 4.2.2 full"),
        ("data", "451 4.3.0 later"), ("text", "421 4.3.2 closing"), ("text", "451 4.7.1 greylisted"),
        ("mail", "drop"), ("rcpt", "hang"), ("data", "drop"), ("data", "hang"),
    ],
)  # fmt: skip
async def test_what_was_put_off_or_cut_before_the_text_comes_later_once(post: Post, where: str, answer: str) -> None:
    post.relay.answers(where, answer)  # type: ignore[arg-type]
    await post.at(25)
    assert post.relay.taken == []
    assert (await state(post))[0] == "waiting"
    await later(post, 2)
    assert sorted(titles(post.relay.taken)) == sorted(one.title for one in FIRST)
    await later(post, 60)
    assert len(post.relay.taken) == 1


@pytest.mark.parametrize(("where", "answer"), [("rcpt", "550 5.1.1 nobody here"), ("text", "554 5.7.1 not wanted")])
async def test_a_refused_address_is_paused_and_the_operator_told(post: Post, where: str, answer: str) -> None:
    post.relay.answers(where, answer)  # type: ignore[arg-type]
    await post.at(25)
    assert (await state(post))[0] == "skipped"
    news = await post.service.store.troubles.news(post.clock())
    assert news.begun == ("Mail to me@lab.org was refused for good; its digests are paused.",)
    await post.publish(*SECOND)
    assert await post.at(26) == []

    await post.say("/papers email me@lab.org recsys")
    (asked,) = await post.mails()
    await post.press(asked, "Confirm")
    mails = await post.at(27)
    assert sorted(titles(mails)) == sorted(one.title for one in (*FIRST, *SECOND)), "what was not shown came back"
    assert (await post.service.store.troubles.news(post.clock())).over == ("Mail to me@lab.org is refused no more.",)


@pytest.mark.parametrize("answer", ["550 5.7.1 who are you", "530 log in"])
async def test_no_address_is_blamed_for_a_relay_that_does_not_take_us(post: Post, answer: str) -> None:
    post.relay.answers("mail", *[answer] * 3)
    await post.at(25)
    assert await state(post) == ("waiting", "the platform asks to wait 900 s")
    await later(post, 14)
    assert (await state(post))[0] == "waiting"


@pytest.mark.parametrize("answer", ["hang", "drop"])
async def test_what_may_have_arrived_is_not_sent_again_but_listed_in_the_next_mail(post: Post, answer: str) -> None:
    post.relay.answers("text", answer)
    await post.at(25)
    assert len(post.relay.handed) == 1, "the relay has it, and never said so"
    for minutes in (1, 30, 300):
        await later(post, minutes)
    assert len(post.relay.handed) == 1
    assert await state(post) == ("doubtful", "nobody knows if it arrived")

    await post.publish(*SECOND)
    (mail,) = await post.at(26)
    fresh, _, doubtful = mail.text.partition("In case Wednesday's mail did not arrive\n")
    assert sorted(titles([mail])) == sorted(one.title for one in (*FIRST, *SECOND))
    assert f"{len(titles([mail], SECOND))} papers for recsys." in fresh
    assert all(one.title in fresh for one in SECOND)
    assert all(one.title in doubtful for one in FIRST)
    assert re.findall(r"^(\d)\. ", mail.text, re.MULTILINE) == ["1", "2", "3", "4"]
    assert "Saved" in await post.press(mail, "Save 4")

    await post.publish(*PAPERS[4:])
    (third,) = await post.at(27)
    assert "In case" not in third.text
    assert not set(titles([third])) & {one.title for one in (*FIRST, *SECOND)}


async def test_doubts_in_a_row_are_listed_together_even_where_nothing_is_new(post: Post) -> None:
    post.relay.answers("text", "drop", "drop")
    await post.at(25)
    await later(post, 1)
    await post.publish(*SECOND)
    await post.at(26)
    await later(post, 1)
    (mail,) = await post.at(27)
    assert "Nothing new." in mail.text
    assert "In case Thursday's mail did not arrive" in mail.text
    assert sorted(titles([mail])) == sorted(one.title for one in (*FIRST, *SECOND))


async def test_a_worker_that_died_with_a_mail_under_way_leaves_it_in_doubt(post: Post) -> None:
    post.relay.answers("text", "hang")
    post.clock.now = post.clock.now.replace(day=25)
    await post.due.compose_due()
    sending = asyncio.create_task(post.outbox.deliver_due())
    await post.relay.until_handed()
    await post.outbox.finish(0)
    sending.cancel()
    post.outbox = post.worker("two")
    await later(post, 5)
    assert len(post.relay.handed) == 1
    assert (await state(post))[0] == "doubtful"
