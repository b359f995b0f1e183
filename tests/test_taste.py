"""What reactions teach: liked papers draw their like, disliked ones keep it away, people have the last word."""

import subprocess
import sys
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.picking import people, taste
from bot.picking.profile import BAR
from bot.picking.ranker import fit, score
from bot.picking.similar import cosine
from bot.picking.topics import Topic
from bot.picking.vectors import Document, FloatArray, Index, IntArray

TOPIC = "recommendation"
SIDES = {
    "music": "songs, playlists and listeners of a streaming service with their audio features",
    "news": "articles, headlines and readers of a newspaper with their morning habits",
    "fairness": "small sellers, minorities and the exposure that a fair ranking owes them",
    "cold start": "new items without clicks, whose few attributes are all that is known",
}
ELSEWHERE = ("robot arms that grasp cups", "galaxies seen through dust", "proteins that fold", "proofs by induction")


@cache
def a_store() -> Index:
    """Twelve papers a side of one wide topic, the last two of each nearly the same, and as many on something else."""
    said = []
    for name, words in SIDES.items():
        for n in range(12):
            trial = min(n, 10)
            said.append(
                (
                    f"Recommendation for {name}",
                    f"We study recommendation for {name}: {words}. Trial{trial} {name}{trial}.",
                )
            )
    said += [(f"On {words}", f"We study {words}. Run{n} of {n}.") for words in ELSEWHERE for n in range(12)]
    return Index.build(Document(pk, title, abstract) for pk, (title, abstract) in enumerate(said))


@cache
def topical() -> FloatArray:
    return score(a_store(), fit(a_store(), Topic.parse(TOPIC)), every())


def every() -> IntArray:
    return np.arange(len(a_store()))


def side(name: str) -> list[int]:
    first = 12 * list(SIDES).index(name)
    return list(range(first, first + 12))


def learned(
    liked: list[int], disliked: list[int], pinned: tuple[str, ...] = (), removed: tuple[str, ...] = ()
) -> taste.Taste:
    return taste.fit(a_store(), liked, disliked, (topical()[liked], topical()[disliked]), pinned, removed)


def ranked(known: taste.Taste) -> list[int]:
    """All rows, best first."""
    found = taste.appeal(a_store(), known, every())
    return [int(row) for row in np.argsort(-taste.order(topical(), known, found), kind="stable")]


def scored(known: taste.Taste) -> FloatArray:
    return taste.scores(topical(), known, taste.appeal(a_store(), known, every()))


def test_the_liked_side_of_a_wide_topic_comes_first() -> None:
    known = learned(side("music")[:4], side("news")[:4])
    assert known.need > 0.5
    assert set(ranked(known)[:8]) <= set(side("music"))
    assert set(ranked(known)[-60:]) >= set(side("news")[:4])


def test_where_the_follow_tells_liked_from_disliked_it_keeps_its_order() -> None:
    known = learned([*side("music")[:6], *side("news")[:6]], list(range(60, 72)))
    assert known.need == 0
    assert np.array_equal(scored(known) >= BAR, topical() >= BAR)


def test_without_reactions_nothing_changes() -> None:
    assert learned([], []).trust == 0
    assert np.allclose(scored(learned([], [])), topical(), atol=1e-5)


def test_what_no_follow_brings_a_taste_does_not_bring() -> None:
    off = int(np.argmin(topical()))
    known = taste.fit(a_store(), [off], side("music"))
    found = taste.appeal(a_store(), known, np.array([off]))
    assert taste.scores(np.zeros(1, np.float32), known, found)[0] == 0


def test_nearly_the_same_as_a_disliked_paper_is_not_shown_unless_somebody_liked_it() -> None:
    first, twin = side("music")[-2:]
    assert topical()[twin] >= BAR
    assert scored(learned([], [first]))[twin] < BAR
    assert scored(learned([first], [first]))[twin] >= BAR


def test_people_have_the_last_word_on_words() -> None:
    liked, disliked = side("music")[:4], side("news")[:4]
    plain = dict(zip(*_words(learned(liked, disliked)), strict=True))
    assert plain["playlist"] > 0 > plain["headlin"]
    told = dict(zip(*_words(learned(liked, disliked, pinned=("headlines",), removed=("playlists",))), strict=True))
    assert told["headlin"] >= taste.PINNED
    assert not [term for term in told if "playlist" in term.split()]


def test_a_taste_survives_being_written() -> None:
    known = learned(side("music")[:4], side("news")[:4])
    assert taste.Taste.loads(known.dumps()) == known
    assert learned(side("music")[:4], side("news")[:4]) == known


def test_in_a_store_with_a_space_the_liked_side_of_it_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.picking.vectors.LEAST", 50)
    store = a_store.__wrapped__()
    liked, disliked = side("music")[:4], side("news")[:4]
    known = taste.fit(store, liked, disliked, (topical()[liked], topical()[disliked]))
    assert set(known.side.pks) == {*liked, *disliked}
    assert taste.Taste.loads(known.dumps()) == known
    monkeypatch.setattr(taste, "_SIDE", 10.0)
    value = taste.appeal(store, known, every()).value
    assert value[side("music")].min() > value[side("news")].max()
    assert not taste.fit(store, liked, []).side.pks


def test_people_who_wrote_several_liked_papers_draw_what_else_they_write() -> None:
    liked = [("Ada Lovelace", "B. Bell"), ("Lovelace, Ada", "Cy Dent"), ("Di Egg",)]
    weights = dict(people.learned(liked, [("Cy Dent", "Flo Gray")]))
    assert weights["ada lovelace"] > weights["di egg"] > weights["cy dent"] > 0 > weights["flo gray"]
    assert not [who for who in weights if "bell" in who]
    where = people.places([("Ada Lovelace", "Di Egg"), ("B. Bell",), (), ("Flo Gray",)])
    pulled = people.pull(tuple(weights.items()), where, 4).tolist()
    assert pulled[0] > pulled[1] == pulled[2] == 0 > pulled[3]


def test_people_count_for_nothing_where_votes_go_by_subject() -> None:
    assert people.learned([("Ada Lovelace",), ("Di Egg",), ()], [("Flo Gray",)]) == ()
    assert people.learned([], [("Flo Gray",), ("Flo Gray",)]) == ()


def test_a_thousand_authors_of_one_paper_weigh_no_more_than_some() -> None:
    crowd = tuple(f"Ann{n} Crowd" for n in range(1_000))
    weights = people.learned([crowd, crowd], [])
    assert len(weights) == people.MOST
    assert people.pull(weights, people.places([crowd]), 1)[0] == people.ENOUGH


def test_a_taste_goes_by_authors_too_and_survives_being_written() -> None:
    rows, told = [0, 1], ([("Ada Lovelace",), ("Ada Lovelace",)], [("Flo Gray",)])
    known = taste.fit(a_store(), rows, [60], authors=told)
    assert taste.Taste.loads(known.dumps()) == known
    by = people.places([("Flo Gray",), ("Ada Lovelace",)])
    plain, moved = (
        taste.appeal(a_store(), known, np.array([70, 71])),
        taste.appeal(a_store(), known, np.array([70, 71]), by),
    )
    assert (moved.value - plain.value)[1] > 0 > (moved.value - plain.value)[0]
    both = taste.fit(a_store(), rows, [0, 60], authors=(told[0], [("Nobody",), ("Flo Gray",)]))
    assert both == known


def test_who_asks_for_no_taste_pays_for_no_learning() -> None:
    program = "import sys, bot.picking.taste; sys.exit('sklearn' in sys.modules or 'scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(0, 95), max_size=6, unique=True),
    st.lists(st.integers(0, 95), max_size=6, unique=True),
    st.sampled_from(sorted(SIDES)),
)
def test_the_near_twin_of_a_paper_never_ranks_lower_for_a_like_of_it(
    liked: list[int], disliked: list[int], name: str
) -> None:
    paper, twin = side(name)[-2:]
    assert cosine(a_store(), paper, twin) > 0.9
    others = [one for one in disliked if one not in liked]
    liked = [one for one in liked if one not in (paper, twin)]
    others = [one for one in others if one not in (paper, twin)]
    before, after = learned(liked, others), learned([*liked, paper], others)
    if taste.appeal(a_store(), after, np.array([twin])).like_disliked[0]:
        return  # something still more like it was disliked
    alike = set(np.flatnonzero(taste.appeal(a_store(), after, every()).like_liked).tolist()) - {twin}
    ahead = [set(order[: order.index(twin)]) - alike for order in (ranked(before), ranked(after))]
    assert ahead[1] <= ahead[0]
    assert scored(after)[twin] >= min(scored(before)[twin], BAR)


def _words(known: taste.Taste) -> tuple[tuple[str, ...], tuple[float, ...]]:
    return known.words.terms, known.words.weights
