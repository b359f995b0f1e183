"""Saved papers whose text a newer version has changed: told once to whoever saved them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlmodel import col

from bot import tables
from bot.model import Channel, Paper
from bot.store.engine import Database
from bot.store.notes import put_note
from bot.store.rows import as_paper

_Saved, _Paper = tables.Saved, tables.Paper
_IS_OTHER = (col(_Saved.paper_pk) == col(_Paper.pk), col(_Saved.fingerprint) != col(_Paper.fingerprint))
_IS_NEWER = (*_IS_OTHER, col(_Saved.version) > 0, col(_Paper.version) > col(_Saved.version))


class Revisions:
    """What is new in the papers that people keep. user: a key that is one person's alone."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def untold(self) -> Mapping[str, Sequence[Paper]]:
        """By user, the saved papers whose title or abstract changed with a newer version."""
        query = select(col(_Saved.user), _Paper).join(_Paper, _IS_OTHER[0]).where(*_IS_NEWER)
        found: defaultdict[str, list[Paper]] = defaultdict(list)
        async with self._db.reading() as session:
            for user, paper in await session.execute(query.order_by(col(_Saved.pk))):
                found[user].append(as_paper(paper))
        return found

    async def tell(
        self, user: str, papers: Sequence[Paper], channel: Channel, slot: str, note: str, now: datetime
    ) -> bool:
        """Put the note on these in the outbox, and remember that it was; False where the slot is taken."""
        mine = (col(_Saved.user) == user, col(_Saved.paper_pk).in_([paper.pk for paper in papers]))
        async with self._db.writing(f"reading of {user}") as session:
            if not await put_note(session, channel, slot, note, now):
                return False
            await session.execute(_as_now(*mine, *_IS_NEWER))
            return True

    async def settle(self) -> None:
        """Take other changes of text as they are, such as an abstract that was missing: nobody is told of these."""
        is_same_version = (*_IS_OTHER, (col(_Saved.version) == 0) | (col(_Saved.version) >= col(_Paper.version)))
        async with self._db.writing() as session:
            await session.execute(_as_now(*is_same_version))


def _as_now(*which: Any) -> Any:
    as_is = {"version": col(_Paper.version), "fingerprint": col(_Paper.fingerprint)}
    return update(_Saved).where(*which).values(as_is).execution_options(synchronize_session=False)
