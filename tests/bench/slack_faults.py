"""What becomes of digests and commands when Slack misbehaves, counted from the server's own log.

    python -m tests.bench.slack --faults
    python -m tests.bench.slack_faults [--each CHANNELS]

Every fault hits a digest's message in some channels and the reply below it in others, with the history scopes and
without; then every fault of a socket, with a command after it. The outbox, the adapter and the database are the real
ones; the clock of deliveries is moved, sockets run in real time.
"""

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.adapter import ChannelRef, Invocation
from bot.digests.deliver import Outbox
from bot.service import Service
from tests.conftest import Clock
from tests.fakes.digests import compose
from tests.fakes.slack.api import SCOPES, TEAM, Body, SlackApi
from tests.fakes.slack.poster import SlackPost
from tests.fakes.slack.team import Team, a_team

FAULTS = (
    "429 5", "429 300", "503", "stored 503", "drop", "stored drop", "hang", "stored hang", "html", "stored html",
    "error internal_error", "error ratelimited",
)  # fmt: skip
UNSURE = ("503", "drop", "hang", "html", "internal_error")  # whoever gets these does not know what became of it
NO_HISTORY = ",".join(scope for scope in SCOPES.split(",") if "history" not in scope)
POST_SECONDS = 1.0  # that an answer may take here, so that what hangs takes no longer
MINUTES = 60  # by the clock that is moved


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a reader of the channels finds: messages, and replies below them."""

    digests: int
    lost: int
    doubled: int
    replies_lost: int
    replies_doubled: int
    unsure: int
    asked: int
    violations: int

    @property
    def line(self) -> str:
        return (
            f"{self.digests} digests: lost {self.lost}, doubled {self.doubled}; replies lost {self.replies_lost}, "
            f"doubled {self.replies_doubled}; {self.unsure} messages in doubt, {self.asked} asked about; "
            f"{self.violations} payloads refused"
        )


async def faults(each: int) -> None:
    """Run all of it and print what was counted."""
    for title, scopes in (("with history", SCOPES), ("without", NO_HISTORY)):
        print(f"{title:>13}: {(await _deliveries(scopes, each)).line}", flush=True)
    with tempfile.TemporaryDirectory() as place:
        async with a_team("socket", f"sqlite:///{place}/papers.db", Clock(), seconds=600) as team:
            for name, strike in STRIKES.items():
                print(f"{name:>22}: {await strike(team)}", flush=True)


async def _deliveries(scopes: str, each: int) -> Outcome:
    plan = [(fault, is_reply) for fault in FAULTS for is_reply in (False, True) for _ in range(each)]
    clock = Clock()
    async with _office(scopes, clock) as (service, slack):
        adapter = SlackPost(slack.url, sleep=clock.sleep, clock=lambda: clock().timestamp())
        channels = []
        for n, (fault, is_reply) in enumerate(plan):
            channel = slack.room(f"C{n:04}", f"papers-{n}").id
            ref = ChannelRef("slack", TEAM, channel, f"papers-{n}")
            await service.handle(Invocation(ref, "U0ADA", "ada", text="/papers follow paper boats"))
            await compose(
                service.store, channel, f"Paper Boats {n}", f"Kites {n}", now=clock(), platform="slack", workspace=TEAM,
                name=ref.name,
            )  # fmt: skip
            slack.will(*(["ok"] if is_reply else []), fault, channel=channel)
            channels.append(channel)
        worker = Outbox(
            service.store, [adapter], worker="one", clock=clock, sleep=clock.sleep, post_seconds=POST_SECONDS
        )
        for _ in range(MINUTES):
            await worker.deliver_due()
            clock.forward(minutes=1)
        await adapter.close()
        return _counted(slack, channels)


@asynccontextmanager
async def _office(scopes: str, clock: Clock) -> AsyncIterator[tuple[Service, SlackApi]]:
    with tempfile.TemporaryDirectory() as place:
        service = await Service.open(f"sqlite:///{place}/papers.db", clock=clock)
        async with SlackApi(scopes=scopes, clock=lambda: clock().timestamp()) as slack:
            yield service, slack
        await service.close()


def _counted(slack: SlackApi, channels: list[str]) -> Outcome:
    mains = {channel: [_mark(one) for one in slack.seen(channel)] for channel in channels}
    below = {
        channel: [_mark(one) for one in slack.rooms[channel].messages if "thread_ts" in one] for channel in channels
    }
    keys = {call.body["channel"]: _mark(call.body)["delivery"] for call in slack.log if _is_digest(call.body)}
    wanted = {_mark(call.body)["delivery"]: _mark(call.body)["replies"] for call in slack.log if _is_digest(call.body)}
    unsure = {
        _mark(call.body)["delivery"] for call in slack.log if _is_digest(call.body) and call.order.endswith(UNSURE)
    }
    asked = {
        button["value"]
        for dm in slack.rooms.values()
        if dm.id.startswith("D")
        for one in dm.messages
        for button in _buttons(one)
    }
    parts = {channel: Counter(one["part"] for one in marks) for channel, marks in below.items()}
    return Outcome(
        digests=len(channels),
        lost=sum(not marks for marks in mains.values()),
        doubled=sum(len(marks) > 1 for marks in mains.values()),
        replies_lost=sum(wanted[keys[channel]] - len(parts[channel]) for channel in channels if mains[channel]),
        replies_doubled=sum(count > 1 for each in parts.values() for count in each.values()),
        unsure=len(unsure),
        asked=sum(f"digest again:{key}" in asked for key in unsure),
        violations=len(slack.violations),
    )


def _is_digest(body: Body) -> bool:
    return "replies" in _mark(body)


def _mark(body: Body) -> Body:
    payload: Body = (body.get("metadata") or {}).get("event_payload", {})
    return payload


def _buttons(message: Body) -> list[Body]:
    return [one for block in message["blocks"] if block["type"] == "actions" for one in block["elements"]]


async def _closed(team: Team) -> str:
    return await _struck(team, team.slack.closes)


async def _aborted(team: Team) -> str:
    return await _struck(team, team.slack.drops)


async def _refreshed(team: Team) -> str:
    return await _struck(team, team.slack.refreshes)


async def _stalled(team: Team) -> str:
    """A socket on which nothing comes back, not even to a ping."""
    team.slack.is_deaf = True
    await team.slack.drops()
    await team.slack.connected(90)
    team.slack.is_deaf = False
    before, begun = team.slack.connections, time.monotonic()
    await team.slack.until(lambda: team.slack.connections > before, 90)
    return f"noticed after {time.monotonic() - begun:.1f} s; {await _asked(team)}"


async def _repeated(team: Team) -> str:
    """The same event three times, in envelopes of its own and again in the same."""
    before = _heard(team)
    said = {
        "type": "app_mention", "user": "U0ADA", "text": "<@U0BOT> help", "ts": f"{time.time():.6f}", "channel": "C0ML",
        "team": TEAM,
    }  # fmt: skip
    for retry in range(3):
        await team.slack.event(said, id="Ev0SAME", retry=retry)
    answer = await _asked(team)
    return f"3 deliveries of one mention, {_heard(team) - before} answer; {answer}"


def _heard(team: Team) -> int:
    """How much the bot said to that mention: in the channel, or to one person in it."""
    return len(team.slack.rooms["C0ML"].messages) + len(team.slack.ephemeral)


async def _struck(team: Team, strike: Callable[[], Awaitable[None]]) -> str:
    begun = time.monotonic()
    await strike()
    await team.slack.connected(90)
    return f"connected again after {time.monotonic() - begun:.1f} s; {await _asked(team)}"


async def _asked(team: Team) -> str:
    begun = time.monotonic()
    answers = await team.ada.types("/papers help")
    return f"the next command got {len(answers)} answer after {(time.monotonic() - begun) * 1000:.0f} ms"


STRIKES: dict[str, Callable[[Team], Awaitable[str]]] = {
    "socket closed": _closed,
    "socket aborted": _aborted,
    "refresh asked for": _refreshed,
    "envelope repeated": _repeated,
    "socket stalled": _stalled,
}


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--each", type=int, default=5, help="channels that a fault hits, and again in the replies")
    logging.disable(logging.ERROR)
    asyncio.run(faults(options.parse_args().each))
    return 0


if __name__ == "__main__":
    sys.exit(main())
