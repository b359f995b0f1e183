"""Files and databases: reading papers in, keeping the state, moving it."""

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING

from bot.cli.parts import ANSWERED, FAULT, REFUSED, day_of, open_service
from bot.text import one_line

if TYPE_CHECKING:
    from bot.settings import Settings


async def import_papers(chosen: argparse.Namespace, known: "Settings") -> int:
    from adapters.terminal.progress import Progress
    from bot.imports import Count, import_files
    from bot.service import utc_now

    day = day_of(chosen.date, "--date")
    count = Count()
    service = await open_service(known)
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


async def backup(chosen: argparse.Namespace, known: "Settings") -> int:
    from adapters.terminal.progress import Progress
    from bot.service import utc_now
    from bot.store.backup import back_up
    from bot.store.copying import told

    with Progress("Backing up", "rows") as copying:
        counts = await back_up(known.database, chosen.file, utc_now(), copying.at, force=chosen.force)
    print(f"Kept {told(counts)} in {one_line(str(chosen.file))}.")
    return ANSWERED


async def restore(chosen: argparse.Namespace, known: "Settings") -> int:
    from adapters.terminal.progress import Progress
    from bot.store.backup import restore as bring_back
    from bot.store.copying import told

    with Progress("Restoring", "rows") as copying:
        counts = await bring_back(known.database, chosen.file, copying.at, force=chosen.force)
    print(f"Restored {told(counts)}.")
    return ANSWERED


async def copy_db(chosen: argparse.Namespace, known: "Settings") -> int:
    from adapters.terminal.progress import Progress
    from bot.store.copying import copy_database, told

    with Progress("Copying", "rows") as copying:
        counts = await copy_database(chosen.source, chosen.target, copying.at)
    for table, count in counts.items():
        print(f"{count:>12,}  {table}")
    print(f"Copied {told(counts)}. Both sides count the same.")
    return ANSWERED
