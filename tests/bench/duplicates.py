"""Whether a work that comes twice is stored once: `python -m tests.bench.duplicates --data DIR [--database URL]`.

Imports DIR/papers*.jsonl.gz into a fresh store (an SQLite file, or a database made on the PostgreSQL server that
--database names) and compares what became one paper with the groups of DIR/duplicates*.jsonl. recall: share of pairs
of the same work that did. false_merges: pairs of different works that did: look-alikes of the file, and nearest titles,
some papers each with the one whose title is most like its own, unless a group holds both or their abstracts begin with
the same 200 letters. Then copies are imported with ids of their own, each changed in one way, and their share that
joined their papers is told by kind.
"""

import argparse
import asyncio
import gzip
import json
import re
import tempfile
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from random import Random

from rapidfuzz import fuzz, process
from sqlalchemy import select
from sqlmodel import col

from bot import identity, tables
from bot.markup import plain
from bot.model import Draft
from bot.service import Service, utc_now
from bot.sources import files
from bot.sources.files import Skipped
from bot.store.saving import ids_of
from tests.bench import stores
from tests.bench.stores import Row

SEED = 5
NEAREST = 1200  # papers whose nearest title is looked for
COPIED = 200  # papers a kind
TEX = {"á": r"{\'a}", "é": r"{\'e}", "í": r"{\'i}", "ó": r"{\'o}", "ö": r"{\"o}", "ü": r"{\"u}", "–": "--", "%": r"\%"}

Pair = tuple[str, str]


@dataclass
class Measured:
    """same, different, nearest: pairs of ids and whether each became one paper. copies: by kind, whether each joined.

    unlisted: pairs that became one though no group has them.
    """

    same: list[tuple[Pair, bool]] = field(default_factory=list)
    different: list[tuple[Pair, bool]] = field(default_factory=list)
    nearest: list[tuple[Pair, bool]] = field(default_factory=list)
    copies: dict[str, list[tuple[str, bool]]] = field(default_factory=dict)
    unlisted: list[Pair] = field(default_factory=list)

    @property
    def figures(self) -> dict[str, float]:
        copies = [joined for kind in self.copies.values() for _, joined in kind]
        return {
            "recall": _share([joined for _, joined in self.same]),
            "false_merges": sum(joined for _, joined in [*self.different, *self.nearest]),
            "pairs_kept_apart": sum(not joined for _, joined in [*self.different, *self.nearest]),
            "made_recall": _share(copies),
            "made_pairs": len(copies),
            "unlisted": len(self.unlisted),
        }


def upper(row: Row, rng: Random) -> Row:
    return {**row, "title": rng.choice((str.upper, str.lower, str.title))(row["title"])}


def latex(row: Row, rng: Random) -> Row:
    """Title and abstract as people write them for TeX: accents, emphasis and mathematics."""
    title = "".join(TEX.get(letter, letter) for letter in row["title"])
    said = title.split(" ")
    n = rng.randrange(len(said))
    said[n] = rng.choice((r"\emph{%s}", r"\textbf{%s}", "{%s}")) % said[n]
    title = re.sub(r"(?<=\d)([kx×])(?=\d|$|\s)", r"$\\times$", " ".join(said)) if rng.random() < 0.5 else " ".join(said)
    return {**row, "title": title, "abstract": "".join(TEX.get(c, c) for c in row["abstract"])}


def without_subtitle(row: Row, rng: Random) -> Row:
    return {**row, "title": row["title"].split(":")[0]}


def initials(row: Row, rng: Random) -> Row:
    names = [name.split() for name in row["authors"]]
    return {
        **row,
        "authors": [" ".join([*(f"{given[0]}." for given in name[:-1]), name[-1]]) for name in names if name],
    }


def shortened(row: Row, rng: Random) -> Row:
    said = row["abstract"].split()
    return {**row, "abstract": " ".join(said[: max(12, len(said) * rng.randint(3, 7) // 10)]) + "..."}


def reworded(row: Row, rng: Random) -> Row:
    """Two words of the title change places, initials for names, and the abstract is cut."""
    said = row["title"].split()
    n = rng.randrange(len(said) - 1)
    said[n : n + 2] = said[n + 1], said[n]
    return shortened(initials({**row, "title": " ".join(said)}, rng), rng)


CHANGES: Mapping[str, Callable[[Row, Random], Row]] = {
    "case": upper,
    "LaTeX": latex,
    "lost subtitle": without_subtitle,
    "initials": initials,
    "shortened abstract": shortened,
    "words swapped, initials, shortened": reworded,
}


def copies(rows: Sequence[Row], rng: Random) -> dict[str, list[tuple[str, Row]]]:
    """For each kind the ids of some papers and their changed copies, which have ids of their own."""
    made: dict[str, list[tuple[str, Row]]] = {}
    for kind, change in CHANGES.items():
        fit = [row for row in rows if len(row["title"].split()) > 2]
        if kind == "lost subtitle":
            fit = [row for row in fit if identity.head_key(row["title"])]
        chosen = rng.sample(fit, min(COPIED, len(fit)))
        named = [(row["id"], change(row, rng), f"10.5555/{_of(kind)}.{n}") for n, row in enumerate(chosen)]
        made[kind] = [
            (of, {key: new[key] for key in ("title", "abstract", "authors")} | {"doi": doi}) for of, new, doi in named
        ]
    return made


def nearest(rows: Sequence[Row], rng: Random) -> list[Pair]:
    """Some papers, each with the other whose title has most in common with its own, at least three letters of five."""
    keys = [_key(row) for row in rows]
    pairs = []
    for n in rng.sample(range(len(rows)), min(NEAREST, len(rows))):
        best = process.extract(keys[n], keys, scorer=fuzz.ratio, limit=2, score_cutoff=60)
        others = [rows[m] for _, _, m in best if m != n][:1]
        pairs += [(rows[n]["id"], other["id"]) for other in others if _beginning(rows[n]) != _beginning(other)]
    return pairs


async def measure(folder: Path, server: str, told: list[str]) -> Measured:
    papers = stores.files(folder, "papers*.jsonl.gz")
    rows = list(stores.rows(papers))
    groups = list(stores.rows(stores.files(folder, "duplicates*.jsonl")))
    rng, found = Random(SEED), Measured()
    made, near = copies(rows, rng), nearest(rows, rng)
    async with stores.fresh_service(server) as service:
        told.append(str(await stores.imported(service, papers)))
        entries = [entry for path in papers for entry in _entries(path)]
        pks = await _numbers(service)
        told_apart = zip(rows, entries, strict=True)
        pk = {row["id"]: pks[ids_of(entry)[0]] for row, entry in told_apart if isinstance(entry, Draft)}
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "copies.jsonl.gz"
            with gzip.open(path, "wt", encoding="utf8") as file:
                file.writelines(f"{json.dumps(row)}\n" for kind in made.values() for _, row in kind)
            await stores.imported(service, [path])
        pks = await _numbers(service)
    for kind, of_kind in made.items():
        found.copies[kind] = [(row["title"], pks[f"doi:{row['doi']}"] == pk[of]) for of, row in of_kind]
    is_different = {group["kind"]: group["kind"].startswith("different") for group in groups}
    listed = {frozenset(pair) for group in groups for pair in combinations(group["ids"], 2)}
    for group in groups:
        pairs = [((one, other), pk[one] == pk[other]) for one, other in combinations(group["ids"], 2)]
        (found.different if is_different[group["kind"]] else found.same).extend(pairs)
    found.nearest = [(pair, pk[pair[0]] == pk[pair[1]]) for pair in near if frozenset(pair) not in listed]
    of_pk: dict[int, list[str]] = defaultdict(list)
    for name, number in pk.items():
        of_pk[number].append(name)
    merged = [pair for names in of_pk.values() for pair in combinations(names, 2)]
    found.unlisted = [pair for pair in merged if frozenset(pair) not in listed]
    return found


def _of(kind: str) -> str:
    return "-".join(re.findall(r"[a-z]+", kind.lower()))


def _entries(path: Path) -> list[Draft | Skipped]:
    with path.open("rb") as stream:
        return list(files.read(stream, path.name, utc_now()))


async def _numbers(service: Service) -> dict[str, int]:
    """The number of the paper that each id names."""
    async with service.store.database.reading() as session:
        named = await session.execute(select(col(tables.PaperAlias.id), col(tables.PaperAlias.paper_pk)))
        return {row[0]: row[1] for row in named}


def _key(row: Row) -> str:
    return identity.title_key(plain(row["title"]))


def _beginning(row: Row) -> str:
    return identity.title_key(plain(row["abstract"]))[:200]


def _share(values: Sequence[bool]) -> float:
    return round(sum(values) / len(values), 4) if values else 0.0


def report(found: Measured, titles: Mapping[str, str], *, show_wrong: bool) -> None:
    for name, pairs in (("same work", found.same), ("look-alikes", found.different), ("nearest", found.nearest)):
        print(f"{name:36} {len(pairs):5} pairs {sum(joined for _, joined in pairs):5} made one")
    for kind, of_kind in found.copies.items():
        joined = [joined for _, joined in of_kind]
        print(f"copies: {kind:28} {len(joined):5} pairs {sum(joined):5} made one  {_share(joined):.3f}")
    print("  ".join(f"{name} {value:g}" for name, value in found.figures.items()))
    if show_wrong:
        merged = [pair for pair, joined in [*found.different, *found.nearest] if joined]
        missed = [pair for pair, joined in found.same if not joined]
        for what, some in (("missed", missed), ("false merge", merged), ("unlisted", found.unlisted)):
            for one, other in some:
                print(f"{what}: {one} {titles[one]!r} / {other} {titles[other]!r}")
        for kind, of_kind in found.copies.items():
            for title in [title for title, joined in of_kind if not joined]:
                print(f"missed, {kind}: {title!r}")


def main() -> None:
    parser = argparse.ArgumentParser(description=re.split(r"\n\n", __doc__ or "")[0])
    parser.add_argument("--data", type=Path, required=True, help="the directory of papers and groups")
    parser.add_argument("--database", default="", help="a PostgreSQL server to make a database on; else an SQLite file")
    parser.add_argument("--wrong", action="store_true", help="show every pair that was not told right")
    parser.add_argument("--json", action="store_true", help="print the figures as one object")
    args = parser.parse_args()
    told: list[str] = []
    found = asyncio.run(measure(args.data, args.database, told))
    if args.json:
        print(json.dumps({"ours": found.figures}))
        return
    print(*told, sep="\n")
    titles = {row["id"]: row["title"] for row in stores.rows(stores.files(args.data, "papers*.jsonl.gz"))}
    report(found, titles, show_wrong=args.wrong)


if __name__ == "__main__":
    main()
