"""State: made, migrated after a copy, or refused; the same on both databases."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event, text

from bot.adapter import ChannelRef
from bot.errors import Fault
from bot.model import Draft, Follow, Pick
from bot.store import Store, migrations, versions
from bot.store.engine import Database
from bot.store.follows import Who
from tests.conftest import WipedPostgres
from tests.papers import a_paper

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ADA = Who("terminal/local/ada", "Ada")


def topic(name: str, n: int) -> Follow:
    return Follow("topic", f"{name} {n}", f"{name} {n}")


def alembic(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


async def test_the_migrations_make_exactly_the_tables(database_url: str) -> None:
    store = await Store.open(database_url)
    async with store.database.engine.connect() as connection:
        await connection.run_sync(lambda plain: command.check(alembic(plain)))
        known = await connection.run_sync(lambda plain: ScriptDirectory.from_config(alembic(plain)).get_heads())
    await store.close()
    assert known == [migrations.HEAD]


async def test_a_database_of_a_newer_version_is_refused_and_left_alone(database_url: str) -> None:
    store = await Store.open(database_url)
    async with store.database.writing() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await store.close()
    with pytest.raises(Fault, match="was made by a newer version of Paper Round"):
        await Store.open(database_url)
    database = Database(database_url)
    async with database.engine.connect() as connection:
        assert await connection.run_sync(versions.current_version) == "9999"
    await database.close()


async def test_an_older_database_is_copied_before_it_is_migrated(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await Store.open(sqlite_url)
    await store.papers.save([a_paper("Kept Through It All")], "test", NOW)
    async with store.database.writing() as session:  # as if this had been made by an older version, one table short
        await session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    await store.close()
    monkeypatch.setattr(versions, "VERSIONS", ("0000", *migrations.VERSIONS))
    monkeypatch.setattr(
        versions,
        "_upgrade",
        lambda plain: plain.execute(text(f"UPDATE alembic_version SET version_num = '{migrations.HEAD}'")),
    )
    store = await Store.open(sqlite_url)
    assert await store.papers.count() == 1
    await store.close()
    kept = Database(f"sqlite:///{tmp_path}/papers.db.before-{migrations.HEAD}")
    async with kept.reading() as session:
        assert (await session.execute(text("SELECT title FROM paper"))).scalar() == "Kept Through It All"
        assert (await session.execute(text("SELECT version_num FROM alembic_version"))).scalar() == "0000"
    await kept.close()


async def test_times_come_back_aware_in_utc(database_url: str) -> None:
    store = await Store.open(database_url)
    eastern = datetime(2026, 1, 2, 1, 30, tzinfo=timezone(-timedelta(hours=5)))
    await store.papers.save([a_paper("When", listed_at=eastern)], "test", NOW)
    (paper,) = await store.papers.listed_since(None)
    assert paper.listed_at == eastern
    assert paper.listed_at.utcoffset() == timedelta(0)
    await store.close()


async def test_one_paper_from_two_sources_is_one_row_with_its_gaps_filled(database_url: str) -> None:
    store = await Store.open(database_url)
    first = Draft("Paper Boats on Still Water", ids=("arxiv:2403.00001",), authors=("Ada Lovelace",))
    second = Draft(
        "Paper boats on still water", "They float.", ("A. Lovelace",), ("doi:10.1000/boats",), venue="Sea 2026"
    )
    third = Draft("Paper Boats", ids=("doi:10.1000/boats", "arxiv:2403.00001"))
    assert (await store.papers.save([first], "test", NOW)).new == 1
    assert (await store.papers.save([second, third, second], "test", NOW)).new == 0
    paper = await store.papers.by_id("doi:10.1000/boats")
    assert paper is not None
    assert (paper.id, paper.title, paper.abstract, paper.venue) == (
        "arxiv:2403.00001",
        first.title,
        "They float.",
        "Sea 2026",
    )
    assert paper.authors == ("Ada Lovelace",)
    await store.close()


async def test_equal_titles_of_different_people_are_two_papers(database_url: str) -> None:
    store = await Store.open(database_url)
    drafts = [
        Draft("Learning to Fold Paper", authors=("Ada Lovelace",), ids=("doi:10.1000/1",)),
        Draft("Learning to Fold Paper", authors=("Grace Hopper",), ids=("doi:10.1000/2",)),
        Draft("Learning to Fold Paper", authors=("Alan Turing",)),
    ]
    assert (await store.papers.save(drafts, "test", NOW)).new == 3
    assert (await store.papers.save(drafts, "test", NOW)).new == 0
    await store.close()


async def test_a_newer_version_brings_its_title_and_an_older_one_does_not(database_url: str) -> None:
    store = await Store.open(database_url)

    def version(number: int, title: str) -> Draft:
        return Draft(title, f"Text {number}.", ids=("arxiv:2403.00001",), version=number)

    await store.papers.save([version(2, "Second Thoughts on Paper")], "test", NOW)
    await store.papers.save([version(1, "First Thoughts on Paper")], "test", NOW)
    await store.papers.save([version(3, "Third Thoughts on Paper")], "test", NOW)
    paper = await store.papers.by_id("arxiv:2403.00001")
    assert paper is not None
    assert (paper.title, paper.abstract, paper.version) == ("Third Thoughts on Paper", "Text 3.", 3)
    assert (await store.papers.look_up("third thoughts on paper")).paper == paper
    await store.close()


async def test_an_event_is_handled_once_an_hour(database_url: str) -> None:
    store = await Store.open(database_url)
    assert not await store.facts.seen_before("event 1", NOW)
    assert await store.facts.seen_before("event 1", NOW + timedelta(minutes=59))
    assert not await store.facts.seen_before("event 1", NOW + timedelta(minutes=61))
    later, other = NOW + timedelta(minutes=62), await Store.open(database_url)
    keys = [f"event {n % 40}" for n in range(120)]
    answers = await asyncio.gather(*(one.facts.seen_before(key, later) for key in keys for one in (store, other)))
    assert answers.count(False) == 39, "event 1 is still known, and of all who ask at once one has each"
    await other.close()
    await store.facts.put("slack", "cursor", "7")
    await store.facts.put("slack", "cursor", "8")
    assert await store.facts.get("slack", "cursor") == "8"
    await store.close()


async def test_writers_wait_for_each_other(database_url: str) -> None:
    """The same papers, the same channel, the same follow and the same digest from three processes at once."""
    stores = [await Store.open(database_url) for _ in range(3)]
    drafts = [a_paper(f"Paper {n} on graphs and words") for n in range(40)]
    place = ChannelRef("terminal", "local", "ml", "ml")
    follow = Follow("topic", "recsys", "recsys")

    async def work(store: Store) -> bool:
        for start in range(0, 40, 10):
            await store.papers.save(drafts[start : start + 10], "test", NOW)
        channel = await store.channels.of(place)
        added = await store.follows.add(channel, [follow], Who("ada", "ada"), NOW)
        (paper, *_) = await store.papers.listed_since(None)
        pick = Pick(paper, 0.9, ("recsys",), "recsys")
        digest = await store.digests.add(channel, "2026-11-24 asked", NOW.date(), [pick], NOW, delivered=True)
        assert [pick.paper.pk for pick in digest.picks]
        return bool(added.change)

    async with asyncio.TaskGroup() as group:
        works = [group.create_task(work(store)) for store in stores]
    new = [one.result() for one in works]
    assert sorted(new) == [False, False, True]
    assert await stores[0].papers.count() == 40
    async with stores[0].database.reading() as session:
        assert (await session.execute(text("SELECT df FROM term WHERE term = 'graphs'"))).scalar() == 40
        assert (await session.execute(text("SELECT count(*) FROM digest"))).scalar() == 1
    for store in stores:
        await store.close()


@pytest.mark.parametrize("moment", ["commit", "reset"])
async def test_whoever_is_told_to_stop_while_it_stores_stops_with_no_trouble(
    database_url: str, caplog: pytest.LogCaptureFixture, moment: str
) -> None:
    store = await Store.open(database_url)

    async def keep() -> None:
        await store.papers.save([a_paper("Stored Before the Stop")], "test", NOW)

    storing = asyncio.create_task(keep())
    event.listen(store.database.engine.sync_engine, moment, lambda *_: storing.cancel())
    with pytest.raises(asyncio.CancelledError):
        await storing
    assert await store.papers.count() == 1
    await store.close()
    assert not caplog.records


async def test_whoever_leaves_in_the_middle_of_a_change_leaves_a_store_that_works(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    store = await Store.open(database_url)
    channel = await store.channels.of(ChannelRef("terminal", "local", "here", "here"))
    for n in range(20):
        adding = asyncio.create_task(store.follows.add(channel, [topic("graph", n)], ADA, NOW))
        for _ in range(n):
            await asyncio.sleep(0)
        adding.cancel()
        await asyncio.gather(adding, return_exceptions=True)
        assert (await store.follows.add(channel, [topic("speech", n)], ADA, NOW)).new == (True,)
    kept = [follow.key for follow in await store.follows.of(channel)]
    changes = await store.follows.changes(channel)
    assert len(kept) == len(set(kept)) == len(changes) >= 20
    await store.close()
    assert not caplog.records


async def test_a_hundred_who_ask_at_once_are_all_answered(database_url: str) -> None:
    store = await Store.open(database_url)
    await store.papers.save([a_paper("Asked For by Everybody")], "test", NOW)
    ref = ChannelRef("terminal", "local", "here", "here")
    known = await store.channels.of(ref)
    async with asyncio.TaskGroup() as together:
        looking = [together.create_task(store.papers.look_up("asked for by everybody")) for _ in range(100)]
        finding = [together.create_task(store.channels.find(ref)) for _ in range(100)]
        adding = [together.create_task(store.follows.add(known, [topic("maps", n)], ADA, NOW)) for n in range(20)]
    assert all((found := one.result().paper) and found.title == "Asked For by Everybody" for one in looking)
    assert {one.result() for one in finding} == {known}
    assert all(one.result().new == (True,) for one in adding)
    await store.close()


async def test_postgresql_plans_for_the_papers_there_are_and_finds_the_new_ones_in_its_index(
    wiped_postgres: WipedPostgres,
) -> None:
    with wiped_postgres as url:
        store = await Store.open(url)
        await store.papers.save([a_paper(f"Boats {n} in harbours") for n in range(300)], "test", NOW)
        async with store.database.writing("papers") as session:
            assert await session.scalar(text("SHOW plan_cache_mode")) == "force_custom_plan"
            seen = text("SELECT min(reltuples) FROM pg_class WHERE relname IN ('paper', 'paper_search', 'near')")
            assert (await session.scalar(seen) or 0) >= 300
            assert await session.scalar(text("SELECT gin_clean_pending_list('ix_paper_search_terms')")) == 0
        await store.close()
