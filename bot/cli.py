"""The command line: puts the parts together and gets out of the way."""

import argparse
import asyncio
import logging
import os
import secrets
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, cast

from bot.errors import Fault, Refused
from bot.text import one_line

if TYPE_CHECKING:
    from bot.adapter import Adapter, ChannelRef
    from bot.cards import Reply
    from bot.service import Service
    from bot.settings import Settings

ANSWERED, FAULT, REFUSED = 0, 1, 2
_EXIT = {"answered": ANSWERED, "fault": FAULT, "refused": REFUSED}


def main(words: Sequence[str] | None = None) -> int:
    """Run one command line; its exit status: 0 answered, 2 refused, 1 a fault."""
    chosen = _parser().parse_args(words)
    if not getattr(chosen, "run", None):
        _parser().print_help()
        return REFUSED
    from bot import logs, settings

    logging.basicConfig(handlers=[logging.NullHandler()])  # until the settings say where the log goes
    try:
        known = settings.load(database_url=getattr(chosen, "database", ""))
        logs.set_up(known.data_directory, known.log, verbose=getattr(chosen, "verbose", False))
        return asyncio.run(_stoppable(chosen.run(chosen, known)))
    except Fault as err:
        return _told(err, FAULT)
    except Refused as err:
        return _told(err, REFUSED)
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


async def _say(chosen: argparse.Namespace, known: "Settings") -> int:
    from adapters.terminal.app import login_name
    from bot.adapter import Invocation

    text = " ".join(chosen.text)
    user = chosen.user or login_name()
    ask = Invocation(_channel(chosen), user, user, text=text)
    return await _with_service(known, lambda service: service.handle(ask), as_json=chosen.json)


async def _digest(chosen: argparse.Namespace, known: "Settings") -> int:
    keep = not chosen.dry_run
    return await _with_service(known, lambda service: service.digest(_channel(chosen), keep=keep), as_json=chosen.json)


async def _chat(chosen: argparse.Namespace, known: "Settings") -> int:
    adapter = _adapter(chosen, known)
    service = await _service(known)
    try:
        await _offer_samples(service)
        await adapter.run(service)
    finally:
        await service.close()
    return ANSWERED


async def _import(chosen: argparse.Namespace, known: "Settings") -> int:
    from adapters.terminal.progress import Progress
    from bot.imports import Count, import_files
    from bot.service import utc_now

    day = _day(chosen.date)
    count = Count()
    service = await _service(known)
    try:
        with Progress("Reading papers") as reading:
            await import_files(service.store.papers, chosen.files, day, utc_now(), count, reading.at)
        with Progress("Learning their words") as learning:
            await service.index.fresh(learning.at)
    except asyncio.CancelledError:
        print(f"Stopped. {count}. Run the same again to go on.", file=sys.stderr)
        return FAULT
    finally:
        for complaint in count.complaints:
            print(one_line(complaint), file=sys.stderr)
        await service.close()
    print(count)
    return REFUSED if count.refused else ANSWERED


async def _doctor(chosen: argparse.Namespace, known: "Settings") -> int:
    from adapters.terminal.app import show
    from bot.cards import Listing, Reply, Row
    from bot.doctor import examine
    from bot.service import utc_now

    found = await examine(known, utc_now())
    rows = tuple(
        Row(one.what, f"well: {one.said}" if one.is_well else f"NOT WELL: {one.said.rstrip('.')}. {one.advice}")
        for one in found
    )
    show(Reply((Listing("How Paper Round is", rows),)))
    return ANSWERED if all(one.is_well for one in found) else FAULT


async def _copy_db(chosen: argparse.Namespace, known: "Settings") -> int:
    from adapters.terminal.progress import Progress
    from bot.store.copying import copy_database, told

    with Progress("Copying", "rows") as copying:
        counts = await copy_database(chosen.source, chosen.target, copying.at)
    for table, count in counts.items():
        print(f"{count:>12,}  {table}")
    print(f"Copied {told(counts)}. Both sides count the same.")
    return ANSWERED


async def _backup(chosen: argparse.Namespace, known: "Settings") -> int:
    from adapters.terminal.progress import Progress
    from bot.store.backup import back_up
    from bot.store.copying import told

    with Progress("Backing up", "rows") as copying:
        counts = await back_up(known.database, chosen.file, copying.at, force=chosen.force)
    print(f"Kept {told(counts)} in {one_line(str(chosen.file))}.")
    return ANSWERED


async def _restore(chosen: argparse.Namespace, known: "Settings") -> int:
    from adapters.terminal.progress import Progress
    from bot.store.backup import restore
    from bot.store.copying import told

    with Progress("Restoring", "rows") as copying:
        counts = await restore(known.database, chosen.file, copying.at, force=chosen.force)
    print(f"Restored {told(counts)}.")
    return ANSWERED


async def _commands(chosen: argparse.Namespace, known: "Settings") -> int:
    from bot.commands.all import COMMANDS
    from bot.grammar import help_rows

    print("| Say | What happens |\n| --- | --- |")
    for usage, help in help_rows(COMMANDS):
        print(f"| `{usage.replace('|', chr(92) + '|')}` | {help} |")
    return ANSWERED


def _parser() -> argparse.ArgumentParser:
    shared = _Parser(add_help=False)
    shared.add_argument(
        "--database", metavar="URL", default=argparse.SUPPRESS, help="sqlite:///PATH or postgresql://..."
    )
    shared.add_argument("--verbose", action="store_true", default=argparse.SUPPRESS, help="log to the screen")
    parser = _Parser(prog="paper-round", description="Paper digests for a channel, and look-ups.", parents=[shared])
    verbs = parser.add_subparsers(metavar="COMMAND", title="commands")

    def verb(name: str, run: Callable[..., Coroutine[None, None, int]], help: str) -> argparse.ArgumentParser:
        made = verbs.add_parser(name, help=help, description=help, parents=[shared])
        made.set_defaults(run=run)
        return made

    chat = verb("chat", _chat, "Talk to it here: follow, digest, look papers up. No network, no token.")
    _place(chat)
    chat.add_argument("--adapter", default="terminal", metavar="NAME", help="which adapter to talk through (terminal)")
    say = verb("say", _say, "Say one thing, print the answer: for scripts and cron.")
    say.add_argument("text", nargs="+", help="such as '/papers follow recsys'")
    _place(say)
    say.add_argument("--json", action="store_true", help="print one JSON object")
    digest = verb("digest", _digest, "Today's digest of a channel, composed if there is none yet.")
    _place(digest)
    digest.add_argument("--dry-run", action="store_true", help="store nothing, count nothing as shown")
    digest.add_argument("--json", action="store_true", help="print one JSON object")
    files = verb("import", _import, "Read papers from files: papers page, BibTeX, RIS, CSL-JSON, JSONL, arXiv Atom.")
    files.add_argument("files", nargs="+", metavar="FILE", help="a file, or - for standard input")
    files.add_argument("--date", metavar="YYYY-MM-DD", default="", help="the day on which the papers were listed")
    backup = verb("backup", _backup, "Keep the whole state in one file, while everything runs.")
    backup.add_argument("file", type=Path, metavar="FILE", help="where to keep it")
    backup.add_argument("--force", action="store_true", help="replace a file that is there")
    restore = verb("restore", _restore, "Make the database what a backup holds.")
    restore.add_argument("file", type=Path, metavar="FILE", help="what backup has made")
    restore.add_argument("--force", action="store_true", help="replace everything that the database holds")
    move = verb("copy-db", _copy_db, "Copy everything to another, empty database: SQLite, PostgreSQL, either way.")
    move.add_argument("source", metavar="FROM", help="sqlite:///PATH or postgresql://USER@HOST/NAME")
    move.add_argument("target", metavar="TO", help="the same; an empty one")
    verb("doctor", _doctor, "Check the database, the disk, the clock and what is configured.")
    verb("commands", _commands, "Print the table of all that can be said.")
    return parser


def _place(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--channel", default="terminal", metavar="NAME", help="the channel to speak in (terminal)")
    parser.add_argument("--user", default="", metavar="NAME", help="who speaks (whoever is logged in)")


class _Parser(argparse.ArgumentParser):
    """Refuses in our words: one sentence, exit status 2."""

    def error(self, message: str) -> NoReturn:
        self.exit(REFUSED, one_line(f"{message[:1].upper()}{message[1:]}. See {self.prog} --help") + "\n")


async def _with_service(
    known: "Settings", ask: "Callable[[Service], Coroutine[None, None, Reply]]", *, as_json: bool
) -> int:
    import json

    from adapters.terminal.app import show
    from bot.cards import as_json as plain
    from bot.service import apology

    try:
        service = await _service(known)
    except Refused as err:
        if not as_json:
            raise
        reply = apology(err)
    else:
        try:
            reply = await ask(service)
        finally:
            await service.close()
    if as_json:
        print(json.dumps(plain(reply)))  # other letters escaped: whatever reads it, they arrive
    else:
        show(reply)
    return _EXIT[reply.outcome]


async def _service(known: "Settings") -> "Service":
    from bot.service import Service, utc_now

    return await Service.open(
        known.database,
        clock=utc_now,
        zone=known.timezone,
        cache=known.cache_directory,
        most_follows=known.most_follows,
    )


async def _offer_samples(service: "Service") -> None:
    from bot.imports import import_samples
    from bot.service import utc_now

    if not await service.store.papers.count():
        await import_samples(service.store.papers, utc_now())


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as err:
        raise Refused(f"“{text}” is no day.", "Try --date 2025-03-14.") from err


def _channel(chosen: argparse.Namespace) -> "ChannelRef":
    from bot.adapter import ChannelRef

    return ChannelRef("terminal", "local", chosen.channel, chosen.channel)


def _adapter(chosen: argparse.Namespace, known: "Settings") -> "Adapter":
    """The adapter of that name, found by its entry point: ours and strangers' alike."""
    from importlib.metadata import entry_points

    there = {point.name: point for point in entry_points(group="paper_round.adapters")}
    if chosen.adapter not in there:
        raise Refused(f"There is no adapter “{chosen.adapter}” here.", f"Installed: {', '.join(sorted(there))}.")
    try:
        made = there[chosen.adapter].load()
    except ImportError as err:
        raise Refused(f"The adapter {chosen.adapter} lacks a package: {err}.", "Install it with its extra.") from err
    if chosen.adapter == "terminal":
        return cast("Adapter", made(directory=known.data_directory, channel=chosen.channel, user=chosen.user or None))
    return cast("Adapter", made())


def _told(err: Refused, status: int) -> int:
    logging.getLogger(__name__).warning("%s", err, exc_info=err.__cause__)
    print(one_line(str(err)), file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
