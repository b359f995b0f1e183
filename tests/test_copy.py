"""Moving house: SQLite to PostgreSQL and back, with nothing lost, or not moved at all."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.errors import Fault, Refused
from bot.store import Store
from bot.store.copying import copy_database
from bot.store.engine import Database
from tests.conftest import NOW, empty_postgres
from tests.papers import a_paper
from tests.rows import EACH, fill, rows_of


def nothing_to_tell(_rows: int) -> None:
    pass


async def filled(url: str) -> None:
    store = await Store.open(url)
    await fill(store)
    await store.close()


async def test_everything_arrives_and_comes_back_equal(sqlite_url: str, tmp_path: Path) -> None:
    back = f"sqlite:///{tmp_path}/back.db"
    await filled(sqlite_url)
    with empty_postgres() as postgres:
        there = await copy_database(sqlite_url, postgres, nothing_to_tell)
        home = await copy_database(postgres, back, nothing_to_tell)
        databases = [Database(url) for url in (sqlite_url, postgres, back)]
        first, second, third = [await rows_of(database) for database in databases]
        for database in databases:
            await database.close()
    assert first == second == third
    assert there == home == dict.fromkeys(first, EACH)


async def test_a_copy_is_a_database_to_go_on_with(sqlite_url: str, database_url: str, tmp_path: Path) -> None:
    origin = f"sqlite:///{tmp_path}/origin.db"
    store = await Store.open(origin)
    await store.papers.save([a_paper("Paper Boats on Still Water", ids=("arxiv:2611.90001",))], "test", NOW)
    await store.close()
    await copy_database(origin, database_url, nothing_to_tell)
    store = await Store.open(database_url)
    found = await store.papers.look_up("paper bots on stil water")
    assert found.paper is not None
    assert found.paper.id == "arxiv:2611.90001"
    assert await store.papers.search("still water")
    assert (await store.papers.save([a_paper("A Paper of the Day After")], "test", NOW)).new == 1
    assert await store.papers.count() == 2
    await store.close()


async def test_a_full_target_is_refused_and_left_alone(sqlite_url: str, database_url: str, tmp_path: Path) -> None:
    origin = f"sqlite:///{tmp_path}/origin.db"
    await filled(origin)
    store = await Store.open(database_url)
    await store.papers.save([a_paper("Here First")], "test", NOW)
    await store.close()
    with pytest.raises(
        Refused, match=r"is not empty: it holds \d+ rows in \d tables \(1 paper\)\. Name an empty one\."
    ):
        await copy_database(origin, database_url, nothing_to_tell)
    store = await Store.open(database_url)
    assert await store.papers.count() == 1
    await store.close()


async def test_what_is_not_there_or_the_same_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    other = f"sqlite:///{tmp_path}/other.db"
    with pytest.raises(Refused, match="There is no Paper Round database at"):
        await copy_database(sqlite_url, other, nothing_to_tell)
    assert not (tmp_path / "other.db").exists()
    with pytest.raises(Refused, match="can't be copied onto itself"):
        await copy_database(sqlite_url, sqlite_url, nothing_to_tell)


async def test_a_file_that_is_no_database_is_not_copied_onto(sqlite_url: str, tmp_path: Path) -> None:
    diary = tmp_path / "diary.txt"
    await asyncio.to_thread(diary.write_text, "My diary. Nobody else's business.\n" * 50)
    await filled(sqlite_url)
    with pytest.raises(Fault, match="is not a Paper Round database"):
        await copy_database(sqlite_url, f"sqlite:///{diary}", nothing_to_tell)
    assert diary.stat().st_size == 50 * len("My diary. Nobody else's business.\n")


LOSING = {
    True: "CREATE TRIGGER lose BEFORE INSERT ON saved WHEN new.pk = 2 BEGIN SELECT raise(IGNORE); END",
    False: "CREATE RULE lose AS ON INSERT TO saved WHERE new.pk = 2 DO INSTEAD NOTHING",
}


async def test_a_copy_that_loses_a_row_is_not_kept(database_url: str, tmp_path: Path) -> None:
    origin = f"sqlite:///{tmp_path}/origin.db"
    await filled(origin)
    store = await Store.open(database_url)
    async with store.database.writing() as session:
        await session.execute(text(LOSING[store.database.is_sqlite]))
    with pytest.raises(Fault, match=r"What arrived is not what was sent\. Nothing was kept; try again\."):
        await copy_database(origin, database_url, nothing_to_tell)
    assert set(map(len, (await rows_of(store.database)).values())) == {0}
    await store.close()


STOPPING = """
import asyncio, os, signal, sys
from bot.store.copying import copy_database
def tell(rows):
    if rows > {after}:
        os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(copy_database(sys.argv[1], sys.argv[2], tell))
"""


async def test_a_copy_that_is_killed_leaves_nothing_and_can_be_made_again(database_url: str, tmp_path: Path) -> None:
    origin = f"sqlite:///{tmp_path}/origin.db"
    await filled(origin)
    killed = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", STOPPING.format(after=EACH * 5), origin, database_url], check=False
    )
    assert killed.returncode == -signal.SIGKILL
    target = Database(database_url)
    assert set(map(len, (await rows_of(target)).values())) == {0}
    assert await copy_database(origin, database_url, nothing_to_tell)
    source = Database(origin)
    assert await rows_of(target) == await rows_of(source)
    await source.close()
    await target.close()


async def test_a_letter_that_postgresql_can_t_hold_does_not_stop_the_move(sqlite_url: str) -> None:
    await filled(sqlite_url)
    database = Database(sqlite_url)
    async with database.writing() as session:
        await session.execute(text("UPDATE paper SET abstract = 'before' || char(0) || 'after' WHERE pk = 1"))
    await database.close()
    with empty_postgres() as postgres:
        await copy_database(sqlite_url, postgres, nothing_to_tell)
        database = Database(postgres)
        async with database.reading() as session:
            assert (await session.scalar(text("SELECT abstract FROM paper WHERE pk = 1"))) == "beforeafter"
        await database.close()
