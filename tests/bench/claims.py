"""Claims by several workers at once, none of them twice:  python -m tests.bench.claims

Four processes claim messages in the order in which they are due, 20 at a time, from one PostgreSQL database
(TEST_DATABASE_URL's server), and end each at once, until so many are claimed or the time is up.
"""

import argparse
import asyncio
import sys
import time
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from multiprocessing.queues import Queue

from sqlalchemy import text, update
from sqlmodel import col

from bot import tables
from bot.store import Store
from tests.bench.backlog import CHANNELS, Backlog
from tests.conftest import empty_postgres

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LEASE = timedelta(hours=1)

_MANY = """
    WITH made AS (
        INSERT INTO digest (channel_pk, slot, kind, day, picks, note, nearest, due_at, composed_at)
        SELECT 1 + n % :channels, 'claim ' || n, 'note', :day, '[]', '', '', :now, :now
        FROM generate_series(1, :count) AS n
        RETURNING pk, channel_pk)
    INSERT INTO delivery (digest_pk, channel_pk, platform, part, key, state, due_at, worker, attempts, is_plain,
                          message, url, error, changed_at)
    SELECT pk, channel_pk, 'fake', 0, 'k' || pk, 'waiting', :now, '', 0, false, '', '', '', :now FROM made
"""


def work(url: str, name: str, until: float, out: "Queue[list[int]]") -> None:
    out.put(asyncio.run(_claims(url, name, until)))


async def _claims(url: str, name: str, until: float) -> list[int]:
    store = await Store.open(url)
    pks: list[int] = []
    try:
        while time.time() < until:
            claims = await store.outbox.claim(NOW, name, "fake", LEASE)
            if not claims:
                return pks
            mine = [claim.pk for claim in claims]
            pks += mine
            async with store.database.writing() as session:
                over = update(tables.Delivery).where(col(tables.Delivery.pk).in_(mine))
                await session.execute(over.values(state="sent", due_at=None))
        return pks
    finally:
        await store.close()


async def _fill(url: str, messages: int) -> None:
    store = await Store.open(url)
    await Backlog(store).put(CHANNELS, NOW)  # makes the channels
    given = {"channels": CHANNELS, "day": NOW.date(), "now": NOW, "count": messages}
    async with store.database.writing() as session:
        await session.execute(update(tables.Delivery).values(state="sent", due_at=None))
        await session.execute(text(_MANY), given)
    async with store.database.engine.connect() as connection:
        await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(text("VACUUM ANALYZE"))
    await store.close()


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--claims", type=int, default=1_000_000)
    options.add_argument("--workers", type=int, default=4)
    options.add_argument("--seconds", type=float, default=300.0)
    chosen = options.parse_args()
    with empty_postgres() as url:
        asyncio.run(_fill(url, chosen.claims))
        return _bench(url, chosen)


def _bench(url: str, chosen: argparse.Namespace) -> int:
    context = get_context("spawn")
    out: Queue[list[int]] = context.Queue()
    begun = time.time()
    names = [f"worker {n}" for n in range(chosen.workers)]
    crew = [context.Process(target=work, args=(url, name, begun + chosen.seconds, out)) for name in names]
    for worker in crew:
        worker.start()
    claimed = [out.get() for _ in crew]
    for worker in crew:
        worker.join()
    took = time.time() - begun
    pks = [pk for mine in claimed for pk in mine]
    doubled = len(pks) - len(set(pks))
    shares = ", ".join(f"{len(mine):,}" for mine in claimed)
    print(f"{len(pks):,} of {chosen.claims:,} claimed in {took:.0f} s by {chosen.workers} workers ({shares})")
    print(f"claimed twice: {doubled}; {len(pks) / took:,.0f} claims a second")
    return int(doubled > 0)


if __name__ == "__main__":
    sys.exit(main())
