"""Papers and digests as cards: which facts a person sees of them, and what can be pressed."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from bot.cards import Action, Card, Link, Listing, Notice, PaperCard, Row, byline
from bot.model import Channel, Digest, Layout, Paper, Pick
from bot.picking.gist import gist
from bot.store.digests import Seen
from bot.store.outbox import DOUBT
from bot.store.requests import CONFIRM
from bot.text import day, human_join, plural, shorten, weekday, weekday_and_day

TITLE = 300
MOST_SEEN = 3
BY_MACHINE = "machine-written summary"


def paper_card(paper: Paper, *, seen: tuple[Seen, ...] = (), note: str = "") -> PaperCard:
    """The answer to a look-up: everything known, and what can be done next."""
    return replace(
        _facts(paper),
        gist=gist(paper.title, paper.abstract),
        abstract=paper.abstract,
        posted_before=seen_line(seen),
        posted_links=tuple(Link(_place(one), one.url) for one in seen[-MOST_SEEN:] if one.url),
        note=note,
        links=_links(paper),
        actions=(
            Action("Save", "save", paper.id),
            Action("Similar", "similar", paper.id),
            Action("BibTeX", "export", f"bibtex {paper.id}"),
            Action("More like this", "like", paper.id),
            Action("Less like this", "dislike", paper.id),
        ),
    )


def entry(pick: Pick, n: int, layout: Layout = "compact") -> PaperCard:
    """One paper of a digest: at most three lines on a phone; labels name the number, for those who listen.

    layout: `full` has the abstract whole, `titles` neither that nor what speaks for the paper.
    """
    match layout:
        case "full":
            return replace(_entry(replace(pick, summary=""), n), abstract=pick.paper.abstract)
        case "titles":
            return replace(_entry(pick, n), gist="", why="", links=(), aside=pick.paper.abstract)
        case _:
            return replace(_entry(pick, n), aside=pick.paper.abstract)


def _entry(pick: Pick, n: int) -> PaperCard:
    return replace(
        _facts(pick.paper),
        n=n,
        gist=pick.summary or gist(pick.paper.title, pick.paper.abstract),
        why=" · ".join(filter(None, (pick.why, _marks(pick), pick.summary and BY_MACHINE))),
        posted_before=f"Also in {human_join(_channel(name) for name in pick.also[:3])}." if pick.also else "",
        links=_links(pick.paper),
        actions=(
            Action(f"Save {n}", "save", pick.paper.id),
            Action(f"Similar to {n}", "similar", pick.paper.id),
            Action(f"Why {n}", "why", pick.paper.id),
            Action(f"Abstract of {n}", "paper", pick.paper.id),
            Action(f"More like {n}", "like", pick.paper.id),
            Action(f"Less like {n}", "dislike", pick.paper.id),
        ),
        menu=(
            Action(f"BibTeX of {n}", "export", f"bibtex {pick.paper.id}"),
            *(Action(f"Mute {author}", "mute", author) for author in pick.paper.authors[:1]),
        ),
    )


def digest_cards(
    digest: Digest, closing: str = "", *, layout: Layout = "compact", is_first: bool = False
) -> tuple[Card, ...]:
    """A digest: what it is for, its papers by number, and a closing line if there is something to say.

    is_first: it is shown for the first time, so that it pings those who asked for papers that no digest had before.
    """
    head = _head(digest)
    if is_first:
        fresh = (pick for pick in digest.picks if pick.before is None and pick.in_case_of is None)
        head = replace(head, pings=tuple(dict.fromkeys(id for pick in fresh for id in pick.pings)))
    return (head, *_entries(digest, 0, len(digest.picks), layout), *((Notice(closing),) if closing else ()))


def digest_parts(digest: Digest, papers_a_message: int, layout: Layout = "compact") -> tuple[tuple[Card, ...], ...]:
    """The same, as the messages that a platform needs for it: at least one, the numbers running on."""
    head = digest_cards(digest, layout=layout, is_first=True)[:1]
    starts = range(papers_a_message, len(digest.picks), papers_a_message)
    first = (*head, *_entries(digest, 0, papers_a_message, layout))
    further = tuple(
        (
            Notice("", title=f"{title(digest)}, continued"),
            *_entries(digest, start, start + papers_a_message, layout),
        )
        for start in starts
    )
    return (first, *further)


def _entries(digest: Digest, start: int, end: int, layout: Layout) -> Iterator[Card]:
    """Some of the papers, and a heading before the first that an earlier mail may have brought already."""
    for n, pick in enumerate(digest.picks[start:end], start=start + 1):
        if pick.in_case_of and (n == 1 or not digest.picks[n - 2].in_case_of):
            days = sorted({one.in_case_of for one in digest.picks if one.in_case_of})
            yield Notice("", title=f"In case {_mails_of(days, digest.day)} did not arrive")
        yield entry(pick, n, layout)


def _mails_of(days: Sequence[date], today: date) -> str:
    """`Tuesday's mail`; with dates where a weekday would not tell, or where there are several."""
    if len(days) == 1:
        is_near = today - days[0] < timedelta(days=7)
        return f"{weekday(days[0])}'s mail" if is_near else f"the mail of {day(days[0])}"
    return f"the mails of {human_join(weekday_and_day(one) for one in days)}"


def plain(cards: Sequence[Card]) -> tuple[Card, ...]:
    """What is left of a message that a platform refused: titles and links, nothing that could be wrong with them."""
    papers = [card for card in cards if isinstance(card, PaperCard)]
    notices = [Notice(card.text, title=card.title) for card in cards if isinstance(card, Notice)]
    rows = tuple(Row(shorten(card.title, TITLE), n=card.n, url=card.url) for card in papers)
    return (*notices, *((Listing("", rows),) if rows else ()))


def title(digest: Digest) -> str:
    """`Digest of 24 Nov 2026`, `The week to 29 Nov 2026`; a note has none."""
    match digest.kind:
        case "note":
            return "Confirm your paper digests" if digest.slot.startswith(CONFIRM) else ""
        case "weekly":
            return f"The week to {day(digest.day)}"
        case "monthly":
            return f"The month to {day(digest.day)}"
        case _:
            return f"Digest of {day(digest.day)}"


def _marks(pick: Pick) -> str:
    """What is unusual about a pick's time: it came in late, or was in a digest before."""
    if pick.before:
        return f"already in the digest of {weekday_and_day(pick.before)}"
    return f"listed {weekday_and_day(pick.paper.listed_at.date())}, came in late" if pick.is_caught_up else ""


def _channel(name: str) -> str:
    return f"#{name.lstrip('#')}"


def _head(digest: Digest) -> Notice:
    fresh = [pick for pick in digest.picks if pick.in_case_of is None]
    names = list(dict.fromkeys(name for pick in fresh for name in pick.follows))
    said = f"{plural(len(fresh), 'paper')} for {human_join(names[:6])}." if fresh else ""
    said = said or ("Nothing new." if digest.picks else "")
    return Notice(" ".join(filter(None, (digest.note, said))), title=title(digest), actions=tuple(_offers(digest)))


def _offers(digest: Digest) -> Iterator[Action]:
    if digest.nearest:
        yield Action("Show it anyway", "paper", digest.nearest)
    if digest.slot.startswith(CONFIRM):
        yield Action("Confirm", "email", f"yes {digest.slot.removeprefix(CONFIRM)}")
    if digest.slot.startswith(DOUBT):
        yield Action("Post it again", "digest", f"again:{digest.slot.removeprefix(DOUBT).partition(':')[0]}")


def in_doubt(digest: Digest, channel: Channel) -> str:
    """What the person reads who set the channel up, where nobody knows if a message arrived."""
    where = f"in {_channel(channel.name)}" if channel.kind == "channel" else "here"
    what = f"“{title(digest)}”" if title(digest) else "A message"
    return (
        f"{what} may not have arrived {where}: the connection broke while it was being posted, and I may not read what "
        "is there. If you don't see it, have it posted again."
    )


def paper_row(paper: Paper, n: int | None = None, detail: str = "") -> Row:
    """A paper as a line of a list."""
    said = " · ".join(filter(None, (byline(_facts(paper)), detail)))
    return Row(shorten(paper.title, TITLE), said, n, paper.url, (Action("Open", "paper", paper.id),))


def seen_line(seen: tuple[Seen, ...]) -> str:
    """`Posted in #general on 12 Nov 2026 and in #ml on 14 Nov 2026.`, or nothing."""
    places = [_place(one) if one.is_personal else f"in {_place(one)}" for one in seen[-MOST_SEEN:]]
    return f"Posted {human_join(places)}." if places else ""


def _place(one: Seen) -> str:
    return f"{'to you' if one.is_personal else _channel(one.channel)} on {day(one.day)}"


def window(days: int, is_recent: bool) -> str:
    """Which papers were looked at, in words."""
    return f"listed in the last {plural(days, 'day')}" if is_recent else "stored"


def facts(paper: Paper) -> PaperCard:
    """What is known of a paper and where to read it; nothing that can be pressed."""
    return replace(_facts(paper), links=_links(paper))


def _facts(paper: Paper) -> PaperCard:
    return PaperCard(
        id=paper.id,
        title=shorten(paper.title, TITLE),
        url=paper.url,
        authors=paper.authors,
        published=paper.published_at.date() if paper.published_at else None,
        categories=paper.categories,
        venue=paper.venue,
        is_withdrawn=paper.withdrawn,
    )


def _links(paper: Paper) -> tuple[Link, ...]:
    links = [Link(label, url) for label, url in paper.links]
    if paper.id.startswith("arxiv:") and not any(link.label == "PDF" for link in links):
        links.insert(0, Link("PDF", f"https://arxiv.org/pdf/{paper.id.removeprefix('arxiv:')}"))
    return tuple(links[:5])
