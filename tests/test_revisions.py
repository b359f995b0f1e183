"""Papers that somebody saved: a newer version that says something else is told once, to nobody else."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest

from bot.adapter import ChannelRef
from bot.digests.deliver import Outbox
from bot.digests.revisions import tell_revisions
from tests.conftest import Chat, Clock
from tests.fakes.platform import Platform
from tests.fakes.post import Post
from tests.papers import a_paper

BOATS = replace(a_paper("Paper Boats", "They float.", ids=("arxiv:2611.09001",)), version=1)
KITES = replace(a_paper("Paper Kites", "They fly.", ids=("arxiv:2611.09002",)), version=1)


@dataclass
class Readers:
    """People of a team who save papers, and a worker that tells them what is new of these."""

    chat: Chat
    platform: Platform
    clock: Clock
    outbox: Outbox

    async def save(self, user: str, *ids: str) -> None:
        for id in ids:
            await self.chat.as_user(user).say(f"/papers save {id}")

    async def told(self, user: str, **later: float) -> list[str]:
        """What this person is told when so much time has passed and the worker looks."""
        self.clock.forward(**later)
        before = len(self.platform.texts(user))
        await tell_revisions(self.chat.service.store, ("fake",), self.clock())
        await self.outbox.deliver_due()
        return self.platform.texts(user)[before:]


@pytest.fixture
async def readers(chat: Chat, platform: Platform, clock: Clock) -> AsyncIterator[Readers]:
    adapter = Post(platform.address)
    outbox = Outbox(chat.service.store, [adapter], worker="one", clock=clock, sleep=clock.sleep)
    chat = replace(chat, channel=ChannelRef("fake", "team", "ml", "ml"))
    await chat.publish(BOATS, KITES)
    yield Readers(chat, platform, clock, outbox)
    await adapter.close()


async def test_a_new_version_is_told_once_to_whoever_saved_it_and_to_nobody_else(readers: Readers) -> None:
    await readers.save("ada", "2611.09001")
    await readers.save("bob", "2611.09002")
    await readers.chat.publish(replace(BOATS, version=2, abstract="They float, and we know why."))
    (note,) = await readers.told("ada")
    assert "A paper that you saved has a new version, with another title or abstract: “Paper Boats” (v2)." in note
    assert await readers.told("ada", days=1) == []
    assert [message.channel for message in readers.platform.messages] == ["ada"]


async def test_a_version_that_says_the_same_is_not_told(readers: Readers) -> None:
    await readers.save("ada", "2611.09001")
    await readers.chat.publish(replace(BOATS, version=2))
    assert await readers.told("ada") == []
    await readers.chat.publish(replace(BOATS, version=3, title="Paper Boats That Float"))
    (note,) = await readers.told("ada")
    assert "“Paper Boats That Float” (v3)" in note


async def test_a_text_that_was_missing_is_no_new_version(readers: Readers) -> None:
    bare = replace(a_paper("Paper Hats and Who Wears Them", ids=("arxiv:2611.09003",)), abstract="", version=1)
    await readers.chat.publish(bare)
    await readers.save("ada", "2611.09003")
    await readers.chat.publish(replace(bare, abstract="On heads."))
    assert await readers.told("ada") == []
    await readers.chat.publish(replace(bare, abstract="On heads.", version=2))
    assert await readers.told("ada", days=1) == []


async def test_what_changes_on_one_day_comes_in_one_note_and_the_rest_the_day_after(readers: Readers) -> None:
    await readers.save("ada", "2611.09001", "2611.09002")
    await readers.chat.publish(
        *(replace(draft, version=2, abstract=f"{draft.title}, anew.") for draft in (BOATS, KITES))
    )
    (note,) = await readers.told("ada")
    assert "2 papers that you saved have new versions, with other titles or abstracts:" in note
    assert "“Paper Boats” (v2) and “Paper Kites” (v2)" in note
    await readers.chat.publish(replace(KITES, version=3, abstract="Kites once more."))
    assert await readers.told("ada", hours=3) == []
    (note,) = await readers.told("ada", days=1)
    assert "“Paper Kites” (v3)" in note


async def test_a_note_waits_for_the_hours_that_somebody_has_set_for_themselves(readers: Readers) -> None:
    await readers.chat.as_user("ada").say("/papers dm settings hours:13:00-18:00")
    await readers.save("ada", "2611.09001")
    await readers.chat.publish(replace(BOATS, version=2, abstract="They float, and we know why."))
    assert await readers.told("ada") == []
    assert len(await readers.told("ada", hours=5)) == 1
