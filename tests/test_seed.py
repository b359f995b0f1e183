"""The captured papers page that the project grew from, through the front door."""

import json
import random
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from urllib.parse import quote

import pytest

from bot.cards import PaperCard
from bot.imports import Count, import_files
from bot.service import Service
from tests.conftest import SHARED, Chat, Clock, titles_in
from tests.site import open_site
from tests.test_pages import titles

PAGE = SHARED / "seed" / "hugging-face-papers-page.txt"
pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="the captured page is not beside this clone")


@pytest.fixture
async def seed(sqlite_url: str, clock: Clock) -> AsyncIterator[Chat]:
    """A channel whose store holds the page."""
    service = await Service.open(sqlite_url, clock=clock)
    count = Count()
    await import_files(service.store.papers, [str(PAGE)], None, clock(), count, lambda _: None)
    assert str(count) == "85 papers read: 85 new, 0 known, 0 skipped"
    yield Chat(service, clock)
    await service.close()


async def test_the_page_is_read_once_and_dated_by_its_heading(seed: Chat) -> None:
    papers = await seed.service.store.papers.listed_since(None)
    assert {paper.listed_at for paper in papers} == {datetime(2026, 3, 14, tzinfo=UTC)}
    again = Count()
    await import_files(seed.service.store.papers, [str(PAGE)], None, seed.clock(), again, lambda _: None)
    assert str(again) == "85 papers read: 0 new, 85 known, 0 skipped"


async def test_a_recsys_digest_has_five_papers_on_recommendation(seed: Chat) -> None:
    await seed.say("/papers follow recsys")
    digest = await seed.say("/papers digest")
    cards = [card for card in digest.cards if isinstance(card, PaperCard)]
    expected = topics()["recsys"]
    assert len(cards) == 5
    assert all(any(start in card.title for start in expected) for card in cards), [card.title for card in cards]
    assert all("recsys" in card.why for card in cards)


@pytest.mark.parametrize(
    "topic", ["interpretability", "rlhf", "persuasion", "LLM benchmarks", "healthcare", "video segmentation"]
)
async def test_other_topics_find_theirs(seed: Chat, topic: str) -> None:
    await seed.say(f"/papers follow {topic}")
    shown = titles_in(await seed.say("/papers digest"))
    assert any(start in title for title in shown for start in topics()[topic]), shown


async def test_what_people_type_finds_its_paper_first(seed: Chat) -> None:
    lines = (SHARED / "data" / "seed_lookups.dev.jsonl").read_text(encoding="utf-8").splitlines()
    lookups = [json.loads(line) for line in lines]
    wanted = [(row["query"], row["title"]) for row in lookups] + [
        (
            '"memorise factorise"',
            "Memorize, Factorize, or be Naïve: Learning Optimal Feature Interaction Methods for CTR Prediction",
        ),
        ("graph nural network recomendation expressive", "How Expressive are Graph Neural Networks in Recommendation?"),
    ]
    missed = [(query, found) for query, title in wanted if (found := await first(seed, query)) != title]
    assert missed == []


@pytest.mark.parametrize("draw", range(3))
async def test_each_paper_is_found_by_three_words_one_of_them_misspelt(seed: Chat, draw: int) -> None:
    dice = random.Random(draw)
    titles = [paper.title for paper in await seed.service.store.papers.listed_since(None)]
    holders: dict[str, int] = {}
    for title in titles:
        for word in {*words_of(title)}:
            holders[word] = holders.get(word, 0) + 1
    missed = []
    for title in titles:
        rarest = sorted({*words_of(title)}, key=lambda word: (holders[word], word))[:3]
        longest = max(rarest, key=len)
        typed = [misspelt(word, dice) if word == longest else word for word in rarest]
        dice.shuffle(typed)
        found = await first(seed, " ".join(typed))
        if found != title:
            missed.append((typed, title, found))
    assert missed == []


async def test_the_page_of_its_day_shows_every_paper_and_search_finds_each(sqlite_url: str, clock: Clock) -> None:
    service = await Service.open(sqlite_url, clock=clock)
    store = service.store
    await import_files(store.papers, [str(PAGE)], date(2025, 3, 14), clock(), Count(), lambda _: None)
    papers = [paper.title for paper in await store.papers.listed_since(None)]
    holders = Counter(word for title in papers for word in {*words_of(title)})
    async with open_site(service, clock, proxies="127.0.0.1") as site:
        assert sorted(titles(await site.text("/day/2025-03-14"))) == sorted(papers)
        assert len(papers) == 85
        missed = []
        for n, title in enumerate(papers):
            three = sorted({*words_of(title)}, key=lambda word: (holders[word], word))[:3]
            found = await site.ask(f"/search?q={quote(' '.join(three))}", X_Forwarded_For=f"192.0.2.{n}")
            if titles(found.text)[:1] != [title]:
                missed.append((three, title, titles(found.text)[:2]))
        assert missed == []
    await service.close()


def topics() -> dict[str, list[str]]:
    found: dict[str, list[str]] = json.loads((SHARED / "data" / "seed_topics.dev.json").read_text())["topics"]
    return found


def words_of(title: str) -> list[str]:
    words = "".join(letter if letter.isalnum() else " " for letter in title.casefold()).split()
    return [word for word in words if len(word) > 2]


def misspelt(word: str, dice: random.Random) -> str:
    if len(word) < 5:
        return word
    at = dice.randrange(1, len(word) - 1)
    kind = dice.choice(("dropped", "swapped", "doubled"))
    if kind == "dropped":
        return word[:at] + word[at + 1 :]
    if kind == "swapped":
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + word[at] + word[at:]


async def first(chat: Chat, query: str) -> str:
    """The title of the card that the look-up shows, or nothing where it shows none."""
    (card, *_) = (await chat.say(f"/paper {query}")).cards
    return card.title if isinstance(card, PaperCard) else ""
