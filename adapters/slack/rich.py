"""The parts of a `rich_text` block: nothing in them is parsed, so whatever papers and people wrote stays text."""

from collections.abc import Sequence
from typing import Literal
from urllib.parse import quote

from adapters.slack import limits
from bot.text import one_line, shorten

Block = dict[str, object]
Element = dict[str, object]
Style = Literal["bold", "italic", "code"]

SPARE = 4  # letters that are read for one that is shown: the rest is white space, or can't be seen
NEW_LINE: Element = {"type": "text", "text": "\n"}


def text(value: str, *styles: Style) -> list[Element]:
    """The words as they stand; nothing for no words, which Slack refuses."""
    return [{"type": "text", "text": value, **_styled(styles)}] if value else []


def link(url: str, label: str, *styles: Style) -> list[Element]:
    """The words, leading to `url` where that is a web address."""
    target = address(url)
    if not target or not label:
        return text(label, *styles)
    return [{"type": "link", "url": target, "text": label, **_styled(styles)}]


def group(id: str) -> list[Element]:
    """A call to the people of a group."""
    return [{"type": "usergroup", "usergroup_id": id}]


def is_group(id: str) -> bool:
    """Whether the id can be one of Slack's groups, and nothing else that can be called."""
    return id.startswith("S") and id.isascii() and id.isalnum() and id.isupper()


def lines(*parts: Sequence[Element]) -> list[Element]:
    """The parts that hold something, each on a line of its own."""
    filled = [part for part in parts if part]
    return [element for index, part in enumerate(filled) for element in ([NEW_LINE] if index else []) + list(part)]


def paragraph(*parts: Sequence[Element]) -> list[Block]:
    """One block of these lines, or none."""
    elements = lines(*parts)
    return (
        [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}] if elements else []
    )


def preformatted(value: str) -> list[Block]:
    """Letters of one width, in a frame."""
    elements = text(value)
    return (
        [{"type": "rich_text", "elements": [{"type": "rich_text_preformatted", "elements": elements}]}] if value else []
    )


def address(url: str) -> str:
    """`url` in the letters that a link may have, or nothing where it is not a web address that Slack takes."""
    url = one_line(url)
    if not url.startswith(("https://", "http://")):
        return ""
    safe = quote(url, safe="/:?#[]@!$&'()*+,;=%~-._")
    return safe if len(safe) <= limits.URL else ""


def cut(value: str, most: int) -> str:
    """At most `most` letters, as Slack may count them: a picture beyond the first plane as two."""
    shown = shorten(value, most)
    while (excess := letters(shown) - most) > 0:
        shown = shorten(shown, len(shown) - max(1, excess // 2))
    return shown


def line(value: str, most: int) -> str:
    """Text on one line: white space tidied, what can't be seen taken out, at most `most` letters."""
    return cut(one_line(value[: most * SPARE]), most)


def prose(value: str, most: int) -> str:
    """Text for reading: the same, line by line."""
    return cut("\n".join(map(one_line, value[: most * SPARE].splitlines())).strip("\n"), most)


def letters(value: str) -> int:
    """How long Slack may find the text: in units of UTF-16."""
    return len(value) if value.isascii() else len(value.encode("utf-16-le")) // 2


def size(value: object) -> int:
    """How many letters a block holds, its addresses included."""
    match value:
        case dict():
            own = sum(letters(said) for key in ("text", "url") if isinstance(said := value.get(key), str))
            return own + sum(size(child) for child in value.values() if not isinstance(child, str))
        case list():
            return sum(map(size, value))
        case _:
            return 0


def _styled(styles: Sequence[Style]) -> Element:
    return {"style": dict.fromkeys(styles, True)} if styles else {}
