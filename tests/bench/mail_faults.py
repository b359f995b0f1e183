"""Digests by mail through a relay that fails at random: which papers never came, and which mails came twice.

`python -m tests.bench.mail_faults` runs a week of an address book's digests against a real SMTP server on this machine.
It puts mails off, drops and hangs connections before, while and after it has the text, and keeps or loses what it had
then. On the last day it is well. Counted is what it kept.
"""

import argparse
import asyncio
import random
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from bot.adapter import Invocation, mailed_to
from tests.conftest import Clock
from tests.fakes.smtp import Where
from tests.mail import Post, a_post
from tests.papers import a_paper

PUT_OFF = {"mail": ("421 busy", "drop"), "rcpt": ("450 later", "452 full", "drop"), "data": ("451 later", "drop")}
AFTER_THE_TEXT = ("421 closing", "451 greylisted", "drop", "drop", "hang")
KEPT = 0.5  # of the mails that it had and never spoke of
SECONDS = 0.5  # that a mail may take
DAYS = range(2, 8)  # of December 2026; on the last one the relay is well
THEMES = ("users", "sellers", "music", "news", "clicks", "slates", "games", "maps", "books", "films", "shops", "jobs")


@dataclass
class Mood:
    """What the relay does to mails, and how often it did what."""

    rng: random.Random
    is_well: bool = False
    told: Counter[str] = field(default_factory=Counter)

    def __call__(self, where: Where) -> str:
        if self.is_well or self.rng.random() > (0.25 if where == "text" else 0.08):
            return ""
        answer = self.rng.choice(AFTER_THE_TEXT if where == "text" else PUT_OFF[where])
        self.told[f"{answer.partition(' ')[0]} at {where}"] += 1
        return answer


async def measure(addresses: int, seed: int) -> bool:
    """Run it; print what came of it, and tell whether nothing was lost or doubled."""
    rng = random.Random(seed)
    mood = Mood(rng)
    clock = Clock(datetime(2026, 12, 1, tzinfo=UTC))
    with tempfile.TemporaryDirectory() as place:
        url = f"sqlite:///{place}/papers.db"
        async with a_post(url, clock, seconds=SECONDS) as post:
            book = [f"reader{n}@lab.org" for n in range(addresses)]
            for one in book:
                await post.service.handle(Invocation(mailed_to(one), one, one, text="/papers follow recsys"))
                await post.service.handle(Invocation(mailed_to(one), one, one, text="/papers schedule 09:00 daily"))
            post.relay.mood = mood
            for day in DAYS:
                mood.is_well = day == DAYS[-1]
                await _day(post, day, rng)
            return await _count(post, book, mood, rng)


async def _day(post: Post, day: int, rng: random.Random) -> None:
    subjects = rng.sample(THEMES, 3)
    await post.publish(*(a_paper(f"Recommendation for {one.title()}, Part {day}", _text(one, day)) for one in subjects))
    post.clock.now = datetime(2026, 12, day, 9, tzinfo=UTC)
    await post.due.compose_due()
    for _ in range(12):
        await post.outbox.deliver_due()
        post.clock.forward(minutes=20)


def _text(subject: str, day: int) -> str:
    return (
        f"Our recommender system recommends {subject} to users; recommendation of {subject} is judged for {day} weeks."
    )


async def _count(post: Post, book: list[str], mood: Mood, rng: random.Random) -> bool:
    there = [mail for mail in post.relay.handed if mail.is_taken or mail.is_unclear]
    kept = [mail for mail in there if mail.is_taken or rng.random() < KEPT]
    times = Counter(mail.header("Message-ID") for mail in there)
    doubled = sum(count - 1 for count in times.values())
    lost = promised = 0
    for one in book:
        channel = await post.service.store.channels.of(mailed_to(one))
        digests = await post.service.store.digests.between(channel, date(2026, 12, 1), date(2026, 12, 31))
        texts = " ".join(mail.text for mail in kept if mail.to == (one,))
        titles = {pick.paper.title for digest in digests for pick in digest.picks}
        promised += len(titles)
        lost += sum(title not in texts for title in titles)
    states = Counter(one.state for one in await post.service.store.deliveries.listing(most=100_000))
    print(f"{len(times)} mails to {len(book)} addresses, {promised} papers promised to them")
    print(f"faults: {', '.join(f'{name} {count}' for name, count in sorted(mood.told.items()))}")
    print(f"deliveries: {', '.join(f'{name} {count}' for name, count in sorted(states.items()))}")
    print(f"papers lost {lost}, mails doubled {doubled}")
    return not lost and not doubled


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--addresses", type=int, default=60)
    words.add_argument("--seed", type=int, default=1)
    chosen = words.parse_args()
    return 0 if asyncio.run(measure(chosen.addresses, chosen.seed)) else 1


if __name__ == "__main__":
    sys.exit(main())
