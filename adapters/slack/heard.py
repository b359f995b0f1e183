"""What can be heard from Slack: somebody spoke, pressed, filled in; a channel or an installation changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from adapters.slack.forms import Answers

Body = Mapping[str, Any]
View = Literal["", "home", "modal"]

LOOK_UP, FIND = "look_up", "find"  # the callback ids of our shortcuts


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is, and the ways to answer there.

    workspaces: ids under which the installation may be known, the likeliest first. team: the person's own workspace.
    key: the same for a repeat of the same event. thread: the message below which was spoken. message: what was pressed
    on. view: the surface that was pressed on, if it is no message. answer_url: takes five answers in half an hour.
    trigger: opens one modal within three seconds.
    """

    workspaces: tuple[str, ...]
    user: str
    team: str = ""
    user_name: str = ""
    channel: str = ""
    channel_name: str = ""
    key: str = ""
    thread: str = ""
    message: str = ""
    view: View = ""
    view_id: str = ""
    answer_url: str = ""
    trigger: str = ""

    @property
    def is_dm(self) -> bool:
        return self.channel.startswith("D")


@dataclass(frozen=True, slots=True)
class Typed:
    """A line: a slash command, a mention, a direct message. is_public: everybody there has read it."""

    place: Place
    text: str
    is_public: bool = False


@dataclass(frozen=True, slots=True)
class Clicked:
    """Something pressed or chosen. papers: ids of papers that the button or its message names, the likeliest first.

    blocks, text: of the message that it is in, where that can be changed.
    """

    place: Place
    action_id: str
    value: str
    at: float = 0.0
    papers: tuple[str, ...] = ()
    blocks: Sequence[Body] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Submitted:
    """A modal that was filled in."""

    place: Place
    answers: Answers


@dataclass(frozen=True, slots=True)
class Asked:
    """A shortcut: a paper to find, or the papers that a message names."""

    place: Place
    papers: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class HomeOpened:
    """Somebody looks at App Home."""

    place: Place


@dataclass(frozen=True, slots=True)
class Joined:
    """Somebody came into a channel, it may be us. place.user: who invited them."""

    place: Place
    who: str


@dataclass(frozen=True, slots=True)
class Changed:
    """A channel has another name, can be spoken in again, or can't any more."""

    place: Place
    what: Literal["renamed", "opened", "closed"]


@dataclass(frozen=True, slots=True)
class Moved:
    """A channel, place.channel until now, goes by another id: a private one that was shared with others."""

    place: Place
    id: str


@dataclass(frozen=True, slots=True)
class Removed:
    """The app, or tokens of it, were taken away. bots: whose tokens; none where all of it is gone."""

    place: Place
    bots: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Reacted:
    """An emoji put on the message `place.message`, or taken off it."""

    place: Place
    emoji: str
    is_taken_off: bool


@dataclass(frozen=True, slots=True)
class Linked:
    """Links that somebody wrote into a message. unfurl: what Slack calls this message's previews."""

    place: Place
    links: tuple[str, ...]
    unfurl: Mapping[str, str] = field(default_factory=dict)


Heard = Typed | Clicked | Submitted | Asked | HomeOpened | Joined | Changed | Moved | Removed | Reacted | Linked
