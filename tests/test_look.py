"""What every page shares: one stylesheet, and headers that let nothing in."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from bot.store import Store
from bot.web.look import Look, web_address
from bot.web.server import run_web
from tests.conftest import Clock


@dataclass
class Site:
    url: str
    client: aiohttp.ClientSession


@pytest.fixture
async def site(tmp_path: Path, migrated: Path, clock: Clock) -> AsyncIterator[Site]:
    shutil.copyfile(migrated, tmp_path / "papers.db")
    store = await Store.open(f"sqlite:///{tmp_path}/papers.db")
    async with run_web("127.0.0.1:0", store, clock, adapters=dict) as url, aiohttp.ClientSession() as client:
        yield Site(url, client)
    await store.close()


@pytest.mark.parametrize("name", ["style.css", "icon.svg"])
async def test_a_file_is_sent_once_and_then_only_asked_after(site: Site, name: str) -> None:
    async with site.client.get(f"{site.url}/{name}") as answer:
        assert answer.status == 200
        tag = answer.headers["ETag"]
        assert len(await answer.text()) > 100
    async with site.client.get(f"{site.url}/{name}", headers={"If-None-Match": f'"another", {tag}'}) as answer:
        assert (answer.status, await answer.read()) == (304, b"")
    async with site.client.head(f"{site.url}/{name}") as answer:
        assert (answer.status, await answer.read()) == (200, b"")


def test_a_page_shows_markup_as_text_and_loads_nothing_from_elsewhere() -> None:
    page = Look().page("page.html", title='<script>alert("x")</script>')
    assert page.text is not None
    assert "<script" not in page.text
    assert "&lt;script&gt;" in page.text
    assert "//" not in page.text
    assert "style=" not in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["X-Robots-Tag"] == "noindex"


def test_only_addresses_of_pages_are_followed() -> None:
    hostile = ("javascript:alert(1)", "//c.example", "data:text/html,x", "")
    assert [web_address(url) for url in hostile] == [""] * 4
    assert web_address("HTTPS://a.example") == "HTTPS://a.example"
