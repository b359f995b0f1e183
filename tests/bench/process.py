"""How long a person waits for the program as a whole process:  python -m tests.bench.process --data DIR

Medians of five runs after a warm-up, on a store of the first 10,000 papers of DIR/papers.jsonl.gz.
"""

import argparse
import asyncio
import gzip
import itertools
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bot.adapter import ChannelRef, Invocation
from bot.service import Service, utc_now

PAPERS = 10_000
RUNS = 5


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, required=True)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as place:
        url = f"sqlite:///{place}/papers.db"
        file = Path(place) / "papers.jsonl"
        with gzip.open(chosen.data / "papers.jsonl.gz", "rt") as lines:
            file.write_text("".join(itertools.islice(lines, PAPERS)))
        print(f"import of {PAPERS:,} papers  {_seconds(lambda: _run('import', str(file), '--database', url)):6.2f} s")
        say = ("say", "--database", url)
        fresh = itertools.count()
        rows: dict[str, tuple[Callable[[], object], float]] = {
            "paper-round --help": (lambda: _run("--help"), 0.4),
            "say '/paper TITLE'": (lambda: _run(*say, "/paper graph atention networks"), 1.0),
            "say '/papers follow recsys'": (
                lambda: _run(*say, "/papers follow recsys", "--channel", f"c{next(fresh)}"),
                3.0,
            ),
            "say '/papers preview recsys'": (lambda: _run(*say, "/papers preview recsys"), 3.0),
        }
        for name, (call, goal) in rows.items():
            print(f"{name:28} {_median(call):6.2f} s  (goal {goal} s)")
        print(f"{'the look-up itself':28} {asyncio.run(_look_up(url)) * 1000:6.1f} ms (goal 50 ms)")


async def _look_up(url: str) -> float:
    service = await Service.open(url, clock=utc_now)
    ask = Invocation(ChannelRef("terminal", "local", "terminal"), "bench", text="/paper graph atention networks")
    try:
        begun = time.perf_counter()
        await service.handle(ask)
        return time.perf_counter() - begun  # the first one, as a process of its own has it
    finally:
        await service.close()


def _run(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "bot.cli", *words], check=False, capture_output=True)


def _seconds(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def _median(call: Callable[[], object]) -> float:
    call()
    return statistics.median(_seconds(call) for _ in range(RUNS))


if __name__ == "__main__":
    main()
