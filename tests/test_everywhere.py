"""What holds on every platform: written once, said and read through each."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import Clock
from tests.papers import a_paper, recommenders
from tests.rooms import ROOMS, Room

VOLCANO = a_paper("Listening to Volcanoes", "We listen to volcanoes before they erupt.", authors=("Vera Vent",))


@pytest.fixture(params=ROOMS)
async def room(request: pytest.FixtureRequest, sqlite_url: str, clock: Clock) -> AsyncIterator[Room]:
    clock.forward(days=-1)  # Monday
    async with ROOMS[request.param](sqlite_url, clock) as room:
        yield room


async def test_following_says_what_comes_and_all_hear_of_it(room: Room) -> None:
    assert "Following recsys here" in await room.say("/papers follow recsys in:cs.IR,cs.LG not:survey top:3")
    assert await room.heard("recsys") == "Ada now follows recsys here."
    listed = await room.say("/papers list")
    assert all(word in listed for word in ("recsys", "cs.IR", "survey", "Ada"))
    assert "Already following recsys" in await room.say("/papers follow recsys in:cs.IR,cs.LG not:survey top:3")


async def test_a_change_is_taken_back_by_its_button(room: Room) -> None:
    await room.say("/papers follow recsys")
    await room.press("Undo")
    assert "follow" in await room.say("/papers list")
    assert "doesn't follow" in await room.say("/papers unfollow recsys") or "follows nothing" in await room.say(
        "/papers unfollow recsys"
    )


async def test_an_unknown_word_gets_the_nearest_command(room: Room) -> None:
    said = await room.say("/papers folow")
    assert "There is no command “folow”" in said
    assert "follow?" in said


async def test_a_digest_comes_at_nine_and_once(room: Room) -> None:
    await room.say("/papers follow recsys")
    await room.publish(*recommenders())
    assert await room.at(24, 8) == []
    (digest,) = await room.at(24, 9)
    assert "Digest of 24 Nov 2026" in digest
    assert sum(paper.title in digest for paper in recommenders()) == 5
    assert await room.at(24, 10) == []


async def test_numbers_name_the_papers_of_the_digest(room: Room) -> None:
    await room.say("/papers follow recsys")
    await room.publish(*recommenders())
    await room.at(24, 9)
    assert "recsys" in await room.say("/papers why 1")
    assert "1 paper to read" in await room.say('/papers save 2 note:"for Friday"')
    saved = await room.say("/papers saved")
    assert "for Friday" in saved
    assert "0 papers left to read" in await room.say("/papers done 1")
    assert "no paper 9" in await room.say("/papers save 9")


async def test_a_paper_is_found_by_a_title_with_a_slip_and_by_its_id(room: Room) -> None:
    await room.publish(VOLCANO)
    for asked in (
        "listning to volcanos",
        VOLCANO.ids[0].removeprefix("arxiv:"),
        f"https://arxiv.org/abs/{VOLCANO.ids[0][6:]}",
    ):
        assert "Vera Vent" in await room.say(f"/paper {asked}")
    assert "No paper is called" in await room.say("/paper quantum cheese")


async def test_votes_count_once_a_person(room: Room) -> None:
    await room.publish(VOLCANO)
    assert "1 vote here this month" in await room.say(f"/papers like {VOLCANO.title}")
    assert "Changed: less like" in await room.say(f"/papers dislike {VOLCANO.title}")
    assert "Taken back" in await room.press("Take it back")


async def test_what_is_muted_never_comes(room: Room) -> None:
    await room.say("/papers follow recsys")
    assert "survey" in await room.say("/papers mute survey")
    await room.publish(*recommenders())
    (digest,) = await room.at(24, 9)
    assert "A Survey of News" not in digest
    assert "survey" in await room.say("/papers mutes")


async def test_settings_and_times_are_changed_by_one_line(room: Room) -> None:
    await room.say("/papers follow recsys")
    assert "at most 3 papers" in await room.say("/papers settings size:3 quiet-days:silent")
    assert "Berlin" in await room.say("/papers schedule 09:30 weekdays Europe/Berlin")
    await room.publish(*recommenders())
    assert await room.at(24, 8) == []
    (digest,) = await room.at(24, 9)
    assert sum(paper.title in digest for paper in recommenders()) == 3


async def test_what_is_one_s_own_is_announced_to_nobody(room: Room) -> None:
    await room.say("/papers dm follow volcanoes")
    assert "volcanoes" in await room.say("/papers dm list")
    assert "volcanoes" not in await room.say("/papers list")
    await room.say("/papers follow geysers")
    assert await room.heard("now follows") == "Ada now follows geysers here."


async def test_a_reference_can_be_taken_along(room: Room) -> None:
    await room.publish(VOLCANO)
    assert "@misc{vent2026listening" in await room.say(f"/papers export bibtex {VOLCANO.title}")
