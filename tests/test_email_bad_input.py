"""Addresses that are none, floods, links that are forged or old, and programs that follow every link."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from adapters.email.app import Email
from adapters.email.links import Links
from bot.adapter import Invocation, mailed_to
from bot.cards import Action, as_text
from bot.errors import Refused
from bot.settings import Settings
from tests.conftest import Chat, Clock
from tests.mail import FROM, KEY, PUBLIC, Post, a_post, link, links
from tests.papers import recommenders

HOSTILE = '<img src=x onerror=alert(1)>\r\nBcc: all@lab.org\r\n\r\n.\r\n"\u202e{{7*7}}'


@pytest.fixture
async def post(empty_sqlite: str, clock: Clock) -> AsyncIterator[Post]:
    async with a_post(empty_sqlite, clock) as post:
        yield post


NO_ADDRESSES = (
    "me", "me@lab", "@lab.org", "me@lab..org", "me@-lab.org", "me@[127.0.0.1]", "me@127.0.0.1", "a b@lab.org",
    "you%me@lab.org", "lab!me@lab.org", "me@lab.org,you@lab.org", "me@lab.org>", "jürgen@lab.org", "me@lab.org:25",
    f"{'a' * 65}@lab.org", f"{'a' * 60}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.org",
    f"me@{'b' * 312}.org", "me@lab.org\r\nBcc: you@lab.org", "me@lab.org/../../x",
)  # fmt: skip


async def test_what_is_no_address_is_refused_in_a_sentence_and_nothing_sent(post: Post) -> None:
    for address in NO_ADDRESSES:
        page = await post.sent(f"{PUBLIC}/subscribe", {"address": address, "follow": "recsys"}, 400)
        assert "mail address" in page, address
        assert "Bcc" not in page or "is not a mail address" in page
    assert await post.mails() == []


@pytest.mark.parametrize(
    ("typed", "mailed"),
    [
        ("Me@Lab.ORG", "me@lab.org"), ("me+papers@lab.org", "me+papers@lab.org"),
        ("me@büro.example", "me@xn--bro-hoa.example"),
        ("<mailto:me@lab.org|me@lab.org>", "me@lab.org"), (f"{'a' * 64}@{'b' * 63}.{'c' * 63}.{'d' * 57}.org", ""),
        ("o'neil_x=y@lab.co.uk", "o'neil_x=y@lab.co.uk"),
    ],
)  # fmt: skip
async def test_unusual_addresses_are_mailed_to(post: Post, typed: str, mailed: str) -> None:
    assert "A mail is on its way" in await post.say(f"/papers email {typed} recsys")
    (mail,) = await post.mails()
    assert mail.to == (mailed or typed,)
    assert mail.header("To") == (mailed or typed)
    assert "New here: recsys." in await post.press(mail, "Confirm")


async def test_hostile_titles_add_no_header_and_no_markup(post: Post) -> None:
    await post.subscribed()
    early, *_ = recommenders()
    await post.publish(replace(early, title=f"Recommendation {HOSTILE}", authors=(HOSTILE,), venue=HOSTILE))
    (mail,) = await post.at(25)
    assert mail.to == ("me@lab.org",)
    assert "Bcc" not in mail.mail
    assert "Recommendation <img src=x" in mail.text
    assert "\u202e" not in mail.text + mail.html
    assert "<img" not in mail.html
    assert "&lt;img src=x onerror=alert(1)&gt;" in mail.html
    assert "{{7*7}}" in mail.html
    page = await post.press(mail, "Abstract of 1")
    assert "<img" not in page


async def test_what_a_stranger_typed_is_no_advertisement(post: Post) -> None:
    for n, follows in enumerate(("cheap pills at shop.example", "feed:https://shop.example/x", "x" * 80)):
        await post.sent(f"{PUBLIC}/subscribe", {"address": f"me{n}@lab.org", "follow": follows})
        (mail,) = await post.mails()
        assert "digests of 1 topic be mailed" in mail.text
        assert "shop.example" not in mail.raw.decode()


async def test_the_same_address_twice_is_asked_once(post: Post) -> None:
    assert "A mail is on its way" in await post.say("/papers email me@lab.org recsys")
    for again in ("me@lab.org", "ME@lab.org", "me+1@lab.org"):
        assert "was asked not long ago" in await post.say(f"/papers email {again} graphs", user="bob")
    assert len(await post.mails()) == 1
    for _ in range(5):
        post.clock.forward(minutes=11)
        await post.say("/papers email me@lab.org recsys")
    assert len(await post.mails()) == 2, "three a day"


async def test_one_who_asks_for_many_is_stopped_and_others_are_not(post: Post) -> None:
    for n in range(20):
        await post.sent(f"{PUBLIC}/subscribe", {"address": f"p{n}@lab.org", "follow": "recsys"})
    page = await post.sent(f"{PUBLIC}/subscribe", {"address": "p20@lab.org", "follow": "recsys"}, 400)
    assert "That is enough addresses for a day." in page
    assert await post.service.store.channels.find(mailed_to("p20@lab.org")) is None, "it leaves no trace"
    assert "A mail is on its way" in await post.say("/papers email p20@lab.org recsys")
    assert len(await post.mails()) == 21
    post.clock.forward(hours=25)
    await post.sent(f"{PUBLIC}/subscribe", {"address": "p21@lab.org", "follow": "recsys"})


async def test_a_confirmation_works_once_for_its_own_address_and_two_days(post: Post) -> None:
    await post.say("/papers email me@lab.org recsys")
    await post.say("/papers email you@lab.org recsys")
    mine, yours = sorted(await post.mails(), key=lambda mail: mail.to)
    assert "New here" in await post.press(mine, "Confirm")
    used = await post.sent(link(mine, "Confirm"), status=400)
    assert "This link was used before, or is too old." in used
    token = link(yours, "Confirm")
    verb = Links(KEY, PUBLIC).read(token.rpartition("/")[2], post.clock()).action.target
    stolen = Invocation(mailed_to("me@lab.org"), "me@lab.org", verb="email", text=verb)
    assert "This link was used before" in as_text((await post.service.handle(stolen)).cards)
    post.clock.forward(days=2, seconds=1)
    assert "too old" in await post.sent(token, status=400)
    assert await post.at(30) == [] or all(mail.to == ("me@lab.org",) for mail in post.relay.taken[2:])


async def test_links_that_are_forged_cut_old_or_of_another_key_do_nothing(post: Post) -> None:
    await post.subscribed()
    await post.publish(*recommenders())
    (mail,) = await post.at(25)
    good = link(mail, "Save 1")
    forged = Links("another key", PUBLIC).press(
        "me@lab.org", Action("Save 1", "save", "1"), post.clock() + timedelta(1)
    )
    for bad in (good[:-1], good + "A", good[:-5] + "AAAAA", forged, f"{PUBLIC}/email/do/x", f"{PUBLIC}/email/do/%00"):
        assert "not one of ours" in await post.sent(bad, status=400)
        assert "not one of ours" in await post.seen(bad, 400)
    post.clock.forward(days=61)
    assert "too old" in await post.sent(good, status=400)
    for name in ("x" * 22, "", "../../etc/passwd", "%2e%2e"):
        async with post.browser.post(f"{post.url}/email/stop/{name}") as answer:
            assert answer.status in (200, 404)
    assert "recsys" in await post.say_there("/papers list")
    assert (await post.say_there("/papers saved")).startswith("Your reading list is empty")


async def test_a_scanner_that_follows_every_link_changes_nothing(post: Post) -> None:
    await post.say("/papers email me@lab.org recsys")
    (asked,) = await post.mails()
    for url in links(asked):
        await post.seen(url)
    await post.publish(*recommenders()[:3])
    assert await post.at(25) == []
    await post.press(asked, "Confirm")
    await post.publish(*recommenders()[3:])
    (mail,) = await post.at(26)
    before = [await post.say_there(f"/papers {verb}") for verb in ("list", "saved", "mutes", "schedule", "tune")]
    ours = [url for url in links(mail) if url.startswith(PUBLIC)]
    assert len(ours) > 10
    for url in ours:
        page = await post.seen(url)
        assert page.count("<button>") - page.count("<button>Search") == 1
        async with post.browser.head(f"{post.url}{url.removeprefix(PUBLIC)}") as answer:
            assert answer.status == 200
    after = [await post.say_there(f"/papers {verb}") for verb in ("list", "saved", "mutes", "schedule", "tune")]
    assert before == after


async def test_every_button_of_a_digest_is_a_link_that_answers(post: Post) -> None:
    await post.subscribed()
    await post.publish(*recommenders())
    (mail,) = await post.at(25)
    assert "Saved" in await post.press(mail, "Save 2")
    assert "Noted: more like" in await post.press(mail, "More like 1")
    assert "Noted: less like" in await post.press(mail, "Less like 2")
    assert "recsys" in await post.press(mail, "Why 1")
    assert "Settings of this channel" in await post.press(mail, "Settings")
    timed = await post.press(mail, "Change the time")
    assert 'name="when"' in timed
    action = timed.partition('class="fields" method="post" action="')[2].partition('"')[0]
    assert "08:30" in await post.sent(action, {"when": "08:30 daily Berlin"})
    assert "Paused until" in await post.press(mail, "Pause")
    listed = await post.press(mail, "What comes here")
    unfollow = listed.partition("Unfollow 1")[0].rpartition('action="')[2].partition('"')[0]
    assert "Not following recsys any more." in await post.sent(unfollow)


async def test_who_unsubscribes_gets_nothing_that_was_waiting_and_can_be_forgotten(post: Post) -> None:
    await post.subscribed()
    await post.publish(*recommenders())
    post.relay.answers("rcpt", "450 later")
    await post.at(25)
    listed = await post.service.store.deliveries.listing()
    assert listed[0].state == "waiting"
    (asked,) = post.relay.taken
    page = await post.sent(asked.header("List-Unsubscribe").strip("<>"), {"List-Unsubscribe": "One-Click"})
    assert "Undo" in page
    post.clock.forward(minutes=30)
    assert await post.mails() == []
    forget = page.partition("Delete what is stored about me")[0].rpartition('action="')[2].partition('"')[0]
    assert "Forgotten" in await post.sent(forget)
    assert await post.service.store.channels.find(mailed_to("me@lab.org")) is None
    assert "Nothing is mailed to this address." in await post.seen(asked.header("List-Unsubscribe").strip("<>"))


async def test_nothing_secret_is_in_the_database(post: Post, tmp_path: Path) -> None:
    await post.subscribed()
    (mail,) = post.relay.taken
    stored = everything_in(tmp_path)
    stop = mail.header("List-Unsubscribe").strip("<>").rpartition("/")[2]
    press = link(mail, "Confirm").rpartition("/")[2]
    assert b"me@lab.org" in stored
    assert stop.encode() not in stored
    assert press.encode() not in stored


def everything_in(directory: Path) -> bytes:
    return b"".join(path.read_bytes() for path in directory.glob("papers.db*") if path.is_file())


def settings(**changed: str) -> Settings:
    given = {"SMTP_URL": "smtp://me:hush@mail.lab.org", "MAIL_FROM": FROM, "public_url": PUBLIC, **changed}
    return Settings(**given, secret_key=SecretStr(changed.get("key", KEY)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"MAIL_FROM": ""}, "SMTP_URL is set, but not MAIL_FROM."),
        (
            {"public_url": "", "key": ", "},
            "SMTP_URL is set, but not PAPER_ROUND_PUBLIC_URL nor PAPER_ROUND_SECRET_KEY.",
        ),
        ({"MAIL_FROM": "papers"}, "MAIL_FROM can't be used"),
        ({"SMTP_URL": "mail.lab.org:hush"}, "SMTP_URL names no mail server."),
        ({"SMTP_URL": "https://me:hush@mail.lab.org"}, "SMTP_URL names no mail server."),
        ({"SMTP_URL": "smtp://me:hush@mail.lab.org:99999"}, "SMTP_URL names no mail server."),
        ({"SMTP_URL": "smtp://me:hush@mail.lab.org/x?y"}, "SMTP_URL names no mail server."),
    ],
)
def test_what_can_t_work_is_refused_at_the_start_without_its_password(changed: dict[str, str], wrong: str) -> None:
    with pytest.raises(Refused) as refused:
        Email(settings(**changed))
    assert str(refused.value).startswith(wrong)
    assert "hush" not in repr(refused.value)
    assert "hush" not in repr(vars(Email(settings())))


async def test_without_mail_set_up_the_command_says_so(chat: Chat) -> None:
    reply = await chat.say("/papers email me@lab.org recsys")
    assert as_text(reply.cards).startswith("Nothing can be mailed from here.")
