"""The papers that come with the package: enough of them, of many fields, and picked for their topics."""

import json
from collections.abc import AsyncIterator

import pytest

from bot import samples
from bot.cards import PaperCard
from bot.imports import import_samples
from bot.service import Service
from deploy.demo import FIELDS, loosely
from tests.conftest import Chat, Clock, titles_in


@pytest.fixture
async def chat(sqlite_url: str, clock: Clock) -> AsyncIterator[Chat]:
    service = await Service.open(sqlite_url, clock=clock)
    await import_samples(service.store.papers, clock())
    yield Chat(service, clock)
    await service.close()


def test_there_are_enough_and_each_has_its_facts() -> None:
    rows = [json.loads(line) for line in samples.path().read_text(encoding="utf-8").splitlines()]
    assert len(rows) >= 60
    assert len({row["id"] for row in rows}) == len(rows)
    assert all(row["title"] and row["abstract"] and row["authors"] and row["date"] for row in rows)


@pytest.mark.parametrize("field", FIELDS)
async def test_each_field_gives_a_digest_that_names_it(chat: Chat, field: str) -> None:
    await chat.say(f"/papers follow {field}")
    cards = [card for card in (await chat.say("/papers digest")).cards if isinstance(card, PaperCard)]
    assert len(cards) >= 3
    assert all(card.why.startswith(field) for card in cards)
    assert titles_in(await chat.say(f"/paper {loosely(cards[-1].title)}")) == [cards[-1].title]


@pytest.mark.parametrize("absent", ["mycology", "medieval poetry", "quantum chromodynamics lattice", "tax law"])
async def test_a_field_that_they_lack_is_silent(chat: Chat, absent: str) -> None:
    await chat.say(f"/papers follow {absent}")
    assert titles_in(await chat.say("/papers digest")) == []
