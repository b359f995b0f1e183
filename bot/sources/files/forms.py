"""Which of the known forms a file has, told by how it begins, never by its name."""

import re
from typing import Literal

from bot.errors import Refused
from bot.sources.entry import INSTEAD
from bot.sources.files import atom, page
from bot.sources.pieces import UTF16_MARKS

Form = Literal["page", "jsonl", "json array", "json items", "json object", "ris", "bibtex", "atom"]

# The first bytes of what people give by mistake: https://en.wikipedia.org/wiki/List_of_file_signatures
_SIGNATURES = (
    (b"%PDF-", "a PDF"),
    (b"\x89PNG\r\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"PK\x03\x04", "a zip archive (or a Word or Excel file)"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\x1f\x8b", "a gzip archive within another"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\xd0\xcf\x11\xe0", "an old Word or Excel file"),
    (b"\x7fELF", "a program"),
    (b"{\\rtf", "a Rich Text file"),
)
_LOOKS = {
    "<": "is XML, but not arXiv's",
    "[": "is JSON, but not about papers",
    "{": "is JSON, but not about papers",
}
_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_PAPER_KEY = re.compile(r'"(?:title|itemType|paper)"\s*:')
_ITEMS = re.compile(r'\{[^{\[]*"(?:items|data)"\s*:\s*\[')  # of CSL-JSON; of Semantic Scholar
_RIS = re.compile(r"^[ \t]*TY {1,2}-(?:\s|$)", re.MULTILINE)
_BIBTEX = re.compile(
    r"(?<![\w.@])@\s*(?:(?:string|comment|preamble)\s*[{(]|[a-z]+\s*[{(]\s*[^\s,{}()=\"]*\s*,)", re.IGNORECASE
)


def recognise(head: bytes, name: str) -> Form:
    """The form of a file that begins with `head`; raises Refused, naming what it looks like, where it has none."""
    said = said_at_start(name)
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise Refused(f"{said} is empty.", INSTEAD)
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            raise Refused(f"{said} looks like {kind}, which I can't read.", INSTEAD)
    text = head.decode("utf-16" if head.startswith(UTF16_MARKS) else "utf-8-sig", errors="replace").strip()
    if "\0" in text:
        raise Refused(f"{said} looks like a binary file, which I can't read.", INSTEAD)
    if _HTML.match(text):
        raise Refused(f"{said} looks like a web page in HTML, which I can't read.", INSTEAD)
    if form := _form(text.replace("\r\n", "\n").replace("\r", "\n")):
        return form
    raise Refused(f"{said} {_LOOKS.get(text[:1], 'is no list of papers that I know')}.", INSTEAD)


def said_at_start(name: str) -> str:
    """A file's name as a sentence begins with it."""
    return "Standard input" if name == "-" else name


def _form(text: str) -> Form | None:
    if text[:1] == "<":
        return "atom" if atom.is_arxiv(text) else None
    if text[:1] in ("{", "["):
        return _json_form(text)
    if _RIS.search(text):
        return "ris"
    if _BIBTEX.search(text):
        return "bibtex"
    return "page" if page.is_page(text) else None


def _json_form(text: str) -> Form | None:
    if not _PAPER_KEY.search(text) and not re.fullmatch(r"\[\s*\]", text):
        return None
    if text[0] == "[":
        return "json array"
    if _ITEMS.match(text):
        return "json items"
    first, newline, others = text.partition("\n")
    is_a_row = first.rstrip(" \t,").endswith("}")
    return "jsonl" if is_a_row or not newline or re.search(r"^\{", others, re.MULTILINE) else "json object"
