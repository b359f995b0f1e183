"""What Slack is shown: every card within its limits, and what papers and people wrote as plain text."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.slack import limits
from adapters.slack.buttons import Pressed, decode, is_pressable
from adapters.slack.forms import answers, modal
from adapters.slack.render import Message, home, messages, thread
from adapters.slack.rich import address
from bot.cards import Action, Card, Field, File, Form, Link, Listing, Notice, PaperCard, Picture, Row
from bot.text import one_line
from tests.fakes.slack.contract import block_kit
from tests.test_terminal import KINDS

Golden = Callable[[str, str], None]

NASTY = "<!channel> <@U1> <http://x|y> &amp; *bold* _it_ `code` :tada: ‮gnp.exe Z̸̢̛a̷l̶g̸o̵ 🧑‍🔬"
ENTRY_ACTIONS = (
    Action("Save 1", "save", "arxiv:2611.00001"),
    Action("Similar to 1", "similar", "arxiv:2611.00001"),
    Action("Why 1", "why", "arxiv:2611.00001"),
    Action("Abstract of 1", "paper", "arxiv:2611.00001"),
    Action("More like 1", "like", "arxiv:2611.00001"),
    Action("Less like 1", "dislike", "arxiv:2611.00001"),
)


def a_card(**more: Any) -> PaperCard:
    known: dict[str, Any] = {
        "id": "arxiv:2611.00001",
        "title": "Paper Boats",
        "url": "https://arxiv.org/abs/2611.00001",
    }
    return PaperCard(**{**known, **more})


@pytest.mark.parametrize("kind", KINDS)
def test_a_card_looks_so(kind: str, golden: Golden) -> None:
    drawn = [message.body for message in messages(KINDS[kind])]
    assert [block_kit.message_errors({"channel": "C1", **body}) for body in drawn] == [[]] * len(drawn)
    golden(f"slack/{kind}.json", json.dumps(drawn, indent=1, ensure_ascii=False) + "\n")


@pytest.mark.parametrize("kind", KINDS)
def test_app_home_shows_every_card(kind: str) -> None:
    view = home(KINDS[kind])
    assert block_kit.view_errors(view) == []
    assert words(view["blocks"]) == "".join(words(message.blocks) for message in messages(KINDS[kind]))


def test_what_others_wrote_stays_text() -> None:
    (drawn,) = messages([a_card(title=NASTY, authors=(NASTY,), gist=NASTY, why=NASTY, note=NASTY), Notice(NASTY)])
    kinds = {node["type"] for node in block_kit.nodes(drawn.blocks) if "type" in node}
    assert kinds == {"rich_text", "rich_text_section", "text", "link"}
    assert "<!channel> <@U1> <http://x|y> &amp; *bold*" in words(drawn.blocks)
    assert "‮" not in words(drawn.blocks), "letters that turn the text around are left out"
    assert "<" not in drawn.text
    assert "&lt;!channel&gt;" in drawn.text


def test_only_a_group_can_be_called() -> None:
    (drawn,) = messages([Notice("2 papers for recsys.", pings=("S0LAB", "everyone", "U0ADA", "here", "S0 LAB"))])
    called = [node for node in block_kit.nodes(drawn.blocks) if node.get("type") in ("usergroup", "broadcast", "user")]
    assert called == [{"type": "usergroup", "usergroup_id": "S0LAB"}]


def test_a_digest_s_entry_has_three_buttons_and_a_menu() -> None:
    menu = (
        Action("BibTeX of 1", "export", "bibtex arxiv:2611.00001"),
        Action("Mute Ada Lovelace", "mute", "Ada Lovelace"),
    )
    (drawn,) = messages([a_card(n=1, gist="Boats.", actions=ENTRY_ACTIONS, menu=menu)])
    (actions,) = [block for block in drawn.blocks if block["type"] == "actions"]
    elements = actions["elements"]
    assert isinstance(elements, list)
    assert [one["type"] for one in elements] == ["button", "button", "button", "overflow"]
    assert [label for label, _ in pressables(drawn)] == [
        "Save 1", "More like 1", "Less like 1", "Similar to 1", "Why 1", "Abstract of 1", "BibTeX of 1",
        "Mute Ada Lovelace",
    ]  # fmt: skip


def test_abstracts_go_below_and_nowhere_else() -> None:
    abstracts = [f"Abstract {n}. " + "We fold paper. " * 100 for n in range(1, 9)]
    cards = [a_card(n=n, gist="Boats.", aside=abstract) for n, abstract in enumerate(abstracts, start=1)]
    (digest,) = messages(cards)
    below = thread(cards)
    assert "We fold paper" not in words(digest.blocks) + digest.text
    assert len(below) == 2, "12,000 letters have no room in one"
    together = "".join(words(message.blocks) for message in below)
    assert all(one_line(abstract) in together for abstract in abstracts)


def test_eight_papers_with_whole_abstracts_are_one_message() -> None:
    cards = [a_card(n=n, abstract="We fold paper. " * 150, actions=ENTRY_ACTIONS) for n in range(1, 9)]
    (digest,) = messages([Notice("8 papers.", title="Digest of 24 Nov 2026"), *cards])
    assert words(digest.blocks).count("We fold paper. We fold") >= 8
    assert words(digest.blocks).count("…") == 8


def test_no_two_buttons_of_a_message_are_called_the_same() -> None:
    rows = tuple(Row(f"Paper {n}", n=n, actions=(Action("Open", "paper", f"arxiv:{n}"),)) for n in range(1, 4))
    undo = Notice("Done.", actions=(Action("Undo", "undo", "change:1"), Action("Undo", "undo", "change:2")))
    (drawn,) = messages([Listing("Papers", rows), undo])
    assert pressables(drawn) == [
        ("Open 1", Pressed("paper", "arxiv:1")),
        ("Open 2", Pressed("paper", "arxiv:2")),
        ("Open 3", Pressed("paper", "arxiv:3")),
        ("Undo", Pressed("undo", "change:1")),
        ("Undo (2)", Pressed("undo", "change:2")),
    ]


def test_what_no_button_can_hold_is_said_as_a_line_to_type() -> None:
    topics = "; ".join(f"topic number {n}" for n in range(150))
    (drawn,) = messages([Notice("Proposed.", actions=(Action("Follow these", "import", topics),))])
    assert pressables(drawn) == []
    assert f"Follow these: /papers import {topics}" in words(drawn.blocks)


def test_a_long_list_goes_on_in_further_messages() -> None:
    rows = tuple(Row(f"Paper {n} " + "x" * 250, "y" * 250, n=n) for n in range(1, 101))
    drawn = messages([Listing("Papers", rows)])
    assert len(drawn) > 1
    together = "".join(words(message.blocks) for message in drawn)
    assert all(f"{n}. Paper {n} " in together for n in range(1, 101))
    assert all(message.text.strip() for message in drawn)


def test_a_file_is_whole_in_as_many_messages_as_it_needs() -> None:
    entries = "\n".join(f"@article{{boats{n}, title = {{Paper Boats}}}}" for n in range(500))
    drawn = messages([File("papers.bib", "application/x-bibtex", entries)])
    assert len(drawn) == 3
    assert "".join(words(message.blocks) for message in drawn).replace("\n", "") == "papers.bib" + entries.replace(
        "\n", ""
    )
    (*_, last) = messages([File("papers.bib", "application/x-bibtex", entries * 10)])
    assert words(last.blocks).endswith(" more characters have no room here.")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "ftp://x.example/a", "", "https://x.example/" + "a" * 3_000])
def test_what_is_no_web_address_is_no_link(url: str) -> None:
    (drawn,) = messages([a_card(url=url, links=(Link("PDF", url),))])
    assert "link" not in {node.get("type") for node in block_kit.nodes(drawn.blocks)}
    assert "Paper Boats" in words(drawn.blocks)


def test_a_paper_shows_where_it_was_posted() -> None:
    seen = Link("#ml-papers on 24 Nov 2026", "https://team.slack.example/archives/C1/p1")
    line = "Posted in #ir on 12 Nov 2026 and in #ml-papers on 24 Nov 2026."
    (drawn,) = messages([a_card(posted_before=line, posted_links=(seen,))])
    assert line in words(drawn.blocks)
    ways = {node["text"]: node["url"] for node in block_kit.nodes(drawn.blocks) if node.get("type") == "link"}
    assert ways[seen.label] == seen.url


def test_a_form_comes_back_as_what_was_filled_in() -> None:
    fields = (
        Field("size", "Papers a digest", "1 to 15", "5", required=True),
        Field("layout", "Layout", value="full", choices=("compact", "full", "titles")),
        Field("note", "Note", value="x" * 5_000, long=True),
    )
    view = modal(Form("Settings of this very long channel", "settings", fields), "C0ML")
    assert block_kit.view_errors(view) == []
    blocks = view["blocks"]
    assert isinstance(blocks, list)
    assert [block["block_id"] for block in blocks] == ["size", "layout", "note"]
    filled = {
        "size": {"answer": {"type": "plain_text_input", "value": "7"}},
        "layout": {"answer": {"type": "static_select", "selected_option": {"value": "titles"}}},
        "note": {"answer": {"type": "plain_text_input", "value": None}},
    }
    said = answers({**view, "state": {"values": filled}})
    assert said is not None
    assert (said.verb, dict(said.fields), said.state) == (
        "settings", {"size": "7", "layout": "titles", "note": ""}, "C0ML",
    )  # fmt: skip


@pytest.mark.parametrize(
    "view", [{}, {"callback_id": "form:settings"}, {"callback_id": "old", "state": {"values": {}}}]
)
def test_a_view_of_somebody_else_has_no_answers(view: Mapping[str, object]) -> None:
    assert answers(view) is None


TEXT = st.text(max_size=120) | st.sampled_from(
    [NASTY, "שלום " * 30, "推荐系统" * 200, "a" * 20_000, "👩‍🔬" * 400, "x́̂̃" * 300]
)
WORD = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=20)
URL = st.from_regex(r"https://[a-z]{1,20}\.example/[A-Za-z0-9./?=%-]{0,80}", fullmatch=True)
ACTIONS = st.lists(st.builds(Action, TEXT, WORD, TEXT), max_size=8).map(tuple)
PAPERS = st.builds(
    PaperCard, id=WORD, title=TEXT.filter(one_line), url=URL, n=st.none() | st.integers(1, 99),
    authors=st.lists(TEXT, max_size=9).map(tuple), published=st.none() | st.dates(date(1900, 1, 1)),
    categories=st.lists(WORD, max_size=9).map(tuple), venue=TEXT, gist=TEXT, abstract=TEXT, aside=TEXT, why=TEXT,
    posted_before=TEXT, posted_links=st.lists(st.builds(Link, TEXT, URL), max_size=5).map(tuple), note=TEXT,
    links=st.lists(st.builds(Link, TEXT, URL | TEXT), max_size=9).map(tuple), actions=ACTIONS,
    is_withdrawn=st.booleans(),
)  # fmt: skip
ROWS = st.builds(
    Row,
    TEXT,
    TEXT,
    st.none() | st.integers(1, 99),
    URL | TEXT,
    st.lists(st.builds(Action, TEXT, WORD, TEXT), max_size=2).map(tuple),
)
FIELDS = st.builds(Field, WORD, TEXT, TEXT, TEXT, st.lists(TEXT, max_size=5).map(tuple), st.booleans(), st.booleans())
FORMS = st.builds(
    Form, TEXT, WORD, st.lists(FIELDS, min_size=1, max_size=6, unique_by=lambda one: one.name).map(tuple), TEXT
)
CARDS = st.one_of(
    PAPERS,
    st.builds(Notice, TEXT, TEXT, st.just("plain"), ACTIONS, st.lists(WORD, max_size=2).map(tuple)),
    st.builds(Listing, TEXT, st.lists(ROWS, max_size=12).map(tuple), TEXT, ACTIONS),
    FORMS,
    st.builds(Picture, URL | TEXT, TEXT),
    st.builds(File, TEXT, st.just("text/plain"), TEXT),
)  # fmt: skip


ANYTHING = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@settings(ANYTHING, max_examples=1_600)
@given(PAPERS)
def test_any_paper_is_valid_and_whole(paper: PaperCard) -> None:
    assert_valid_and_whole([paper])


@settings(ANYTHING, max_examples=400)
@given(st.lists(CARDS, min_size=1, max_size=4))
def test_any_reply_is_valid_and_whole(cards: list[Card]) -> None:
    assert_valid_and_whole(cards)


@settings(ANYTHING, max_examples=100)
@given(st.lists(CARDS, max_size=8), FORMS)
def test_any_view_is_valid(cards: list[Card], form: Form) -> None:
    assert block_kit.view_errors(home(cards)) == []
    assert block_kit.view_errors(modal(form, "C1")) == []


def assert_valid_and_whole(cards: Sequence[Card]) -> None:
    """Slack takes all of it, and it holds every title, link and button."""
    drawn = messages(cards)
    for message in [*drawn, *thread(cards)]:
        assert block_kit.message_errors({"channel": "C1", **message.body}) == []
        labels = [label for label, _ in pressables(message)]
        assert len(labels) == len(set(labels))
        assert not set("<>") & set(message.text)
    shown = "".join(words(message.blocks) for message in drawn)
    ways = {url for message in drawn for url in links(message.blocks)}
    pressed = [said for message in drawn for _, said in pressables(message)]
    for card in cards:
        if isinstance(card, PaperCard):
            assert one_line(card.title)[:40].rstrip() in shown
            assert address(card.url) in ways
        for action in getattr(card, "actions", ()):
            if is_pressable(action):
                assert Pressed(action.verb, action.target.strip()) in pressed


def words(blocks: object) -> str:
    """All that is written there, buttons left out."""
    return "".join(
        str(node.get("text", "")) for node in block_kit.nodes(blocks) if node.get("type") in ("text", "link")
    )


def links(blocks: object) -> list[str]:
    return [node["url"] for node in block_kit.nodes(blocks) if node.get("type") == "link"]


def pressables(message: Message) -> list[tuple[str, Pressed | None]]:
    """The label of everything that can be pressed, and what it does."""
    return [(label, decode(id, value)) for label, id, value in _pressables(message.blocks)]


def _pressables(blocks: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str, str]]:
    for element in (element for block in blocks if block["type"] == "actions" for element in block["elements"]):
        assert element["action_id"].startswith("do:")
        assert len(element["action_id"]) <= limits.ACTION_ID
        for one in element.get("options", [element]):
            yield one["text"]["text"], element["action_id"], one["value"]
