"""Words for people: sentences, cutting, counting."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time

HIDDEN = re.compile(  # control characters, soft hyphens, zero width spaces, bidi overrides and isolates, surrogates
    "[\0-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u200b\u202a-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff]"
)
ENDS = "\u200b\u200c\u200d\u200e\u200f\u061c\u2060\ufeff \t\n"  # zero width, and so nothing at an end
_BIDI_MARKS = dict.fromkeys((0x200E, 0x200F, 0x061C))
_TYPED = {
    **dict.fromkeys(map(ord, "“”„‟«»＂"), '"'),
    **dict.fromkeys(map(ord, "‘’‚‛＇"), "'"),
    **{ord(wide): plain for wide, plain in zip("：；０１２３４５６７８９\u3000", ":;0123456789 ", strict=True)},
}
_SENTENCE_END = re.compile(r"(?<![.!?…])[.!?…]++[\"')\]”’»]*+\s++|[。！？｡]++[」』”’）]*+\s*+")
_ABBREVIATED = re.compile(
    r"al|vs|cf|figs?|eq[ns]?|eqns|secs?|tab|refs?|resp|approx|dr|prof|mrs?|ms|st|ca|vol|pp|ch|thm|def|alg|viz"
    r"|(?:[a-z]\.)+[a-z]",  # e.g, i.e, w.r.t, U.S
    re.IGNORECASE,
)
_OPENER = re.compile(r"(?:We|The|This|In|Our|It|These|To|An|However|Here|For|As|By|With|On|When|While|Then|They)\b")
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def said(text: str) -> str:
    """What a person typed, as one line with straight quotes and ASCII digits, colons and semicolons."""
    return one_line(text.translate(_TYPED).translate(_BIDI_MARKS))


def said_lines(text: str) -> str:
    """The same line by line, empty ones left out."""
    return "\n".join(filter(None, map(said, text.splitlines())))


def sentences(text: str) -> list[str]:
    """The sentences of an abstract, in order and stripped. Abbreviations, initials and decimals end none."""
    found, start = [], 0
    for end in _SENTENCE_END.finditer(text):
        if _ends_sentence(text, start, end):
            found.append(text[start : end.end()].strip())
            start = end.end()
    return [sentence for sentence in (*found, text[start:].strip()) if sentence]


def shorten(text: str, most: int) -> str:
    """At most `most` letters as Python counts them, an ellipsis among them; no grapheme is cut in two."""
    if most < 1 or len(text) <= most:
        return text if most > 0 else ""
    cut = most - 1
    space = max(text.rfind(" ", 0, cut + 1), text.rfind("\n", 0, cut + 1))
    if space >= most * 2 / 3:
        cut = space
    tidy = len(text[:cut].rstrip(" \n\t,;:.-–—("))
    cut = tidy if tidy >= cut / 2 else len(text[:cut].rstrip())
    while cut and _is_joined(text, cut):
        cut -= 1
    return text[:cut] + "…"


def plural(count: int, noun: str, nouns: str = "") -> str:
    """`1 paper`, `1,234 papers`; `nouns` where an s is not enough."""
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"


def human_join(items: Iterable[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    *head, tail = list(items) or [""]
    return f"{', '.join(head)} {last} {tail}" if head else tail


def human_list(items: Sequence[str], most: int = 6) -> str:
    """The first few of many: `a, b and 3 more`."""
    rest = len(items) - most
    return human_join([*items[:most], f"{rest:,} more"] if rest > 0 else items)


def quoted(value: str) -> str:
    """`value` as one word of a command: in quotes where it has a space, comma or semicolon, and none inside."""
    bare = value.replace('"', "").strip()
    return f'"{bare}"' if re.search(r"[\s,;]", bare) else bare


def number_of(text: str) -> int | None:
    """3 for `3`, `#3`, `3.` or `no. 3`; none for anything else."""
    digits = text.strip().lower().removeprefix("no.").removeprefix("paper ").strip().lstrip("#").rstrip(".)")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 3 else None


def day(value: date) -> str:
    """`5 Mar 2024`, whatever the locale."""
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def weekday(value: date) -> str:
    """`Wednesday`, whatever the locale."""
    return _WEEKDAYS[value.weekday()]


def weekday_and_day(value: date) -> str:
    """`Wed 25 Nov`, whatever the locale."""
    return f"{weekday(value)[:3]} {value.day} {_MONTHS[value.month - 1]}"


def clock(value: time | datetime) -> str:
    """`09:00`."""
    return f"{value.hour:02}:{value.minute:02}"


def one_line(text: str) -> str:
    if not (text.isascii() and text.isprintable()):
        text = unicodedata.normalize("NFC", HIDDEN.sub("", text)).strip(ENDS)
    return " ".join(text.split())


def _ends_sentence(text: str, start: int, end: re.Match[str]) -> bool:
    if end.group()[0] in "。！？｡":
        return True
    after = text[end.end() : end.end() + 30].lstrip("\"'([“‘«")
    word = re.split(r"[\s(\[\"“]", text[max(start, end.start() - 30) : end.start()])[-1]
    if after[:1].islower() and not re.match(r"[a-z]{1,4}[A-Z]", after):  # "vLLM" may open a sentence
        return False
    if end.group()[0] != "." or end.group()[1:2] == ".":
        return True
    if len(word) == 1 and word.isupper():  # an initial, unless what follows can be no name
        return _OPENER.match(after) is not None
    is_number_sign = word.lower() in ("no", "nos") and after[:1].isdigit()
    return not (_ABBREVIATED.fullmatch(word) or is_number_sign)


def _is_joined(text: str, at: int) -> bool:
    """Whether the letters before and after `at` are one grapheme: Unicode annex 29, erring on the side of joining."""
    before, after = text[at - 1], text[at : at + 1] or " "
    if before == "\r" and after == "\n":
        return True
    if unicodedata.category(after)[0] == "M" or after in "\u200c\u200d\u0e33\u0eb3\uff9e\uff9f":
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f" or before == "\u200d":
        return True
    if _is_flag(before) and _is_flag(after):
        return (at - len(text[:at].rstrip(_FLAGS))) % 2 == 1
    is_conjunct = unicodedata.combining(before) == 9 and after.isalpha()  # a virama binds the next consonant
    return is_conjunct or (_is_jamo(after) and (_is_jamo(before) or "가" <= before <= "힣"))


_FLAGS = "".join(map(chr, range(0x1F1E6, 0x1F200)))


def _is_flag(letter: str) -> bool:
    return letter in _FLAGS


def _is_jamo(letter: str) -> bool:
    return "\u1100" <= letter <= "\u11ff" or "\ua960" <= letter <= "\ua97c" or "\ud7b0" <= letter <= "\ud7fb"
