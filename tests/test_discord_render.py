"""What Discord is shown: every card within its limits, foreign text as text, every button pressable."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from random import Random
from typing import Any, Literal, TypeVar
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from adapters.discord.buttons import CHOICE, decode, spelled
from adapters.discord.escape import address, prose
from adapters.discord.forms import modal
from adapters.discord.limits import length
from adapters.discord.message import Message
from adapters.discord.render import messages
from bot.cards import Action, Card, Field, File, Form, Link, Listing, Notice, PaperCard, Picture, Row
from bot.commands.all import COMMANDS
from bot.errors import Refused
from bot.text import one_line
from deploy.discord_markup import alive, links, text
from deploy.discord_picture import drawn
from tests.fakes.discord.rest import contract
from tests.test_terminal import KINDS

T = TypeVar("T")
SPEC = contract()
HOSTILE = (
    "](http://evil.test)",
    "[free](https://evil.test)",
    "||spoiler||",
    "@everyone",
    "@here",
    "<@&1>",
    "<@1>",
    "<#1>",
    "<t:0>",
    "<t:0:R>",
    "<:a:1>",
    "</papers follow:1>",
    ":emoji:",
    "```code```",
    "`",
    "\\",
    "\n",
    "\u200b",
    "\u202e",
    "# ",
    "-# ",
    "> ",
    ">>> ",
    "- ",
    "* ",
    "1. ",
    "**bold**",
    "__under__",
    "_slanted_",
    "~~struck~~",
    "https://evil.test/x",
    "<https://evil.test>",
    "discord.gg/x",
    "👩‍👩‍👧‍👦",
    "🇩🇪",
    "é" * 40,
    "漢字" * 30,
)
URLS = (
    "",
    "https://arxiv.org/abs/2403.01234",
    "https://doi.org/10.1002/(SICI)1097-4571(199009)41:6<391::AID-ASI1>3.0.CO;2-9",
    "http://example.org/ä b?q=[1]|2",
    "javascript:alert(1)",
    "https://",
    "https://example.org/" + "x" * 3_000,
    "//evil.test",
    "http://[broken",
)
MESSAGES = "https://discord.com/channels/900"
VERBS = [known.verb for known in COMMANDS]
MOST = 4_000  # letters of a text
SEEDS = st.integers(0, 2**32).map(Random)
MANY = settings(deadline=None, max_examples=1_000, phases=(Phase.reuse, Phase.generate))  # seeds don't shrink


def some(draw: Random, make: Callable[[Random], T], most: int) -> tuple[T, ...]:
    return tuple(make(draw) for _ in range(draw.randint(0, most)))


def letters(draw: Random) -> str:
    ranges = ((0, 0x7F), (0, 0xD7FF), (0xE000, 0x10FFFF))
    return "".join(chr(draw.randint(*draw.choice(ranges))) for _ in range(draw.randint(1, 9)))


PIECES = (*HOSTILE, *(letters(Random(n)) for n in range(300)), *(" word ",) * 60)


def words(draw: Random) -> str:
    """Any text: often a few letters, at times thousands."""
    parts = draw.choices(PIECES, k=draw.choice((0, 1, 3, 9)))
    return ("".join(parts) * draw.choice((1, 1, 1, 1, 1, 1, 1, 30, 400)))[:MOST]


def url(draw: Random) -> str:
    return draw.choice(URLS)


def action(draw: Random) -> Action:
    target = draw.choice(("arxiv:2403.01234", "doi:10.1000/x", "bibtex arxiv:2403.01234", "", words(draw)))
    return Action(words(draw), draw.choice(VERBS), target)


def paper(draw: Random) -> PaperCard:
    return PaperCard(
        "arxiv:2403.01234",
        words(draw),
        url(draw),
        draw.choice((None, draw.randint(1, 99))),
        some(draw, words, 6),
        draw.choice((None, date(2024, 3, 5))),
        some(draw, words, 5),
        venue=words(draw),
        gist=words(draw),
        abstract=words(draw),
        why=words(draw),
        posted_before=words(draw),
        note=words(draw),
        links=some(draw, lambda draw: Link(words(draw), url(draw)), 5),
        actions=some(draw, action, 7),
        is_withdrawn=draw.random() < 0.1,
    )


def notice(draw: Random) -> Notice:
    tones: Sequence[Literal["plain", "done", "refused"]] = ("plain", "done", "refused")
    pings = some(draw, lambda draw: draw.choice(("77", "@everyone", "٣")), 3)
    return Notice(words(draw), words(draw), draw.choice(tones), some(draw, action, 7), pings)


def row(draw: Random) -> Row:
    return Row(words(draw), words(draw), draw.choice((None, draw.randint(1, 99))), url(draw), some(draw, action, 2))


def listing(draw: Random) -> Listing:
    return Listing(words(draw), some(draw, row, draw.choice((3, 40))), words(draw), some(draw, action, 7))


def form(draw: Random) -> Form:
    fields = tuple(
        Field(
            f"field{n}", words(draw), words(draw), words(draw), draw.choice(((), ("say", "silent"))),
            draw.random() < 0.5, draw.random() < 0.5,
        )
        for n in range(draw.randint(1, 6))
    )  # fmt: skip
    return Form(words(draw), draw.choice(("settings", "dm settings")), fields)


def card(draw: Random) -> Card:
    makes: Sequence[Callable[[Random], Card]] = (
        paper, notice, listing, form, lambda draw: Picture(url(draw), words(draw)),
        lambda draw: File(words(draw), "text/plain", words(draw)),
    )  # fmt: skip
    return draw.choice(makes)(draw)


@settings(MANY)
@given(SEEDS)
def test_any_papers_are_shown_with_their_titles_links_and_buttons(draw: Random) -> None:
    cards = [paper(draw), *some(draw, paper, 5)]
    shown = messages(cards)
    _is_sound(shown, cards)
    embeds = [
        embed for message in shown for embed in message.body["embeds"] if "stands for\n" not in _description(embed)
    ]
    assert len(embeds) == len(cards)
    for card, embed in zip(cards, embeds, strict=True):
        title = one_line(card.title) or card.id
        number = "" if card.n is None else f"{card.n}. "
        assert text(embed["title"]).startswith(f"{number}{title[:40]}")
        assert embed.get("url", "") == address(card.url)


@settings(MANY)
@given(SEEDS)
def test_any_reply_is_within_the_limits_and_does_nothing_by_itself(draw: Random) -> None:
    cards = some(draw, card, 5)
    _is_sound(messages(cards), cards)


@pytest.mark.parametrize("kind", KINDS)
def test_a_card_as_it_is_sent(kind: str, golden: Callable[[str, str], None]) -> None:
    shown = [message.body for message in messages(KINDS[kind])]
    golden(f"discord/{kind}.json", json.dumps(shown, indent=1, ensure_ascii=False) + "\n")


def test_the_picture_shows_what_is_sent() -> None:
    (message,) = messages(KINDS["digest"])
    texts = ["".join(one.itertext()) for one in ElementTree.fromstring(drawn(message.body)).findall(".//{*}text")]
    seen = " ".join(" ".join(texts).split())
    for part in ("Digest of 24 Nov 2026", "2. Self-Attentive Sequential Recommendation", "Why: recsys", "Save 1"):
        assert part in seen


def test_five_entries_with_six_actions_each_are_one_message_with_a_row_each() -> None:
    entries = [_entry(n, "A gist. " * 100, abstract="An abstract that is long. " * 200) for n in range(1, 6)]
    (message,) = messages([Notice("5 papers for kites.", title="Digest of 24 Nov 2026"), *entries])
    labels = [[button["label"] for button in row["components"]] for row in message.body["components"]]
    assert labels[1] == ["Save 2", "Why 2", "Abstract of 2", "More like 2", "Less like 2"]
    assert len(labels) == 5
    assert len(messages([*entries, _entry(6, "")])) == 2


def test_an_abstract_is_cut_where_five_of_them_have_no_room() -> None:
    entries = [_entry(n, "", abstract="An abstract that is long. " * 200) for n in range(1, 6)]
    described = [_description(embed) for embed in messages(entries)[0].body["embeds"]]
    assert all(500 < length(one) < 1_180 and "…" in one for one in described)
    (alone,) = messages(entries[:1])
    assert length(_description(alone.body["embeds"][0])) > 3_900


def test_of_a_title_that_is_mere_punctuation_something_is_left() -> None:
    (message,) = messages([PaperCard("arxiv:1", ":" * 4_000)])
    assert text(message.body["embeds"][0]["title"]) == ":" * 255 + "…"


@pytest.mark.parametrize("hostile", HOSTILE)
def test_foreign_text_is_text(hostile: str) -> None:
    title = f"On {hostile} and {hostile}"
    card = PaperCard(
        "arxiv:1", title, "https://arxiv.org/abs/1", gist=hostile, why=hostile, note=hostile, authors=(title,)
    )
    (message,) = messages([card])
    (embed,) = message.body["embeds"]
    assert text(embed["title"]) == one_line(title)
    assert alive(embed["title"]) == alive(_description(embed)) == links(_description(embed)) == []


def test_an_address_that_we_say_can_be_followed_and_unfolds_nothing() -> None:
    (message,) = messages([Notice("Read it at https://example.org/a_(b), or [here](https://evil.test).")])
    assert message.body["content"] == ("Read it at <https://example.org/a_(b>), or \\[here\\](<https://evil.test>).")
    assert prose("no address: https:// alone") == "no address: https\\:// alone"


def test_a_look_up_links_to_the_messages_where_the_server_saw_the_paper() -> None:
    said = "Posted in #gen_eral on 12 Nov 2026 and in #ml on 14 Nov 2026."
    seen = (Link("#gen_eral on 12 Nov 2026", f"{MESSAGES}/1/2"), Link("#ml on 14 Nov 2026", f"{MESSAGES}/3/4"))
    (message,) = messages([PaperCard("arxiv:1", "Paper Kites", posted_before=said, posted_links=seen)])
    description = _description(message.body["embeds"][0])
    assert text(description) == said
    assert links(description) == [f"{MESSAGES}/1/2", f"{MESSAGES}/3/4"]


def test_no_two_buttons_of_a_reply_are_called_the_same() -> None:
    papers = [
        PaperCard(f"arxiv:{n}", f"Paper {n}", actions=(Action("Save", "save", f"arxiv:{n}"),)) for n in range(1, 8)
    ]
    shown = messages(papers)
    labels = [one["label"] for message in shown for row in message.body["components"] for one in row["components"]]
    assert labels == ["Save", *(f"Save ({n})" for n in range(2, 8))]


def test_rows_whose_buttons_are_called_the_same_get_numbers() -> None:
    rows = tuple(Row(f"Paper {n}", actions=(Action("Open", "paper", f"arxiv:{n}"),)) for n in "ab")
    (message,) = messages([Listing("2 papers look like that:", rows)])
    assert _description(message.body["embeds"][0]) == "**1. Paper a**\n**2. Paper b**"
    assert [one["label"] for one in message.body["components"][0]["components"]] == ["Open 1", "Open 2"]


def test_many_rows_are_chosen_from_a_list() -> None:
    rows = tuple(
        Row(f"topic {n}", n=n, actions=(Action(f"Unfollow {n}", "unfollow", f"topic {n}"),)) for n in range(1, 41)
    )
    (message,) = messages([Listing("This channel follows", rows, actions=(Action("Change time", "schedule"),))])
    first, second, last = message.body["components"]
    assert [len(row["components"][0].get("options", [])) for row in (first, second)] == [25, 15]
    assert first["components"][0]["options"][24]["description"] == "topic 25"
    assert last["components"][0]["label"] == "Change time"


def test_a_target_that_is_too_long_for_an_id_is_read_from_the_message() -> None:
    together = Action("Follow these", "import", "; ".join(f"topic_{n} & *more*" for n in range(40)))
    (message,) = messages([Notice("40 topics.", actions=(together,))])
    (pressed,) = _pressable(message)
    assert (pressed.verb, pressed.target) == (together.verb, together.target)
    (button,) = message.body["components"][0]["components"]
    with pytest.raises(Refused):
        decode(button["custom_id"], [{"description": "Something else\n/papers import topic"}])


@pytest.mark.parametrize(
    "forged", ["", "pr", "pr:", "pr:save", "x:save:1", "pr~save:00", "pr:" + "v" * 41 + ":x", "pr9999:save:1"]
)
def test_a_forged_id_is_refused(forged: str) -> None:
    with pytest.raises(Refused):
        decode(forged)


@settings(MANY, max_examples=200)
@given(SEEDS)
def test_any_form_is_a_window_within_the_limits(draw: Random) -> None:
    asked = form(draw)
    window = modal(asked)
    assert SPEC is None or SPEC.check("POST", "/interactions/1/x/callback", {"type": 9, "data": window}) == []
    assert decode(window["custom_id"]).said == f"/papers {asked.verb}"
    assert [one["component"]["custom_id"] for one in window["components"]] == [one.name for one in asked.fields[:5]]


def _is_sound(shown: Sequence[Message], cards: Sequence[Card]) -> None:
    for message in shown:
        body = message.body
        assert SPEC is None or SPEC.check("POST", "/channels/1/messages", body) == []
        assert length(body["content"]) <= 2_000
        assert sum(length(embed.get("title", "")) + length(_description(embed)) for embed in body["embeds"]) <= 5_900
        assert body["allowed_mentions"]["parse"] == []
        pings = [f"<@&{id}>" for id in body["allowed_mentions"]["roles"]]
        assert sorted(set(alive(body["content"]))) == pings
        for embed in body["embeds"]:
            assert alive(embed.get("title", "")) == links(embed.get("title", "")) == []
            assert alive(_description(embed)) == []
    said = {_plain(url) for card in cards for url in _urls(card)}
    assert {_plain(url) for message in shown for part in _markup(message) for url in links(part)} <= said
    pressed = {(one.verb, one_line(one.target)) for message in shown for one in _pressable(message)}
    for action in (action for card in cards for action in _actions(card)):
        assert (action.verb, one_line(action.target)) in pressed or not _has_room(action)


def _entry(n: int, gist: str, abstract: str = "") -> PaperCard:
    id = f"arxiv:2611.0000{n}"
    said = {
        "Save": "save",
        "Similar to": "similar",
        "Why": "why",
        "Abstract of": "paper",
        "More like": "like",
        "Less like": "dislike",
    }
    actions = tuple(Action(f"{label} {n}", verb, id) for label, verb in said.items())
    return PaperCard(
        id, f"Paper Kites {n}", f"https://arxiv.org/abs/{n}", n=n, gist=gist, abstract=abstract, actions=actions
    )


def _description(embed: Mapping[str, Any]) -> str:
    return str(embed.get("description", ""))


def _markup(message: Message) -> Iterator[str]:
    yield message.body["content"]
    yield from map(_description, message.body["embeds"])


def _pressable(message: Message) -> Iterator[Action]:
    """What the buttons and choices of a message bring back, read from that message alone."""
    embeds = message.body["embeds"]
    for one in (one for row in message.body["components"] for one in row["components"]):
        if one["custom_id"].startswith(CHOICE):
            yield from (decode(option["value"], embeds) for option in one["options"])
        else:
            yield decode(one["custom_id"], embeds)


def _actions(card: Card) -> Sequence[Action]:
    """What can be pressed; a paper with more than a row of it does without what its own card has."""
    match card:
        case PaperCard(actions=actions) if len(actions) > 5:
            opens = {action.target for action in actions if action.verb == "paper"}
            return [action for action in actions if action.verb != "similar" or action.target not in opens]
        case PaperCard() | Notice():
            return card.actions
        case Listing():
            return [*card.actions, *(action for row in card.rows for action in row.actions)]
        case _:
            return ()


def _has_room(action: Action) -> bool:
    return len(f"pr:{action.verb}:{action.target}") < 90 or bool(spelled(action))


def _urls(card: Card) -> Iterator[str]:
    """Every address that the card may link to: its own, and those in our own sentences."""
    match card:
        case PaperCard():
            yield from (card.url, *(link.url for link in card.links))
        case Listing():
            yield from (row.url for row in card.rows)
            yield from (url for some in (card.footer, *(row.detail for row in card.rows)) for url in links(prose(some)))
        case Notice():
            yield from links(prose(card.text))
        case Picture():
            yield from links(prose(card.alt))
        case _:
            return


def _plain(url: str) -> str:
    return unquote(address(url))
