"""When digests come: what people say, what the clock on the wall makes of it, and how it is told."""

from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import wallclock
from bot.adapter import Invocation
from bot.digests import spoken
from bot.errors import Refused
from bot.model import Schedule
from tests.conftest import Chat, notice_in, text_of

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Sydney", "America/Sao_Paulo", "Asia/Kolkata", "Pacific/Apia",
         "America/Nuuk", "Australia/Lord_Howe", "Africa/Casablanca", "UTC")  # fmt: skip


async def test_the_first_follow_sets_weekdays_at_nine_and_offers_to_change_it(chat: Chat) -> None:
    reply = await chat.say("/papers follow recsys")
    assert "Next digest: Wed 25 Nov 09:00 (UTC)." in notice_in(reply)
    form = await chat.press(reply, "Change time")
    assert "Digests come weekdays at 09:00 (UTC)." in text_of(form)
    second = await chat.say("/papers follow robot grasping")
    assert "Change time" not in text_of(second)


async def test_a_schedule_is_said_in_any_order_and_told_with_its_zone(chat: Chat) -> None:
    await chat.say("/papers follow recsys")
    reply = await chat.say("/papers schedule Europe/Berlin 8:30am mon, wed")
    assert notice_in(reply).startswith(
        "Set: Mondays and Wednesdays at 08:30 (Berlin). Next digest: Wed 25 Nov 08:30 (Berlin). "
        "It tells of what arXiv announced by Wed 25 Nov 02:00."
    )
    assert chat.announced[-1] == "ada set this channel's digests: Mondays and Wednesdays at 08:30 (Berlin)."
    assert "Next digest: Wed 25 Nov 08:30 (Berlin)." in text_of(await chat.say("/papers list"))
    again = await chat.say("/papers schedule 08:30")
    assert "Nothing changed." in notice_in(again)


async def test_no_digest_is_promised_where_nothing_is_followed(chat: Chat) -> None:
    nothing = "Nothing is followed here yet, so none comes: /papers follow recsys"
    assert nothing in notice_in(await chat.say("/papers schedule 10:00 daily"))
    assert nothing in notice_in(await chat.say("/papers resume"))
    assert nothing in text_of(await chat.say("/papers schedule"))


async def test_undo_gives_the_old_time_and_zone_back(chat: Chat) -> None:
    await chat.say("/papers follow recsys")
    reply = await chat.say("/papers schedule 14:00 daily Tokyo")
    await chat.press(reply, "Undo")
    assert "Next digest: Wed 25 Nov 09:00 (UTC)." in text_of(await chat.say("/papers list"))


async def test_a_time_before_the_list_is_out_is_named_and_a_better_one_offered(chat: Chat) -> None:
    await chat.say("/papers follow recsys")
    reply = await chat.say("/papers schedule 09:00 weekdays Asia/Tokyo")
    assert "At 09:00 Tokyo the day's arXiv list isn't out yet (about 14:00 now)" in notice_in(reply)
    moved = await chat.press(reply, "Move to 14:30")
    assert "Set: weekdays at 14:30 (Tokyo)." in notice_in(moved)


async def test_a_round_up_stands_beside_the_daily_digest_and_both_can_be_stopped(chat: Chat) -> None:
    await chat.say("/papers follow recsys")
    weekly = await chat.say("/papers schedule weekly fri 16:00")
    assert "Set: a round-up of the week on Fridays at 16:00 (UTC)." in notice_in(weekly)
    monthly = await chat.say("/papers schedule monthly 1st")
    assert "a round-up of the month on the 1st of the month at 09:00" in notice_in(monthly)
    assert "What stays: weekdays at 09:00" in notice_in(await chat.say("/papers schedule weekly off"))
    gone = await chat.say("/papers schedule off")
    assert "No digest comes by itself now." in notice_in(gone)
    assert "No digest is scheduled" in text_of(await chat.say("/papers list"))
    await chat.press(gone, "Undo")
    assert "Next digest: Wed 25 Nov 09:00 (UTC)." in text_of(await chat.say("/papers list"))


async def test_a_pause_says_until_when_and_resume_goes_on(chat: Chat) -> None:
    await chat.say("/papers follow recsys")
    reply = await chat.say("/papers pause until 2027-01-04")
    assert "Paused until Mon 4 Jan 2027." in notice_in(reply)
    assert "Next digest: Mon 4 Jan 09:00 (UTC)." in notice_in(reply)
    assert "Resumed. Next digest: Wed 25 Nov 09:00 (UTC)." in notice_in(await chat.press(reply, "Resume"))
    assert "Nothing is paused here." in notice_in(await chat.say("/papers resume"))
    for_ever = await chat.say("/papers pause")
    assert "Paused until somebody says /papers resume." in notice_in(for_ever)
    await chat.press(for_ever, "Undo")
    assert "Next digest: Wed 25 Nov 09:00 (UTC)." in text_of(await chat.say("/papers list"))


async def test_a_pause_taken_back_leaves_no_gap(chat: Chat) -> None:
    await chat.say("/papers follow recsys")
    paused = await chat.say("/papers pause until 2027-01-04")
    assert "Paused until Mon 4 Jan 2027. What is followed stays. Next digest: Mon 4 Jan" in notice_in(paused)
    await chat.press(paused, "Undo")
    assert "Next digest: Wed 25 Nov 09:00 (UTC)." in text_of(await chat.say("/papers list"))


async def test_a_pause_that_stands_again_is_kept_to_its_end(chat: Chat) -> None:
    await chat.say("/papers follow recsys")
    await chat.say("/papers pause until 2027-01-04")
    await chat.say("/papers resume")
    await chat.say("/papers undo")
    assert "Paused until Mon 4 Jan. Next digest: Mon 4 Jan 09:00" in text_of(await chat.say("/papers list"))


async def test_a_time_set_in_a_pause_counts_from_its_end(chat: Chat) -> None:
    await chat.say("/papers follow recsys")
    await chat.say("/papers pause until 2027-01-04")
    reply = await chat.say("/papers schedule 10:00")
    assert "Paused until Mon 4 Jan. Next digest: Mon 4 Jan 10:00 (UTC)." in notice_in(reply)


async def test_the_first_follow_counts_in_the_zone_of_whoever_follows(chat: Chat) -> None:
    await chat.say("/papers list")
    ask = Invocation(chat.channel, "bob", "bob", text="/papers follow recsys", zone="Europe/Berlin")
    reply = await chat.service.handle(ask)
    assert "Next digest: Wed 25 Nov 09:00 (Berlin)." in notice_in(reply)


async def test_whoever_follows_first_set_the_channel_up_whatever_was_scheduled(chat: Chat) -> None:
    await chat.say("/papers schedule 10:00 Berlin")
    reply = await chat.as_user("bob").say("/papers follow recsys")
    assert "Next digest: Wed 25 Nov 10:00 (Berlin)." in notice_in(reply)
    assert (await chat.service.store.channels.of(chat.channel)).set_up_by == "terminal/local/bob"


async def test_settings_are_shown_changed_and_taken_back(chat: Chat) -> None:
    form = await chat.say("/papers settings")
    assert "Papers a digest: 5" in text_of(form)
    reply = await chat.say("/papers settings size:3 layout:titles quiet-days:silent hours:8-19 min:2")
    assert notice_in(reply) == (
        "Set: at most 3 papers, layout titles, silent on quiet days, posted 08:00 to 19:00, waiting for 2 papers."
    )
    assert chat.announced[-1] == "ada changed this channel's settings: size, layout, quiet-days, min and hours."
    await chat.press(reply, "Undo")
    assert "Papers a digest: 5" in text_of(await chat.say("/papers settings"))


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("schedule 25:00", "“25:00” is not a time I understand. Try 08:30 or 8:30am."),
        ("schedule 13pm", "“13pm” is not a time I understand. Try 08:30 or 8:30am."),
        ("schedule 09:00 Narnia", "“Narnia” is no day, time or zone I understand."),
        ("schedule 09:00 CET", "CET is not one zone all year. Name a city, such as Europe/Paris."),
        ("schedule 09:00 10:00", "That names two times."),
        ("schedule monthly 32nd", "A month has no day 32. Try /papers schedule monthly 1st 09:00"),
        ("pause until never", "“until never” is no day I understand."),
        ("pause until 2020-01-01", "2020-01-01 is not ahead."),
        ("pause for 0 days", "2026-11-24 is not ahead."),
        ("pause until 9999-12-31", "9999-12-31 is more than ten years ahead. To pause until somebody resumes:"),
        ("schedule 9 Berlin Tokyo", "That names two zones. A channel has one. Try /papers schedule 09:00"),
        ("settings size:99", "size: takes a number from 1 to 15, not “99”. Try size:5."),
        ("settings hours:soon", "“soon” are no hours I understand. Try hours:08:00-19:00, or hours:off."),
        ("settings size:2 min:3", "A digest of at most 2 papers can't wait for 3. Try min:2, or size:3."),
        ("settings layout:wide", "“wide” is not one of compact, full, titles. Try compact."),
    ],
)
async def test_what_is_no_time_is_told_in_a_sentence(chat: Chat, said: str, answer: str) -> None:
    assert answer in notice_in(await chat.say(f"/papers {said}"))


@pytest.mark.parametrize(
    ("text", "kind", "days", "at", "zone"),
    [
        ("09:00 weekdays Europe/Berlin", "daily", (0, 1, 2, 3, 4), time(9), "Europe/Berlin"),
        ("weekdays 9am", "daily", (0, 1, 2, 3, 4), time(9), ""),
        ("MON 09:00", "daily", (0,), time(9), ""),
        ("every monday and thursday at 8:30 pm", "daily", (0, 3), time(20, 30), ""),
        ("mon-fri noon new york", "daily", (0, 1, 2, 3, 4), time(12), "America/New_York"),
        ("sat..mon 7", "daily", (0, 5, 6), time(7), ""),
        ("weekly fri 16:00", "weekly", (4,), time(16), ""),
        ("monthly 1st and 15th 09:00", "monthly", (1, 15), time(9), ""),
        ("daily 02:30 berlin", "daily", tuple(range(7)), time(2, 30), "Europe/Berlin"),
    ],
)
def test_times_as_people_say_them(text: str, kind: str, days: tuple[int, ...], at: time, zone: str) -> None:
    said = spoken.schedule(text)
    assert (said.kind, said.days, said.local_time, said.zone) == (kind, days, at, zone)


@pytest.mark.parametrize(
    ("text", "days"),
    [("tomorrow", 1), ("until monday", 6), ("for a week", 7), ("until tuesday", 7), ("for 2 weeks", 14)],
)
def test_days_as_people_say_them(text: str, days: int) -> None:
    tuesday = date(2026, 11, 24)
    assert spoken.until(text, tuesday) == tuesday + timedelta(days=days)


@given(st.text(max_size=60))
def test_any_words_are_understood_or_refused(text: str) -> None:
    with suppress(Refused):
        spoken.schedule(text)


@given(
    zone=st.sampled_from(ZONES),
    start=st.datetimes(datetime(2009, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    at=st.times().map(lambda value: value.replace(second=0, microsecond=0)),
)
def test_one_digest_a_local_day_at_the_time_on_the_wall(zone: str, start: datetime, at: time) -> None:
    schedule = Schedule("daily", wallclock.EVERY_DAY, at)
    after = start
    days: list[date] = []
    for _ in range(5):
        due = wallclock.next_due(schedule, zone, after)
        assert due > after
        there = due.astimezone(ZoneInfo(zone))
        day = wallclock.day_of(schedule, zone, due)
        assert not days or day in (days[-1] + timedelta(days=1), days[-1] + timedelta(days=2))
        days.append(day)
        exists = datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC).astimezone(ZoneInfo(zone))
        if exists.time() == at:
            assert there.time() == at
            assert there.fold == 0, "the first of two equal times"
        else:
            just_before = (due - timedelta(seconds=1)).astimezone(ZoneInfo(zone))
            assert just_before.utcoffset() != there.utcoffset(), "the first instant after the gap"
            assert just_before.time() < at
        after = due


async def test_the_hours_of_a_channel_are_kept_in_what_is_promised(chat: Chat) -> None:
    await chat.say("/papers follow recsys")
    await chat.say("/papers settings hours:12:00-19:00")
    assert "Next digest: Wed 25 Nov 12:00 (UTC)." in text_of(await chat.say("/papers list"))


async def test_a_zone_that_does_not_exist_is_as_good_as_none(chat: Chat) -> None:
    ask = Invocation(chat.channel, "ada", text="/papers follow recsys", zone="Mars/Olympus_Mons")
    assert "Next digest: Wed 25 Nov 09:00 (UTC)." in notice_in(await chat.service.handle(ask))
