"""Delivering: each message once, whatever the platform, the database or the worker does."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from bot import tables
from bot.adapter import Capabilities, ChannelRef, MessageRef
from bot.digests.deliver import A_CLAIM, AT_ONCE, Outbox
from bot.store.deliveries import Delivery
from tests.conftest import Chat, Clock
from tests.fakes.digests import compose
from tests.fakes.platform import Platform
from tests.fakes.post import FINDS, Post

BLIND = replace(FINDS, can_find=False)


@dataclass
class Office:
    """A service that delivers to the platform; other workers may join it."""

    chat: Chat
    platform: Platform
    clock: Clock
    adapters: list[Post]

    def worker(
        self, name: str = "one", can: Capabilities = FINDS, *, seconds: float = 30.0, at_once: int = AT_ONCE
    ) -> Outbox:
        adapter = Post(self.platform.address, capabilities=can)
        self.adapters.append(adapter)
        return self.around(adapter, name, seconds=seconds, at_once=at_once)

    def around(self, adapter: Post, name: str = "one", *, seconds: float = 30.0, at_once: int = AT_ONCE) -> Outbox:
        return Outbox(
            self.chat.service.store, [adapter], worker=name, clock=self.clock, sleep=self.clock.sleep,
            lease_seconds=60, post_seconds=seconds, at_once=at_once,
        )  # fmt: skip

    async def compose(self, channel: str, *titles: str, parts: int = 1, slot: str = "2026-11-24 daily") -> None:
        """A digest of these papers, frozen and due now."""
        await compose(self.chat.service.store, channel, *titles, parts=parts, slot=slot, now=self.clock())

    async def deliveries(self) -> list[Delivery]:
        listed = await self.chat.service.store.deliveries.listing()
        return sorted(listed, key=lambda one: (one.channel, one.slot, one.part))

    async def states(self) -> list[str]:
        return [one.state for one in await self.deliveries()]

    async def shown(self, channel: str) -> int:
        store = self.chat.service.store
        return len(await store.digests.shown(await store.channels.of(ref(channel))))


def ref(channel: str) -> ChannelRef:
    return ChannelRef("fake", "team", channel, channel)


@pytest.fixture
async def office(chat: Chat, platform: Platform, clock: Clock) -> AsyncIterator[Office]:
    office = Office(chat, platform, clock, [])
    yield office
    for adapter in office.adapters:
        await adapter.close()


async def test_a_digest_that_is_due_is_posted_once(office: Office) -> None:
    await office.compose("ml", "Paper Boats")
    assert await office.worker().deliver_due() == 1
    assert await office.worker("two").deliver_due() == 0
    assert [text.count("Paper Boats") for text in office.platform.texts("ml")] == [1]
    (one,) = await office.deliveries()
    assert (one.state, one.attempts, one.error) == ("sent", 1, "")
    assert one.url.startswith(office.platform.address)


async def test_parts_go_out_in_their_order(office: Office) -> None:
    await office.compose("ml", *(f"Paper {n}" for n in range(1, 6)), parts=3)
    await office.worker().deliver_due()
    first, second, third = office.platform.texts("ml")
    assert "Paper 1" in first
    assert "Paper 2" in first
    assert "Paper 3" in second
    assert "Paper 5" in third
    assert await office.states() == ["sent", "sent", "sent"]


async def test_a_platform_that_asks_to_wait_is_left_alone_for_so_long(office: Office) -> None:
    await office.compose("ml", "Paper Boats")
    office.platform.will("429 120", "429 1")
    worker = office.worker()
    await worker.deliver_due()
    (one,) = await office.deliveries()
    assert (one.state, one.error) == ("waiting", "the platform asks to wait 120 s")
    office.clock.forward(seconds=119)
    assert await worker.deliver_due() == 0
    office.clock.forward(seconds=1)
    assert await worker.deliver_due() == 1
    office.clock.forward(seconds=1)
    assert await worker.deliver_due() == 0, "our own pause grows beyond what it asks for"
    office.clock.forward(seconds=3)
    assert await worker.deliver_due() == 1
    assert await office.states() == ["sent"]


async def test_a_channel_that_is_gone_is_paused_and_whoever_set_it_up_is_told_once(office: Office) -> None:
    for day in ("24", "25"):
        await office.compose("ml", f"Paper Boats of {day}", slot=f"2026-11-{day} daily")
    await office.compose("ir", "Paper Kites")
    await _set_up(office, "ml", "fake/team/ada")
    office.platform.keeps_to("ml", "404")
    await office.worker().deliver_due()
    office.clock.forward(hours=1)
    await office.worker("two").deliver_due()
    (told,) = office.platform.texts("ada")
    assert "Digests for #ml are paused: it can't be reached any more." in told
    assert len(office.platform.texts("ir")) == 1
    assert [one.state for one in await office.deliveries() if one.channel == "ml"] == ["skipped", "skipped"]
    assert await office.shown("ml") == 0, "the papers come back"
    store = office.chat.service.store
    gone = await store.channels.find(ref("ml"))
    assert gone
    assert gone.pause_reason == "the channel can't be reached"


async def test_a_channel_that_lets_the_bot_in_again_goes_on(office: Office) -> None:
    ml = replace(office.chat, channel=ref("ml"))
    for day, comes_back in (("24", ml.say("/papers list")), ("25", office.chat.service.back(ref("ml")))):
        await office.compose("ml", f"Paper Boats of {day}", slot=f"2026-11-{day} daily")
        office.platform.will("404", channel="ml")
        await office.worker().deliver_due()
        await office.compose("ml", f"Paper Kites of {day}", slot=f"2026-11-{day} weekly")
        assert await office.worker().deliver_due() == 0
        await comes_back
        assert await office.worker().deliver_due() == 1
    assert [("Kites" in text) for text in office.platform.texts("ml")] == [True, True]


async def test_what_is_refused_goes_as_titles_and_links_and_then_not_at_all(office: Office) -> None:
    await office.compose("ml", "Paper Boats")
    office.platform.will("400")
    await office.worker().deliver_due()
    (text,) = office.platform.texts("ml")
    assert "Paper Boats" in text
    assert "We study paper boats" not in text
    await office.compose("ir", "Paper Kites", "Paper Planes", parts=2)
    office.platform.will("400", "400", channel="ir")
    await office.worker().deliver_due()
    assert await office.states() == ["failed", "sent", "sent"]
    assert "Paper Planes" in office.platform.texts("ir")[0]
    assert await office.shown("ir") == 1, "the papers of the first part come back"


@pytest.mark.parametrize(("fate", "posts"), [("drop", 2), ("stored drop", 1), ("hang", 2), ("stored hang", 1)])
async def test_what_may_have_been_posted_is_looked_for_first(office: Office, fate: str, posts: int) -> None:
    await office.compose("ml", "Paper Boats")
    office.platform.will(fate)
    worker = office.worker(seconds=0.2)
    await worker.deliver_due()
    (one,) = await office.deliveries()
    assert one.state == "doubtful"
    assert one.error.startswith("it may have been posted (")
    office.clock.forward(minutes=1)
    await worker.deliver_due()
    assert len(office.platform.texts("ml")) == 1
    assert len(office.platform.told) == posts
    assert await office.states() == ["sent"]


@pytest.mark.parametrize("fate", ["drop", "stored drop"])
async def test_where_nothing_can_be_found_doubt_stays_and_nothing_is_sent_again(office: Office, fate: str) -> None:
    await office.compose("ml", "Paper Boats")
    office.platform.will(fate)
    worker = office.worker(can=BLIND)
    for _ in range(3):
        await worker.deliver_due()
        office.clock.forward(hours=1)
    (one,) = await office.deliveries()
    assert (one.state, one.due_at, one.error) == ("doubtful", None, "nobody knows if it arrived")
    assert len(office.platform.told) == 1


async def test_another_worker_finds_what_a_dead_one_had_posted(office: Office) -> None:
    await office.compose("ml", "Paper Boats")
    await office.compose("ir", "Paper Kites")
    office.platform.will("stored hang", channel="ml")
    office.platform.will("hang", channel="ir")
    dead = asyncio.create_task(office.worker().deliver_due())
    await office.platform.until(lambda: len(office.platform.told) == 2)
    assert await office.worker("two").deliver_due() == 0, "the lease of the first still runs"
    office.clock.forward(seconds=60)
    assert await office.worker("two").deliver_due() == 2
    assert [len(office.platform.texts(channel)) for channel in ("ml", "ir")] == [1, 1]
    assert await office.states() == ["sent", "sent"]
    office.platform.relents()
    await dead
    assert await office.states() == ["sent", "sent"], "the dead one's last word does not count"


async def test_what_a_dead_worker_left_waits_for_no_room(office: Office) -> None:
    left = [f"left{n}" for n in range(2 * A_CLAIM)]
    for channel in left:
        await office.compose(channel, "Paper Boats")
        office.platform.will("hang", channel=channel)
    dead = office.worker()
    posting = [asyncio.create_task(dead.deliver_due()) for _ in range(2)]
    await office.platform.until(lambda: len(office.platform.told) == len(left))
    for n in range(A_CLAIM):
        await office.compose(f"c{n}", "Paper Kites")
        office.platform.keeps_to(f"c{n}", "hang")
    busy = office.worker("two", at_once=A_CLAIM)
    posting += [asyncio.create_task(busy.deliver_due())]
    await office.platform.until(lambda: len(office.platform.told) == len(left) + A_CLAIM)
    office.clock.forward(seconds=50)
    await busy.hold_on()
    posting += [asyncio.create_task(busy.deliver_due()) for _ in range(2)]
    await office.platform.until(lambda: all(office.platform.texts(channel) for channel in left))
    assert {one.state for one in await office.deliveries() if one.channel not in left} == {"sending"}
    office.platform.relents()
    await asyncio.gather(*posting)


async def test_a_lease_is_held_on_to_while_a_post_is_under_way(office: Office) -> None:
    await office.compose("ml", "Paper Boats")
    office.platform.will("stored hang")
    slow = office.worker()
    posting = asyncio.create_task(slow.deliver_due())
    await office.platform.until(lambda: office.platform.told)
    for _ in range(5):
        office.clock.forward(seconds=20)
        await slow.hold_on()
        assert await office.worker("two").deliver_due() == 0
    office.platform.relents()
    await posting
    assert len(office.platform.told) == 1


@pytest.mark.parametrize("hours", [-5, 5])
async def test_a_clock_that_jumps_neither_doubles_nor_delays(office: Office, hours: int) -> None:
    one, two = office.worker(), office.worker("two")
    await two.deliver_due()
    await office.compose("ml", "Paper Boats")
    await office.compose("ir", "Paper Kites")
    office.platform.will("stored hang", channel="ml")
    office.platform.will("429 30", channel="ir")
    posting = asyncio.create_task(one.deliver_due())
    await office.platform.until(lambda: office.platform.told)
    office.clock.forward(hours=hours)
    await two.deliver_due()
    again = asyncio.create_task(one.deliver_due())
    await two.deliver_due()
    office.platform.relents()
    await posting
    await again
    office.clock.forward(minutes=1)
    await two.deliver_due()
    assert await office.states() == ["sent", "sent"]
    assert sorted(channel for channel, _ in office.platform.told if channel == "ml") == ["ml"]
    assert [len(office.platform.texts(channel)) for channel in ("ml", "ir")] == [1, 1]


async def test_a_worker_that_was_killed_before_a_clock_was_set_back_is_followed_soon(office: Office) -> None:
    await office.compose("ml", "Paper Boats")
    office.platform.will("hang")
    dead = asyncio.create_task(office.worker().deliver_due())
    await office.platform.until(lambda: office.platform.told)
    office.clock.forward(hours=-5)
    heir = office.worker("two")
    await heir.deliver_due()
    assert len(office.platform.texts("ml")) == 1
    office.platform.relents()
    await dead


async def test_a_digest_that_breaks_us_holds_up_no_other(office: Office) -> None:
    await office.compose("ml", "Paper Boats")
    await office.compose("ir", "Paper Kites")
    async with office.chat.service.store.database.writing() as session:
        broken = await session.get_one(tables.Digest, 1)
        broken.picks = [{"papyrus": 1}]
    await office.worker().deliver_due()
    assert len(office.platform.texts("ir")) == 1
    assert {one.channel: (one.state, one.error) for one in await office.deliveries()} == {
        "ir": ("sent", ""),
        "ml": ("failed", "it can't be drawn"),
    }


class Clumsy(Post):
    """An adapter with a bug: it trips over abstracts."""

    async def post(self, channel: ChannelRef, cards: object, key: str) -> MessageRef:
        if any(getattr(card, "gist", "") for card in cards):  # type: ignore[attr-defined]
            raise AttributeError("gist")
        return await super().post(channel, cards, key)  # type: ignore[arg-type]


async def test_an_adapter_that_trips_over_a_digest_gets_titles_and_links(office: Office) -> None:
    await office.compose("ml", "Paper Boats")
    adapter = Clumsy(office.platform.address)
    office.adapters.append(adapter)
    worker = office.around(adapter)
    await worker.deliver_due()
    office.clock.forward(minutes=1)
    await worker.deliver_due()
    assert len(office.platform.texts("ml")) == 1


async def test_messages_follow_each_other_no_faster_than_the_platform_allows(office: Office) -> None:
    for n in range(4):
        await office.compose("ml", f"Paper {n}", slot=f"2026-11-2{n} daily")
    began = office.clock()
    await office.worker(can=replace(FINDS, posts_a_second=0.5)).deliver_due()
    assert round((office.clock() - began).total_seconds()) == 6
    for n in range(4):
        await office.compose(f"c{n}", f"Paper {n} again")
    began = office.clock()
    await office.worker(can=replace(FINDS, workspace_posts_a_second=0.25)).deliver_due()
    assert round((office.clock() - began).total_seconds()) == 12


async def test_a_day_old_message_is_not_posted_any_more(office: Office) -> None:
    await office.compose("ml", "Paper Boats")
    office.platform.keeps_to("ml", "429 3600")
    worker = office.worker()
    for _ in range(26):
        await worker.deliver_due()
        office.clock.forward(hours=1)
    (one,) = await office.deliveries()
    assert (one.state, one.error) == ("failed", "not posted within a day")
    assert await office.shown("ml") == 0


async def test_a_paused_channel_gets_its_digest_when_it_is_resumed(office: Office) -> None:
    await office.compose("ml", "Paper Boats")
    async with office.chat.service.store.database.writing() as session:
        (await session.get_one(tables.Channel, 1)).paused_until = office.clock() + timedelta(hours=2)
    worker = office.worker()
    assert await worker.deliver_due() == 0
    office.clock.forward(hours=2)
    assert await worker.deliver_due() == 1


async def test_many_workers_share_the_work_and_double_nothing(office: Office) -> None:
    for n in range(24):
        await office.compose(f"c{n}", "Paper Boats")
    counts = await asyncio.gather(*(office.worker(f"w{n}").deliver_due() for n in range(4)))
    assert sum(counts) == 24
    assert len(office.platform.messages) == len(set(office.platform.keys())) == 24


async def _set_up(office: Office, channel: str, by: str) -> None:
    place = await office.chat.service.store.channels.of(ref(channel))
    async with office.chat.service.store.database.writing() as session:
        (await session.get_one(tables.Channel, place.pk)).set_up_by = by
