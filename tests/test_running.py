"""The service as its operator has it: a process that tells its life in its log, and answers on its port."""

import json
import signal
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.store.migrations import HEAD
from tests.test_cli import Program

SECRETS = {
    "PAPER_ROUND_PING_URL": "http://127.0.0.1:1/s3cret-ping",
    "PAPER_ROUND_SECRET_KEY": "s3cret-key",
    "S2_API_KEY": "s3cret-s2",
    "SLACK_SIGNING_SECRET": "s3cret-slack",
    "SMTP_URL": "smtp://user:s3cret-mail@127.0.0.1:1",
}


@pytest.fixture
def program(tmp_path: Path) -> Program:
    program = Program(tmp_path)
    program.environment |= {"PAPER_ROUND_HTTP": "127.0.0.1:0", "PAPER_ROUND_LOG": "json"}
    return program


def test_the_service_tells_its_life_in_events_and_no_secret(program: Program) -> None:
    program.environment |= SECRETS
    process = program.start("serve")
    assert process.stderr is not None
    events: list[dict[str, Any]] = []

    def until(event: str) -> dict[str, Any]:
        for found in lines:
            events.append(found)
            if found["event"] == event:
                return found
        raise AssertionError(f"{event} never came after {[one['event'] for one in events]}")

    lines: Iterator[dict[str, Any]] = map(json.loads, iter(process.stderr.readline, ""))
    assert until("database migrated")["version"] == HEAD
    address = until("web server listening")["address"]
    until("ping not sent")
    with urllib.request.urlopen(f"http://{address}/readyz") as answer:
        assert json.load(answer)["adapters"]["terminal"] == "connected"
    with urllib.request.urlopen(f"http://{address}/metrics") as answer:
        told = answer.read().decode()
    assert 'paper_round_events_total{event="ping not sent",level="warning"} 1.0' in told
    process.send_signal(signal.SIGTERM)
    until("stopped")
    out, rest = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "s3cret" not in out + rest + json.dumps(events) + told
    assert {"level", "at", "logger"} <= set(events[0])
    assert {event["logger"].partition(".")[0] for event in events} == {"bot"}


def test_told_to_stop_while_it_starts_it_ends_in_order(program: Program) -> None:
    process = program.start("serve")
    assert process.stderr is not None
    assert any("database migrated" in line for line in process.stderr)  # long before it serves
    process.send_signal(signal.SIGTERM)
    _, rest = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Traceback" not in rest


def test_a_port_in_use_and_a_channel_that_is_none_end_it_in_one_sentence(program: Program) -> None:
    first = program.start("serve")
    assert first.stderr is not None
    address = next(
        event["address"] for event in map(json.loads, first.stderr) if event["event"] == "web server listening"
    )
    program.environment["PAPER_ROUND_HTTP"] = address
    second = program.run("serve")
    assert second.returncode == 1
    assert second.stderr.splitlines()[-1] == (
        f"The web server can't listen on {address}: the port is in use."
        " Set PAPER_ROUND_HTTP to another HOST:PORT, or to off."
    )
    assert f"{address} is in use by a running Paper Round" in program.run("doctor").stdout
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=60)
    program.environment |= {"PAPER_ROUND_ALERT_CHANNEL": "ops", "PAPER_ROUND_HTTP": "off"}
    assert program.run("serve").stderr == (
        "“ops” names no channel for alerts."
        " Set PAPER_ROUND_ALERT_CHANNEL to PLATFORM/WORKSPACE/CHANNEL, by their ids.\n"
    )
