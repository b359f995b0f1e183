"""What Slack is told of the app is what the code hears, calls and offers, and no more."""

import re
from pathlib import Path

import pytest

from adapters.slack import manifest
from adapters.slack.heard import FIND, LOOK_UP
from adapters.slack.manifest import Choices
from adapters.slack.parse import heard
from tests.test_cli import Program

ROOT = Path(__file__).parents[1]
EVERYTHING = Choices(previews=True, votes=True)
METHOD = re.compile(r'"((?:apps|auth|chat|conversations|oauth|reactions|usergroups|users|views)\.[a-zA-Z.]+)"')


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


def test_the_manifest_in_the_repository_is_the_one_that_is_made(program: Program) -> None:
    assert (ROOT / "deploy/slack-manifest.yaml").read_text() == program.run("slack", "manifest").stdout


def test_the_setup_says_why_each_scope_is_asked_for(program: Program) -> None:
    table = program.run("slack", "scopes", "--previews", "--votes").stdout.strip()
    assert table in (ROOT / "deploy/slack.md").read_text()
    assert len(table.splitlines()) == 2 + len(manifest.SCOPES)


def test_every_event_that_is_asked_for_is_heard() -> None:
    for name in manifest.events(EVERYTHING):
        kind, _, place = name.partition(".")
        said = {
            "type": kind,
            "user": "U1",
            "channel": "C1",
            "channel_type": place or "channel",
            "text": "x",
            "tab": "home",
        }
        assert heard({"type": "event_callback", "event_id": "E1", "team_id": "T1", "event": said}), name
    assert (
        heard({"type": "event_callback", "event": {"type": "message", "channel_type": "channel", "user": "U1"}}) is None
    )


def test_every_shortcut_that_is_offered_is_heard() -> None:
    offered = manifest.manifest(Choices())["features"]
    assert [one["callback_id"] for one in offered["shortcuts"]] == [FIND, LOOK_UP]  # type: ignore[index, call-overload, union-attr]
    for kind, id in (("shortcut", FIND), ("message_action", LOOK_UP)):
        assert heard({"type": kind, "callback_id": id, "user": {"id": "U1"}})


def test_every_method_that_the_code_calls_is_covered_by_a_scope_and_no_scope_is_for_nothing() -> None:
    called = {name for file in (ROOT / "adapters/slack").glob("*.py") if file.name != "manifest.py"
              for name in METHOD.findall(file.read_text())}  # fmt: skip
    covered = {method for scope in manifest.SCOPES for method in scope.methods}
    assert called <= covered | {*manifest.FREE_METHODS}
    assert covered <= called
    idle = [scope.name for scope in manifest.SCOPES if not scope.methods and not scope.events]
    assert idle == ["commands", "groups:history"]


def test_without_history_nothing_may_be_read_that_was_not_written_to_us(program: Program) -> None:
    assert "history" not in program.run("slack", "manifest", "--no-history").stdout.replace("im:history", "")
    assert "links:" not in program.run("slack", "manifest").stdout
    assert '"link_shared"' in program.run("slack", "manifest", "--previews").stdout


def test_over_the_web_slack_is_told_where(program: Program) -> None:
    refused = program.run("slack", "manifest", "--web")
    assert (refused.returncode, refused.stderr.split(".")[0]) == (2, "Slack sends to an https address only")
    program.environment["PAPER_ROUND_PUBLIC_URL"] = "https://papers.example.org/"
    made = program.run("slack", "manifest", "--web").stdout
    assert made.count('"https://papers.example.org/slack/events"') == 4
    assert '- "https://papers.example.org/slack/oauth_redirect"' in made
    assert "socket_mode_enabled: false" in made
