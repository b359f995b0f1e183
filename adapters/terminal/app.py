"""The terminal as a platform, and the shell in it: lines in, cards out."""

import asyncio
import getpass
import shlex
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from io import TextIOWrapper
from pathlib import Path

from rich.console import Console
from rich.text import Text

from adapters.terminal.buttons import presses
from adapters.terminal.completion import completions
from adapters.terminal.forms import ask
from adapters.terminal.keys import Given, Interrupted, Keyboard, Lines, piped
from adapters.terminal.look import Look, look_of
from adapters.terminal.render import aside, draw, rule
from bot.adapter import Capabilities, ChannelRef, Handle, Invocation, MessageRef
from bot.cards import Action, Card, File, Form, Listing, Reply, Row
from bot.waiting import in_thread, on_signals

PROMPT = "papers › "
LEAVING = ("quit", "exit", "/quit", "/exit")
NUMBER_DIGITS = 4  # a longer number names nothing here
TAB_SECONDS = 0.5  # a Tab that takes longer feels stuck
WELCOME = Listing(
    "Paper Round: a few papers that fit, and a look-up for the rest",
    (
        Row("/papers follow recsys", "tell it what this channel wants to hear of"),
        Row("/papers digest", "read the papers that fit"),
        Row("/paper think before recommend", "look one up by title, id or link"),
    ),
    "Tab completes, help lists the commands, quit leaves.",
)
WELCOME_BACK = "Paper Round. Type help for the commands, quit to leave."


class Terminal:
    """One channel, and the person in front of it.

    console: where it is shown, standard output unless given. lines: what is said, for a script or a test; else the
    keyboard or a pipe. directory: where the history of what was typed is kept. user: the person's name.
    """

    name = "terminal"
    capabilities = Capabilities(can_find=True, can_update=True, posts_a_second=1_000)

    def __init__(
        self,
        *,
        console: Console | None = None,
        lines: Iterable[str] | None = None,
        directory: Path | None = None,
        channel: str = "terminal",
        user: str | None = None,
    ) -> None:
        self._console = console or standard_console()
        self._given = lines
        self._directory = directory
        self.channel = ChannelRef("terminal", "local", channel, channel)
        self.user = user or login_name()
        self._lines: Lines = Given(())
        self._presses: Mapping[int, Action] = {}
        self._posted: dict[tuple[str, str], MessageRef] = {}

    async def run(self, handle: Handle) -> None:
        """Talk until the person leaves or the lines end."""
        is_first, self._lines = self._start(handle)
        talk = asyncio.ensure_future(self._talk(handle, is_first))
        try:
            with on_signals(talk.cancel):
                await asyncio.wait([talk])
        finally:
            talk.cancel()
            self._lines.close()
            if self._is_person:
                self._print(aside("Goodbye.", self._look))
        if not talk.cancelled():
            talk.result()

    async def say(self, handle: Handle, line: str) -> Reply:
        """Say one line and show the answer; a bare number presses a button of the last one, or names a paper."""
        reply = await handle.handle(self._meant(line))
        self.show(reply)
        return reply

    def show(self, reply: Reply) -> None:
        """The reply's cards, and below them the line that the channel sees."""
        self._presses = presses(reply.cards)
        if reply.cards:
            self._print(draw(reply.cards, self._look))
        if reply.announce:
            self._print(Text(), aside(f"# {reply.announce}", self._look))

    async def post(self, channel: ChannelRef, cards: Sequence[Card], key: str) -> MessageRef:
        """Show a digest above the line that is being typed."""
        known = self._posted.get((channel.id, key))
        if known is None:
            known = self._posted[channel.id, key] = MessageRef(channel, key)
            await self.update(known, cards)
        return known

    async def find(self, channel: ChannelRef, key: str) -> MessageRef | None:
        """What this process has shown; what an earlier one showed scrolled away with it."""
        return self._posted.get((channel.id, key))

    async def update(self, ref: MessageRef, cards: Sequence[Card]) -> None:
        """Show the new cards; what was printed stays above."""
        look = self._look
        self._presses = presses(cards)
        self._lines.above(lambda: self._print(rule(look), draw(cards, look), Text()))

    def _start(self, handle: Handle) -> tuple[bool, Lines]:
        """Whether this is the first talk here, and where the lines come from."""
        if self._given is not None:
            history = self._directory and self._directory / "history"
            return _is_new(history), Given(self._given)
        if not (sys.stdin and sys.stdin.isatty()):
            return False, Given(piped())
        history = (self._directory or _state_directory()) / "history"
        loop = asyncio.get_running_loop()

        def complete(line: str) -> list[str]:  # called in the thread that reads, so the loop is free to answer
            offered = completions(line, handle, self._invocation())
            return asyncio.run_coroutine_threadsafe(offered, loop).result(TAB_SECONDS)

        return _is_new(history), Keyboard(history, complete)

    async def _talk(self, handle: Handle, is_first: bool) -> None:
        if self._is_person:
            self._print(draw([WELCOME], self._look) if is_first else aside(WELCOME_BACK, self._look), Text())
        with suppress(EOFError):
            while True:
                try:
                    line = (await self._read(self._prompt, keep=True)).strip()
                except Interrupted as interrupted:
                    if interrupted.was_empty:
                        return
                    continue
                if line.casefold() in LEAVING:
                    return
                if line:
                    await self._answer(handle, self._meant(line))

    async def _answer(self, handle: Handle, asked: Invocation) -> None:
        """Ask, show the reply, and ask the fields of a form in it, whose answers are asked in turn."""
        reply = await handle.handle(asked)
        forms = [card for card in reply.cards if isinstance(card, Form)]
        self.show(
            replace(reply, cards=tuple(replace(card, fields=()) if card in forms else card for card in reply.cards))
        )
        for card in reply.cards:
            if isinstance(card, File) and self._look.width:
                self._print(aside(_how_to_keep(card, asked), self._look))
        if forms:
            await self._fill(handle, forms[0])
        else:
            self._print(Text())

    async def _fill(self, handle: Handle, form: Form) -> None:
        if self._is_person:
            self._print(
                aside("An empty line keeps what is in brackets; Ctrl-C leaves everything as it was.", self._look)
            )
        try:
            answers = await ask(
                form, partial(self._read, keep=False), lambda wrong: self._print(aside(wrong, self._look))
            )
        except Interrupted:
            self._print(aside("Nothing was changed.", self._look), Text())
        else:
            await self._answer(handle, replace(self._invocation(), verb=form.verb, fields=answers))

    async def _read(self, prompt: str, *, keep: bool) -> str:
        return await in_thread(partial(self._lines.read, prompt, keep=keep))

    def _meant(self, line: str) -> Invocation:
        if not line.isdecimal() or len(line) > NUMBER_DIGITS:
            return replace(self._invocation(), text=line)
        action = self._presses.get(int(line))
        if action is None:
            return replace(self._invocation(), text=f"/paper {int(line)}")
        return replace(self._invocation(), verb=action.verb, text=action.target)

    def _invocation(self) -> Invocation:
        return Invocation(self.channel, self.user, self.user)

    def _print(self, *texts: Text) -> None:
        for text in texts:
            if self._look.styled:
                self._console.print(text, soft_wrap=True)
            else:
                self._console.file.write(f"{text.plain}\n")  # Rich would make tabs spaces
                self._console.file.flush()

    @property
    def _look(self) -> Look:
        return look_of(self._console)  # anew each time: windows are resized

    @property
    def _is_person(self) -> bool:
        return self._given is not None or isinstance(self._lines, Keyboard)

    @property
    def _prompt(self) -> str:
        return f"\x01\x1b[1m\x02{PROMPT}\x01\x1b[0m\x02" if self._look.styled else PROMPT


def show(reply: Reply, console: Console | None = None) -> None:
    """The reply alone, as a script sees it."""
    Terminal(console=console).show(reply)


def standard_console() -> Console:
    """Standard output, on which letters that its encoding lacks are question marks and no error."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    return Console()


def login_name() -> str:
    """Who is logged in, as far as the system tells."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # no such user in this container
        return "you"


def _how_to_keep(file: File, asked: Invocation) -> str:
    said = Action("", asked.verb, asked.text).said if asked.verb else asked.text
    return f"To keep it: paper-round say {shlex.quote(said)} > {shlex.quote(file.name)}"


def _state_directory() -> Path:
    with suppress(RuntimeError):  # nobody's home
        return Path.home() / ".local" / "state" / "paper-round"
    return Path(tempfile.gettempdir()) / "paper-round"


def _is_new(history: Path | None) -> bool:
    """Whether nobody has talked here before. The file that will hold the history is the sign that somebody has."""
    if history is not None:
        with suppress(OSError):  # a read-only disk greets everybody as new
            history.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            history.touch(mode=0o600, exist_ok=False)
            return True
        return not history.exists()
    return True
