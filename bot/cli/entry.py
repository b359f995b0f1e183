"""Running one command line."""

import asyncio
import logging
import os
import secrets
import signal
import sys
from collections.abc import Coroutine, Sequence

from bot.cli import serving
from bot.cli.parts import ANSWERED, FAULT, REFUSED
from bot.cli.words import parser
from bot.errors import Fault, Refused
from bot.text import one_line


def main(words: Sequence[str] | None = None) -> int:
    """Run one command line; its exit status: 0 answered, 2 refused, 1 a fault."""
    chosen = parser().parse_args(words)
    if not getattr(chosen, "run", None):
        parser().print_help()
        return REFUSED
    from bot import logs, settings

    logging.basicConfig(handlers=[logging.NullHandler()])  # until the settings say where the log goes
    try:
        known = settings.load(database_url=getattr(chosen, "database", ""))
        verbose = getattr(chosen, "verbose", False) or chosen.run is serving.serve
        logs.set_up(known.data_directory, known.log, verbose=verbose)
        return asyncio.run(_stoppable(chosen.run(chosen, known)))
    except Fault as err:
        return _told(err, FAULT, chosen.run)
    except Refused as err:
        return _told(err, REFUSED, chosen.run)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read us has left: not worth a word
        return ANSWERED
    except Exception:
        code = secrets.token_hex(2)
        logging.getLogger(__name__).exception("bug %s", code)
        print(f"Something went wrong on our side (code {code}). Nothing was lost.", file=sys.stderr)
        return FAULT


async def _stoppable(run: Coroutine[None, None, int]) -> int:
    """The run's exit status; SIGTERM ends it as Ctrl-C does, between two transactions."""
    task = asyncio.ensure_future(run)
    for stop in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(stop, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        print("Stopped. What was stored before is kept.", file=sys.stderr)
        return FAULT


def _told(err: Refused, status: int, run: object) -> int:
    if run is not serving.serve:  # whose log is on the screen already
        logging.getLogger(__name__).warning("%s", err, exc_info=err.__cause__)
    print(one_line(str(err)), file=sys.stderr)
    return status
