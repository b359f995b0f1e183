"""A web server on this machine: answers by script, remembers what it was asked, and misbehaves in every way."""

import asyncio
import gzip
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
from aiohttp import web


@dataclass(frozen=True, slots=True)
class Scripted:
    """One answer. Beside what HTTP has: how it goes wrong on its way.

    etag: answers 304 to whoever sends it back. packed: compressed with gzip. is_chunked: its length is not announced.
    drip_seconds: a byte at a time, for ever. cut_after: the connection ends after so many bytes of the body.
    is_dropped: it is reset with no answer. is_silent: it stays open with none. raw: sent in place of HTTP.
    """

    body: bytes | str = b""
    status: int = 200
    content_type: str = "application/xml; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    etag: str = ""
    packed: bool = False
    is_chunked: bool = False
    drip_seconds: float | None = None
    cut_after: int | None = None
    is_dropped: bool = False
    is_silent: bool = False
    raw: bytes | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that came in. at: by the test's clock. sent: the body of a POST."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    at: datetime
    sent: bytes = b""


Script = Scripted | Callable[[Asked], Scripted]


@dataclass
class FakeWeb:
    """Answers in the order of the script, the last one again and again. Whatever has no script is a surprise: 404."""

    clock: Callable[[], datetime]
    url: str = ""
    log: list[Asked] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)
    most_at_once: int = 0
    _scripts: dict[str, list[Script]] = field(default_factory=dict)
    _now: int = 0
    _closing: asyncio.Event = field(default_factory=asyncio.Event)

    def gives(self, path: str, *answers: Script) -> str:
        """From now on the path (with its query, if it has one here) is answered so. Returns its URL."""
        self._scripts[path] = list(answers)
        return f"{self.url}{path}"

    def takes(self, path: str, *answers: Script) -> str:
        """The same for what is sent there by POST."""
        self._scripts[f"POST {path}"] = list(answers)
        return f"{self.url}{path}"

    def paths(self) -> list[str]:
        return [asked.path for asked in self.log]

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        sent = await request.read()
        asked = Asked(request.method, request.path, dict(request.query), dict(request.headers), self.clock(), sent)
        self.log.append(asked)
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        try:
            return await self._send(request, self._scripted(request.path_qs, asked))
        finally:
            self._now -= 1

    def close(self) -> None:
        self._closing.set()

    def _scripted(self, path_and_query: str, asked: Asked) -> Scripted:
        names = (path_and_query, asked.path) if asked.method == "GET" else (f"{asked.method} {asked.path}",)
        script = next((self._scripts[name] for name in names if name in self._scripts), None)
        if not script:
            self.surprises.append(f"{asked.method} {path_and_query}")
            return Scripted("no such page", 404, "text/plain")
        answer = script.pop(0) if len(script) > 1 else script[0]
        return answer if isinstance(answer, Scripted) else answer(asked)

    async def _send(self, request: web.BaseRequest, answer: Scripted) -> web.StreamResponse:
        transport = request.transport
        assert transport is not None
        assert isinstance(transport, asyncio.Transport)
        if answer.is_silent:
            await self._closing.wait()
        if answer.is_dropped or answer.is_silent:
            transport.abort()
            return web.Response()
        if answer.raw is not None:
            transport.write(answer.raw)
            transport.close()
            return web.Response()
        if answer.etag and request.headers.get("If-None-Match") == answer.etag:
            return web.Response(status=304, headers={"ETag": answer.etag})
        return await self._stream(request, transport, answer)

    async def _stream(
        self, request: web.BaseRequest, transport: asyncio.Transport, answer: Scripted
    ) -> web.StreamResponse:
        body = answer.body.encode() if isinstance(answer.body, str) else answer.body
        body = gzip.compress(body, mtime=0) if answer.packed else body
        response = web.StreamResponse(status=answer.status, headers=_headers(answer))
        if answer.drip_seconds is None and not answer.is_chunked:
            response.content_length = len(body)
        try:
            await response.prepare(request)
            while answer.drip_seconds is not None and not self._closing.is_set():
                await response.write(b" ")
                await asyncio.sleep(answer.drip_seconds)
            await response.write(body[: answer.cut_after])
        except ConnectionError:  # whoever asked has left
            return response
        if answer.cut_after is not None:
            transport.close()
        return response


def _headers(answer: Scripted) -> dict[str, str]:
    named = {"Content-Type": answer.content_type, "ETag": answer.etag}
    named |= {"Content-Encoding": "gzip"} if answer.packed else {}
    return {name: value for name, value in {**named, **answer.headers}.items() if value}


@asynccontextmanager
async def serving(clock: Callable[[], datetime], tls: ssl.SSLContext | None = None) -> AsyncIterator[FakeWeb]:
    """A server on a free port of this machine, with TLS if it is given a context."""
    fake = FakeWeb(clock)
    server = web.Server(fake.answer)
    runner = web.ServerRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    fake.url = f"{'https' if tls else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield fake
    finally:
        fake.close()
        await runner.cleanup()


def self_signed(directory: Path) -> ssl.SSLContext:
    """A server's side of TLS that no client trusts; skips where there is no openssl to make it."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate with")
    key, certificate = directory / "key.pem", directory / "certificate.pem"
    wanted = ["-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    made = [openssl, "req", "-x509", *wanted, "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(made, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
