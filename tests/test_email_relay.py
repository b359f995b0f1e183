"""Handing a mail in: with TLS where it is offered, with a login where one is set, and with neither."""

import ssl
from pathlib import Path

import pytest

from adapters.email.relay import Relay, relay_of
from bot.errors import Retry
from tests.fakes.smtp import relaying
from tests.fakes.web import self_signed

MAIL = b"Subject: Boats\r\n\r\n.\r\n..two dots\r\n"


@pytest.fixture
def tls(tmp_path: Path) -> ssl.SSLContext:
    return self_signed(tmp_path)


async def send(relay: Relay) -> None:
    await relay.send("papers@lab.org", "me@lab.org", MAIL)


async def test_starttls_is_used_where_it_is_offered_and_then_the_login_told(tls: ssl.SSLContext) -> None:
    async with relaying(tls=tls, login=("ada", "p@ss:word/")) as there:
        await send(relay_of(there.url_for("ada:p%40ss%3Aword%2F@")))
    (mail,) = there.taken
    assert (mail.is_encrypted, mail.user) == (True, "ada")
    assert mail.raw == MAIL, "a line that begins with a dot arrives whole"


async def test_smtps_is_encrypted_from_the_first_byte(tls: ssl.SSLContext) -> None:
    async with relaying(tls=tls, is_smtps=True) as there:
        await send(relay_of(there.url))
    assert [mail.is_encrypted for mail in there.taken] == [True]


async def test_without_either_it_is_sent_in_the_clear(tls: ssl.SSLContext) -> None:
    async with relaying() as there:
        await send(relay_of(there.url))
    (mail,) = there.taken
    assert (mail.is_encrypted, mail.user) == (False, "")


async def test_a_wrong_password_blames_no_address_and_is_not_logged(
    tls: ssl.SSLContext, caplog: pytest.LogCaptureFixture
) -> None:
    async with relaying(tls=tls, login=("ada", "right")) as there:
        with pytest.raises(Retry) as later:
            await send(relay_of(there.url_for("ada:hush@")))
    assert later.value.after_seconds == 900
    assert "the relay does not take us: see SMTP_URL and MAIL_FROM" in caplog.text
    assert "hush" not in caplog.text + "".join(str(vars(record)) for record in caplog.records)


async def test_a_relay_that_is_not_there_is_tried_again(unused_port: int) -> None:
    with pytest.raises(Retry) as later:
        await send(relay_of(f"smtp://127.0.0.1:{unused_port}"))
    assert later.value.after_seconds == 60


@pytest.mark.parametrize(
    ("url", "host", "port", "is_tls"),
    [
        ("smtp://localhost", "localhost", 25, False),
        ("smtp://me:pw@mail.lab.org", "mail.lab.org", 587, False),
        ("smtps://mail.lab.org", "mail.lab.org", 465, True),
        ("smtp://[::1]:2525/", "::1", 2525, False),
    ],
)
def test_addresses_of_relays(url: str, host: str, port: int, is_tls: bool) -> None:
    relay = relay_of(url)
    assert (relay.host, relay.port, relay.is_tls) == (host, port, is_tls)
    assert "pw" not in repr(relay)
