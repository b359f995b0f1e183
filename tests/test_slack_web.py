"""Slack's requests over the web: only signed and fresh ones count, whichever worker they come to, and each once."""

import json
from collections.abc import AsyncIterator
from urllib.parse import urlencode

import pytest

from adapters.slack.app import Slack
from tests.conftest import Clock
from tests.fakes.slack.api import BOT_USER, TEAM, Body
from tests.fakes.slack.person import WAIT, words
from tests.fakes.slack.team import Team, a_team, connected, known

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
MENTION = {
    "type": "event_callback",
    "team_id": TEAM,
    "event_id": "Ev7",
    "authorizations": [{"team_id": TEAM, "user_id": BOT_USER, "is_bot": True}],
    "event": {"type": "app_mention", "user": "U0ADA", "text": f"<@{BOT_USER}> list", "ts": "9.9", "channel": "C0ML"},
}


@pytest.fixture
async def team(sqlite_url: str, clock: Clock) -> AsyncIterator[Team]:
    async with a_team("web", sqlite_url, clock) as team:
        yield team


def a_command(team: Team, text: str = "list") -> str:
    return urlencode({
        "command": "/papers", "text": text, "user_id": "U0ADA", "team_id": TEAM, "channel_id": "C0ML",
        "trigger_id": "13345224609.738474920.8088930838d88f008e0", "response_url": team.slack.response_url("one"),
    })  # fmt: skip


def answers(team: Team) -> list[Body]:
    """What came of that command, without the word that it takes long."""
    return [one for one in team.slack.responses["one"] if WAIT not in one["text"]]


async def test_a_forged_or_stale_or_unsigned_request_is_refused_and_does_nothing(team: Team) -> None:
    body = a_command(team, "follow recsys")
    signed, stale = team.slack.signed(body), team.slack.signed(body, age=301)
    forged = {**signed, "X-Slack-Signature": signed["X-Slack-Signature"][:-1] + "x"}
    for headers in (forged, stale, {}, {**signed, "X-Slack-Request-Timestamp": "soon"}, {"X-Slack-Signature": "v0="}):
        status, _ = await team.slack.request(body, FORM | headers)
        assert status == 401
    status, _ = await team.slack.request(body + "&more=1", FORM | signed)
    assert status == 401, "signed for another body"
    (told,) = await team.ada.types("/papers list")
    assert words(told).startswith("No follows here yet.")


async def test_the_same_signed_request_again_is_refused_and_does_nothing_at_another_worker(team: Team) -> None:
    body = a_command(team)
    headers = FORM | team.slack.signed(body)
    assert (await team.slack.request(body, headers))[0] == 200
    await team.slack.until(lambda: answers(team))
    assert await team.slack.request(body, headers) == (401, "Sent before.\n")
    async with connected(Slack(known(team.slack, "web")), team.service, team.slack):
        assert (await team.slack.request(body, headers))[0] == 200
        await team.ada.types("/papers help")
    assert len(answers(team)) == 1


async def test_an_event_that_slack_sends_again_to_another_worker_is_done_once(team: Team) -> None:
    await team.slack.deliver("events_api", MENTION)
    await team.slack.until(lambda: team.slack.ephemeral)
    async with connected(Slack(known(team.slack, "web")), team.service, team.slack):
        again = await team.slack.deliver("events_api", MENTION, retry=1)
        await team.ada.types("/papers help")
    assert again.status == 200
    assert len(team.slack.ephemeral) == 1


async def test_slack_s_own_questions_are_answered(team: Team) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "3eZbrw1a", "token": "old"})
    status, answer = await team.slack.request(body, {"Content-Type": "application/json"} | team.slack.signed(body))
    assert (status, json.loads(answer)) == (200, {"challenge": "3eZbrw1a"})
    body = urlencode({"ssl_check": "1", "token": "old"})
    assert (await team.slack.request(body, FORM | team.slack.signed(body)))[0] == 200


@pytest.mark.parametrize(
    "body", ["", "payload=", "payload=%7Bnot", "payload=%5B%5D", "[]", '"x"', "null", "{}", "\x00"]
)
async def test_what_is_signed_and_makes_no_sense_hurts_nobody(team: Team, body: str) -> None:
    for age, media in ((0, "application/json"), (60, "application/x-www-form-urlencoded")):
        status, _ = await team.slack.request(body, {"Content-Type": media} | team.slack.signed(body, age=age))
        assert status in (200, 400)
    (told,) = await team.ada.types("/papers list")
    assert words(told).startswith("No follows here yet.")
