"""Papers as pages show them: the facts of their cards, what people say of them, and the way to their own page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.cards import Link, PaperCard, byline
from bot.commands.trending import votes_line
from bot.digests import show
from bot.model import Paper
from bot.picking.gist import gist
from bot.store.sightings import Standing
from bot.web.links import paper_path

_GISTS = 5_000  # remembered: they take a millisecond or two each


@dataclass(frozen=True, slots=True)
class Entry:
    """A paper in a list. votes: in all, for the eye; said: the same in words. why: it was chosen, in a digest."""

    title: str
    path: str
    byline: str
    gist: str
    links: tuple[Link, ...]
    votes: int = 0
    said: str = ""
    why: str = ""


def entries(papers: Sequence[Paper], said: Mapping[int, Standing], below: str = "") -> tuple[Entry, ...]:
    """The papers in this order. said: what is said of them, by pk. below: the path that their pages lie under."""
    return tuple(_entry(paper, said.get(paper.pk), below) for paper in papers)


def links_of(card: PaperCard) -> tuple[Link, ...]:
    """The ways out of a card: the paper where it was published, then what the card has."""
    label = "arXiv" if "//arxiv.org/" in card.url else "DOI" if "//doi.org/" in card.url else "Source"
    return ((Link(label, card.url),) if card.url else ()) + card.links


def _entry(paper: Paper, said: Standing | None, below: str) -> Entry:
    card = show.facts(paper)
    votes = max(0, said.votes + said.people) if said else 0
    line = votes_line(said.votes, said.people) if votes and said else ""
    told = gist_of(paper.title, paper.abstract)
    return Entry(card.title, below + paper_path(paper.id), byline(card), told, links_of(card), votes, line)


gist_of = lru_cache(_GISTS)(gist)
