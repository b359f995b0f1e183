"""Signed links: what is forged, old, cut or meant for something else says nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import Refused
from bot.web.signing import Signer

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=2)


@settings(max_examples=50)
@given(st.text(max_size=300), st.text(max_size=20))
def test_a_token_says_what_was_put_into_it(text: str, purpose: str) -> None:
    signer = Signer("k1")
    token = signer.token(purpose, text, LATER)
    assert signer.read(purpose, token, NOW) == text
    assert not set(token) - set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


@settings(max_examples=50)
@given(st.text(max_size=200))
def test_nothing_that_somebody_makes_up_is_read(token: str) -> None:
    with pytest.raises(Refused, match="not one of ours"):
        Signer("k1").read("confirm", token, NOW)


def test_any_other_letter_makes_it_forged() -> None:
    signer = Signer("k1")
    token = signer.token("confirm", "me@lab.org", LATER)
    for at, letter in enumerate(token):
        other = token[:at] + ("B" if letter == "A" else "A") + token[at + 1 :]
        with pytest.raises(Refused, match="not one of ours"):
            signer.read("confirm", other, NOW)
    for cut in (token[:-1], token[1:], token + "A", token + "=", f"{token}\n", ""):
        with pytest.raises(Refused, match="not one of ours"):
            signer.read("confirm", cut, NOW)


def test_a_token_is_good_for_one_purpose_until_its_time() -> None:
    signer = Signer("k1")
    token = signer.token("confirm", "me@lab.org", LATER)
    with pytest.raises(Refused, match="not one of ours"):
        signer.read("unsubscribe", token, NOW)
    assert signer.read("confirm", token, LATER) == "me@lab.org"
    with pytest.raises(Refused, match="too old"):
        signer.read("confirm", token, LATER + timedelta(seconds=1))
    assert signer.token("a", "bc", LATER) != signer.token("ab", "c", LATER)
    assert signer.name("a", "bc") != signer.name("ab", "c")


def test_a_new_key_before_the_old_one_keeps_old_links_alive() -> None:
    old = Signer("k1")
    both, new = Signer("k2, k1"), Signer("k2")
    token = old.token("confirm", "me@lab.org", LATER)
    assert both.read("confirm", token, NOW) == "me@lab.org"
    assert both.is_name("feed", "c1", old.name("feed", "c1"))
    assert both.name("feed", "c1") == new.name("feed", "c1") != old.name("feed", "c1")
    with pytest.raises(Refused):
        new.read("confirm", token, NOW)
    assert not new.is_name("feed", "c1", old.name("feed", "c1"))


def test_a_name_is_short_and_stands_for_one_thing() -> None:
    signer = Signer("k1")
    name = signer.name("feed", "slack/T1/C1")
    assert len(name) == 22
    assert signer.is_name("feed", "slack/T1/C1", name)
    assert not signer.is_name("feed", "slack/T1/C2", name)
    assert not signer.is_name("archive", "slack/T1/C1", name)
    assert not signer.is_name("feed", "slack/T1/C1", "")


def test_without_a_key_nothing_is_signed() -> None:
    with pytest.raises(Refused, match="PAPER_ROUND_SECRET_KEY"):
        Signer(" , ")
