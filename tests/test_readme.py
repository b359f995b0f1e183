"""The README tells the truth: its command table is the program's, its pictures and files are there."""

import re
from pathlib import Path

import pytest

from bot.cli import main

ROOT = Path(__file__).parents[1]


def test_the_command_table_is_what_the_program_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["commands"]) == 0
    assert capsys.readouterr().out in (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_file_that_the_readme_names_is_there() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"\]\(([^)#:]+)\)", text) + re.findall(r"`((?:bot|adapters|deploy|tests)/[\w./]+)`", text)
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []
    assert len(text.splitlines()) < 200
