"""Block Kit drawn as SVG, near enough to what Slack shows: the words, links, buttons and menus of a payload."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

LETTER, LINE, GAP = 15, 22, 8  # pixels: of a letter, between two lines, between two blocks
BUTTON_LETTER, BUTTON_HEIGHT, BUTTON_PADDING = 13, 28, 12
FONT = "Lato, 'Helvetica Neue', Helvetica, Arial, sans-serif"
INK, LINK, QUIET, EDGE = "#1d1c1d", "#1264a3", "#616061", "#bbbabb"
_NARROW, _WIDE = frozenset("ijlftrI.,:;'|!()[]·- "), frozenset("mwMW@%—…")
_UNITS = re.compile(r"\n|[^\S\n]*[^\s]+[^\S\n]*|[^\S\n]+")

Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Run:
    """Words in one style."""

    words: str
    bold: bool = False
    italic: bool = False
    url: str = ""

    @property
    def svg(self) -> str:
        style = ' font-weight="700"' if self.bold else ""
        style += ' font-style="italic"' if self.italic else ""
        style += f' fill="{LINK}"' if self.url else ""
        return f"<tspan{style}>{escape(self.words)}</tspan>"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A part of the picture, and how high it is."""

    svg: str
    height: float


def draw(blocks: Sequence[Payload], x: float, y: float, width: float) -> Drawn:
    """The blocks below each other."""
    parts: list[str] = []
    top = y
    for block in blocks:
        drawn = _actions(block, x, top, width) if block["type"] == "actions" else _text(block, x, top, width)
        parts.append(drawn.svg)
        top += drawn.height + GAP
    return Drawn("\n".join(parts), top - y - GAP)


def label(words: str, x: float, y: float, *, size: int = LETTER, fill: str = INK, weight: int = 400) -> str:
    """One line of text, its foot at `y`."""
    return (
        f'<text x="{x:g}" y="{y:g}" font-family="{FONT}" font-size="{size}" font-weight="{weight}" fill="{fill}">'
        f"{escape(words)}</text>"
    )


def wide(words: str, size: float = LETTER, *, bold: bool = False) -> float:
    """About how many pixels the words take, in the broadest font that may stand in."""
    cells = sum(0.34 if one in _NARROW else 0.95 if one in _WIDE else 0.7 if one.isupper() else 0.6 for one in words)
    return cells * size * (1.1 if bold else 1.0)


def _text(block: Payload, x: float, y: float, width: float) -> Drawn:
    lines = list(_lines(_runs(block), width))
    texts = (
        f'<text x="{x:g}" y="{y + (n + 1) * LINE - 6:g}" font-family="{FONT}" font-size="{LETTER}" fill="{INK}" '
        f'xml:space="preserve">{"".join(run.svg for run in line)}</text>'
        for n, line in enumerate(lines)
    )
    return Drawn("\n".join(texts), len(lines) * LINE)


def _runs(block: Payload) -> Iterator[Run]:
    for section in block["elements"]:
        for one in section["elements"]:
            style = one.get("style", {})
            words = one.get("text", "") or f"@{one.get('usergroup_id', '')}"
            yield Run(words, style.get("bold", False), style.get("italic", False), one.get("url", ""))


def _lines(runs: Iterator[Run], width: float) -> Iterator[list[Run]]:
    """The runs broken where the width ends, or where they say so."""
    line: list[Run] = []
    used = 0.0
    for run in runs:
        for unit in _UNITS.findall(run.words):
            piece = Run(unit, run.bold, run.italic, run.url)
            needed = wide(unit.rstrip(), bold=run.bold)
            if unit == "\n" or (line and used + needed > width):
                yield line
                line, used = [], 0.0
            if unit != "\n":
                line.append(piece)
                used += wide(unit, bold=run.bold)
    if line:
        yield line


def _actions(block: Payload, x: float, y: float, width: float) -> Drawn:
    """Buttons side by side, in as many rows as they need."""
    parts: list[str] = []
    left, top = x, y
    for one in block["elements"]:
        words = one["text"]["text"] if one["type"] == "button" else "⋯"
        broad = wide(words, BUTTON_LETTER, bold=True) + 2 * BUTTON_PADDING
        if left > x and left + broad > x + width:
            left, top = x, top + BUTTON_HEIGHT + GAP
        parts.append(
            f'<rect x="{left:g}" y="{top + 2:g}" width="{broad:.0f}" height="{BUTTON_HEIGHT}" rx="4" fill="#ffffff" '
            f'stroke="{EDGE}"/>'
            f'<text x="{left + broad / 2:.0f}" y="{top + 21:g}" text-anchor="middle" font-family="{FONT}" '
            f'font-size="{BUTTON_LETTER}" font-weight="700" fill="{INK}">{escape(words)}</text>'
        )
        left += broad + GAP
    return Drawn("\n".join(parts), top - y + BUTTON_HEIGHT + 4)
