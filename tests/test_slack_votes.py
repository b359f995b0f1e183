"""Votes on Slack, shown on the buttons of the message that was voted in."""

import time
from collections.abc import AsyncIterator

import pytest

from tests.conftest import Clock
from tests.fakes.slack.api import Body
from tests.fakes.slack.person import labels
from tests.fakes.slack.team import Team, a_team
from tests.papers import recommenders


@pytest.fixture
async def team(sqlite_url: str, clock: Clock) -> AsyncIterator[Team]:
    async with a_team("socket", sqlite_url, clock) as team:
        yield team


async def test_a_digest_counts_its_votes_and_tells_nobody_s(team: Team) -> None:
    digest = await _digest(team)
    bob = team.someone("U0BOB", "Bob")
    await team.ada.presses(digest, "More like 1")
    await _until(team, digest, "More like 1 (1 vote)")
    await bob.presses(digest, "More like 1 (1 vote)")
    await _until(team, digest, "More like 1 (2 votes)")
    await bob.presses(digest, "Less like 1")
    await _until(team, digest, "Less like 1 (1 vote)")
    assert "More like 1 (1 vote)" in labels(digest)
    await bob.presses(digest, "Less like 1 (1 vote)", at=time.time() + 9)  # at once it would be a double click
    await _until(team, digest, "Less like 1")
    assert "More like 2" in labels(digest), "the other papers have none"
    assert all(user not in str(digest) for user in ("U0ADA", "U0BOB", "Bob"))


async def test_what_a_person_saves_is_shown_to_nobody(team: Team) -> None:
    digest = await _digest(team)
    before = str(digest)
    await team.ada.presses(digest, "Save 1")
    assert str(digest) == before
    assert team.slack.calls("chat.update") == []


async def test_a_vote_counts_though_its_message_can_t_be_changed(team: Team) -> None:
    digest = await _digest(team)
    team.slack.will("error cant_update_message", method="chat.update")
    await team.ada.presses(digest, "More like 1")
    await team.slack.until(lambda: team.slack.calls("chat.update"))
    bob = team.someone("U0BOB", "Bob")
    await bob.presses(digest, "More like 1")
    await _until(team, digest, "More like 1 (2 votes)")


async def _digest(team: Team) -> Body:
    await team.ada.types("/papers follow recsys")
    await team.service.store.papers.save(recommenders(), "test", team.clock())
    (digest,) = await team.at(24, 8)
    return digest


async def _until(team: Team, message: Body, label: str) -> None:
    await team.slack.until(lambda: label in labels(message), 10)
