"""Whether an answer is what it claims to be, and its text: not empty, no web page, in an encoding that fits."""

import codecs
import json
import re

from bot.errors import SourceTrouble

EMPTY = "an empty answer"
WEB_PAGE = "a web page in place of a list"
NO_LIST = "something other than a list of papers"
DECLARES = "it declares a document type, which I don't read"
ENDS_EARLY = "its answer ends in the middle"
NOT_JSON = "something other than JSON"

_HEAD = 64 * 1024  # bytes: what an answer is shows long before
_SPACE = b"\xef\xbb\xbf \t\r\n\0"
_HTML = re.compile(r"\s*(?:<\?[^<>]{0,300}\?>\s*)?<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_MARKS = (  # of an encoding, at the very start: a byte order mark, or how `<?` looks without one
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0?\0", "utf-16-le"),
    (b"\0<\0?", "utf-16-be"),
)
_DECLARED = re.compile(rb"""\s*<\?xml[^<>]{1,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
_CHARSET = re.compile(  # of the encodings that Python knows, those in which the web is written
    r"(?:iso[-_]?8859[-_]?\d{1,2}|(?:windows-|cp)125\d|koi8-[ru]|gb(?:2312|k|18030)|big5|euc[-_](?:jp|kr)"
    r"|shift[-_]jis|iso-2022-(?:jp|kr)|us-ascii|latin-?1|utf-?(?:8|16|16-?[lb]e))",
    re.IGNORECASE,
)


def check(body: bytes) -> None:
    """Raises SourceTrouble where nothing came, or a web page: what captive portals and broken servers send."""
    if not body.strip(_SPACE):
        raise SourceTrouble(EMPTY)
    if _HTML.match(head_of(body)):
        raise SourceTrouble(WEB_PAGE)


def check_xml(body: bytes, roots: str) -> None:
    """The same, and where it is no XML of these roots (alternatives of a pattern, such as `feed|rss`)."""
    check(body)
    if not re.search(rf"<(?:{roots})\b", head_of(body)):
        raise SourceTrouble(NO_LIST)


def head_of(body: bytes) -> str:
    """The first letters of an answer."""
    mark = next((codec for mark, codec in _MARKS if body.startswith(mark)), "utf-8")
    return body[:_HEAD].decode(mark, errors="replace")


def text_in(body: bytes, charset: str = "") -> str:
    """The text in the encoding that fits it: UTF-8 where that is possible, else as declared, else Windows' Western one.

    charset: what the server said, perhaps wrongly.
    """
    if mark := next((codec for mark, codec in _MARKS if body.startswith(mark)), ""):
        return body.decode(mark, errors="replace")
    declared = match[1].decode("ascii", errors="replace") if (match := _DECLARED.match(body)) else ""
    said = [name for name in (declared, charset) if _CHARSET.fullmatch(name)]
    is_escaped = any(name.lower().startswith("iso-2022") for name in said)  # which is UTF-8 too, of another meaning
    for name in (*said, "utf-8") if is_escaped else ("utf-8", *said):
        try:
            return body.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    return body.decode("cp1252", errors="replace")


def json_in(body: bytes, charset: str = "") -> object:
    """What the JSON spells; raises SourceTrouble where it is none, ends early or is nested a thousand deep."""
    check(body)
    text = text_in(body, charset).strip()
    try:
        found: object = json.loads(text, strict=False)
    except (ValueError, RecursionError) as err:
        is_cut = isinstance(err, json.JSONDecodeError) and text[:1] in ("{", "[") and text[-1:] not in ("}", "]")
        raise SourceTrouble(ENDS_EARLY if is_cut else NOT_JSON) from err
    return found
