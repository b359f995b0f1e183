"""Mail addresses: what is one, and the one spelling of each."""

import re

from yarl import URL

from bot.errors import Refused
from bot.text import one_line, shorten

LONGEST, LONGEST_LOCAL = 254, 64  # characters of an address and of what stands before its @: RFC 5321, 4.5.3.1
_WORD = r"[a-z0-9#$&'*+/=?^_`{|}~-]+"  # an atom of RFC 5322 without ! and %, by which old servers pass mail on
_LOCAL = re.compile(rf"{_WORD}(?:\.{_WORD})*")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+(?!\d+$){_LABEL}")
_LINKED = re.compile(r"<mailto:(?P<address>[^|>]*)(?:\|[^>]*)?>|<(?P<bare>[^<>]*)>")  # as Slack, and as mail writes it


def address(text: str) -> str:
    """The address that is meant, in lower case, its domain as the network knows it. Raises Refused for what is none."""
    linked = _LINKED.fullmatch(text.strip())
    said = ((linked["address"] or linked["bare"] or "") if linked else text.strip()).removeprefix("mailto:")
    if len(said) > LONGEST:
        raise Refused(f"That is too long for a mail address ({len(said):,} characters).", "One has 254 at most.")
    local, _, domain = said.rpartition("@")
    local, host = local.lower(), _host(domain)
    if len(local) > LONGEST_LOCAL or not (_LOCAL.fullmatch(local) and _DOMAIN.fullmatch(host)):
        raise Refused(f"“{shorten(one_line(said), 60)}” is not a mail address that I can write to.", "Try me@lab.org.")
    return f"{local}@{host}"


def mailbox(known: str) -> str:
    """The same without what stands after a +: all such addresses are one person's."""
    local, _, domain = known.partition("@")
    return f"{local.partition('+')[0] or local}@{domain}"


def _host(domain: str) -> str:
    try:
        return (URL.build(scheme="http", host=domain).raw_host or "").lower() if domain else ""
    except ValueError:  # a name that IDNA does not know
        return ""
