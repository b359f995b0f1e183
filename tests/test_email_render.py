"""What a mail looks like: every card as text and as HTML, within limits, and what papers and people wrote as text."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import SMTP
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.email import limits
from adapters.email.blocks import blocks
from adapters.email.message import Letter, Sender, as_bytes
from adapters.email.render import LOOK, Drawn, drawn
from bot.cards import Action, Card, Link, Notice, PaperCard
from bot.text import one_line
from tests.test_slack_render import ANYTHING, CARDS, NASTY, PAPERS, a_card
from tests.test_terminal import KINDS

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
SENDER = Sender("Lab papers", "papers@lab.org")
STOP = "https://papers.lab.org/email/stop/0123456789abcdefghijkl"
FOOT = (Link("What comes here", "https://papers.lab.org/email/do/list"), Link("Unsubscribe", STOP))


def draw(cards: Sequence[Card]) -> Drawn:
    return drawn(cards, url_of, FOOT, "Mailed to me@lab.org by Lab papers.")


def url_of(action: Action) -> str:
    return f"https://papers.lab.org/email/do/{action.verb}"


def letter(mail: Drawn, stop: str = STOP) -> Letter:
    return Letter("me@lab.org", mail.subject, mail.text, mail.html, "abcdef0123456789abcdp0", stop, is_one_click=True)


class Page(HTMLParser):
    """What a reader of HTML finds: the words, the elements, the ways out."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words = ""
        self.elements: set[str] = set()
        self.ways: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.ways |= {value for name, value in attrs if name in ("href", "src", "action") and value is not None}
        assert not [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.mark.parametrize("kind", KINDS)
def test_a_card_looks_so(kind: str, golden: Callable[[str, str], None]) -> None:
    mail = draw(KINDS[kind])
    golden(f"email/{kind}.txt", f"Subject: {mail.subject}\n\n{mail.text}")
    golden(f"email/{kind}.html", mail.html)


def test_a_mail_has_no_picture_no_script_and_nothing_from_elsewhere() -> None:
    page = Page(draw([a_card(title=NASTY, gist=NASTY, why=NASTY, authors=(NASTY,), note=NASTY), Notice(NASTY)]).html)
    assert page.elements <= {
        "html", "head", "meta", "title", "style", "body", "div", "h1", "h2", "p", "a", "span", "br", "pre"
    }  # fmt: skip
    assert page.ways == {"https://arxiv.org/abs/2611.00001", *(link.url for link in FOOT)}


def test_a_mail_reads_well_in_the_dark_and_on_a_phone() -> None:
    html = draw(KINDS["digest"]).html
    assert '<meta name="color-scheme" content="light dark">' in html
    assert "prefers-color-scheme: dark" in html
    assert not re.findall(r"(?<!max-)width:\s*\d{3}", html), "nothing is wider than a phone"


def test_long_digests_stay_under_what_mail_programs_hide() -> None:
    paper = a_card(
        abstract="We fold paper boats. " * 400, actions=tuple(Action(f"Do {n}", "save", "x") for n in range(8))
    )
    mail = draw([Notice("Many."), *(replace(paper, n=n) for n in range(1, limits.PAPERS + 1))])
    assert len(mail.html.encode()) <= limits.HTML
    assert mail.html.count("Paper Boats") == limits.PAPERS


def test_the_headers_as_they_go_over_the_wire() -> None:
    raw = as_bytes(letter(draw(KINDS["digest"])), SENDER, NOW)
    head = raw.partition(b"\r\n\r\n")[0].decode("ascii").split("\r\n")
    assert head[0] == "From: Lab papers <papers@lab.org>"
    assert head[1] == "To: me@lab.org"
    assert head[3:9] == [
        "Date: Tue, 24 Nov 2026 09:00:00 +0000",
        "Message-ID: <abcdef0123456789abcdp0@lab.org>",
        "List-Id: Paper Round <paper-round.lab.org>",
        f"List-Unsubscribe: <{STOP}>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "Auto-Submitted: auto-generated",
    ]
    mail = message_from_bytes(raw, policy=SMTP)
    assert mail.get_content_type() == "multipart/alternative"
    parts = [(part.get_content_type(), part["Content-Transfer-Encoding"]) for part in mail.iter_parts()]
    assert parts == [("text/plain", "quoted-printable"), ("text/html", "quoted-printable")]


def test_an_unsubscribe_link_of_any_length_stays_in_one_line() -> None:
    stop = f"https://papers.{'department.' * 12}example.edu/email/stop/0123456789abcdefghijkl"
    raw = as_bytes(letter(draw(KINDS["digest"]), stop), SENDER, NOW)
    assert f"\r\nList-Unsubscribe: <{stop}>\r\n".encode() in raw


@settings(ANYTHING, max_examples=300)
@given(PAPERS)
def test_any_paper_is_whole_and_nothing_but_text(paper: PaperCard) -> None:
    assert_whole([paper])


@settings(ANYTHING, max_examples=150)
@given(st.lists(CARDS, min_size=1, max_size=4))
def test_any_mail_is_whole_and_nothing_but_text(cards: list[Card]) -> None:
    assert_whole(cards)


@settings(ANYTHING, max_examples=100)
@given(st.lists(CARDS, min_size=1, max_size=4))
def test_any_page_is_nothing_but_text(cards: list[Card]) -> None:
    page = Page(LOOK.html("told.html", title="Done", blocks=blocks(cards), url_of=url_of))
    assert not page.elements & {"script", "img", "iframe", "object", "svg"}


def assert_whole(cards: Sequence[Card]) -> None:
    """It can be sent, holds every title and button, and lines and headers are as mail servers take them."""
    mail = draw(cards)
    raw = as_bytes(letter(mail), SENDER, NOW)
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")
    sent = message_from_bytes(raw, policy=SMTP)
    assert [name for name, _ in sent.items()] == [
        "From", "To", "Subject", "Date", "Message-ID", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post",
        "Auto-Submitted", "MIME-Version", "Content-Type",
    ]  # fmt: skip
    page = Page(mail.html)
    assert not page.elements & {"script", "img", "iframe", "object", "svg", "form"}
    assert all(way.startswith(("https://", "http://")) for way in page.ways)
    for card in cards:
        if isinstance(card, PaperCard):
            assert one_line(card.title)[:40].rstrip() in mail.text
            assert one_line(card.title)[:40].rstrip() in page.words
            assert card.url in page.ways
        for action in getattr(card, "actions", ()):
            if len(action.target) <= limits.TARGET:
                assert url_of(action) in mail.text
                assert url_of(action) in page.ways
