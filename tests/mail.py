"""A service that mails through a fake relay, its one web server, and people who read their mail."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import aiohttp
from pydantic import SecretStr

from adapters.email.app import Email
from bot.adapter import ChannelRef, Invocation, mailed_to
from bot.cards import as_text
from bot.digests.deliver import Outbox
from bot.digests.due import Due
from bot.model import Draft
from bot.service import Service
from bot.settings import Settings
from bot.web.server import run_web
from tests.conftest import Clock
from tests.fakes.smtp import FakeRelay, Handed, relaying
from tests.papers import others

KEY = "a long random word"
FROM = "Lab papers <papers@lab.org>"
PUBLIC = "https://papers.lab.org"


@dataclass
class Post:
    """The house, the relay that takes its mails, and a browser."""

    service: Service
    clock: Clock
    relay: FakeRelay
    url: str
    browser: aiohttp.ClientSession
    due: Due
    adapter: Email

    def __post_init__(self) -> None:
        self.outbox = self.worker("one")

    def worker(self, name: str) -> Outbox:
        """A process that delivers."""
        return Outbox(self.service.store, [self.adapter], worker=name, clock=self.clock, sleep=self.clock.sleep)

    async def say(self, text: str, *, user: str = "ada") -> str:
        """What is answered in a channel of another platform."""
        ask = Invocation(ChannelRef("terminal", "local", "ml"), user, user, text=text)
        return as_text((await self.service.handle(ask)).cards)

    async def say_there(self, text: str, address: str = "me@lab.org") -> str:
        """What is answered to whoever reads mail at the address."""
        ask = Invocation(mailed_to(address), address, address, text=text)
        return as_text((await self.service.handle(ask)).cards)

    async def mails(self) -> list[Handed]:
        """The mails that come now."""
        before = len(self.relay.handed)
        await self.outbox.deliver_due()
        return self.relay.handed[before:]

    async def at(self, day: int, hour: int = 9) -> list[Handed]:
        """The mails that come by themselves when it is that time of November 2026."""
        self.clock.now = datetime(2026, 11, day, hour, tzinfo=UTC)
        await self.due.compose_due()
        return await self.mails()

    async def subscribed(self, address: str = "me@lab.org", topic: str = "recsys") -> str:
        """What the page says once the address has confirmed."""
        await self.say(f"/papers email {address} {topic}")
        (mail,) = await self.mails()
        return await self.press(mail, "Confirm")

    async def press(self, mail: Handed, label: str) -> str:
        """What the page says after its button was pressed, of the mail's link of that label."""
        return await self.sent(link(mail, label))

    async def sent(self, url: str, form: Mapping[str, str] | None = None, status: int = 200) -> str:
        async with self.browser.post(self._here(url), data=form or {}) as answer:
            text = await answer.text()
            assert answer.status == status, text
            return text

    async def seen(self, url: str, status: int = 200) -> str:
        async with self.browser.get(self._here(url)) as answer:
            text = await answer.text()
            assert answer.status == status, text
            return text

    def _here(self, url: str) -> str:
        return f"{self.url}{url.removeprefix(PUBLIC)}"

    async def publish(self, *drafts: Draft) -> None:
        await self.service.store.papers.save(drafts, "test", self.clock())


def link(mail: Handed, label: str) -> str:
    """The URL beside that label in the mail's text."""
    found = re.search(rf"^{re.escape(label)}: (\S+)$", mail.text, re.MULTILINE)
    assert found, mail.text
    return found[1]


def links(mail: Handed) -> list[str]:
    return re.findall(r'href="([^"]+)"', mail.html)


@asynccontextmanager
async def a_post(database_url: str, clock: Clock, *, seconds: float = 5.0, public: str = PUBLIC) -> AsyncIterator[Post]:
    """On a database of its own, with papers in it. seconds: that a mail may take; public: where links lead."""
    service = await Service.open(database_url, clock=clock, has_mail=True)
    await service.store.papers.save(others(), "test", clock() - timedelta(days=50))
    async with relaying() as relay, aiohttp.ClientSession() as browser:
        known = Settings(
            SMTP_URL=relay.url, MAIL_FROM=FROM, public_url=public, secret_key=SecretStr(KEY),
        )  # type: ignore[call-arg]  # fmt: skip
        adapter = Email(known, clock=clock, seconds=seconds)
        due = service.composer({"email": adapter.capabilities.papers_a_message}, worker="one")
        routes = adapter.routes(service)
        async with run_web("127.0.0.1:0", service.store, clock, adapters=dict, routes=routes) as url:
            yield Post(service, clock, relay, url, browser, due, adapter)
    await service.close()
