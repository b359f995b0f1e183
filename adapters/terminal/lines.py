"""Anybody's text, made safe for a terminal and cut into lines that fit it."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from rich.cells import cell_len, chop_cells
from rich.style import Style
from rich.text import Text

from adapters.terminal.look import QUIET, Look

LABEL = 24  # cells of a label that stands in a column

_ADDRESS = re.compile(r"https?://[^\s<>\"“”]*[^\s<>\"“”.,;:!?)\]]")
_ESCAPE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"
)  # whole; a lone one loses its first letter
# Where a line may end: after a word, and after any Chinese or Japanese letter with the marks that must follow it.
_WIDE = "\u2e80-\ua4cf\uf900-\ufaff\uff00-\uff60\U00020000-\U0003fffd"
_UNITS = re.compile(rf"[{_WIDE}][、。，．：；！？）」』】〉》\ufe00-\ufe0f]*\s*|[^\s{_WIDE}]+\s*")


def safe(text: str) -> str:
    """`text` without what steers a terminal: control characters, escapes, bidirectional overrides, broken surrogates.

    Line breaks stay, tabs become spaces. A joiner stays only between two pictures, where it makes one of them.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _ESCAPE.sub("", text)
    return "".join(_harmless(text, index) for index in range(len(text)))


def one_line(text: str) -> str:
    """The same, with every run of white space made one space."""
    return " ".join(safe(text).split())


def prose(text: str) -> Text:
    """Text for reading: white space tidied inside its lines, addresses in it clickable."""
    tidy = Text("\n".join(" ".join(line.split()) for line in safe(text).splitlines()).strip("\n"))
    for found in _ADDRESS.finditer(tidy.plain):
        tidy.stylize(Style(link=address(found.group())), *found.span())
    return tidy


def address(url: str) -> str:
    """`url` in the letters that a link may have, or nothing where it is not a web address."""
    url = safe(url).strip()
    if not url.startswith(("https://", "http://")):
        return ""
    return quote(url, safe="/:?#[]@!$&'()*+,;=%~-._")


def fit(text: Text, look: Look) -> list[Text]:
    """`text` in lines for that screen; nothing where there is no text. Without colours an address is never cut."""
    return fold(text, look.width, whole_addresses=not look.styled) if text else []


def fold(text: Text, width: int | None, *, whole_addresses: bool = False) -> list[Text]:
    """`text` in lines of at most `width` cells, cut between words; none means as it stands.

    A word longer than a line is cut where the line ends, save an address where `whole_addresses` wants it whole.
    """
    lines = list(text.split("\n", allow_blank=True))
    if width is None:
        return lines
    folded = [piece for line in lines for piece in line.divide(_cuts(line.plain, width, whole_addresses))]
    for piece in folded:
        piece.rstrip()
    return folded


def chop(text: str, width: int | None) -> list[Text]:
    """A file's lines, whose spaces matter, cut at `width` cells; none leaves them and their tabs as they are."""
    if width is None:
        return [Text("\t".join(map(safe, line.split("\t")))) for line in text.splitlines()]
    lines = (safe(line.expandtabs(4)) for line in text.splitlines())
    return [Text(piece) for line in lines for piece in chop_cells(line, width) or [""]]


def hang(head: Text, lines: Iterable[Text]) -> list[Text]:
    """`lines` with `head` before the first and the others indented below it."""
    gap = " " * head.cell_len
    return [Text.assemble(gap if index else head, line) if line else line for index, line in enumerate(lines)]


def table(rows: Sequence[tuple[str, Text]], look: Look) -> list[Text]:
    """Labels in a column, values beside them."""
    wide = min(max((cell_len(label) for label, _ in rows), default=0), (look.width or 2 * LABEL) // 3, LABEL)
    lines: list[Text] = []
    for label, value in rows:
        *above, head = fold(Text(label, QUIET), wide)
        if value:
            head.pad_right(wide + 2 - head.cell_len)
        lines += above + (hang(head, fit(value, look.less(wide + 2))) or [head])
    return lines


def first(lines: list[Text], most: int, width: int | None) -> list[Text]:
    """At most `most` lines; an ellipsis ends the last one where there were more."""
    if width is None or len(lines) <= most:
        return lines
    *kept, last = lines[:most]
    return [*kept, Text.assemble(last if last.cell_len < width else fold(last, width - 1)[0], "…")]


def _harmless(text: str, index: int) -> str:
    letter = text[index]
    if letter in "\n\u2028\u2029\x85\x0b\x0c":
        return "\n"
    match unicodedata.category(letter):
        case "Cc":
            return " " if letter == "\t" else ""
        case "Cs":
            return "\ufffd"
        case "Cf" if letter == "\u200d":
            return letter if _is_picture(text[index - 1 : index]) and _is_picture(text[index + 1 : index + 2]) else ""
        case "Cf":
            return letter if letter == "\u200c" else ""  # Persian is spelled with it
        case _:
            return letter


def _is_picture(letter: str) -> bool:
    return bool(letter) and (letter == "\ufe0f" or unicodedata.category(letter) in ("So", "Sk"))


def _cuts(text: str, width: int, whole_addresses: bool) -> list[int]:
    """Offsets at which `text` starts a new line."""
    cuts: list[int] = []
    used = 0
    for unit in _UNITS.finditer(text):
        word = unit.group().rstrip()
        if used and used + cell_len(word) > width:
            cuts.append(unit.start())
            used = 0
        if cell_len(word) > width and not (whole_addresses and "://" in word):
            *full, rest = chop_cells(word, width)
            at = unit.start()
            for piece in full:
                at += len(piece)
                cuts.append(at)
            used = cell_len(rest) + len(unit.group()) - len(word)
        else:
            used += cell_len(unit.group())
    return cuts
