"""The port, proved by a stranger: an adapter in a package of its own, found by its entry point."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_cli import Program

PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "pigeon-post"
version = "1.0"

[project.entry-points."paper_round.adapters"]
pigeon = "pigeon_post:Pigeon"
"""

ADAPTER = '''
"""Carries what is on the slips in the basket to the service, and its answers back."""
import sys
from bot.adapter import Capabilities, ChannelRef, Invocation, MessageRef
from bot.cards import as_text


class Pigeon:
    name = "pigeon"
    capabilities = Capabilities()

    async def run(self, handle):
        loft = ChannelRef("pigeon", "loft", "basket", "basket")
        for line in sys.stdin:
            reply = await handle.handle(Invocation(loft, "keeper", "the keeper", text=line.strip()))
            print("coo:", as_text(reply.cards).replace("\\n", " | "))
            if reply.announce:
                print("to all:", reply.announce)
        print("known:", [command.verb for command in handle.commands][:3])
        print("tab:", await handle.suggest(Invocation(loft, "keeper", text="rec"), "follows"))
        await handle.set_fact("pigeon", "last", "7")
        print("fact:", await handle.fact("pigeon", "last"))
        print("seen:", await handle.seen_before("e1"), await handle.seen_before("e1"))

    async def post(self, channel, cards, key):
        return MessageRef(channel, key)

    async def find(self, channel, key):
        return None

    async def update(self, ref, cards):
        pass
'''


@pytest.fixture
def pigeon(tmp_path: Path) -> Program:
    """The program with a stranger's adapter installed beside it."""
    project = tmp_path / "pigeon-post"
    project.mkdir()
    (project / "pyproject.toml").write_text(PROJECT)
    (project / "pigeon_post.py").write_text(ADAPTER)
    site = tmp_path / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    subprocess.run([*pip, "--target", str(site), str(project)], check=True, capture_output=True)
    program = Program(tmp_path)
    program.environment["PYTHONPATH"] = str(site)
    return program


def test_a_stranger_s_adapter_is_found_and_speaks(pigeon: Program) -> None:
    done = pigeon.run("chat", "--adapter", "pigeon", given="/papers follow recsys\n/papers nonsense\n")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("coo: Following recsys here.")
    assert lines[1] == "to all: the keeper now follows recsys here."
    assert lines[2].startswith("coo: There is no command “nonsense”.")
    assert lines[3:] == [
        "known: ['help', 'follow', 'unfollow']",
        "tab: ['recsys']",
        "fact: 7",
        "seen: False True",
    ]


def test_doctor_names_it_and_an_unknown_one_is_refused(pigeon: Program) -> None:
    assert "adapter pigeon" in pigeon.run("doctor").stdout
    refused = pigeon.run("chat", "--adapter", "owl")
    assert refused.returncode == 2
    assert (
        refused.stderr
        == "There is no adapter “owl” here. Installed: discord, email, pigeon, slack, terminal, webhook.\n"
    )
