"""arXiv's answers and daily feeds in Atom and RSS, saved as files of any size."""

import re
from collections.abc import Iterable, Iterator

from bot.errors import Refused
from bot.sources import arxiv
from bot.sources.elements import DECLARATION, Declares
from bot.sources.entry import INSTEAD, Skipped, Told
from bot.sources.pieces import Piece

_ROOT = re.compile(r"<(feed|rss|rdf:RDF)\b[^<>]*>")
_OPENING = re.compile(r"<(?:entry|item)(?=[\s>/])")


def is_arxiv(head: str) -> bool:
    """Whether XML begins as a feed that says it is arXiv's, or with a document type, to be refused for that."""
    before_entries = _OPENING.split(head, maxsplit=1)[0]
    is_feed = _ROOT.search(before_entries) and "arxiv" in before_entries.lower()
    return bool(is_feed or (DECLARATION.search(before_entries) and _ROOT.search(head)))


def entries(parts: Iterable[Piece]) -> Iterator[Told | Skipped]:
    """Paper by paper; arXiv's answer to a bad question is refused in its own words."""
    try:
        yield from arxiv.entries(parts)
    except Declares as err:
        raise Refused("This XML declares a document type, which I don't read: it can hide anything.", INSTEAD) from err
    except arxiv.AnsweredError as err:
        raise Refused(f"arXiv answered with an error: {err}.") from err
