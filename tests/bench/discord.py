"""How fast people on Discord are answered:  python -m tests.bench.discord --data DIR [--titles N] [--rate R]

A store of N titles (made from those of DIR/papers*.jsonl.gz, 100,000 unless told otherwise), a Discord on 127.0.0.1,
and the service as a process of its own. From ten seconds after its start people ask R times a second whether or not
they were answered (open loop, for 60 s or --seconds): 60 % look papers up, 20 % list, 20 % follow, while digests of 40
channels are composed. Then titles are completed. Times are what a person waits: from the interaction to the answer that
they see.

--faults instead: what becomes of digests, and of what people ask, when REST and the gateway fail.
"""

import argparse
import asyncio
import logging
import os
import random
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from bot.adapter import ChannelRef, Invocation
from bot.markup import plain
from bot.picking.topics import known
from bot.service import Service, utc_now
from tests.bench import stores
from tests.bench.discord_faults import rest_faults
from tests.bench.discord_gateway import gateway_faults
from tests.bench.lookup import fill_up, percentile
from tests.fakes.discord.people import Person
from tests.fakes.discord.rest import TOKEN
from tests.fakes.discord.whole import WholeDiscord
from tests.fakes.discord.world import Guild

PLACE = Path("/dev/shm") if Path("/dev/shm").exists() else Path()
CHANNELS, DUE = 80, 40  # in the server, and those of them with a digest on the way
COMPLETED = 200
READY_SECONDS = 120.0


async def load(folder: Path, titles: int, seconds: float, rate: float) -> bool:
    """Measure and print; True where nothing was refused and everybody was answered."""
    draw = random.Random(6)
    real = [plain(row["title"]) for row in stores.rows(stores.files(folder, "papers*.jsonl.gz"))]
    database = PLACE / f"paper-round-bench-{os.getpid()}.db"
    try:
        async with WholeDiscord(utc_now) as discord:
            discord.rest.is_busy = True
            guild = discord.add_guild("Bench", *(f"channel-{n}" for n in range(CHANNELS)))
            await _prepare(f"sqlite:///{database}", folder, real, titles, guild)
            async with _serving(discord, database):
                people = [discord.person(f"Person {n}", one) for n, one in enumerate(guild.channels.values())]
                promised, answered = await _ask(people, real, seconds, rate, draw)
                completed = await _complete(people[0], real, draw)
            discord.rest.read_all()
            posts = sum(len(discord.posted(channel)) for channel in guild.channels.values())
            print(f"asked {len(promised):,} times at {rate:g} a second; {posts} messages posted meanwhile")
            _told("promised", promised)
            _told("answered", [ms for times in answered.values() for ms in times])
            for path, times in answered.items():
                _told(f"  {path}", times)
            _told("completed", completed)
            print(f"violations {len(discord.violations)}")
            return not discord.violations
    finally:
        for file in PLACE.glob(f"{database.name}*"):
            file.unlink()


async def _prepare(url: str, folder: Path, real: Sequence[str], titles: int, guild: Guild) -> None:
    service = await Service.open(url, clock=utc_now)
    await stores.imported(service, stores.files(folder, "papers*.jsonl.gz"))
    await fill_up(service, real, titles)
    await stores.spread(service)
    await service.index.fresh()  # it is there wherever the service has run before
    soon = (utc_now() + timedelta(minutes=1)).strftime("%H:%M")
    topics = known()
    for n, channel in enumerate(list(guild.channels.values())[:DUE]):
        ref = ChannelRef("discord", guild.id, channel["id"], channel["name"])
        for said in (f"/papers follow {topics[n % len(topics)]}", f"/papers schedule daily {soon} UTC"):
            await service.handle(Invocation(ref, "operator", text=said))
    await service.close()


@asynccontextmanager
async def _serving(discord: WholeDiscord, database: Path) -> AsyncIterator[None]:
    environment = {
        **os.environ,
        "DISCORD_TOKEN": TOKEN,
        "DISCORD_API_URL": discord.rest.base,
        "DISCORD_GATEWAY_URL": discord.gateway_url,
        "PAPER_ROUND_DATABASE_URL": f"sqlite:///{database}",
        "PAPER_ROUND_HTTP": "off",
    }
    bot = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.cli", "serve", env=environment, stderr=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await discord.gateway.until(lambda: "identify" in discord.gateway.log, READY_SECONDS)
        await asyncio.sleep(stores.SETTLING)
        yield
    finally:
        bot.terminate()
        await bot.wait()


async def _ask(
    people: Sequence[Person], real: Sequence[str], seconds: float, rate: float, draw: random.Random
) -> tuple[list[float], dict[str, list[float]]]:
    """Milliseconds to the promise of an answer, and to the answer itself by what was asked."""
    promised: list[float] = []
    answered: dict[str, list[float]] = {"paper": [], "papers list": [], "papers follow": []}

    async def ask(person: Person, path: str, **options: object) -> None:
        began = time.perf_counter()
        told = await person.slash(path, **options)
        answered[path].append(1000 * (time.perf_counter() - began))
        promised.append(1000 * (told.promised_at - began))

    begun, asking, topics = time.perf_counter(), [], known()
    for n in range(int(seconds * rate)):
        await asyncio.sleep(max(0.0, begun + n / rate - time.perf_counter()))
        person, kind = draw.choice(people), draw.random()
        if kind < 0.6:
            said = ask(person, "paper", title=draw.choice(real))
        elif kind < 0.8:
            said = ask(person, "papers list")
        else:
            said = ask(person, "papers follow", topic=draw.choice(topics))
        asking.append(asyncio.create_task(said))
    await asyncio.gather(*asking)
    return promised, answered


async def _complete(person: Person, real: Sequence[str], draw: random.Random) -> list[float]:
    """Milliseconds to what is offered, for titles of which some letters are typed."""
    times = []
    for _ in range(COMPLETED):
        title = draw.choice(real)
        began = time.perf_counter()
        await person.types("paper", "title", title[: draw.randrange(3, max(4, len(title)))])
        times.append(1000 * (time.perf_counter() - began))
    return times


async def _faults() -> bool:
    is_well = [await rest_faults(), await gateway_faults()]
    return all(is_well)


def _told(what: str, times: Sequence[float]) -> None:
    parts = " ".join(f"p{100 * part:g} {percentile(times, part):8.1f}" for part in (0.5, 0.95, 0.99))
    print(f"{what:16} {parts} max {max(times, default=0):8.1f} ms")


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path, help="the directory of papers")
    options.add_argument("--titles", type=int, default=100_000)
    options.add_argument("--seconds", type=float, default=60.0)
    options.add_argument("--rate", type=float, default=50.0)
    options.add_argument("--faults", action="store_true")
    chosen = options.parse_args()
    if chosen.faults:
        logging.disable(logging.ERROR)
        return 0 if asyncio.run(_faults()) else 1
    if not chosen.data:
        options.error("--data names the directory of papers")
    return 0 if asyncio.run(load(chosen.data, chosen.titles, chosen.seconds, chosen.rate)) else 1


if __name__ == "__main__":
    sys.exit(main())
