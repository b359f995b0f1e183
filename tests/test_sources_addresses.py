"""Which addresses are asked, and where redirects may lead."""

import socket
from collections.abc import Sequence
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from bot.errors import Refused, SourceTrouble
from bot.sources.addresses import Rules, hosts_in, is_public, web_address
from bot.sources.dialling import NotPublicError, public_socket
from bot.sources.http import PoliteClient
from tests.asking import FEED, Asker, resolving, why_not
from tests.conftest import Clock
from tests.fakes.web import FakeWeb, Scripted, serving

# Which addresses


@pytest.mark.parametrize(
    "address",
    [
        *(
            "127.0.0.1",
            "127.8.8.8",
            "10.1.2.3",
            "172.31.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
        ),
        *("192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.9", "224.0.0.1", "255.255.255.255"),
        *("::", "::1", "fe80::1", "fe80::1%eth0", "2606:4700::1%eth0", "fc00::1", "fd12::1", "fec0::1", "ff02::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::"),
        *("2001::1", "2001:db8::1", "3fff::1", "100::1"),
    ],
)
def test_no_private_address_is_dialled(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(NotPublicError):
        public_socket((2, 1, 6, "", (address, 443)))


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "172.32.0.1", "100.128.0.1", "2606:4700::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public_addresses_may_be_dialled(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("http://feeds.example/x", "feeds.example would be read without encryption."),
        ("https://10.0.0.1/x", "10.0.0.1 is not a public address."),
        ("https://[::ffff:127.0.0.1]/x", "::ffff:7f00:1 is not a public address."),
        ("https://１２７.0.0.1/", "127.0.0.1 is not a public address."),
        ("https://feeds.example:22/x", "Nothing is read from port 22."),
        ("https://feeds.example:80/x", "Nothing is read from port 80."),
        ("https://ada:secret@feeds.example/x", "An address can't hold a user name or password."),
        ("ftp://feeds.example/x", "“ftp://feeds.example/x” is not a web address."),
        ("file:///etc/passwd", "“file:///etc/passwd” is not a web address."),
        ("feeds.example/x", "“feeds.example/x” is not a web address."),
        ("https://feeds.example:99999/", "“https://feeds.example:99999/” is not a web address."),
        ("https://a\\@b/", "“https://a\\@b/” is not a web address."),
        ("https://2130706433/", "“https://2130706433/” is not a web address."),
        ("https://a b/", "“https://a b/” is not a web address."),
        ("https:///x", "“https:///x” is not a web address."),
    ],
)
async def test_addresses_that_are_refused_before_anything_is_dialled(asker: Asker, url: str, wrong: str) -> None:
    with pytest.raises(Refused) as refusal:
        await asker.client().get(url, typed_by_a_person=True)
    assert refusal.value.wrong == wrong
    assert refusal.value.instead


@given(st.one_of(st.text(), st.text().map("https://{}".format), st.text().map("https://a{}/x".format)))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    with suppress(Refused):
        url = web_address(text)
        assert web_address(str(url)) == url
        Rules().check(url, for_own=False)


@pytest.mark.parametrize("url", ["https://feeds.example/x", "https://feeds.example:8443/x", "https://bücher.example/x"])
def test_https_on_its_own_ports_is_fine(url: str) -> None:
    assert not Rules().check(web_address(url), for_own=False)


@pytest.mark.parametrize("name", ["feeds_example", "0x7f_1", "localhost"])
async def test_a_name_for_a_private_address_is_refused(asker: Asker, name: str) -> None:
    host = name.replace("_", ".")
    with pytest.raises(Refused, match=rf"{host} is not a public address\. Whoever runs the bot can allow it"):
        await asker.client(lookup=resolving(**{name: "127.0.0.1"})).get(f"https://{host}/x")


async def test_a_name_is_looked_up_for_each_question(asker: Asker) -> None:
    """A name that was harmless yesterday is judged by what it stands for now."""

    async def look_up(host: str) -> Sequence[str]:
        if not asked:
            asked.append(host)
            raise socket.gaierror(socket.EAI_NONAME, "no such host")
        return ["192.168.1.1"]

    asked: list[str] = []
    client = asker.client(lookup=look_up)
    assert await why_not(client.get("https://feeds.example/x")) == "no such host"
    with pytest.raises(Refused, match="not a public address"):
        await client.get("https://feeds.example/x")


async def test_a_person_is_not_the_operator(client: PoliteClient, asker: Asker, web: FakeWeb) -> None:
    url = web.gives("/feed", Scripted(FEED))
    assert (await client.get(url)).body == FEED.encode()
    with pytest.raises(Refused, match="without encryption"):
        await client.get(url, typed_by_a_person=True)
    allowed = asker.client(allow=URL(url).authority)
    assert (await allowed.get(url, typed_by_a_person=True)).body == FEED.encode()


async def test_no_public_source_is_asked_without_a_contact(asker: Asker, web: FakeWeb) -> None:
    client = asker.client(web.url, contact="")
    with pytest.raises(Refused, match="PAPER_ROUND_CONTACT"):
        await client.get("https://export.arxiv.org/api/query")
    assert (await client.get(web.gives("/feed", Scripted(FEED)))).body == FEED.encode()
    assert web.log[0].headers["User-Agent"].endswith(" (+https://papers.example)")


@pytest.mark.parametrize(
    ("listed", "hosts"),
    [
        ("", set()),
        (" Wiki.Example. , 10.0.0.5:8080,", {"wiki.example", "10.0.0.5:8080"}),
        ("[::1]:80, fd12::1, bücher.example", {"::1:80", "fd12::1", "xn--bcher-kva.example"}),
    ],
)
def test_hosts_that_an_operator_allows(listed: str, hosts: set[str]) -> None:
    assert hosts_in(listed) == hosts


@pytest.mark.parametrize("listed", ["*", "*.example", "https://wiki.example", "a b", "wiki.example/feed", "a@b", "h:x"])
def test_what_is_no_host_is_told(listed: str) -> None:
    with pytest.raises(Refused, match="PAPER_ROUND_ALLOW_HOSTS"):
        hosts_in(listed)


# Redirects


async def test_redirects_are_followed_to_where_the_answer_is(client: PoliteClient, web: FakeWeb) -> None:
    for n, status in enumerate((301, 302, 303, 307, 308)):
        url = web.gives(f"/{n}", Scripted("moved", status, headers={"Location": f"{n + 1}#top"}))
    web.gives("/5", Scripted(FEED))
    assert (await client.get(f"{web.url}/0")).url == f"{web.url}/5"
    assert url.endswith("/4")


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("/loop", "redirects in a circle"),
        ("https://10.0.0.1/", "redirects to an address that may not be read"),
        ("http://169.254.169.254/latest/meta-data", "redirects to an address that may not be read"),
        ("http://feeds.example/x", "redirects to an address that may not be read"),
        ("https://inside.example/x", "redirects to an address that may not be read"),
        ("file:///etc/passwd", "redirects to what is not a web address"),
        ("https://ada:secret@feeds.example/", "redirects to what is not a web address"),
        ("http://[", "redirects to what is not a web address"),
        ("", "redirects in a circle"),
    ],
)
async def test_redirects_that_are_not_followed(asker: Asker, web: FakeWeb, location: str, why: str) -> None:
    client = asker.client(web.url, lookup=resolving(inside_example="127.0.0.1"))
    url = web.gives("/loop", Scripted(status=302, headers={"Location": location or "#"}))
    assert await why_not(client.get(url)) == why
    assert len(web.log) == 1


async def test_a_redirect_without_a_target_and_one_too_many(client: PoliteClient, web: FakeWeb) -> None:
    assert await why_not(client.get(web.gives("/a", Scripted(status=302)))) == "redirects to what is not a web address"
    for n in range(9):
        web.gives(f"/{n}", Scripted(status=302, headers={"Location": f"/{n + 1}"}))
    assert await why_not(client.get(f"{web.url}/0")) == "redirects more than 5 times"
    assert len(web.log) == 7


async def test_a_stranger_can_not_send_us_to_the_operators_own(asker: Asker, web: FakeWeb, clock: Clock) -> None:
    """An allowed host is no stranger; what a person typed there is still no way to the base URLs."""
    async with serving(clock) as own:
        own.gives("/secret", Scripted("secret"))
        client = asker.client(own.url, allow=URL(web.url).authority)
        url = web.gives("/feed", Scripted(status=302, headers={"Location": f"{own.url}/secret"}))
        trouble = await why_not(client.get(url, typed_by_a_person=True))
        assert trouble == "redirects to an address that may not be read"
        assert own.log == []


async def test_a_key_stays_with_its_source(asker: Asker, web: FakeWeb, clock: Clock) -> None:
    async with serving(clock) as other:
        client = asker.client(web.url, other.url)
        other.gives("/paper", Scripted("{}"))
        web.gives("/paper", Scripted(status=302, headers={"Location": "/moved"}))
        url = f"{web.url}/paper"
        web.gives("/moved", Scripted(status=302, headers={"Location": f"{other.url}/paper"}))
        await client.get(url, headers={"x-api-key": "hush"})
        assert [asked.headers.get("x-api-key") for asked in (*web.log, *other.log)] == ["hush", "hush", None]


async def test_a_key_is_in_no_error(asker: Asker, unused_port: int) -> None:
    client = asker.client(f"http://127.0.0.1:{unused_port}")
    with pytest.raises(SourceTrouble) as trouble:
        await client.get(f"http://127.0.0.1:{unused_port}/x", headers={"x-api-key": "hush"}, tries=1)
    assert "hush" not in repr(trouble.value) + repr(trouble.value.__cause__) + repr(client)


async def test_proxies_in_the_environment_are_left_alone(
    client: PoliteClient, web: FakeWeb, monkeypatch: pytest.MonkeyPatch, unused_port: int
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{unused_port}")
    assert (await client.get(web.gives("/feed", Scripted(FEED)))).body == FEED.encode()
