"""Scheduled digests: due at their time, of what is new, each once, and quiet where there is nothing."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from bot.adapter import ChannelRef
from bot.cards import Notice
from bot.digests import show
from bot.digests.deliver import Outbox
from bot.digests.due import Due
from tests.conftest import Chat, Clock, notice_in
from tests.fakes.platform import Platform
from tests.fakes.post import Post
from tests.papers import a_paper, others, recommenders

MONDAY = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@dataclass
class Morning:
    """A channel on a platform, and a worker that composes and delivers what is due there."""

    chat: Chat
    platform: Platform
    clock: Clock
    due: Due
    outbox: Outbox

    async def at(self, day: int, hour: int, minute: int = 0) -> list[str]:
        """Let it be that time of November 2026, and the worker look once: what was posted to the channel then."""
        return await self.on(datetime(2026, 11, day, hour, minute, tzinfo=UTC))

    async def on(self, instant: datetime) -> list[str]:
        self.clock.now = instant
        before = len(self.posts)
        await self.due.compose_due()
        await self.outbox.deliver_due()
        return self.posts[before:]

    @property
    def posts(self) -> list[str]:
        return self.platform.texts(self.chat.channel.id)

    def elsewhere(self, name: str) -> "Morning":
        return replace(self, chat=replace(self.chat, channel=place(name)))


def place(name: str) -> ChannelRef:
    return ChannelRef("fake", "team", name, name)


@pytest.fixture
async def morning(chat: Chat, platform: Platform, clock: Clock) -> AsyncIterator[Morning]:
    clock.now = MONDAY
    service = chat.service
    adapter = Post(platform.address)
    await service.store.papers.save(others(), "test", datetime(2026, 10, 1, tzinfo=UTC))
    due = service.composer({"fake": 15}, worker="one")
    outbox = Outbox(service.store, [adapter], worker="one", clock=clock, sleep=clock.sleep)
    yield Morning(replace(chat, channel=place("ml")), platform, clock, due, outbox)
    await adapter.close()


async def test_the_first_follow_brings_a_digest_on_the_next_weekday_at_nine(morning: Morning) -> None:
    await morning.chat.say("/papers follow recsys")
    await morning.chat.publish(*recommenders())
    assert await morning.at(24, 8, 59) == []
    (post,) = await morning.at(24, 9, 0)
    assert "Digest of 24 Nov 2026" in post
    assert post.count("recsys ·") == 5
    assert await morning.at(24, 9, 1) == []


async def test_a_day_whose_last_hour_is_skipped_has_its_digest_at_midnight_and_the_next_day_its_own(
    morning: Morning,
) -> None:
    morning.clock.now = datetime(2027, 3, 27, 12, tzinfo=UTC)
    await morning.chat.say("/papers follow recsys")
    await morning.chat.say("/papers schedule 23:30 daily America/Nuuk")
    await morning.chat.publish(*recommenders()[:2])
    (saturday,) = await morning.on(datetime(2027, 3, 28, 1, tzinfo=UTC))
    await morning.chat.publish(*recommenders()[2:4])
    assert await morning.on(datetime(2027, 3, 29, 0, 29, tzinfo=UTC)) == []
    (sunday,) = await morning.on(datetime(2027, 3, 29, 0, 30, tzinfo=UTC))
    assert "Digest of 27 Mar 2027" in saturday
    assert "Digest of 28 Mar 2027" in sunday


async def test_a_group_that_asked_is_pinged_once_for_a_paper(morning: Morning) -> None:
    await morning.chat.say("/papers follow recsys")
    await morning.chat.say("/papers schedule weekly fri 16:00")
    await morning.chat.say("/papers notify @lab for:recsys")
    await morning.chat.publish(*recommenders()[:3])
    pinged = []
    for day, hour in ((24, 9), (27, 16)):
        assert await morning.at(day, hour)
        digest = await morning.chat.service.store.digests.latest(
            await morning.chat.service.store.channels.of(morning.chat.channel)
        )
        assert digest
        head = show.digest_parts(digest, 15)[0][0]
        assert isinstance(head, Notice)
        pinged.append((digest.kind, head.pings))
    assert pinged == [("daily", ("lab",)), ("weekly", ())]


async def test_no_paper_comes_twice_and_no_old_one_ever(morning: Morning) -> None:
    await morning.chat.publish(a_paper("An Old Recommender System", "A recommender system recommends items to users."))
    morning.clock.forward(minutes=1)
    await morning.chat.say("/papers follow recsys")
    morning.clock.forward(minutes=1)
    first, *rest = recommenders()
    await morning.chat.publish(first)
    (tuesday,) = await morning.at(24, 9)
    await morning.chat.publish(*rest[:3])
    (wednesday,) = await morning.at(25, 9)
    assert first.title in tuesday
    assert first.title not in wednesday
    assert all(paper.title in wednesday for paper in rest[:3])
    assert "An Old Recommender System" not in tuesday + wednesday


async def test_a_back_fill_never_floods_a_digest_and_a_late_list_is_said_to_be_late(morning: Morning) -> None:
    await morning.chat.say("/papers follow recsys")
    one, two, three, *_ = recommenders()
    await morning.at(24, 9)
    await morning.chat.publish(
        replace(one, listed_at=datetime(2026, 11, 3, tzinfo=UTC)),
        replace(two, listed_at=datetime(2026, 11, 23, 13, tzinfo=UTC)),
        replace(three, listed_at=datetime(2026, 11, 24, 10, tzinfo=UTC)),
    )
    (post,) = await morning.at(25, 9)
    assert one.title not in post
    assert "listed Mon 23 Nov, came in late" in post
    assert post.count("came in late") == 1
    assert three.title in post


async def test_a_later_follow_brings_nothing_of_before_though_it_comes_in_now(morning: Morning) -> None:
    await morning.chat.say("/papers follow robot grasping")
    await morning.at(24, 9)
    await morning.at(24, 11)
    await morning.chat.say("/papers follow recsys")
    one, two, *_ = recommenders()
    await morning.chat.publish(replace(one, listed_at=datetime(2026, 11, 23, 18, tzinfo=UTC)), two)
    (post,) = await morning.at(25, 9)
    assert one.title not in post
    assert two.title in post


async def test_a_day_without_news_is_said_once_in_a_row(morning: Morning) -> None:
    await morning.chat.say("/papers follow recsys")
    await morning.chat.publish(a_paper("Steel Bridges", "We measure how bridges of steel bend."))
    (quiet,) = await morning.at(24, 9)
    assert "Nothing new for recsys today: of 1 new paper, none fits." in quiet
    assert await morning.at(25, 9) == []
    await morning.chat.publish(recommenders()[0])
    assert len(await morning.at(26, 9)) == 1
    (again,) = await morning.at(27, 9)
    assert "No arXiv announcement" in again, "Thursday was a holiday"


async def test_a_channel_that_wants_silence_gets_it(morning: Morning) -> None:
    await morning.chat.say("/papers follow recsys")
    await morning.chat.say("/papers settings quiet-days:silent")
    assert await morning.at(24, 9) == []


async def test_a_late_digest_says_so_and_what_was_missed_comes_together(morning: Morning) -> None:
    await morning.chat.say("/papers follow recsys top:15")
    await morning.chat.say("/papers settings size:2")
    papers = recommenders()
    await morning.chat.publish(*papers[:1])
    (late,) = await morning.at(24, 11)
    assert "Late: promised for 09:00." in late
    await morning.chat.publish(*papers[1:])
    (away,) = await morning.at(27, 16)
    assert "While I was away: 3 digests could not come" in away
    assert away.count("recsys ·") == 5, "more than on one day, at most 10"
    assert await morning.at(27, 17) == []


async def test_nothing_is_posted_outside_the_hours(morning: Morning) -> None:
    await morning.chat.say("/papers follow recsys")
    await morning.chat.say("/papers settings hours:10:30-18:00")
    await morning.chat.publish(*recommenders())
    assert await morning.at(24, 9) == []
    assert await morning.at(24, 10, 29) == []
    (post,) = await morning.at(24, 10, 30)
    assert "Digest of 24 Nov 2026" in post


async def test_papers_wait_until_there_are_as_many_as_the_channel_wants(morning: Morning) -> None:
    await morning.chat.say("/papers follow recsys")
    await morning.chat.say("/papers settings min:3")
    one, two, three, *_ = recommenders()
    await morning.chat.publish(one)
    assert await morning.at(24, 9) == []
    await morning.chat.publish(two, three)
    (post,) = await morning.at(25, 9)
    assert all(paper.title in post for paper in (one, two, three))


async def test_a_round_up_names_each_paper_once_and_says_where_it_was(morning: Morning) -> None:
    await morning.chat.say("/papers follow recsys")
    await morning.chat.say("/papers schedule weekly fri 16:00")
    await morning.chat.say("/papers settings size:2")
    await morning.chat.publish(*recommenders())
    (tuesday,) = await morning.at(24, 9)
    await morning.at(25, 9)
    await morning.at(26, 9)
    await morning.at(27, 9)
    (week,) = await morning.at(27, 16)
    assert "The week to 27 Nov 2026" in week
    assert week.count("already in the digest of Tue 24 Nov") == 2
    assert all(week.count(paper.title) == 1 for paper in recommenders()[:1])
    assert tuesday.count("recsys ·") == 2


async def test_a_second_channel_is_told_where_else_a_paper_was(morning: Morning) -> None:
    await morning.chat.say("/papers follow recsys")
    ir = morning.elsewhere("ir")
    await ir.chat.say("/papers follow recsys")
    await ir.chat.say("/papers schedule 10:00 weekdays")
    await morning.chat.publish(recommenders()[0])
    await morning.at(24, 9)
    (post,) = await ir.at(24, 10)
    assert "Also in #ml." in post


async def test_a_pause_ends_by_itself_and_nothing_pours_out(morning: Morning) -> None:
    await morning.chat.say("/papers follow recsys")
    await morning.chat.say("/papers pause until 2026-11-27")
    await morning.chat.publish(*recommenders())
    assert await morning.at(24, 9) == []
    assert await morning.at(27, 0, 30) == []
    (post,) = await morning.at(27, 9)
    assert post.count("recsys ·") == 5
    assert "While I was away" not in post


async def test_a_channel_that_can_t_be_composed_holds_up_no_other(morning: Morning) -> None:
    await morning.chat.say("/papers follow recsys")
    ir = morning.elsewhere("ir")
    await ir.chat.say("/papers follow recsys")
    await morning.chat.publish(*recommenders())
    await _spoil(morning.chat)
    assert await morning.at(24, 9) == []
    assert len(ir.posts) == 1


async def _spoil(chat: Chat) -> None:
    """A zone that a later version of the time zone data has dropped."""
    from bot import tables

    store = chat.service.store
    channel = await store.channels.of(chat.channel)
    async with store.database.writing() as session:
        (await session.get_one(tables.Channel, channel.pk)).zone = "Mars/Olympus_Mons"


async def test_channels_of_a_team_that_are_due_together_name_each_other(morning: Morning) -> None:
    other = morning.elsewhere("ir")
    await morning.chat.say("/papers follow recsys")
    await other.chat.say("/papers follow recsys")
    await morning.chat.publish(*recommenders()[:2])
    (first,) = await morning.at(24, 9)
    assert "Also in" not in first
    assert other.posts[0].count("Also in #ml.") == 2


async def test_a_digest_names_the_source_that_is_missing_and_so_does_a_quiet_line(morning: Morning) -> None:
    sources = morning.chat.service.store.sources
    state = await sources.claim("arxiv:cs.IR", "one", MONDAY, due_only=False)
    assert state
    odd = replace(state, title="arXiv's cs.IR list", trouble="looks like yesterday's", stale_since=MONDAY)
    await sources.release(odd, "one")
    await morning.chat.say("/papers follow recsys")
    await morning.chat.publish(recommenders()[0])
    (post,) = await morning.at(24, 9)
    assert "arXiv's cs.IR list looks like yesterday's. 1 paper for recsys." in post
    (line,) = await morning.at(25, 9)
    assert line.endswith("arXiv's cs.IR list looks like yesterday's.")


async def test_a_platform_that_asks_to_wait_does_not_move_a_digest_out_of_its_hours(morning: Morning) -> None:
    await morning.chat.say("/papers follow recsys")
    await morning.chat.say("/papers settings hours:08:00-09:30")
    await morning.chat.publish(*recommenders())
    morning.platform.will("429 3600")
    assert await morning.at(24, 9) == []
    assert await morning.at(24, 10, 1) == []
    assert await morning.at(24, 22) == []
    (post,) = await morning.at(25, 8, 0)
    assert "Digest of 24 Nov 2026" in post


async def test_what_was_missed_comes_instead_of_the_digest_of_that_day(morning: Morning) -> None:
    await morning.chat.say("/papers follow recsys")
    one, two, *_ = recommenders()
    await morning.chat.publish(one)
    (away,) = await morning.at(26, 7)
    assert "While I was away" in away
    await morning.chat.publish(two)
    assert await morning.at(26, 9) == []
    (next_day,) = await morning.at(27, 9)
    assert two.title in next_day


async def test_a_time_moved_after_the_digest_of_the_day_begins_tomorrow(morning: Morning) -> None:
    await morning.chat.say("/papers follow recsys")
    await morning.chat.publish(*recommenders())
    await morning.at(24, 9)
    reply = await morning.chat.say("/papers schedule 15:00")
    assert "Next digest: Wed 25 Nov 15:00 (UTC)." in notice_in(reply)
