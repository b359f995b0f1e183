"""Text as Discord's markup: whatever papers and people wrote stays text, and nothing in it pings or links."""

import re
from collections.abc import Callable
from urllib.parse import quote, urlsplit

from adapters.discord.limits import URL, length
from bot.text import one_line, shorten

_LIVE = re.compile(
    r"[\\*_~|`\[\]<>@]"  # emphasis, spoilers, code, masked links, mentions, timestamps, custom emoji
    r"|:(?=//|[\w+-]+:)"  # https:// and :emoji:
    r"|^[-+#](?!\w)"  # lists and headings, where a line begins
    r"|(?<=^\d)[.)]|(?<=^\d\d)[.)]|(?<=^\d\d\d)[.)]|(?<=^\d{4})[.)]",
    re.MULTILINE,
)
_ESCAPED = re.compile(r"\\([^0-9A-Za-z\s])")
_ADDRESS = re.compile(r"https?://[^\s<>“”\"]+", re.IGNORECASE)
SPARE = 4  # letters that are read for one that is shown: the rest is white space, or can't be seen
_ENDS = ".,;:!?…)]}'’"
_URL_LETTERS = "%/:=&?~#+!$,;'@*-._[]()"


def escape(text: str) -> str:
    """The text as markup that shows just that; one line, as anything foreign is."""
    return _LIVE.sub(r"\\\g<0>", one_line(text))


def unescaped(markup: str) -> str:
    """The text that `escape` made this of."""
    return _ESCAPED.sub(r"\1", markup)


def prose(text: str) -> str:
    """Our own sentences, line by line. An address in them can be followed, and unfolds nothing."""
    return "\n".join(_linked(one_line(line)) for line in text.splitlines()).strip()


def masked(label: str, url: str) -> str:
    """The label as a link, or alone where the address is none. For embeds: in a message's own text it would unfold."""
    said, target = escape(label), address(url).translate({ord("("): "%28", ord(")"): "%29"})
    if not target:
        return said
    return f"[{said}]({target})" if said else f"<{target}>"


def address(url: str) -> str:
    """The web address, every letter of it harmless; empty where Discord would not take it."""
    bare = one_line(url)
    try:
        is_address = urlsplit(bare).scheme.lower() in ("http", "https") and bool(urlsplit(bare).hostname)
    except ValueError:
        return ""
    quoted = quote(bare, safe=_URL_LETTERS, errors="replace")
    scheme, colon, rest = quoted.partition(":")
    return f"{scheme.lower()}{colon}{rest}" if is_address and len(quoted) <= URL else ""


def fitted(text: str, most: int, markup: Callable[[str], str] = escape) -> str:
    """The text as markup of at most `most` letters, cut at a word where it is longer."""
    room, clean = most, "\n".join(map(one_line, text[: most * SPARE].splitlines())).strip()
    while length(marked := markup(_shortened(clean, room))) > most and room > 0:
        room = min(room - 1, room * most // length(marked))
    return marked if room > 0 else ""


def cut(text: str, most: int) -> str:
    """The text for a place without markup, on one line, cut at a word where it is longer."""
    return fitted(one_line(text), most, str)


def _shortened(text: str, most: int) -> str:
    """Cut at a word; anywhere in what is mere punctuation, of which nothing would be left."""
    short = shorten(text, most)
    return f"{text[: most - 1]}…" if len(text) > most and len(short) < most / 2 else short


def _linked(line: str) -> str:
    parts, end = [], 0
    for found in _ADDRESS.finditer(line):
        bare = found.group().rstrip(_ENDS)
        target = "" if found.group().endswith("…") else address(bare)  # what was cut leads elsewhere
        if target:
            parts += [_LIVE.sub(r"\\\g<0>", line[end : found.start()]), f"<{target}>"]
            end = found.start() + len(bare)
    return "".join([*parts, _LIVE.sub(r"\\\g<0>", line[end:])])
