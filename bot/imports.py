"""Papers from files into the store: in batches, each kept whole, so that a stop at any moment loses none."""

import itertools
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO

from bot import samples
from bot.errors import Fault, Refused
from bot.model import Draft
from bot.sources import files
from bot.sources.files import Skipped
from bot.store.papers import Papers
from bot.text import plural
from bot.waiting import in_thread

BATCH = 500  # papers a transaction
_SKIPS_TOLD = 20  # lines; a file of rubbish would fill the screen

Report = Callable[[int], None]


@dataclass
class Count:
    """What has come of an import so far."""

    new: int = 0
    known: int = 0
    skipped: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        total = self.new + self.known + len(self.skipped)
        return f"{plural(total, 'paper')} read: {self.new:,} new, {self.known:,} known, {len(self.skipped):,} skipped"

    @property
    def complaints(self) -> list[str]:
        """A line for each file that could not be read and each entry that was left out."""
        told, rest = self.skipped[:_SKIPS_TOLD], len(self.skipped) - _SKIPS_TOLD
        return [*self.refused, *told, *([f"... and {rest:,} more."] if rest > 0 else [])]


async def import_files(
    papers: Papers, names: Sequence[str], day: date | None, now: datetime, count: Count, report: Report
) -> None:
    """Read each file into the store. `count` is kept current, so it is right after an interruption too.

    A file that can't be read at all is told in `count.refused`; the others are read all the same.
    """
    for name in names:
        try:
            with opened(name) as stream:
                entries = await in_thread(partial(files.read, stream, name, now, day))
                await _import(papers, entries, name, now, count, report)
        except Fault:
            raise
        except Refused as err:
            count.refused.append(str(err))


async def import_samples(papers: Papers, now: datetime) -> None:
    """The papers that come with the package, listed on the day they were published: they never look new."""
    with samples.path().open("rb") as stream:
        drafts = [found for found in files.read(stream, "samples", now) if isinstance(found, Draft)]
    await papers.save([replace(draft, listed_at=draft.published_at) for draft in drafts], "samples", now)


async def _import(
    papers: Papers, entries: Iterator[Draft | Skipped], name: str, now: datetime, count: Count, report: Report
) -> None:
    while batch := await in_thread(lambda: list(itertools.islice(entries, BATCH))):
        drafts = [entry for entry in batch if isinstance(entry, Draft)]
        if drafts:
            tally = await papers.save(drafts, "file", now)
            count.new += tally.new
            count.known += tally.known
        shown = "standard input" if name == "-" else name
        count.skipped += [f"{shown}, line {one.line}: {one.why}" for one in batch if isinstance(one, Skipped)]
        report(count.new + count.known)


def opened(name: str) -> BinaryIO:
    """A file to be read, `-` for standard input. Raises Refused where it can't be."""
    if name == "-":
        return sys.stdin.buffer
    path = Path(name)
    if path.is_dir():
        raise Refused(f"{name} is a directory.", f"Name the files in it: {name.rstrip('/')}/*")
    try:
        return path.open("rb")
    except FileNotFoundError as err:
        raise Refused(f"There is no file {name}.", "Check its name.") from err
    except PermissionError as err:
        raise Refused(f"{name} may not be read by you.", "Check who owns it.") from err
    except OSError as err:
        raise Refused(f"{name} can't be opened: {err.strerror}.") from err
