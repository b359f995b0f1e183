"""The declarations: one for each command, fit for every menu that is built from them."""

import re

import pytest

from bot.adapter import Invocation
from bot.cards import Reply
from bot.commands.all import COMMANDS
from bot.commands.context import Context
from bot.grammar import Arg, Command, command, fill, named, parse

DIRECT = 25  # children of one slash command on Discord, groups included


@pytest.mark.parametrize("known", COMMANDS, ids=lambda known: known.verb)
def test_each_example_means_its_own_command(known: Command) -> None:
    assert parse(known.example, COMMANDS).command is known


@pytest.mark.parametrize("known", COMMANDS, ids=lambda known: known.verb)
def test_each_declaration_fits_the_menus(known: Command) -> None:
    assert len(known.help) <= 100
    assert known.help.endswith(".")
    for arg in known.args:
        assert len(arg.help) <= 100, arg
        assert re.fullmatch(r"[a-z-]{1,32}", arg.name)


def test_no_more_children_than_a_menu_holds_and_no_verb_twice() -> None:
    children = {known.place[0] if known.place else known.verb for known in COMMANDS if known.verb != "paper"}
    assert len(children) <= DIRECT
    names = [name for known in COMMANDS for name in (known.verb, *known.aliases)]
    assert len(names) == len(set(names))
    groups = {known.place for known in COMMANDS if known.place}
    assert groups == {
        ("vote", "like"), ("vote", "dislike"), ("vote", "tune"),
        ("mute", "add"), ("mute", "remove"), ("mute", "list"),
        ("channel", "history"), ("channel", "who"), ("channel", "notify"), ("channel", "webhook"),
        ("channel", "copy"), ("channel", "import"), ("channel", "propose"), ("channel", "stats"), ("channel", "purge"),
        ("channel", "pause"), ("channel", "resume"), ("channel", "settings"), ("channel", "page"),
        ("me", "dm"), ("me", "email"), ("me", "forget"), ("me", "export"),
    }  # fmt: skip


def test_a_declaration_that_differs_from_its_handler_is_refused_at_import() -> None:
    async def handler(ctx: Context, ask: Invocation, topic: str) -> Reply:
        raise AssertionError

    with pytest.raises(TypeError, match="declares"):
        command("odd", Arg("subject", "what"), help="Odd.", example="/papers odd")(handler)


@pytest.mark.parametrize(
    ("typed", "values"),
    [
        ("recsys in:cs.IR,cs.LG", {"topic": "recsys", "in_": ("cs.IR", "cs.LG")}),
        ('recsys not:survey,"medical image" top:3', {"not_": ("survey", "medical image"), "top": 3}),
        ("recsys IN: cs.IR , cs.LG", {"topic": "recsys", "in_": ("cs.IR", "cs.LG")}),
        ("by:“A. Author” recsys", {"topic": "recsys", "by_": ("A. Author",)}),
        ("in:cs.IR recsys in:cs.LG", {"topic": "recsys", "in_": ("cs.IR", "cs.LG")}),
        ('author:"Ada Lovelace"', {"topic": 'author:"Ada Lovelace"', "in_": ()}),
        ("https://arxiv.org/abs/2403.01234", {"topic": "https://arxiv.org/abs/2403.01234"}),
        ("recsys top：3", {"topic": "recsys", "top": 3}),
    ],
)
def test_filters_are_taken_out_of_the_line(typed: str, values: dict[str, object]) -> None:
    said = fill(named("follow", COMMANDS), typed).values
    assert {name: said[name] for name in values} == values


def test_typed_options_and_words_mean_the_same() -> None:
    follow = named("follow", COMMANDS)
    typed = fill(follow, "recsys in:cs.IR top:3").values
    assert fill(follow, "", {"topic": "recsys", "in": "cs.IR", "top": "3"}).values == typed


@pytest.mark.parametrize(
    ("line", "verb", "text"),
    [
        ("/paper samwise", "paper", "samwise"),
        ("/PAPER  samwise ", "paper", "samwise"),
        ("/papers paper samwise", "paper", "samwise"),
        ("paper samwise", "paper", "samwise"),
        ("2403.01234", "paper", "2403.01234"),
        ("https://arxiv.org/abs/2403.01234", "paper", "https://arxiv.org/abs/2403.01234"),
        ("/paper papers please", "paper", "papers please"),
    ],
)
def test_a_look_up_keeps_every_word(line: str, verb: str, text: str) -> None:
    said = parse(line, COMMANDS)
    assert (said.command.verb, said.values["title"]) == (verb, text)
