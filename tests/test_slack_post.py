"""Posting to Slack: each digest once and whole, whatever Slack answers; and what a reader finds there."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import pytest

from adapters.slack.buttons import Pressed, decode
from bot.adapter import ChannelRef, Invocation, MessageRef
from bot.cards import Notice, PaperCard, Reply
from bot.digests.deliver import Outbox
from bot.store.deliveries import Delivery
from tests.conftest import Chat, Clock, notice_in
from tests.fakes.digests import compose
from tests.fakes.slack.api import SCOPES, TEAM, SlackApi
from tests.fakes.slack.poster import SlackPost

ML = ChannelRef("slack", TEAM, "C0ML", "ml-papers")
ADA = "U0ADA"
NO_HISTORY = ",".join(scope for scope in SCOPES.split(",") if "history" not in scope)


@dataclass
class Lab:
    """A team on Slack whose channel gets digests. Workers may come and go."""

    chat: Chat
    slack: SlackApi
    clock: Clock
    adapters: list[SlackPost] = field(default_factory=list)

    def adapter(self) -> SlackPost:
        self.adapters.append(SlackPost(self.slack.url, sleep=self.clock.sleep, clock=self.seconds))
        return self.adapters[-1]

    def seconds(self) -> float:
        return self.clock().timestamp()

    def worker(self, name: str = "one", *, seconds: float = 30.0) -> Outbox:
        return Outbox(
            self.chat.service.store, [self.adapter()], worker=name, clock=self.clock, sleep=self.clock.sleep,
            lease_seconds=60, post_seconds=seconds,
        )  # fmt: skip

    async def compose(self, *titles: str, parts: int = 1) -> None:
        store = self.chat.service.store
        await compose(
            store, ML.id, *titles, parts=parts, now=self.clock(), platform="slack", workspace=TEAM, name=ML.name,
        )  # fmt: skip

    async def settle(self, worker: Outbox, minutes: int = 20) -> None:
        """Deliver until nothing is due any more."""
        for _ in range(minutes):
            await worker.deliver_due()
            self.clock.forward(minutes=1)

    async def press(self, message: dict[str, Any], label: str, user: str = ADA) -> Reply:
        """What somebody is answered who presses a button of a message, in their own direct messages."""
        pressed = buttons(message)[label]
        assert pressed is not None
        place = ChannelRef("slack", TEAM, user, kind="dm")
        return await self.chat.service.handle(Invocation(place, user, verb=pressed.verb, text=pressed.target))

    async def deliveries(self) -> list[Delivery]:
        return sorted(await self.chat.service.store.deliveries.listing(), key=lambda one: (one.channel, one.part))

    def digests(self) -> list[dict[str, Any]]:
        return self.slack.seen(ML.id)

    def replies(self) -> list[dict[str, Any]]:
        return self.slack.below(ML.id, self.digests()[0]["ts"])


@pytest.fixture
async def lab(chat: Chat, clock: Clock) -> AsyncIterator[Lab]:
    async with SlackApi(clock=lambda: clock().timestamp()) as slack:
        slack.room(ML.id, "ml-papers")
        lab = Lab(replace(chat, channel=ML, user=ADA), slack, clock)
        yield lab
        for adapter in lab.adapters:
            await adapter.close()
    assert slack.violations == []


async def test_a_digest_is_one_message_with_the_abstracts_below(lab: Lab) -> None:
    await lab.compose("Paper Boats", "Paper Kites")
    await lab.worker().deliver_due()
    (digest,) = lab.digests()
    assert "Paper Boats" in words(digest)
    (reply,) = lab.replies()
    assert "We study paper boats and report what we found." in words(reply)
    assert "We study paper kites and report what we found." in words(reply)
    assert [*buttons(digest)][:3] == ["Save 1", "More like 1", "Less like 1"]
    (kites,) = [one for one in await lab.chat.service.store.papers.listed_since(None) if one.title == "Paper Kites"]
    assert buttons(digest)["Why 2"] == Pressed("why", kites.id)
    (one,) = await lab.deliveries()
    assert (one.state, one.url) == ("sent", lab.slack.permalink(ML.id, digest["ts"]))


async def test_a_long_digest_goes_out_in_parts_each_with_its_thread(lab: Lab) -> None:
    await lab.compose(*(f"Paper Number {n}" for n in range(1, 12)), parts=2)
    await lab.worker().deliver_due()
    first, second = lab.digests()
    assert "6. Paper Number 6" in words(first)
    assert "7. Paper Number 7" in words(second)
    assert "paper number 11" in words(lab.slack.below(ML.id, second["ts"])[0])
    at = [call.at for call in lab.slack.log if call.method == "chat.postMessage"]
    assert all(later - earlier >= 1 for earlier, later in pairwise(at)), "a message a second"


@pytest.mark.parametrize(
    "fate", ["drop", "stored drop", "503", "stored 503", "html", "stored html", "error internal_error"]
)
@pytest.mark.parametrize("message", ["first", "reply"])
async def test_what_may_have_been_posted_is_looked_for_first(lab: Lab, fate: str, message: str) -> None:
    await lab.compose("Paper Boats")
    lab.slack.will(*(["ok"] if message == "reply" else []), fate)
    worker = lab.worker()
    await worker.deliver_due()
    assert [one.state for one in await lab.deliveries()] == ["doubtful"]
    await lab.settle(lab.worker("two"))
    assert (len(lab.digests()), len(lab.replies())) == (1, 1)
    assert [one.state for one in await lab.deliveries()] == ["sent"]


@pytest.mark.parametrize("fate", ["hang", "stored hang"])
@pytest.mark.parametrize("message", ["first", "reply"])
async def test_a_silent_slack_is_not_waited_for(lab: Lab, fate: str, message: str) -> None:
    await lab.compose("Paper Boats")
    lab.slack.will(*(["ok"] if message == "reply" else []), fate)
    await lab.settle(lab.worker(seconds=0.3), minutes=5)
    assert (len(lab.digests()), len(lab.replies())) == (1, 1)
    assert [one.state for one in await lab.deliveries()] == ["sent"]


async def test_a_thread_that_can_t_be_finished_is_left_after_an_hour(lab: Lab) -> None:
    await lab.compose("Paper Boats")
    lab.slack.will("ok", *["503"] * 100)
    await lab.settle(lab.worker(), minutes=90)
    assert (len(lab.digests()), lab.replies()) == (1, [])
    assert [one.state for one in await lab.deliveries()] == ["sent"]


async def test_what_was_posted_is_found_far_back(lab: Lab) -> None:
    await lab.compose("Paper Boats")
    lab.slack.will("stored drop")
    await lab.worker().deliver_due()
    ts = lab.clock().timestamp()
    room = lab.slack.rooms[ML.id]
    room.messages += [{"type": "message", "user": ADA, "text": "hm", "ts": f"{ts:.0f}.{n:06d}"} for n in range(450)]
    await lab.settle(lab.worker("two"), minutes=5)
    ours = [one for one in lab.digests() if "metadata" in one]
    assert len(ours) == 1
    assert len(lab.slack.calls("conversations.history")) == 3


@pytest.mark.parametrize("fate", ["drop", "stored drop", "503", "stored 503", "html"])
async def test_without_history_whoever_set_the_channel_up_is_asked(lab: Lab, fate: str) -> None:
    lab.slack.scopes = NO_HISTORY
    await lab.chat.say("/papers follow paper boats")
    await lab.compose("Paper Boats")
    lab.slack.will(fate)
    await lab.settle(lab.worker())
    assert len([call for call in lab.slack.calls("chat.postMessage") if call["channel"] == ML.id]) <= 2
    (asked,) = lab.slack.seen("D0ADA")
    assert "“Digest of 24 Nov 2026” may not have arrived in #ml-papers" in words(asked)
    assert [*buttons(asked)] == ["Post it again"]
    before = len(lab.digests())
    again = await lab.press(asked, "Post it again")
    assert notice_in(again) == "It will be in #ml-papers within a minute."
    await lab.settle(lab.worker("two"), minutes=3)
    assert len(lab.digests()) == before + 1
    once_more = await lab.press(asked, "Post it again")
    assert notice_in(once_more) == "That message is in no doubt any more. See /papers digest last"


async def test_nobody_else_has_a_digest_posted_again(lab: Lab) -> None:
    lab.slack.scopes = NO_HISTORY
    await lab.chat.say("/papers follow paper boats")
    await lab.compose("Paper Boats")
    lab.slack.will("drop")
    await lab.settle(lab.worker())
    (asked,) = lab.slack.seen("D0ADA")
    said = await lab.press(asked, "Post it again", user="U0EVE")
    assert notice_in(said).startswith("That message is in no doubt")
    assert lab.digests() == []


async def test_without_history_a_reply_in_doubt_is_left_out(lab: Lab) -> None:
    lab.slack.scopes = NO_HISTORY
    await lab.compose("Paper Boats")
    lab.slack.will("ok", "drop")
    await lab.settle(lab.worker())
    assert (len(lab.digests()), lab.replies()) == (1, [])
    assert [one.state for one in await lab.deliveries()] == ["sent"]


async def test_slack_is_left_alone_as_long_as_it_asks(lab: Lab) -> None:
    await lab.compose("Paper Boats")
    lab.slack.will("429 120")
    worker = lab.worker()
    await worker.deliver_due()
    (one,) = await lab.deliveries()
    assert (one.state, one.error) == ("waiting", "the platform asks to wait 120 s")
    lab.clock.forward(seconds=119)
    assert await worker.deliver_due() == 0
    lab.clock.forward(seconds=1)
    await worker.deliver_due()
    assert len(lab.digests()) == 1


@pytest.mark.parametrize("seconds", ["5", "300"])
async def test_a_reply_waits_too_and_nothing_is_posted_twice(lab: Lab, seconds: str) -> None:
    await lab.compose("Paper Boats")
    lab.slack.will("ok", f"429 {seconds}")
    await lab.settle(lab.worker())
    assert (len(lab.digests()), len(lab.replies())) == (1, 1)


@pytest.mark.parametrize(
    "error",
    ["not_in_channel", "channel_not_found", "is_archived", "account_inactive", "token_revoked", "restricted_action"],
)
async def test_a_channel_that_can_t_be_reached_is_paused(lab: Lab, error: str) -> None:
    await lab.compose("Paper Boats")
    lab.slack.rooms[ML.id].state = error
    await lab.worker().deliver_due()
    (one,) = await lab.deliveries()
    assert (one.state, one.error) == ("skipped", "the channel can't be reached")
    channel = await lab.chat.service.store.channels.of(ML)
    assert channel.pause_reason == "the channel can't be reached"


@pytest.mark.parametrize("error", ["msg_too_long", "invalid_blocks", "msg_blocks_too_long"])
async def test_a_digest_that_slack_refuses_goes_out_as_titles_and_links(lab: Lab, error: str) -> None:
    await lab.compose("Paper Boats")
    lab.slack.will(f"error {error}")
    await lab.settle(lab.worker(), minutes=2)
    (digest,) = lab.digests()
    assert "Paper Boats" in words(digest)
    assert not buttons(digest)
    assert lab.replies() == []


@pytest.mark.parametrize("error", ["ratelimited", "message_limit_exceeded"])
async def test_a_busy_slack_gets_it_later(lab: Lab, error: str) -> None:
    await lab.compose("Paper Boats")
    lab.slack.will(f"error {error}")
    worker = lab.worker()
    await worker.deliver_due()
    assert [one.state for one in await lab.deliveries()] == ["waiting"]
    await lab.settle(worker, minutes=2)
    assert len(lab.digests()) == 1


async def test_a_slack_that_can_t_be_connected_to_leaves_no_doubt(chat: Chat, clock: Clock, unused_port: int) -> None:
    adapter = SlackPost(f"http://127.0.0.1:{unused_port}/api/", sleep=clock.sleep, clock=lambda: clock().timestamp())
    await compose(chat.service.store, ML.id, "Paper Boats", now=clock(), platform="slack", workspace=TEAM)
    worker = Outbox(chat.service.store, [adapter], worker="one", clock=clock, sleep=clock.sleep)
    await worker.deliver_due()
    (one,) = await chat.service.store.deliveries.listing()
    assert (one.state, one.error) == ("waiting", "the platform asks to wait 30 s")
    await adapter.close()


async def test_a_message_shows_other_cards_after_an_update(lab: Lab) -> None:
    adapter = lab.adapter()
    ref = await adapter.post(ML, [Notice("Paper boats float.")], "abcp0")
    await adapter.update(ref, [Notice("Paper boats sink.")])
    (message,) = lab.digests()
    assert words(message) == "Paper boats sink."


async def test_updates_keep_to_fifty_a_minute(lab: Lab) -> None:
    adapter = lab.adapter()
    ref = await adapter.post(ML, [Notice("Paper boats float.")], "abcp0")
    for n in range(51):
        await adapter.update(ref, [Notice(f"{n} paper boats float.")])
    at = [call.at for call in lab.slack.log if call.method == "chat.update"]
    assert (at[49] - at[0], at[50] - at[0]) == (0, 60)


async def test_looking_waits_as_long_as_slack_asks(lab: Lab) -> None:
    await lab.compose("Paper Boats")
    lab.slack.will("stored drop")
    lab.slack.will("429 300", method="conversations.history")
    worker = lab.worker()
    await worker.deliver_due()
    lab.clock.forward(minutes=1)
    await worker.deliver_due()
    lab.clock.forward(minutes=4)
    await worker.deliver_due()
    assert len(lab.slack.calls("conversations.history")) == 1
    await lab.settle(worker, minutes=3)
    assert (len(lab.digests()), len(lab.replies())) == (1, 1)
    assert [one.state for one in await lab.deliveries()] == ["sent"]


async def test_a_direct_message_can_be_updated_though_its_id_is_a_person_s(lab: Lab) -> None:
    adapter = lab.adapter()
    ref = await adapter.post(ChannelRef("slack", TEAM, ADA, kind="dm"), [Notice("Paper boats float.")], "abcp0")
    await adapter.update(MessageRef(ref.channel, ref.id), [Notice("Paper boats sink.")])
    assert [words(message) for message in lab.slack.seen("D0ADA")] == ["Paper boats sink."]


async def test_a_look_up_leads_to_the_message_where_the_team_saw_the_paper(lab: Lab) -> None:
    await lab.compose("Paper Boats", "Paper Kites", "Paper Planes", parts=3)
    await lab.worker().deliver_due()
    reply = await lab.chat.say("/paper Paper Kites")
    (card,) = [card for card in reply.cards if isinstance(card, PaperCard)]
    assert [(link.label, link.url) for link in card.posted_links] == [
        ("#ml-papers on 24 Nov 2026", lab.slack.permalink(ML.id, lab.digests()[1]["ts"]))
    ]


def words(message: dict[str, Any]) -> str:
    """What a reader sees of it, buttons left out."""
    return "".join(_texts(one) for one in message["blocks"] if one["type"] == "rich_text")


def buttons(message: dict[str, Any]) -> dict[str, Pressed | None]:
    """What each of its buttons does, by its label."""
    elements = [element for block in message["blocks"] if block["type"] == "actions" for element in block["elements"]]
    return {
        one["text"]["text"]: decode(element["action_id"], one["value"])
        for element in elements
        for one in element.get("options", [element])
    }


def _texts(node: Any) -> str:
    if isinstance(node, dict):
        return str(node.get("text", "")) + _texts(node.get("elements", []))
    return "".join(map(_texts, node))
