"""A server from its invitation on: greeted, following, reading, voting, saving, asking, all of it over the wire."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import Clock
from tests.discord import Server, serving_discord
from tests.fakes.discord.people import MODAL
from tests.papers import recommenders


@pytest.fixture
async def server(database_url: str, clock: Clock) -> AsyncIterator[Server]:
    clock.forward(days=-1)  # Monday
    async with serving_discord(database_url, clock) as server:
        yield server


async def test_the_whole_story(server: Server) -> None:
    discord, ada, bob = server.discord, server.ada, server.person("Bob")
    await discord.rest.until(lambda: server.posts)
    (greeting,) = server.posts
    assert list(greeting.buttons) == ["Follow recsys", "Preview recsys", "Pick a time"]

    preview = await ada.press(greeting, "Preview recsys")
    assert preview.seen.is_ephemeral
    followed = await ada.slash("papers follow", topic="recsys", top=5)
    assert followed.seen.is_ephemeral
    assert "Following recsys here" in followed.text
    assert await discord.until_announced(server.channel, "recsys") == "Ada now follows recsys here."
    await server.publish(*recommenders())

    digest, *rest = await server.at(24, 9)
    assert "Digest of 24 Nov 2026" in digest.text
    assert rest == []
    assert sum(paper.title in digest.text for paper in recommenders()) == 5

    abstract = await bob.press(digest, "Abstract of 1")
    assert abstract.seen.is_ephemeral
    (references,) = (await bob.press(abstract.seen, "BibTeX")).seen.files.values()
    assert "@misc{" in references
    assert "Noted: more like" in (await bob.press(digest, "More like 2")).text
    assert "Changed: less like" in (await bob.slash("papers vote dislike", paper="2")).text
    saved = await bob.press(digest, "Save 2")
    assert "1 paper to read" in saved.text
    noted = await bob.fills_in(await bob.press(saved.seen, "Add a note"), note="for Friday")
    assert "Noted, and already saved" in noted.text
    assert "for Friday" in (await bob.slash("papers saved")).text
    why = await bob.slash("papers why", paper="1")
    assert "recsys" in why.text

    settings = await ada.slash("papers channel settings")
    opened = await ada.press(settings.seen, "Fill in")
    assert opened.kind == MODAL
    changed = await ada.fills_in(opened, size="3", layout="titles")
    assert "at most 3 papers, layout titles" in changed.text
    assert "settings: size and layout" in await discord.until_announced(server.channel, "settings")
