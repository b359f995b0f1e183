"""The whole state: one table a noun. Only `store` reads or writes it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, UniqueConstraint, text
from sqlmodel import Field, SQLModel

NAMING = {  # so that every constraint can be named in a migration, on both databases
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = NAMING


_LEFT = text("worker <> '' AND due_at IS NOT NULL")


def _of(table: str, **more: Any) -> Any:
    """A column that belongs to a row of `table` and goes with it."""
    return Field(sa_column=Column(Integer, ForeignKey(f"{table}.pk", ondelete="CASCADE"), nullable=False, **more))


class Paper(SQLModel, table=True):
    pk: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    title: str
    key: str = Field(index=True)  # look-up and duplicates by equal title
    head_key: str = Field(default="", index=True)  # look-up by the name before a colon
    abstract: str = ""
    fingerprint: int = Field(
        default=0, sa_column=Column(BigInteger, nullable=False)
    )  # of title and abstract: tells the picker whose text has changed
    authors: list[str] = Field(default=[], sa_column=Column(JSON, nullable=False))
    categories: list[str] = Field(default=[], sa_column=Column(JSON, nullable=False))
    links: list[list[str]] = Field(default=[], sa_column=Column(JSON, nullable=False))
    url: str = ""
    venue: str = ""
    version: int = 0
    published_at: datetime | None = None
    updated_at: datetime | None = None
    listed_at: datetime  # when the source announced it
    stored_at: datetime = Field(index=True)  # when it came in: what a digest has not looked at yet
    withdrawn: bool = False
    citations: int | None = None
    __table_args__ = (  # new since a time; and whether any of the newest has changed, without reading them
        Index("ix_paper_listed_at_pk_fingerprint", "listed_at", "pk", "fingerprint"),
    )


class PaperAlias(SQLModel, table=True):
    __tablename__ = "paper_alias"
    id: str = Field(primary_key=True)  # every id of a paper, its first included
    paper_pk: int = _of("paper", index=True)


class Sighting(SQLModel, table=True):
    paper_pk: int = _of("paper", primary_key=True)
    source: str = Field(primary_key=True)
    day: date = Field(primary_key=True, index=True)  # trending of a day
    rank: int | None = None
    upvotes: int | None = None
    comments: int | None = None
    submitter: str = ""


class Summary(SQLModel, table=True):
    paper_pk: int = _of("paper", primary_key=True)
    text: str  # empty where what the model said was refused
    model: str
    made_at: datetime


class Workspace(SQLModel, table=True):
    pk: int | None = Field(default=None, primary_key=True)
    platform: str
    platform_id: str
    name: str = ""
    token: str = ""  # an install token, encrypted
    removed_at: datetime | None = None
    __table_args__ = (UniqueConstraint("platform", "platform_id"),)


class Channel(SQLModel, table=True):
    pk: int | None = Field(default=None, primary_key=True)
    workspace_pk: int = _of("workspace")
    platform_id: str
    name: str = ""
    kind: str = "channel"
    zone: str = "UTC"
    settings: dict[str, Any] = Field(default={}, sa_column=Column(JSON, nullable=False))
    paused_until: datetime | None = None
    pause_reason: str = ""  # empty where somebody asked for it, else why it can't be reached
    looked_until: datetime | None = None  # papers stored before were looked at by its last scheduled digest
    was_quiet: bool = False  # the last thing said unasked was that there is nothing
    set_up_by: str = ""  # the person who followed first: platform/workspace/id
    managers: str = ""  # who may change it: members, admins, a group; empty for the platform's own rule
    link: str = Field(default="", index=True)  # names it in its secret link, which is signed; empty where there is none
    __table_args__ = (UniqueConstraint("workspace_pk", "kind", "platform_id"),)


class Schedule(SQLModel, table=True):
    pk: int | None = Field(default=None, primary_key=True)
    channel_pk: int = _of("channel")
    kind: str  # daily, weekly, monthly
    days: str = ""  # mon,tue; of a monthly one the day of the month
    local_time: str = "09:00"
    next_due_at: datetime | None = Field(default=None, index=True)  # what is due now
    lease_until: datetime | None = None
    worker: str = ""
    __table_args__ = (UniqueConstraint("channel_pk", "kind"),)


class Follow(SQLModel, table=True):
    pk: int | None = Field(default=None, primary_key=True)
    channel_pk: int = _of("channel")
    kind: str
    text: str
    key: str
    filters: dict[str, Any] = Field(default={}, sa_column=Column(JSON, nullable=False))
    notify: list[str] = Field(default=[], sa_column=Column(JSON, nullable=False))  # groups to ping
    added_by: str = ""
    added_by_name: str = ""
    added_at: datetime
    __table_args__ = (UniqueConstraint("channel_pk", "kind", "key"),)


class Profile(SQLModel, table=True):
    follow_pk: int = _of("follow", primary_key=True)
    version: str
    weights: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    papers: int = 0  # that it was fitted to
    fitted_at: datetime


class Feedback(SQLModel, table=True):
    channel_pk: int = _of("channel", primary_key=True)
    user: str = Field(primary_key=True)
    paper_pk: int = _of("paper", primary_key=True)
    sign: int  # +1 more like this, -1 not for us
    at: datetime


class Taste(SQLModel, table=True):
    channel_pk: int = _of("channel", primary_key=True)
    version: str
    mark: str  # of the votes, pins and follows that it was learned from
    weights: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    papers: int = 0  # in the index that it was fitted to
    fitted_at: datetime


class Saved(SQLModel, table=True):
    pk: int | None = Field(default=None, primary_key=True)
    user: str = Field(index=True)  # platform/workspace/id
    paper_pk: int = _of("paper")
    note: str = ""
    state: str = "to read"
    version: int = 0  # of the paper, when it was saved or its change was last told
    fingerprint: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))  # of its text then
    at: datetime
    __table_args__ = (UniqueConstraint("user", "paper_pk"),)


class Digest(SQLModel, table=True):
    pk: int | None = Field(default=None, primary_key=True)
    channel_pk: int = _of("channel")
    slot: str  # the channel's local date and the kind: 2026-11-24 asked
    kind: str = "asked"
    day: date
    picks: list[dict[str, Any]] = Field(default=[], sa_column=Column(JSON, nullable=False))
    note: str = ""  # a sentence beside the picks, or in place of them
    nearest: str = ""  # the paper that came nearest, by id, where nothing was picked
    due_at: datetime | None = None  # when it was promised
    composed_at: datetime
    __table_args__ = (UniqueConstraint("channel_pk", "slot"),)


class Delivery(SQLModel, table=True):
    pk: int | None = Field(default=None, primary_key=True)
    digest_pk: int = _of("digest")
    channel_pk: int = _of("channel", index=True)  # what was delivered there
    platform: str
    part: int = 0
    key: str = Field(unique=True)  # names this message on the platform: at most 25 letters
    state: str = "waiting"  # waiting, sending, sent, doubtful, failed, skipped
    due_at: datetime | None = None  # when a worker may take it, a lease's end included; none once it is over
    worker: str = ""
    attempts: int = 0
    is_plain: bool = False  # titles and links only: the platform refused the cards
    message: str = ""
    url: str = ""
    error: str = ""
    changed_at: datetime
    __table_args__ = (
        UniqueConstraint("digest_pk", "part"),
        Index("ix_delivery_platform_due", "platform", "due_at"),  # what is due
        Index("ix_delivery_left", "platform", "due_at", postgresql_where=_LEFT, sqlite_where=_LEFT),  # and was begun
    )


class Shown(SQLModel, table=True):
    channel_pk: int = _of("channel", primary_key=True)
    paper_pk: int = _of("paper", primary_key=True, index=True)  # where was this paper seen
    digest_pk: int = _of("digest", index=True)


class Change(SQLModel, table=True):
    pk: int | None = Field(default=None, primary_key=True)
    channel_pk: int = _of("channel", index=True)
    user: str
    user_name: str = ""
    what: str  # a sentence: followed recsys
    undo: dict[str, Any] = Field(default={}, sa_column=Column(JSON, nullable=False))
    at: datetime
    undone_at: datetime | None = None


class Handled(SQLModel, table=True):
    event_key: str = Field(primary_key=True)
    at: datetime = Field(index=True)  # forgotten after an hour


class AdapterFact(SQLModel, table=True):
    __tablename__ = "adapter_fact"
    adapter: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    value: str


class Token(SQLModel, table=True):
    digest: str = Field(primary_key=True)  # of the token; the token itself is in nobody's database
    purpose: str
    subject: str
    made_at: datetime
    used_at: datetime | None = None


class SourceState(SQLModel, table=True):
    __tablename__ = "source_state"
    source: str = Field(primary_key=True)
    title: str = ""  # a feed's own
    etag: str = ""
    last_modified: str = ""
    cursor: str = ""
    last_success_at: datetime | None = None
    failures: int = 0
    trouble: str = ""  # why the last try brought nothing, in words
    stale_since: datetime | None = None
    next_poll_at: datetime | None = None
    lease_until: datetime | None = None
    worker: str = ""


class HostGate(SQLModel, table=True):
    __tablename__ = "host_gate"
    host: str = Field(primary_key=True)
    free_at: datetime  # when the next request may begin
    held_by: str = ""
    held_until: datetime | None = None
