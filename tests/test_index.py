"""The picker's index as the store changes: which papers it holds, and what is scored with it."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from bot.commands.subjects import subject
from bot.digests.cache import stamp
from bot.digests.index import IndexKeeper
from bot.digests.pool import Fitted, Pool
from bot.model import Draft
from bot.picking.ranker import BAR, fit, score
from bot.picking.topics import Topic
from bot.picking.vectors import Index
from bot.store import Store
from tests.conftest import NOW
from tests.papers import a_paper, recommenders


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    store = await Store.open(database_url)
    yield store
    await store.close()


def same(one: Index, other: Index) -> bool:
    mine, theirs = one.to_arrays(), other.to_arrays()
    numbers = [name for name in mine if not name.startswith("growth")]
    return all(np.array_equal(mine[name], theirs[name]) for name in numbers)


async def saved(store: Store, *drafts: Draft) -> list[int]:
    """The numbers (pk) of the papers, stored in this order."""
    await store.papers.save(drafts, "test", NOW)
    return [(await store.papers.of_drafts([draft]))[0].pk for draft in drafts]


def listed(days: Sequence[int]) -> list[Draft]:
    """Papers listed so many days ago, unlike each other."""
    names = ("Mosses of the north", "Bridges and wind", "Voting by lot", "Salt in bread", "Tides of the Moon")
    people = (("Mo Reed",), ("Ina Beck",), ("Otto Falk",), ("Sal Brook",), ("Tia Marsh",))
    return [
        a_paper(name, authors=who, listed_at=NOW - timedelta(days=ago))
        for name, who, ago in zip(names, people, days, strict=False)
    ]


async def test_the_papers_listed_last_are_kept_whenever_they_came_in(store: Store) -> None:
    pks = await saved(store, *listed([1, 2, 3]))
    keeper = IndexKeeper(store.papers, None, most=3)
    assert (await keeper.fresh()).pks.tolist() == pks
    await saved(store, *listed([9, 9, 9, 400])[3:])  # a back-fill: the highest number, listed long ago
    index = await keeper.fresh()
    assert index.pks.tolist() == pks
    assert await keeper.fresh() is index


async def test_what_is_not_among_the_newest_any_more_leaves_the_index(store: Store) -> None:
    pks = await saved(store, *listed([3, 1, 2]))
    keeper = IndexKeeper(store.papers, None, most=3)
    await keeper.fresh()
    pks += await saved(store, *listed([9, 9, 9, 0])[3:])
    assert (await keeper.fresh()).pks.tolist() == pks[1:]


async def test_an_index_that_holds_more_than_is_wanted_is_cut_down(store: Store, tmp_path: Path) -> None:
    pks = await saved(store, *listed([4, 3, 2, 1]))
    cache = tmp_path / "index"
    await IndexKeeper(store.papers, cache, most=4).fresh()
    keeper = IndexKeeper(store.papers, cache, most=2)
    index = await keeper.fresh()
    assert index.pks.tolist() == pks[2:]
    assert "moss" not in index.column
    assert await keeper.fresh() is index


async def test_each_profile_gets_its_own_scores_whatever_its_place_in_memory(store: Store) -> None:
    await saved(store, *recommenders(), *listed([1, 2, 3]))
    index = await IndexKeeper(store.papers, None).fresh()
    pool = Pool(await store.papers.listed_since(None), index)
    profile = fit(index, Topic.parse("recsys"))
    follow = subject("recsys")
    for trust in (1.0, 0.0) * 20:
        scores = pool.scores(Fitted(follow, replace(profile, trust=trust)))
        assert bool(scores.any()) == bool(trust)


async def test_the_index_in_the_file_is_the_one_that_was_made(store: Store, tmp_path: Path) -> None:
    await saved(store, *recommenders(), *listed([1, 2, 3]))
    made = await IndexKeeper(store.papers, tmp_path / "index").fresh()
    assert same(await IndexKeeper(store.papers, tmp_path / "index").fresh(), made)


@pytest.mark.parametrize(
    "harm", [b"", b"PK\3\4", b"\xff" * 200, b'\x20\0\0\0\0\0\0\0{"arrays": [], "bytes": 10}      ']
)
async def test_a_damaged_file_is_made_again(harm: bytes, sqlite_url: str, tmp_path: Path) -> None:
    store = await Store.open(sqlite_url)
    cache = tmp_path / "index"
    pks = await saved(store, *listed([1, 2]))
    made = await IndexKeeper(store.papers, cache).fresh()
    for damaged in (harm, harm + cache.read_bytes()[len(harm) :], cache.read_bytes()[:-100]):
        cache.write_bytes(damaged)
        assert same(await IndexKeeper(store.papers, cache).fresh(), made)
    cache.unlink()
    assert (await IndexKeeper(store.papers, cache).fresh()).pks.tolist() == pks
    await store.close()


async def test_two_workers_share_what_one_of_them_has_made(store: Store, tmp_path: Path) -> None:
    one, other = (IndexKeeper(store.papers, tmp_path / "index") for _ in range(2))
    await saved(store, *listed([1, 2, 3]))
    await one.fresh()
    await other.fresh()
    await saved(store, *recommenders())
    grown = await one.fresh()
    written = stamp(tmp_path / "index")
    assert same(await other.fresh(), grown)
    assert stamp(tmp_path / "index") == written


async def test_progress_is_told_up_to_the_last_paper(store: Store) -> None:
    told: list[int] = []
    pks = await saved(store, *recommenders())
    await IndexKeeper(store.papers, None).fresh(told.append)
    assert told[-1] == len(pks)


def cut_short(cache: Path) -> int:
    """What the process that makes an index ends with when it does not hear the last text."""
    words = [sys.executable, "-m", "bot.digests.making", str(cache)]
    said = b'[[], [[99, 1]]]\n[99, "Cut", "short"]\n'
    return subprocess.run(words, input=said, capture_output=True, check=False).returncode


def killed_while_counting(cache: Path) -> None:
    """A process that makes an index, killed once it has begun to read: a pipe holds less than what was written."""
    words = [sys.executable, "-m", "bot.digests.making", str(cache)]
    with subprocess.Popen(words, stdin=subprocess.PIPE) as process:
        assert process.stdin
        process.stdin.write(b"[[], [[99, 1]]]\n" + b'[99, "Cut", "short"]\n' * 20_000)
        process.kill()


class TestALargeStore:
    """Whose index is made in a process of its own."""

    @pytest.fixture(autouse=True)
    def small_is_large(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("bot.digests.index.SETTLED", 5)

    async def test_it_gets_the_same_index_as_a_small_one_whatever_happens_to_its_papers(
        self, store: Store, tmp_path: Path
    ) -> None:
        apart, here = IndexKeeper(store.papers, tmp_path / "index", 12), IndexKeeper(store.papers, None, 12)
        await saved(store, *recommenders())
        assert same(await apart.fresh(), await here.fresh())
        changed = replace(recommenders()[0], abstract="Rewritten for the better.")
        for more in (listed([1, 2, 3, 4, 5]), [changed], listed([9, 9, 9, 9, 9])):
            await saved(store, *more)
            assert same(await apart.fresh(), await here.fresh())

    async def test_where_no_process_can_be_started_it_is_made_here(
        self, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sys.executable", "/bin/false")
        pks = await saved(store, *recommenders())
        keeper = IndexKeeper(store.papers, tmp_path / "index")
        assert (await keeper.fresh()).pks.tolist() == pks
        assert (tmp_path / "index").is_file()

    async def test_a_process_that_hears_no_more_leaves_the_file_as_it_was(self, store: Store, tmp_path: Path) -> None:
        await saved(store, *recommenders())
        cache = tmp_path / "index"
        await IndexKeeper(store.papers, cache).fresh()
        before = cache.read_bytes()
        assert cut_short(cache)
        assert cache.read_bytes() == before

    async def test_a_process_killed_while_it_counts_leaves_nothing_behind(self, store: Store, tmp_path: Path) -> None:
        await saved(store, *recommenders())
        cache = tmp_path / "index"
        made = await IndexKeeper(store.papers, cache).fresh()
        before = cache.read_bytes()
        killed_while_counting(cache)
        assert cache.read_bytes() == before
        assert same(await IndexKeeper(store.papers, cache).fresh(), made)
        assert not list(tmp_path.glob("index.*"))  # noqa: ASYNC240

    async def test_workers_that_see_the_same_papers_at_once_count_them_once(self, store: Store, tmp_path: Path) -> None:
        pks = await saved(store, *recommenders())
        counted: list[int] = []
        workers = [IndexKeeper(store.papers, tmp_path / "index") for _ in range(3)]
        indexes = await asyncio.gather(*(worker.fresh(counted.append) for worker in workers))
        assert all(index.pks.tolist() == pks for index in indexes)
        assert counted == [len(pks)]

    async def test_an_answer_does_not_wait_for_new_papers_and_knows_them(self, store: Store, tmp_path: Path) -> None:
        await saved(store, *recommenders(), *listed([1, 2, 3, 4, 5]))
        keeper = IndexKeeper(store.papers, tmp_path / "index")
        before = await keeper.fresh()
        assert await keeper.at_hand() is before
        (new,) = await saved(
            store, a_paper("Recommending hats", "A recommender system for hats.", authors=("Hattie Brim",))
        )
        index = await keeper.at_hand()
        assert index.pks.tolist() == [*before.pks.tolist(), new]
        assert index.terms == before.terms
        scores = score(index, fit(index, Topic.parse("recsys")), np.arange(len(index)))
        assert scores[-1] >= BAR
        fresh = await keeper.fresh()
        assert "hat" in fresh.column
        assert await keeper.at_hand() is fresh
