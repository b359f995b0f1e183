"""Papers and digests as cards: which facts a person sees of them, and what can be pressed."""

from dataclasses import replace

from bot.cards import Action, Card, Link, Notice, PaperCard, Row, byline
from bot.model import Digest, Paper, Pick
from bot.store.digests import Seen
from bot.text import day, gist, human_join, plural, shorten

GIST = 240  # characters: three lines on a phone
TITLE = 300


def paper_card(paper: Paper, *, posted_before: str = "", note: str = "") -> PaperCard:
    """The answer to a look-up: everything known, and what can be done next."""
    return replace(
        _facts(paper),
        gist=gist(paper.abstract, GIST),
        abstract=paper.abstract,
        posted_before=posted_before,
        note=note,
        links=_links(paper),
        actions=(
            Action("Save", "save", paper.id),
            Action("Similar", "similar", paper.id),
            Action("BibTeX", "export", f"bibtex {paper.id}"),
        ),
    )


def entry(pick: Pick, n: int) -> PaperCard:
    """One paper of a digest: at most three lines on a phone; labels name the number, for those who listen."""
    return replace(
        _facts(pick.paper),
        n=n,
        gist=gist(pick.paper.abstract, GIST),
        why=pick.why,
        links=_links(pick.paper),
        actions=(
            Action(f"Save {n}", "save", pick.paper.id),
            Action(f"Similar to {n}", "similar", pick.paper.id),
            Action(f"Why {n}", "why", pick.paper.id),
            Action(f"Abstract of {n}", "paper", pick.paper.id),
        ),
    )


def digest_cards(digest: Digest, closing: str = "") -> tuple[Card, ...]:
    """A digest: what it is for, its papers by number, and a closing line if there is something to say."""
    names = list(dict.fromkeys(name for pick in digest.picks for name in pick.follows))
    head = Notice(
        f"{plural(len(digest.picks), 'paper')} for {human_join(names[:6])}.", title=f"Digest of {day(digest.day)}"
    )
    entries = tuple(entry(pick, n) for n, pick in enumerate(digest.picks, start=1))
    return (head, *entries, *((Notice(closing),) if closing else ()))


def paper_row(paper: Paper, n: int | None = None, detail: str = "") -> Row:
    """A paper as a line of a list."""
    facts = " · ".join(filter(None, (byline(_facts(paper)), detail)))
    return Row(shorten(paper.title, TITLE), facts, n, paper.url, (Action("Open", "paper", paper.id),))


def seen_line(seen: tuple[Seen, ...]) -> str:
    """`Posted in #general on 12 Nov 2026 and in #ml on 14 Nov 2026.`, or nothing."""
    places = [f"in #{one.channel.lstrip('#')} on {day(one.day)}" for one in seen[-3:]]
    return f"Posted {human_join(places)}." if places else ""


def window(days: int, is_recent: bool) -> str:
    """Which papers were looked at, in words."""
    return f"listed in the last {plural(days, 'day')}" if is_recent else "stored"


def _facts(paper: Paper) -> PaperCard:
    return PaperCard(
        id=paper.id,
        title=shorten(paper.title, TITLE),
        url=paper.url,
        authors=paper.authors,
        published=paper.published_at.date() if paper.published_at else None,
        categories=paper.categories,
        venue=paper.venue,
    )


def _links(paper: Paper) -> tuple[Link, ...]:
    links = [Link(label, url) for label, url in paper.links]
    if paper.id.startswith("arxiv:") and not any(link.label == "PDF" for link in links):
        links.insert(0, Link("PDF", f"https://arxiv.org/pdf/{paper.id.removeprefix('arxiv:')}"))
    return tuple(links[:5])
