"""The facts that travel between modules: papers, channels, follows, picks. Frozen, no I/O."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from bot.text import quoted

FollowKind = Literal["topic", "author", "category", "venue", "like", "mute"]
ChannelKind = Literal["channel", "dm", "email"]


@dataclass(frozen=True, slots=True)
class Draft:
    """A paper as one source tells it, before it is saved.

    ids: every id that the source gives, best first, in the one spelling of `identity` (`arxiv:2403.01234`,
    `doi:10.1000/x`, `openreview:abc`, `url:<hash>`); may be empty, then the title stands in.
    published_at: aware UTC, or none where the source does not say. listed_at: when the source announced it.
    """

    title: str
    abstract: str = ""
    authors: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    url: str = ""
    categories: tuple[str, ...] = ()
    published_at: datetime | None = None
    updated_at: datetime | None = None
    listed_at: datetime | None = None
    version: int = 0
    venue: str = ""
    links: tuple[tuple[str, str], ...] = ()  # (label, https url), such as ("Code", "https://...")
    upvotes: int | None = None
    comments: int | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """A stored paper. pk numbers it inside this database; id names it everywhere."""

    pk: int
    id: str
    title: str
    abstract: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    url: str
    venue: str
    links: tuple[tuple[str, str], ...]
    version: int
    published_at: datetime | None
    updated_at: datetime | None
    listed_at: datetime


@dataclass(frozen=True, slots=True)
class Channel:
    """A place that gets digests. pk numbers it inside this database."""

    pk: int
    platform: str
    workspace: str
    platform_id: str
    name: str
    kind: ChannelKind = "channel"
    zone: str = "UTC"
    size: int = 5  # papers a digest


@dataclass(frozen=True, slots=True)
class Filters:
    """What a follow admits: any of `categories`, any of `authors`, none of `words`; at most `top` a digest."""

    categories: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    top: int | None = None

    def __str__(self) -> str:
        parts = [("in:", self.categories), ("not:", self.words), ("by:", self.authors)]
        said = [key + ",".join(quoted(value) for value in values) for key, values in parts if values]
        return " ".join(said + ([f"top:{self.top}"] if self.top else []))


@dataclass(frozen=True, slots=True)
class Follow:
    """What a channel wants to hear of, or (kind `mute`) never again. text: as typed; key: the same, made equal."""

    kind: FollowKind
    text: str
    key: str
    filters: Filters = Filters()
    pk: int = 0
    added_by: str = ""
    added_at: datetime | None = None

    @property
    def name(self) -> str:
        """What a person types to name it: `recsys`, `author:"Ada Lovelace"`."""
        return self.text if self.kind in ("topic", "mute") else f"{self.kind}:{quoted(self.text)}"


@dataclass(frozen=True, slots=True)
class Pick:
    """A paper chosen for one channel: how well it fits, which follows it answers (their names), and why in words."""

    paper: Paper
    score: float
    follows: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Digest:
    """A composed digest, frozen: the same picks whenever it is shown again. slot: local date and kind."""

    pk: int
    slot: str
    day: date
    composed_at: datetime
    picks: tuple[Pick, ...] = field(default=())
