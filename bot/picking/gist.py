"""What a paper did and found, in the one or two sentences of its abstract that say so."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from bot.text import sentences, shorten

MOST = 280  # characters: three or four lines on a phone
_CUE = 1.5  # what a sentence has to score by its cues to say what was done
_FOUND = 2.5  # the same for what was found
_MOST_SENTENCES = 40  # looked at; the longest abstract seen has 31
_HEAD = 1_000  # letters of a sentence that are looked at
_STEM = 5  # letters of a word that tell it from others well enough

_MAKE = (
    "propos|present|introduc|develop|design|buil[dt]|construct|creat|releas|contribut|devis|establish|deriv|formulat"
    "|formali[sz]|curat|collect|assembl|unveil|put forward|prov(?:e|ed|en|id)|launch|offer|synthesi|engineer"
)
_STUDY = (
    "stud(?:y|ied)|investigat|examin|analy[sz]|explor|address|tackl|consider|revisit|describ|discuss|review|survey"
    "|characteri[sz]|argu|aim|seek|extend|generali[sz]|adapt|model|determin|quantif|re-?examin|look|ask|rethink|focus"
)
_USE = "appl(?:y|ied)|use[sd]?\\b|train|measur|simulat|implement|comput|search|test|employ|leverag|combin|perform"
_FIND = (
    "show|find\\b|found|demonstrat|prov(?:e|ed|en)\\b|reveal|observ|discover|conclud|confirm|detect|obtain|identif"
    "|achiev|uncover|suggest|indicat|report|highlight|validat|illustrat|verif"
)
_WORK = "paper|article|work|study|survey|review|letter|note|report|thesis|tutorial|manuscript|chapter|research|overview"
_RESULTS = "results?|experiments?|evaluations?|findings?|analys[ie]s|simulations?|benchmarks?|tests|ablations?"
_AS_WELL = "also|further|then|additionally|finally|next|moreover|subsequently"
_LATELY = (
    "been|shown|emerged|become|achiev|attract|demonstrat|gained|received|focused|led|made|revolution|advanced|seen"
)
_SO_FAR = (
    "challeng|difficult|unclear|open\\b|under-?expl|unknown|limited|lacking|scarce|poorly|largely|often|typically|usually"
    "|widely|commonly|essential|crucial|critical|important"
)

# Words of a sentence, with what they speak for: that it says what was done, and that it says what was found.
_CUES: Sequence[tuple[str, float, float]] = (
    (rf"we (?:(?!{_AS_WELL})\w+ )?(?:{_MAKE})", 3, 0),
    (rf"we (?:(?!{_AS_WELL})\w+ )?(?:{_STUDY})", 2, 0),
    (rf"we (?:(?!{_AS_WELL})\w+ )?(?:{_USE})", 1.5, 0),
    (rf"we (?:{_AS_WELL})\w* (?:\w+ )?(?:{_MAKE}|{_STUDY}|{_USE})", 1, 0),
    (r"we (?:\w+ )?(?:evaluat|conduct|compar|validat|benchmark)", 0.5, 0.5),
    (rf"^(?:this|the present|our) (?:\w+ ){{0,2}}?(?:{_WORK})\b(?! (?:{_FIND}))", 3, 0),
    (rf"^(?:this|the present) (?:\w+ )?(?:{_WORK}) (?:{_FIND}|argu)", 1.5, 3),
    (rf"\b(?:goal|aim|purpose|objective|focus)s? (?:of|in) (?:this|our) (?:\w+ )?(?:{_WORK})", 2.5, 0),
    (rf"\b(?:is|are|was|were) (?:\w+ )?(?:{_MAKE}|studied|investigated|examined)", 1, 0),
    (r"\b(?:a|an|the|two|three) (?:\w+[ -])?(?:novel|new|first)\b", 0.5, 0),
    (rf"we (?:\w+ )?(?:{_FIND})", 1, 3),
    (rf"\b(?:{_RESULTS})\b[^;:]{{0,90}}?\b(?:{_FIND})", -1, 3),
    (r"\b(?:outperform|surpass|exceed|superior|beats?\b|new state[ -]of|sets? (?:a|the) new)", -0.5, 2.5),
    (r"\b(?:achiev|attain|reach|yield|obtain|deliver)", 0, 1.5),
    (r"\d ?(?:%|percent|×|-?x\b|times\b|-?fold\b|points?\b)", -0.5, 1.5),
    (r"\b(?:than|compared (?:to|with)|relative to|faster|better|higher|lower|fewer)\b", 0, 1),
    (r"\b(?:improv\w+|reduc\w+|gains?|significant(?:ly)?)\b", 0, 1),
    (r"\b(?:effectiveness|superiority|efficacy|validity|feasibility|usefulness|advantages?) of\b", 0, -1),
)
# What speaks against a sentence: it tells of what was known before, where the code is, or what comes next.
_AGAINST: Sequence[tuple[str, float]] = (
    (r"https?:|\bgithub|\bavailable (?:at|on|online|upon|under|from)\b|\bproject (?:page|website)", 4),
    (r"\b(?:is|are|be|made|publicly|freely|openly|also) (?:\w+ )?available\b", 4),
    (r"^(?:the |our |all )?(?:source )?code\b", 4),
    (r"\bwill (?:be )?(?:made|open|release|share)|we (?:\w+ )?(?:open[ -]source|make)\b", 3),
    (r"^(?:recent(?:ly)?|existing|previous|prior|traditional(?:ly)?|conventional|current(?:ly)?|modern)\b", 2.5),
    (r"^(?:most|many|several|despite|although|however|unfortunately|nevertheless|nonetheless|yet)\b", 2.5),
    (r"\b(?:in|over) (?:the )?(?:recent|past|last)\b", 1.5),
    (rf"ha(?:ve|s) (?:\w+ )?(?:{_LATELY})", 2),
    (rf"\b(?:remains?|is|are) (?:\w+ )?(?:{_SO_FAR})", 1.5),
    (r"\bis (?:a|an|one of the) (?:\w+ )?(?:fundamental|crucial|key|important|critical|central|core|major)\b", 1.5),
    (r"\bfuture (?:work|research|directions?|studies)|\bin the future\b|\bpav(?:e|es|ing) (?:the|a) way", 2.5),
    (r"we (?:\w+ )?(?:hope|plan|believe|envision|expect|end|close)\b", 2.5),
)
_LEANING = (
    rf"(?:it|they|these|those|this(?! (?:\w+ )?(?:{_WORK})\b)|such|its|their|both|then|but|and|or|so|instead|otherwise"
    r"|second|third|next|another|one of|each|also|here|however|meanwhile|that is|for (?:example|instance)|by doing so"
    r"|in contrast|on the (?:other|contrary)|at (?:its|the) (?:core|heart)|unlike th(?:is|at|ese|ose)"
    r"|the (?:former|latter|resulting|proposed|key|core|main|approach|method|model|framework|system|algorithm|idea))\b"
)
_STANDS = re.compile(rf"(?:these|those) (?:\w+ )?(?:{_RESULTS})\b")
_STEPS = re.compile(r"first|second|third|on the one hand|\(?[1i]\)")

_ENDS_OPENING = r"(?:,\ ?|\ (?=we\b))"
_OPENING = rf"""(?ix)(?:
      (?:in|with|through|throughout)\ (?:this|our|the\ present|the\ current)\ (?:\w+\ )?(?:{_WORK})s?
    | (?:here|herein|(?:more\ )?(?:concretely|precisely|specifically)|in\ particular|notably|importantly|crucially
      |moreover|furthermore|further|additionally|in\ addition|finally|lastly|therefore|thus|hence|accordingly
      |consequently|overall|as\ a\ (?:result|consequence)|as\ such|in\ (?:summary|conclusion|short|response|turn)
      |to\ (?:do|achieve)\ (?:so|this)|also|first(?:ly|\ of\ all)?|for\ this\ (?:purpose|reason)
      |with\ this\ in\ mind|to\ summari[sz]e)
    | to(?:wards?)?\ (?:this|that|these|those)\ (?:end|goal|aim)s?
    | (?:to|by|for)\ (?:\w+\ ){{1,2}}?(?:with\ )?(?:this|these|those|such|that|both|the\ (?:above|aforementioned))\b
      [^,;:.]{{0,60}}
    | (?:motivated|inspired|guided|driven)\ by\ (?:this|these|those|such)\b[^,;:.]{{0,60}}
    | (?:based|building|drawing)\ (?:up)?on\ (?:this|these|those|such)\b[^,;:.]{{0,60}}
    | (?:in|given|under)\ (?:light\ of\ )?(?:this|these|that|those)(?:\ \w+)?
    ){_ENDS_OPENING}(?=\S)"""
_LABEL = re.compile(
    r"(?:abstract|background|motivation|introduction|context|objectives?|aims?|purpose|goals?|methods?|methodology"
    r"|approach|design|results?|findings?|conclusions?|discussion|significance)(?: and \w+)?(?::|\.? [—–-]) ?(?=\S)",
    re.IGNORECASE,
)
_LABELS: Sequence[tuple[str, float, float]] = (  # sections of an abstract, and what they speak for
    ("objective|aim|purpose|goal|method|approach|design", 2.5, 0),
    ("result|finding|conclusion", 0, 3),
    ("background|motivation|introduction|context|discussion|significance", -2, -1),
)
_WORD = re.compile(r"[^\W_]{3,}")
_DULL = frozenset(
    """
    the and for with from via using based toward towards learning model models method methods approach study analysis
    new novel how what can are its into under over large data deep neural network networks
    """.split()  # noqa: SIM905
)

# Words after which nobody can stop.
_DANGLING = frozenset(
    """
    a an the of to in on at by for from with without into onto over under between among across through via per than as
    and or nor but yet so if that which who whom whose where when while because since although though whether both
    either neither not no only also even such this these those its their our his her my your is are was were be been
    being has have had do does can could may might will would shall should must we i they it he she you more most less
    very too e.g i.e cf vs et fig figs eq eqs sec dr prof approx ca about around up like using including based against
    towards toward within upon during along each any all some many several first second new novel two three four five
    six seven eight nine ten respectively namely thus hence thereby often
    """.split()  # noqa: SIM905
)
_END = re.compile(r"\s+|(?<=[，、；：])")
_CLAUSE_ENDS = ",;:，、；："
_CLAUSE = 0.55  # of the room: a sentence is cut at a clause that ends later than that, else at a word
_BRACKETS = (("(", ")"), ("[", "]"), ("{", "}"), ("“", "”"))
_NUMBER_CUT = re.compile(r"[\d.,]*\d[.,]?$")


@dataclass(frozen=True)
class _Sentence:
    """A sentence without its opening. label: what its section is called, where it begins one. title: its words."""

    place: int
    text: str
    label: str
    title: frozenset[str]

    @cached_property
    def low(self) -> str:
        return self.text[:_HEAD].lower()

    @cached_property
    def cues(self) -> tuple[float, float]:
        """What its words speak for: that it says what was done, and that it says what was found."""
        found = [(doing, finding) for pattern, doing, finding in _CUES if _made(pattern).search(self.low)]
        found += [(doing, finding) for pattern, doing, finding in _LABELS if _made(pattern).match(self.label)]
        return sum(doing for doing, _ in found), sum(finding for _, finding in found)

    @cached_property
    def against(self) -> float:
        return sum(weight for pattern, weight in _AGAINST if _made(pattern).search(self.low))

    @cached_property
    def shared(self) -> float:
        """How much of the title it says, 0..1."""
        return len(self.title & _words(self.low)) / len(self.title) if self.title else 0.0

    @cached_property
    def is_leaning(self) -> bool:
        """Whether it can't be understood without the sentence before."""
        return self.place > 0 and _made(_LEANING).match(self.low) is not None and not _STANDS.match(self.low)

    @property
    def goes_on(self) -> bool:
        """Whether it tells more of what the sentence before it did."""
        return not self.against and not _STEPS.match(self.low)

    def doing(self, most: int) -> float:
        """How well it says what was done, standing first in so many characters."""
        lead = 0.5 if self.place == 0 else -0.1 * self.place
        costs = self.against + 2.5 * self.is_leaning + (len(self.text) > most)
        return self.cues[0] + 2 * self.shared + lead - costs

    def finding(self, before: int) -> float:
        """How well it says what was found, standing after the sentence of that place."""
        is_leaning = self.is_leaning and self.place != before + 1
        return self.cues[1] + 0.5 * self.shared + 0.05 * self.place - self.against - 2 * is_leaning


def gist(title: str, abstract: str, most: int = MOST) -> str:
    """The sentence that says best what was done, and that on what was found where both fit; in the abstract's order.

    most: characters. Openings such as "To this end," are left out, and one sentence that is too long is cut. Where no
    sentence has such cues, as in languages other than English, these are the first ones.
    Sentences scored by cue words, words of the title and place: Edmundson, Journal of the ACM 16 (2), 1969.
    """
    told = list(_sentences(title, abstract))
    if not told:
        return ""
    if not any(one.cues[0] >= _CUE or one.cues[1] >= _FOUND for one in told):
        return _joined(told[:2], most)
    done = max(told, key=lambda one: one.doing(most))
    others = [one for one in told if one is not done and len(done.text) + len(one.text) < most]
    found = max(others, key=lambda one: one.finding(done.place), default=None)
    if found and found.finding(done.place) < _FOUND:
        found = next((one for one in others if one.place == done.place + 1 and one.goes_on), None)
    chosen = [done, found] if found else [done]
    return _joined(sorted(chosen, key=lambda one: one.place), most)


@cache
def _made(pattern: str) -> re.Pattern[str]:
    """The pattern, compiled at first need: most commands show no paper."""
    return re.compile(pattern)


def _sentences(title: str, abstract: str) -> Iterator[_Sentence]:
    words = frozenset(_words(title.lower()))
    for place, sentence in enumerate(sentences(abstract)[:_MOST_SENTENCES]):
        label = _LABEL.match(sentence)
        text = _without_opening(sentence[label.end() :] if label else sentence)
        yield _Sentence(place, text, label.group().lower() if label else "", words)


def _without_opening(sentence: str) -> str:
    text = sentence
    while opening := _made(_OPENING).match(text):
        text = text[opening.end() :]
    is_capitalised = text is not sentence and re.match(r"[a-z]+[ ,]", text)
    return text[0].upper() + text[1:] if is_capitalised else text


def _words(low: str) -> set[str]:
    return {word[:_STEM] for word in _WORD.findall(low) if word not in _DULL}


def _joined(chosen: Sequence[_Sentence], most: int) -> str:
    """As many of these, from the first on, as fit; the first one cut if need be."""
    first, *rest = [one.text for one in chosen]
    for text in rest:
        both = first + text if first[-1] in "。！？" else f"{first} {text}"
        first = both if len(both) <= most else first
    return first if len(first) <= most else _cut(first, most)


def _cut(sentence: str, most: int) -> str:
    """The beginning of a sentence, up to a clause or else a word after which one can stop, and an ellipsis."""
    ends = [end.start() for end in _END.finditer(sentence, 0, most)]
    good = [end for end in ends if _may_stop(sentence, end)]
    clauses = [end for end in good if sentence[end - 1] in _CLAUSE_ENDS and end >= most * _CLAUSE]
    at = max(clauses or good, default=0)
    if at >= most / 3:
        return f"{_stripped(sentence[:at])}…"
    kept = shorten(sentence, most)[:-1]
    is_in_number = sentence[len(kept) : len(kept) + 1] in tuple("0123456789.,%")
    return f"{(is_in_number and _NUMBER_CUT.sub('', kept)) or kept}…"


def _may_stop(sentence: str, at: int) -> bool:
    """Whether what stands before this place can be left by itself: no half number, bracket or phrase."""
    kept = _stripped(sentence[:at])
    if not kept or _is_open(kept) or not (kept[-1].isalnum() or kept[-1] in "%)]}”\"'’"):
        return False
    last = kept.split()[-1].lstrip("([{“\"'").lower()
    if last in _DANGLING or len(last) < 2:
        return False
    is_clause = sentence[at - 1] in _CLAUSE_ENDS and not sentence[at:].lstrip()[:1].isdigit()
    return is_clause or not last[-1].isdigit()


def _stripped(kept: str) -> str:
    return kept.rstrip(" \t\n,;:.-–—([{“" + _CLAUSE_ENDS)


def _is_open(kept: str) -> bool:
    """Whether a bracket or a quotation is still open at the end."""
    return any(kept.count(left) > kept.count(right) for left, right in _BRACKETS) or kept.count('"') % 2 == 1
