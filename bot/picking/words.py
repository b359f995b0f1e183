"""Text cut into words, and words into stems: the same way for papers and for what people type, in any script."""

import re
from functools import lru_cache
from unicodedata import normalize

from Stemmer import Stemmer

# Words that say nothing about a subject. Dropped, and no pair of words reaches across one.
STOP_WORDS = frozenset(
    """
    a about above after again against all also although am among an and any are as at be because been before being
    below between both but by can cannot could did do does doing don done down during each either else even ever every
    few for from further had has have having he hence her here hers him his how however i if in into is isn it its
    itself just ll may me might more most much must my neither no nor not now of off often on once one only onto or
    other others our ours out over own per quite rather re s same shall she should since so some such t than that the
    their theirs them then there thereby therefore these they this those though through thus to too toward towards
    under until up upon us ve very via was we were what when where whereas whether which while who whom whose why will
    with within without would yet you your yours
    et al eg ie etc cf vs paper papers propose proposed proposes show shows shown using used use uses based
    textbf textit emph mathbf mathcal mathrm mathbb texttt cdot
    """.split()  # noqa: SIM905
)

_UNSPACED = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"  # Thai to Han
_MARKS = "\u064b-\u0652\u0900-\u0dff\u1000-\u109f"  # vowel signs, which are no letters to `re`
_RUN = re.compile(f"[{_UNSPACED}]+")
_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ı": "i", "Ø": "O", "Ł": "L"})
_ACCENT = re.compile("[\u0300-\u036f]")
# A word, or a run of punctuation. Hyphens join nothing and part nothing: "self-supervised" is "self supervised".
_PIECE = re.compile(rf"[A-Za-z0-9]+|[{_UNSPACED}]+|(?:[^\W_A-Za-z0-9{_UNSPACED}]|[{_MARKS}])+|[^\w\s\-\u2010-\u2015]+")
_PLURAL = re.compile("[A-Z0-9]{2,}s|[b-df-hj-np-tv-xz]{3,}s")  # of a short form: the stemmer leaves LLMs as it is
_STEMMER = Stemmer("english", 0)  # without a memory of its own
_STEMMERS = (
    ("\u0370", "\u03ff", Stemmer("greek", 0)),
    ("\u0400", "\u04ff", Stemmer("russian", 0)),
    ("\u0600", "\u06ff", Stemmer("arabic", 0)),
)


def pieces(text: str) -> list[str]:
    """Words in their own case, accents off, and punctuation between them; scripts without spaces by two letters."""
    return _PIECE.findall(text if text.isascii() else _fold(text))


def stem(piece: str) -> str:
    """What all forms of a word share, or "" for a stop word, punctuation, or anything else to drop."""
    word = (piece[:-1] if _PLURAL.fullmatch(piece) else piece).lower()
    if word in STOP_WORDS or not (word[0].isalnum() or "\u0900" <= word[0] <= "\u109f"):
        return ""
    if word.isascii():
        return _stem(word)
    for first, last, stemmer in _STEMMERS:
        if first <= word[0] <= last:
            return str(stemmer.stemWord(word)) or word
    return word


def stems(text: str) -> list[str]:
    """The stems of a text in order, "" where words are parted: an empty list or only "" says nothing."""
    return [stem(piece) for piece in pieces(text)]


def unaccented(text: str) -> str:
    """Without accents, ligatures and wide letters, in its own case."""
    return normalize("NFC", _ACCENT.sub("", normalize("NFKD", text.translate(_LETTERS))))


def joined(first: str, second: str) -> str:
    """Two neighbouring words as one reads them: a space between, or none in scripts without spaces."""
    if _RUN.match(first[-1]) and _RUN.match(second):
        return first + (second[1:] if first[-1] == second[0] else second)
    return f"{first} {second}"


@lru_cache(maxsize=200_000)
def _stem(word: str) -> str:
    return str(_STEMMER.stemWord(word)) or word


def _fold(text: str) -> str:
    return _RUN.sub(lambda run: f" {_by_twos(run.group())} ", unaccented(text))


def _by_twos(run: str) -> str:
    return " ".join(run[at : at + 2] for at in range(len(run) - 1)) or run
