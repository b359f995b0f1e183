"""A mail as it goes over the wire: its headers, its text, and the same as HTML."""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from typing import Any

from adapters.email import limits
from bot import mailbox
from bot.errors import Refused
from bot.text import one_line, shorten

_NAME = "Paper Round"
_UNFOLDED = ("list-unsubscribe", "message-id")  # a fold in these, or an encoded word, is read by no mail program


class _Policy(EmailPolicy):
    """The standard library's for SMTP, which otherwise breaks a long URL in a header."""

    def fold(self, name: str, value: Any) -> str:
        return f"{name}: {value}{self.linesep}" if name.lower() in _UNFOLDED else super().fold(name, value)

    def fold_binary(self, name: str, value: Any) -> bytes:
        return self.fold(name, value).encode("ascii", "surrogateescape")


_POLICY = _Policy(linesep="\r\n")


@dataclass(frozen=True, slots=True)
class Sender:
    """Who mails are from: a name and an address."""

    name: str
    address: str

    @classmethod
    def of(cls, text: str) -> "Sender":
        """The sender that MAIL_FROM names: an address, or `Lab papers <papers@lab.org>`. Raises Refused."""
        name, address = parseaddr(one_line(text))
        try:
            return cls(name or _NAME, mailbox.address(address))
        except Refused as err:
            raise Refused(
                f"MAIL_FROM can't be used: {err.wrong}", "Set it to an address such as papers@lab.org."
            ) from err

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be mailed. key: names it for good. stop: the URL that ends it; is_one_click: by a bare POST."""

    to: str
    subject: str
    text: str
    html: str
    key: str
    stop: str
    is_one_click: bool


def as_bytes(letter: Letter, sender: Sender, now: datetime) -> bytes:
    """The mail, text first. Whatever the letter holds, it adds no header and no recipient."""
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = Address(sender.name, addr_spec=sender.address)
    mail["To"] = Address(addr_spec=letter.to)
    mail["Subject"] = shorten(one_line(letter.subject), limits.SUBJECT) or _NAME
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{letter.key}@{sender.domain}>"
    mail["List-Id"] = f"{_NAME} <paper-round.{sender.domain}>"
    mail["List-Unsubscribe"] = f"<{letter.stop}>"
    if letter.is_one_click:
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(letter.text, cte="quoted-printable")
    mail.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    return mail.as_bytes()
