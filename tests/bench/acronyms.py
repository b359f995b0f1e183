"""What the papers' own short forms are worth:  python -m tests.bench.acronyms --data DIR [--json]

Imports DIR/papers*.jsonl.gz into a fresh store and asks its index, as follows do. Beside it, `acronyms.json` holds what
was labelled by hand: a random sample of what was mined, each right or not; what the short forms among the topics of
DIR/topics*.jsonl stand for; and subjects that no paper of the field treats.

topics: the short forms among the topics and their other wordings, and how many are read rightly, by the store alone and
as followed (with the aliases that ship). misspelt: topics that are little known once a letter of their longest word is
dropped, doubled or swapped; of these, those for which just the topic is offered. absent: subjects, and those for which
something is offered, though nothing should be.
"""

import argparse
import asyncio
import json
import time
import tracemalloc
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

from bot.digests.meanings import meant_instead
from bot.digests.pool import Fitted
from bot.model import Follow
from bot.picking.acronyms import Acronyms, definitions
from bot.picking.meaning import meant, senses
from bot.picking.nearby import KNOWN
from bot.picking.ranker import fit
from bot.picking.topics import canonical
from bot.picking.vectors import Index
from tests.bench import stores

LABELS = Path(__file__).with_suffix(".json")
SEED = 6
LEAST = 5  # letters of a word that is misspelt

Text = tuple[int, str, str]


def mining(texts: Sequence[Text]) -> tuple[Acronyms, dict[str, float]]:
    """What these papers define, and what it took."""
    began = time.perf_counter()
    read = {pk: definitions(title, abstract) for pk, title, abstract in texts}
    mined = time.perf_counter()
    acronyms = Acronyms({}).extended(read, read)
    readings = list(acronyms)
    counted = time.perf_counter()
    arrays = acronyms.to_arrays()
    tracemalloc.start()
    held = Acronyms.from_arrays(arrays)
    list(held)
    memory = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return acronyms, {
        "papers": len(texts),
        "papers_defining": sum(map(bool, read.values())),
        "readings": len(readings),
        "by_two_papers": sum(one.papers > 1 for one in readings),
        "mine_s": mined - began,
        "count_s": counted - mined,
        "file_mb": sum(array.nbytes for array in arrays.values()) / 1e6,
        "memory_mb": memory / 1e6,
    }


def precision(acronyms: Acronyms, labelled: Sequence[tuple[str, str, bool]]) -> dict[str, float]:
    """Of the labelled pairs that are still mined, the share that is right."""
    rights = [
        right
        for short, long, right in labelled
        if any(one.long.casefold() == long.casefold() for one in acronyms.readings(short))
    ]
    return {"labelled": len(rights), "precision": sum(rights) / max(1, len(rights))}


def expansions(
    index: Index, topics: Sequence[str], right: Mapping[str, str]
) -> Iterator[tuple[str, str, str, bool, bool]]:
    """Of each labelled topic: itself, its reading by the store alone and as followed, and whether these are right."""

    def is_right(long: str, wanted: str) -> bool:
        same = {wanted.casefold(), *(one.long.casefold() for one in index.acronyms.shorts(wanted))}
        return long.casefold() in same

    for topic in topics:
        if wanted := right.get(topic):
            alone = next((one.long for one in index.acronyms.readings(topic)), "")
            followed = next((one.long for one in senses(index, topic)), "")
            yield topic, alone, followed, is_right(alone, wanted), is_right(followed, wanted)


def offered(index: Index, topic: str) -> str | None:
    """What is offered in place of the topic, "" for nothing; None where it is known well enough."""
    one = Fitted(Follow("topic", topic, canonical(topic)), fit(index, meant(index, topic)))
    return None if one.profile is None or one.profile.trust >= KNOWN else meant_instead(index, one)


def misspelt(topics: Sequence[str], rng: Random) -> Iterator[tuple[str, str]]:
    """Topics and one misspelling of each."""
    for topic in topics:
        word = max(topic.split(), key=len)
        if len(word) < LEAST:
            continue
        at = rng.randrange(1, len(word) - 2)
        wrong = rng.choice(
            (
                word[:at] + word[at + 1 :],
                word[:at] + word[at] + word[at:],
                word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            )
        )
        if wrong != word:
            yield topic, topic.replace(word, wrong)


async def measure(folder: Path) -> tuple[dict[str, float], list[str]]:
    """All figures, and what went wrong."""
    labels: dict[str, Any] = json.loads(LABELS.read_text(encoding="utf-8"))
    topics = list(stores.rows(stores.files(folder, "topics*.jsonl")))
    async with stores.fresh_service("") as service:
        await stores.imported(service, stores.files(folder, "papers*.jsonl.gz"))
        index = await service.index.fresh()
        texts = await service.store.papers.texts(index.pks.tolist())
    acronyms, figures = mining([(pk, title, abstract) for pk, title, abstract in texts])
    told = []
    figures |= precision(acronyms, labels["pairs"])
    typed = [text for row in topics for text in (row["topic"], *row["forms"])]
    read = list(expansions(index, list(dict.fromkeys(typed)), labels["topics"]))
    figures |= {"topics": len(read), "right_alone": sum(one[3] for one in read), "right": sum(one[4] for one in read)}
    told += [
        f"{topic}: by the store {alone!r}, as followed {followed!r}"
        for topic, alone, followed, ok, also in read
        if not (ok and also)
    ]
    asked = right = 0
    for topic, wrong in misspelt([row["topic"] for row in topics], Random(SEED)):
        instead = offered(index, wrong)
        if instead is not None:
            asked += 1
            right += canonical(instead) == canonical(topic)
            told += [f"{wrong}: offered {instead!r}"] if canonical(instead) != canonical(topic) else []
    wrongly = [(topic, instead) for topic in labels["absent"] if (instead := offered(index, topic))]
    told += [f"{topic}: offered {instead!r}" for topic, instead in wrongly]
    figures |= {"misspelt": asked, "put_right": right, "absent": len(labels["absent"]), "offered_wrongly": len(wrongly)}
    return figures, told


def main() -> None:
    """Print the figures, one a line, and what went wrong."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--data", type=Path, required=True)
    arguments.add_argument("--json", action="store_true", help="one object for machines")
    chosen = arguments.parse_args()
    figures, told = asyncio.run(measure(chosen.data))
    if chosen.json:
        print(json.dumps({"ours": figures}))
        return
    for name, figure in figures.items():
        print(f"{name:18} {figure:12,.3f}".rstrip("0").rstrip("."))
    print("\n".join(told))


if __name__ == "__main__":
    main()
