"""Which papers hold a word, as lists of their numbers, filled from what the look-up keeps of the stored papers."""

# ruff: noqa: S608 (only names of ours are put into the SQL)

from array import array
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import sqlalchemy as sa
from alembic import op

from bot.store.lists import parts
from bot.store.wording import Entry

revision = "0007"
down_revision = "0006"

_AT_ONCE = 10_000  # rows read, and written


def upgrade() -> None:
    table = op.create_table(
        "term_papers",
        sa.Column("term", sa.String(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("pks", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("term", "part", name="pk_term_papers"),
        sqlite_with_rowid=False,
    )
    lists: dict[str, array[int]] = defaultdict(lambda: array("i"))
    for pk, *said in _entries(op.get_bind()):
        for term in Entry(*said).terms:
            lists[term].append(pk)
    rows = (row for term in sorted(lists) for row in parts(term, lists[term], 0))
    while some := [{"term": term, "part": part, "pks": pks} for term, part, pks in islice(rows, _AT_ONCE)]:
        op.bulk_insert(table, some)


def _entries(bind: sa.Connection) -> Iterator[Sequence[Any]]:
    """Number, words, authors and names of each paper, in order."""
    pk = "paper_pk" if bind.dialect.name == "postgresql" else "rowid"
    some = sa.text(
        f"SELECT {pk}, words, authors, names FROM paper_search WHERE {pk} > :last ORDER BY {pk} LIMIT {_AT_ONCE}"
    )
    last = -1
    while rows := bind.execute(some, {"last": last}).all():
        yield from rows
        last = rows[-1][0]
