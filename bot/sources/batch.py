"""What a reading of a source's answer gives: the papers that it lists, and what it says about its list."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot import identity
from bot.model import Draft
from bot.sources.entry import Kind, Skipped, Told, as_draft


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that a source listed. kind: what arXiv announces it as; elsewhere everything is `new`.

    `cross`: new in this category; `replace`, `replace-cross`: a later version; `absonly`: only its abstract changed.
    """

    draft: Draft
    kind: Kind = "new"


@dataclass(frozen=True, slots=True)
class Batch:
    """A list from a source, in the source's order.

    skipped: what was left out and why, a line each. built_at: when the source says that it made the list.
    next_page: what to ask for next, or nothing at the end. total: how many the source says there are in all.
    title: what the list calls itself. is_cut: the answer ended in the middle, so there was more to read.
    """

    entries: tuple[Entry, ...] = ()
    skipped: tuple[str, ...] = ()
    built_at: datetime | None = None
    next_page: str = ""
    total: int | None = None
    title: str = ""
    is_cut: bool = False


def sorted_out(found: Iterable[Told | Skipped]) -> tuple[list[tuple[Told, Draft]], list[str]]:
    """What makes a draft, beside it; and a line on each entry that makes none. One bad entry costs only itself."""
    kept: list[tuple[Told, Draft]] = []
    skipped = []
    for place, told in enumerate(found, 1):
        draft = as_draft(told) if isinstance(told, Told) else told
        if isinstance(told, Told) and isinstance(draft, Draft):
            kept.append((told, draft))
        elif isinstance(draft, Skipped):
            names = told.names if isinstance(told, Told) else ()
            skipped.append(f"{_named(names) or f'entry {place}'}: {draft.why}")
    return kept, skipped


def _named(names: Sequence[str]) -> str:
    return next((paper_id for name in names for paper_id in identity.ids_in(name[:300])), "")
