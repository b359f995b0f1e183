"""Titles and abstracts as sources write them, with LaTeX and HTML in them, as plain readable text."""

import html
import re
import unicodedata
from functools import cache

from bot.text import one_line

_MARKUP = re.compile(r"[\\$^_{}<&~`]|--")  # a text without any of these needs no more than its white space tidied
_LATEX_MAX = 50_000  # letters: the longest abstract seen has 4,000; a longer text is no abstract, and stays as it is
_MATH_MAX = 1_000  # letters between two dollars
_DEPTH_MAX = 24  # groups within groups; deeper braces are skipped
_ENTITY = re.compile(r"(?<!\\)&(?:#\d{1,7}|#[xX][\da-fA-F]{1,6}|[a-zA-Z]\w{1,30});")
_SCRIPT_TAG = re.compile(r"(?i)<(?:jats:)?(su[bp])>([^<>]{1,40})</(?:jats:)?\1>")
_ATTRIBUTES = r"(?:\s{1,3}[\w:-]{1,40}=(?:\"[^\"<>]{0,500}\"|'[^'<>]{0,500}'))*+\s?/?>"
_BLOCK_TAG = re.compile(rf"(?i)</?(?:p|br|div|li|ul|ol|h[1-6]|jats:(?:p|sec|title|list|list-item)){_ATTRIBUTES}")
_TAG = re.compile(rf"(?i)</?(?:[iba]|em|strong|su[bp]|span|tt|small|italic|bold|(?:jats|mml):[\w-]+){_ATTRIBUTES}")
_CITATION = re.compile(
    r"[ ~]{0,2}\\(?:[cC]ite[a-zA-Z]{0,12}|(?:eq|auto|page|[cC])?ref|label)\*? ?"
    r"(?:\[[^\[\]{}]{0,200}\]){0,2}\{[^{}]{0,2000}\}"
)
_EMPTY_BRACKETS = re.compile(r"(?:^| )[(\[][ ,;~]{0,9}[)\]]")
_DASHES = re.compile(r"(?<=[\w)\]}.,%$\"'])---?(?=[\w(\[{\\$\"'])|(?<= )---?(?= )")
_TIES = re.compile(r"(?<=[a-z])~(?=\()|(?<=[a-z]\.)~(?=\w)")  # `network~(CNN)`, `w.r.t.~a`: in any text
_SET = re.compile(r"\{[^{}\\\s,$]{1,12}(?:, ?[^{}\\\s,$]{1,12}){1,20}\}")  # `{0, 1}` in prose is a set, not a group
_BARE = re.compile(r"(?<![\\a-zA-Z])(text(?:bf|it|sc|sf|tt|rm)|math(?:bb|bf|cal|rm))(?=\{)")  # its backslash was lost
_PROSE = re.compile(r"(?:[^\\{}$~^_]|[\^_](?!\{))+")
_MATH = re.compile(r"[^\\{}^_~&]+")
_NAME = re.compile(r"([a-zA-Z]+)\*?")
_TO_LINK = re.compile(r"://\S{1,300}/$")
_WORDS = re.compile(r"[a-zA-Z]{2,}\s+[a-zA-Z]{2,}|\d\w?\s+(?:and|or|to|per|for|in|vs)\b")
_SIMPLE = re.compile(r"[+\-−]?[\w.∞⊙☉⋆*†]+|.")
_SUPERSCRIPTS = str.maketrans(
    "0123456789+-−=()abcdefghijklmnoprstuvwxyzT∘′*⋆†⊤∗", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᵀ°′**†ᵀ*"
)
_SUBSCRIPTS = str.maketrans("0123456789+-−=()⊙", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎⊙")  # letters have too few of them
_MARKS = "\u0300\u0301\u0302\u0303\u0308\u0304\u0307\u0327\u030c\u0306\u030b\u0328\u030a\u0323\u0331"
_ACCENTS = dict(zip("`'^~\"=.cvuHkrdb", _MARKS, strict=True))
_HATS = dict(zip(("hat", "widehat", "tilde", "widetilde", "bar", "overline", "dot", "ddot"), '^^~~==."', strict=True))
_LETTER = re.compile("ss|o|O|l|L|ae|AE|oe|OE|aa|AA|i|j|dh|DH|th|TH|dj|DJ|ng|NG")
_SWITCH = re.compile(
    "it|bf|em|rm|sf|sc|tt|cal|sl|small|large|Large|(?:footnote|script|normal)size|(?:display|text|script)style|left|right"
    "|[bB]igg?[lr]?|middle|noindent|centering|(?:no)?limits|par|item|(?:it|sc)shape|bfseries|(?:rm|sf|tt)family|protect"
    "|ensuremath|xspace|relax|newline|linebreak"
)
_ABBREVIATIONS = {"ie": "i.e.", "eg": "e.g.", "etal": "et al.", "etc": "etc.", "wrt": "w.r.t.", "today": "today"}
_SIGNS = {"sim": "~", "epsilon": "ε", "phi": "φ", "varphi": "φ", "star": "*", "prime": "′", "deg": "°"}
_TEXT_SIGNS = {"textasciicircum": "^", "textbar": "|", "textbraceleft": "{", "textbraceright": "}"}
_ORDER_SIGNS = {"lt": "<", "gt": ">", "textless": "<", "textgreater": ">"}
_STYLE = re.compile("(?:text|math)[a-z]+|emph|underline|boldsymbol|bm|operatorname|url")
_FORMULA = re.compile(r"(?:equation|align|gather|multline|eqnarray|displaymath|math)\*?")


def plain(text: str) -> str:
    """A title or abstract as its source wrote it, as one line to read: no LaTeX, no HTML, no invisible letters.

    Macros nobody defined leave their argument, or else their name; money stays money; prose keeps its `_` and `^`.
    """
    line = one_line(text)
    if not _MARKUP.search(line):
        return line
    line = _without_html(line)
    line = _TIES.sub(" ", line)
    line = _DASHES.sub(lambda dashes: "—" if len(dashes.group()) == 3 else "–", line)
    if any(mark in line for mark in "\\${}`") and len(line) <= _LATEX_MAX:
        line = _without_latex(line)
    return one_line(line)


def _without_html(text: str) -> str:
    text = _ENTITY.sub(lambda entity: html.unescape(entity.group()), text) if "&" in text else text
    if "<" in text:
        text = _SCRIPT_TAG.sub(lambda tag: _scripted(tag[2], "^" if tag[1].lower() == "sup" else "_"), text)
        text = _TAG.sub("", _BLOCK_TAG.sub(" ", text))
    return text


def _without_latex(text: str) -> str:
    text = text.replace("``", "“").replace("''", "”") if "``" in text else text
    text = _BARE.sub(r"\\\1", text)
    cited = _CITATION.sub("", text)
    return _Latex(cited if cited == text else _EMPTY_BRACKETS.sub("", cited)).read()


class _Latex:
    """One reading of a marked-up text, front to back, each letter once, so that no input is slow or raises.

    pylatexenc knows the symbols; its own reader raises on ragged input, eats money and writes `<cit.>`.
    """

    def __init__(self, text: str, *, is_math: bool = False, depth: int = 0) -> None:
        self.text, self.is_math, self.depth, self.at = text, is_math, depth, 0

    def read(self, *, inside: bool = False) -> str:
        """What follows as plain text: up to the brace that closes this group if `inside` one, else to the end."""
        found = []
        while self.at < len(self.text):
            if run := (_MATH if self.is_math else _PROSE).match(self.text, self.at):
                found.append(run.group())
                self.at = run.end()
            elif inside and self._next() == "}":
                self.at += 1
                break
            else:
                found.append(self._mark(self._next()))
        return "".join(found)

    def _mark(self, mark: str) -> str:
        match mark:
            case "\\":
                return self._macro()
            case "{":
                return self._group()
            case "$" if not self.is_math:
                fence = "$$" if self.text.startswith("$$", self.at) else "$"
                formula = self._formula(fence, fence)
                return self._skip("$") if formula is None else formula
            case "~":
                return self._skip("~" if self._is_about() else " ")
            case "^" | "_":
                return self._skip() or self._script(mark)
        return self._skip(" " if mark == "&" else "")

    def _next(self) -> str:
        return self.text[self.at : self.at + 1]

    def _skip(self, instead: str = "") -> str:
        self.at += 1
        return instead

    def _group(self) -> str:
        if not self.is_math and (members := _SET.match(self.text, self.at)):
            self.at = members.end()
            return members.group()
        is_after_link = not self.is_math and _TO_LINK.search(self.text[max(0, self.at - 300) : self.at])
        return (" " if is_after_link else "") + (self._argument() if self.depth < _DEPTH_MAX else self._skip())

    def _argument(self) -> str:
        """The next group, macro or letter; nothing, and nothing read, where groups are too deep or at an end."""
        self._skip_spaces()
        if self.depth >= _DEPTH_MAX or self._next() in ("", "}"):
            return ""
        self.depth += 1
        try:
            if self._next() == "{":
                return self._skip() or self.read(inside=True)
            if self._next() == "\\":
                return self._macro() or self._argument()
            return self._skip(self._next())
        finally:
            self.depth -= 1

    def _skip_spaces(self) -> None:
        while self._next() == " ":
            self.at += 1

    def _skip_option(self) -> None:
        if self._next() == "[" and (end := self.text.find("]", self.at, self.at + 200)) > 0:
            self.at = end + 1

    def _is_about(self) -> bool:
        """Whether the tilde here means "about" or stands in a link, and so is no tie between two words."""
        before, after = self.text[max(0, self.at - 2) : self.at], self.text[self.at + 1 : self.at + 2]
        is_number = before[-1:].isdigit() or before[-1:] == "%" or re.fullmatch(r"\W?[a-z]", before) is not None
        is_loose = before[-1:] in ("", " ", "/", "(") or after in ("", " ")
        return not self.is_math and (is_loose or (is_number and after.isdigit()))

    def _script(self, mark: str) -> str:
        start = self.at
        inner = self._argument().strip()
        return _scripted(inner, mark) if self.at > start else mark

    def _formula(self, opening: str, closing: str) -> str | None:
        """The formula that starts here; none, and nothing read, where the fence opens none."""
        start = self.at + len(opening)
        end = self.text.find(closing, start, start + _MATH_MAX)
        while end > start and self.text[end - 1] == "\\" and closing == "$":
            end = self.text.find(closing, end + 1, start + _MATH_MAX)
        after = self.text[end + len(closing) : end + len(closing) + 1]
        if end < 0 or self.depth >= _DEPTH_MAX or (closing == "$" and not _is_math(self.text[start:end], after)):
            return None
        self.at = end + len(closing)
        return _Latex(self.text[start:end], is_math=True, depth=self.depth + 1).read().strip()

    def _macro(self) -> str:
        start = self.at
        if name := _NAME.match(self.text, start + 1):
            self.at = name.end()
            return self._named(name[1], start)
        sign = self.text[start + 1 : start + 2]
        closing = {"(": "\\)", "[": "\\]"}.get(sign)
        if closing and (formula := self._formula("\\" + sign, closing)) is not None:
            return formula
        self.at = start + 1 + len(sign)
        return self._punctuation(sign)

    def _punctuation(self, sign: str) -> str:
        if sign == "'" and re.match(r"(?:s|t|re|ll|ve|d|m)\b", self.text[self.at : self.at + 4]):
            return sign  # "don\'t": a program's escape, no accent
        if sign in _ACCENTS and not self.is_math:
            return self._accented(sign) if self._next() not in ("", " ") else sign
        if sign == "\\":  # a new line; or a percent sign escaped twice
            return self._skip(self._next()) if self._next() in tuple("%&#_{}") else " "
        if sign in tuple(" ,;:>~"):
            return " "
        return "" if sign in tuple("!-/@()[]") else {"|": "‖", "": "\\"}.get(sign, sign)

    def _accented(self, accent: str) -> str:
        base = self._argument()
        plain_base = {"ı": "i", "ȷ": "j"}.get(base[:1], base[:1])
        letter = unicodedata.normalize("NFC", plain_base + _ACCENTS[_HATS.get(accent, accent)])
        if plain_base.isalpha() and (len(letter) == 1 or (self.is_math and len(base) == 1)):
            return letter + base[1:]
        return base if accent.isalpha() else accent + base

    def _named(self, name: str, start: int) -> str:
        if name in ("begin", "end"):
            if _FORMULA.fullmatch(self._argument()):
                self.is_math = name == "begin"
            return " "
        if _SWITCH.fullmatch(name):
            self._skip_spaces()
            return self._skip() if name in ("left", "right") and self._next() == "." else ""
        if name in _HATS or (name in _ACCENTS and not self.is_math):
            return self._accented(name)
        if symbol := _symbols().get(name):
            return self._spaced(name, symbol, start)
        return self._applied(name)

    def _spaced(self, name: str, symbol: str, start: int) -> str:
        """The symbol, and no space after a macro where it only ended the name: `\\ss e`, `\\Delta t`, `a\\leq b`."""
        before = self.text[start - 1 : start]
        is_letter = len(symbol) == 1 and symbol.isalpha() and re.match(r" \w", self.text[self.at : self.at + 2])
        is_tight = not symbol[:1].isalnum() and before not in tuple(" ({^_")
        if (self.is_math and (is_letter or is_tight)) or _LETTER.fullmatch(name):
            self._skip_spaces()
        if self.is_math and len(symbol) > 1 and symbol.isalpha():  # a function: `n\\log{n}` is n log n
            return " " * before.isalnum() + symbol + " " * (self._next() == "{")
        return symbol

    def _applied(self, name: str) -> str:
        match name:
            case "href" | "textcolor" | "texorpdfstring":
                return self._argument() and self._argument()
            case "color" | "vspace" | "hspace" | "phantom":
                return self._argument() and ""
            case "footnote" | "footnotetext" | "thanks":
                self._skip_option()
                return f" ({self._argument().strip()})"
            case "enquote":
                return f"“{self._argument()}”"
            case "textsuperscript" | "textsubscript":
                return _scripted(self._argument().strip(), "^" if name == "textsuperscript" else "_")
            case "frac" | "dfrac" | "tfrac" | "nicefrac":
                parts = (_bracketed(self._argument()), _bracketed(self._argument()))
                return "/".join(parts) if any(parts) else name
            case "sqrt":
                self._skip_option()
                return "√" + _bracketed(self._argument())
            case "mathbb" | "mathds":
                return "".join(map(_double_struck, self._argument()))
        if _STYLE.fullmatch(name):
            return self._argument() or name
        groups, start = [], -1
        while self._next() == "{" and self.at > start:
            start = self.at
            groups.append(self._argument())
        return " ".join(filter(None, groups)) or name


@cache
def _symbols() -> dict[str, str]:
    """Every macro that stands for a sign by itself. Imported at first need: most texts have no markup."""
    from pylatexenc.latex2text import get_default_latex_context_db

    known = {spec.macroname: spec.simplify_repl for spec in get_default_latex_context_db().iter_macro_specs()}
    signs = {name: sign for name, sign in known.items() if isinstance(sign, str) and not re.search(r"%|<\w", sign)}
    return signs | _SIGNS | _TEXT_SIGNS | _ORDER_SIGNS | _ABBREVIATIONS


def _is_math(inner: str, after: str) -> bool:
    """Whether what stands between two dollars is a formula, and not the words between two prices."""
    body = inner.strip()
    if not body or body[0] in ")],.;:" or _is_price(inner, after):
        return False
    if re.search(r"[\\^_{}]", body):
        return True
    is_tight = body == inner and body[-1] != ":"
    is_spaced = inner[0] == inner[-1] == " " and not re.search(r"[a-zA-Z]{2,}", body)
    return is_spaced or (is_tight and not _WORDS.search(body))


def _is_price(inner: str, after: str) -> bool:
    ends_in_words = inner[-1] == " " and ("\\" not in inner or re.search(r"\w\s+[a-zA-Z]{2,}", inner))
    return inner[0].isdigit() and (after.isdigit() or bool(ends_in_words))


def _scripted(inner: str, mark: str) -> str:
    """`inner` raised (`^`) or lowered (`_`), where Unicode can do so legibly; else behind its mark."""
    table = _SUPERSCRIPTS if mark == "^" else _SUBSCRIPTS
    if all(ord(sign) in table for sign in inner) and sum(sign.isalpha() for sign in inner) <= 3:
        return inner.translate(table)
    return mark + _bracketed(inner)


def _bracketed(inner: str) -> str:
    inner = inner.strip()
    return inner if _SIMPLE.fullmatch(inner) or not inner else f"({inner})"


def _double_struck(letter: str) -> str:
    for kind in ("DOUBLE-STRUCK CAPITAL", "MATHEMATICAL DOUBLE-STRUCK CAPITAL"):
        if "A" <= letter <= "Z" and (found := _lookup(f"{kind} {letter}")):
            return found
    return letter


def _lookup(name: str) -> str:
    try:
        return unicodedata.lookup(name)
    except KeyError:
        return ""
