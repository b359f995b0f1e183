"""How fast people are answered at Slack:  python -m tests.bench.slack --data DIR [--seconds 60] [--rate 50] [--faults]

The program as it is (`paper-round serve`, a process of its own, on an SQLite file or the PostgreSQL server of
--database) connected to a Slack of ours by Socket Mode, with the papers of DIR filled up to 100,000,
which came 700 a day. Ten seconds after its start commands come, each when it is due, however long the ones before take:
60 % look papers up, 20 % list what is followed, 20 % follow; meanwhile the jobs that fit topics and look for digests
run, as they always do. --faults: what becomes of digests and commands
when Slack misbehaves instead.
"""

import argparse
import asyncio
import logging
import os
import random
import sys
import tempfile
import time
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.picking.topics import known
from bot.service import Service, utc_now
from bot.text import shorten
from tests.bench import slack_faults, stores
from tests.bench.lookup import fill_up, percentile
from tests.conftest import empty_postgres
from tests.fakes.slack.api import APP_TOKEN, BOT_TOKEN, TEAM
from tests.fakes.slack.person import WAIT
from tests.fakes.slack.socket import Workspace

CHANNELS, PEOPLE = 200, 100
MIX = ("paper",) * 6 + ("list",) * 2 + ("follow",) * 2
ACK_GOAL, REPLY_GOAL = 200.0, 500.0  # milliseconds, of 99 and of 95 in a hundred
EACH = 5  # channels that a fault hits
PATIENCE = 30.0  # seconds after the last command


@dataclass
class Waits:
    """Milliseconds until the acknowledgement and until the answer, by kind of command."""

    acks: list[float] = field(default_factory=list)
    replies: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    unanswered: int = 0

    @property
    def answered(self) -> list[float]:
        return [wait for waits in self.replies.values() for wait in waits]


async def measure(folder: Path, server: str, wanted: int, rate: float, seconds: float) -> Waits:
    papers = stores.files(folder, "papers*.jsonl.gz")
    titles = [str(row["title"]) for row in stores.rows(papers)]
    async with _database(server) as url:
        service = await Service.open(url, clock=utc_now)
        await stores.imported(service, papers)
        await fill_up(service, titles, wanted)
        await stores.spread(service)
        print(f"{await service.store.papers.count():,} papers")
        await service.close()
        async with Workspace() as slack, _program(url, slack):
            await slack.connected(60)
            await _speak(slack, "/papers preview recsys", random.Random(0), Waits(), "")  # it has read its papers now
            await asyncio.sleep(stores.SETTLING)
            waits = await _storm(slack, titles, rate, seconds)
            print(f"{len(slack.violations)} payloads that Slack would refuse {slack.violations[:3]}")
            return waits


@asynccontextmanager
async def _database(server: str) -> AsyncIterator[str]:
    with tempfile.TemporaryDirectory() as place:
        if not server:
            yield f"sqlite:///{place}/papers.db"
            return
        with empty_postgres(server) as url:
            yield url


@asynccontextmanager
async def _program(url: str, slack: Workspace) -> AsyncIterator[None]:
    """`paper-round serve`, until left."""
    settings = {
        "SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_APP_TOKEN": APP_TOKEN, "SLACK_API_URL": slack.url,
        "PAPER_ROUND_HTTP": "off", "PAPER_ROUND_DATABASE_URL": url,
    }  # fmt: skip
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.cli", "serve", env=os.environ | settings, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield
    finally:
        running.terminate()
        await running.wait()


async def _storm(slack: Workspace, titles: Sequence[str], rate: float, seconds: float) -> Waits:
    draw, waits, under_way = random.Random(6), Waits(), set()
    begun = time.monotonic()
    for n in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, begun + n / rate - time.monotonic()))
        kind = draw.choice(MIX)
        line = {
            "paper": f"/paper {shorten(draw.choice(titles), 200)}",
            "list": "/papers list",
            "follow": f"/papers follow {draw.choice(known())}",
        }[kind]
        under_way.add(asyncio.create_task(_speak(slack, line, draw, waits, kind)))
    await asyncio.wait(under_way, timeout=PATIENCE)
    return waits


async def _speak(slack: Workspace, line: str, draw: random.Random, waits: Waits, kind: str) -> None:
    """Type it, and wait for what comes back."""
    command, _, text = line.partition(" ")
    channel, person, id = f"C{draw.randrange(CHANNELS)}", f"U{draw.randrange(PEOPLE)}", uuid.uuid4().hex
    if channel not in slack.rooms:
        slack.room(channel, f"channel-{channel}")
    begun = time.monotonic()
    body = {
        "command": command, "text": text, "user_id": person, "user_name": person, "team_id": TEAM,
        "channel_id": channel, "channel_name": channel, "trigger_id": slack.trigger(),
        "response_url": slack.response_url(id),
    }  # fmt: skip
    acknowledged = await slack.deliver("slash_commands", body)
    waits.acks.append(acknowledged.seconds * 1000)
    try:
        await slack.until(lambda: any(WAIT not in one["text"] for one in slack.responses[id]), seconds=PATIENCE)
        waits.replies[kind].append((time.monotonic() - begun) * 1000)
    except TimeoutError:
        waits.unanswered += 1


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path, help="the directory of papers")
    options.add_argument(
        "--database", default="", help="a PostgreSQL server to make a database on; else an SQLite file"
    )
    options.add_argument("--papers", type=int, default=100_000, help="that the store is filled up to")
    options.add_argument("--seconds", type=float, default=60.0)
    options.add_argument("--rate", type=float, default=50.0, help="commands a second")
    options.add_argument("--faults", action="store_true", help="what becomes of digests when Slack misbehaves")
    chosen = options.parse_args()
    if chosen.faults:
        logging.disable(logging.ERROR)
        asyncio.run(slack_faults.faults(EACH))
        return 0
    if chosen.data is None:
        options.error("--data is needed")
    waits = asyncio.run(measure(chosen.data, chosen.database, chosen.papers, chosen.rate, chosen.seconds))
    ack, reply = percentile(waits.acks, 0.99), percentile(waits.answered, 0.95)
    print(f"acknowledged: p50 {percentile(waits.acks, 0.5):.0f} ms, p99 {ack:.0f} ms (goal {ACK_GOAL:.0f})")
    print(f"answered: p50 {percentile(waits.answered, 0.5):.0f} ms, p95 {reply:.0f} ms (goal {REPLY_GOAL:.0f})")
    for kind, times in sorted(waits.replies.items()):
        print(f"  {kind:7} {len(times):5}  p50 {percentile(times, 0.5):5.0f}  p95 {percentile(times, 0.95):5.0f} ms")
    print(f"{waits.unanswered} unanswered")
    return int(ack > ACK_GOAL or reply > REPLY_GOAL or waits.unanswered > 0)


if __name__ == "__main__":
    sys.exit(main())
