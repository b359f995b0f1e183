"""Short forms: what papers define, what a follow makes of it, and what may be meant by a topic nobody knows."""

from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapter import Invocation
from bot.picking import nearby
from bot.picking.acronyms import Acronyms, Reading, definitions
from bot.picking.meaning import meant, senses
from bot.picking.vectors import Document, Index
from tests.conftest import Chat, notice_in, text_of, titles_in
from tests.papers import a_paper, others, recommenders


def defining(long: str, short: str, topic: str, *, papers: int, first: int = 1) -> list[Document]:
    """Papers that each define a short form in a sentence of their own."""
    return [
        Document(first + n, f"{topic.title()} {'abcdefghij'[n]}", f"We look at {long} ({short}). {topic} {n} is told.")
        for n in range(papers)
    ]


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("We train graph neural networks (GNNs) on trees.", [("GNN", "graph neural network")]),
        ("RLHF (learning rightly from humans) helps; RFH (rightly from humans) too.", [("RFH", "rightly from humans")]),
        ("A chain-of-thought (CoT) is long.", [("CoT", "chain-of-thought")]),
        ("Low-rank adaptation (LoRA) is cheap.", [("LoRA", "Low-rank adaptation")]),
        ("Contrastive language-image pre-training (CLIP)", [("CLIP", "Contrastive language-image pre-training")]),
        ("Text-to-image (T2I) and explainable AI (XAI).", [("T2I", "Text-to-image"), ("XAI", "explainable AI")]),
        ("An electroencephalogram (EEG) of sleep.", [("EEG", "electroencephalogram")]),
        ("Robust graph neural network models (GNN) hold.", [("GNN", "graph neural network")]),
        ("Gaussian processes (hereafter shown), or Gaussian processes (GPs; see below).", [("GP", "Gaussian process")]),
        ("Overlap (also called IoU), mean average precision (mAP).", [("mAP", "mean average precision")]),
        ("**L**arge **l**anguage models (LLMs)", [("LLM", "Large language model")]),
        ("Modèles à bas coût（MBC）", [("MBC", "Modeles a bas cout")]),
        ("It holds (see Fig. 3), (e.g., in 2024) and (BERT, GPT) are models (Smith, 2020) of trees (A).", []),
        ("We beat the state of the art (SOTA+) by far (OURS).", []),
    ],
)  # fmt: skip
def test_papers_define_short_forms_in_brackets(text: str, pairs: list[tuple[str, str]]) -> None:
    assert list(definitions(text)) == pairs


@settings(deadline=None)
@given(st.text(max_size=300))
def test_no_text_breaks_the_miner(text: str) -> None:
    for short, long in definitions(text, f"{text} ({text})", f"({text[:9]}) {text}"):
        assert short
        assert long


@pytest.mark.parametrize(
    ("short", "long", "other"),
    [
        ("FSL", "few-shot learning", "felt snow lamp"),
        ("ICL", "in-context learning", "iron cup lid"),
        ("OOD", "out-of-distribution", "old oak door"),
    ],
)
def test_a_known_short_form_of_little_words_means_what_is_known(short: str, long: str, other: str) -> None:
    index = Index.build(defining(other, short, "snow", papers=3))
    assert [one.long for one in senses(index, short)] == [long, other]


def test_what_papers_define_is_counted_whatever_the_order_and_however_often_they_say_it() -> None:
    papers = [
        *defining("graph neural networks", "GNNs", "trees", papers=3),
        *defining("Graph Neural Network", "GNN", "roots", papers=1, first=11),
        *defining("generalised normal numbers", "GNN", "digits", papers=1, first=21),
        Document(31, "Said twice", "A graph neural network (GNN) is what we call a graph neural network (GNN)."),
    ]
    expected = (Reading("GNN", "graph neural network", 5), Reading("GNN", "generalised normal number", 1))
    for seed in range(3):
        shuffled = Random(seed).sample(papers, len(papers))
        acronyms = Index.build(shuffled[:2]).extended(shuffled[2:]).acronyms
        assert [one.papers for one in acronyms.readings("gnns")] == [5, 1]
        assert acronyms.readings("GNN")[0] == expected[0]
        assert acronyms.shorts("graph neural networks") == expected[:1]


def test_a_paper_that_changes_or_goes_takes_its_definitions_along() -> None:
    index = Index.build(defining("moss gardens", "MGs", "moss", papers=3))
    assert index.acronyms.readings("MG")[0].papers == 3
    changed = index.extended([Document(2, "Moss c", "Nothing is defined any more.")])
    assert changed.acronyms.readings("MG")[0].papers == 2
    assert changed.extended([Document(9, "Ferns", "Ferns grow.")], keep=[9]).acronyms.readings("MG") == ()


def test_definitions_are_saved_with_the_index(tmp_path: Path) -> None:
    index = Index.build(defining("moss gardens", "MGs", "moss", papers=3))
    np.savez(tmp_path / "index.npz", allow_pickle=False, **index.to_arrays())
    with np.load(tmp_path / "index.npz") as arrays:
        assert list(Index.from_arrays(arrays).acronyms) == [Reading("MG", "moss garden", 3)]
    assert list(Acronyms.from_arrays(Acronyms({}).to_arrays())) == []


def test_small_letters_are_a_short_form_only_where_papers_mostly_mean_it_so() -> None:
    cars = [Document(100 + n, f"Cars, part {n}", "A car is driven by hand.") for n in range(9)]
    index = Index.build([*defining("careful arm rotation", "CAR", "arms", papers=1), *cars])
    assert [one.long for one in senses(index, "CAR")] == ["careful arm rotation"]
    assert senses(index, "car") == ()
    assert len(meant(index, "car").parts[0].phrases) == 1


def test_a_short_form_that_mostly_means_something_else_does_not_speak_for_a_topic() -> None:
    index = Index.build(
        [*defining("ant dances", "AD", "ants", papers=2), *defining("apple diets", "AD", "apples", papers=8, first=50)]
    )
    assert len(meant(index, "ant dances").parts[0].phrases) == 1
    assert [phrase.words for phrase in meant(index, "apple diets").parts[0].phrases][1:] == [("ad",)]


# By the front door


@pytest.fixture
async def gardens(chat: Chat) -> None:
    """Papers that define a short form, say only it, or say only what it is short for."""
    await chat.publish(
        *recommenders(),
        *others(),
        *(
            a_paper(f"Lichen walls of {town}", f"The vertical lichen walls (VLWs) of {town}.", authors=(f"{town} Li",))
            for town in ("Bergen", "Oslo", "Turku")
        ),
        a_paper("Watering at noon", "VLWs dry out by noon. Each VLW needs a tap.", authors=("Tap Ping",)),
        a_paper("Shade for cities", "Vertical lichen walls give shade. A vertical lichen wall is cheap."),
    )  # fmt: skip


async def test_a_short_form_is_spelt_out_and_finds_papers_that_say_the_long_one(chat: Chat, gardens: None) -> None:
    reply = await chat.say("/papers follow VLW")
    assert "VLW: vertical lichen wall." in notice_in(reply)
    assert {"Shade for cities", "Watering at noon"} <= set(titles_in(await chat.say("/papers digest")))


async def test_a_long_form_finds_papers_that_say_only_the_short_one(chat: Chat, gardens: None) -> None:
    reply = await chat.say("/papers follow vertical lichen walls")
    assert "VLW:" not in text_of(reply)
    assert {"Shade for cities", "Watering at noon"} <= set(titles_in(await chat.say("/papers digest")))


async def test_a_short_form_of_several_meanings_names_them_and_lets_one_be_kept(chat: Chat, gardens: None) -> None:
    await chat.publish(
        *(
            a_paper(f"Weights of {thing}", f"We make very light weights (VLWs) of {thing}.", authors=(f"{thing} Wei",))
            for thing in ("feathers", "paper boats")
        )
    )
    reply = await chat.say("/papers follow VLW top:3")
    assert (
        "VLW is read as vertical lichen wall (3 papers). Here it also stands for very light weight (2 papers)."
        in notice_in(reply)
    )
    pressed = await chat.press(reply, "Follow very light weight")
    assert titles_in(await chat.say("/papers list")) == ["very light weight"]
    assert "top:3" in text_of(await chat.say("/papers list"))
    assert chat.announced[-1] == "ada now follows very light weight here instead of VLW."
    await chat.press(pressed, "Undo")
    assert titles_in(await chat.say("/papers list")) == ["VLW"]


@pytest.mark.parametrize(
    ("typed", "meant_for"),
    [
        ("recomender systms", "recommender systems"),
        ("robot graspng", "robot grasping"),
        ("speach recognition", "speech recognition"),
        ("exoplanetspectra", "exoplanet spectra"),
        ("recys", "recsys"),
    ],
)
async def test_a_misspelt_topic_is_offered_put_right(chat: Chat, gardens: None, typed: str, meant_for: str) -> None:
    reply = await chat.say(f"/papers follow {typed}")
    assert f"Did you mean {meant_for}? Papers here hardly say “{typed}”." in notice_in(reply)
    await chat.press(reply, f"Follow {meant_for}")
    assert titles_in(await chat.say("/papers list")) == [meant_for]


async def test_what_is_known_of_a_topic_is_offered_where_the_rest_is_not(chat: Chat, gardens: None) -> None:
    reply = await chat.say("/papers follow zymurgical robot grasping")
    assert "Did you mean robot grasping? Papers here hardly say “zymurgical robot grasping”." in notice_in(reply)


@pytest.mark.parametrize("topic", ["mycology", "medieval poetry", "真菌", '"recomender systms"', "recsys"])
async def test_nothing_is_offered_for_a_topic_that_is_known_or_near_nothing(
    chat: Chat, gardens: None, topic: str
) -> None:
    assert "Did you mean" not in text_of(await chat.say(f"/papers follow {topic}"))


async def test_preview_and_whynot_ask_back_too(chat: Chat, gardens: None) -> None:
    preview = await chat.say("/papers preview recomender systms")
    assert "Did you mean recommender systems?" in notice_in(preview)
    assert titles_in(await chat.press(preview, "Preview recommender systems"))
    await chat.say("/papers follow recomender systms")
    whynot = await chat.say("/papers whynot Denoising Implicit Feedback")
    assert "Papers here hardly say recomender systms: did you mean recommender systems?" in text_of(whynot)


async def test_one_follow_takes_the_place_of_another(chat: Chat, gardens: None) -> None:
    await chat.say("/papers follow robots; recsys")
    await chat.say("/papers follow robot grasping instead:robots")
    assert titles_in(await chat.say("/papers list")) == ["recsys", "robot grasping"]
    await chat.say("/papers undo")
    assert titles_in(await chat.say("/papers list")) == ["recsys", "robots"]
    await chat.say("/papers follow recsys instead:robots")
    assert titles_in(await chat.say("/papers list")) == ["recsys"]
    refused = await chat.say("/papers follow robots instead:chess")
    assert notice_in(refused) == "This channel doesn't follow “chess”. It follows: recsys."
    assert titles_in(await chat.say("/papers list")) == ["recsys"]


async def test_only_who_may_take_a_follow_away_may_put_another_in_its_place(chat: Chat, gardens: None) -> None:
    await chat.say("/papers follow robots")
    await chat.say("/papers who members")
    bob = Invocation(chat.channel, "bob", "bob", "/papers follow recsys instead:robots", can_manage=False)
    refused = await chat.service.handle(replace(bob, is_admin=False))
    assert notice_in(refused) == "robots was added by ada. Only they or an admin can unfollow it."
    assert titles_in(await chat.say("/papers list")) == ["robots"]


def test_a_slip_in_a_short_form_is_put_right() -> None:
    index = Index.build(defining("royal lichen house fans", "RLHF", "fans", papers=3))
    assert nearby.suggestion(index, "RHLF") == "RLHF"
