"""Small things to remember: events already handled, and what adapters put down for their next start."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import col

from bot import tables
from bot.store.engine import Database

_SERVICE = "service"  # what we put down ourselves, under a name that no adapter has
_REMEMBERED = timedelta(hours=1)


class Facts:
    """Handled events and adapter facts."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def seen_before(self, event_key: str, now: datetime) -> bool:
        """Whether this event was handled within the hour; remembers it if not."""
        async with self._db.writing(f"event {event_key}") as session:
            await session.execute(delete(tables.Handled).where(col(tables.Handled.at) < now - _REMEMBERED))
            if await session.get(tables.Handled, event_key):
                return True
            session.add(tables.Handled(event_key=event_key, at=now))
            return False

    async def claim(self, name: str, now: datetime, every: timedelta) -> bool:
        """Whether something that is done once in a while, whoever does it, is up: yes to one asker a while."""
        async with self._db.writing(f"claim {name}") as session:
            row = await session.get(tables.AdapterFact, (_SERVICE, name))
            if row and timedelta(0) <= now - datetime.fromisoformat(row.value) < every:
                return False
            await session.merge(tables.AdapterFact(adapter=_SERVICE, key=name, value=now.isoformat()))
            return True

    async def get(self, adapter: str, key: str) -> str | None:
        async with self._db.reading() as session:
            row = await session.get(tables.AdapterFact, (adapter, key))
            return row.value if row else None

    async def put(self, adapter: str, key: str, value: str) -> None:
        async with self._db.writing(f"fact {adapter} {key}") as session:
            await session.merge(tables.AdapterFact(adapter=adapter, key=key, value=value))
