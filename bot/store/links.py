"""Secret names that stand for channels in links."""

from datetime import datetime, timedelta
from typing import cast

from bot import tables
from bot.adapter import ChannelRef
from bot.model import ChannelKind
from bot.store.channels import found_in
from bot.store.engine import Database
from bot.store.tokens import LINK, hashed, subject_of

_FRESH = timedelta(days=30)  # a name in use is put down anew so often, and so is not forgotten


class Links:
    """Which channel a name stands for. A name that was not put down again for 13 months is forgotten."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def keep(self, name: str, channel: ChannelRef, now: datetime) -> None:
        """Let the name stand for the channel from now on."""
        digest, subject = hashed(LINK, name), subject_of(channel)
        async with self._db.reading() as session:
            row = await session.get(tables.Token, digest)
            if row and row.subject == subject and now - row.made_at < _FRESH:
                return
        async with self._db.writing(f"link {digest}") as session:
            await session.merge(tables.Token(digest=digest, purpose=LINK, subject=subject, made_at=now))

    async def find(self, name: str) -> ChannelRef | None:
        """What the name stands for, if that channel is still known."""
        async with self._db.reading() as session:
            row = await session.get(tables.Token, hashed(LINK, name))
            if row is None or row.purpose != LINK:
                return None
            platform, workspace, kind, id = row.subject.split("/", 3)
            ref = ChannelRef(platform, workspace, id, id, cast(ChannelKind, kind))
            return ref if await found_in(session, ref) else None
