"""The picker's index as the store changes: which papers it holds, and what is scored with it."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.commands.subjects import subject
from bot.digests.index import IndexKeeper
from bot.digests.pool import Fitted, Pool
from bot.model import Draft
from bot.picking.ranker import fit
from bot.picking.topics import Topic
from bot.store import Store
from tests.conftest import NOW
from tests.papers import a_paper, recommenders


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    store = await Store.open(database_url)
    yield store
    await store.close()


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
