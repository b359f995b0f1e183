"""The words of titles and queries, and the names that papers go by: what is indexed, and what is asked for. No SQL."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

from bot.identity import head_key, title_key
from bot.markup import plain

WORD_MAX = 40  # letters: what is longer is no word, and would fill the table of spellings
SURNAMES_MAX = 200  # of a paper: some have a thousand authors
NAMED = "0n0"  # before a name: finds the papers that go by it, not all that hold it; no word of a title is like that
STOP = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be been by can do does for from has have how i in into is it its me my not of on or our say"
        " so than that the their them then there these they this those to us via was we were what when where which who"
        " why will with you your",
    )
)
LETTERS_MAX = 600  # of a query that are read: no title is longer
WORDS_MAX = 32  # of a query that are looked for
_NEAR_MIN = 3  # letters: a shorter word has too many neighbours
_LETTERS = re.compile(r"[^\W_]+")
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af]+"
)
_SPOKEN = re.compile(r"[\u0370-\u03ff∇∞]")
_SEGMENT = re.compile(r"[:;,.?!()–—]|\s-+\s")
_HYPHENED = re.compile(r"[^\s:,;()]*\w-\w[^\s:,;()]*|[^\W\d_]{2,}\s\d+(?:\.\d+)?\b")
_SHORT = r"[A-Za-z0-9]{0,12}[A-Z][\w+-]{0,20}"
_IN_BRACKETS = re.compile(rf"\((?:i\.e\.,? |or |also known as )?({_SHORT})\)")
_INTRODUCED = re.compile(
    r"(?:introduc(?:es?|ing)|present(?:s|ing)?|propos(?:es?|ing)|releases?|develops?|describe|call|called|named|dubbed"
    r"|termed|coined|known as|short for|refer to) (?:(?:the|an?|it|as|new|novel) )*"
    rf"({_SHORT}(?: (?:{_SHORT}|\d[\w.]*)){{0,3}})"
)
_CITED = re.compile(r"^.{1,80}?\bet al\.?,?\s*\(?(?:19|20)\d\d[a-z]?\)?\s*[.,:]\s*", re.IGNORECASE)
_VENUE = re.compile(r"\s*[(\[][^()\[\]]{0,40}(?:19|20)\d\d[^()\[\]]{0,10}[)\]]\W*$")
_FRAME = re.compile(r"^\W*(?:the\s+)?(?:paper\s+)?(.*?)(?:\s+paper)?\W*$", re.IGNORECASE | re.DOTALL)


def words(text: str) -> list[str]:
    """The words of `text`, folded; Greek letters by name (`π` is `pi`); scripts without spaces as pairs of letters."""
    if text.isascii():
        return [word[:WORD_MAX] for word in _LETTERS.findall(text.lower().replace("'", ""))]
    found: list[str] = []
    for word in _LETTERS.findall(_folded(text).replace("'", "")):
        found += [word] if word.isascii() else _pieces(word)
    return [word[:WORD_MAX] for word in found]


def _folded(text: str) -> str:
    text = unicodedata.normalize("NFKD", text.replace("’", "'"))
    text = unicodedata.normalize("NFC", "".join(c for c in text if not unicodedata.combining(c))).casefold()
    return _SPOKEN.sub(lambda c: unicodedata.name(c.group(), " ").split(" ")[-1].lower().replace("mda", "mbda"), text)


def _pieces(word: str) -> list[str]:
    # Letters that came into Unicode later are none to SQLite's tokenizer, which would split the word at them.
    word = "".join(c if unicodedata.ucd_3_2_0.category(c)[0] in "LN" else " " for c in word)
    found: list[str] = []
    for part in word.split():
        at = 0
        for run in _UNSPACED.finditer(part):
            found += [part[at : run.start()]] if run.start() > at else []
            found += [run.group()[i : i + 2] for i in range(max(1, len(run.group()) - 1))]
            at = run.end()
        found += [part[at:]] if at < len(part) else []
    return found


@dataclass(frozen=True, slots=True)
class Query:
    """What a person typed. keys: the titles it may be. words: in order, without the frame. year: the last one named."""

    words: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    year: str = ""

    @property
    def joined(self) -> dict[str, tuple[int, int]]:
        """Two or three neighbours run together, and which: from, to."""
        spans = [(n, n + size) for size in (3, 2) for n in range(len(self.words) - size + 1)]
        return {"".join(self.words[a:b])[:WORD_MAX]: (a, b) for a, b in spans}


def read(text: str) -> Query:
    """What `text` asks for, its frame (`the ... paper`, a citation, a venue in brackets) apart."""
    text = re.sub(r"\s+", " ", text[:LETTERS_MAX]).strip()
    bare = plain(text)
    asked = _VENUE.sub("", _CITED.sub("", bare)) or bare
    inner = match.group(1) if (match := _FRAME.match(asked)) else asked
    keys = dict.fromkeys(title_key(form) for form in (text, bare, asked, inner))
    said = (words(inner) or words(asked))[:WORDS_MAX]
    years = [word for word in said if re.fullmatch(r"(?:19|20)\d\d", word)]
    return Query(tuple(said), tuple(key for key in keys if key), years[-1] if years else "")


@dataclass(frozen=True, slots=True)
class Entry:
    """What is indexed of a paper, as three texts of words.

    names, in parts with `|` between: of the title's head; its own, given in the abstract; formed of how the title
    begins; words run together; given in the abstract to what else the title says; formed of the rest of the title; and
    all but the words run together again, marked.
    """

    words: str
    authors: str
    names: str

    @property
    def indexed(self) -> set[str]:
        """All that finds it."""
        return {*self.words.split(), *self.authors.split(), *self.names.replace("|", " ").split()}

    @property
    def terms(self) -> set[str]:
        """What is counted and may be misspelt: all but initials and marks."""
        head, own, _begun, joined, lent, *_ = self.names.split("|")
        return {*self.words.split(), *self.authors.split(), *f"{head} {own} {joined} {lent}".split()}


def entry(title: str, abstract: str, authors: Sequence[str]) -> Entry:
    """What is indexed of a paper."""
    surnames = {word for name in authors[:SURNAMES_MAX] if name.split() for word in words(name.split()[-1])}
    head = {_name(title.partition(":")[0])[:WORD_MAX]} if head_key(title) else set()
    own, lent = own_names(title, abstract)
    begun = _begun(title) - own
    made = _formed(title) - own - begun - lent
    marks = {NAMED + name for name in head | own | begun | lent | made}
    parts = (head, own, begun, _joined(title), lent - own, made, marks)
    return Entry(" ".join(words(title)), " ".join(sorted(surnames)), " | ".join(" ".join(sorted(p)) for p in parts))


def own_names(title: str, abstract: str) -> tuple[set[str], set[str]]:
    """Names of what a paper is about: its own, and those lent from what its title also speaks of.

    Own: `we present NAME`, `long form (SF)` of how the title begins. Lent: `long form (SF)` of its other words.
    """
    own = {_name(match.group(1)) for match in _IN_BRACKETS.finditer(title)}
    lent: set[str] = set()
    about, begins = _stems(words(title)), _stems(_first_phrase(title))
    for match in _IN_BRACKETS.finditer(abstract):
        before = " ".join(abstract[max(0, match.start() - 120) : match.start()].split()[-10:])
        said = _stems(words(_long_form(before, match.group(1))))
        if said and 2 * len(said & about) >= len(said):
            is_own = begins and 2 * len(said & begins) > max(len(begins), len(said & about))
            (own if is_own else lent).add(_name(match.group(1)))
    for match in _INTRODUCED.finditer(abstract):
        name = match.group(1)
        if " " in name or _is_name(name):
            own.add(_name(name))
    return {n for n in own if 2 < len(n) <= WORD_MAX}, {n for n in lent if 1 < len(n) <= WORD_MAX}


def _name(text: str) -> str:
    return "".join(words(text))


def _stems(said: Sequence[str]) -> set[str]:
    return {word[:5] for word in said if word not in STOP}


def _is_name(word: str) -> bool:
    return sum(letter.isupper() for letter in word) > 1 or any(letter.isdigit() for letter in word)


def _first_phrase(title: str) -> list[str]:
    """The words before the first stop word or punctuation, articles at the start apart."""
    said = words(_SEGMENT.split(title, maxsplit=1)[0])
    while said and said[0] in ("a", "an", "the", "on"):
        said.pop(0)
    return said[: next((n for n, word in enumerate(said) if word in STOP and word not in ("of", "and", "the")), None)]


def _long_form(before: str, short: str) -> str:
    """The end of `before` that `short` abbreviates, or nothing (Schwartz and Hearst, PSB 2003)."""
    letters = [letter.lower() for letter in short if letter.isalnum()]
    if len(letters) > 2 and short[-1] == "s":
        letters.pop()
    at, text = len(before), before.lower()
    for n, letter in reversed(list(enumerate(letters))):
        at = text.rfind(letter, 0, at)
        while n == 0 and at > 0 and text[at - 1].isalnum():
            at = text.rfind(letter, 0, at)
        if at < 0:
            return ""
    return before[at:]


def _joined(title: str) -> set[str]:
    """Words that people also write as one: `RT-2` is `rt2`, `SAM 2` is `sam2`."""
    found = {_name(match.group())[:WORD_MAX] for match in _HYPHENED.finditer(title)}
    return found - set(words(title)) - {""}


def _begun(title: str) -> set[str]:
    """The first phrase run together, and its initials: `fourierneuraloperator`, `fno`."""
    first = _first_phrase(title)
    if not 1 < len(first) < 7:
        return set()
    return {"".join(first)[:WORD_MAX], *([_initials(first)] if len(first) > 2 else [])}


def _formed(title: str) -> set[str]:
    """Initials of runs of three to six words that stand between stop words or punctuation: `gcn`, `moe`."""
    found = set()
    for segment in _SEGMENT.split(title):
        said = words(segment)
        edges = [n for n in range(len(said) + 1) if n in (0, len(said)) or {said[n - 1], said[n]} & STOP]
        for i, start in enumerate(edges):
            for end in edges[i + 1 :]:
                if 2 < end - start < 7 and not {said[start], said[end - 1]} & STOP:
                    found.add(_initials(said[start:end]))
    return found


def _initials(said: Sequence[str]) -> str:
    return "".join(word[0] for word in said)


def without_a_letter(term: str) -> set[int]:
    """Hashes of `term` and of `term` less each of its letters: two words that share one are near each other."""
    if len(term) < _NEAR_MIN or term.isdigit():
        return set()
    return {crc32(term.encode()), *(crc32((term[:i] + term[i + 1 :]).encode()) for i in range(len(term)))}
