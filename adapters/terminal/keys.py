"""Where the lines come from: a person at the keyboard, a pipe, or a list."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

try:
    import readline
    import termios
except ImportError:  # Windows, or a Python built without readline: lines are typed, but not edited
    HAS_EDITOR = False
else:
    HAS_EDITOR = True

HISTORY_LINES = 1_000
INTERRUPT = "\x03"


class Interrupted(Exception):
    """Ctrl-C was pressed, and the line is void. was_empty: there was nothing on it."""

    def __init__(self, *, was_empty: bool) -> None:
        super().__init__(was_empty)
        self.was_empty = was_empty


class Lines(Protocol):
    """One line after the other. The methods block, so they are called in a thread."""

    def read(self, prompt: str, *, keep: bool) -> str:
        """The next line; `keep` puts it into the history. EOFError where no more comes; Interrupted."""

    def above(self, show: Callable[[], None]) -> None:
        """Show something now, above the line that is being typed if one is."""

    def close(self) -> None:
        """Leave the terminal as it was found, even while a read still waits."""


class Given:
    """Lines that are there already, or come by a pipe."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)

    def read(self, prompt: str, *, keep: bool) -> str:
        for line in self._lines:
            return line.rstrip("\r\n")
        raise EOFError

    def above(self, show: Callable[[], None]) -> None:
        show()

    def close(self) -> None:
        """There is nothing to put right."""


def piped() -> Iterator[str]:
    """The lines of standard input, by a reader of our own.

    The interpreter locks its own reader when it ends, and would crash on a thread that still waits in it.
    """
    with open(0, encoding="utf-8", errors="replace", closefd=False) as pipe:
        yield from pipe


def bare(prompt: str) -> str:
    """The prompt without the marks by which readline knows what takes no room."""
    return prompt.replace("\x01", "").replace("\x02", "")


class Keyboard:
    """A person's lines, edited by readline: history in a file, Tab completes.

    Ctrl-C would interrupt the main thread, which does not wait for the line. So while a line is typed the terminal
    hands Ctrl-C to readline as a letter, and a macro ends the line with it: `read` then sees what had been typed.
    """

    def __init__(self, history: Path | None, complete: Callable[[str], Sequence[str]]) -> None:
        self._history = history
        self._complete = complete
        self._choices: Sequence[str] = ()
        self._prompt = ""  # of the line that is being typed
        self._edits = HAS_EDITOR and sys.stdout.isatty()
        if self._edits:
            self._found = termios.tcgetattr(0)
            self._set_up()

    def read(self, prompt: str, *, keep: bool) -> str:
        self._prompt = prompt
        try:
            with self._interrupt_as_letter():
                line = input(prompt if self._edits else bare(prompt))
        except EOFError:
            sys.stdout.write("\n")  # what comes next stands on a line of its own
            raise
        finally:
            self._prompt = ""
        if INTERRUPT in line:
            raise Interrupted(was_empty=not line.strip(INTERRUPT + " "))
        if keep and line.strip() and self._edits:
            self._remember(line)
        return line

    def above(self, show: Callable[[], None]) -> None:
        if not self._prompt or not self._edits:
            show()
            return
        sys.stdout.write("\r\x1b[K")
        sys.stdout.flush()
        show()
        sys.stdout.write(bare(self._prompt) + readline.get_line_buffer())
        sys.stdout.flush()

    def close(self) -> None:
        if not self._edits:
            return
        termios.tcsetattr(0, termios.TCSADRAIN, self._found)
        if self._prompt:
            sys.stdout.write("\x1b[?2004l\n")  # readline asked for pastes to be marked, and did not get to its end
            sys.stdout.flush()

    def _set_up(self) -> None:
        readline.set_auto_history(False)
        readline.set_history_length(HISTORY_LINES)
        readline.set_completer_delims("\n")  # a topic has spaces: the whole line is completed
        readline.set_completer(self._choice)
        readline.parse_and_bind("tab: complete")
        readline.parse_and_bind("set show-all-if-ambiguous on")
        # The last keymap stays the one in use; in vi mode readline goes back to its own with every line.
        for keymap, insert in (("vi-command", "i"), ("vi-insert", ""), ("emacs", "")):
            readline.parse_and_bind(f"set keymap {keymap}")
            readline.parse_and_bind(r'"\C-x\C-c": self-insert')
            readline.parse_and_bind(rf'"\C-c": "{insert}\C-x\C-c\C-m"')
        readline.clear_history()
        if self._history is not None:
            with suppress(OSError):  # none yet, or not ours to read: the talk does without
                readline.read_history_file(self._history)

    def _choice(self, line: str, index: int) -> str | None:
        if index == 0:
            self._choices = self._complete(line)
        return self._choices[index] if index < len(self._choices) else None

    def _remember(self, line: str) -> None:
        last = readline.get_current_history_length()
        if last and readline.get_history_item(last) == line:
            return
        readline.add_history(line)
        if self._history is not None:
            with suppress(OSError):  # a full or read-only disk costs the history, not the talk
                self._history.touch(mode=0o600)
                self._history.chmod(0o600)
                readline.write_history_file(self._history)

    @contextmanager
    def _interrupt_as_letter(self) -> Iterator[None]:
        if not self._edits:
            yield
            return
        settings = termios.tcgetattr(0)
        settings[6][termios.VINTR] = b"\0"
        termios.tcsetattr(0, termios.TCSADRAIN, settings)
        try:
            yield
        finally:
            termios.tcsetattr(0, termios.TCSADRAIN, self._found)
