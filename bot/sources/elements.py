"""XML read an element at a time, so that a bad one costs only itself; nothing that it declares is ever resolved."""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any
from xml.etree import ElementTree

from bot.sources.pieces import ENTRY_MAX, TOO_LONG, EndsEarly, Piece

DECLARATION = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)  # what an entity bomb needs


class Declares(Exception):
    """The XML declares a document type or an entity, which can hide anything."""


def cut(parts: Iterable[Piece], roots: str, names: str) -> Iterator[Piece]:
    """First the tag that opens the whole, with its namespaces; then each element of these names, as it stands.

    roots, names: alternatives of a pattern, such as `feed|rss`. Raises Declares where anything is declared before the
    first element, and EndsEarly, after all that could be read, where the root is never closed.
    """
    root_tag = re.compile(rf"<(?:{roots})\b[^<>]*>")
    opening_tag, empty_tag = re.compile(rf"<({names})(?=[\s>/])"), re.compile(r"<[^<>]*/>")
    end_tag = re.compile(rf"</(?:{roots})\s*>")
    head = root = closing = ""
    line, fault, is_ended = 1, "", False
    held: list[str] = []
    size = 0
    for part in parts:
        at = 0
        if not root:
            head += part.text
            if DECLARATION.search(head):
                raise Declares
            if not (match := root_tag.search(head)):
                head = head[max(head.rfind("<"), 0) :]
                continue
            root = match[0]
            yield Piece(part.line, root)
            at = len(part.text) - (len(head) - match.end())
        while True:
            if not closing:
                is_ended = is_ended or bool(end_tag.search(part.text, at))
                if not (opening := opening_tag.search(part.text, at)):
                    break
                closing, line, at = f"</{opening[1]}>", part.line, opening.start()
                if empty := empty_tag.match(part.text, at):
                    yield Piece(line, empty[0])
                    closing, at = "", empty.end()
                    continue
            found = part.text.find(closing, at)
            end = found + len(closing) if found >= 0 else len(part.text)
            held.append(part.text[at:end])
            size += end - at
            fault = fault or part.fault
            if size > ENTRY_MAX:
                held, fault = [], TOO_LONG
            if found < 0:
                break
            yield Piece(line, "".join(held), fault)
            held, size, fault, closing, at = [], 0, "", "", end
    if not is_ended:
        raise EndsEarly(line)


def parsed(text: str, root: str) -> ElementTree.Element | None:
    """One element; none where it is not well-formed. root: the tag that opens the whole.

    It is parsed in a document of its own, in which nothing can have been declared.
    """
    if DECLARATION.search(text):
        return None
    name = root[1:].split(maxsplit=1)[0].rstrip("/>")
    try:
        return ElementTree.fromstring(f"{root}{text}</{name}>")[0]  # noqa: S314 - no DOCTYPE in it, so no entities
    except (ElementTree.ParseError, ValueError, IndexError):
        return None


class Fields:
    """Elements by their local names: what Atom, the RSS dialects and OAI-PMH have in common."""

    def __init__(self, elements: Iterable[ElementTree.Element]) -> None:
        self._named = [(element.tag.rpartition("}")[2], element) for element in elements]

    @classmethod
    def inside(cls, text: str, root: str) -> "Fields | None":
        """The children of an element, as `parsed` reads it."""
        element = parsed(text, root)
        return None if element is None else cls(element)

    @classmethod
    def before(cls, head: str, names: str) -> "Fields":
        """The elements that end before the first one of `names`: what a list says about itself."""
        head = re.split(rf"<(?:{names})(?=[\s>/])", head, maxsplit=1)[0]
        if DECLARATION.search(head):
            return cls(())
        parser: ElementTree.XMLPullParser[Any] = ElementTree.XMLPullParser(["end"])
        with suppress(ElementTree.ParseError, ValueError):  # it stops anywhere; what was whole before that counts
            parser.feed(head)
        found: list[object] = []
        with suppress(ElementTree.ParseError):
            found += [event[-1] for event in parser.read_events()]
        return cls(element for element in found if isinstance(element, ElementTree.Element))

    def every(self) -> list[ElementTree.Element]:
        return [element for _, element in self._named]

    def all(self, *names: str) -> list[ElementTree.Element]:
        return [element for name in names for said, element in self._named if said == name]

    def texts(self, *names: str) -> list[str]:
        return [" ".join("".join(element.itertext()).split()) for element in self.all(*names)]

    def text(self, *names: str) -> str:
        """The first text under one of `names`, in their order; nothing where there is none."""
        return next(filter(None, self.texts(*names)), "")

    def within(self, name: str) -> "Fields":
        """The children of the first element of that name."""
        return Fields(next(iter(self.all(name)), ()))
