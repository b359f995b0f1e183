"""What Slack sends, told apart: who spoke or pressed where, and what happened to channels and installations."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from adapters.slack.forms import answers
from adapters.slack.heard import (
    FIND,
    LOOK_UP,
    Asked,
    Body,
    Changed,
    Clicked,
    Heard,
    HomeOpened,
    Joined,
    Linked,
    Moved,
    Place,
    Reacted,
    Removed,
    Submitted,
    Typed,
)
from bot.identity import ids_in

_MARKED = re.compile(r"<(?P<inside>[^<>]{1,3000})>")
_NO_NAMES = ("directmessage", "privategroup")  # what Slack calls a channel whose name it does not tell
_IN_RENAMES = ("channel_rename", "group_rename")
_CLOSED = ("channel_archive", "channel_deleted", "channel_left", "group_archive", "group_deleted", "group_left")
_OPENED = ("channel_unarchive", "group_unarchive")


def heard(body: Body) -> Heard | None:
    """What the payload says, or none where it is nothing that concerns us."""
    match body.get("type"):
        case None if "command" in body:
            return _command(body)
        case "event_callback":
            return _event(body, _inner(body, "event"))
        case "block_actions":
            return _action(body)
        case "view_submission":
            found = answers(_inner(body, "view"))
            return Submitted(_pressed_at(body), found) if found else None
        case "shortcut" if body.get("callback_id") == FIND:
            return Asked(_pressed_at(body), None)
        case "message_action" if body.get("callback_id") == LOOK_UP:
            return Asked(_pressed_at(body), ids_in(everything_written(_inner(body, "message"))))
        case _:
            return None


def plain(text: str) -> str:
    """What a person meant by a text of Slack's: links bare, `&amp;` and its like as letters.

    Mentions of people, groups and channels stay as they are: the grammar reads them.
    """
    opened = _MARKED.sub(lambda match: _bare(match["inside"]), text)
    return opened.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def everything_written(message: Body) -> str:
    """The message's text, and every text and address in its blocks and attachments."""
    rest = " ".join(_texts([message.get("blocks"), message.get("attachments")]))
    return f"{plain(_text(message, 'text'))} {rest}"


def _command(body: Body) -> Typed:
    name, said = _text(body, "command"), _text(body, "text")
    root = "/paper" if name == "/paper" else "/papers"
    told = _text(body, "channel_name")
    place = Place(
        workspaces=(_text(body, "team_id"),),
        team=_text(body, "team_id"),
        user=_text(body, "user_id"),
        user_name=_text(body, "user_name"),
        channel=_text(body, "channel_id"),
        channel_name="" if told in _NO_NAMES else told,
        key=_text(body, "trigger_id"),
        answer_url=_text(body, "response_url"),
        trigger=_text(body, "trigger_id"),
    )
    return Typed(place, f"{root} {plain(said)}".strip())


def _event(body: Body, event: Body) -> Heard | None:
    place = _event_place(body, event)
    match event.get("type"):
        case "app_mention" if not event.get("bot_id"):
            return Typed(place, plain(_unmentioned(_text(event, "text"), _bot(body))), is_public=True)
        case "message" if _is_spoken(event):
            return Typed(place, plain(_unmentioned(_text(event, "text"), _bot(body))))
        case "app_home_opened" if event.get("tab", "home") == "home":
            return HomeOpened(place)
        case "member_joined_channel":
            return Joined(replace(place, user=_text(event, "inviter")), place.user)
        case renamed if renamed in _IN_RENAMES:
            return Changed(place, "renamed")
        case closed if closed in _CLOSED:
            return Changed(place, "closed")
        case opened if opened in _OPENED:
            return Changed(place, "opened")
        case "channel_id_changed":
            return Moved(replace(place, channel=_text(event, "old_channel_id")), _text(event, "new_channel_id"))
        case "app_uninstalled":
            return Removed(place, None)
        case "tokens_revoked":
            return Removed(place, tuple(map(str, _inner(event, "tokens").get("bot") or ())))
        case "reaction_added" | "reaction_removed":
            item = _inner(event, "item")
            there = replace(place, channel=_text(item, "channel"), message=_text(item, "ts"))
            return Reacted(there, _text(event, "reaction"), event.get("type") == "reaction_removed")
        case "link_shared":
            links = tuple(_text(link, "url") for link in _dicts(event.get("links")))
            names = ("unfurl_id", "source") if event.get("unfurl_id") else ()
            return Linked(place, links, {name: _text(event, name) for name in names})
        case _:
            return None


def _is_spoken(event: Body) -> bool:
    """Whether it is a person's message to us alone."""
    by_person = not event.get("bot_id") and event.get("subtype") in (None, "file_share")
    return by_person and event.get("channel_type") == "im" and bool(event.get("user"))


def _event_place(body: Body, event: Body) -> Place:
    authorized = [_text(one, "team_id") for one in _dicts(body.get("authorizations"))]
    channel = event.get("channel")
    told = channel if isinstance(channel, Mapping) else {}
    own = _text(event, "user_team") or _text(event, "source_team") or _text(event, "team")
    user = event.get("user") or event.get("user_id")
    return Place(
        workspaces=_known((*authorized, _text(body, "team_id"), _text(body, "context_team_id"))),
        team=own,
        user=user if isinstance(user, str) else "",
        channel=_text(told, "id") or _text(event, "channel"),
        channel_name=_text(told, "name"),
        key=_text(body, "event_id"),
        thread=_text(event, "thread_ts"),
        message=_text(event, "message_ts") or _text(event, "ts"),
    )


def _action(body: Body) -> Clicked | None:
    chosen = next(iter(_dicts(body.get("actions"))), None)
    if chosen is None:
        return None
    option = _inner(chosen, "selected_option")
    value = _text(chosen, "value") or _text(option, "value")
    at = _text(chosen, "action_ts")
    return Clicked(
        _pressed_at(body),
        _text(chosen, "action_id"),
        value,
        float(at) if re.fullmatch(r"\d+(\.\d+)?", at) else 0.0,
        _papers(body, chosen, value),
        () if _inner(body, "container").get("is_ephemeral") else _dicts(_inner(body, "message").get("blocks")),
        _text(_inner(body, "message"), "text"),
    )


def _papers(body: Body, chosen: Body, value: str) -> tuple[str, ...]:
    """Ids in the button itself, else in what stands above it, nearest first."""
    own = ids_in(f"{value} {_text(chosen, 'action_id')}")
    blocks = _dicts(_inner(body, "message").get("blocks"))
    at = next((n for n, one in enumerate(blocks) if one.get("block_id") == chosen.get("block_id")), len(blocks))
    above = [id for block in reversed(blocks[:at]) for id in ids_in(" ".join(_texts([block])))]
    return tuple(dict.fromkeys((*own, *above)))


def _pressed_at(body: Body) -> Place:
    user, view, container = _inner(body, "user"), _inner(body, "view"), _inner(body, "container")
    channel, message = _inner(body, "channel"), _inner(body, "message")
    team = _text(user, "team_id")
    told = _text(channel, "name")
    kind = _text(view, "type")
    return Place(
        workspaces=_known((_text(view, "app_installed_team_id"), _text(_inner(body, "team"), "id"), team)),
        team=team,
        user=_text(user, "id"),
        user_name=_text(user, "name") or _text(user, "username"),
        channel=_text(channel, "id") or _text(container, "channel_id"),
        channel_name="" if told in _NO_NAMES else told,
        key=_text(body, "trigger_id"),
        thread=_text(message, "thread_ts") or _text(container, "thread_ts"),
        message=_text(container, "message_ts") or _text(message, "ts"),
        view="home" if kind == "home" else "modal" if kind == "modal" else "",
        view_id=_text(view, "id"),
        answer_url=_text(body, "response_url"),
        trigger=_text(body, "trigger_id"),
    )


def _unmentioned(text: str, bot: str) -> str:
    """The text without our own name in it."""
    ours = re.compile(rf"<@{re.escape(bot)}(\|[^>]*)?>[:,]?" if bot else r"^\s*<@\w+(\|[^>]*)?>[:,]?")
    return ours.sub(" ", text).strip()


def _bot(body: Body) -> str:
    """The id of our own user there."""
    return next((_text(one, "user_id") for one in _dicts(body.get("authorizations")) if one.get("is_bot", True)), "")


def _bare(inside: str) -> str:
    """What stands for `<…>`: a link without its label; a mention as it was."""
    if inside[:1] in ("@", "#", "!"):
        return f"<{inside}>"
    return inside.partition("|")[0].removeprefix("mailto:")


def _texts(parts: Sequence[object]) -> list[str]:
    """Every text and address in there, however deep."""
    found: list[str] = []
    for part in parts:
        if isinstance(part, Mapping):
            found += [part[name] for name in ("text", "url", "value", "title_link") if isinstance(part.get(name), str)]
            found += _texts([one for one in part.values() if not isinstance(one, str)])
        elif isinstance(part, list | tuple):
            found += _texts(part)
    return found


def _known(ids: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, ids)))


def _inner(body: Body, name: str) -> Body:
    value = body.get(name)
    return value if isinstance(value, Mapping) else {}


def _dicts(value: object) -> list[Body]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _text(body: Body, name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""
