"""Who asked for which digests to be mailed where: a question, until whoever reads mail there confirms it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot import tables
from bot.adapter import mailed_to
from bot.mailbox import mailbox
from bot.model import Channel
from bot.store.engine import Database
from bot.store.notes import put_note
from bot.store.tokens import REQUEST, forget_requests, hashed, subject_of

CONFIRM = "confirm "  # how the slot of a note begins that asks for a confirmation; the request's id follows
OPEN = timedelta(days=2)  # for which a request can be confirmed
KEPT = timedelta(days=7)  # for which it is kept at all
_DAY, _PAUSE = timedelta(days=1), timedelta(minutes=10)  # between two mails that ask the same mailbox
_A_MAILBOX, _AN_ASKER, _ALL = 3, 20, 1000  # mails that ask, a day: to one mailbox, for one asker, and in all

Asked = Literal["asked", "lately", "too often"]


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody wants to be mailed to an address. by: who asked, by a key.

    follows: what to follow, as `import` takes it. zone: the time zone there; when: the schedule as it is typed, empty
    for the usual one.
    """

    address: str
    by: str
    follows: str
    zone: str
    when: str = ""


class Requests:
    """The requests of the last days. An id is good for one confirmation; what names it in a mail is signed besides."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def may_ask(self, request: Request, now: datetime) -> Asked:
        """What `ask` would say, nothing put down: a request too many leaves no trace."""
        async with self._db.reading() as session:
            return await _verdict(session, request, now)

    async def ask(self, id: str, request: Request, channel: Channel, note: str, now: datetime) -> Asked:
        """Put the request down, and the mail that asks for a confirmation in the outbox; or why not.

        `lately` where that mailbox was asked a moment ago or often enough, whatever stands after its +; `too often`
        where the asker has asked for too many, or all askers have.
        """
        async with self._db.writing("requests") as session:
            if (verdict := await _verdict(session, request, now)) != "asked":
                return verdict
            subject = f"{subject_of(mailed_to(request.address))}\n{json.dumps(asdict(request))}"
            session.add(tables.Token(digest=hashed(REQUEST, id), purpose=REQUEST, subject=subject, made_at=now))
            await put_note(session, channel, f"{CONFIRM}{id}", note, now)
            return "asked"

    async def find(self, id: str, now: datetime) -> Request | None:
        """The request of that id, if it can still be confirmed."""
        async with self._db.reading() as session:
            row = await session.get(tables.Token, hashed(REQUEST, id))
            is_open = row and row.purpose == REQUEST and row.used_at is None and now - row.made_at <= OPEN
            return _as_request(row) if row and is_open else None

    async def settle(self, id: str, now: datetime) -> None:
        """It was confirmed: nobody confirms it again."""
        one = update(tables.Token).where(col(tables.Token.digest) == hashed(REQUEST, id))
        async with self._db.writing() as session:
            await session.execute(one.values(used_at=now))

    async def withdraw(self, channel: Channel) -> None:
        """Take back all that was asked for there."""
        async with self._db.writing("requests") as session:
            await forget_requests(session, channel)


async def _verdict(session: AsyncSession, request: Request, now: datetime) -> Asked:
    today = [(row.made_at, _as_request(row)) for row in await _since(session, now - _DAY)]
    theirs = [at for at, one in today if mailbox(one.address) == mailbox(request.address)]
    if len(theirs) >= _A_MAILBOX or any(now - at < _PAUSE for at in theirs):
        return "lately"
    is_too_often = len(today) >= _ALL or sum(one.by == request.by for _, one in today) >= _AN_ASKER
    return "too often" if is_too_often else "asked"


async def _since(session: AsyncSession, first: datetime) -> Sequence[tables.Token]:
    recent = (col(tables.Token.purpose) == REQUEST, col(tables.Token.made_at) > first)
    return (await session.scalars(select(tables.Token).where(*recent))).all()


def _as_request(row: tables.Token) -> Request:
    return Request(**json.loads(row.subject.partition("\n")[2]))
