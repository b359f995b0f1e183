"""A papers page of Hugging Face, copied as text: a date, then titles, each followed by its abstract or not."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import chain

from bot.sources.dates import MONTH, MONTHS, a_date
from bot.sources.entry import ABSTRACT_MAX, Skipped, Told
from bot.sources.pieces import Piece, lines

ABSTRACT_MIN = 250  # characters; the captured page's titles end at 140, its abstracts begin at 1,391
LEAP = 8  # years from one Feb 29 to the next, at worst (1896 to 1904)

_MARK = re.compile(
    r"^[ \t]*(?:get trending papers in your email inbox|by\s*AK and the research community)",
    re.IGNORECASE | re.MULTILINE,
)
_HEADING = re.compile(r"^[ \t]*(?:daily|trending) papers\b", re.IGNORECASE | re.MULTILINE)
_SUBMITTED = re.compile(r"^[ \t]*submitted by\b", re.IGNORECASE | re.MULTILINE)
_DATE = re.compile(
    rf"(?:daily papers\W*)?(?:[a-z]{{3,9}},\s*)?(?P<month>{MONTH})\.? (?P<day>\d{{1,2}})(?:,? (?P<year>\d{{4}}))?",
    re.IGNORECASE | re.ASCII,
)
_FURNITURE = re.compile(
    r"new|subscribe|(?:daily|trending|hot) ?papers|get trending papers.*|by\s*AK and.*|hugging ?face|papers|daily"
    r"|weekly|monthly|submitted by\b.*|upvoted?(?: \d+)?|view (?:arxiv page|pdf|all)|(?:paper|arxiv|project) page"
    r"|\W*\d[\d.,]*k?(?: (?:authors?|comments?|upvotes?|likes?|stars?|views?))?\W*|[\W_]+|previous|next|sign up"
    r"|log in|published on .*|github(?: \W*\d[\d.,]*k?)?",
    re.IGNORECASE,
)
_SUBMITTER_FOLLOWS = re.compile(r"submitted by:?", re.IGNORECASE)
_SENTENCES = re.compile(r"\S+(?:\s+\S+){11,}(?<=\.)$")  # a dozen words and a full stop: no title
_AFTERWORD = re.compile(r"(?:code|project|data|demo|models?|website)\b.*https?://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Paragraph:
    line: int
    text: str
    day: str
    fault: str


def is_page(head: str) -> bool:
    """Whether a text begins like such a page: with a line that nothing else has, or with its heading and submitters."""
    return bool(_MARK.search(head) or (_HEADING.search(head) and len(_SUBMITTED.findall(head)) > 1))


def entries(parts: Iterable[Piece], now: datetime) -> Iterator[Told | Skipped]:
    """Paper by paper. A date without a year is its latest one that is not after `now`."""
    paper: Told | None = None
    alternates = False  # whether titles on this page have abstracts
    told = _paragraphs(lines(parts), now.date())
    this = next(told, None)
    for after in chain(told, [None]):
        if this is None:
            break
        if this.fault:
            yield Skipped(this.line, this.fault)
        elif paper and _goes_on(this, after, has_abstract=bool(paper.abstract), alternates=alternates):
            if len(paper.abstract) < ABSTRACT_MAX:
                paper = replace(paper, abstract=f"{paper.abstract} {this.text}".strip())
            alternates = True
        elif len(this.text) >= ABSTRACT_MIN:
            yield Skipped(this.line, "an abstract without a title")
        else:
            if paper:
                yield paper
            paper = Told(this.line, this.text, listed=this.day)
        this = after
    if paper:
        yield paper


def _goes_on(this: _Paragraph, after: _Paragraph | None, *, has_abstract: bool, alternates: bool) -> bool:
    """Whether a paragraph belongs to the paper before it, and is not the next title."""
    if len(this.text) >= ABSTRACT_MIN or _SENTENCES.match(this.text) or _AFTERWORD.match(this.text):
        return True
    return not has_abstract and alternates and after is None  # an abstract that is cut off at the end


def _paragraphs(rows: Iterable[Piece], today: date) -> Iterator[_Paragraph]:
    """What is neither blank nor furniture, with the day under whose date it stands."""
    day, is_submitter = "", False
    for row in rows:
        text = row.text.strip()
        if not text and not row.fault:
            continue
        if match := _DATE.fullmatch(text[:100]):
            day = _day(match, today)
        elif not (is_submitter or (len(text) < ABSTRACT_MIN and _FURNITURE.fullmatch(text))):
            yield _Paragraph(row.line, text, day, row.fault)
        is_submitter = bool(_SUBMITTER_FOLLOWS.fullmatch(text))


def _day(match: re.Match[str], today: date) -> str:
    month, day = MONTHS.index(match["month"][:3].lower()) + 1, int(match["day"])
    years = [int(match["year"])] if match["year"] else range(today.year, today.year - LEAP - 1, -1)
    days = (a_date(year, month, day) for year in years)
    return next((found.isoformat() for found in days if found and (match["year"] or found <= today)), "")
