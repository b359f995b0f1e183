"""The runbook tells the truth: every table that is kept, every figure that is measured, every variable named."""

import re
from pathlib import Path

import aiohttp
from sqlmodel import SQLModel

import bot.tables  # noqa: F401 (fills the metadata)
from bot.settings import Settings
from bot.web.server import run_web
from tests.conftest import Chat, Clock

DEPLOY = Path(__file__).parents[1] / "deploy"
RUNBOOK = (DEPLOY / "runbook.md").read_text(encoding="utf-8")


def test_the_runbook_says_how_long_every_table_is_kept() -> None:
    kept = RUNBOOK.partition("## What is kept")[2].partition("\n## ")[0]
    rows = [line.split("|") for line in kept.splitlines() if line.startswith("| ") and "---" not in line]
    named = [name for row in rows[1:] for name in re.findall(r"`(\w+)`", row[2])]
    assert sorted(named) == sorted(SQLModel.metadata.tables)
    assert all(cell.strip() for row in rows for cell in row[1:5])


async def test_the_runbook_names_every_metric(chat: Chat, clock: Clock) -> None:
    await chat.say("/papers list")
    async with (
        run_web("127.0.0.1:0", chat.service.store, clock, adapters=dict) as url,
        aiohttp.ClientSession() as client,
        client.get(f"{url}/metrics") as answer,
    ):
        told = re.findall(r"^# TYPE (paper_round_\w+)", await answer.text(), re.MULTILINE)
    assert set(told) == set(re.findall(r"`(paper_round_\w+)`", RUNBOOK))


def test_every_variable_that_is_set_or_named_is_one_that_is_read() -> None:
    known = {
        str(field.validation_alias or f"PAPER_ROUND_{name.upper()}") for name, field in Settings.model_fields.items()
    }
    for name in ("runbook.md", "Dockerfile", "compose.yaml", "paper-round.service"):
        named = set(re.findall(r"PAPER_ROUND_[A-Z_]+", (DEPLOY / name).read_text(encoding="utf-8")))
        assert named <= known, name
