"""Keeping the state and getting it back, while it is in use; and what is no backup."""

import asyncio
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bot.errors import Refused
from bot.service import Service
from bot.store import Store
from bot.store.backup import back_up, restore
from tests.conftest import NOW, Chat, Clock, empty_postgres, notice_in, text_of
from tests.papers import a_paper
from tests.rows import EACH, fill, rows_of
from tests.test_cli import Program, program  # noqa: F401 (a fixture)


def nothing_to_tell(_rows: int) -> None:
    pass


async def test_what_was_kept_comes_back_while_everything_runs(
    chat: Chat, database_url: str, tmp_path: Path, clock: Clock
) -> None:
    kept = tmp_path / "kept.db"
    await chat.publish(a_paper("Paper Boats on Still Water"))
    await chat.say("/papers follow boats")
    counts = await back_up(database_url, kept, NOW, nothing_to_tell)
    assert counts["paper"] == 1
    await chat.say("/papers follow kites")
    await chat.publish(a_paper("Paper Kites in Wind"))
    assert await restore(database_url, kept, nothing_to_tell, force=True) == counts
    told = text_of(await chat.say("/papers list"))
    assert ("boats" in told, "kites" in told) == (True, False)
    assert "Paper Boats on Still Water" in text_of(await chat.say("/paper paper bots"))
    assert (await chat.say("/papers follow robots")).outcome == "answered"
    await chat.publish(a_paper("A Paper of the Day After"))
    assert await chat.service.store.papers.count() == 2


async def test_every_row_of_every_table_comes_back(database_url: str, tmp_path: Path) -> None:
    kept = tmp_path / "kept.db"
    store = await Store.open(database_url)
    await fill(store)
    before = await rows_of(store.database)
    counts = await back_up(database_url, kept, NOW, nothing_to_tell)
    assert counts == dict.fromkeys(before, EACH)
    with empty_postgres() as elsewhere:
        for url in (elsewhere, f"sqlite:///{tmp_path}/elsewhere.db", database_url):
            await restore(url, kept, nothing_to_tell, force=url == database_url)
            other = await Store.open(url)
            assert await rows_of(other.database) == before
            await other.close()
    assert await rows_of(store.database) == before
    await store.close()


async def test_a_backup_is_one_file_that_its_owner_alone_can_read(sqlite_url: str, tmp_path: Path) -> None:
    await (await Store.open(sqlite_url)).close()
    place = tmp_path / "backups"
    place.mkdir()
    await back_up(sqlite_url, place / "kept.db", NOW, nothing_to_tell)
    assert await asyncio.to_thread(lambda: [path.name for path in place.iterdir()]) == ["kept.db"]
    assert stat.S_IMODE((place / "kept.db").stat().st_mode) == 0o600
    with sqlite3.connect(f"file:{place}/kept.db?mode=ro&immutable=1", uri=True) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    connection.close()


async def test_a_restored_file_has_readers_beside_a_writer_again(sqlite_url: str, tmp_path: Path) -> None:
    await (await Store.open(sqlite_url)).close()
    await back_up(sqlite_url, tmp_path / "kept.db", NOW, nothing_to_tell)
    await restore(f"sqlite:///{tmp_path}/new.db", tmp_path / "kept.db", nothing_to_tell)
    with sqlite3.connect(tmp_path / "new.db") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


async def test_nothing_is_replaced_unless_asked(database_url: str, tmp_path: Path, clock: Clock) -> None:
    kept = tmp_path / "kept.db"
    service = await Service.open(database_url, clock=clock)
    chat = Chat(service, clock)
    await chat.say("/papers follow boats")
    await back_up(database_url, kept, NOW, nothing_to_tell)
    with pytest.raises(Refused, match=r"kept.db is there already\. Name another file, or add --force to replace it\."):
        await back_up(database_url, kept, NOW, nothing_to_tell)
    with pytest.raises(Refused, match=r"is not empty: .*1 channel.* Add --force to replace all of it\."):
        await restore(database_url, kept, nothing_to_tell)
    await back_up(database_url, kept, NOW, nothing_to_tell, force=True)
    assert "boats" in notice_in(await chat.say("/papers list")) + text_of(await chat.say("/papers list"))
    await service.close()


async def test_what_is_no_whole_backup_changes_nothing(database_url: str, tmp_path: Path, clock: Clock) -> None:
    service = await Service.open(database_url, clock=clock)
    chat = Chat(service, clock)
    await chat.publish(*(a_paper(f"Study {n} of Boats", "Water. " * 200) for n in range(60)))
    whole = await kept(database_url, tmp_path)
    before = await rows_of(service.store.database)
    for name, said in (await asyncio.to_thread(bad_backups, tmp_path, whole)).items():
        with pytest.raises(Refused, match=said):
            await restore(database_url, tmp_path / name, nothing_to_tell, force=True)
    assert await rows_of(service.store.database) == before
    await service.close()


async def kept(database_url: str, place: Path) -> bytes:
    await back_up(database_url, place / "kept.db", NOW, nothing_to_tell)
    return await asyncio.to_thread((place / "kept.db").read_bytes)


def bad_backups(place: Path, whole: bytes) -> dict[str, str]:
    """Files that are none, and what is said of each."""
    (place / "diary.txt").write_text("My diary. Nobody else's business.\n" * 50)
    (place / "empty.db").write_bytes(b"")
    (place / "half.db").write_bytes(whole[: len(whole) // 2])
    (place / "scratched.db").write_bytes(whole[:40_960] + b"\xff" * 8192 + whole[49_152:])
    (place / "live.db").write_bytes(whole)
    (place / "live.db-wal").write_bytes(b"pages that are not in the file yet")
    (place / "newer.db").write_bytes(whole)
    with sqlite3.connect(place / "newer.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with sqlite3.connect(place / "recipes.db") as connection:
        connection.execute("CREATE TABLE recipes (name)")
    connection.close()
    return {
        "missing.db": "There is no file",
        "diary.txt": "is no backup of Paper Round, or it is damaged",
        "empty.db": "is no backup of Paper Round",
        "half.db": "damaged",
        "scratched.db": "damaged",
        "live.db": "is a database in use, or was copied from one",
        "newer.db": "was made by a newer version of Paper Round",
        "recipes.db": "is no backup of Paper Round",
    }


def test_a_damaged_database_is_replaced_by_what_was_kept(program: Program) -> None:  # noqa: F811
    program.run("say", "/papers follow boats")
    program.run("backup", "kept.db")
    with program.database.open("r+b") as file:
        file.seek(4096 * 4)
        file.write(b"\xff" * 60_000)
    assert program.run("doctor").returncode == 1
    restored = program.run("restore", "kept.db", "--force")
    assert (restored.returncode, restored.stderr) == (0, "")
    assert "boats" in program.run("say", "/papers list").stdout
    assert program.run("doctor").returncode == 0


def test_a_disk_that_is_full_leaves_no_half_backup(program: Program) -> None:  # noqa: F811
    program.run("say", "/papers follow boats")
    small = f"ulimit -f 64; exec {sys.executable} -m bot.cli backup kept.db"
    done = subprocess.run(
        ["/bin/sh", "-c", small],
        capture_output=True, text=True, cwd=program.place, env=program.environment, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("The backup can't be made: ")
    assert done.stderr.count("\n") == 1
    assert [path.name for path in program.place.iterdir() if "kept" in path.name or "backup" in path.name] == []
    assert program.run("backup", "kept.db").returncode == 0


def test_the_command_line_keeps_restores_and_moves(program: Program) -> None:  # noqa: F811
    program.run("say", "/papers follow boats")
    kept = program.run("backup", "kept.db")
    assert (kept.returncode, kept.stderr) == (0, "")
    assert kept.stdout.startswith("Kept ")
    assert kept.stdout.endswith(" in kept.db.\n")
    assert "1 channel" in kept.stdout
    again = program.run("backup", "kept.db")
    assert (again.returncode, again.stdout) == (2, "")
    program.run("say", "/papers follow kites")
    assert program.run("restore", "kept.db").returncode == 2
    assert program.run("restore", "kept.db", "--force").stdout.startswith("Restored ")
    assert "kites" not in program.run("say", "/papers list").stdout
    moved = program.run("copy-db", f"sqlite:///{program.database}", "sqlite:///moved.db")
    assert "           1  channel\n" in moved.stdout
    assert moved.stdout.endswith("Both sides count the same.\n")
    assert "boats" in program.run("say", "/papers list", "--database", "sqlite:///moved.db").stdout
    assert program.run("backup", "nowhere/kept.db").stderr == (
        "There is no directory nowhere. Name a file in one that is there.\n"
    )
