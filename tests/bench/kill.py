"""Kills the program at random moments and counts what it had promised and lost:  python -m tests.bench.kill

Each round runs `paper-round import` or `paper-round say` as a process of its own on one SQLite file and ends it with
SIGKILL at a moment drawn uniformly from the time that a whole run takes. A change counts as promised once the process
has printed its line or left with status 0. After each round `paper-round doctor` has to find the database well.
"""

import argparse
import json
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

PAPERS = 1_200  # an import: three transactions


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=50)
    options.add_argument("--seed", type=int, default=5)
    chosen = options.parse_args()
    draw = random.Random(chosen.seed)
    with tempfile.TemporaryDirectory() as place:
        return _bench(Path(place), chosen.kills, draw)


def _bench(place: Path, kills: int, draw: random.Random) -> int:
    program = _Program(place)
    whole = {kind: program.timed(kind, 10_000 + n) for n, kind in enumerate(("import", "say"))}
    print(f"a whole import takes {whole['import']:.2f} s, a whole say {whole['say']:.2f} s")
    promised: list[tuple[str, int]] = [("import", 10_000), ("say", 10_001)]
    killed = unwell = 0
    for n in range(kills):
        kind = ("import", "say")[n % 2]
        was_killed, is_promised = program.killed(kind, n, draw.uniform(0, whole[kind]))
        killed += was_killed
        promised += [(kind, n)] * is_promised
        unwell += not program.is_well()
    lost = [f"{kind} {n}" for kind, n in promised if not program.holds(kind, n)]
    print(f"{kills} runs, {killed} of them killed before their end; promised {len(promised)}, lost {len(lost)} {lost}")
    print(f"doctor: {kills - unwell} times well, {unwell} times not")
    return int(bool(lost or unwell))


class _Program:
    """`paper-round` on one database, as separate processes."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.database = place / "papers.db"

    def timed(self, kind: str, n: int) -> float:
        begun = time.perf_counter()
        subprocess.run(self._words(kind, n), check=True, capture_output=True, cwd=self.place)
        return time.perf_counter() - begun

    def killed(self, kind: str, n: int, after_seconds: float) -> tuple[bool, bool]:
        """Whether it was still running at that moment, and whether it had promised its change by then."""
        words = self._words(kind, n)
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=self.place, text=True)
        try:
            process.wait(after_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
        said = process.communicate()[0]
        sign = "papers read" if kind == "import" else "Following"
        return process.returncode == -9, process.returncode == 0 or sign in said

    def is_well(self) -> bool:
        words = [*_PROGRAM, "doctor", "--database", f"sqlite:///{self.database}"]
        return subprocess.run(words, check=False, capture_output=True, cwd=self.place).returncode == 0

    def holds(self, kind: str, n: int) -> bool:
        with sqlite3.connect(self.database) as connection:
            if kind == "say":
                query = "SELECT count(*) FROM follow WHERE text = ?"
                return bool(connection.execute(query, (_topic(n),)).fetchone()[0])
            query = "SELECT count(*) FROM paper_alias WHERE id LIKE ?"
            return bool(connection.execute(query, (f"doi:10.5555/{n}.%",)).fetchone()[0] == PAPERS)

    def _words(self, kind: str, n: int) -> Sequence[str]:
        database = f"sqlite:///{self.database}"
        if kind == "say":
            # A channel of its own each time: a channel has room for 50 follows.
            said = f"/papers follow {_topic(n)}"
            return [*_PROGRAM, "say", said, "--channel", f"c{n}", "--database", database]
        file = self.place / f"{n}.jsonl"
        rows = (
            {
                "title": f"Paper {i} of batch {n} on {_topic(i)}",
                "doi": f"10.5555/{n}.{i}",
                "abstract": f"On {_topic(i)}.",
            }
            for i in range(PAPERS)
        )
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return [*_PROGRAM, "import", str(file), "--database", database]


_PROGRAM = (sys.executable, "-m", "bot.cli")


def _topic(n: int) -> str:
    return f"topic{n} systems"


if __name__ == "__main__":
    sys.exit(main())
