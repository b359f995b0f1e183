"""How Discord's programs read its markup, as far as we write it and further: for pictures and for tests."""

import re
from dataclasses import dataclass, replace
from functools import lru_cache

_INLINE = re.compile(
    r"""
    (?=[\\`<@\[h:*_~|])(?:
    \\(?P<escaped>[^0-9A-Za-z\s])
    |(?P<code>```.+?```|`[^`]+`)
    |<(?P<angled>https?://[^\s>]+)>
    |(?P<live><(?:@[!&]?\d+|\#\d+|a?:\w+:\d+|t:-?\d+(?::\w)?|/[^:<>]+:\d+|id:\w+)>|@everyone|@here)
    |\[(?P<label>(?:\\.|[^\[\]\\])+)\]\(<?(?P<target>https?://[^\s()<>]+)>?\)
    |(?P<bare>https?://[^\s<]+)
    |(?P<emoji>:[\w+-]+:)
    |\*\*(?P<bold>(?:\\.|[^\\])+?)\*\*(?!\*)
    |__(?P<under>(?:\\.|[^\\])+?)__(?!_)
    |\*(?P<italic>(?=\S)(?:\\.|[^\\*])+?)\*(?!\*)
    |\b_(?P<slanted>(?:\\.|[^\\_])+?)_\b
    |~~(?P<struck>(?:\\.|[^\\])+?)~~
    |\|\|(?P<spoiler>(?:\\.|[^\\])+?)\|\|
    )
    """,
    re.VERBOSE | re.DOTALL,
)
_BLOCK = re.compile(r"(?P<small>-# )|(?P<live>#{1,3} |>(?:>>)? |\s*(?:[-*+]|\d+\.) )")


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line as it is seen. live: what it does besides being read, such as pinging somebody."""

    text: str
    is_bold: bool = False
    is_italic: bool = False
    is_small: bool = False
    url: str = ""
    live: str = ""


@lru_cache(maxsize=16)
def lines(markup: str) -> list[list[Span]]:
    """What is seen, line by line."""
    return [_line(line) for line in markup.split("\n")]


def text(markup: str) -> str:
    """The letters that are seen."""
    return "\n".join("".join(span.text for span in line) for line in lines(markup))


def links(markup: str) -> list[str]:
    """Where it leads, each address once."""
    return list(dict.fromkeys(span.url for line in lines(markup) for span in line if span.url))


def alive(markup: str) -> list[str]:
    """What does more than being read, links and bold or slanted letters aside."""
    return [span.live for line in lines(markup) for span in line if span.live]


def _line(line: str) -> list[Span]:
    block = _BLOCK.match(line)
    if block is None:
        return _inline(line, Span(""))
    rest = line[block.end() :]
    if block["small"]:
        return _inline(rest, Span("", is_small=True))
    return [Span("", live=block.group()), *_inline(rest, Span(""))]


def _inline(markup: str, style: Span) -> list[Span]:
    found: list[Span] = []
    end = 0
    for match in _INLINE.finditer(markup):
        found += [replace(style, text=markup[end : match.start()]), *_spans(match, style)]
        end = match.end()
    return [span for span in [*found, replace(style, text=markup[end:])] if span.text or span.live]


def _spans(match: re.Match[str], style: Span) -> list[Span]:
    kind, inner = match.lastgroup or "", match.group(match.lastgroup or 0)
    match kind:
        case "escaped":
            return [replace(style, text=inner)]
        case "angled" | "bare":
            return [replace(style, text=inner, url=inner)]
        case "target":
            return [replace(span, url=inner) for span in _inline(match["label"], style)]
        case "bold":
            return _inline(inner, replace(style, is_bold=True))
        case "italic":
            return _inline(inner, replace(style, is_italic=True))
        case "live" | "emoji" | "code":
            return [replace(style, text=inner, live=inner)]
        case _:
            return [replace(span, live=span.live or kind) for span in _inline(inner, style)]
