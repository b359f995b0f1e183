"""The app's manifest: what Slack has to be told of us, made from what the code hears, calls and offers."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from adapters.slack.heard import FIND, LOOK_UP

JSON = str | bool | Sequence["JSON"] | Mapping[str, "JSON"]


@dataclass(frozen=True, slots=True)
class Scope:
    """A permission: why it is asked for, and what needs it. choice: with which it can be left out, or put in."""

    name: str
    why: str
    methods: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    choice: str = ""


@dataclass(frozen=True, slots=True)
class Choices:
    """What an operator decides. url: where Slack reaches us; none for Socket Mode."""

    history: bool = True
    previews: bool = False
    votes: bool = False
    url: str = ""

    def has(self, choice: str) -> bool:
        return not choice or bool(getattr(self, choice))


SCOPES = (
    Scope("app_mentions:read", "to hear @Paper Round", events=("app_mention",)),
    Scope(
        "channels:history", "to find our own post after a send of which Slack did not say whether it arrived",
        methods=("conversations.history", "conversations.replies"), choice="history",
    ),
    Scope(
        "channels:read", "to know a channel's name, and when it is archived, renamed or left",
        methods=("conversations.info", "users.conversations"),
        events=(
            "channel_archive", "channel_deleted", "channel_left", "channel_rename", "channel_unarchive",
            "member_joined_channel",
        ),
    ),
    Scope(
        "chat:write", "to post digests and answers",
        methods=("chat.postEphemeral", "chat.postMessage", "chat.update"),
    ),
    Scope("commands", "to be asked with /papers and /paper, and by shortcuts"),
    Scope("groups:history", "the same as channels:history, in private channels", choice="history"),
    Scope(
        "groups:read", "the same as channels:read, in private channels that we were invited to",
        events=(
            "channel_id_changed", "group_archive", "group_deleted", "group_left", "group_rename", "group_unarchive",
        ),
    ),
    Scope("im:history", "to read what you write to Paper Round alone", events=("message.im",)),
    Scope("links:read", "to see paper links, for previews", events=("link_shared",), choice="previews"),
    Scope("links:write", "to show previews of paper links", methods=("chat.unfurl",), choice="previews"),
    Scope(
        "reactions:read", "to count an emoji on a message that shows one paper as a vote",
        events=("reaction_added", "reaction_removed"), choice="votes",
    ),
    Scope("usergroups:read", "to know who is in a group that may change a channel", methods=("usergroups.list",)),
    Scope("users:read", "to know names, time zones, and who is an admin", methods=("users.info",)),
)  # fmt: skip
FREE_EVENTS = ("app_home_opened", "app_uninstalled", "tokens_revoked")  # need no scope
FREE_METHODS = ("apps.connections.open", "auth.test", "oauth.v2.access", "views.open", "views.publish", "views.push",
                "views.update")  # fmt: skip
PREVIEWED = ("arxiv.org", "doi.org", "huggingface.co", "openreview.net")  # whose links are shown, where previews are on


def scopes(chosen: Choices) -> tuple[Scope, ...]:
    return tuple(scope for scope in SCOPES if chosen.has(scope.choice))


def events(chosen: Choices) -> tuple[str, ...]:
    """What Slack is to tell us of, by name."""
    return tuple(sorted((*FREE_EVENTS, *(event for scope in scopes(chosen) for event in scope.events))))


def manifest(chosen: Choices) -> Mapping[str, JSON]:
    """The manifest as Slack takes it."""
    to = f"{chosen.url.rstrip('/')}/slack/events" if chosen.url else ""
    at = {"request_url": to} if to else {}
    at_command = {"url": to} if to else {}
    redirect = {"redirect_urls": [f"{chosen.url.rstrip('/')}/slack/oauth_redirect"]} if to else {}
    unfurl = {"unfurl_domains": list(PREVIEWED)} if chosen.previews else {}
    return {
        "display_information": {
            "name": "Paper Round",
            "description": "A few papers that fit your channel, once a day, and look-ups at any time.",
            "background_color": "#1f3a5f",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "Paper Round", "always_online": True},
            "shortcuts": [
                _shortcut("Find a paper", "global", FIND, "Look a paper up by title, id or link."),
                _shortcut("Look up this paper", "message", LOOK_UP, "Look up the papers that a message names."),
            ],
            "slash_commands": [
                _command("/papers", "Follow topics, read digests, save papers.", "help", at_command),
                _command("/paper", "Look a paper up.", "title, arXiv id, DOI or link", at_command),
            ],
            **unfurl,
        },
        "oauth_config": {**redirect, "scopes": {"bot": [scope.name for scope in scopes(chosen)]}},
        "settings": {
            "event_subscriptions": {**at, "bot_events": list(events(chosen))},
            "interactivity": {"is_enabled": True, **at},
            "org_deploy_enabled": False,
            "socket_mode_enabled": not to,
            "token_rotation_enabled": False,
        },
    }


def as_yaml(chosen: Choices) -> str:
    """The manifest as a file, with the reason beside each scope."""
    why = {scope.name: scope.why for scope in scopes(chosen)}
    head = (
        "# Made by: paper-round slack manifest\n# For: https://api.slack.com/apps > Create New App > From a manifest\n"
    )
    return head + "".join(f"{line}\n" for line in _lines(manifest(chosen), why))


def as_table(chosen: Choices) -> str:
    """Which scope is asked for why, as a Markdown table."""
    rows = [f"| `{scope.name}` | {scope.why} | {_left_out(scope)} |" for scope in scopes(chosen)]
    return "\n".join(["| Scope | Why | Can be left out |", "| --- | --- | --- |", *rows])


def _left_out(scope: Scope) -> str:
    match scope.choice:
        case "history":
            return "yes: `--no-history`; then a post in doubt is not sent again, and whoever set it up is asked"
        case "":
            return "no"
        case _:
            return f"it is only there with `--{scope.choice}`"


def _shortcut(name: str, kind: str, callback: str, description: str) -> Mapping[str, JSON]:
    return {"name": name, "type": kind, "callback_id": callback, "description": description}


def _command(command: str, description: str, hint: str, at: Mapping[str, str]) -> Mapping[str, JSON]:
    return {"command": command, **at, "description": description, "usage_hint": hint, "should_escape": True}


def _lines(value: Mapping[str, JSON], why: Mapping[str, str], indent: str = "") -> Iterator[str]:
    for name, inner in value.items():
        if isinstance(inner, Mapping):
            yield f"{indent}{name}:"
            yield from _lines(inner, why, f"{indent}  ")
        elif isinstance(inner, str | bool):
            yield f"{indent}{name}: {json.dumps(inner)}"
        else:
            yield f"{indent}{name}:"
            yield from _items(inner, why, f"{indent}  ")


def _items(values: Sequence[JSON], why: Mapping[str, str], indent: str) -> Iterator[str]:
    for value in values:
        if isinstance(value, Mapping):
            first, *rest = _lines(value, why, f"{indent}  ")
            yield f"{indent}- {first.strip()}"
            yield from rest
        else:
            reason = f" # {why[value]}" if isinstance(value, str) and value in why else ""
            yield f"{indent}- {json.dumps(value)}{reason}"
