"""Whether a summary that a machine wrote keeps to its paper: what can be checked without understanding it."""

import re

from bot.picking.gist import MOST
from bot.picking.words import stems

_LEAST = 20  # characters
_SHARED = 0.4  # of its words that the paper says too: those of real abstracts' own sentences are all shared
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NUMERALS = {
    word: str(n)
    for n, word in enumerate("two three four five six seven eight nine ten eleven twelve".split(), start=2)  # noqa: SIM905
} | {"hundred": "100", "thousand": "1000", "million": "1000000", "billion": "1000000000"}
_NUMERAL = re.compile(rf"\b(?:{'|'.join(_NUMERALS)})\b")
_LINK = re.compile(r"https?:|www\.|\b\w[\w-]*\.(?:com|org|net|io|ai|edu)\b", re.IGNORECASE)
_MARKUP = re.compile(r"[*`|\\]|__|~~|<[\w!@#/:]|\]\(|^\s*[#>-]|&\w+;|\$\S")
_MENTION = re.compile(r"(?<!\w)[@#]\w|@(?:here|everyone|channel)\b")


def objection(said: str, title: str, abstract: str) -> str:
    """What is wrong with a summary, in a few words; empty where nothing is.

    Every number in it has to be in the title or abstract, whether in figures or in words.
    """
    if len(said) < _LEAST:
        return "too short"
    if len(said) > MOST:
        return "too long"
    if not said.isprintable():
        return "not one line"
    for name, pattern in (("a link", _LINK), ("markup", _MARKUP), ("a mention", _MENTION)):
        if pattern.search(said):
            return name
    paper = f"{title} {abstract}"
    if not _numbers(said) <= _numbers(paper):
        return "a number of its own"
    words = {stem for stem in stems(said) if stem}
    if not words or len(words & set(stems(paper))) < _SHARED * len(words):
        return "words of its own"
    return ""


def _numbers(text: str) -> set[str]:
    """The numbers of a text, however they are written: without commas between thousands, and words as figures."""
    figures = {number.replace(",", "") for number in _NUMBER.findall(text)}
    return figures | {_NUMERALS[word] for word in _NUMERAL.findall(text.lower())}
