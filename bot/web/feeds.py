"""Feeds for readers and programs: one list of items as Atom and as JSON Feed."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.etree.ElementTree import Element, SubElement, tostring

from bot.web.kept import Drawn

ATOM, JSON = "atom.xml", "feed.json"  # how the address of each ends
_NAMESPACE = "http://www.w3.org/2005/Atom"
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Item:
    """One entry. url: whole, and what names it for good. html: markup of ours; else text alone says it."""

    url: str
    title: str
    text: str
    at: datetime
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    html: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """A list of items, the newest first. url: of the page that shows the same; base: what a feed's ending is put to."""

    title: str
    url: str
    base: str
    items: Sequence[Item]
    at: datetime

    def drawn(self, form: str) -> Drawn:
        """The feed in one of the two forms."""
        return _atom(self) if form == ATOM else _json(self)


def _atom(feed: Feed) -> Drawn:
    root = Element("feed", {"xmlns": _NAMESPACE})
    _tell(root, "title", feed.title)
    _tell(root, "id", feed.url)
    _tell(root, "updated", feed.at.isoformat())
    SubElement(root, "link", {"rel": "alternate", "type": "text/html", "href": feed.url})
    SubElement(root, "link", {"rel": "self", "type": "application/atom+xml", "href": feed.base + ATOM})
    _tell(SubElement(root, "author"), "name", "Paper Round")
    for item in feed.items:
        entry = SubElement(root, "entry")
        _tell(entry, "title", item.title)
        _tell(entry, "id", item.url)
        SubElement(entry, "link", {"rel": "alternate", "type": "text/html", "href": item.url})
        _tell(entry, "updated", item.at.isoformat())
        _tell(entry, "published", item.at.isoformat())
        for author in item.authors:
            _tell(SubElement(entry, "author"), "name", author)
        for tag in item.tags:
            SubElement(entry, "category", {"term": _clean(tag)})
        _tell(entry, "content", item.html or item.text, type="html" if item.html else "text")
    return Drawn(tostring(root, encoding="unicode", xml_declaration=True), "application/atom+xml")


def _json(feed: Feed) -> Drawn:
    told = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.url,
        "feed_url": feed.base + JSON,
        "items": [
            {
                "id": item.url,
                "url": item.url,
                "title": item.title,
                **({"content_html": item.html} if item.html else {"content_text": item.text}),
                "date_published": item.at.isoformat(),
                **({"authors": [{"name": name} for name in item.authors]} if item.authors else {}),
                **({"tags": list(item.tags)} if item.tags else {}),
            }
            for item in feed.items
        ],
    }
    return Drawn(json.dumps(told, ensure_ascii=False, indent=1), "application/feed+json")


def _tell(parent: Element, name: str, text: str, **attributes: str) -> None:
    SubElement(parent, name, attributes).text = _clean(text)


def _clean(text: str) -> str:
    """Without what XML has no way to write."""
    return _NO_XML.sub("", text)
