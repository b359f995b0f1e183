"""What can be followed or muted, as typed: a topic, `author:`, `category:`, `venue:`, `like:`, `feed:`, `trending`."""

import re
from difflib import get_close_matches

from bot import authors, identity
from bot.errors import Refused
from bot.grammar import split, unquoted
from bot.model import Filters, Follow, FollowKind, Paper
from bot.picking.topics import Topic, canonical
from bot.sources.addresses import web_address
from bot.text import number_of, quoted, shorten

NO_FILTERS = Filters()
LONGEST_TOPIC = 200  # characters
LONGEST_ADDRESS = 1_000
MOST_AT_ONCE = 20
_KIND = re.compile(r"^(author|category|cat|venue|like|topic|feed)\s?:\s*(.*)$", re.IGNORECASE | re.DOTALL)
_CATEGORY = re.compile(r"^(?:[a-z]{2,}|q)(?:-[a-z]{2,})*(?:\.[a-z-]{2,})?$", re.IGNORECASE)
_BARE_CATEGORY = re.compile(
    r"^(?:cs|math|physics|stat|eess|econ|q-bio|q-fin|astro-ph|cond-mat|nlin)\.[a-z-]{2,}$", re.IGNORECASE
)
_KINDS: dict[str, FollowKind] = {
    "author": "author", "category": "category", "cat": "category", "venue": "venue", "like": "like", "topic": "topic",
}  # fmt: skip


def subjects(text: str, filters: Filters) -> tuple[Follow, ...]:
    """The follows that a line means, `;` between them, each once. Raises Refused for one that says nothing."""
    pieces = split(text, ";")
    if len(pieces) > MOST_AT_ONCE:
        raise Refused(f"That is {len(pieces)} topics at once.", f"Name at most {MOST_AT_ONCE} in one line.")
    found = {(f.kind, f.key): f for f in (subject(piece, filters) for piece in pieces)}
    if not found:
        raise Refused("That names nothing to follow.", "Try /papers follow recsys")
    return tuple(found.values())


def subject(text: str, filters: Filters = NO_FILTERS) -> Follow:
    """One follow as typed. A `like:` still holds what the person typed: its paper has to be looked up."""
    match = _KIND.match(text.strip().lstrip("#").strip())
    if match and match.group(1).casefold() == "feed":
        return feed(unquoted(match.group(2).strip()), filters)
    if text.strip().lstrip("#").casefold() == "trending":
        return Follow("trending", "trending", "trending", filters)
    kind: FollowKind = _KINDS[match.group(1).casefold()] if match else "topic"
    said = match.group(2).strip() if match else text.strip().lstrip("#").strip()
    if not match and _BARE_CATEGORY.match(said):
        kind = "category"
    if len(said) > LONGEST_TOPIC:
        raise Refused(f"That is too long to follow ({len(said):,} characters).", "Try two or three words.")
    if kind != "topic" or " " not in said:  # quotes around one word are no phrase
        said = unquoted(said)
    if not re.search(r"\w", said):
        raise Refused(f"“{shorten(text.strip(), 40)}” has no word to follow.", "Try /papers follow recsys")
    return Follow(kind, _shown(kind, said), _key(kind, said), filters)


def like(paper: Paper, filters: Filters = NO_FILTERS) -> Follow:
    """The follow of papers like this one."""
    return Follow("like", identity.said(paper.id), paper.id, filters)


def feed(address: str, filters: Filters = NO_FILTERS) -> Follow:
    """The follow of a feed by its address. Raises Refused for what is none."""
    if len(address) > LONGEST_ADDRESS:
        raise Refused(f"That is too long for an address ({len(address):,} characters).", "Try a shorter one.")
    url = str(web_address(address))
    return Follow("feed", url, url, filters)


def mute(text: str) -> Follow:
    """A word, phrase or author never to be shown; `author:` says that a person is meant."""
    said = text.strip().lstrip("#").strip()
    match = re.match(r"author\s?:\s*", said, flags=re.IGNORECASE)
    name = unquoted(said[match.end() :] if match else said)
    if not re.search(r"\w", name) or len(name) > LONGEST_TOPIC:
        raise Refused("That is no word or author to mute.", "Try /papers mute survey")
    prefix = "author:" if match else ""
    return Follow("mute", prefix + (quoted(name) if match else name), prefix + " ".join(name.casefold().split()))


def match(wanted: str, follows: tuple[Follow, ...]) -> Follow | None:
    """The follow that a person means: by number in the list, by name, or by what equals it."""
    said = wanted.strip()
    number = number_of(said)
    if number is not None and 1 <= number <= len(follows):
        return follows[number - 1]
    names = {follow.name.casefold(): follow for follow in follows} | {f.text.casefold(): f for f in follows}
    if named := names.get(said.casefold()) or names.get(unquoted(said).casefold()):
        return named
    try:
        asked = subject(said)
    except Refused:
        return None
    key = asked.key if asked.kind != "like" else next(iter(identity.ids_in(asked.text)), asked.text)
    found = next((follow for follow in follows if (follow.kind, follow.key) == (asked.kind, key)), None)
    return None if found and _is_cut_short(said, found.text) else found


def nearest(wanted: str, follows: tuple[Follow, ...]) -> Follow | None:
    """The follow whose name is most like what was typed, if any is."""
    names = {follow.name.casefold(): follow for follow in follows}
    return next((names[name] for name in get_close_matches(wanted.casefold(), names, n=1, cutoff=0.5)), None)


def _is_cut_short(said: str, known: str) -> bool:
    """Whether one word is the other with letters missing at its end: stems can't tell that from a plural."""
    one, other = sorted((said.casefold().strip("# "), known.casefold()), key=len)
    return " " not in other and one != other and other.startswith(one)


def _shown(kind: FollowKind, said: str) -> str:
    if kind != "category":
        return said
    if not _CATEGORY.match(said):
        raise Refused(f"“{shorten(said, 40)}” is not an arXiv category.", "Try category:cs.IR")
    archive, dot, section = said.partition(".")
    return archive.lower() + dot + (section.upper() if len(section) == 2 else section.lower())


def _key(kind: FollowKind, said: str) -> str:
    match kind:
        case "topic":
            if Topic.parse(said).is_empty:
                raise Refused(
                    f"“{shorten(said, 40)}” has only words too common to follow.", "Try /papers follow recsys"
                )
            return canonical(said)
        case "author":
            given, family = authors.parts(said)
            return " ".join((*given, family))
        case _:
            return " ".join(said.casefold().split())
