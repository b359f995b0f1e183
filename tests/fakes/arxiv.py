"""arXiv on this machine: announces papers of our own making by RSS, API and OAI-PMH, and goes wrong as told."""

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from html import escape

from bot import identity
from bot.model import Draft
from tests.fakes.web import Asked, FakeWeb, Scripted

_RSS_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<rss xmlns:arxiv="http://arxiv.org/schemas/atom"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" version="2.0"><channel>'
)
_ATOM_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom"'
    ' xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom">'
)


class FakeArxiv:
    """Its lists are at /rss/CATEGORY, its API at /api/query, its OAI-PMH at /oai."""

    def __init__(self, web: FakeWeb) -> None:
        self.web = web

    def announces(self, category: str, papers: Sequence[Draft], built_at: datetime, kind: str = "new") -> None:
        """The category's list from now on. built_at: midnight in New York, after the announcement."""
        items = "".join(_item(paper, kind, built_at) for paper in papers)
        date = format_datetime(built_at)
        head = f"<title>{category} updates on arXiv.org</title><lastBuildDate>{date}</lastBuildDate>"
        body = f"{_RSS_HEAD}{head}<pubDate>{date}</pubDate>{items}</channel></rss>"
        self.web.gives(f"/rss/{category}", Scripted(body, etag=f'"{abs(hash(body))}"'))

    def fails(self, category: str, *answers: Scripted) -> None:
        self.web.gives(f"/rss/{category}", *answers)

    def has(self, papers: Sequence[Draft], total: int | None = None) -> None:
        """What the API answers to whatever it is asked, in pages of 2."""

        def page(asked: Asked) -> Scripted:
            start = int(asked.query.get("start", 0))
            wanted = [paper for paper in papers if _is_asked_for(paper, asked)]
            some = wanted[start : start + 2]
            count = len(wanted) if total is None else total
            numbers = f"<opensearch:totalResults>{count}</opensearch:totalResults>"
            numbers += f"<opensearch:startIndex>{start}</opensearch:startIndex>"
            return Scripted(f"{_ATOM_HEAD}{numbers}{''.join(map(_entry, some))}</feed>")

        self.web.gives("/api/query", page)


def _is_asked_for(paper: Draft, asked: Asked) -> bool:
    ids = asked.query.get("id_list")
    return not ids or identity.said(paper.ids[0]) in ids.split(",")


def _item(paper: Draft, kind: str, built_at: datetime) -> str:
    name = identity.said(paper.ids[0])
    categories = "".join(f"<category>{category}</category>" for category in paper.categories)
    said = f"arXiv:{name}v1 Announce Type: {kind} \nAbstract: {escape(paper.abstract)}"
    return (
        f"<item><title>{escape(paper.title)}</title><link>https://arxiv.org/abs/{name}</link>"
        f"<description>{said}</description><guid isPermaLink='false'>oai:arXiv.org:{name}v1</guid>{categories}"
        f"<pubDate>{format_datetime(built_at)}</pubDate><arxiv:announce_type>{kind}</arxiv:announce_type>"
        f"<dc:creator>{escape(', '.join(paper.authors))}</dc:creator></item>"
    )


def _entry(paper: Draft) -> str:
    name = identity.said(paper.ids[0])
    authors = "".join(f"<author><name>{escape(author)}</name></author>" for author in paper.authors)
    published = f"<published>{paper.published_at:%Y-%m-%dT%H:%M:%SZ}</published>" if paper.published_at else ""
    return (
        f"<entry><id>http://arxiv.org/abs/{name}v1</id><title>{escape(paper.title)}</title>{published}"
        f"<summary>{escape(paper.abstract)}</summary>{authors}</entry>"
    )
