"""Draws deploy/pictures/discord.svg, a digest as people see it on Discord: `python -m deploy.discord_picture`.

What is drawn is what would be sent: the program's own message, its markup read as Discord's programs read it.
"""

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from adapters.discord.render import messages
from bot.adapter import ChannelRef, Invocation
from deploy.demo import on_samples
from deploy.discord_markup import Span, lines

PICTURE = Path(__file__).parent / "pictures" / "discord.svg"
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)  # the same picture whenever it is drawn
CHANNEL = ChannelRef("discord", "900", "1", "ml-papers")
WIDTH, EDGE, INDENT = 760, 16, 72
EMBED_WIDTH, PADDING = 600, 14
SIZE, LINE = 15, 21
BACK, BOX, TEXT, QUIET, LINK, BUTTON, ACCENT = (
    "#313338", "#2b2d31", "#dbdee1", "#949ba4", "#00a8fc", "#4e5058", "#5865f2",
)  # fmt: skip
FONT = "'gg sans', 'Noto Sans', 'Helvetica Neue', Helvetica, Arial, sans-serif"


async def main() -> None:
    async with on_samples(lambda: NOW) as service:
        for said in ("/papers follow recsys", "/papers settings size:3"):
            await service.handle(Invocation(CHANNEL, "sam", "sam", text=said))
        digest = await service.handle(Invocation(CHANNEL, "sam", "sam", text="/papers digest"))
    PICTURE.write_text(drawn(messages(digest.cards)[0].body), encoding="utf-8")


def drawn(message: dict[str, Any]) -> str:
    """The message as an SVG picture."""
    sheet = _Sheet()
    sheet.head("Paper Round", f"{NOW:%d/%m/%Y %H:%M}")
    sheet.paragraph(message["content"], INDENT, WIDTH - INDENT - EDGE)
    for embed in message["embeds"]:
        sheet.embed(embed)
    for row in message["components"]:
        sheet.buttons([button["label"] for button in row["components"]])
    return sheet.picture()


@dataclass(slots=True)
class _Sheet:
    """The picture, filled from the top. y: how far down it is filled."""

    y: float = EDGE
    parts: list[str] = field(default_factory=list)

    def head(self, name: str, when: str) -> None:
        self.parts.append(f'<circle cx="36" cy="{self.y + 20}" r="20" fill="{ACCENT}"/>')
        self._put([Span("PR", is_bold=True)], 26, self.y + 25, "#ffffff")
        self._put([Span(name, is_bold=True)], INDENT, self.y + 14, "#ffffff")
        x = INDENT + _wide(Span(name, is_bold=True)) + 6
        self._box(x, self.y + 1, 32, 16, ACCENT)
        self._put([Span("APP", is_bold=True)], x + 4, self.y + 13, "#ffffff", 11)
        self._put([Span(when)], x + 42, self.y + 14, QUIET, 12)
        self.y += LINE

    def paragraph(self, markup: str, x: float, width: float) -> None:
        for line in lines(markup):
            for spans in _wrapped(line, width):
                self.y += LINE
                self._put(spans, x, self.y - 5, TEXT)

    def embed(self, embed: dict[str, Any]) -> None:
        top, at = self.y + 6, len(self.parts)
        self.y = top + PADDING - 6
        inner, width = INDENT + PADDING + 4, EMBED_WIDTH - 2 * PADDING
        if title := embed.get("title"):
            colour = {"url": embed["url"]} if "url" in embed else {}
            for spans in _wrapped([replace(span, is_bold=True, **colour) for span in lines(title)[0]], width):
                self.y += LINE
                self._put(spans, inner, self.y - 5, TEXT)
        self.paragraph(embed.get("description", ""), inner, width)
        self.y += PADDING - 6
        box = f'y="{top}" height="{self.y - top}" rx="4"'
        bar = f'<rect x="{INDENT}" {box} width="8" fill="#{embed["color"]:06x}"/>'
        self.parts.insert(at, f'{bar}<rect x="{INDENT + 4}" {box} width="{EMBED_WIDTH}" fill="{BOX}"/>')

    def buttons(self, labels: Sequence[str]) -> None:
        x, self.y = float(INDENT), self.y + 8
        for label in labels:
            width = _wide(Span(label, is_bold=True)) * 14 / SIZE + 24
            self._box(x, self.y, width, 32, BUTTON)
            self._put([Span(label, is_bold=True)], x + 12, self.y + 21, "#ffffff", 14)
            x += width + 8
        self.y += 32

    def picture(self) -> str:
        height = self.y + EDGE
        size = f'width="{WIDTH}" height="{height:g}" viewBox="0 0 {WIDTH} {height:g}"'
        back = f'<rect width="100%" height="100%" rx="8" fill="{BACK}"/>'
        head = f'<svg xmlns="http://www.w3.org/2000/svg" xml:space="preserve" {size} font-family={quoteattr(FONT)}>'
        return "\n".join([head, back, *self.parts, "</svg>", ""])

    def _box(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        place = f'x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"'
        self.parts.append(f'<rect {place} rx="3" fill="{colour}"/>')

    def _put(self, spans: Sequence[Span], x: float, y: float, colour: str, size: int = SIZE) -> None:
        told = "".join(f"<tspan{_style(span)}>{escape(span.text)}</tspan>" for span in spans)
        self.parts.append(f'<text x="{x:g}" y="{y:g}" fill="{colour}" font-size="{size}">{told}</text>')


def _style(span: Span) -> str:
    bold = ' font-weight="600"' if span.is_bold else ""
    italic = ' font-style="italic"' if span.is_italic else ""
    small = f' font-size="12" fill="{QUIET}"' if span.is_small else ""
    return bold + italic + small + (f' fill="{LINK}"' if span.url else "")


def _wrapped(line: Sequence[Span], width: float) -> Iterator[list[Span]]:
    """The line as the lines that it fills, cut between words."""
    found: list[Span] = []
    used = 0.0
    for word in (replace(span, text=text) for span in line for text in re.findall(r"\S+\s*|\s+", span.text)):
        if found and found[-1].text.endswith(" ") and used + _wide(replace(word, text=word.text.rstrip())) > width:
            yield found
            found, used = [], 0.0
        used += _wide(word)
        if found and replace(found[-1], text="") == replace(word, text=""):
            word = replace(word, text=found.pop().text + word.text)
        found.append(word)
    yield found


def _wide(span: Span) -> float:
    """About how wide the letters are, in a wide font."""
    return SIZE * (1.13 if span.is_bold else 1.0) * sum(map(_letter, span.text))


def _letter(letter: str) -> float:
    if letter in " iljtfrI.,:;'|!()[]·":
        return 0.34
    if letter in "mwMW@…":
        return 0.9
    return 1.0 if letter > "\u2e80" else 0.7 if letter.isupper() else 0.61


if __name__ == "__main__":
    asyncio.run(main())
