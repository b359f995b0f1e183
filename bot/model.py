"""The facts that travel between modules: papers, channels, follows, picks. Frozen, no I/O."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Literal, TypeVar

from bot.text import quoted

FollowKind = Literal["topic", "author", "category", "venue", "like", "feed", "trending", "mute"]
ChannelKind = Literal["channel", "dm", "email"]
DigestKind = Literal["asked", "daily", "weekly", "monthly", "away", "quiet", "note"]
Layout = Literal["compact", "full", "titles"]
QuietDays = Literal["say", "silent"]
FOREVER = datetime(9999, 12, 31, tzinfo=UTC)  # until somebody or something ends it
T = TypeVar("T")


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
    rank: int | None = None  # in the source's list of the day, from 1
    upvotes: int | None = None
    comments: int | None = None
    submitter: str = ""
    citations: int | None = None
    withdrawn: bool = False


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
    stored_at: datetime
    withdrawn: bool = False
    citations: int | None = None


@dataclass(frozen=True, slots=True)
class Channel:
    """A place that gets digests. pk numbers it inside this database; of a `dm`, platform_id is the person's id, of an
    `email` the address.

    size: papers a digest. hours: the first and last local time at which something may be posted unasked. least: papers
    that a digest waits for. paused_until: aware UTC; pause_reason: why, where the platform is to blame.
    looked_until: papers stored before that were looked at. set_up_by: the key of the person who followed first.
    managers: members, admins or a group as `Group.kept`; empty for the platform's own rule. pinned, removed: words that
    always count in its taste, or never.
    """

    pk: int
    platform: str
    workspace: str
    platform_id: str
    name: str
    kind: ChannelKind = "channel"
    zone: str = "UTC"
    size: int = 5
    layout: Layout = "compact"
    quiet_days: QuietDays = "say"
    hours: tuple[time, time] | None = None
    least: int = 1
    paused_until: datetime | None = None
    pause_reason: str = ""
    looked_until: datetime | None = None
    was_quiet: bool = False
    set_up_by: str = ""
    managers: str = ""
    pinned: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    @property
    def is_personal(self) -> bool:
        """Whether what comes here comes to one person alone."""
        return self.kind != "channel"


@dataclass(frozen=True, slots=True)
class Group:
    """A group of people on a platform: its id there, and its name where that is known."""

    id: str
    name: str = ""

    @classmethod
    def of(cls, kept: str) -> "Group":
        """The group that was put down as `kept`."""
        id, _, name = kept.partition("|")
        return cls(id, name)

    @property
    def kept(self) -> str:
        """How it is put down: `S0123|lab`, or the id alone."""
        return f"{self.id}|{self.name}" if self.name else self.id

    @property
    def shown(self) -> str:
        return f"@{self.name or self.id}"


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
    notify: tuple[str, ...] = ()  # the groups to ping, as `Group.kept`
    added_by: str = ""
    added_by_key: str = ""  # of the person, empty once they are forgotten
    added_at: datetime | None = None

    @property
    def name(self) -> str:
        """What a person types to name it: `recsys`, `author:"Ada Lovelace"`."""
        return self.text if self.kind in ("topic", "mute", "trending") else f"{self.kind}:{quoted(self.text)}"


@dataclass(frozen=True, slots=True)
class Pick:
    """A paper chosen for one channel: how well it fits, which follows it answers (their names), and why in words.

    is_caught_up: it was listed before the last digest, but came in late. before: the day of the digest that had it.
    pings: the platform's ids of the groups that wanted to hear of it. also: other channels of the workspace with it.
    summary: what a language model made of it, if one was asked. in_case_of: the day of a mail that had it and of which
    nobody knows if it arrived.
    """

    paper: Paper
    score: float
    follows: tuple[str, ...]
    why: str
    is_caught_up: bool = False
    before: date | None = None
    pings: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    summary: str = ""
    in_case_of: date | None = None


@dataclass(frozen=True, slots=True)
class Digest:
    """A composed digest, frozen: the same picks whenever it is shown again. slot: local date and kind.

    note: a sentence beside the picks, or in place of them. due_at: when it was promised, none if somebody asked for it.
    nearest: the id of the paper that came nearest, where nothing was picked.
    """

    pk: int
    slot: str
    day: date
    composed_at: datetime
    picks: tuple[Pick, ...] = field(default=())
    kind: DigestKind = "asked"
    note: str = ""
    due_at: datetime | None = None
    nearest: str = ""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a channel gets digests of one kind, by the clock on its wall.

    days: 0 is Monday, as in `date.weekday`; of a monthly one the day of the month (1 to 31, the last one where it has
    fewer). next_due_at: aware UTC.
    """

    kind: DigestKind
    days: tuple[int, ...]
    local_time: time
    next_due_at: datetime | None = None
    pk: int = 0


def papers_of_part(papers: Sequence[T], parts: int, part: int) -> Sequence[T]:
    """What the message of that number, from 0, holds of a digest that goes out in so many parts."""
    each = papers_a_part(len(papers), parts)
    return papers[part * each : (part + 1) * each]


def papers_a_part(papers: int, parts: int) -> int:
    """How many papers each but the last of so many messages holds."""
    return max(1, -(-papers // parts))
