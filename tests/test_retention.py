"""What is kept, and what goes by itself when its time has come."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, text, update
from sqlmodel import SQLModel, col

from bot import tables
from bot.store import Store
from bot.store.retention import Retention
from tests.conftest import NOW, Chat
from tests.papers import recommenders
from tests.rows import EACH, fill

LAST = NOW + timedelta(days=EACH)  # all that `fill` makes is older


@pytest.fixture
async def full(database_url: str) -> AsyncIterator[Store]:
    """A store with rows in every table, all of its workspaces in use and all of its deliveries over."""
    store = await Store.open(database_url)
    await fill(store)
    async with store.database.writing() as session:
        await session.execute(update(tables.Workspace).values(removed_at=None))
        await session.execute(update(tables.Delivery).values(due_at=None))
    yield store
    await store.close()


async def left(store: Store) -> dict[str, int]:
    async with store.database.reading() as session:
        names = SQLModel.metadata.tables.items()
        return {name: await session.scalar(select(func.count()).select_from(table)) or 0 for name, table in names}


@pytest.mark.parametrize(
    ("table", "kept"),
    [
        ("handled", timedelta(hours=1)),
        ("host_gate", timedelta(days=30)),
        ("delivery", timedelta(days=90)),
        ("feedback", timedelta(days=397)),
        ("taste", timedelta(days=30)),
        ("change", timedelta(days=397)),
        ("token", timedelta(days=397)),
    ],
)
async def test_each_kind_of_row_goes_when_its_time_has_come(full: Store, table: str, kept: timedelta) -> None:
    retention = Retention(full.database)
    await retention.tidy(NOW + kept)
    assert (await left(full))[table] == EACH
    assert (await retention.tidy(LAST + kept))[table] == EACH
    assert (await left(full))[table] == 0


async def test_a_note_goes_once_it_was_told_and_90_days_are_over(full: Store) -> None:
    async with full.database.writing() as session:
        await session.execute(update(tables.Digest).where(col(tables.Digest.pk) <= 2).values(kind="note"))
        await session.execute(update(tables.Delivery).where(col(tables.Delivery.pk) == 2).values(due_at=NOW))
    retention = Retention(full.database)
    assert "digest" not in await retention.tidy(NOW + timedelta(days=90))
    assert (await retention.tidy(LAST + timedelta(days=90)))["digest"] == 1
    assert (await left(full))["digest"] == EACH - 1


async def test_everything_else_stays_for_good(full: Store) -> None:
    before = await left(full)
    gone = await Retention(full.database).tidy(NOW + timedelta(days=40_000))
    assert set(gone) == {"handled", "host_gate", "delivery", "feedback", "taste", "change", "token"}
    assert await left(full) == before | dict.fromkeys(gone, 0)


async def test_a_message_that_is_not_over_is_never_tidied_away(full: Store) -> None:
    async with full.database.writing() as session:
        await session.execute(update(tables.Delivery).where(col(tables.Delivery.pk) == 2).values(due_at=NOW))
    await Retention(full.database).tidy(LAST + timedelta(days=90))
    assert (await left(full))["delivery"] == 1


async def test_a_workspace_that_was_left_loses_its_token_at_once_and_the_rest_after_30_days(
    chat: Chat, database_url: str
) -> None:
    store = chat.service.store
    await chat.publish(*recommenders())
    for someone in (chat, other := chat_of(chat, "other-place")):
        await someone.say("/papers follow recsys")
        await someone.say("/papers digest")
        await someone.say("/papers save 1")
    await leave(store, "local")
    retention = Retention(store.database)
    await retention.tidy(NOW + timedelta(days=30))
    async with store.database.reading() as session:
        assert (await session.execute(text("SELECT token FROM workspace ORDER BY platform_id"))).scalars().all() == [
            "", "sealed",
        ]  # fmt: skip
    assert (await left(store))["follow"] == 2
    assert await retention.tidy(NOW + timedelta(days=31)) == {"workspace": 1}
    counts = await left(store)
    assert {name: counts[name] for name in ("workspace", "channel", "follow", "digest", "delivery", "saved")} == {
        "workspace": 1, "channel": 1, "follow": 1, "digest": 1, "delivery": 1, "saved": 1,
    }  # fmt: skip
    assert counts["paper"] == len(recommenders())
    assert "recsys" in str((await other.say("/papers list")).cards)


def chat_of(chat: Chat, workspace: str) -> Chat:
    return replace(chat, channel=replace(chat.channel, workspace=workspace))


async def leave(store: Store, workspace: str) -> None:
    async with store.database.writing() as session:
        await session.execute(update(tables.Workspace).values(token="sealed"))
        here = col(tables.Workspace.platform_id) == workspace
        await session.execute(update(tables.Workspace).where(here).values(removed_at=NOW))


async def test_one_of_several_workers_tidies_a_day(full: Store, database_url: str) -> None:
    stores = [full, await Store.open(database_url), await Store.open(database_url)]

    async def tidied(now: datetime) -> int:
        done = await asyncio.gather(*(Retention(store.database).tidy_daily(now) for store in stores))
        return sum(one is not None for one in done)

    assert [await tidied(NOW + timedelta(hours=hours)) for hours in (0, 1, 23, 24, 47, 48)] == [1, 0, 0, 1, 0, 1]
    assert await tidied(NOW - timedelta(days=3)) == 1  # the clock was wrong, and was set right
    for store in stores[1:]:
        await store.close()


async def test_thousands_of_rows_go_a_little_at_a_time(database_url: str) -> None:
    store = await Store.open(database_url)
    async with store.database.writing() as session:
        session.add_all([tables.Handled(event_key=f"event {n}", at=NOW) for n in range(2_500)])
    assert await Retention(store.database).tidy(NOW + timedelta(hours=2)) == {"handled": 2_500}
    await store.close()
