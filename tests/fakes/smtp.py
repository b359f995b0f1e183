"""A mail server on this machine: takes mail by the book, remembers what it was handed, and misbehaves by script."""

import asyncio
import email
import ssl
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from typing import Literal, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

Trouble = Literal["hang", "drop"]
Where = Literal["mail", "rcpt", "data", "text"]


@dataclass(frozen=True, slots=True)
class Handed:
    """A mail whose text the server has. answer: what it said then."""

    sender: str
    to: tuple[str, ...]
    raw: bytes
    answer: str
    is_encrypted: bool
    user: str

    @property
    def is_taken(self) -> bool:
        return self.answer.startswith("2")

    @property
    def is_unclear(self) -> bool:
        """Whether it never said if it takes the mail."""
        return self.answer in ("hang", "drop")

    @property
    def mail(self) -> EmailMessage:
        return email.message_from_bytes(self.raw, policy=POLICY)

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    def header(self, name: str) -> str:
        """The header as it came over the wire, its folds and all."""
        head = self.raw.partition(b"\r\n\r\n")[0].decode("ascii")
        found = [
            line for line in head.replace("\r\n ", "\n ").split("\r\n") if line.lower().startswith(f"{name.lower()}:")
        ]
        assert len(found) == 1, (name, found)
        return found[0].partition(":")[2].strip()

    def _part(self, kind: str) -> str:
        body = self.mail.get_body(preferencelist=(kind,))
        assert body is not None
        return cast(str, body.get_content()).replace("\r\n", "\n")


@dataclass
class FakeRelay:
    """Answers `script` in turn at the places that it names, and takes everything else."""

    port: int = 0
    scheme: str = "smtp"
    handed: list[Handed] = field(default_factory=list)
    script: dict[Where, deque[str | Trouble]] = field(default_factory=dict)
    mood: Callable[[Where], str] = lambda _where: ""  # what it answers where nothing is scripted
    _has_come: asyncio.Event = field(default_factory=asyncio.Event)
    _closing: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return self.url_for()

    def url_for(self, login: str = "") -> str:
        """Where it is, for somebody who logs in with `user:password@`."""
        return f"{self.scheme}://{login}127.0.0.1:{self.port}"

    @property
    def taken(self) -> list[Handed]:
        return [one for one in self.handed if one.is_taken]

    def answers(self, where: Where, *answers: str) -> None:
        """What is answered there next, one a mail: `550 5.1.1 nobody`, hang or drop."""
        self.script.setdefault(where, deque()).extend(answers)

    def forget(self) -> None:
        """As if nothing had come so far."""
        self.handed.clear()
        self._has_come.clear()

    async def until_handed(self, seconds: float = 20.0) -> None:
        """Wait until a mail's text has come."""
        async with asyncio.timeout(seconds):
            await self._has_come.wait()

    async def handle_MAIL(
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return await self.scripted(server, "mail") or "250 OK"

    async def handle_RCPT(
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = await self.scripted(server, "rcpt") or "250 OK"
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = self._next("text") or "250 2.0.0 queued"
        self.handed.append(
            Handed(
                envelope.mail_from or "", tuple(envelope.rcpt_tos), cast(bytes, envelope.original_content), answer,
                _is_encrypted(server), session.auth_data.login.decode() if session.auth_data else "",
            )
        )  # fmt: skip
        self._has_come.set()
        return await self._acted(server, answer)

    async def scripted(self, server: SMTP, where: Where) -> str:
        """What is answered there, nothing where all is well."""
        return await self._acted(server, self._next(where))

    def _next(self, where: Where) -> str:
        script = self.script.get(where)
        return script.popleft() if script else self.mood(where)

    async def _acted(self, server: SMTP, answer: str) -> str:
        match answer:
            case "hang":
                await self._closing.wait()
                return "421 closing"
            case "drop":
                cast(asyncio.Transport, server.transport).abort()
                return "421 dropped"
            case _:
                return answer


def _is_encrypted(server: SMTP) -> bool:
    return server.transport is not None and server.transport.get_extra_info("sslcontext") is not None


class _Server(SMTP):
    """Drops at DATA, before it asks for the text, where the script says so."""

    async def smtp_DATA(self, arg: str) -> None:
        relay = cast(FakeRelay, self.event_handler)
        if answer := await relay.scripted(self, "data"):
            await self.push(answer)
        else:
            await super().smtp_DATA(arg)


@asynccontextmanager
async def relaying(
    *, is_smtps: bool = False, tls: ssl.SSLContext | None = None, login: tuple[str, str] | None = None
) -> AsyncIterator[FakeRelay]:
    """A server on a free port. tls: what STARTTLS is offered with, or what TLS begins with at once where `is_smtps`.

    login: the one user and password that it takes.
    """
    relay = FakeRelay(scheme="smtps" if is_smtps else "smtp")
    later = None if is_smtps else tls
    loop = asyncio.get_running_loop()

    def authenticate(
        _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: LoginPassword
    ) -> AuthResult:
        given = (data.login.decode(), data.password.decode())
        return AuthResult(success=given == login, handled=False, auth_data=data)

    def made() -> SMTP:
        return _Server(
            relay, hostname="mx.test", loop=loop, decode_data=False,
            tls_context=later, require_starttls=later is not None, auth_require_tls=later is not None,
            authenticator=authenticate if login else None, auth_required=login is not None,
        )  # fmt: skip

    server = await loop.create_server(made, "127.0.0.1", 0, ssl=tls if is_smtps else None)
    relay.port = server.sockets[0].getsockname()[1]
    try:
        yield relay
    finally:
        relay._closing.set()
        server.close()
        await server.wait_closed()
