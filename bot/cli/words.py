"""What can be typed after `paper-round`: the verbs and their options."""

import argparse
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import NoReturn

from bot.cli import gathering, keeping, looking, platforms, serving, talking
from bot.cli.parts import REFUSED
from bot.text import one_line

STATES = ("waiting", "sending", "sent", "doubtful", "failed", "skipped")


def parser() -> argparse.ArgumentParser:
    shared = _Parser(add_help=False)
    shared.add_argument(
        "--database", metavar="URL", default=argparse.SUPPRESS, help="sqlite:///PATH or postgresql://..."
    )
    shared.add_argument("--verbose", action="store_true", default=argparse.SUPPRESS, help="log to the screen")
    words = _Parser(prog="paper-round", description="Paper digests for a channel, and look-ups.", parents=[shared])
    verbs = words.add_subparsers(metavar="COMMAND", title="commands")

    def verb(name: str, run: Callable[..., Coroutine[None, None, int]], help: str) -> argparse.ArgumentParser:
        made = verbs.add_parser(name, help=help, description=help, parents=[shared])
        made.set_defaults(run=run)
        return made

    chat = verb("chat", talking.chat, "Talk to it here: follow, digest, look papers up. No network, no token.")
    _place(chat)
    chat.add_argument("--adapter", default="terminal", metavar="NAME", help="which adapter to talk through (terminal)")
    say = verb("say", talking.say, "Say one thing, print the answer: for scripts and cron.")
    say.add_argument("text", nargs="+", help="such as '/papers follow recsys'")
    _place(say)
    say.add_argument("--json", action="store_true", help="print one JSON object")
    digest = verb("digest", talking.digest, "Today's digest of a channel, composed if there is none yet.")
    _place(digest)
    digest.add_argument("--dry-run", action="store_true", help="store nothing, count nothing as shown")
    digest.add_argument("--json", action="store_true", help="print one JSON object")
    files = verb(
        "import",
        keeping.import_papers,
        "Read papers from files: papers page, BibTeX, RIS, CSL-JSON, JSONL, arXiv Atom.",
    )
    files.add_argument("files", nargs="+", metavar="FILE", help="a file, or - for standard input")
    files.add_argument("--date", metavar="YYYY-MM-DD", default="", help="the day on which the papers were listed")
    propose = verb("propose", talking.propose, "What to follow, told by a library, an OPML or a list of ids.")
    propose.add_argument("file", metavar="FILE", help="a file, or - for standard input")
    _place(propose)
    propose.add_argument("--json", action="store_true", help="print one JSON object")
    subscribe = verb("subscribe", talking.subscribe, "Digests by mail: asks the address to confirm.")
    subscribe.add_argument("address", metavar="ADDRESS", help="where they are to be mailed, such as me@lab.org")
    subscribe.add_argument(
        "--follow",
        action="append",
        default=[],
        metavar="TOPIC",
        help="what to follow there; else what the channel does",
    )
    subscribe.add_argument("--when", default="", help="such as '08:00 weekdays Europe/Berlin'")
    _place(subscribe)
    subscribe.add_argument("--json", action="store_true", help="print one JSON object")
    gather = verb("gather", gathering.gather, "Read the sources now: arXiv, Hugging Face, feeds.")
    gather.add_argument("source", nargs="?", default="", metavar="SOURCE", help="one, such as arxiv:cs.IR or feed")
    gather.add_argument("--since", default="", metavar="YYYY-MM-DD", help="the papers listed since that day instead")
    verb("sources", gathering.sources, "How each source stands: last success, next look, trouble.")
    backup = verb("backup", keeping.backup, "Keep the whole state in one file, while everything runs.")
    backup.add_argument("file", type=Path, metavar="FILE", help="where to keep it")
    backup.add_argument("--force", action="store_true", help="replace a file that is there")
    restore = verb("restore", keeping.restore, "Make the database what a backup holds.")
    restore.add_argument("file", type=Path, metavar="FILE", help="what backup has made")
    restore.add_argument("--force", action="store_true", help="replace everything that the database holds")
    move = verb(
        "copy-db", keeping.copy_db, "Copy everything to another, empty database: SQLite, PostgreSQL, either way."
    )
    move.add_argument("source", metavar="FROM", help="sqlite:///PATH or postgresql://USER@HOST/NAME")
    move.add_argument("target", metavar="TO", help="the same; an empty one")
    serve = verb("serve", serving.serve, "Run the service: gather papers, compose digests, deliver them, answer.")
    serve.add_argument("--role", default="all", choices=serving.ROLES, help="what this process does (all)")
    serve.add_argument("--log", type=Path, metavar="FILE", help="write the terminal's digests there, a JSON line each")
    verb("doctor", looking.doctor, "Check the database, the disk, the clock and what is configured.")
    log = verb("deliveries", looking.deliveries, "What was posted, what was not, and why.")
    log.add_argument("--channel", default="", metavar="NAME", help="of this channel only")
    log.add_argument("--since", default="", metavar="YYYY-MM-DD", help="of digests since that day")
    log.add_argument("--state", default="", choices=STATES, metavar="STATE", help=", ".join(STATES))
    slack = verb(
        "slack", platforms.slack, "What Slack has to be told of the app, and which permission is asked for why."
    )
    slack.add_argument("what", choices=("manifest", "scopes"), help="manifest: print it; scopes: print the reasons")
    slack.add_argument("--web", action="store_true", help="Slack sends to PAPER_ROUND_PUBLIC_URL; else Socket Mode")
    slack.add_argument("--no-history", action="store_true", help="ask for no permission to read channels")
    slack.add_argument("--previews", action="store_true", help="with what previews of paper links need")
    slack.add_argument("--votes", action="store_true", help="with what votes by emoji need")
    discord = verb(
        "discord", platforms.discord, "The link that lets it into a Discord server, and why it asks for what."
    )
    discord.add_argument("what", choices=("invite",), help="invite: print the links")
    discord.add_argument("--application", default="", metavar="ID", help="of this application, not DISCORD_TOKEN's")
    verb("operator", looking.operator, "The link to the operator's page: sources, queues, last digests, errors.")
    verb("commands", looking.commands, "Print the table of all that can be said.")
    return words


def _place(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--channel", default="terminal", metavar="NAME", help="the channel to speak in (terminal)")
    parser.add_argument("--user", default="", metavar="NAME", help="who speaks (whoever is logged in)")


class _Parser(argparse.ArgumentParser):
    """Refuses in our words: one sentence, exit status 2."""

    def error(self, message: str) -> NoReturn:
        self.exit(REFUSED, one_line(f"{message[:1].upper()}{message[1:]}. See {self.prog} --help") + "\n")
