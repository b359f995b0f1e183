"""The operator hears of trouble once, and once that it is over; and a switch tells when nobody can."""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import update

from bot import tables
from bot.adapter import ChannelRef
from bot.digests.deliver import Outbox
from bot.errors import Refused
from bot.serve.alerts import Alerts, alert_channel
from bot.serve.ping import Ping
from bot.store import Store
from tests.conftest import NOW, Chat, Clock
from tests.fakes.platform import Platform
from tests.fakes.post import Post
from tests.fakes.web import FakeWeb, Scripted

ML = ChannelRef("fake", "team", "ml", "ml")


@dataclass
class Watch:
    """A service whose operator listens on the channel “ops” and in the log."""

    chat: Chat
    clock: Clock
    platform: Platform
    caplog: pytest.LogCaptureFixture
    outbox: Outbox
    alerts: list[Alerts]

    @property
    def store(self) -> Store:
        return self.chat.service.store

    async def told(self, **forward: float) -> list[str]:
        """What the operator's channel has been told, once each worker has looked after a while."""
        self.clock.forward(**forward)
        for alerts in self.alerts:
            await alerts.look()
        await self.outbox.deliver_due()
        return self.platform.texts("ops")

    def logged(self) -> list[str]:
        return [str(vars(record)["what"]) for record in self.caplog.records if record.msg.startswith("trouble")]

    async def delivery(self, state: str, due_at: datetime | None, **more: object) -> None:
        values = {"state": state, "due_at": due_at, "changed_at": self.clock(), **more}
        async with self.store.database.writing() as session:
            await session.execute(update(tables.Delivery).where(tables.Delivery.channel_pk == 1).values(**values))  # type: ignore[arg-type]


@pytest.fixture
async def watch(chat: Chat, clock: Clock, platform: Platform, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Watch]:
    caplog.set_level(logging.INFO, logger="bot.serve")
    post = Post(platform.address)
    store = chat.service.store
    channel = await store.channels.of(ML)
    assert channel.pk == 1
    outbox = Outbox(store, [post], worker="one", clock=clock, sleep=clock.sleep)
    alerts = [Alerts(store, clock, alert_channel("fake/team/ops")) for _ in range(2)]
    yield Watch(chat, clock, platform, caplog, outbox, alerts)
    await post.close()


async def test_a_digest_that_is_late_is_told_once_and_so_is_its_end(watch: Watch) -> None:
    store = watch.store
    channel = await store.channels.of(ML)
    await store.digests.add(channel, "2026-11-24 daily", NOW.date(), [], NOW, delivered=False)
    await watch.delivery("doubtful", NOW + timedelta(hours=2), attempts=1)
    assert await watch.told(minutes=10) == []
    late = "1 digest for fake is over 10 minutes late; the first was promised for 2026-11-24 09:00 UTC."
    assert await watch.told(minutes=1) == [late]
    assert len(await watch.told(minutes=5)) == 1
    await watch.delivery("sent", None)
    told = await watch.told(minutes=1)
    assert ["Digests for fake are on time again." in text for text in told] == [False, True]
    assert watch.logged() == [late, "Digests for fake are on time again."]
    assert len(await watch.told(days=1)) == 2


async def test_a_slot_that_nobody_composes_is_late_and_a_paused_channel_is_not(watch: Watch) -> None:
    async with watch.store.database.writing() as session:
        session.add(tables.Schedule(channel_pk=1, kind="daily", days="tue", next_due_at=NOW))
        await session.execute(update(tables.Channel).values(paused_until=NOW + timedelta(minutes=30)))
    assert await watch.told(minutes=20) == []
    (told,) = await watch.told(minutes=20)
    assert "1 digest for fake is over 10 minutes late" in told


async def test_a_slot_that_was_put_off_is_late_once_its_time_is_over(watch: Watch) -> None:
    opens = NOW + timedelta(hours=3)
    async with watch.store.database.writing() as session:
        session.add(tables.Schedule(channel_pk=1, kind="daily", days="tue", next_due_at=NOW, lease_until=opens))
    assert await watch.told(hours=3, minutes=10) == []
    assert len(await watch.told(minutes=1)) == 1


async def test_a_message_that_waits_for_the_channel_s_hours_is_not_late(watch: Watch) -> None:
    channel = await watch.store.channels.of(ML)
    await watch.store.digests.add(channel, "2026-11-24 daily", NOW.date(), [], NOW, delivered=False)
    await watch.delivery("waiting", NOW + timedelta(hours=10))
    assert await watch.told(hours=9) == []


async def test_a_message_that_failed_is_told_with_its_reason(watch: Watch) -> None:
    channel = await watch.store.channels.of(ML)
    await watch.store.digests.add(channel, "2026-11-24 daily", NOW.date(), [], NOW, delivered=False)
    await watch.delivery("failed", None, error="the platform refuses it.")
    (told,) = await watch.told(minutes=1)
    assert "1 message to fake may not have arrived, the last one because: the platform refuses it." in told
    assert "See paper-round deliveries." in told
    assert ["has gone undelivered for a day." in text for text in await watch.told(days=1)] == [False, True]


async def test_a_source_that_is_silent_or_stale_for_a_day_is_told(watch: Watch) -> None:
    async with watch.store.database.writing() as session:
        session.add_all(
            [
                tables.SourceState(source="arxiv", failures=3, last_success_at=NOW, trouble="it answers 503"),
                tables.SourceState(source="hf", last_success_at=NOW, stale_since=NOW),
                tables.SourceState(source="feed:1", title="A Journal", failures=20),
            ]
        )
    (first,) = await watch.told(minutes=1)
    assert "A Journal has not answered for a day." in first
    (_, then) = await watch.told(days=1)
    assert "arxiv has not answered for a day: it answers 503." in then
    assert "hf has brought nothing new for a day." in then
    async with watch.store.database.writing() as session:
        await session.execute(
            update(tables.SourceState).values(failures=0, stale_since=None, last_success_at=watch.clock())
        )
    (*_, last) = await watch.told(minutes=1)
    assert "arxiv brings papers again." in last


async def test_many_troubles_at_once_are_one_message(watch: Watch) -> None:
    async with watch.store.database.writing() as session:
        session.add_all([tables.SourceState(source=f"feed:{n}", failures=20) for n in range(20)])
    (told,) = await watch.told(minutes=1)
    assert told.count("has not answered") == 6
    assert "And 14 more, in the log." in told
    assert len(watch.logged()) == 20


async def test_without_a_channel_the_log_alone_is_told(watch: Watch) -> None:
    async with watch.store.database.writing() as session:
        session.add(tables.SourceState(source="arxiv", failures=20))
    await Alerts(watch.store, watch.clock, alert_channel("")).look()
    assert watch.logged() == ["arxiv has not answered for a day."]
    assert await watch.told(minutes=1) == []


@pytest.mark.parametrize("address", ["ops", "slack/ops", "slack//ops", "/a/b", "a/b/"])
def test_an_address_that_names_no_channel_is_refused(address: str) -> None:
    with pytest.raises(Refused, match="names no channel for alerts"):
        alert_channel(address)


async def test_the_switch_is_held_while_all_is_well(chat: Chat, web: FakeWeb, caplog: pytest.LogCaptureFixture) -> None:
    url = web.gives("/ping/s3cret", Scripted("ok"))
    await Ping(chat.service.store, SecretStr(url)).ping()
    assert web.paths() == ["/ping/s3cret"]
    assert caplog.records == []


@pytest.mark.parametrize(
    "answer",
    [Scripted("no", 500), Scripted("", 302, headers={"Location": "/elsewhere"}), Scripted(is_dropped=True)],
)
async def test_a_switch_that_does_not_answer_is_logged_without_its_address(
    chat: Chat, web: FakeWeb, caplog: pytest.LogCaptureFixture, answer: Scripted
) -> None:
    url = web.gives("/ping/s3cret", answer)
    await Ping(chat.service.store, SecretStr(url)).ping()
    assert len(caplog.records) == 1
    assert "s3cret" not in str([vars(record) for record in caplog.records])


@pytest.mark.parametrize("url", ["nonsense s3cret", "http://127.0.0.1:1/s3cret", "ftp://example.org/s3cret"])
async def test_an_address_that_is_none_is_logged_and_nothing_worse(
    chat: Chat, caplog: pytest.LogCaptureFixture, url: str
) -> None:
    await Ping(chat.service.store, SecretStr(url)).ping()
    (record,) = caplog.records
    assert record.msg == "ping not sent"
    assert "s3cret" not in str(vars(record))
