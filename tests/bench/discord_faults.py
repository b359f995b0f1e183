"""What becomes of digests while Discord's REST interface fails: counted from what Discord itself keeps and logs.

Part of `python -m tests.bench.discord --faults`. Digests of two messages each, for channels and forums, are posted by
the outbox, with a fault in the way of each digest, and a second one in that of every other. Once nonces are known, once
they are forgotten at once, as Discord does in minutes: then only looking keeps a message from coming twice.
"""

import asyncio
import random
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import discord
from discord.http import Route

from adapters.discord.post import Post
from bot.adapter import Capabilities, ChannelRef, Handle, MessageRef
from bot.cards import Card
from bot.digests.deliver import Outbox
from bot.service import Service, utc_now
from bot.store import Store
from tests.conftest import Clock
from tests.fakes.digests import compose
from tests.fakes.discord.rest import TOKEN, Rest
from tests.fakes.discord.talk import FORUM, TEXT

FAULTS = (
    "429 0.3", "429 global 0.3", "429 45", "500", "stored 500", "502", "stored 502", "503", "stored 503", "504",
    "stored 504", "reset", "stored reset", "hang", "stored hang",
)  # fmt: skip
WORDS = [f"{start}{end}" for start in ("Bren", "Cor", "Dal", "Fen", "Gor", "Ket") for end in ("ic", "um", "ast", "eth")]
SERVER = "900"
POST_SECONDS = 3.0  # of patience with a post that hangs; limits of rate are shorter
LONGEST_WAIT = 30.0
ROUNDS_OF_MERCY = 60
_ABOUT_ONE_IN = 2  # messages that meet a second fault when they are posted again


@dataclass(frozen=True, slots=True)
class Count:
    """What a round came to. unsettled: messages of which nobody knew in the end whether they arrived."""

    due: int
    kept: int
    doubled: int
    unsettled: int

    @property
    def lost(self) -> int:
        return self.due - (self.kept - self.doubled)


async def rest_faults() -> bool:
    """Post through each fault; print, and tell whether nothing was lost, doubled or refused."""
    is_well = True
    for name, nonce_seconds in (("nonces known", 300.0), ("nonces forgotten", 0.0)):
        async with Rest(window_seconds=0.5, nonce_seconds=nonce_seconds) as rest:
            count = await _round(rest)
            asked = Counter(asked.method for asked in rest.asked)
            print(f"REST, {name}: {count.due} messages due, {asked['POST']} times posted, {asked['GET']} times looked")
            print(f"  lost {count.lost}, doubled {count.doubled}, unsettled {count.unsettled}")
            print(f"  {rest.limited} requests over a limit, {len(rest.violations)} against the contract")
            is_well &= not (count.lost or count.doubled or count.unsettled or rest.limited or rest.violations)
    return is_well


async def _round(rest: Rest) -> Count:
    Route.BASE = rest.base
    clock, draw = Clock(utc_now()), random.Random(7)
    with tempfile.TemporaryDirectory() as place:
        service = await Service.open(f"sqlite:///{place}/papers.db", clock=clock)
        client = discord.Client(intents=discord.Intents.none(), max_ratelimit_timeout=LONGEST_WAIT)
        try:
            await client.login(TOKEN)
            due = await _due(rest, service.store, clock, draw)
            outbox = Outbox(
                service.store,
                [_Posting(client)],
                worker="bench",
                clock=clock,
                sleep=clock.sleep,
                post_seconds=POST_SECONDS,
            )
            for _ in range(ROUNDS_OF_MERCY):
                await outbox.deliver_due()
                if not (unsettled := await _unsettled(service.store)):
                    break
                clock.forward(seconds=60)
        finally:
            await client.close()
            await service.close()
    await asyncio.sleep(0.5)  # for what is under way still, and would come late
    marks = Counter(_mark(message) for message in rest.talk.messages)
    return Count(due, marks.total(), marks.total() - len(marks), unsettled)


async def _due(rest: Rest, store: Store, clock: Clock, draw: random.Random) -> int:
    """Digests for a channel and a forum per fault, and the faults in the way of their messages; how many messages."""
    for n, fault in enumerate(FAULTS):
        for kind in (TEXT, FORUM):
            channel = rest.talk.add(f"channel {n}", kind, SERVER)["id"]
            titles = [" ".join(draw.sample(WORDS, 4)) for _ in range(6)]
            await compose(
                store, channel, *titles, parts=2, slot=f"{clock().date()} daily", now=clock(), platform="discord",
                workspace=SERVER,
            )  # fmt: skip
            rest.orders.will(fault, channel=channel)
            if draw.randrange(_ABOUT_ONE_IN) == 0:
                rest.orders.will("ok", draw.choice(FAULTS), channel=channel)
    return len(FAULTS) * 2 * 2


async def _unsettled(store: Store) -> int:
    return sum([len(await store.deliveries.listing(state=state)) for state in ("waiting", "sending", "doubtful")])


def _mark(message: dict[str, object]) -> str:
    embeds = message["embeds"]
    assert isinstance(embeds, list)
    return str(embeds[-1]["footer"]["text"])


class _Posting:
    """Discord as the outbox sees it, without a gateway."""

    name = "discord"
    capabilities = Capabilities(can_find=True, posts_a_second=1_000, workspace_posts_a_second=10_000)

    def __init__(self, client: discord.Client) -> None:
        self._post = Post(client)

    async def run(self, handle: Handle) -> None:
        raise NotImplementedError

    async def post(self, channel: ChannelRef, cards: Sequence[Card], key: str) -> MessageRef:
        return await self._post.post(channel, cards, key)

    async def find(self, channel: ChannelRef, key: str) -> MessageRef | None:
        return await self._post.find(channel, key)

    async def update(self, ref: MessageRef, cards: Sequence[Card]) -> None:
        await self._post.update(ref, cards)
