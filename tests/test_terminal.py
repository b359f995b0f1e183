"""The terminal: how cards look in it, and how people talk in it."""

import os
import re
import select
import signal
import stat
import subprocess
import sys
import termios
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from adapters.terminal.app import Terminal, show
from adapters.terminal.completion import completions
from adapters.terminal.look import Look
from adapters.terminal.render import draw
from bot.adapter import ChannelRef, Handed, Invocation
from bot.cards import Action, Card, Field, File, Form, Link, Listing, Notice, PaperCard, Picture, Reply, Row, note
from bot.grammar import Arg, Command

Golden = Callable[[str, str], None]

LIGHTGCN = PaperCard(
    "arxiv:2002.02126",
    "LightGCN: Simplifying and Powering Graph Convolution Network for Recommendation",
    "https://arxiv.org/abs/2002.02126",
    authors=("Xiangnan He", "Kuan Deng", "Xiang Wang", "Yan Li", "Yongdong Zhang", "Meng Wang"),
    published=date(2020, 2, 6),
    categories=("cs.IR", "cs.LG"),
    abstract=(
        "A recommender built on graph convolution, cut down to what helps: no feature transformation, no "
        "non-linearity, only the averaging over neighbours. It trains faster and ranks better than the full model.\n"
        "Code: https://github.com/gusye1234/LightGCN-PyTorch."
    ),
    posted_before="Posted in #general on 12 Nov 2026.",
    note="for Thursday",
    links=(Link("PDF", "https://arxiv.org/pdf/2002.02126"), Link("Code", "https://github.com/kuandeng/LightGCN")),
    actions=(
        Action("Save", "save", "arxiv:2002.02126"),
        Action("Similar", "similar", "arxiv:2002.02126"),
        Action("BibTeX", "export", "bibtex arxiv:2002.02126"),
    ),
)
ENTRIES = (
    PaperCard(
        LIGHTGCN.id,
        LIGHTGCN.title,
        LIGHTGCN.url,
        n=1,
        authors=LIGHTGCN.authors,
        published=LIGHTGCN.published,
        categories=LIGHTGCN.categories,
        gist=(
            "A recommender built on graph convolution, cut down to what helps: only the averaging over neighbours is "
            "kept. It trains faster and ranks better than the full model on three public data sets."
        ),
        why='recsys · "collaborative filtering", "graph convolution" · cs.IR',
        actions=(Action("Save 1", "save", LIGHTGCN.id), Action("Why 1", "why", LIGHTGCN.id)),
    ),
    PaperCard(
        "arxiv:1808.09781",
        "Self-Attentive Sequential Recommendation",
        "https://arxiv.org/abs/1808.09781",
        n=2,
        authors=("Wang-Cheng Kang", "Julian McAuley"),
        published=date(2018, 8, 20),
        categories=("cs.IR",),
        gist="Attention decides which few of a person's past actions tell the next one.",
        why='recsys · "sequential recommendation", "cold start" · cs.IR',
    ),
    PaperCard(
        "doi:10.1000/x",
        "基于图卷积网络的推荐系统综述：从协同过滤到大语言模型的个性化推荐方法，以及未来的研究方向与展望 👩‍🔬",
        n=3,
        authors=("王小明",),
        gist="本文综述了基于图神经网络的推荐系统。",
        why="recsys · “图神经网络”",
    ),
)
KINDS: dict[str, Sequence[Card]] = {
    "digest": (
        Notice(
            "3 papers for recsys and graph neural networks.", title="Digest of 24 Nov 2026", pings=("reading-group",)
        ),
        *ENTRIES,
        Notice("Followed since: causal inference. To see what that brings now: /papers preview causal inference"),
    ),
    "paper": (LIGHTGCN,),
    "notice": (
        Notice(
            "Following recsys here (cs.IR, cs.LG; not “survey”). Next digest: Wed 25 Nov 09:00 (Berlin).",
            tone="done",
            actions=(Action("Show them", "preview", "recsys"), Action("Undo", "undo")),
        ),
        Notice("There is no command “folow”. Did you mean /papers follow?", tone="refused"),
    ),
    "listing": (
        Listing(
            "This channel follows",
            (
                Row("recsys", "added by sam on 3 Nov 2026 · about 7 a day", 1),
                Row("graph neural networks", "added by ada on 12 Oct 2026 · in:cs.LG not:survey", 2),
                Row('author:"Ada Lovelace"', "added by sam", 10),
            ),
            "Next digest: Wed 25 Nov 09:00 (Berlin).",
            (Action("Change time", "schedule"),),
        ),
    ),
    "choices": (
        Listing(
            "No paper is called “lightgnc”. Closest:",
            (
                Row(LIGHTGCN.title, "Xiangnan He, Kuan Deng, Xiang Wang and 3 more · 6 Feb 2020", 1, LIGHTGCN.url),
                Row("Neural Graph Collaborative Filtering", "Xiang Wang and 4 more · 20 May 2019", 2),
            ),
            "Open one, or add words.",
        ),
    ),
    "form": (
        Form(
            "Settings of this channel",
            "settings",
            (
                Field("size", "Papers a digest", "1 to 15", "5"),
                Field("quiet", "Quiet days", value="say", choices=("say", "silent")),
            ),
        ),
    ),
    "picture": (Picture("https://example.org/weeks.png", "Papers a week: 5, 7, 3."),),
    "file": (File("saved.bib", "text/x-bibtex", "@article{he2020lightgcn,\n\ttitle = {LightGCN},\n}\n"),),
}


class Service:
    """Answers as it was told to, and remembers what was asked."""

    commands = (
        Command("follow", (Arg("topic", "a topic", suggests="topics"),), "", "", None),  # type: ignore[arg-type]
        Command("feed", (Arg("url", "an address"),), "", "", None),  # type: ignore[arg-type]
        Command("paper", (Arg("title", "a title", suggests="papers"),), "", "", None),  # type: ignore[arg-type]
        Command("export", (Arg("form", "", "choice", choices=("bibtex", "ris")),), "", "", None),  # type: ignore[arg-type]
    )

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.asked: list[Invocation] = []

    async def handle(self, invocation: Invocation) -> Reply:
        self.asked.append(invocation)
        return self.replies.pop(0) if self.replies else note("Understood.")

    async def suggest(self, invocation: Invocation, argument: str) -> Sequence[str]:
        return {"topics": ["recsys", "reinforcement learning", "graphs"], "papers": [LIGHTGCN.title]}[argument]

    async def seen_before(self, event_key: str) -> bool:
        return False

    async def back(self, channel: ChannelRef) -> None:
        return None

    async def gone(self, channel: ChannelRef) -> None:
        return None

    async def moved(self, channel: ChannelRef, id: str) -> None:
        return None

    async def unreachable(self, platform: str) -> Sequence[ChannelRef]:
        return ()

    async def joined(self, platform: str, workspace: str) -> None:
        return None

    async def left(self, platform: str, workspace: str) -> None:
        return None

    async def token(self, platform: str, workspace: str) -> str:
        return ""

    async def save_token(self, platform: str, workspace: str, name: str, token: str) -> None:
        return None

    async def name_for(self, channel: ChannelRef, name: str) -> None:
        return None

    async def named(self, name: str) -> ChannelRef | None:
        return None

    async def hand_over(self, url: str, body: bytes, headers: Mapping[str, str]) -> Handed:
        return Handed(404)

    async def fact(self, adapter: str, key: str) -> str | None:
        return None

    async def set_fact(self, adapter: str, key: str, value: str) -> None:
        return None


def a_terminal(*lines: str, directory: Path | None = None) -> tuple[Terminal, StringIO]:
    screen = StringIO()
    console = Console(file=screen, width=80, force_terminal=True, no_color=True)
    return Terminal(console=console, lines=lines, directory=directory, user="sam"), screen


# How cards look


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("kind", KINDS)
def test_a_card_without_colours(kind: str, width: int, golden: Golden) -> None:
    console = Console(file=StringIO(), width=width, force_terminal=True, no_color=True)
    golden(f"terminal/{kind}-{width}.txt", drawn(KINDS[kind], console))


@pytest.mark.parametrize("kind", KINDS)
def test_a_card_in_a_pipe(kind: str, golden: Golden) -> None:
    golden(f"terminal/{kind}-pipe.txt", drawn(KINDS[kind], Console(file=StringIO(), width=40)))


@pytest.mark.parametrize("kind", ["digest", "paper", "notice"])
def test_a_card_in_colours(kind: str, golden: Golden) -> None:
    screen = Console(file=StringIO(), width=80, force_terminal=True, color_system="truecolor", legacy_windows=False)
    golden(f"terminal/{kind}-colours.txt", re.sub(r"\]8;id=\d+-?\d*;", "]8;id=0;", drawn(KINDS[kind], screen)))


def test_an_address_is_shown_where_a_title_can_not_be_clicked() -> None:
    assert LIGHTGCN.url not in draw(ENTRIES, Look(80, styled=True, links=True)).plain
    assert LIGHTGCN.url in draw(ENTRIES, Look(80, styled=True)).plain


def test_an_address_that_a_row_tells_already_is_not_told_twice() -> None:
    where = "https://papers.lab.example/c/name"
    listing = Listing("The page", (Row("Open the page", where, url=where),))
    assert drawn([listing], Console(file=StringIO())).count(where) == 1


def test_an_address_stays_whole_where_it_can_only_be_copied() -> None:
    long = "https://example.org/" + "a-long-path/" * 12
    assert long in draw([Notice(f"Read {long} first.")], Look(40)).plain


def test_a_gist_ends_at_a_sentence_where_one_fits() -> None:
    lines = draw(ENTRIES[:1], Look(80)).plain.splitlines()
    assert lines[4].endswith("neighbours is kept.")


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_escape_code_reaches_a_screen_that_wants_none(environment: dict[str, str]) -> None:
    console = Console(file=StringIO(), force_terminal=True, _environ=environment)
    assert "\x1b" not in drawn([card for cards in KINDS.values() for card in cards], console)


def test_a_file_passes_through_a_pipe_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    bibtex = "@article{a,\n\ttitle = {" + "x" * 200 + "}, \n\n}\n"
    show(Reply((File("a.bib", "text/x-bibtex", bibtex),)))
    assert capsys.readouterr().out == bibtex


def test_text_that_steers_a_terminal_is_disarmed() -> None:
    nasty = "\x1b]0;owned\x07\x1b[2Jre\x9b31md\u202ecod.exe\u2066\ud800[bold]x[/bold] :smile:\r\n"
    plain = draw([PaperCard("id", nasty)], Look(80, styled=True)).plain
    assert plain.strip() == "re31mdcod.exe\ufffd[bold]x[/bold] :smile:"


ANY = st.text(max_size=120) | st.text(
    st.sampled_from("a b。字👩‍🔬👍🏽️\u200d\u0301é\u202e\x1b[m\x07\n\t://."), max_size=60
)
ACTIONS = st.lists(st.builds(Action, ANY, st.just("paper"), ANY), max_size=3).map(tuple)
NUMBER = st.none() | st.integers(-3, 10_000)
ROWS = st.lists(st.builds(Row, ANY, ANY, NUMBER, ANY, ACTIONS), max_size=4).map(tuple)
FIELDS = st.lists(st.builds(Field, ANY, ANY, ANY, ANY, st.lists(ANY, max_size=3).map(tuple)), max_size=3).map(tuple)
WORDS = st.lists(ANY, max_size=5).map(tuple)
LINKS = st.lists(st.builds(Link, ANY, ANY.map("https://".__add__)), max_size=3).map(tuple)
PAPERS = st.builds(
    PaperCard, ANY, ANY, ANY, NUMBER, WORDS, st.none() | st.dates(), WORDS, ANY, ANY, ANY, ANY, ANY, ANY, LINKS, ACTIONS
)
CARDS: st.SearchStrategy[Card] = st.one_of(
    PAPERS,
    st.builds(Notice, ANY, ANY, st.sampled_from(["plain", "done", "refused"]), ACTIONS),
    st.builds(Listing, ANY, ROWS, ANY, ACTIONS),
    st.builds(Form, ANY, ANY, FIELDS),
    st.builds(Picture, ANY, ANY),
    st.builds(File, ANY, ANY, ANY),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(CARDS, max_size=4), st.integers(24, 130), st.booleans())
def test_any_text_fits_and_steers_nothing(cards: list[Card], width: int, styled: bool) -> None:
    lines = draw(cards, Look(width, styled)).plain.split("\n")
    assert [line for line in lines if cell_len(line) > width and (styled or "://" not in line)] == []
    assert not [letter for line in lines for letter in line if unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp")]
    assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f") & set("".join(lines))


@settings(max_examples=150, deadline=None)
@given(st.lists(CARDS, max_size=3), st.integers(24, 130))
def test_colours_and_links_are_the_only_codes_that_are_sent(cards: list[Card], width: int) -> None:
    screen = Console(file=StringIO(), width=width, force_terminal=True, color_system="truecolor", legacy_windows=False)
    sent = re.sub(r"\x1b\[[\d;]*m|\x1b\]8;[^\x1b\x07]*\x1b\\", "", drawn(cards, screen))
    assert not [letter for letter in sent if unicodedata.category(letter) == "Cc" and letter != "\n"]


@settings(max_examples=100, deadline=None)
@given(st.lists(CARDS, max_size=3))
def test_a_pipe_gets_any_text_too(cards: list[Card]) -> None:
    assert "\x1b" not in drawn(cards, Console(file=StringIO(), width=30))


def drawn(cards: Sequence[Card], console: Console) -> str:
    assert isinstance(console.file, StringIO)
    Terminal(console=console, user="sam").show(Reply(tuple(cards)))
    console.file.getvalue().encode()
    return console.file.getvalue()


# How people talk


async def test_the_first_start_says_what_to_type_and_a_later_one_says_less(tmp_path: Path) -> None:
    first, screen = a_terminal(directory=tmp_path / "new")
    await first.run(Service())
    assert [
        line for line in ("/papers follow recsys", "/papers digest", "/paper ") if line not in screen.getvalue()
    ] == []
    assert stat.S_IMODE((tmp_path / "new" / "history").stat().st_mode) == 0o600
    later, screen = a_terminal(directory=tmp_path / "new")
    await later.run(Service())
    assert screen.getvalue().splitlines() == ["Paper Round. Type help for the commands, quit to leave.", "", "Goodbye."]


async def test_lines_are_said_as_typed_until_somebody_leaves() -> None:
    terminal, screen = a_terminal("/papers follow recsys", "  digest ", "", "quit", "never said")
    service = Service(Reply((Notice("Following recsys."),), announce="sam now follows recsys here."))
    await terminal.run(service)
    assert [asked.text for asked in service.asked] == ["/papers follow recsys", "digest"]
    assert service.asked[0].user == "sam"
    assert service.asked[0].channel == ChannelRef("terminal", "local", "terminal", "terminal")
    assert "\nFollowing recsys.\n\n# sam now follows recsys here.\n" in screen.getvalue()


async def test_a_number_presses_the_button_it_stands_on() -> None:
    terminal, screen = a_terminal("/paper lightgcn", "2", "9")
    service = Service(Reply((LIGHTGCN,)), Reply((LIGHTGCN,)))
    await terminal.run(service)
    assert "[1] Save   [2] Similar   [3] BibTeX" in screen.getvalue()
    assert (service.asked[1].verb, service.asked[1].text) == ("similar", "arxiv:2002.02126")
    assert service.asked[2].text == "/paper 9"


async def test_a_number_names_a_paper_where_papers_are_numbered() -> None:
    terminal, _ = a_terminal("digest", "2", "2")
    hit = Row("LightGCN", n=2, actions=(Action("Open", "paper", "arxiv:2002.02126"),))
    service = Service(Reply(tuple(KINDS["digest"])), Reply((Listing("Closest:", (hit,)),)))
    await terminal.run(service)
    assert service.asked[1].text == "/paper 2"
    assert (service.asked[2].verb, service.asked[2].text) == ("paper", "arxiv:2002.02126")


@pytest.mark.parametrize("line", ["9" * 5000, "²", "-1", "1.5", "٣"])
async def test_a_strange_number_is_only_a_line(line: str) -> None:
    terminal, _ = a_terminal(line)
    service = Service()
    await terminal.run(service)
    assert service.asked[0].text in (line, "/paper 3")


async def test_a_form_is_asked_line_by_line() -> None:
    terminal, screen = a_terminal("settings", "", "loud", "2")
    service = Service(Reply(tuple(KINDS["form"])))
    await terminal.run(service)
    assert (service.asked[1].verb, service.asked[1].fields) == ("settings", {"size": "5", "quiet": "silent"})
    assert "“loud” is not one of say, silent. Type one, or its number." in screen.getvalue()


async def test_a_file_is_shown_and_how_to_keep_it() -> None:
    terminal, screen = a_terminal("/papers export bibtex")
    await terminal.run(Service(Reply(tuple(KINDS["file"]))))
    assert "To keep it: paper-round say '/papers export bibtex' > saved.bib" in screen.getvalue()


async def test_a_digest_is_posted_once_found_again_and_redrawn() -> None:
    terminal, screen = a_terminal()
    posted = await terminal.post(terminal.channel, KINDS["digest"], "2026-11-24")
    assert await terminal.post(terminal.channel, KINDS["digest"], "2026-11-24") == posted
    assert screen.getvalue().startswith("---\nDigest of 24 Nov 2026\n")
    assert screen.getvalue().count("Digest of") == 1
    assert await terminal.find(terminal.channel, "2026-11-24") == posted
    assert await terminal.find(terminal.channel, "2026-11-25") is None
    await terminal.update(posted, [Notice("Withdrawn.")])
    assert screen.getvalue().endswith("---\nWithdrawn.\n\n")


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("/pap", ["/papers ", "/paper "]),
        ("/papers f", ["/papers follow ", "/papers feed "]),
        ("fol", ["follow "]),
        ("/papers follow Re", ["/papers follow recsys", "/papers follow reinforcement learning"]),
        ("export b", ["export bibtex"]),
        ("/paper simplifying", [f"/paper {LIGHTGCN.title}"]),
        ("feed ", []),
        ("folow r", []),
    ],
)
async def test_tab_continues_what_was_typed(typed: str, offered: list[str]) -> None:
    assert await completions(typed, Service(), Invocation(ChannelRef("terminal", "local", "x"), "sam")) == offered


# At a real keyboard

SHELL = """
import asyncio, signal, sys
from pathlib import Path
from adapters.terminal.app import Terminal
from bot.cards import Notice, note
from bot.grammar import Arg, Command

class Echo:
    commands = (Command("follow", (Arg("topic", "", suggests="topics"),), "", "", None),)
    async def handle(self, asked):
        return note(f"Heard {asked.text}.")
    async def suggest(self, asked, argument):
        return ["recsys"]

async def main():
    terminal = Terminal(directory=Path(sys.argv[1]), user="sam")
    post = lambda: asyncio.ensure_future(terminal.post(terminal.channel, [Notice("A digest.")], "key"))
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, post)
    await terminal.run(Echo())

asyncio.run(main())
print("Left in order.")
"""
PROMPT = "papers › "
CTRL_C, CTRL_D, UP, TAB = "\x03", "\x04", "\x1b[A", "\t"


class Desk:
    """A person at a pseudo-terminal, who waits for what is shown before typing on."""

    def __init__(self, directory: Path) -> None:
        self._ours, self._theirs = os.openpty()
        self._found = termios.tcgetattr(self._theirs)
        root = str(Path(__file__).parents[1])
        environment = os.environ | {"PYTHONPATH": root, "NO_COLOR": "1", "TERM": "xterm", "INPUTRC": os.devnull}
        line = [sys.executable, "-W", "error", "-c", SHELL, str(directory)]
        self.shell = subprocess.Popen(
            line, stdin=self._theirs, stdout=self._theirs, stderr=self._theirs, env=environment, start_new_session=True
        )
        self._shown = b""

    def sees(self, text: str) -> None:
        """Waits until `text` is shown, and looks past it."""
        wanted = text.encode()
        while wanted not in self._shown:
            ready, _, _ = select.select([self._ours], [], [], 20)
            assert ready, f"{text!r} never came after {self._shown!r}"
            self._shown += os.read(self._ours, 4096)
        self._shown = self._shown.partition(wanted)[2]

    def types(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def leaves(self) -> None:
        """Goodbye was said, the program has ended by itself, and the terminal is as it was."""
        self.sees("Goodbye.")
        self.sees("Left in order.")
        assert self.shell.wait(timeout=20) == 0
        assert termios.tcgetattr(self._theirs) == self._found

    def close(self) -> None:
        self.shell.kill()
        self.shell.wait(timeout=20)
        os.close(self._ours)
        os.close(self._theirs)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Callable[[], Desk]]:
    """Sits a person down at a shell; the same history every time."""
    desks: list[Desk] = []

    def sit() -> Desk:
        desks.append(Desk(tmp_path / "data"))
        return desks[-1]

    yield sit
    for one in desks:
        one.close()


def test_ctrl_c_clears_a_line_and_on_an_empty_one_leaves(desk: Callable[[], Desk]) -> None:
    person = desk()
    person.sees(PROMPT)
    person.types("half a li")
    person.sees("half a li")
    person.types(CTRL_C)
    person.sees(PROMPT)
    person.types("whole\n")
    person.sees("Heard whole.")
    person.sees(PROMPT)
    person.types(CTRL_C)
    person.leaves()


def test_ctrl_d_leaves(desk: Callable[[], Desk]) -> None:
    person = desk()
    person.sees(PROMPT)
    person.types(CTRL_D)
    person.leaves()


def test_a_request_to_end_leaves_too(desk: Callable[[], Desk]) -> None:
    person = desk()
    person.sees(PROMPT)
    person.types("half a li")
    person.sees("half a li")
    person.shell.send_signal(signal.SIGINT)
    person.leaves()


def test_a_digest_appears_above_the_line_that_is_being_typed(desk: Callable[[], Desk]) -> None:
    person = desk()
    person.sees(PROMPT)
    person.types("half a li")
    person.sees("half a li")
    person.shell.send_signal(signal.SIGUSR1)
    person.sees("A digest.")
    person.sees(PROMPT + "half a li")
    person.types("ne\n")
    person.sees("Heard half a line.")


def test_what_was_typed_comes_back_with_the_next_start(desk: Callable[[], Desk], tmp_path: Path) -> None:
    person = desk()
    person.sees(PROMPT)
    person.types("digest\n")
    person.sees("Heard digest.")
    person.sees(PROMPT)
    person.types("quit\n")
    person.leaves()
    history = tmp_path / "data" / "history"
    assert (history.read_text(), stat.S_IMODE(history.stat().st_mode)) == ("digest\nquit\n", 0o600)
    person = desk()
    person.sees("Paper Round. Type help for the commands, quit to leave.")
    person.sees(PROMPT)
    person.types(UP + UP)
    person.sees("digest")
    person.types("\n")
    person.sees("Heard digest.")


def test_tab_completes_commands_and_topics(desk: Callable[[], Desk]) -> None:
    person = desk()
    person.sees(PROMPT)
    person.types("/papers fo" + TAB)
    person.sees("llow ")
    person.types("re" + TAB)
    person.sees("recsys")
    person.types("\n")
    person.sees("Heard /papers follow recsys.")


def test_a_pipe_is_read_without_a_prompt(tmp_path: Path) -> None:
    line = [sys.executable, "-W", "error", "-c", SHELL, str(tmp_path)]
    root = str(Path(__file__).parents[1])
    said = "digest\n\xff\nquit\nnever\n".encode("latin-1")
    done = subprocess.run(
        line, input=said, capture_output=True, env=os.environ | {"PYTHONPATH": root}, check=True, timeout=60
    )
    assert done.stdout.decode() == "Heard digest.\n\nHeard \ufffd.\n\nLeft in order.\n"
    assert done.stderr == b""


def test_a_pipe_that_says_nothing_can_be_left(tmp_path: Path) -> None:
    root = str(Path(__file__).parents[1])
    shell = subprocess.Popen(
        [sys.executable, "-u", "-W", "error", "-c", SHELL, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": root},
    )
    with shell:
        assert shell.stdin
        assert shell.stdout
        assert shell.stderr
        shell.stdin.write(b"digest\n")
        shell.stdin.flush()
        assert shell.stdout.readline() == b"Heard digest.\n"
        shell.send_signal(signal.SIGINT)
        assert shell.wait(timeout=20) == 0
        assert (shell.stdout.read(), shell.stderr.read()) == (b"\nLeft in order.\n", b"")
