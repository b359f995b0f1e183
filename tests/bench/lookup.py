"""How well and how fast `/paper` answers: `python -m tests.bench.lookup --data DIR`.

Imports DIR/papers.jsonl.gz into a fresh SQLite file and asks every query of DIR/lookups.dev.jsonl through the handler
that `paper-round say` calls. first: the right paper is the card or the first of the choices shown, or, for a paper that
is not there, no card is shown. sure: the right card is shown at once.
"""

import argparse
import asyncio
import gzip
import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot import identity
from bot.adapter import ChannelRef, Invocation
from bot.cards import Listing, PaperCard, Reply
from bot.imports import Count, import_files
from bot.markup import plain
from bot.service import Service, utc_now

NOT_MADE = ("hand", "hand-absent", "absent", "absent-nickname")
ABSENT = ("hand-absent", "absent", "absent-nickname")
CHANNEL = ChannelRef("terminal", "local", "terminal", "terminal")


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


async def ask_all(service: Service, keys: Mapping[str, str], queries: Sequence[dict[str, Any]]) -> list[Asked]:
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


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf8") if path.suffix == ".gz" else path.open(encoding="utf8") as lines:
        yield from map(json.loads, lines)


def share(values: Sequence[bool]) -> str:
    return f"{sum(values) / len(values):.3f}" if values else "-"


def percentile(values: Sequence[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(part * len(values)))] if values else 0.0


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
    yield f"{'kind':24} {'n':>5} {'first':>6} {'sure':>6} {'p50 ms':>7} {'p95 ms':>7}"
    for kind, asked in groups:
        first, sure, ms = [a.is_first for a in asked], [a.is_sure for a in asked], [a.ms for a in asked]
        times = f"{percentile(ms, 0.5):7.2f} {percentile(ms, 0.95):7.2f}"
        yield f"{kind:24} {len(asked):5} {share(first):>6} {share(sure):>6} {times}"


async def measure(papers: Path, lookups: Path, *, show_wrong: bool) -> None:
    keys = {row["id"]: identity.title_key(plain(row["title"])) for row in read_lines(papers)}
    with tempfile.TemporaryDirectory() as directory:
        service = await Service.open(f"sqlite:///{directory}/papers.db", clock=utc_now)
        try:
            began, count = time.perf_counter(), Count()
            await import_files(service.store.papers, [str(papers)], None, utc_now(), count, lambda _: None)
            print(f"{count}, in {time.perf_counter() - began:.1f} s")
            answers = await ask_all(service, keys, list(read_lines(lookups)))
        finally:
            await service.close()
    print("\n".join(table(answers)))
    for answer in answers if show_wrong else []:
        if not answer.is_sure:
            print(f"{answer.kind}: {answer.query!r} -> {answer.shown[:3]} sure={answer.sure}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the directory of papers.jsonl.gz and the queries")
    parser.add_argument("--lookups", default="lookups.dev.jsonl", help="the file of queries in it")
    parser.add_argument("--wrong", action="store_true", help="show every query that was not answered surely and right")
    args = parser.parse_args()
    asyncio.run(measure(args.data / "papers.jsonl.gz", args.data / args.lookups, show_wrong=args.wrong))


if __name__ == "__main__":
    main()
