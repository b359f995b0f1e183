"""A count that moves while something takes its time: shown to a person, and only after a second."""

import sys
import time
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console
from rich.progress import Progress as Bar
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

_PATIENCE_SECONDS = 1.0


class Progress:
    """`with Progress("Reading papers") as reading: reading.at(500)`. Silent on a pipe."""

    def __init__(self, doing: str, what: str = "papers", stream: TextIO | None = None) -> None:
        self._console = Console(file=stream or sys.stderr)
        self._bar = Bar(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TextColumn(f"{{task.completed:,.0f}} {what}"),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
        )
        self._task = self._bar.add_task(doing, total=None)
        self._begun = time.monotonic()
        self._is_shown = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _err: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        if self._is_shown:
            self._bar.stop()

    def at(self, done: int) -> None:
        """How far it has come."""
        if not self._is_shown and self._console.is_terminal and time.monotonic() - self._begun > _PATIENCE_SECONDS:
            self._bar.start()
            self._is_shown = True
        self._bar.update(self._task, completed=done)
