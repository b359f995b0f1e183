"""HTML as feeds carry it, brought down to what `markup.plain` understands."""

import re

_TAG = re.compile(r"<(/?)([a-zA-Z][\w:-]*)[^<>]*>")
_KEPT = frozenset({"sub", "sup"})  # they mean something
_INLINE = frozenset({"a", "abbr", "b", "cite", "code", "em", "font", "i", "mark", "q", "small", "span", "strong", "u"})
_UNSEEN = ("script", "style", "head", "svg")


def without_tags(html: str) -> str:
    """Its words, entities still in place; nothing of scripts and comments."""
    html = _without(html, "<!--", "-->")
    for name in _UNSEEN:
        html = _without(html, f"<{name}", f"</{name}>")
    return _TAG.sub(_instead, html)


def _instead(tag: re.Match[str]) -> str:
    name = tag[2].lower()
    return f"<{tag[1]}{name}>" if name in _KEPT else "" if name in _INLINE else " "


def _without(html: str, opening: str, closing: str) -> str:
    """All that stands outside the pairs; of a pair that is never closed, nothing to the end."""
    lower = html.lower()
    if len(lower) != len(html):  # a letter that grows in lower case: places would not agree
        lower = html
    kept, at = [], 0
    while (start := lower.find(opening, at)) >= 0:
        kept.append(html[at:start])
        end = lower.find(closing, start)
        if end < 0:
            return "".join(kept)
        at = end + len(closing)
    return "".join([*kept, html[at:]])
