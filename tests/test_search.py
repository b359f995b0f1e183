"""People look papers up by whatever they remember of them, and get the one they mean or learn that it isn't there."""

import os
import time
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import pytest
from sqlalchemy import text as sql
from sqlmodel import col, delete, select

from bot import identity, tables
from bot.store import lists, search
from bot.store.engine import Database
from bot.store.search import Found
from bot.store.versions import bring_up_to_date
from bot.store.wording import Entry

POSTGRESQL = os.environ.get("TEST_DATABASE_URL", "")

LIGHTGCN = ("LightGCN: Simplifying and Powering Graph Convolution Network for Recommendation", "Xiangnan He", "")
SAMWISE = ("SAMWISE: Infusing wisdom in SAM2 for Text-Driven Video Segmentation", "Claudia Cuttano", "")
VIT = ("An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale", "Alexey Dosovitskiy", "")
MEMORIZE = ("Memorize, Factorize, or be Naïve: Learning Optimal Feature Interaction Methods", "Fuyuan Lyu", "")
EXPRESSIVE = ("How Expressive are Graph Neural Networks in Recommendation?", "Xuheng Cai", "")
SURVEY = ("A Survey of Graph Neural Networks for Social Recommender Systems", "Kartik Sharma", "")
DEEPER = ("Deeper Insights into Graph Neural Networks", "Qimai Li", "")
OPERATOR = ("Fourier Neural Operator for Parametric Partial Differential Equations", "Zongyi Li", "")
GCN = ("Semi-Supervised Classification with Graph Convolutional Networks", "Thomas N. Kipf; Max Welling", "")
ANCHOR = ("Self-Anchor: Large Language Model Reasoning via Step-by-step Attention Alignment", "Hongxiang Zhang", "")
EXAM = ("Humanity's Last Exam", "Long Phan", "We introduce Humanity's Last Exam (HLE), a benchmark at the frontier.")
BIGBENCH = (
    "Beyond the Imitation Game: Quantifying and extrapolating the capabilities of language models",
    "Aarohi Srivastava",
    "We introduce the Beyond the Imitation Game benchmark (BIG-bench), of 204 tasks.",
)
HARD = (
    "Challenging BIG-Bench Tasks and Whether Chain-of-Thought Can Solve Them",
    "Mirac Suzgun",
    "We focus on a suite of 23 challenging tasks which we call BIG-Bench Hard (BBH).",
)
SHARPNESS = (
    "Sharpness-Aware Minimization for Efficiently Improving Generalization",
    "Pierre Foret",
    "Our procedure seeks parameters in flat places; this min-max problem can be optimized by gradient descent.",
)
ALPHA = ("α-DPO: adaptive margins for preference optimization", "Junkang Wu", "")
CHINESE = ("基于图神经网络的推荐系统研究", "王伟", "")
PAPERS = (
    *(LIGHTGCN, SAMWISE, VIT, MEMORIZE, EXPRESSIVE, SURVEY, DEEPER, OPERATOR, GCN, ANCHOR, EXAM, BIGBENCH, HARD),
    *(SHARPNESS, ALPHA, CHINESE),
)


def a_paper(number: int, title: str, authors: str = "", abstract: str = "") -> tables.Paper:
    day = datetime(2024, 1, 1, tzinfo=UTC)
    return tables.Paper(
        pk=number,
        id=f"arxiv:2401.{number:05}",
        title=title,
        key=identity.title_key(title),
        head_key=identity.head_key(title),
        abstract=abstract,
        authors=authors.split("; ") if authors else [],
        published_at=day,
        listed_at=day,
        stored_at=day,
    )


async def stored(database: Database, papers: Sequence[tables.Paper]) -> None:
    async with database.writing() as session:
        for paper in papers:
            session.add(tables.Paper(**paper.model_dump()))
        await session.flush()
        session.add_all([tables.PaperAlias(id=paper.id, paper_pk=paper.pk or 0) for paper in papers])
        await search.add(session, papers)


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: object) -> AsyncIterator[Database]:
    """A database with the papers above in it."""
    if request.param == "sqlite":
        ours = Database(f"sqlite:///{tmp_path}/papers.db")
        await filled(ours)
        yield ours
        await ours.close()
        return
    if not POSTGRESQL:
        pytest.skip("TEST_DATABASE_URL names no PostgreSQL server")
    server, schema = Database(POSTGRESQL), f"search_{uuid.uuid4().hex[:12]}"
    async with server.writing() as session:
        await session.execute(sql(f"CREATE SCHEMA {schema}"))
    ours = Database(f"{POSTGRESQL}?options=-csearch_path%3D{schema}")
    try:
        await filled(ours)
        yield ours
    finally:
        await ours.close()
        async with server.writing() as session:
            await session.execute(sql(f"DROP SCHEMA {schema} CASCADE"))
        await server.close()


async def filled(database: Database) -> None:
    await bring_up_to_date(database)
    await stored(database, [a_paper(n, *paper) for n, paper in enumerate(PAPERS, 1)])


async def ask(database: Database, text: str) -> Found:
    async with database.glancing() as connection:
        return await search.look_up(connection, text)


async def words_of(database: Database, text: str) -> list[str]:
    async with database.glancing() as connection:
        return [PAPERS[pk - 1][0] for pk in await search.words_of(connection, text)]


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        (SAMWISE[0], SAMWISE),
        (SAMWISE[0].upper(), SAMWISE),
        ("SAMWISE", SAMWISE),
        ("the samwise paper", SAMWISE),
        ("samwsie", SAMWISE),
        ("wisdom SAM2 video", SAMWISE),
        ("light gcn", LIGHTGCN),
        ("simplfying powering recomendation", LIGHTGCN),
        ("an image is worth 16 x 16 words", VIT),
        ("“An Image is Worth 16x16 Words.”", VIT),
        ("memorise factorise", MEMORIZE),
        (r"Memorize, Factorize, or be Na\"{\i}ve: Learning Optimal Feature Interaction Methods", MEMORIZE),
        ("graph nural network recomendation expressive", EXPRESSIVE),
        ("How Expressive are Graph Neural Networks in Recommendation? (WSDM 2024)", EXPRESSIVE),
        ("Cai et al., 2023. How Expressive are Graph Neural Networks in Recommendation?", EXPRESSIVE),
        ("How Expressive are Graph Neu", EXPRESSIVE),
        ("FNO", OPERATOR),
        ("GCN kipf", GCN),
        ("semisupervised classification", GCN),
        ("Zhang Self-Anchor", ANCHOR),
        ("HLE", EXAM),
        ("humanitys last exam", EXAM),
        ("big bench", BIGBENCH),
        ("bbh", HARD),
        ("SAM optimizer", SHARPNESS),
        ("sharpness aware minimisation", SHARPNESS),
        ("alpha-DPO", ALPHA),
        (r"$\alpha$-DPO", ALPHA),
        ("图神经网络的推荐", CHINESE),
        ("arXiv:2401.00002v3", SAMWISE),
        ("https://arxiv.org/pdf/2401.00002", SAMWISE),
        ("have you seen https://huggingface.co/papers/2401.00002, it is great", SAMWISE),
        ("10.48550/arXiv.2401.00002", SAMWISE),
    ],
)
async def test_a_paper_is_found_by_what_people_remember_of_it(
    database: Database, asked: str, meant: tuple[str, str, str]
) -> None:
    found = await ask(database, asked)
    assert [PAPERS[pk - 1][0] for pk in found.pks][:1] == [meant[0]]


@pytest.mark.parametrize("asked", ["SAMWISE", "samwsie", "Zhang Self-Anchor", "How Expressive are Graph Neu"])
async def test_what_only_one_paper_can_be_is_sure(database: Database, asked: str) -> None:
    assert (await ask(database, asked)).sure


async def test_words_of_many_papers_offer_the_nearest_and_settle_on_none(database: Database) -> None:
    found = await ask(database, "graph neural networks")
    assert not found.sure
    assert {PAPERS[pk - 1] for pk in found.pks} >= {EXPRESSIVE, SURVEY, DEEPER}


@pytest.mark.parametrize("asked", ["attention is all you need", "alphafold", "asdfghjkl", "deep residual learning"])
async def test_a_paper_that_is_not_there_is_not_made_up(database: Database, asked: str) -> None:
    assert not (await ask(database, asked)).sure


async def test_an_unknown_id_is_named_and_nothing_else_is_guessed(database: Database) -> None:
    assert await ask(database, "https://arxiv.org/abs/2312.99999v2") == Found(unknown_id="arxiv:2312.99999")


@pytest.mark.parametrize(
    "asked",
    [
        *("", " \n", "\0", "\ud800\udfff", "🎉🎉", "...", "the of and", '"', "'", 'C++ "x', "NEAR(", "a AND", "-foo"),
        *("title:x", "^a*", "%", "' OR 1=1 --", "{a b} : c", "𞤀𞤁𞤂", "ﷺ", "\\", "$\\frac{", ":pk", "?", "%s"),
    ],
)
async def test_hostile_text_finds_nothing_and_breaks_nothing(database: Database, asked: str) -> None:
    assert not (await ask(database, asked)).sure
    await words_of(database, asked)


@pytest.mark.parametrize("piece", ["graph neural networks ", "a", "networkgraph", "x y z ", "图神经", "🎉", "(", "$\\"])
async def test_ten_thousand_characters_take_no_longer_than_a_title(database: Database, piece: str) -> None:
    began = time.perf_counter()
    await ask(database, (piece * 10_000)[:10_000])
    assert time.perf_counter() - began < 1.0


async def test_search_finds_words_of_titles_before_those_of_abstracts(database: Database) -> None:
    assert (await words_of(database, "challenging tasks"))[0] == HARD[0]
    assert set(await words_of(database, "graph networks")) >= {EXPRESSIVE[0], SURVEY[0], DEEPER[0], GCN[0]}
    assert await words_of(database, "Kipf") == [GCN[0]]
    assert (await words_of(database, "graph nural network recomendation expressive"))[0] == EXPRESSIVE[0]


async def test_a_changed_title_replaces_the_old_one(database: Database) -> None:
    async with database.writing() as session:
        paper = (await session.execute(select(tables.Paper).where(col(tables.Paper.pk) == 2))).scalar_one()
        paper.title = "Gandalf: a wizard for video"
        paper.key, paper.head_key = identity.title_key(paper.title), "gandalf"
        session.add(paper)
        await session.flush()
        await search.add(session, [paper, paper])
    assert (await ask(database, "gandalf wizard")).pks[0] == 2
    assert 2 not in (await ask(database, "samwise")).pks
    async with database.reading() as session:
        counts = await session.execute(sql("SELECT term, df FROM term WHERE term IN ('wisdom', 'video') ORDER BY 1"))
    assert [tuple(row) for row in counts] == [("video", 1), ("wisdom", 0)]


async def test_adding_the_same_papers_again_changes_nothing(database: Database) -> None:
    async def counts() -> list[object]:
        async with database.reading() as session:
            return [(await session.execute(sql(f"SELECT * FROM {t} ORDER BY 1, 2"))).all() for t in ("term", "near")]

    before = await counts()
    async with database.writing() as session:
        await search.add(session, [a_paper(n, *paper) for n, paper in enumerate(PAPERS, 1)])
    assert await counts() == before


async def test_a_deleted_paper_is_found_no_more(database: Database) -> None:
    async with database.writing() as session:
        await session.execute(delete(tables.Paper).where(col(tables.Paper.pk) == 2))
    assert 2 not in (await ask(database, "samwise wisdom")).pks
    assert SAMWISE[0] not in await words_of(database, "wisdom")


async def listed(database: Database) -> dict[str, set[int]]:
    """Which papers the list of each word holds, after a look that these are the papers that hold it, each once."""
    async with database.reading() as session:
        rows = await session.execute(sql("SELECT term, pks FROM term_papers ORDER BY term, part"))
        held: dict[str, list[int]] = defaultdict(list)
        for term, pks in rows:
            held[term] += lists.unpacked(pks).tolist()
        kept: dict[str, list[int]] = defaultdict(list)
        pk = "rowid" if database.is_sqlite else "paper_pk"
        for row in await session.execute(sql(f"SELECT {pk}, words, authors, names FROM paper_search ORDER BY 1")):
            for term in Entry(*row[1:]).terms:
                kept[term].append(row[0])
        counts = {row[0]: row[1] for row in await session.execute(sql("SELECT term, df FROM term WHERE df > 0"))}
    assert {term: sorted(pks) for term, pks in held.items() if pks} == dict(kept)
    assert {term: len(pks) for term, pks in kept.items()} == counts
    return {term: set(pks) for term, pks in kept.items()}


async def test_each_word_lists_its_papers_as_they_come_change_and_move(database: Database) -> None:
    many = [a_paper(100 + n, f"Kestrels over{n % 3} Meadow{n}") for n in range(700)]
    for start, end in ((0, 30), (30, 300), (300, 700)):
        await stored(database, many[start:end])
        assert len((await listed(database))["kestrels"]) == end
    async with database.writing() as session:
        await search.add(session, [a_paper(100 + n, f"Harriers over0 Meadow{n}") for n in range(205, 235)])
    after = await listed(database)
    assert after["kestrels"] == {*range(100, 800)} - {*range(305, 335)}
    assert len(after["harriers"]) == 30
    await stored(database, [a_paper(900 + n, f"Kestrels again{n}") for n in range(300)])
    after = await listed(database)
    async with database.writing() as session:  # as a database was before there were lists
        await session.execute(sql("DROP TABLE term_papers"))
        await session.execute(sql("UPDATE alembic_version SET version_num = '0006'"))
    await bring_up_to_date(database)
    assert await listed(database) == after


async def test_what_is_left_of_lists_that_were_swept_away_misleads_nobody(database: Database) -> None:
    async with database.writing() as session:
        for table in ("paper", "paper_search", "term", "near"):
            await session.execute(sql(f"DELETE FROM {table}"))
        if database.is_sqlite:
            await session.execute(sql("DELETE FROM paper_search_text"))
    await stored(database, [a_paper(1, *SAMWISE)])
    async with database.reading() as session:
        kept = await session.scalar(sql("SELECT pks FROM term_papers WHERE term = 'video'"))
    assert lists.unpacked(kept).tolist() == [1]


async def test_words_that_are_all_common_find_the_paper_that_holds_them_all(database: Database) -> None:
    said = ("steady", "kestrels", "over", "meadow", "rivers")
    pairs = [f"{a} {b} {c}" for a in said for b in said for c in said if len({a, b, c}) == 3]
    many = [a_paper(100 + n, f"{pairs[n % len(pairs)]} and number {n}") for n in range(1500)]
    last = a_paper(2000, "Rivers over a Meadow: Kestrels are Steady")
    await stored(database, [*many, last])
    assert (await ask(database, "steady rivers meadow kestrels")).pks[0] == 2000
