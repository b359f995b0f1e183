"""Topics fitted in a process of their own: the same profiles, whatever becomes of the process."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.commands.subjects import subject
from bot.digests import apart, cache
from bot.digests.apart import FitsApart
from bot.digests.fitting import Fitter
from bot.digests.index import IndexKeeper
from bot.picking.meaning import meant
from bot.picking.ranker import fit
from bot.picking.vectors import Document, Index
from bot.store import Store
from tests.conftest import NOW
from tests.papers import others, recommenders

TOPICS = ("recommender systems", "graph neural networks", "speech recognition", "nothing that is stored")


def index_of(*more: Document) -> Index:
    papers = [Document(n, one.title, one.abstract) for n, one in enumerate([*recommenders(), *others()], 1)]
    return Index.build([*papers, *more])


def kept(path: Path, index: Index) -> None:
    assert cache.save(path, index, {pk: pk for pk in index.pks.tolist()})


def fitted(index: Index, text: str) -> tuple[str, str]:
    return index.stamp, fit(index, meant(index, text)).dumps()


@pytest.fixture
async def fits(tmp_path: Path) -> AsyncIterator[FitsApart]:
    kept(tmp_path / "index", index_of())
    fits = FitsApart(tmp_path / "index")
    fits.want()
    await there(fits)
    yield fits
    await fits.close()


async def there(fits: FitsApart) -> None:
    async with asyncio.timeout(60):
        while not fits.is_ready:  # noqa: ASYNC110 (another process)
            await asyncio.sleep(0.01)


async def told(fits: FitsApart, text: str) -> tuple[str, str] | None:
    found = await fits.fit(text)
    return (found.stamp, found.profile.dumps()) if found else None


async def test_the_profiles_are_those_that_are_fitted_here(fits: FitsApart) -> None:
    assert [await told(fits, text) for text in TOPICS] == [fitted(index_of(), text) for text in TOPICS]


async def test_many_who_ask_at_once_each_get_their_own(fits: FitsApart) -> None:
    assert await asyncio.gather(*(told(fits, text) for text in TOPICS)) == [fitted(index_of(), one) for one in TOPICS]


async def test_a_new_index_is_used_from_the_next_topic_on(fits: FitsApart, tmp_path: Path) -> None:
    grown = index_of(Document(99, "Recommender Systems for Seeds", "We recommend seeds to gardeners."))
    kept(tmp_path / "index", grown)
    assert await told(fits, TOPICS[0]) == fitted(grown, TOPICS[0])


async def test_one_who_gives_up_leaves_nobody_the_wrong_answer(fits: FitsApart) -> None:
    asking = asyncio.create_task(fits.fit(TOPICS[0]))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    fits.want()
    await there(fits)
    assert await told(fits, TOPICS[1]) == fitted(index_of(), TOPICS[1])


async def test_it_ends_once_nobody_has_asked_for_a_while(fits: FitsApart, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as soon:
        soon.setattr(apart, "_IDLE_SECONDS", 0.01)
        assert await fits.fit(TOPICS[0])
    async with asyncio.timeout(10):
        while fits.is_ready:  # noqa: ASYNC110 (another process)
            await asyncio.sleep(0.01)
    fits.want()
    await there(fits)


class TestWhereTheProcessDoesNotDoIt:
    """Topics are fitted here then, and nobody notices."""

    @pytest.fixture
    async def fitter(
        self, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> AsyncIterator[tuple[Fitter, Index]]:
        monkeypatch.setattr("bot.digests.fitting.SETTLED", 5)
        store = await Store.open(sqlite_url)
        await store.papers.save([*recommenders(), *others()], "test", NOW)
        keeper = IndexKeeper(store.papers, tmp_path / "index")
        fitter = Fitter(store, keeper, lambda: NOW)
        yield fitter, await keeper.fresh()
        await fitter.close()
        await store.close()

    @staticmethod
    async def follow_all(fitter: Fitter, index: Index) -> None:
        """Several at once, as people do."""
        asked = (fitter.fitted([subject(text)], index) for text in TOPICS)
        found = [one.profile for some in await asyncio.gather(*asked) for one in some]
        assert [one.dumps() for one in found if one] == [fitted(index, text)[1] for text in TOPICS]

    async def test_as_it_is_not_there_yet(self, fitter: tuple[Fitter, Index]) -> None:
        await self.follow_all(*fitter)

    async def test_as_it_can_not_be_started(
        self, fitter: tuple[Fitter, Index], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sys.executable", "/nowhere/python")
        await self.follow_all(*fitter)

    async def test_as_it_was_killed(self, fitter: tuple[Fitter, Index]) -> None:
        busy, index = fitter
        assert busy.apart
        busy.apart.want()
        await there(busy.apart)
        assert busy.apart.process
        os.kill(busy.apart.process.pid, signal.SIGKILL)
        await self.follow_all(busy, index)
