"""Who may change what a channel gets: the one place that decides it."""

from bot.adapter import Invocation
from bot.commands.context import who
from bot.errors import Refused
from bot.model import Channel, Group

RULES = ("admins", "members")


def require_change(channel: Channel, ask: Invocation) -> None:
    """Refused unless the person may change what the channel gets."""
    if not may_change(channel, ask):
        raise Refused(f"Only {changers(channel)} can change what comes here.", "Ask one of them.")


def require_admin(ask: Invocation, what: str) -> None:
    """Refused unless the person administers the channel; `what`: what only admins do, after "can"."""
    if not (ask.is_admin or _is_own(ask)):
        raise Refused(f"Only admins can {what}.", "Ask one of them.")


def may_change(channel: Channel, ask: Invocation) -> bool:
    """Whether the person may follow and unfollow here, by the channel's rule or, without one, the platform's."""
    if channel.managers == "members" or _is_own(ask):
        return True
    if not channel.managers:
        return ask.can_manage
    return ask.is_admin or (channel.managers != "admins" and Group.of(channel.managers).id in ask.groups)


def may_take_back(ask: Invocation, key: str) -> bool:
    """Whether the person may take back what was done by whom `key` names: by themselves, or they are an admin."""
    return ask.is_admin or _is_own(ask) or key == who(ask).key


def changers(channel: Channel) -> str:
    """Who may change what comes, in words: `admins`, `members of @lab`."""
    match channel.managers:
        case "":
            return "those who manage this channel"
        case "members":
            return "its members"
        case "admins":
            return "admins"
        case group:
            return f"admins and members of {Group.of(group).shown}"


def _is_own(ask: Invocation) -> bool:
    """Whether the channel is the person's own, where nobody else gets anything."""
    return ask.channel.is_own(ask.user)
