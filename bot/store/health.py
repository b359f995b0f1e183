"""Whether a database is whole: asked by the doctor, changing nothing."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from bot.store.engine import Database
from bot.store.migrations import HEAD
from bot.store.papers import Papers
from bot.store.versions import current_version

_LOST_SQLITE = text("SELECT count(*) FROM paper WHERE pk NOT IN (SELECT rowid FROM paper_search)")
_LOST_POSTGRESQL = text("SELECT count(*) FROM paper WHERE pk NOT IN (SELECT paper_pk FROM paper_search)")


@dataclass(frozen=True, slots=True)
class Health:
    """How a database is. damage: in a few words, empty where it is whole. unfindable: papers that look-up lacks."""

    version: str | None
    damage: str = ""
    has_full_text: bool = True
    papers: int = 0
    unfindable: int = 0
    newest: datetime | None = None

    @property
    def is_current(self) -> bool:
        return self.version == HEAD


async def is_current(database: Database) -> bool:
    """Whether the database is of the version that this program reads. Raises Fault where it does not answer."""
    async with database.reading() as session:
        return await (await session.connection()).run_sync(current_version) == HEAD


async def examine(database: Database) -> Health:
    """Look at an existing database. Raises Fault where it can't be read at all."""
    async with database.reading() as session:
        connection = await session.connection()
        version = await connection.run_sync(current_version)
        damage, has_full_text = "", True
        if database.is_sqlite:
            check = str((await connection.execute(text("PRAGMA integrity_check(1)"))).scalar())
            orphans = len((await connection.execute(text("PRAGMA foreign_key_check"))).all())
            damage = check[:80] if check != "ok" else f"{orphans} rows belong to nothing" if orphans else ""
            options = {row[0] for row in await connection.execute(text("PRAGMA compile_options"))}
            has_full_text = "ENABLE_FTS5" in options
        if version != HEAD:
            return Health(version, damage, has_full_text)
        lost = _LOST_SQLITE if database.is_sqlite else _LOST_POSTGRESQL
        unfindable = (await connection.execute(lost)).scalar() or 0
    papers = Papers(database)
    return Health(version, damage, has_full_text, await papers.count(), unfindable, await papers.newest_listing())
