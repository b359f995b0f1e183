"""What a card says of a paper: the sentences of its abstract on what was done and found, whole or cut where one can."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cards import PaperCard
from bot.picking.gist import MOST, gist
from bot.text import sentences
from tests.conftest import Chat
from tests.papers import a_paper

KNOWN = "Recommender systems have become a cornerstone of online shops."
PROBLEM = "However, existing methods remain slow."
DONE = "In this paper, we propose Lantern, a recommender that forgets."
MORE = "It keeps what was clicked last."
FOUND = "Experiments on three data sets show that Lantern outperforms strong baselines by 3.5 %."
CODE = "Our code is available at https://example.org/lantern."
PLANS = "We hope that this inspires future work."
NUMBER = re.compile(r"\d+(?:[.,]\d+)*(?: ?%)?")


async def test_a_card_says_what_was_done_and_what_was_found(chat: Chat) -> None:
    abstract = " ".join((KNOWN, PROBLEM, DONE, MORE, FOUND, CODE, PLANS))
    await chat.publish(a_paper("Lantern: Forgetting in Recommender Systems", abstract))
    (card,) = (await chat.say("/paper Lantern: Forgetting in Recommender Systems")).cards
    assert isinstance(card, PaperCard)
    assert card.abstract == abstract
    assert card.gist == f"We propose Lantern, a recommender that forgets. {FOUND}"


@pytest.mark.parametrize(
    ("opening", "rest"),
    [
        ("To this end, in this work we introduce", "We introduce"),
        ("To address these two challenges, we develop", "We develop"),
        ("Motivated by this, we study", "We study"),
        ("Methods: We measure", "We measure"),
        ("Here, we present", "We present"),
        ("Therefore, this paper presents", "This paper presents"),
        ("To forget what nobody clicks, we propose", "To forget what nobody clicks, we propose"),
    ],
)
def test_a_sentence_stands_by_itself_without_its_opening(opening: str, rest: str) -> None:
    assert gist("Forgetting", f"{KNOWN} {opening} a way to forget.") == f"{rest} a way to forget."


@pytest.mark.parametrize(
    ("abstract", "told"),
    [
        (f"{KNOWN} {DONE} {CODE}", "We propose Lantern, a recommender that forgets."),
        (f"{KNOWN} {DONE} {PLANS}", "We propose Lantern, a recommender that forgets."),
        (f"{KNOWN} {DONE} {MORE} {CODE}", f"We propose Lantern, a recommender that forgets. {MORE}"),
        (f"{KNOWN} {PROBLEM}", f"{KNOWN} {PROBLEM}"),
        ("Graphs are everywhere.", "Graphs are everywhere."),
        ("", ""),
        ("Graphen sind überall. Wir ordnen sie. Es geht.", "Graphen sind überall. Wir ordnen sie."),
        ("图神经网络很有用。我们提出新方法！结果更好。", "图神经网络很有用。我们提出新方法！"),
    ],
)
def test_where_nothing_was_found_what_was_done_is_told_or_else_the_first_sentences(abstract: str, told: str) -> None:
    assert gist("Forgetting in Recommender Systems", abstract) == told


def test_what_was_found_stays_away_where_both_do_not_fit() -> None:
    found = f"{FOUND[:-1]}, and that it does so {'again and ' * 20}again."
    assert gist("Lantern", f"{DONE} {found}") == "We propose Lantern, a recommender that forgets."


@pytest.mark.parametrize(
    ("sentence", "most", "cut"),
    [
        ("We propose a way to forget, which keeps all that is of use to people.", 40, "We propose a way to forget…"),
        ("We propose a new way to forget all of the old clicks.", 38, "We propose a new way to forget…"),
        ("We propose to store 10,000 clicks of each user.", 24, "We propose to store…"),
        ("We propose to gain by 3.5 % over all others.", 25, "We propose to gain…"),
        ("We propose to count, e.g. clicks and views.", 26, "We propose to count…"),
        ("We propose to weigh clicks (and some views) by age.", 38, "We propose to weigh clicks…"),
        ("We propose to follow Lovelace et al. on this point.", 34, "We propose to follow Lovelace…"),
        ("我们提出一种新的方法，用于推荐系统中的遗忘问题。", 14, "我们提出一种新的方法…"),
        ("我们提出一种包含10000个用户的新数据集。", 12, "我们提出一种包含…"),
        ("Wepropose" * 9, 12, "WeproposeWe…"),
    ],
)
def test_a_long_sentence_is_cut_where_one_can_stop(sentence: str, most: int, cut: str) -> None:
    assert gist("Forgetting", sentence, most) == cut


PIECES = st.sampled_from(
    """
    we propose Lantern, graphs; (see e.g. [3]) 3.5 % 10,000 users et al. Fig. 2 that outperforms of the by 0.9 In this
    paper, However, They show. Results show: data. To this end, we prove. 99.1% (n = 5) “quoted” it “is” than before.
    """.split()  # noqa: SIM905
)


@given(st.lists(PIECES, min_size=1, max_size=120).map(" ".join), st.integers(30, MOST))
def test_a_gist_is_made_of_pieces_of_the_abstract_with_whole_numbers(abstract: str, most: int) -> None:
    told = gist("Lantern: forgetting graphs", abstract, most)
    assert 0 < len(told) <= most
    for sentence in sentences(told):
        piece = sentence.rstrip("…")
        assert piece in abstract or piece[0].lower() + piece[1:] in abstract
    assert set(NUMBER.findall(told)) <= set(NUMBER.findall(abstract))


@given(st.text(), st.text(max_size=2_000), st.integers(1, MOST))
def test_any_text_has_a_gist_that_fits(title: str, abstract: str, most: int) -> None:
    told = gist(title, abstract, most)
    assert len(told) <= most
    assert bool(told) == bool(abstract.strip())
    assert told == gist(title, abstract, most)
