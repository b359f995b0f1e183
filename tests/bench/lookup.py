"""How well and how fast `/paper` answers: `python -m tests.bench.lookup --data DIR [--database URL] [--titles N]`.

Imports DIR/papers*.jsonl.gz into a fresh store (an SQLite file, or a database made on the PostgreSQL server that
--database names) and asks every query of DIR/lookups*.jsonl through the handler that `paper-round say` calls. first:
the right paper is the card or the first of the choices shown, or, for a paper that is not there, no card is shown.
sure: the right card is shown at once.

With --titles the store is filled up to so many: with titles that a word chain makes from the real ones, and with
invented names. Then only the made queries are asked, since the hand-chosen ones may fit a made title as well. With
--keep the store is that database, of which only what is missing is filled, and which stays: to be measured again.
"""

import argparse
import asyncio
import json
import re
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random

from sqlalchemy import func, insert, select, text
from sqlmodel import col

from bot import identity, tables
from bot.adapter import ChannelRef, Invocation
from bot.cards import Listing, PaperCard, Reply
from bot.markup import plain
from bot.service import Service, utc_now
from bot.store import indexing
from tests.bench import stores
from tests.bench.stores import Row

NOT_MADE = ("hand", "hand-absent", "absent", "absent-nickname")
ABSENT = ("hand-absent", "absent", "absent-nickname")
CHANNEL = ChannelRef("terminal", "local", "terminal", "terminal")
SEED = 4
MADE = "doi:10.5555/made."  # before the number of a made paper
AT_ONCE = 5000  # made titles a transaction
CONSONANTS, VOWELS = (
    ("b", "br", "c", "d", "f", "g", "gl", "h", "k", "l", "m", "n", "p", "r", "s", "st", "t", "v"),
    "aeiou",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A query, the titles (as keys) that answer it (none: nothing does), the titles shown, and how long that took."""

    kind: str
    query: str
    right: frozenset[str]
    shown: tuple[str, ...]
    sure: bool
    ms: float

    @property
    def is_first(self) -> bool:
        return bool(self.shown) and self.shown[0] in self.right if self.right else not self.sure

    @property
    def is_sure(self) -> bool:
        return self.is_first and (self.sure or not self.right)


async def ask_all(service: Service, keys: Mapping[str, str], queries: Sequence[Row]) -> list[Asked]:
    answers = []
    for row in queries:
        began = time.perf_counter()
        reply = await service.handle(Invocation(CHANNEL, "bench", text=f"/paper {row['query']}"))
        ms = 1000 * (time.perf_counter() - began)
        shown, sure = titles(reply)
        right = frozenset(keys[name] for name in row["ids"])
        answers.append(Asked(row["kind"], row["query"], right, shown, sure, ms))
    return answers


def titles(reply: Reply) -> tuple[tuple[str, ...], bool]:
    """The titles that a reply shows, as keys; and whether it shows one paper as the answer."""
    cards = [identity.title_key(card.title) for card in reply.cards if isinstance(card, PaperCard)]
    rows = [identity.title_key(row.text) for card in reply.cards if isinstance(card, Listing) for row in card.rows]
    return tuple(cards or rows), bool(cards)


async def fill_up(service: Service, real: Sequence[str], wanted: int) -> None:
    """Made titles into the store until it holds `wanted`, through its own indexing, many at once."""
    async with service.store.database.reading() as session:
        last = await session.scalar(select(func.max(col(tables.Paper.pk)))) or 0
        made = await session.scalar(select(func.count()).where(col(tables.Paper.id).startswith(MADE))) or 0
    known = {identity.title_key(title) for title in real}
    unknown = (title for title in made_titles(real, Random(SEED)) if identity.title_key(title) not in known)
    new = islice(unknown, made, None)
    left = wanted - await service.store.papers.count()
    if left <= 0:
        return
    while left > 0:
        papers = [_paper(last + n, title) for n, title in enumerate(islice(new, min(left, AT_ONCE)), 1)]
        async with service.store.database.writing("papers") as session:
            await session.execute(insert(tables.Paper), [paper.model_dump() for paper in papers])
            aliases = [{"id": paper.id, "paper_pk": paper.pk} for paper in papers]
            await session.execute(insert(tables.PaperAlias), aliases)
            await indexing.add(session, papers, at_once=AT_ONCE)
        last, left = last + len(papers), left - len(papers)
    if not service.store.database.is_sqlite:  # what a server does by itself within minutes
        engine = service.store.database.engine.execution_options(isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            await connection.execute(text("VACUUM ANALYZE"))


def made_titles(real: Sequence[str], rng: Random) -> Iterator[str]:
    """Titles without end, of words that follow each other in real ones; two of five begin with an invented name."""
    after: dict[str, list[str]] = defaultdict(list)
    for title in real:
        said = [word for word in title.split() if not word.endswith(":")]
        for word, following in zip(["", *said], [*said, ""], strict=True):
            after[word].append(following)
    while True:
        said, word = [], rng.choice(after[""])
        while word and len(said) < 16:
            said.append(word)
            word = rng.choice(after[word])
        if len(said) > 2:
            yield (f"{_name(rng)}: " if rng.random() < 0.4 else "") + " ".join(said)


def _name(rng: Random) -> str:
    name = "".join(rng.choice(CONSONANTS) + rng.choice(VOWELS) for _ in range(rng.choice((2, 3, 3, 4))))
    end = rng.choice(("", "", "", "Net", "Bench", "-2", "GAN", "LM"))
    return (name.upper() if rng.random() < 0.3 else name.title()) + end


def _paper(pk: int, title: str) -> tables.Paper:
    now = utc_now()
    return tables.Paper(
        pk=pk,
        id=f"{MADE}{pk}",
        title=title,
        key=identity.title_key(title),
        head_key=identity.head_key(title),
        listed_at=now,
        stored_at=now,
    )


def share(values: Sequence[bool]) -> float:
    return round(sum(values) / len(values), 4) if values else 0.0


def percentile(values: Sequence[float], part: float) -> float:
    return round(sorted(values)[min(len(values) - 1, int(part * len(values)))], 2) if values else 0.0


def figures(answers: Sequence[Asked]) -> dict[str, float]:
    """The sums, for machines."""
    hand = [answer for answer in answers if answer.kind == "hand"]
    ms = [answer.ms for answer in answers]
    return {
        "made": share([answer.is_first for answer in answers if answer.kind not in NOT_MADE]),
        "hand": share([answer.is_first for answer in hand]),
        "hand_at_3": share([not answer.right.isdisjoint(answer.shown[:3]) for answer in hand]),
        "absent": share([answer.is_first for answer in answers if answer.kind in ABSENT]),
        "p50_ms": percentile(ms, 0.5),
        "p95_ms": percentile(ms, 0.95),
    }


def table(answers: Sequence[Asked]) -> Iterator[str]:
    """The figures, a line a kind and then the sums."""
    by_kind: dict[str, list[Asked]] = defaultdict(list)
    for answer in answers:
        by_kind[answer.kind].append(answer)
    groups = list(by_kind.items())
    groups.append(("MADE", [a for a in answers if a.kind not in NOT_MADE]))
    groups.append(("HAND", [a for a in answers if a.kind == "hand"]))
    groups.append(("ABSENT (refused)", [a for a in answers if a.kind in ABSENT]))
    groups.append(("ALL", list(answers)))
    yield f"{'kind':24} {'n':>5} {'first':>6} {'at 3':>6} {'sure':>6} {'p50 ms':>7} {'p95 ms':>7}"
    for kind, asked in filter(lambda group: group[1], groups):
        first, sure, ms = [a.is_first for a in asked], [a.is_sure for a in asked], [a.ms for a in asked]
        third = [a.is_first or not a.right.isdisjoint(a.shown[:3]) for a in asked]
        shares = " ".join(f"{share(values):6.3f}" for values in (first, third, sure))
        yield f"{kind:24} {len(asked):5} {shares} {percentile(ms, 0.5):7.2f} {percentile(ms, 0.95):7.2f}"


async def measure(folder: Path, server: str, kept: str, wanted: int, told: list[str]) -> list[Asked]:
    """All queries of `folder` answered; what is worth knowing of the way there goes into `told`."""
    papers = stores.files(folder, "papers*.jsonl.gz")
    real = {row["id"]: plain(row["title"]) for row in stores.rows(papers)}
    queries = list(stores.rows(stores.files(folder, "lookups*.jsonl")))
    async with stores.opened(kept) if kept else stores.fresh_service(server) as service:
        began = time.perf_counter()
        if not await service.store.papers.count():
            told.append(f"{await stores.imported(service, papers)}, in {time.perf_counter() - began:.1f} s")
        if wanted:
            began = time.perf_counter()
            await fill_up(service, list(real.values()), wanted)
            size = await _megabytes(service)
            told.append(
                f"filled up to {await service.store.papers.count():,} titles in {time.perf_counter() - began:.0f} s,"
                f" {size:,.0f} MB"
            )
            queries = [row for row in queries if row["kind"] not in NOT_MADE]
        return await ask_all(service, {name: identity.title_key(title) for name, title in real.items()}, queries)


async def _megabytes(service: Service) -> float:
    """Of the database."""
    size = "page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    async with service.store.database.reading() as session:
        lite = service.store.database.is_sqlite
        asked = await session.scalar(text(f"SELECT {size if lite else 'pg_database_size(current_database())'}"))
        return float(asked or 0) / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=re.split(r"\n\n", __doc__ or "")[0])
    parser.add_argument("--data", type=Path, required=True, help="the directory of papers and queries")
    parser.add_argument("--database", default="", help="a PostgreSQL server to make a database on; else an SQLite file")
    parser.add_argument("--keep", default="", help="a database to fill, instead, and to find filled the next time")
    parser.add_argument("--titles", type=int, default=0, help="fill the store up to so many, and ask the made queries")
    parser.add_argument("--wrong", action="store_true", help="show every query that was not answered surely and right")
    parser.add_argument("--json", action="store_true", help="print the figures as one object")
    args = parser.parse_args()
    told: list[str] = []
    answers = asyncio.run(measure(args.data, args.database, args.keep, args.titles, told))
    if args.json:
        print(json.dumps({"ours": figures(answers)}))
        return
    print("\n".join([*told, *table(answers)]))
    for answer in answers if args.wrong else []:
        if not answer.is_sure:
            print(f"{answer.kind}: {answer.query!r} -> {answer.shown[:3]} sure={answer.sure}")


if __name__ == "__main__":
    main()
