"""Whether two papers that go by different ids are one work, and which stored papers may be the work of a draft."""

# ruff: noqa: S608 (only names of ours are put into the SQL; all that people type is bound)

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Any, Protocol

from rapidfuzz import fuzz
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlmodel import col

from bot import authors, identity, tables
from bot.store import wording
from bot.store.dialect import Tables
from bot.store.rows import batches, pk_of

# The figures were chosen on dev files: python -m tests.bench.duplicates
KEY_MIN = 12  # letters of a title from which equal titles may mean equal papers
_NEAR_TITLE = 90.0  # per cent of the letters
_EQUAL_SURNAMES, _NEAR_SURNAMES, _OTHER_SURNAMES = 0.3, 0.5, 0.6  # share of the shorter list, by likeness of titles
_EQUAL_SAID, _NEAR_SAID, _CUT_SAID = 80.0, 70.0, 85.0  # per cent of how abstracts begin
_COPIED = 0.85  # of an abstract's runs of three words: people begin two papers with the same words, and then go on
_RETOLD = 0.35  # of them, where titles are near
_SAID = 60  # words of an abstract that are compared
_SAID_MIN = 12  # words: what is shorter may be a phrase of any paper

_TOGETHER = 4.0  # papers that would hold two words by chance: what is commoner does not tell papers apart
_FOUND = 60  # papers read for one draft
_AT_ONCE = 25  # drafts a statement
_SUBTITLE = re.compile(r"\s*(?::\s|\s[–—-]+\s|[?!]\s)")
_NUMBER = re.compile(r"\d+(?:\.\d+)*|\b(?:i{2,3}|iv|vi{1,3}|ix)\b")
_PART = re.compile(r"\b(?:part|volume|vol|chapter|lecture|episode|version)\.?\s+(\d+|[ivx]+|[a-d]|one|two|three)\b")
_ABOUT = re.compile(
    r"^\W*(?:(?:a )?comments? (?:on|to)|repl(?:y|ies) to|(?:an? )?(?:erratum|errata|corrigend(?:um|a)|correction"
    r"|addendum|rejoinder|response|supplement\w*|retraction)\b)"
)


class Work(Protocol):
    """What tells whether two papers are one."""

    @property
    def title(self) -> str: ...
    @property
    def authors(self) -> Sequence[str]: ...
    @property
    def abstract(self) -> str: ...


def is_equal(one: Work, other: Work) -> bool:
    """Whether two papers with equal titles of `KEY_MIN` letters are one work: by authors, or else by abstracts."""
    if not one.authors or not other.authors or authors.overlap(one.authors, other.authors) >= _EQUAL_SURNAMES:
        return True
    return _likeness(one, other) >= _EQUAL_SAID


def is_same(one: Work, other: Work) -> bool:
    """Whether two papers are one work though their titles may differ: a word, a subtitle, or more.

    Their numbers must be equal ("Keye-VL" is not "Keye-VL 1.5"), and authors and abstracts agree the more, the less the
    titles do. Without an abstract nothing but an equal title will do.
    """
    (key, head, numbers), (key_too, head_too, numbers_too) = _read(one.title), _read(other.title)
    is_cut = head == head_too and head in (key, key_too)
    if (not is_cut and numbers != numbers_too) or _apart(one.title) != _apart(other.title):
        return False
    near = _is_near(one.title, other.title)
    are_told = bool(one.authors and other.authors)
    if are_told and authors.overlap(one.authors, other.authors) < (_NEAR_SURNAMES if near else _OTHER_SURNAMES):
        return False
    if near or (is_cut and are_told):
        enough = _NEAR_SAID if near and are_told else _CUT_SAID
        return _likeness(one, other) >= enough and _copied(one, other) >= _RETOLD
    return (is_cut or are_told) and _copied(one, other) >= _COPIED


def _is_near(title: str, title_too: str) -> bool:
    """Whether two titles have nearly the same letters, or nearly the same words in another order."""
    if fuzz.ratio(identity.title_key(title), identity.title_key(title_too)) >= _NEAR_TITLE:
        return True
    return fuzz.ratio(*(" ".join(sorted(wording.words(text))) for text in (title, title_too))) >= _NEAR_TITLE


@lru_cache(maxsize=10_000)
def _read(title: str) -> tuple[str, str, Sequence[str]]:
    """The keys of the title and of what stands before its subtitle, and its numbers."""
    head = _SUBTITLE.split(title, maxsplit=1)[0]
    return identity.title_key(title), identity.title_key(head), sorted(_NUMBER.findall(_folded(title)))


@lru_cache(maxsize=10_000)
def _apart(title: str) -> tuple[Sequence[str], bool]:
    """What sets a work apart from its neighbour of almost that title: which part it is, and whether it is about it."""
    folded = _folded(title)
    return _PART.findall(folded), _ABOUT.match(folded) is not None


def _folded(title: str) -> str:
    return unicodedata.normalize("NFKD", title).casefold()


def _likeness(one: Work, other: Work) -> float:
    """How much the abstracts' beginnings have in common, 0 to 100; one may be cut short."""
    said, said_too = one.abstract.split()[:_SAID], other.abstract.split()[:_SAID]
    if min(len(said), len(said_too)) < _SAID_MIN:
        return 0.0
    return fuzz.token_set_ratio(" ".join(said).casefold(), " ".join(said_too).casefold())


def _copied(one: Work, other: Work) -> float:
    """Share of the shorter abstract's runs of three words that the other has too, 0 to 1."""
    shorter, longer = sorted((_runs(one.abstract), _runs(other.abstract)), key=len)
    return len(shorter & longer) / len(shorter) if len(shorter) >= _SAID_MIN else 0.0


def _runs(text: str) -> set[tuple[str, ...]]:
    said = wording.words(text)
    return set(zip(said, said[1:], said[2:], strict=False))


class Near(Tables):
    """Finds what may be the same works as the drafts of a batch: by two of their rarest words and surnames."""

    def __init__(self, connection: AsyncConnection, session: AsyncSession) -> None:
        super().__init__(connection)
        self._session = session

    async def stored(self, works: Sequence[Work]) -> list[list[tables.Paper]]:
        """For each of the works the stored papers that are it, oldest first; mostly none."""
        said = [_Terms.of(work) for work in works]
        df = await self._frequencies(said)
        papers_kept = (await self.rows("SELECT max(pk) FROM paper"))[0][0] or 0
        found: list[list[int]] = []
        for start in range(0, len(said) if papers_kept else 0, _AT_ONCE):
            some = [(terms, terms.groups(df, papers_kept)) for terms in said[start : start + _AT_ONCE]]
            found += await self._found(some)
        papers: dict[int, tables.Paper] = {}
        for pks in batches(sorted(set().union(*found))):
            query = select(tables.Paper).where(col(tables.Paper.pk).in_(pks))
            papers |= {pk_of(row): row for row in await self._session.scalars(query)}
        return [
            [papers[pk] for pk in sorted(of_work) if is_same(work, papers[pk])]
            for work, of_work in zip(works, found or [[]] * len(works), strict=True)
        ]

    async def _frequencies(self, said: Sequence["_Terms"]) -> dict[str, int]:
        """How many stored papers have each of the words, those that none has left out."""
        df: dict[str, int] = {}
        for some in batches(sorted(set().union(*(terms.all for terms in said)))):
            rows = await self.rows("SELECT term, df FROM term WHERE term IN :terms", {"terms": list(some)})
            df |= {row[0]: row[1] for row in rows if row[1] > 0}
        return df

    async def _found(self, asked: Sequence[tuple["_Terms", Sequence[Sequence[str]]]]) -> list[list[int]]:
        values: dict[str, Any] = {}
        arms = []
        where = "paper_search MATCH :m{n}" if self.lite else "terms @@ CAST(:m{n} AS tsquery)"
        for n, (_, groups) in enumerate(asked):
            if groups:
                values[f"m{n}"] = (" OR " if self.lite else " | ").join(f"({self.all_of(group)})" for group in groups)
                read = f"SELECT {n} AS n, {self.pk} AS pk, words, authors FROM paper_search"
                arms.append(f"SELECT * FROM ({read} WHERE {where.format(n=n)} LIMIT {_FOUND}) AS a{n}")
        found: list[list[int]] = [[] for _ in asked]
        for n, pk, words, surnames in await self.rows(" UNION ALL ".join(arms), values) if arms else ():
            if asked[n][0].may_be(words.split(), set(surnames.split())):
                found[n].append(pk)
        return found


class Batch:
    """The new papers of a batch that is on its way in: they are in no table yet, and may be each other's twins."""

    def __init__(self) -> None:
        self._by_term: dict[str, list[tables.Paper]] = defaultdict(list)
        self._df: Counter[str] = Counter()

    def add(self, paper: tables.Paper) -> None:
        for term in _Terms.of(paper).all:
            self._by_term[term].append(paper)
            self._df[term] += 1

    def find(self, work: Work) -> tables.Paper | None:
        """The first of them that is this work."""
        shared: Counter[int] = Counter()
        papers: dict[int, tables.Paper] = {}
        terms = _Terms.of(work)
        for term in terms.rarest(self._df):
            for paper in self._by_term[term]:
                shared[id(paper)] += 2 if term == terms.name else 1
                papers[id(paper)] = paper
        return next((papers[n] for n, times in shared.items() if times > 1 and is_same(work, papers[n])), None)


@dataclass(frozen=True, slots=True)
class _Terms:
    """What finds a paper: the words of its title before the subtitle, all of them, surnames; and the title's key."""

    head: Sequence[str]
    title: Sequence[str]
    surnames: Sequence[str]
    key: str

    @classmethod
    def of(cls, work: Work) -> "_Terms":
        names = [name.split()[-1] for name in work.authors[: wording.SURNAMES_MAX] if name.split()]
        head = _SUBTITLE.split(work.title, maxsplit=1)[0]
        return cls(_words(head), _words(work.title), _words(" ".join(names)), identity.title_key(work.title))

    @property
    def all(self) -> set[str]:
        return {*self.title, *self.surnames}

    @property
    def name(self) -> str:
        """The word before the subtitle, where there is but one: it finds a paper by itself."""
        return self.head[0] if len(self.head) == 1 else ""

    def rarest(self, df: Mapping[str, int]) -> list[str]:
        """The three rarest known words of each kind."""
        found: list[str] = []
        for group in (self.head, self.title, self.surnames):
            found += [term for _, term in sorted((df[term], term) for term in group if term in df)[:3]]
        return list(dict.fromkeys(found))

    def groups(self, df: Mapping[str, int], papers: int) -> list[tuple[str, ...]]:
        """Words that hardly any two papers have together, rarest first; a whole title of common ones."""
        rarest = self.rarest(df)
        chances: dict[tuple[str, ...], float] = {
            pair: df[pair[0]] * df[pair[1]] / papers for pair in combinations(rarest, 2)
        }
        found: list[tuple[str, ...]] = [(self.name,)] if 0 < df.get(self.name, 0) <= _FOUND / 2 else []
        found += sorted((pair for pair in chances if chances[pair] <= _TOGETHER), key=lambda pair: chances[pair])
        common = tuple(term for term in self.title if term in df)
        return found or ([common] if common else [])

    def may_be(self, said: Sequence[str], surnames: set[str]) -> bool:
        """Whether a paper with these words in its title and these surnames is worth reading whole."""
        if surnames and self.surnames:
            return 2 * len(surnames.intersection(self.surnames)) >= min(len(surnames), len(self.surnames))
        key = "".join(said)
        begins = key.startswith(self.key) or self.key.startswith(key)
        return begins or 2 * len({*said}.intersection(self.title)) >= len(self.title)


def _words(text: str) -> list[str]:
    return [word for word in dict.fromkeys(wording.words(text)) if word not in wording.STOP]
