"""Messages as Discord takes them, filled piece by piece as far as its limits allow."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from adapters.discord import limits
from adapters.discord.limits import length
from bot.cards import File

Payload = dict[str, Any]

NOTHING = "…"  # Discord takes no message of buttons alone


@dataclass(frozen=True, slots=True)
class Message:
    """One message: its JSON body, and the files that go with it."""

    body: Payload
    files: tuple[File, ...] = ()

    def request(self, **more: object) -> dict[str, Any]:
        """The arguments with which discord.py's `http.request` sends it; more: further keys of the body."""
        body = {**self.body, **more}
        return self._as(body)

    def begins(self, about: Payload) -> dict[str, Any]:
        """The same for a message that begins a forum's post: `about` is the post's own name and tags."""
        return self._as({**about, "message": self.body})

    def _as(self, body: Payload) -> dict[str, Any]:
        return {"form": form(body, self.files)} if self.files else {"json": body}


@dataclass(frozen=True, slots=True)
class Piece:
    """What stays together: a sentence or an embed, with the rows to press below it.

    pings: ids of roles. A piece with text goes above all embeds, into a further message if need be.
    """

    text: str = ""
    embed: Payload | None = None
    rows: tuple[Payload, ...] = ()
    pings: tuple[str, ...] = ()
    files: tuple[File, ...] = ()


def packed(pieces: Iterable[Piece]) -> list[Message]:
    """The pieces in as few messages as hold them, in order: at least one."""
    pages = [_Page()]
    for piece in pieces:
        if not pages[-1].holds(piece):
            pages.append(_Page())
        pages[-1].take(piece)
    return [page.message() for page in pages]


def form(body: Payload, files: Iterable[File]) -> list[dict[str, Any]]:
    """The parts of a request with files."""
    said = {"name": "payload_json", "value": json.dumps(body), "content_type": "application/json"}
    kept = [
        {
            "name": f"files[{n}]",
            "value": file.text.encode(errors="replace"),
            "filename": _name(file),
            "content_type": file.media_type,
        }
        for n, file in enumerate(files)
    ]
    return [said, *kept]


@dataclass(slots=True)
class _Page:
    """A message that is being filled."""

    texts: list[str] = field(default_factory=list)
    embeds: list[Payload] = field(default_factory=list)
    rows: list[Payload] = field(default_factory=list)
    pings: list[str] = field(default_factory=list)
    files: list[File] = field(default_factory=list)

    def holds(self, piece: Piece) -> bool:
        embeds = [*self.embeds, piece.embed] if piece.embed else self.embeds
        return (
            not (piece.text and self.embeds)
            and length("\n\n".join([*self.texts, piece.text])) <= limits.CONTENT
            and len(embeds) <= limits.EMBEDS
            and sum(map(_size, embeds)) <= limits.EMBEDS_TEXT
            and len(self.rows) + len(piece.rows) <= limits.ROWS
            and len(self.files) + len(piece.files) <= limits.FILES
        )

    def take(self, piece: Piece) -> None:
        self.texts += filter(None, [piece.text])
        self.embeds += filter(None, [piece.embed])
        self.rows += piece.rows
        self.pings += piece.pings
        self.files += piece.files

    def message(self) -> Message:
        text = "\n\n".join(self.texts)
        body: Payload = {
            "content": text if text or self.embeds or self.files else NOTHING,
            "embeds": self.embeds,
            "components": self.rows,
            "allowed_mentions": {"parse": [], "roles": list(dict.fromkeys(self.pings))},
        }
        if self.files:
            body["attachments"] = [{"id": n, "filename": _name(file)} for n, file in enumerate(self.files)]
        return Message(body, tuple(self.files))


def _size(embed: Payload) -> int:
    """Letters of an embed that count towards a message's limit; no other of its texts is ever used here."""
    footer = embed.get("footer") or {}
    return sum(map(length, (embed.get("title", ""), embed.get("description", ""), footer.get("text", ""))))


def _name(file: File) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", file.name).strip("-")[-80:] or "file.txt"
