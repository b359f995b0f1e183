"""Groups of people as platforms write them: to be pinged, or to manage a channel."""

import re

from bot.errors import Refused
from bot.model import Group
from bot.text import shorten

_FORMS = re.compile(
    r"<!subteam\^(?P<slack>\w{1,40})(?:\|@?(?P<name>[^>|]*))?>"  # Slack's user groups
    r"|<@&(?P<discord>\w{1,30})>"  # Discord's roles
    r"|@(?P<name_alone>\w[\w.-]{0,79})"
    r"|(?P<id>(?=\w*\d)\w{1,40})"  # bare
)
_ALL = re.compile(r"<!(?:here|channel|everyone)\b.*>|@?(?:here|channel|everyone|all)", re.IGNORECASE)
_PERSON = re.compile(r"<@!?\w+(?:\|[^>]*)?>")


def group(text: str, workspace: str) -> Group:
    """The group that a person means. Raises Refused for everybody at once, for one person, and for what is no name.

    workspace: the platform's id of it; Discord has a role of that id, which is everybody.
    """
    said = text.strip()
    found = _FORMS.fullmatch(said)
    if _ALL.fullmatch(said) or (found and workspace in found.groups()):
        raise Refused("Everybody at once can't be named, here or anywhere.", "Name a group, such as @reading-group.")
    if _PERSON.fullmatch(said):
        raise Refused("That is one person, not a group.", "Name a group, such as @reading-group.")
    if found is None:
        raise Refused(f"“{shorten(said, 40)}” is no group.", "Name one, such as @reading-group.")
    if name := found["name_alone"]:
        return Group(name, name)
    return Group(found["slack"] or found["discord"] or found["id"], found["name"] or "")
