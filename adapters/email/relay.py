"""The mail server that takes our mails: one mail a connection, and what its answers mean for a delivery."""

import asyncio
import logging
import re
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import SplitResult, unquote, urlsplit

import aiosmtplib
from aiosmtplib.errors import (
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
)

from adapters.email import limits
from bot.errors import Gone, Refused, Retry
from bot.text import one_line, shorten

log = logging.getLogger(__name__)

_PORTS = {"smtp": 25, "smtps": 465}
_SUBMISSION = 587  # for who logs in
_READY, _TAKEN, _PUT_OFF, _FOR_GOOD = 354, 250, 400, 500  # answers: send the text; it is ours now; not now; never
_DOT = re.compile(rb"^\.", re.MULTILINE)


class Unsure(OSError):
    """Nobody knows whether the relay has taken the mail."""


@dataclass(frozen=True, slots=True)
class Relay:
    """Where mails are handed in. is_tls: TLS from the first byte, else STARTTLS where it is offered."""

    host: str
    port: int
    is_tls: bool = False
    user: str = ""
    password: str = field(default="", repr=False)
    seconds: float = limits.SECONDS

    async def send(self, sender: str, recipient: str, mail: bytes) -> None:
        """Hand a mail in, once. Raises Retry, Gone, or Unsure where its text was sent and no answer came."""
        client = self._client()
        handing_in = _HandingIn(client)
        try:
            async with asyncio.timeout(self.seconds):
                await client.connect()
                await handing_in.go(sender, recipient, mail)
        except (SMTPRecipientRefused, SMTPDataError) as err:
            await _leave(client)
            if err.code >= _FOR_GOOD:
                log.warning("mail refused", extra={"code": err.code, "said": _said(err)})
                raise Gone(f"{err.code} {_said(err)}") from err
            raise Retry(limits.LATER) from err
        except (TimeoutError, OSError, SMTPException) as err:
            client.close()
            if handing_in.is_sent:
                raise Unsure(type(err).__name__) from err
            raise self._out_of_reach(err) from err
        except asyncio.CancelledError:
            client.close()
            raise
        await _leave(client)

    def _client(self) -> aiosmtplib.SMTP:
        return aiosmtplib.SMTP(
            hostname=self.host, port=self.port, use_tls=self.is_tls, start_tls=False if self.is_tls else None,
            username=self.user or None, password=self.password if self.user else None, timeout=self.seconds,
            validate_certs=not _is_here(self.host),
        )  # fmt: skip

    def _out_of_reach(self, err: Exception) -> Retry:
        """What it means that the relay does not take us at all: whoever the mail is for is not to blame."""
        is_ours = isinstance(err, SMTPResponseException) and err.code >= _FOR_GOOD
        why = f"{err.code} {_said(err)}" if isinstance(err, SMTPResponseException) else type(err).__name__
        said = "the relay does not take us: see SMTP_URL and MAIL_FROM" if is_ours else "no relay"
        log.log(logging.ERROR if is_ours else logging.WARNING, said, extra={"host": self.host, "why": why})
        return Retry(limits.MISCONFIGURED if is_ours or isinstance(err, SMTPAuthenticationError) else limits.LATER)


class _HandingIn:
    """One mail on its way into the relay. is_sent: the relay has its text, or may have it."""

    def __init__(self, client: aiosmtplib.SMTP) -> None:
        self._client = client
        self.is_sent = False

    async def go(self, sender: str, recipient: str, mail: bytes) -> None:
        await self._client.mail(sender)
        await self._client.rcpt(recipient)
        _expect(await self._client.execute_command(b"DATA"), _READY)
        if (protocol := self._client.protocol) is None:
            raise ConnectionError("closed before the text")
        self.is_sent = True
        protocol.write(_DOT.sub(b"..", mail) + b".\r\n")
        _expect(await protocol.read_response(), _TAKEN)


async def _leave(client: aiosmtplib.SMTP) -> None:
    with suppress(TimeoutError, OSError, SMTPException):
        async with asyncio.timeout(limits.GOODBYE):
            await client.quit()
    client.close()


def relay_of(url: str, *, seconds: float = limits.SECONDS) -> Relay:
    """The relay of `smtp://USER:PASSWORD@HOST:PORT` or `smtps://...`. Raises Refused, without the password."""
    refused = Refused(
        "SMTP_URL names no mail server.", "Try smtp://USER:PASSWORD@mail.lab.org:587, or smtps:// for TLS."
    )
    try:
        parts = urlsplit(url.strip())
        port = parts.port or (_SUBMISSION if parts.scheme == "smtp" and parts.username else _PORTS[parts.scheme])
    except (ValueError, KeyError):
        raise refused from None
    if parts.scheme not in _PORTS or not parts.hostname or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise refused
    return Relay(parts.hostname, port, parts.scheme == "smtps", *_login(parts), seconds)


def _login(parts: SplitResult) -> tuple[str, str]:
    return unquote(parts.username or ""), unquote(parts.password or "")


def _is_here(host: str) -> bool:
    """Whether the relay is on this machine: what goes there needs no certificate."""
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"


def _expect(answer: aiosmtplib.SMTPResponse, code: int) -> None:
    if answer.code >= _PUT_OFF:
        raise SMTPDataError(answer.code, answer.message)
    if answer.code != code:
        raise SMTPException(f"unexpected answer {answer.code}")


def _said(err: SMTPResponseException) -> str:
    return shorten(one_line(str(err.message)), 200)
