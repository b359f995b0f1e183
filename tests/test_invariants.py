"""What holds of every slate, whatever a channel follows, mutes and likes, and whatever is stored in which order."""

import re
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import combinations, count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.cards import PaperCard
from bot.model import Draft
from bot.picking.similar import cosine
from bot.picking.slate import ALIKE
from bot.picking.vectors import Document, Index
from bot.service import Service
from tests.conftest import NOW, Chat
from tests.papers import a_paper, others, recommenders, twins

FIELDS = {
    "recsys": "Recommend",
    "graph neural networks": "Graph Neural",
    "robot grasping": "Robot Grasping",
    "speech recognition": "Speech Recognition",
    "exoplanet spectra": "Exoplanet",
}
FOLLOWS = (
    *FIELDS, "volcanoes", "recsys top:1", "robot grasping not:glass", "category:cs.IR", "category:cs.LG top:2",
    'author:"Robot Author 3"', 'author:"G. Hopper"', "author:Vent", "venue:Letters", "like:Denoising Implicit Feedback",
)  # fmt: skip
SEVERAL = st.lists(st.sampled_from(FOLLOWS), min_size=1, max_size=4, unique_by=lambda follow: follow.split(" top")[0])
STORED = (
    *recommenders(),
    *others(),
    *twins(),
    a_paper(
        "Naïve Recommendation in Cafés",
        "We recommend items to café users, as a naïve recommender system.",
        authors=("Noël Bar",),
        categories=("cs.IR",),
        venue="Coffee Letters",
    ),
)
ROOMS = count(1)

few = settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
async def papers(chat: Chat) -> None:
    await chat.publish(*STORED)


def a_room(chat: Chat) -> Chat:
    """A channel where nobody has said anything yet, at the time when the papers came in."""
    chat.clock.now = NOW
    return chat.elsewhere(f"room{next(ROOMS)}")


async def slate(room: Chat, follows: Sequence[str], size: int = 15) -> list[PaperCard]:
    """The digest of a channel that follows these."""
    await room.say(f"/papers settings size:{size} layout:full")
    for follow in follows:
        await room.say(f"/papers follow {follow}")
    return [card for card in (await room.say("/papers digest")).cards if isinstance(card, PaperCard)]


def told(card: PaperCard) -> str:
    """What a card says of its paper."""
    return "\n".join((card.title, card.abstract, card.venue, *card.categories, *card.authors)).casefold()


@few
@given(SEVERAL, st.integers(1, 15))
async def test_the_same_inputs_give_the_same_picks(chat: Chat, follows: list[str], size: int) -> None:
    first, second = [await slate(a_room(chat), follows, size) for _ in range(2)]
    assert [(card.id, card.why) for card in first] == [(card.id, card.why) for card in second]
    assert len(first) <= size


@few
@given(st.permutations(STORED), st.integers(1, len(STORED)), SEVERAL)
async def test_the_order_of_papers_in_the_store_does_not_matter(
    chat: Chat, migrated: Path, tmp_path: Path, papers: list[Draft], cut: int, follows: list[str]
) -> None:
    expected = await slate(a_room(chat), follows)
    file = tmp_path / f"{next(ROOMS)}.db"
    shutil.copyfile(migrated, file)
    service = await Service.open(f"sqlite:///{file}", clock=chat.clock)
    other = Chat(service, chat.clock)
    await other.publish(*papers[:cut])
    await other.publish(*papers[cut:])
    found = await slate(other, follows)
    await service.close()
    assert [card.title for card in found] == [card.title for card in expected]


@few
@given(SEVERAL, st.data())
async def test_a_muted_word_never_appears_and_nothing_else_goes(
    chat: Chat, follows: list[str], data: st.DataObject
) -> None:
    plain = await slate(a_room(chat), follows)
    words = sorted({word for card in plain for word in re.findall(r"\w+", told(card)) if len(word) > 3})
    muted = data.draw(st.sampled_from(words or ["nothing"]))
    room = a_room(chat)
    await room.say(f"/papers mute {muted.upper()}")
    shown = await slate(room, follows)
    said = re.compile(rf"(?<!\w){re.escape(muted)}(?!\w)")
    for card in shown:
        assert not said.search(told(replace(card, authors=())))
    root = muted.removesuffix("s")
    if len(plain) < 15:
        assert {card.id for card in plain if root not in told(card)} <= {card.id for card in shown}


@few
@given(SEVERAL, st.lists(st.integers(1, 6), min_size=2, max_size=5))
async def test_a_channel_is_never_shown_a_paper_twice(chat: Chat, follows: list[str], sizes: list[int]) -> None:
    room = a_room(chat)
    shown = [card.id for card in await slate(room, follows, sizes[0])]
    for size in sizes[1:]:
        room.clock.forward(days=1)
        shown += [card.id for card in await slate(room, [], size)]
    assert len(shown) == len(set(shown))


@few
@given(SEVERAL)
async def test_no_two_picks_say_the_same_unless_one_is_by_somebody_followed(chat: Chat, follows: list[str]) -> None:
    index = Index.build(Document(n, one.title, one.abstract) for n, one in enumerate(STORED))
    row = {one.title: n for n, one in enumerate(STORED)}
    shown = await slate(a_room(chat), follows)
    for one, other in combinations(shown, 2):
        is_by_followed = "whom you follow" in one.why + other.why
        assert is_by_followed or cosine(index, row[one.title], row[other.title]) <= ALIKE


async def test_of_two_that_say_the_same_one_is_picked(chat: Chat) -> None:
    index = Index.build(Document(n, one.title, one.abstract) for n, one in enumerate((*twins(), *STORED)))
    assert cosine(index, 0, 1) > ALIKE
    assert len(await slate(a_room(chat), ["volcanoes"])) == 1
    both = await slate(a_room(chat), ["volcanoes", "author:Vent", "author:Lee"])
    assert {card.title for card in both} == {one.title for one in twins()}


@few
@given(st.lists(st.sampled_from(sorted(FIELDS)), min_size=2, max_size=5, unique=True), st.integers(5, 8))
async def test_every_follow_has_its_best_before_another_has_its_second(
    chat: Chat, follows: list[str], size: int
) -> None:
    titles = " ".join(card.title for card in await slate(a_room(chat), follows, size))
    assert all(FIELDS[follow] in titles for follow in follows)


@few
@given(st.lists(st.sampled_from(recommenders()), max_size=4, unique_by=lambda one: one.title), st.data())
async def test_the_near_twin_of_a_paper_never_ranks_lower_for_a_like_of_it(
    chat: Chat, voted: list[Draft], data: st.DataObject
) -> None:
    liked, twin = twins()
    old = replace(
        liked,
        authors=("Etna Ash",),
        title=f"{liked.title}, and after",
        ids=("arxiv:2609.00001",),
        listed_at=NOW - timedelta(days=20),
    )
    await chat.publish(old)
    votes = [(data.draw(st.sampled_from(["like", "dislike"])), one.title) for one in voted]
    places = []
    for likes in ([], [("like", old.title)]):
        room = a_room(chat)
        for vote, title in (*votes, *likes):
            await room.say(f"/papers {vote} {title}")
        titles = [card.title for card in await slate(room, ["volcanoes", "recsys"])]
        places.append(min((titles.index(one) for one in (liked.title, twin.title) if one in titles), default=99))
    assert places[1] <= places[0]
