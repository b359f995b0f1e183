"""Words for people: what sources and people write is read well, and cut where an eye would cut."""

import re
import time
import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.markup import plain
from bot.text import day, human_join, plural, said, sentences, shorten

MARKUP = st.lists(
    st.sampled_from(
        [
            *"$\\{}^_~&<>%#\"'`-[]() ",
            "\\frac",
            "\\cite{",
            "\\begin{align}",
            "\\textbf{",
            "\\(",
            "\\)",
            "$$",
            "<i>",
            "&lt;",
        ]
    )
    | st.text(max_size=3)
).map("".join)
GRAPHEMES = st.sampled_from(["a", " ", "e\u0301", "👩\u200d💻", "👍🏽", "🇩🇪", "❤️", "1️⃣", "각", "한", "क्षि", "，", "."])


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"HyperZ$\cdot$Z$\cdot$W", "HyperZ·Z·W"),
        (r"$n^2$, $x_1$, $\alpha_t$ and $10^{-3}$", "n², x₁, α_t and 10⁻³"),
        (r"$\tilde{\mathcal{O}}(\sqrt{n\log n})$ in $\mathbb{R}^d$", "Õ(√(n log n)) in ℝᵈ"),
        (r"$M_{\odot}$, $v_{\rm max}$, $^{13}$CO, $x^{n \times d}$", "M⊙, v_max, ¹³CO, x^(n × d)"),
        (r"$\frac{1}{n+1}$ at $ 5 \times $ the speed, $\Delta t\leq 2$", "1/(n+1) at 5 × the speed, Δt≤2"),
        (r"\textbf{UniHOI}: {B}ias-{L}inked {\em learning}", "UniHOI: Bias-Linked learning"),
        (r"Schr\"odinger, Poincar{\'e}, na\"{\i}ve, Bj\o rn, \v{S}", "Schrödinger, Poincaré, naïve, Bjørn, Š"),
        (r"Methods~\citep{a,b} of Fig.~\ref{f}, for z~5 \& 30\%", "Methods of Fig., for z~5 & 30%"),
        (r"See \url{https://a.org/b_c} or \href{https://a.org}{our page}.", "See https://a.org/b_c or our page."),
        (r"\ours{} beats \undefined{others} and \name.", "ours beats others and name."),
        (r"an empty $\!$formula, \(\)too, and $a \lt b$", "an empty formula, too, and a < b"),
        ("``Spherical'' humans---a survey, pages 1--2", "“Spherical” humans—a survey, pages 1–2"),
        ("CO<sub>2</sub> in <i>E. coli</i> &amp; <jats:p>yeast</jats:p>", "CO₂ in E. coli & yeast"),
        ("one\n two\u00a0three\u200b\u202e \ufeff", "one two three"),
        ("e\u0301tude \ud800 a\x02b", "étude ab"),
    ],
)
def test_what_a_source_wrote_is_read_as_text(written: str, read: str) -> None:
    assert plain(written) == read


@pytest.mark.parametrize(
    "text",
    [
        "Cost of $5 and $10 plans",
        "US$5, $200k or 4$ per hour",
        "predicting <human, action, object> triplets",
        "a < b, <think> and AT&T",
        "snake_case and C^2 in --verbose mode",
        "weights in {-1, 0, 1}",
        "About ~20 agents at https://a.org/~me",
        "Families 👩\u200d👩\u200d👧 and می\u200cخواهم",
    ],
)
def test_what_only_looks_like_markup_stays(text: str) -> None:
    assert plain(text) == text


@given(st.text() | MARKUP)
def test_plain_text_is_always_one_clean_line(text: str) -> None:
    read = plain(text)
    assert read == " ".join(read.split())
    assert unicodedata.is_normalized("NFC", read)
    assert not re.search("[\0-\x1f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", read)


@pytest.mark.parametrize(
    "part", ["$", "{", "}", "$^", "\\(", "\\frac", '\\"', "\\cite{", "{\\em $", "<i ", "~", "\\foo{"]
)
def test_hostile_markup_is_read_in_time(part: str) -> None:
    started = time.process_time()
    plain(part * 10_000)
    sentences(part * 10_000)
    assert time.process_time() - started < 2


def test_typed_quotes_and_wide_signs_become_plain() -> None:
    assert said("  follow author：“Ada\u200e ‘Countess’ Lovelace”\n at\u3000０９：３０\x07 ") == (
        "follow author:\"Ada 'Countess' Lovelace\" at 09:30"
    )


@given(st.text())
def test_saying_something_twice_tidied_changes_nothing(text: str) -> None:
    assert said(said(text)) == said(text)


@pytest.mark.parametrize(
    "whole",
    [
        ["We study graphs, e.g. GNNs, vs. baselines.", "Smith et al. (2020) agree!", "Do we?"],
        ["See Fig. 2 and Eq. (3), by Dr. A. B. Lovelace.", "It gains 3.5 points."],
        ["We use set A.", "We stop... there."],
        ["It is fast (see below).", "“Why?” one asks.", "vLLM is slower."],
        ["图神经网络很有用。", "我们提出新方法！"],
        [],
    ],
)
def test_an_abstract_falls_into_its_sentences(whole: list[str]) -> None:
    assert sentences(("" if whole and whole[0][-1] == "。" else " ").join(whole)) == whole


def test_a_text_is_cut_at_a_word_that_ends_late_enough() -> None:
    assert shorten("Attention is all you need", 25) == "Attention is all you need"
    assert shorten("Attention is all you need", 18) == "Attention is all…"
    assert shorten("Attention, is", 11) == "Attention…"
    assert shorten("A " + "x" * 30, 20) == "A " + "x" * 17 + "…"
    assert shorten("abc", 1) == "…"
    assert shorten("abc", 0) == ""


@given(st.lists(GRAPHEMES, max_size=30), st.integers(0, 40))
def test_a_cut_never_exceeds_nor_splits_a_grapheme(graphemes: list[str], most: int) -> None:
    text = "".join(graphemes)
    short = shorten(text, most)
    assert len(short) <= most
    starts = {len("".join(graphemes[:count])) for count in range(len(graphemes) + 1)}
    assert short == text or not most or (text.startswith(short[:-1]) and len(short) - 1 in starts)


@given(st.text(), st.integers(-1, 50))
def test_any_text_fits_after_shortening(text: str, most: int) -> None:
    short = shorten(text, most)
    assert len(short) <= max(most, 0)
    assert short == text or most < 1 or (short[-1] == "…" and text.startswith(short[:-1]))


def test_counts_lists_and_days_read_as_people_say_them() -> None:
    assert [plural(1, "paper"), plural(0, "paper"), plural(1234, "paper")] == ["1 paper", "0 papers", "1,234 papers"]
    assert plural(2, "reply", "replies") == "2 replies"
    assert [human_join(""), human_join("a"), human_join("ab"), human_join("abc")] == ["", "a", "a and b", "a, b and c"]
    assert human_join(["Slack", "mail"], "or") == "Slack or mail"
    assert day(date(2024, 3, 5)) == "5 Mar 2024"
