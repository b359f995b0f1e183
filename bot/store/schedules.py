"""When channels get digests, how they want them, and when not: each change noted with what takes it back."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot import tables, wallclock
from bot.model import FOREVER, Channel, Schedule
from bot.store.engine import Database
from bot.store.follows import Who, noted, set_columns
from bot.store.timetable import add_schedules, kept, move_on, replace_schedules, schedules_of

USUAL = Schedule("daily", wallclock.WEEKDAYS, time(9))  # what the first follow in a channel sets


_CHANNEL = col(tables.Channel.pk) == bindparam("channel")
_SET_UP_BY = select(col(tables.Channel.set_up_by)).where(_CHANNEL)


class Schedules:
    """The schedules and settings of channels."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def of(self, channel: Channel) -> tuple[Schedule, ...]:
        """What is scheduled there: daily, weekly and monthly, as far as there is one of the kind."""
        async with self._db.glancing() as connection:
            return await schedules_of(connection, channel)

    async def begin(self, channel: Channel, who: Who, now: datetime, zone: str) -> bool:
        """Remember who set the channel up, and set the usual schedule in `zone`; False where there was one before."""

        async def begun(session: AsyncSession) -> bool:
            connection = await session.connection()
            here = {"set_up_by": who.key}
            if await connection.scalar(_SET_UP_BY, {"channel": channel.pk}):
                return False
            is_first = not await schedules_of(connection, channel)
            here |= {"zone": zone} if is_first else {}
            await connection.execute(update(tables.Channel).where(_CHANNEL), {"channel": channel.pk, **here})
            if is_first:
                await add_schedules(session, channel, [USUAL], now)
            return is_first

        return await self._db.write(begun, f"follows of {channel.pk}")

    async def put(
        self, channel: Channel, schedules: Sequence[Schedule], zone: str, who: Who, now: datetime, what: str
    ) -> int:
        """Have these schedules there, in this zone, and no others; the number of the change, which `what` tells."""
        async with self._db.writing(f"follows of {channel.pk}") as session:
            before = await set_columns(session, channel, {"zone": zone})
            undo = {"channel": before, "schedules": await replace_schedules(session, channel, kept(schedules), now)}
            return await noted(session, channel, who, now, what, undo)

    async def pause(self, channel: Channel, until: datetime | None, who: Who, now: datetime, what: str) -> int:
        """Post nothing unasked until then, or until somebody resumes; what was due by then is not made up for."""
        async with self._db.writing(f"follows of {channel.pk}") as session:
            before = await set_columns(session, channel, {"paused_until": until or FOREVER, "pause_reason": ""})
            await move_on(session, channel, now)
            return await noted(session, channel, who, now, what, {"channel": before})

    async def resume(self, channel: Channel, who: Who, now: datetime, what: str) -> int:
        """Go on with the next slot."""
        async with self._db.writing(f"follows of {channel.pk}") as session:
            before = await set_columns(session, channel, {"paused_until": None, "pause_reason": ""})
            await move_on(session, channel, now)
            return await noted(session, channel, who, now, what, {"channel": before})

    async def configure(
        self, channel: Channel, values: Mapping[str, Any], who: Who, now: datetime, what: str
    ) -> int:  # fmt: skip
        """Change some of the channel's settings, as JSON holds them; none takes one back to its usual value."""
        async with self._db.writing(f"follows of {channel.pk}") as session:
            row = await session.get_one(tables.Channel, channel.pk)
            settings = {name: value for name, value in {**row.settings, **values}.items() if value is not None}
            before = await set_columns(session, channel, {"settings": settings})
            return await noted(session, channel, who, now, what, {"channel": before})
