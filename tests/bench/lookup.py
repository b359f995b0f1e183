"""How well and how fast the look-up answers: `python -m tests.bench.lookup --data DIR`."""

import argparse
import asyncio
import gzip
import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from bot import identity, tables
from bot.store import search
from bot.store.engine import Database
from bot.store.versions import bring_up_to_date
from bot.text import plain

NOT_MADE = ("hand", "hand-absent", "absent", "absent-nickname")
ABSENT = ("hand-absent", "absent", "absent-nickname")


@dataclass(frozen=True, slots=True)
class Asked:
    """A query, what it should have found (no ids: nothing), what it found, and how long that took."""

    kind: str
    query: str
    ids: frozenset[str]
    found: tuple[str, ...]
    sure: bool
    confidence: float
    ms: float

    @property
    def is_first(self) -> bool:
        return bool(self.found) and self.found[0] in self.ids if self.ids else not self.sure

    @property
    def is_sure(self) -> bool:
        return self.is_first and (self.sure or not self.ids)


async def ask(database: Database, text: str) -> search.Found:
    """One look-up, as a person's message makes it."""
    async with database.reading() as session:
        return await search.look_up(session, text)


async def ask_all(database: Database, ids: dict[int, set[str]], queries: Sequence[dict[str, Any]]) -> list[Asked]:
    answers = []
    for row in queries:
        began = time.perf_counter()
        found = await ask(database, row["query"])
        ms = 1000 * (time.perf_counter() - began)
        right = frozenset(row["ids"])
        named = tuple(next(iter(ids[pk] & right), next(iter(ids[pk]))) for pk in found.pks)
        answers.append(Asked(row["kind"], row["query"], right, named, found.sure, found.confidence, ms))
    return answers


async def load(database: Database, papers: Sequence[dict[str, Any]]) -> dict[int, set[str]]:
    """Store the papers, those of equal titles once; the ids of each by its pk."""
    by_key: dict[str, int] = {}
    ids: dict[int, set[str]] = defaultdict(set)
    rows: list[tables.Paper] = []
    for paper in papers:
        title = plain(paper["title"])
        key = identity.title_key(title)
        pk = by_key.setdefault(key, len(by_key) + 1)
        ids[pk].add(paper["id"])
        if len(by_key) > len(rows):
            rows.append(_row(pk, key, title, paper))
    aliases = {alias: pk for pk, names in ids.items() for name in names for alias in _aliases(name)}
    async with database.writing() as session:
        for start in range(0, len(rows), 500):
            batch = rows[start : start + 500]
            await session.execute(insert(tables.Paper), [row.model_dump() for row in batch])
            await search.add(session, batch)
        await session.execute(insert(tables.PaperAlias), [{"id": a, "paper_pk": pk} for a, pk in aliases.items()])
    return dict(ids)


def _row(pk: int, key: str, title: str, paper: dict[str, Any]) -> tables.Paper:
    day = datetime.fromisoformat(paper["date"]).replace(tzinfo=UTC) if paper.get("date") else None
    return tables.Paper(
        pk=pk,
        id=f"test:{paper['id']}",
        title=title,
        key=key,
        head_key=identity.head_key(title),
        abstract=plain(paper.get("abstract") or ""),
        authors=paper.get("authors") or [],
        published_at=day,
        listed_at=day or datetime(2025, 1, 1, tzinfo=UTC),
    )


def _aliases(name: str) -> tuple[str, ...]:
    return identity.ids_in(name) or (f"openreview:{name}",)


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
    with tempfile.TemporaryDirectory() as directory:
        database = Database(f"sqlite:///{directory}/papers.db")
        try:
            await bring_up_to_date(database)
            began = time.perf_counter()
            ids = await load(database, list(read_lines(papers)))
            print(f"{len(ids)} papers stored in {time.perf_counter() - began:.1f} s")
            answers = await ask_all(database, ids, list(read_lines(lookups)))
        finally:
            await database.close()
    print("\n".join(table(answers)))
    for answer in answers if show_wrong else []:
        if not answer.is_sure:
            print(f"{answer.kind}: {answer.query!r} -> {answer.found[:3]} {answer.sure} {answer.confidence:.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the directory of papers.jsonl.gz and the queries")
    parser.add_argument("--lookups", default="lookups.dev.jsonl", help="the file of queries in it")
    parser.add_argument("--wrong", action="store_true", help="show every query that was not answered surely and right")
    args = parser.parse_args()
    asyncio.run(measure(args.data / "papers.jsonl.gz", args.data / args.lookups, show_wrong=args.wrong))


if __name__ == "__main__":
    main()
