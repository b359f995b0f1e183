"""A channel's digests sent to a web address too: signed, once or again under one key, and never to a private one."""

import asyncio
import hashlib
import hmac
import json
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from adapters.webhook.app import Webhook
from adapters.webhook.body import body, calm
from bot.adapter import ChannelRef
from bot.cards import Notice, PaperCard
from bot.digests.deliver import Outbox
from bot.digests.due import Due
from bot.seal import Seal
from bot.service import Service
from bot.settings import Settings
from bot.sources.dialling import Lookup
from bot.sources.http import PoliteClient
from tests.asking import SOON, Asker
from tests.conftest import Chat, Clock, text_of
from tests.fakes.web import FakeWeb, Scripted
from tests.papers import others, recommenders

KEY = "a long random word"
OK = Scripted("ok", 200, "text/plain")
PAPERS = recommenders()


@dataclass
class Hooked:
    """Somebody in a channel, the service, and where its digests are sent besides."""

    chat: Chat
    web: FakeWeb
    due: Due
    adapter: Webhook

    def __post_init__(self) -> None:
        self.outbox = self.worker("one")

    def worker(self, name: str) -> Outbox:
        clock = self.chat.clock
        return Outbox(self.chat.service.store, [self.adapter], worker=name, clock=clock, sleep=clock.sleep)

    async def begins(self) -> None:
        await self.chat.service.store.papers.save(others(), "test", self.chat.clock())
        await self.chat.say("/papers follow recsys")

    async def at(self, day: int, hour: int = 9) -> list[dict[str, Any]]:
        """What is sent when it is that time of November 2026."""
        self.chat.clock.now = datetime(2026, 11, day, hour, tzinfo=UTC)
        await self.due.compose_due()
        return await self.sent()

    async def sent(self) -> list[dict[str, Any]]:
        before = len(self.web.log)
        await self.outbox.deliver_due()
        return [json.loads(asked.sent) for asked in self.web.log[before:]]

    async def later(self, minutes: float) -> list[dict[str, Any]]:
        self.chat.clock.forward(minutes=minutes)
        return await self.sent()

    async def states(self) -> list[str]:
        listed = await self.chat.service.store.deliveries.listing()
        return [one.state for one in listed if one.platform == "webhook" and "hello" not in one.slot]


@pytest.fixture
async def hooked(empty_sqlite: str, clock: Clock, web: FakeWeb, asker: Asker) -> AsyncIterator[Hooked]:
    """A channel that follows recsys; the operator lets it send to this machine."""
    async with serving(empty_sqlite, clock, asker.client(web.url, allow="127.0.0.1", limits=SOON), web) as hooked:
        await hooked.begins()
        yield hooked


@pytest.fixture
async def hooked_anywhere(database_url: str, clock: Clock, web: FakeWeb, asker: Asker) -> AsyncIterator[Hooked]:
    """The same on each kind of database."""
    async with serving(database_url, clock, asker.client(web.url, allow="127.0.0.1", limits=SOON), web) as hooked:
        await hooked.begins()
        yield hooked


class serving:  # noqa: N801 (used like a function)
    def __init__(self, url: str, clock: Clock, client: PoliteClient, web: FakeWeb) -> None:
        self.given = url, clock, client, web

    async def __aenter__(self) -> Hooked:
        url, clock, client, web = self.given
        self.service = await Service.open(url, clock=clock, client=lambda _store: client, seal=Seal(KEY, "webhooks"))
        hook = Webhook(Settings(secret_key=SecretStr(KEY)), clock=clock)
        self.running = asyncio.create_task(hook.run(self.service))
        due = self.service.composer({"terminal": 15, "webhook": 50}, worker="one")
        return Hooked(Chat(self.service, clock), web, due, hook)

    async def __aexit__(self, *_: object) -> None:
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)
        await self.service.close()


async def test_digests_go_there_too_signed_and_as_the_channel_has_them(hooked_anywhere: Hooked) -> None:
    hooked = hooked_anywhere
    url = hooked.web.takes("/hooks/s3cret", OK)
    told = text_of(await hooked.chat.say(f"/papers webhook {url}"))
    assert "Digests also go to 127.0.0.1 from now on" in told
    assert "s3cret" not in told + "".join(hooked.chat.announced)
    (hello,) = await hooked.sent()
    assert (hello["event"], hello["text"]) == ("notice", "Digests of #ml-papers come here from now on.")

    await hooked.chat.publish(*PAPERS[:3])
    (digest,) = await hooked.at(25)
    assert digest["event"] == "digest"
    assert digest["channel"] == {"platform": "terminal", "workspace": "local", "id": "ml-papers", "name": "ml-papers"}
    assert digest["title"] == "Digest of 25 Nov 2026"
    assert {paper["title"] for paper in digest["papers"]} == {draft.title for draft in PAPERS[:3]}
    assert [paper["n"] for paper in digest["papers"]] == [1, 2, 3]
    assert all(paper["title"] in digest["text"] for paper in digest["papers"])
    latest = text_of(await hooked.chat.say("/papers digest last"))
    assert [paper["title"] in latest for paper in digest["papers"]] == [True] * 3

    asked = hooked.web.log[-1]
    at, mark = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", asked.headers["Paper-Round-Signature"]).groups()  # type: ignore[union-attr]
    secret = told.rsplit(" ", 1)[1]
    assert int(at) == int(hooked.chat.clock().timestamp())
    assert mark == hmac.new(secret.encode(), f"{at}.".encode() + asked.sent, hashlib.sha256).hexdigest()
    assert asked.headers["Idempotency-Key"] == digest["id"]
    assert asked.headers["Content-Type"] == "application/json"


async def test_off_sends_nothing_more_and_what_waits_is_dropped(hooked: Hooked) -> None:
    url = hooked.web.takes("/hook", Scripted("", 503), OK)
    await hooked.chat.say(f"/papers webhook {url}")
    await hooked.sent()
    assert "Digests also go to 127.0.0.1." in text_of(await hooked.chat.say("/papers webhook"))
    assert "no more" in text_of(await hooked.chat.say("/papers webhook off"))
    assert await hooked.later(30) == []
    await hooked.chat.publish(*PAPERS[:2])
    assert await hooked.at(25) == []
    assert "Digests go nowhere else." in text_of(await hooked.chat.say("/papers webhook"))
    assert "Nothing changed" in text_of(await hooked.chat.say("/papers webhook off"))


@pytest.mark.parametrize("trouble", [
    Scripted("", 500), Scripted("", 429, headers={"Retry-After": "90"}), Scripted(is_dropped=True),
    Scripted("", 503), Scripted(is_silent=True),
])  # fmt: skip
async def test_what_is_not_taken_now_is_sent_again_under_the_same_key(hooked: Hooked, trouble: Scripted) -> None:
    url = hooked.web.takes("/hook", OK, trouble, OK)
    await hooked.chat.say(f"/papers webhook {url}")
    await hooked.sent()
    await hooked.chat.publish(*PAPERS[:2])
    (first,) = await hooked.at(25)
    assert await hooked.states() == ["waiting"]
    (again,) = await hooked.later(2)
    assert again == first
    assert await hooked.states() == ["sent"]
    assert await hooked.later(60) == []


@pytest.mark.parametrize("status", [403, 410])
async def test_an_address_that_is_gone_is_left_alone_and_the_channel_goes_on(hooked: Hooked, status: int) -> None:
    url = hooked.web.takes("/hook", OK, Scripted("", status), OK)
    await hooked.chat.say(f"/papers webhook {url}")
    await hooked.sent()
    await hooked.chat.publish(*PAPERS[:2])
    await hooked.at(25)
    assert await hooked.states() == ["skipped"]
    store = hooked.chat.service.store
    own = await store.channels.of(ChannelRef("terminal", "local", "ada", kind="dm"))
    notes = [
        one for one in await store.deliveries.listing() if one.platform == "terminal" and "unreachable" in one.slot
    ]
    assert len(notes) == 1
    assert own.pk
    await hooked.chat.publish(*PAPERS[2:4])
    assert await hooked.at(26) == []
    latest = text_of(await hooked.chat.say("/papers digest last"))
    assert PAPERS[2].title in latest or PAPERS[3].title in latest, "the channel itself has its digest"
    await hooked.chat.say(f"/papers webhook {url}")
    assert sorted(one["event"] for one in await hooked.sent()) == ["digest", "notice"], "what waited goes there"


async def test_a_body_that_is_refused_is_sent_as_titles_then_given_up(hooked: Hooked) -> None:
    url = hooked.web.takes("/hook", OK, Scripted("", 422), OK)
    await hooked.chat.say(f"/papers webhook {url}")
    await hooked.sent()
    await hooked.chat.publish(*PAPERS[:2])
    rich, plain = await hooked.at(25)
    assert (rich["event"], plain["event"]) == ("digest", "notice")
    assert all(draft.title in plain["text"] for draft in PAPERS[:2])


async def test_a_redirect_is_not_followed(hooked: Hooked) -> None:
    moved = Scripted("", 302, headers={"Location": f"{hooked.web.url}/elsewhere"})
    await hooked.chat.say(f"/papers webhook {hooked.web.takes('/hook', moved)}")
    await hooked.sent()
    assert set(hooked.web.paths()) == {"/hook"}


async def test_a_worker_that_died_sends_again_under_the_same_key(hooked: Hooked) -> None:
    url = hooked.web.takes("/hook", OK, Scripted(is_silent=True), OK)
    await hooked.chat.say(f"/papers webhook {url}")
    await hooked.sent()
    await hooked.chat.publish(*PAPERS[:2])
    hooked.chat.clock.now = datetime(2026, 11, 25, 9, tzinfo=UTC)
    await hooked.due.compose_due()
    sending = asyncio.create_task(hooked.outbox.deliver_due())
    async with asyncio.timeout(20):
        while len(hooked.web.log) < 2:  # noqa: ASYNC110 (a server rings no bell)
            await asyncio.sleep(0.01)
    await hooked.outbox.finish(0)
    sending.cancel()
    hooked.outbox = hooked.worker("two")
    (again,) = await hooked.later(5)
    assert again == json.loads(hooked.web.log[1].sent)


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("http://chat.lab.org/hook", "without encryption"), ("https://10.0.0.7/hook", "is not a public address"),
        ("https://[::1]/hook", "is not a public address"),
        ("https://169.254.169.254/latest", "is not a public address"),
        ("https://user:pw@chat.lab.org/hook", "user name or password"), ("https://chat.lab.org:25/hook", "port 25"),
        ("javascript:alert(1)", "not a web address"), ("lab", "not a web address"),
    ],
)  # fmt: skip
async def test_addresses_that_may_not_be_asked_are_refused(chat: Chat, tmp_path: Path, url: str, wrong: str) -> None:
    sealing = replace(
        chat, service=await Service.open(f"sqlite:///{tmp_path}/x.db", clock=chat.clock, seal=Seal(KEY, "x"))
    )
    assert wrong in text_of(await sealing.say(f"/papers webhook {url}"))
    assert "Digests go nowhere else." in text_of(await sealing.say("/papers webhook"))
    await sealing.service.close()


def stored_in(url: str) -> bytes:
    return Path(url.removeprefix("sqlite:///")).read_bytes()


def private() -> Lookup:
    async def lookup(_host: str) -> Sequence[str]:
        return ["192.168.1.7"]

    return lookup


async def test_a_name_that_stands_for_a_private_address_is_never_dialled(
    empty_sqlite: str, clock: Clock, web: FakeWeb, asker: Asker
) -> None:
    client = asker.client(web.url, lookup=private(), limits=SOON)
    async with serving(empty_sqlite, clock, client, web) as hooked:
        await hooked.chat.say("/papers webhook https://inside.lab.org/hook")
        assert await hooked.sent() == []
        listed = await hooked.chat.service.store.deliveries.listing()
        assert [one.state for one in listed if one.platform == "webhook"] == ["skipped"]


async def test_the_address_is_nowhere_in_the_database(
    empty_sqlite: str, clock: Clock, web: FakeWeb, asker: Asker
) -> None:
    async with serving(empty_sqlite, clock, asker.client(web.url, limits=SOON), web) as hooked:
        await hooked.chat.say("/papers webhook https://chat.lab.org/hooks/s3cret-path")
        assert b"s3cret" not in stored_in(empty_sqlite)
        await hooked.chat.say("/papers purge everything")
        assert "Digests go nowhere else." in text_of(await hooked.chat.say("/papers webhook"))


async def test_without_a_key_nothing_is_sent_anywhere(chat: Chat) -> None:
    assert "PAPER_ROUND_SECRET_KEY" in text_of(await chat.say("/papers webhook https://chat.lab.org/hook"))


def test_text_from_papers_calls_nobody_and_hides_no_link() -> None:
    title = "@channel <!here> <@U1> [free](https://evil.example) \ud800 " + "x" * 9_000
    sent = json.loads(body(ChannelRef("webhook", "slack/T1/channel/C1", "digests", "ml"), [
        Notice("Two.", title="Digest"), *(PaperCard("arxiv:1", title, "https://arxiv.org/abs/1", n) for n in range(20)),
    ], "k1"))  # fmt: skip
    assert len(sent["text"]) <= 4_000
    assert not re.search(r"@\w|<[!@#]|\]\(", sent["text"])
    assert calm("me @ home <b> [1] (2)") == "me @ home <b> [1] (2)"
