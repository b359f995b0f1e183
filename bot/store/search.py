"""The look-up: papers by id, title, name, author, or a misspelt memory of one of these."""

# ruff: noqa: S608 (only names of ours are put into the SQL; all that people type is bound)

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from bot import tables
from bot.identity import ids_in, is_only_ids
from bot.store import judging, lists, wording
from bot.store.dialect import Tables
from bot.store.indexing import add
from bot.store.judging import Candidate, Judged, Weighed
from bot.store.wording import NAMED, STOP, Entry, Query

if TYPE_CHECKING:
    from bot.store.lists import Numbers

__all__ = ["Found", "add", "look_up", "words_of"]

_READ = 100_000  # papers told by the lists of one look-up
_READ_FIRST = 10_000  # by the rarest words', before the others are needed at all
_CLEAR = 0.75  # of the best one's weight, which no other may reach: the right paper had .76 in all made queries
_MEANT = 4  # terms that a word may stand for
_CALLED = 200  # papers read that go by a name
_CALLED_WEIGHT = 4.0  # of going by a name, beside the rarity of words
_JUDGED = 24  # of those that words find: where these find the right one at all, it was among the first 12 (dev queries)
_HALF = 0.5  # of the best one's weight: what has less is not judged, a few apart
_SHORT = 2  # words: what so few words find is told apart by the papers' names, so more of them are judged
_BY_TEXT = 10  # papers read whole, and as many that only the text brings
_DESCRIBED = 7  # words: a longer query is a title, and abstracts don't tell it
_SHOWN = 10
_LIKE = 0.7  # to a word: what is less like it was not meant
_RUN_TOGETHER = 0.8  # how likely two words are meant by one that is none
_NEAR = 0.3  # of coverage: what has less is not shown as near


@dataclass(frozen=True, slots=True)
class Found:
    """What a look-up found: paper pks, best first.

    sure: the first is the one meant. confidence: 0 to 100. unknown_id: an id that names no stored paper.
    """

    pks: tuple[int, ...] = ()
    sure: bool = False
    confidence: float = 0.0
    unknown_id: str = ""


async def look_up(connection: AsyncConnection, text: str) -> Found:
    """The paper that `text` means: by id, by equal title, by words and names, by spelling, by author and abstract."""
    asking, unknown = _Asking(connection), ""
    if ids := ids_in(text[: wording.LETTERS_MAX]):
        if pks := await asking.by_id(ids):
            return Found(pks, True, 100.0)
        unknown = ids[0]
        if is_only_ids(text[: wording.LETTERS_MAX]):
            return Found(unknown_id=unknown)
        text = " ".join(piece for piece in text[: wording.LETTERS_MAX].split() if not ids_in(piece))
    query = wording.read(text)
    return replace(await asking.look_up(query), unknown_id=unknown) if query.keys else Found(unknown_id=unknown)


async def words_of(connection: AsyncConnection, text: str, most: int = 50) -> list[int]:
    """Papers whose title, authors or abstract hold the words, best first; the nearest where none holds them all."""
    words = [word for word in wording.read(text).words if word not in STOP]
    pks = await _Asking(connection).by_text(words, most) if words else ()
    return list(pks or (await look_up(connection, text)).pks)[:most]


class _Asking(Tables):
    """One look-up on its way through the plan. What it has read is kept, since respelt words are looked for again."""

    def __init__(self, connection: AsyncConnection) -> None:
        super().__init__(connection)
        self._held: dict[str, Numbers] = {}
        self._candidates: dict[int, Candidate] = {}

    async def by_id(self, ids: Sequence[str]) -> tuple[int, ...]:
        rows = await self.rows("SELECT id, paper_pk FROM paper_alias WHERE id IN :ids", {"ids": list(ids[:20])})
        return tuple(dict.fromkeys(row[1] for row in sorted(rows, key=lambda row: ids.index(row[0]))))

    async def look_up(self, query: Query) -> Found:
        equal, df = await self._known(query)
        if equal or not query.words:
            return Found(equal, len(equal) == 1, 100.0 if equal else 0.0)
        weighed = await self._weigh(query, df)
        judged = await self._judged(weighed)
        if _confidence(judged) < judging.SURE and await self._respell(weighed, judged):
            judged = await self._judged(weighed)
        if _confidence(judged) < judging.SURE and 0 < len(set(query.words) - STOP) < _DESCRIBED:
            judged = await self._by_abstract(weighed, judged)
        if not judged or not (set(query.words) - STOP or _is_phrase(query, judged[0])):
            return Found()
        near = tuple(one.candidate.pk for one in judged[:_SHOWN] if one.coverage > _NEAR)
        return Found(near, judging.is_sure(query, judged), round(judged[0].confidence, 1))

    async def _known(self, query: Query) -> tuple[tuple[int, ...], dict[str, int]]:
        """Papers of a title that was typed; and how many hold each of its words, or the empty one, which all do."""
        rows = await self.rows(
            "SELECT key, pk, 1 AS is_title FROM paper WHERE key IN :keys"
            " UNION ALL SELECT term, df, 0 FROM term WHERE term IN :terms"
            " UNION ALL SELECT '', max(pk), 0 FROM paper",
            {"keys": list(query.keys), "terms": list({*query.words, *query.joined})},
        )
        equal = sorted((query.keys.index(key), pk) for key, pk, is_title in rows if is_title)
        df = {term: n for term, n, is_title in rows if n and not is_title}
        return tuple(pk for n, pk in equal if n == equal[0][0]), df

    async def _weigh(self, query: Query, df: dict[str, int]) -> Weighed:
        weighed = Weighed(query, df.pop("", 0), df, {word: {word: 1.0} if df.get(word) else {} for word in query.words})
        for joint, (start, end) in weighed.spans.items():
            if df.get(joint):
                for word in query.words[start:end]:
                    weighed.meant[word][joint] = 1.0
        weighed.weigh()
        await self._near(weighed, [word for word in query.words if not weighed.meant[word]])
        return weighed

    async def _respell(self, weighed: Weighed, judged: Sequence[Judged]) -> bool:
        """Whether words that the best candidate lacks may be meant for others."""
        wrong = judged[0].missing if judged else weighed.query.words
        return await self._near(weighed, [word for word in wrong if weighed.df.get(word)])

    async def _near(self, weighed: Weighed, wrong: Sequence[str]) -> bool:
        """Add what these words may be misspellings of, alone or with their neighbours; whether anything was."""
        if not wrong:
            return False
        forms = _forms(weighed, wrong)
        by_hash: dict[int, list[str]] = defaultdict(list)
        for form in forms:
            for crc in wording.without_a_letter(form):
                by_hash[crc].append(form)
        splits = [(word, word[:n], word[n:]) for word in wrong for n in range(2, len(word) - 1)]
        rows = await self.rows(
            "SELECT t.term, t.df, n.crc FROM near n JOIN term t ON t.term = n.term WHERE n.crc IN :crcs"
            " UNION ALL SELECT term, df, NULL FROM term WHERE term IN :halves",
            {"crcs": list(by_hash), "halves": list({half for _, *two in splits for half in two})},
        )
        before = sum(map(len, weighed.meant.values()))
        for term, df, crc in rows:
            for form in by_hash[crc] if df and crc is not None else ():
                if (like := judging.likeness(form, term)) > _LIKE:
                    weighed.learn(forms[form], {term: df}, like)
        halves = {term: df for term, df, crc in rows if df and crc is None}
        for word, *pair in sorted(splits, key=lambda split: max(halves.get(half, 0) for half in split[1:])):
            if halves.keys() >= set(pair) and not weighed.meant[word]:
                weighed.learn([word], {half: halves[half] for half in pair}, _RUN_TOGETHER)
        weighed.weigh()
        return sum(map(len, weighed.meant.values())) > before

    async def _judged(self, weighed: Weighed) -> list[Judged]:
        """The papers that hold the heaviest of the query's words or go by them, best first."""
        weights = _listed(weighed)
        names = self.any_of(NAMED + name for name in _called(weighed))
        most = _JUDGED * (5 if len(weighed.query.words) <= _SHORT else 1)
        chosen: list[tuple[int, float]] = []
        for terms in (_rarest(weights, weighed.df, _READ_FIRST), list(weights)):
            await self._hold(terms, names)
            found = [(self._held[term], weights[term]) for term in sorted(terms)]
            found += [(self._held[names], _CALLED_WEIGHT)] if names else []
            chosen = lists.best(found, most + 1) if found else []
            rest = sum(weights[term] for term in weights if term not in terms)
            behind = chosen[most][1] if len(chosen) > most else 0.0
            if chosen and _CLEAR * chosen[0][1] > behind + rest:  # whatever the other lists hold
                break
        return judging.rank(weighed, await self._read(chosen[:most]))

    async def _hold(self, terms: Iterable[str], names: str) -> None:
        """Have at hand which papers hold each of the terms, and which go by one of the names."""
        missing = [term for term in terms if term not in self._held]
        asked = ["SELECT term, pks, 0 AS pk FROM term_papers WHERE term IN :terms"]
        values: dict[str, Any] = {"terms": missing}
        if names and names not in self._held:
            called = f"{self.matching(':names')} LIMIT {_CALLED}"
            asked.append(f"SELECT '', CAST(NULL AS bytea), pk FROM ({called}) AS called")
            values["names"] = names
        rows = await self.rows(" UNION ALL ".join(asked), values) if missing or len(asked) > 1 else ()
        held: dict[str, list[bytes]] = {term: [] for term in missing}
        for term, pks, _ in rows:
            if term:
                held[term].append(pks)
        self._held |= {term: lists.unpacked(b"".join(parts)) for term, parts in held.items()}
        if len(asked) > 1:
            self._held[names] = lists.numbers(pk for term, _, pk in rows if not term)

    async def _read(self, chosen: Sequence[tuple[int, float]]) -> list[Candidate]:
        """Of the chosen papers, whose weights are told, those that are not far behind the first."""
        near = [pk for n, (pk, weight) in enumerate(chosen) if n < _BY_TEXT or weight >= _HALF * chosen[0][1]]
        if missing := [pk for pk in near if pk not in self._candidates]:
            rows = await self.rows(
                "SELECT p.pk, s.words, s.authors, s.names, p.published_at FROM paper_search s"
                f" JOIN paper p ON p.pk = s.{self.pk} WHERE s.{self.pk} IN :pks",
                {"pks": missing},
            )
            self._candidates |= {row[0]: Candidate(row[0], Entry(*row[1:4]), str(row[4] or "9")) for row in rows}
        return [self._candidates[pk] for pk in near if pk in self._candidates]

    async def _by_abstract(self, weighed: Weighed, judged: Sequence[Judged]) -> list[Judged]:
        """`judged` again, now that words which titles lack are looked for in authors and abstracts."""
        words = [word for word in dict.fromkeys(weighed.query.words) if word not in STOP]
        candidates = {one.candidate.pk: one.candidate for one in judged[:_BY_TEXT]}
        if pks := await self.by_text(words, _BY_TEXT):
            for candidate in await self._read([(pk, 1.0) for pk in pks]):
                candidates.setdefault(candidate.pk, candidate)
        paper = tables.Paper
        read = select(col(paper.pk), col(paper.authors), col(paper.abstract)).where(col(paper.pk).in_(candidates))
        texts = {
            pk: f" {' '.join(wording.words(' '.join([*authors[: wording.SURNAMES_MAX], abstract])))} "
            for pk, authors, abstract in await self.connection.execute(read)
        }
        again = judging.rank(weighed, [replace(one, text=texts[pk]) for pk, one in candidates.items()])
        return again + list(judged[_BY_TEXT:])

    async def by_text(self, words: Sequence[str], most: int) -> tuple[int, ...]:
        """Papers of which title, authors and abstract hold all words, best first."""
        held = (
            "SELECT rowid AS pk, bm25(paper_search_text, 10.0, 6.0, 1.0) AS far FROM paper_search_text"
            " WHERE paper_search_text MATCH :words"
            if self.lite
            else "SELECT paper_pk AS pk, -ts_rank(said, asked) AS far"
            " FROM paper_search, plainto_tsquery('english', :words) AS asked WHERE said @@ asked"
        )
        statement = (
            f"SELECT h.pk FROM ({held} ORDER BY 2, 1 LIMIT :most) AS h JOIN paper p ON p.pk = h.pk ORDER BY h.far, h.pk"
        )
        asked = self.all_of(words) if self.lite else " ".join(words)
        return tuple(row[0] for row in await self.rows(statement, {"words": asked, "most": most}))


def _forms(weighed: Weighed, wrong: Sequence[str]) -> dict[str, Sequence[str]]:
    """What may be misspelt, and of which words: each wrong one, and it run together with its neighbours."""
    forms: dict[str, Sequence[str]] = {word: [word] for word in wrong}
    for joint, (start, end) in weighed.spans.items() if len(weighed.query.words) < _DESCRIBED else ():
        if not set(wrong).isdisjoint(weighed.query.words[start:end]):
            forms.setdefault(joint, weighed.query.words[start:end])
    return forms


def _is_phrase(query: Query, best: Judged) -> bool:
    """Whether stop words alone are more than noise: several of them, and a title has them as they stand."""
    return len(query.words) > _SHORT and best.holds


def _confidence(judged: Sequence[Judged]) -> float:
    return judged[0].confidence if judged else 0.0


def _listed(weighed: Weighed) -> dict[str, float]:
    """The rarest terms that the query's words may stand for, and their weights."""
    weights: dict[str, float] = {}
    for meant in weighed.meant.values():
        some = {term: like * weighed.rarity(term) for term, like in meant.items()}
        for term in sorted(some, key=lambda term: -some[term])[:_MEANT]:
            weights[term] = max(weights.get(term, 0.0), some[term])
    order = sorted(weights, key=lambda term: (weighed.df.get(term, 0), term))
    if not STOP.issuperset(weighed.query.words):
        order = [term for term in order if term not in STOP]
    return {term: weights[term] for term in _rarest(order, weighed.df, _READ)}


def _rarest(order: Iterable[str], df: Mapping[str, int], most: int) -> list[str]:
    """The first of the terms, whose lists tell so many papers together; two in any case."""
    found: list[str] = []
    read = 0
    for term in order:
        read += df.get(term, 0)
        if read > most and len(found) > 1:
            break
        found.append(term)
    return found


def _called(weighed: Weighed) -> list[str]:
    """What the paper may be called, if the query may be a name."""
    said = [word for word in weighed.query.words if word not in STOP]
    if len(weighed.query.words) >= _DESCRIBED:
        return []
    names = {*said, *(word.removesuffix("s") if len(word) > 3 else word for word in said)}
    return sorted(names | {name for name in weighed.names if len(name) <= wording.WORD_MAX})
