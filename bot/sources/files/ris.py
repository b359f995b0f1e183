"""RIS, an entry from its TY line to its ER line."""

import re
from collections.abc import Iterable, Iterator

from bot import identity
from bot.sources.dates import moment
from bot.sources.entry import Skipped, Told, categories_in
from bot.sources.names import given_first
from bot.sources.pieces import ENTRY_MAX, TOO_LONG, Piece, lines

# Our own reader: rispy 0.10 wants the whole text at once and doesn't say on which line an entry is bad.
_TAG = re.compile(r"\s*([A-Z][A-Z0-9])\s{0,2}-(?:\s+(.*))?$", re.DOTALL)
_AUTHORS = ("AU", "A1")  # in the order in which they stand; A2 are editors, taken where there are no authors
_TITLES = ("T1", "TI", "CT", "BT")
_VENUES = ("JF", "T2", "JO", "JA")
_DATES = ("DA", "PY", "Y1")  # Y1 is deprecated and wrong where there is another
_LINKS = ("UR", "L2", "L1")
_NAMES = ("DO", "ID", "N1", "M3", "M1", "L1", "L2", "AN", "C7")  # where a DOI or an arXiv id may stand alone


def entries(parts: Iterable[Piece]) -> Iterator[Told | Skipped]:
    """Entry by entry; one without its ER ends where the next begins."""
    fields: list[tuple[str, str]] = []
    line, size, bad = 0, 0, Skipped(0, "")
    for part in lines(parts):
        match = _TAG.match(part.text)
        tag, value = (match[1], match[2] or "") if match else ("", part.text.strip())
        if line and tag in ("TY", "ER"):
            yield bad if bad.line else _entry(line, fields)
        if tag in ("TY", "ER"):
            fields, line, size, bad = [], part.line if tag == "TY" else 0, 0, Skipped(0, "")
        if not line:
            continue
        size += len(value)
        if part.fault or size > ENTRY_MAX:
            bad, fields = bad if bad.line else Skipped(part.line, part.fault or TOO_LONG), []
        elif not bad.line and (tag or value):
            fields.append((tag, value.strip()))
    if line:
        yield bad if bad.line else _entry(line, fields)


def _entry(line: int, fields: list[tuple[str, str]]) -> Told:
    told = _unfolded(fields)
    doi_or_arxiv = [value for tag, value in told if tag in _NAMES and identity.is_only_ids(value[:300])]
    links = _in_order(told, _LINKS)
    return Told(
        line,
        title=_first(told, _TITLES),
        abstract=_first(told, ("AB", "N2")),
        authors=[given_first(value) for value in _all(told, _AUTHORS) or _all(told, ("A2",))],
        names=[*doi_or_arxiv, *links],
        url=next((value for value in links if value.startswith("http")), ""),
        categories=categories_in(_all(told, ("KW",))),
        published=next((value for value in _in_order(told, _DATES) if moment(value)), ""),
        venue=_first(told, _VENUES),
    )


def _unfolded(fields: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Fields with their further lines joined on; a further file of L1 is a file of its own."""
    held: list[tuple[str, list[str]]] = []
    for tag, value in fields:
        if tag or not held:
            held.append((tag, [value]))
        else:
            held[-1][1].append(value)
    return [(tag, " ".join(values)) for tag, values in held]


def _first(told: list[tuple[str, str]], tags: tuple[str, ...]) -> str:
    return next(iter(_in_order(told, tags)), "")


def _in_order(told: list[tuple[str, str]], tags: tuple[str, ...]) -> list[str]:
    return [value for tag in tags for name, value in told if name == tag and value]


def _all(told: list[tuple[str, str]], tags: tuple[str, ...]) -> list[str]:
    return [value for tag, value in told if tag in tags and value]
