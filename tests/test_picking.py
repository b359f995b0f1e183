"""Picking: what fits is chosen and explained, what does not is left out, and equal papers give equal picks."""

import json
import subprocess
import sys
from dataclasses import replace
from functools import partial
from itertools import combinations
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.picking.entries import Entries
from bot.picking.explain import parts, why
from bot.picking.profile import Profile
from bot.picking.ranker import BAR, evidence, fit, score, score_all
from bot.picking.similar import SIMILAR_BAR, cosine, outline, similar
from bot.picking.slate import Candidate, choose
from bot.picking.space import cosines
from bot.picking.topics import Topic, canonical
from bot.picking.vectors import SMALL, VERSION, Document, Index
from bot.picking.words import stems

SHARED = Path(__file__).parents[2] / "shared"
PAGE = SHARED / "seed" / "hugging-face-papers-page.txt"
EXPECTED = SHARED / "data" / "seed_topics.dev.json"

FIELDS = {
    "recsys": (
        "Sequential recommendation of items",
        "We recommend items to users. Our recommender system learns from clicks of users and items that they rate.",
    ),
    "graph neural networks": (
        "Deeper graph neural networks",
        "Graph neural networks pass messages between nodes. A deep GNN smooths the nodes of a graph too much.",
    ),
    "speech recognition": (
        "Speech recognition in noisy rooms",
        "Automatic speech recognition turns spoken audio into text. Noise and accents make ASR of spoken words hard.",
    ),
    "bandits": (
        "Bandits with late rewards",
        "A multi-armed bandit pulls arms and sees rewards. We bound the regret of bandits whose arms answer late.",
    ),
    "protein design": (
        "Protein design by diffusion",
        "We design proteins that fold. Protein design starts from a backbone and finds a sequence of residues.",
    ),
    "differential privacy": (
        "Differential privacy for counts",
        "Differentially private answers add noise to counts. Differential privacy bounds what one person reveals.",
    ),
}


def a_store(copies: int = 6) -> list[Document]:
    """A few papers a field, none the same."""
    fields = [text for text in FIELDS.values() for _ in range(copies)]
    return [
        Document(pk, f"{title}, study {'abcdefghij'[pk % 10]}", f"{abstract} Trial{pk} took {pk} runs.")
        for pk, (title, abstract) in enumerate(fields, 1)
    ]


def ranked(index: Index, topic: str) -> list[int]:
    """Papers at or above the bar, best first."""
    scores = score(index, fit(index, Topic.parse(topic)), np.arange(len(index)))
    return [int(index.pks[row]) for row in np.argsort(-scores, kind="stable") if scores[row] >= BAR]


def a_candidate(
    pk: int, score: float = 0.9, follow: int = 0, *, by_author: bool = False, listed: float = 0
) -> Candidate:
    return Candidate(f"{pk:03}", score, follow, by_author, listed, pk)


def numbers(chosen: list[Candidate]) -> list[int]:
    return [int(one.id) for one in chosen]


def unlike(first: int, second: int) -> float:
    return 0.0


def same(one: Index, other: Index) -> bool:
    mine, theirs = one.to_arrays(), other.to_arrays()
    return mine.keys() == theirs.keys() and all(np.array_equal(mine[name], theirs[name]) for name in mine)


@pytest.fixture(params=[False, True], ids=["words", "space"])
def with_and_without_space(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store of some hundred papers, as one of thousands is, is given a space or none."""
    if request.param:
        monkeypatch.setattr("bot.picking.vectors.LEAST", 200)
        monkeypatch.setattr("bot.picking.space.SAID_BY", 3)


def of_two_fields(papers: int = 400) -> list[Document]:
    """Papers that say twelve of the sixty words of their field; even ones are of one field, odd ones of the other."""
    random = Random(5)
    words = [[f"{name}{random.choice('bdfgk')}{n}o" for n in range(60)] for name in ("mel", "tor")]
    return [Document(pk, "", ". ".join(random.sample(words[pk % 2], 12))) for pk in range(papers)]


# Topics


@pytest.mark.parametrize("text", ["RecSys", "recommender systems", "#recsys", "  Recommender-System ", "RECSYS"])
def test_one_topic_has_one_key_however_it_is_typed(text: str) -> None:
    assert canonical(text) == canonical("recsys")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("GNNs", "graph neural network"),
        ("LLM benchmarks", "large language model benchmark"),
        ("self supervised learning", "Self-Supervised Learning"),
        ("SLAM", "simultaneous localization and mapping"),
        ("fairness, privacy", "privacy and fairness"),
        ("Рекомендательная система", "рекомендательные системы"),
    ],
)
def test_short_long_plural_and_hyphen_are_the_same_topic(one: str, other: str) -> None:
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("one", "other"), [("graphs", "graph mining"), ('"cold start"', "cold start"), ("推荐系统", "推荐"), ("🎉", "🎂")]
)
def test_different_topics_keep_different_keys(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize(
    "text", ["", "  ", "the", "and of the", "🎉🎉", "!!!", "#", '""', '"the"', "|", "& / ,", "\u0301"]
)
def test_a_topic_without_a_telling_word_is_known_as_empty(text: str) -> None:
    assert Topic.parse(text).is_empty
    assert ranked(Index.build(a_store()), text) == []


@pytest.mark.parametrize(
    "text", ["C", "3D", "推荐系统", "推", "музыка", "νόσος", "التعلم", "추천", "การเรียนรู้", "हिन्दी", "é"]
)
def test_a_word_of_any_script_is_a_topic(text: str) -> None:
    assert not Topic.parse(text).is_empty


def test_the_parser_of_commands_pays_for_no_numbers() -> None:
    check = "import sys, bot.picking.topics; sys.exit('numpy' in sys.modules or 'scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], cwd=Path(__file__).parents[1]).returncode == 0


@given(st.text(max_size=400))
@example("0As")
def test_no_text_breaks_a_topic(text: str) -> None:
    topic = Topic.parse(text)
    assert canonical(text) == canonical(text.upper().lower()) or not text.isascii()
    assert topic.is_empty or topic.parts[0].phrases


def test_hostile_text_of_ten_thousand_letters_is_cut_not_chewed() -> None:
    for text in (
        "a " * 5_000,
        "and " * 2_500,
        '"' * 10_000,
        "/x|,&" * 2_000,
        "推" * 10_000,
        "ﷺ" * 10_000,
        "recsys|" * 1_400,
    ):
        assert len(Topic.parse(text).parts) <= 6
        assert len(canonical(text)) <= 10_000
    store = [*a_store(), Document(900, "推" * 10_000, "\x00\ud7ff" * 5_000), Document(901, "\ud800", "$" * 10_000)]
    assert len(Index.build(store)) == len(store)


# The index


def test_an_extended_index_is_the_rebuilt_one_to_the_last_bit() -> None:
    store = a_store()
    changed = Document(store[3].pk, "Moral philosophy", "A paper whose text was changed by its authors.")
    grown = Index.build(store[10:20]).extended(store[:10]).extended([*store[20:], changed])
    assert same(grown, Index.build([*store[:3], changed, *store[4:]]))


def test_the_order_in_which_papers_come_in_does_not_matter() -> None:
    assert same(Index.build(a_store()), Index.build(reversed(a_store())))


def test_a_saved_index_ranks_the_same_and_grows_only_when_asked_to(tmp_path: Path) -> None:
    index = Index.build(a_store())
    np.savez(tmp_path / "index.npz", allow_pickle=False, **index.to_arrays())
    with np.load(tmp_path / "index.npz") as arrays:
        assert int(arrays["version"][0]) == VERSION
        loaded, growing = Index.from_arrays(arrays), Index.from_arrays(arrays, growing=True)
    profile = fit(index, Topic.parse("recsys"))
    rows = np.arange(len(index))
    assert fit(loaded, Topic.parse("recsys")) == profile
    assert np.array_equal(score(loaded, profile, rows), score(index, profile, rows))
    assert same(
        growing.extended([Document(99, "One more", "paper")]), index.extended([Document(99, "One more", "paper")])
    )
    with pytest.raises(ValueError, match="ranking only"):
        loaded.extended([])


def test_an_index_keeps_the_papers_that_it_is_told_to_and_no_others() -> None:
    store = a_store()
    kept = {document.pk for document in store[::2]}
    grown = Index.build(store[:20]).extended(store[20:], kept)
    assert same(grown, Index.build(document for document in store if document.pk in kept))


def test_indexes_of_the_same_texts_have_one_stamp_and_others_have_another() -> None:
    store = a_store()
    index = Index.build(store)
    assert Index.build(reversed(store)).stamp == index.stamp == Index.from_arrays(index.to_arrays()).stamp
    assert Index.build([*store[1:], store[0]._replace(abstract="Rewritten.")]).stamp != index.stamp


def test_an_index_of_nothing_answers_with_nothing() -> None:
    index = Index.build([])
    profile = fit(index, Topic.parse("recsys"))
    assert len(score(index, profile, np.zeros(0, np.int64))) == 0
    assert same(Index.from_arrays(index.to_arrays(), growing=True).extended(a_store()), Index.build(a_store()))


def test_terms_are_read_aloud_as_papers_write_them() -> None:
    index = Index.build(a_store())
    assert index.surface[index.column["recommend system"]].startswith("recommender system")
    assert index.surface[index.column["gnn"]] == "GNN"
    assert "graph neural networks" in index.surface


# Ranking


@pytest.mark.parametrize("field", FIELDS)
def test_each_field_finds_its_own_papers_and_no_others(field: str) -> None:
    store = a_store()
    own = {document.pk for document in store if document.title.startswith(FIELDS[field][0])}
    assert set(ranked(Index.build(store), field)) == own


@pytest.mark.parametrize("topic", ["mycology", "quantum chromodynamics lattice", "robot navigation", "真菌"])
def test_a_topic_that_no_paper_treats_is_silent(topic: str) -> None:
    passing = Document(500, "Counting with care", "We borrow one quantum of luck. Robots are out of scope.")
    assert ranked(Index.build([*a_store(), passing]), topic) == []


def test_a_large_store_is_as_silent_and_as_sure() -> None:
    index = Index.build(a_store(copies=60))
    assert len(index) > SMALL
    assert len(ranked(index, "recsys")) == 60
    assert ranked(index, "mycology") == []


def test_both_the_short_and_the_long_form_find_papers_that_say_the_other() -> None:
    store = [
        *a_store(),
        Document(500, "RLHF at scale", "RLHF tunes models."),
        Document(501, "Plain", "Radiance fields glow."),
    ]
    index = Index.build(store)
    assert ranked(index, "reinforcement learning from human feedback") == [500]
    assert ranked(index, "NeRF") == [501]
    assert ranked(index, "GNN") == ranked(index, "GNNs")


def test_a_topic_of_two_parts_finds_papers_of_either() -> None:
    index = Index.build(a_store())
    either = set(ranked(index, "bandits")) | set(ranked(index, "differential privacy"))
    assert set(ranked(index, "bandits and differential privacy")) == either
    assert set(ranked(index, "bandits | differential privacy")) == either


def test_quoted_words_must_occur() -> None:
    wanted = Document(
        500, "Sequential recommendation for cold users", "Recommender systems meet a cold start with new users."
    )
    index = Index.build([*a_store(), wanted])
    assert ranked(index, 'recsys "cold start"') == [500]
    assert 500 in ranked(index, 'recsys "cold start" | bandits')
    assert ranked(index, 'recsys "warm start"') == []
    assert Topic.parse('"cold start"').admits("Meeting a Cold-Start.")
    assert not Topic.parse('"cold start"').admits("It was cold. Start again.")


@pytest.mark.parametrize(
    ("topic", "title"),
    [
        ("推荐系统", "基于图的推荐系统研究"),
        ("распознавание речи", "Распознавание русской речи и распознавание речи детей"),
        ("추천 시스템", "그래프 추천 시스템 연구"),
        ("التعلم العميق", "مقدمة في التعلم العميق"),
        ("βαθιά μάθηση", "Βαθιά μάθηση για γράφους"),
        ("การเรียนรู้", "การเรียนรู้เชิงลึก"),
        ("poésie médiévale", "Poesie medievale"),
        ("Straße", "Der Strasse entlang"),
    ],
)
def test_a_topic_in_any_script_finds_papers_that_say_it(topic: str, title: str) -> None:
    assert ranked(Index.build([*a_store(), Document(500, title, "")]), topic) == [500]


def test_ranking_twice_gives_the_same_and_order_of_rows_is_the_callers() -> None:
    index = Index.build(a_store())
    profile = fit(index, Topic.parse("recsys"))
    rows = np.array([9, 2, 30])
    assert profile == fit(Index.build(a_store()), Topic.parse("recsys"))
    assert np.allclose(score(index, profile, rows), score(index, profile, np.arange(len(index)))[rows])


def test_a_profile_survives_being_written_and_a_new_index() -> None:
    index = Index.build(a_store())
    profile = fit(index, Topic.parse('recsys, "cold start"'))
    assert Profile.loads(profile.dumps()) == profile
    assert len(fit(index, Topic.parse("recsys")).related.terms) <= 300
    grown = index.extended([Document(500, "Recommendation of songs", "We recommend songs; items that users like.")])
    assert score(grown, fit(index, Topic.parse("recsys")), np.array([len(index)]))[0] >= BAR


@pytest.mark.usefixtures("with_and_without_space")
def test_a_store_that_is_large_enough_teaches_a_classifier() -> None:
    assert fit(Index.build(a_store()), Topic.parse("recsys")).training is None
    index = Index.build(a_store(copies=60))
    profile = fit(index, Topic.parse("recsys"))
    assert profile.training is not None
    assert 0 < len(profile.training.sign.terms) <= 300
    assert Profile.loads(profile.dumps()) == profile
    rows = np.array([70, 3, 200])
    assert np.allclose(score(index, profile, rows), score(index, profile, np.arange(len(index)))[rows])


@pytest.mark.usefixtures("with_and_without_space")
def test_in_a_large_store_too_the_order_of_papers_does_not_matter() -> None:
    store = a_store(copies=60)
    shuffled = Random(3).sample(store, len(store))
    moved = Index.build(document._replace(pk=pk) for pk, document in enumerate(shuffled, 1))
    index = Index.build(store)
    here, there = (score(one, fit(one, Topic.parse("bandits")), np.arange(len(one))) for one in (index, moved))
    expected = {document.pk: place for place, document in enumerate(shuffled)}
    assert np.allclose(here, [there[expected[pk]] for pk in index.pks.tolist()], atol=1e-4)


@pytest.mark.usefixtures("with_and_without_space")
def test_a_paper_to_come_is_worth_what_its_twin_is_that_was_learned_from() -> None:
    index = Index.build(a_store(copies=60))
    profile = fit(index, Topic.parse("protein design"))
    assert profile.training is not None
    learned = profile.training.own.pks[0]
    twin = next(document for document in a_store(copies=60) if document.pk == learned)._replace(pk=5_000)
    grown = index.extended([twin])
    old, new = score(grown, profile, np.array([grown.pks.tolist().index(pk) for pk in (learned, 5_000)]))
    assert new == pytest.approx(old, abs=0.05)


@pytest.mark.parametrize("block", [10, 100])  # that need several steps, and none
def test_papers_without_a_word_in_common_are_near_where_others_say_the_words_of_both(
    block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.picking.vectors.LEAST", 200)
    monkeypatch.setattr("bot.picking.space._BLOCK", block)
    monkeypatch.setattr("bot.picking.space.DIMENSIONS", 2)
    store = of_two_fields()
    said = [set(document.abstract.split(". ")) for document in store]
    space = Index.build(store).space
    points = space.points(np.arange(len(store)))
    directions = np.stack([space.middle(np.array([row]), np.ones(1, np.float32))[0] for row in range(len(store))])
    found = cosines(directions, points)
    strangers = [(one, other) for one, other in combinations(range(len(store)), 2) if not said[one] & said[other]]
    same_field, others = ([found[one, other] for one, other in strangers if (one - other) % 2 == odd] for odd in (0, 1))
    assert len(same_field) > 100
    assert np.mean(same_field) > np.mean(others) + 0.2


def test_a_space_is_the_same_to_the_last_bit_in_whatever_order_papers_came(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.picking.vectors.LEAST", 200)
    monkeypatch.setattr("bot.picking.space._BLOCK", 10)
    store = of_two_fields()
    shuffled = Random(3).sample(store, len(store))
    here, there = (
        Index.build(document._replace(pk=pk) for pk, document in enumerate(papers)).space
        for papers in (store, shuffled)
    )
    assert np.array_equal(here.basis, there.basis)
    assert np.array_equal(here.places[[document.pk for document in shuffled]], there.places)


def test_a_store_of_one_paper_again_and_again_has_a_space_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.picking.vectors.LEAST", 200)
    for title, abstract in (("", ""), next(iter(FIELDS.values()))):
        index = Index.build(Document(pk, title, abstract) for pk in range(400))
        assert score(index, fit(index, Topic.parse("volcanoes")), np.arange(400)).max() == 0


def test_papers_that_have_left_the_store_are_missed_by_no_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.picking.vectors.LEAST", 200)
    index = Index.build(a_store(copies=60))
    profile = fit(index, Topic.parse("recsys"))
    assert profile.training
    gone = set(profile.training.kin.pks[::2])
    left = index.extended([], set(index.pks.tolist()) - gone)
    scores = score(left, profile, np.arange(len(left)))
    rest = dict(zip(index.pks.tolist(), score(index, profile, np.arange(len(index))).tolist(), strict=True))
    assert np.allclose(scores, [rest[pk] for pk in left.pks.tolist()], atol=0.1)


def test_like_papers_are_found_from_a_paper() -> None:
    index = Index.build(a_store())
    scores = similar(index, np.array([0]), np.arange(len(index)))
    assert set(np.argsort(-scores)[:6]) == set(range(6))
    assert min(scores[:6]) >= SIMILAR_BAR
    assert cosine(index, 0, 0) == pytest.approx(1, abs=1e-5)
    assert cosine(index, 0, 1) > cosine(index, 0, 30)
    for one, other in combinations(range(len(index)), 2):
        bound = float(outline(index, one) @ outline(index, other))
        assert cosine(index, one, other) <= bound + 1e-6 <= 1.001


# Why


def test_the_reason_begins_with_what_was_typed_and_repeats_nothing() -> None:
    index = Index.build(a_store())
    reasons = why(index, fit(index, Topic.parse("recsys")), 0, "recsys")
    assert reasons[0] == "recommender system"
    assert len(reasons) <= 3
    words = [word for reason in reasons for word in stems(reason)]
    assert len(words) == len(set(words))


def test_a_paper_without_a_sign_has_no_reason() -> None:
    index = Index.build([*a_store(), Document(500, "Zzz", "Qqq xyzzy.")])
    profile = fit(index, Topic.parse("recsys"))
    assert why(index, profile, len(index) - 1, "recsys") == ()
    assert parts(index, profile, len(index) - 1).terms == ()


def test_a_score_can_be_taken_apart() -> None:
    index = Index.build(a_store())
    profile = fit(index, Topic.parse("bandits"))
    row = int(np.argmax(score(index, profile, np.arange(len(index)))))
    found = parts(index, profile, row)
    assert found.phrase == pytest.approx(1.0, abs=0.2)
    assert 0 < found.related <= 1
    assert all(0 < share <= 1 for _, share in found.terms)
    assert "bandits" in dict(found.terms)


# The slate


def test_nothing_below_the_bar_fills_a_digest() -> None:
    assert choose([a_candidate(1, BAR), a_candidate(2, BAR - 0.01)], 5, unlike) == [a_candidate(1, BAR)]
    assert choose([], 5, unlike) == []


def test_somebody_followed_comes_first_whatever_the_score() -> None:
    chosen = choose([a_candidate(1, 0.9), a_candidate(2, 0.1, follow=1, by_author=True)], 5, unlike)
    assert numbers(chosen) == [2, 1]


def test_each_follow_gets_its_best_in_before_another_gets_its_second() -> None:
    loud = [a_candidate(pk, 0.9 - pk / 100) for pk in range(1, 9)]
    quiet = [a_candidate(20, 0.55, follow=1), a_candidate(21, 0.54, follow=1), a_candidate(30, 0.51, follow=2)]
    chosen = choose(loud + quiet, 5, unlike)
    assert {*numbers(chosen)} == {1, 2, 20, 21, 30}
    assert [one.score for one in chosen] == sorted((one.score for one in chosen), reverse=True)


def test_a_follow_gives_no_more_than_its_top() -> None:
    chosen = choose([a_candidate(pk) for pk in range(9)] + [a_candidate(20, 0.6, follow=1)], 5, unlike, top={0: 2})
    assert [one.follow for one in chosen] == [0, 0, 1]


def test_two_papers_that_say_the_same_are_not_both_sent_unless_by_somebody_followed() -> None:
    index = Index.build([*a_store(), *(Document(pk, "Twin study of twins", "Twins are alike.") for pk in (500, 501))])
    rows = {int(pk): row for row, pk in enumerate(index.pks)}
    twins = [Candidate(str(pk), 0.9, 0, False, 0, rows[pk]) for pk in (500, 501)]
    assert numbers(choose(twins, 5, partial(cosine, index))) == [500]
    followed = [twins[0], Candidate("501", 0.9, 1, True, 0, rows[501])]
    assert numbers(choose(followed, 5, partial(cosine, index))) == [501]
    both = [Candidate(str(pk), 0.9, 1, True, 0, rows[pk]) for pk in (500, 501)]
    assert numbers(choose(both, 5, partial(cosine, index))) == [500, 501]


def test_a_paper_that_answers_two_follows_is_sent_once() -> None:
    assert len(choose([a_candidate(1), a_candidate(1, 0.8, follow=1)], 5, unlike)) == 1


def test_of_equals_the_newer_comes_first_then_the_lower_id() -> None:
    equals = [a_candidate(3, listed=1), a_candidate(2, listed=1), a_candidate(1, listed=0), a_candidate(4, listed=2)]
    assert numbers(choose(equals, 5, unlike)) == [4, 2, 3, 1]


def test_votes_and_freshness_order_papers_that_fit_about_as_well_and_no_more() -> None:
    day = 86_400.0
    close = [a_candidate(1, 0.72, listed=6 * day), a_candidate(2, 0.715, listed=6 * day)]
    assert numbers(choose(close, 5, unlike)) == [1, 2]
    assert numbers(choose([close[0], replace(close[1], heat=100)], 5, unlike)) == [2, 1]
    assert numbers(choose([close[0], replace(close[1], liked=3)], 5, unlike)) == [2, 1]
    assert numbers(choose([replace(close[0], listed=0), replace(close[1], listed=9 * day)], 5, unlike)) == [2, 1]
    far = [a_candidate(1, 0.9), a_candidate(2, 0.6, listed=9 * day)]
    assert numbers(choose([far[0], replace(far[1], heat=10_000, liked=50)], 5, unlike)) == [1, 2]


def test_no_vote_brings_a_paper_over_the_bar() -> None:
    below = replace(a_candidate(1, BAR - 0.001), heat=10_000, liked=50)
    assert choose([below], 5, unlike) == []
    assert numbers(choose([replace(a_candidate(1, BAR), liked=-50)], 5, unlike)) == [1]


def test_a_follow_at_its_top_holds_nobody_up() -> None:
    many = [a_candidate(pk, 0.6) for pk in range(5_000)] + [a_candidate(9_000 + pk, 0.55, follow=1) for pk in range(4)]
    chosen = choose(many, 5, unlike, top={0: 1})
    assert [one.follow for one in chosen] == [0, 1, 1, 1, 1]


CANDIDATES = st.lists(
    st.builds(
        Candidate,
        id=st.integers(1, 12).map(str),
        score=st.floats(0, 1),
        follow=st.integers(0, 3),
        by_author=st.booleans(),
        listed=st.floats(0, 9),
        row=st.just(0),
        heat=st.integers(0, 200),
        liked=st.integers(-5, 5),
    ).map(lambda one: replace(one, row=int(one.id) - 1)),
    max_size=30,
    unique_by=lambda one: (one.id, one.follow),
)


@given(CANDIDATES, st.integers(0, 6), st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_a_slate_keeps_its_promises_for_any_candidates_in_any_order(
    candidates: list[Candidate], size: int, random: Random
) -> None:
    chosen = choose(candidates, size, lambda first, second: 0.9 if first % 5 == second % 5 else 0.1)
    assert len(chosen) <= size
    assert len({one.id for one in chosen}) == len(chosen)
    assert all(one.by_author or one.score >= BAR for one in chosen)
    assert [one.by_author for one in chosen] == sorted((one.by_author for one in chosen), reverse=True)
    assert all(
        one.by_author or other.by_author or one.row % 5 != other.row % 5 for one, other in combinations(chosen, 2)
    )
    shuffled = random.sample(candidates, len(candidates))
    assert choose(shuffled, size, lambda first, second: 0.9 if first % 5 == second % 5 else 0.1) == chosen


# The captured page: 85 real papers, and what readers would expect of it


@pytest.fixture(scope="module")
def page() -> tuple[Index, list[str]]:
    if not PAGE.exists() or not EXPECTED.exists():
        pytest.skip("the captured papers page is not beside this checkout")
    lines = [line.strip() for line in PAGE.read_text(encoding="utf-8").splitlines() if line.strip()]
    lines = lines[lines.index("Mar 14") + 1 :]
    titles, abstracts = lines[::2], lines[1::2]
    papers = zip(range(len(titles)), titles, abstracts, strict=True)
    return Index.build(Document(*paper) for paper in papers), titles


def expected(topic: str) -> list[str]:
    starts: list[str] = json.loads(EXPECTED.read_text(encoding="utf-8"))["topics"][topic]
    return starts


def test_on_the_captured_page_recsys_brings_recommendation_and_nothing_else(page: tuple[Index, list[str]]) -> None:
    index, titles = page
    over = [titles[pk] for pk in ranked(index, "recsys")]
    assert len(over) >= 9
    assert all(title.startswith(tuple(expected("recsys"))) for title in over)
    assert {*ranked(index, "recommender systems")[:5]} <= {*ranked(index, "recsys")}


@pytest.mark.parametrize("topic", ["rlhf", "persuasion", "healthcare", "video segmentation"])
def test_on_the_captured_page_a_topic_brings_only_its_own(page: tuple[Index, list[str]], topic: str) -> None:
    index, titles = page
    top = [titles[pk] for pk in ranked(index, topic)[:5]]
    assert top
    assert all(title.startswith(tuple(expected(topic))) for title in top)


@pytest.mark.parametrize("topic", ["interpretability", "LLM benchmarks"])
def test_on_the_captured_page_a_wide_topic_brings_mostly_its_own(page: tuple[Index, list[str]], topic: str) -> None:
    index, titles = page
    top = [titles[pk].startswith(tuple(expected(topic))) for pk in ranked(index, topic)[:5]]
    assert sum(top) >= 3


@pytest.mark.parametrize("topic", ["mycology", "galaxies", "robot navigation", "protein folding", "medical imaging"])
def test_on_the_captured_page_an_absent_topic_is_silent(page: tuple[Index, list[str]], topic: str) -> None:
    assert ranked(page[0], topic) == []


def test_on_the_captured_page_papers_say_why(page: tuple[Index, list[str]]) -> None:
    index, titles = page
    row = next(row for row, title in enumerate(titles) if title.startswith("Personalized Denoising"))
    profile = fit(index, Topic.parse("recsys"))
    assert why(index, profile, row, "recsys")[:2] == ("recommender systems", "implicit feedback")
    assert evidence(index, profile, np.array([row])).phrase[0] > 0.5


@pytest.mark.usefixtures("with_and_without_space")
def test_scoring_many_topics_at_once_gives_each_what_it_gets_alone() -> None:
    index = Index.build(a_store(copies=60))
    profiles = [
        fit(index, Topic.parse(name)) for name in (*FIELDS, 'recsys "cold start"', "mycology", "bandits, privacy")
    ]
    rows = np.array([70, 3, 200, 5])
    for asked in (rows, np.arange(len(index))):
        together = score_all(Entries.of(index, asked), profiles)
        assert all(
            np.array_equal(found, score(index, one, asked)) for found, one in zip(together, profiles, strict=True)
        )
    assert len(score_all(Entries.of(index, rows), [])) == 0


@pytest.mark.usefixtures("with_and_without_space")
def test_new_papers_beside_an_index_score_nearly_as_in_one_made_of_all() -> None:
    store = a_store(copies=60)
    index, new = Index.build(store[:-40]), store[-40:]
    beside, whole = index.beside(new), Index.build(store)
    assert beside.pks.tolist() == whole.pks.tolist()
    assert beside.terms == index.terms
    assert same(index.beside([]), replace(index, growth=None, stamp=index.beside([]).stamp))
    rows = np.arange(len(whole))
    for name in FIELDS:
        near, right = (score(one, fit(one, Topic.parse(name)), rows) for one in (beside, whole))
        assert np.array_equal(near >= BAR, right >= BAR)
