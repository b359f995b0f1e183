"""The log: events with their fields, as text for people or JSON for machines."""

import json
import logging
import sys
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}  # what every record has


def set_up(directory: Path, form: str, *, verbose: bool) -> None:
    """Log warnings to a file in `directory`, or all our events to the screen. form: `text` or `json`."""
    file = _LateFile(directory / "paper-round.log", encoding="utf-8", delay=True)
    handler = logging.StreamHandler(sys.stderr) if verbose else file
    handler.setFormatter(_Json() if form == "json" else _Text("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for name in ("bot", "adapters"):  # other packages tell more than anybody wants to know
        logging.getLogger(name).setLevel(logging.INFO if verbose else logging.NOTSET)


class _Text(logging.Formatter):
    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging's name)
        fields = "".join(f" {name}={value}" for name, value in _fields(record).items())
        return super().formatMessage(record) + fields


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        event = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "logger": record.name,
            "event": record.getMessage(),
            **_fields(record),
        }
        if record.exc_info:
            event["traceback"] = self.formatException(record.exc_info)
        return json.dumps(event, default=str)


class _LateFile(logging.FileHandler):
    """A log file that is made, with its directory, when there is something to write; unwritable, it is done without."""

    def _open(self) -> TextIOWrapper:
        Path(self.baseFilename).parent.mkdir(parents=True, exist_ok=True)
        return super()._open()

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(OSError):  # a directory that can't be made
            super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (logging's name)
        pass


def _fields(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name, value in vars(record).items() if name not in _OWN}
