"""How much a screen shows, and the few styles we use on it."""

from dataclasses import dataclass, replace

from rich.console import Console
from rich.style import Style

MEASURE = 100  # cells: longer lines are hard to read, however wide the window is

# Each colour has a contrast of about 4.5 : 1 both to black and to white (by WCAG's formula): dark and light windows.
TITLE = Style(bold=True)
NUMBER = Style(bold=True, color="#3078c0")
KEY = Style(bold=True, reverse=True, color="#3078c0")
WHY = Style(color="#32836e")
DONE = Style(bold=True, color="#2c854a")
REFUSED = Style(bold=True, color="#a7670e")
QUIET = Style(dim=True)


@dataclass(frozen=True, slots=True)
class Look:
    """What a screen can show.

    width: in cells; none for a pipe, where no line is cut. styled: colours and boldness. links: a click on a title
    opens it, so that its address need not be read.
    """

    width: int | None = None
    styled: bool = False
    links: bool = False

    def less(self, cells: int) -> "Look":
        """The same, narrower; never under 8 cells, which still hold a word."""
        return self if self.width is None else replace(self, width=max(8, self.width - cells))


def look_of(console: Console) -> Look:
    """What `console` can show: no escape codes in a pipe, on a dumb terminal or under NO_COLOR.

    Clickable links came to terminals after 24-bit colour did, so that one tells the other.
    """
    if not console.is_terminal:
        return Look()
    styled = console.color_system is not None and not console.no_color
    return Look(min(console.width, MEASURE), styled, styled and console.color_system == "truecolor")
