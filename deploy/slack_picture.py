"""Draws deploy/pictures/slack-*.svg from what the program sends to Slack: `python -m deploy.slack_picture`."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adapters.slack.answer import Answers
from adapters.slack.asking import Asking
from adapters.slack.heard import Place
from adapters.slack.home import AppHome
from adapters.slack.people import People
from adapters.slack.post import Posting
from adapters.slack.render import messages
from adapters.slack.web import WebApi
from bot.adapter import ChannelRef, Invocation
from bot.cards import Reply
from bot.service import Service
from deploy.blocks import QUIET, draw, label, wide
from deploy.demo import on_samples

PICTURES = Path(__file__).parent / "pictures"
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)  # the same picture whenever it is drawn
TEAM, CHANNEL, SAM = "T0LAB", "C0RECSYS", "U0SAM"
NAME = "Paper Round"
WIDTH, MARGIN, AVATAR = 760, 20, 36
PLUM, RULE = "#4a154b", "#dddddd"


class Board(WebApi):
    """Slack, as far as App Home asks it; keeps the views that are published."""

    def __init__(self) -> None:
        super().__init__()
        self.views: list[Mapping[str, Any]] = []

    async def call(self, token: str, method: str, **body: object) -> Mapping[str, Any]:
        if method == "views.publish" and isinstance(view := body["view"], dict):
            self.views.append(view)
        channels = [{"id": CHANNEL, "name": "recsys-reading"}]
        return {"ok": True, "user": {"name": "sam", "tz": "Europe/Berlin"}, "channels": channels}


async def main() -> None:
    async with on_samples(lambda: NOW) as service:
        await _say(service, "/papers follow recsys")
        digest = await _say(service, "/papers digest")
        await _say(service, "/papers dm follow graph neural networks")
        await _say(service, "/papers save 1")
        home = await _home(service)
    (PICTURES / "slack-digest.svg").write_text(_as_message(messages(digest.cards)[0].blocks), encoding="utf-8")
    (PICTURES / "slack-home.svg").write_text(_as_home(home["blocks"]), encoding="utf-8")


async def _say(service: Service, line: str) -> Reply:
    place = ChannelRef("slack", TEAM, CHANNEL, "recsys-reading")
    return await service.handle(Invocation(place, SAM, "sam", text=line, zone="Europe/Berlin"))


async def _home(service: Service) -> Mapping[str, Any]:
    async def token(_workspace: str) -> str:
        return ""

    board = Board()
    people = People(board, token, clock=asyncio.get_running_loop().time)
    app_home = AppHome(Asking(people), people, Answers(board, Posting(board, token), token))
    await app_home.show(service, TEAM, Place((TEAM,), SAM))
    return board.views[0]


def _as_message(blocks: Sequence[Mapping[str, Any]]) -> str:
    """The message under the bot's name."""
    left, foot = MARGIN + AVATAR + 10, MARGIN + 14
    beside = left + wide(NAME, bold=True) + 8
    drawn = draw(blocks, left, MARGIN + 24, WIDTH - left - MARGIN)
    head = (
        f'<rect x="{MARGIN}" y="{MARGIN}" width="{AVATAR}" height="{AVATAR}" rx="6" fill="{PLUM}"/>',
        label("PR", MARGIN + 7, MARGIN + 24, fill="#ffffff", weight=700),
        label(NAME, left, foot, weight=700),
        f'<rect x="{beside:.0f}" y="{MARGIN + 2}" width="32" height="15" rx="3" fill="#e8e8e8"/>',
        label("APP", beside + 5, foot - 1, size=10, fill=QUIET, weight=700),
        label("9:00", beside + 40, foot, size=12, fill=QUIET),
    )
    return _page([*head, drawn.svg], drawn.height + 2 * MARGIN + 24)


def _as_home(blocks: Sequence[Mapping[str, Any]]) -> str:
    """The view under its tabs."""
    foot, line = MARGIN + 14, MARGIN + 28
    drawn = draw(blocks, MARGIN, MARGIN + 44, WIDTH - 2 * MARGIN)
    head = (
        label("Home", MARGIN, foot, weight=700),
        label("Messages", MARGIN + 66, foot, fill=QUIET),
        label("About", MARGIN + 160, foot, fill=QUIET),
        f'<line x1="0" x2="{WIDTH}" y1="{line}" y2="{line}" stroke="{RULE}"/>',
        f'<line x1="{MARGIN}" x2="{MARGIN + 46}" y1="{line - 1}" y2="{line - 1}" stroke="{PLUM}" stroke-width="3"/>',
    )
    return _page([*head, drawn.svg], drawn.height + 2 * MARGIN + 44)


def _page(parts: Sequence[str], height: float) -> str:
    frame = f'<rect width="{WIDTH}" height="{height:.0f}" rx="8" fill="#ffffff" stroke="{RULE}"/>'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}">'
    return "\n".join([head, frame, *parts, "</svg>\n"])


if __name__ == "__main__":
    asyncio.run(main())
