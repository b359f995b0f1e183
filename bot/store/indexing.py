"""The search tables: what they keep of each paper, and the one way in."""

# ruff: noqa: S608 (only names of ours are put into the SQL; all that people type is bound)

from collections import Counter
from collections.abc import Container, Iterable, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bot import tables
from bot.store import wording
from bot.store.dialect import Tables
from bot.store.lists import Lists
from bot.store.rows import batches
from bot.store.wording import Entry

_BATCH = 500
_COUNTED = "SELECT term, df FROM term WHERE term IN :terms"
_MANY = 250  # papers: with fewer any plan will do
_LOOKED_AT = "paper, paper_alias, paper_search, term, term_papers, near"


async def add(session: AsyncSession, papers: Sequence[tables.Paper], *, at_once: int = _BATCH) -> None:
    """Put new or changed papers into the search tables. Safe to call again: a paper replaces what it was.

    One caller at a time: two would each wait for counts that the other holds. at_once: papers a batch, at most 30,000.
    """
    latest = {paper.pk: paper for paper in papers if paper.pk is not None}
    pks = list(latest)
    adding, new = _Adding(await session.connection()), list[int]()
    for start in range(0, len(pks), at_once):
        new += await adding.add({pk: latest[pk] for pk in pks[start : start + at_once]})
    if new and max(new) >= _MANY and max(new).bit_length() > (min(new) - 1).bit_length():
        await adding.look_anew()


class _Adding(Tables):
    """A batch of papers on its way in."""

    async def look_anew(self) -> None:
        """Let PostgreSQL see what it holds, once that is twice as much: it plans for what it saw last.

        It does so by itself a minute later, where that is not switched off: till then a look-up reads whole tables.
        """
        if not self.lite:
            await self.connection.exec_driver_sql(f"ANALYZE (SKIP_LOCKED) {_LOOKED_AT}")

    async def add(self, papers: dict[int, tables.Paper]) -> set[int]:
        """Put them in; returns those that were not there."""
        new = {pk: wording.entry(paper.title, paper.abstract, paper.authors) for pk, paper in papers.items()}
        old = await self._old(list(new))
        await (self._put_sqlite if self.lite else self._put_postgresql)(papers, new, old)
        change = Counter(term for entry in new.values() for term in entry.terms)
        change.subtract(Counter(term for entry in old.values() for term in entry.terms))
        df = await self._counted(sorted(change))
        await Lists(self.connection).keep(new, old, df)
        await self._count({term: n for term, n in sorted(change.items()) if n}, df)
        return new.keys() - old.keys()

    async def _old(self, pks: list[int]) -> dict[int, Entry]:
        rows = await self.rows(
            f"SELECT {self.pk}, words, authors, names FROM paper_search WHERE {self.pk} IN :pks", {"pks": pks}
        )
        return {row[0]: Entry(*row[1:]) for row in rows}

    async def _put_sqlite(self, papers: dict[int, tables.Paper], new: dict[int, Entry], old: Iterable[int]) -> None:
        for table in ("paper_search", "paper_search_text"):
            await self.run(f"DELETE FROM {table} WHERE rowid = ?", [(pk,) for pk in old])
        await self.run(
            "INSERT INTO paper_search (rowid, words, authors, names) VALUES (?, ?, ?, ?)",
            [(pk, entry.words, entry.authors, entry.names) for pk, entry in new.items()],
        )
        await self.run(
            "INSERT INTO paper_search_text (rowid, title, authors, abstract) VALUES (?, ?, ?, ?)",
            [(pk, *_text_of(paper)) for pk, paper in papers.items()],
        )

    async def _put_postgresql(
        self, papers: dict[int, tables.Paper], new: dict[int, Entry], _old: Iterable[int]
    ) -> None:
        await self.run(
            "INSERT INTO paper_search (paper_pk, words, authors, names, terms, said)"
            " VALUES (?, ?, ?, ?, array_to_tsvector(?), setweight(to_tsvector('english', ?), 'A')"
            " || setweight(to_tsvector('simple', ?), 'B') || setweight(to_tsvector('english', ?), 'D'))"
            " ON CONFLICT (paper_pk) DO UPDATE SET words = excluded.words, authors = excluded.authors,"
            " names = excluded.names, terms = excluded.terms, said = excluded.said",
            [
                (pk, entry.words, entry.authors, entry.names, sorted(entry.indexed), *_text_of(papers[pk]))
                for pk, entry in new.items()
            ],
        )

    async def _counted(self, terms: list[str]) -> dict[str, int]:
        """How many papers hold each of the terms, those left out that none has ever held."""
        df: dict[str, int] = {}
        for some in batches(terms):
            df |= {row[0]: row[1] for row in await self.rows(_COUNTED, {"terms": list(some)})}
        return df

    async def _count(self, change: dict[str, int], known: Container[str]) -> None:
        """Add `change` to the counts, and make new terms findable by their misspellings."""
        await self.run(
            "INSERT INTO term (term, df) VALUES (?, ?) ON CONFLICT (term) DO UPDATE SET df = term.df + excluded.df",
            change.items(),
        )
        await self.run(
            "INSERT INTO near (crc, term) VALUES (?, ?) ON CONFLICT (crc, term) DO NOTHING",
            sorted((crc, term) for term in change if term not in known for crc in wording.without_a_letter(term)),
        )


def _text_of(paper: tables.Paper) -> tuple[str, str, str]:
    """Title, authors and abstract to search, without what PostgreSQL refuses to store."""
    said = (paper.title, ", ".join(paper.authors[: wording.SURNAMES_MAX]), paper.abstract)
    title, authors, abstract = (text.replace("\0", " ") for text in said)
    return title, authors, abstract
