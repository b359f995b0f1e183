"""What becomes of what people ask while Discord's gateway fails: counted from Discord's own log.

Part of `python -m tests.bench.discord --faults`. Discord itself drops what is said while a session that is over is
begun anew: then nothing is asked. Its clock stands, so that no answer comes too late.
"""

import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress

from bot.service import utc_now
from tests.conftest import Clock
from tests.discord import Server, serving_discord
from tests.fakes.discord.people import Told
from tests.fakes.discord.whole import WholeDiscord
from tests.papers import a_paper

ROUNDS, AT_ONCE = 20, 12
SILENCE_SECONDS, HEARTBEAT_MS = 8.0, 1_000  # a session begun anew is silent for 5 s: Discord wants that pause
SETTLE_SECONDS = 60.0
PAPER = a_paper("Listening to Volcanoes", "We listen to volcanoes before they erupt.", authors=("Vera Vent",))

Way = Callable[[Server], Awaitable[None]]


async def gateway_faults() -> bool:
    """Ask while connections end in each way in turn; print, and tell whether nothing was lost or doubled."""
    with tempfile.TemporaryDirectory() as place:
        url, clock = f"sqlite:///{place}/papers.db", Clock(utc_now())
        async with serving_discord(url, clock, silence_seconds=SILENCE_SECONDS, prepare=_hasty) as server:
            await server.publish(PAPER)
            told, counts = [], Counter[str]()
            for n in range(ROUNDS):
                name, way = list(WAYS.items())[n % len(WAYS)]
                counts[name] += 1
                told += await _asked_while(server, way)
            gateway = server.discord.gateway
            answers = [len(one.messages) for one in told]
            lost, doubled = answers.count(0), sum(count > 1 for count in answers)
            again = f"resumed {gateway.log.count('resume')}, begun anew {gateway.log.count('identify') - 1}"
            print(f"gateway: {', '.join(f'{name} {count}' for name, count in counts.items())}; {again}")
            print(
                f"gateway: asked {len(told)}, lost {lost}, doubled {doubled}, refused {len(server.discord.violations)}"
            )
            return not (lost or doubled or server.discord.violations)


async def _dropped(server: Server) -> None:
    server.discord.gateway.drop()


async def _asked_to_reconnect(server: Server) -> None:
    await server.discord.gateway.ask_to_reconnect()


async def _closed(server: Server) -> None:
    await server.discord.gateway.close(4000)


async def _invalid(server: Server) -> None:
    await server.discord.gateway.invalidate(resumable=True)


async def _dead(server: Server) -> None:
    server.discord.gateway.die()


async def _over(server: Server) -> None:
    gateway = server.discord.gateway
    times = gateway.log.count("identify")
    await gateway.invalidate()
    await gateway.identified(times + 1)


WAYS: dict[str, Way] = {
    "dropped": _dropped, "asked to reconnect": _asked_to_reconnect, "closed": _closed, "invalid": _invalid,
    "dead": _dead, "session over": _over,
}  # fmt: skip


async def _asked_while(server: Server, way: Way) -> list[Told]:
    """What was told to people who ask just before and just after the connection ends in this way."""
    asked = [await _ask(server) for _ in range(AT_ONCE // 2)] if way is not _over else []
    await way(server)
    asked += [await _ask(server) for _ in range(AT_ONCE - len(asked))]
    with suppress(TimeoutError):
        await server.discord.rest.until(lambda: all(told.messages for told in asked), SETTLE_SECONDS)
    return asked


async def _ask(server: Server) -> Told:
    return await server.discord.speaking.begin(server.ada.chose("paper", title=PAPER.title))


def _hasty(discord: WholeDiscord) -> None:
    discord.gateway.heartbeat_ms = HEARTBEAT_MS
