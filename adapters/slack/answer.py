"""Where an answer goes: to the person alone, to all, below the message that was asked in, or into a modal."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import aiohttp

from adapters.slack.heard import Clicked, Place
from adapters.slack.modals import Target, View, showing
from adapters.slack.people import Tokens
from adapters.slack.post import Posting
from adapters.slack.render import Message, messages, thread
from adapters.slack.votes import recounted
from adapters.slack.web import WebApi
from bot.adapter import ChannelRef
from bot.cards import Card, Notice, Reply, Tally
from bot.errors import Gone, Rejected, Retry

log = logging.getLogger(__name__)

PLATFORM = "slack"
ANSWERS = 5  # that an answer address takes
SECONDS = 10.0  # that one of them may take
FAILURES = (Gone, Rejected, Retry, OSError)


class Answers:
    """Sends answers; what can't be sent is logged, and nobody waits for it."""

    def __init__(self, api: WebApi, posting: Posting, tokens: Tokens) -> None:
        self._api = api
        self._posting = posting
        self._tokens = tokens
        self._session: aiohttp.ClientSession | None = None

    async def send(self, workspace: str, place: Place, reply: Reply, *, is_public: bool = False) -> None:
        """Send the reply's cards, then the line that the channel sees. is_public: all may read the cards."""
        is_for_all = is_public or reply.audience == "channel"
        if reply.cards:
            if place.view:
                await self._in_modal(workspace, place, reply.cards)
            elif is_for_all or place.is_dm:
                await self._to_all(workspace, place, reply.cards)
            else:
                await self._to_person(workspace, place, messages(reply.cards))
        if reply.announce and place.channel and not place.is_dm:
            await self.announce(workspace, place, reply.announce)

    async def announce(self, workspace: str, place: Place, line: str) -> None:
        """A line that everybody in the channel sees, also where we are not in it but were spoken to."""
        message = messages((Notice(line),))[0]
        if not await self._said(workspace, place, message):
            await self._answered(place.answer_url, message, "in_channel")

    async def open(self, workspace: str, place: Place, view: View) -> str:
        """Open a modal, above one that is open. Its id; nothing where a press was over three seconds ago."""
        method = "views.push" if place.view == "modal" else "views.open"
        answer = await self._called(workspace, method, trigger_id=place.trigger, view=view)
        return str((answer.get("view") or {}).get("id", "")) if answer else ""

    async def show(self, workspace: str, view_id: str, view: View) -> None:
        """Show something else in a modal that is open."""
        await self._called(workspace, "views.update", view_id=view_id, view=view)

    async def publish(self, workspace: str, user: str, view: View) -> None:
        """Show App Home to a person."""
        await self._called(workspace, "views.publish", user_id=user, view=view)

    async def recount(self, workspace: str, said: Clicked, tally: Tally) -> None:
        """Show a paper's votes on the buttons of the message that was voted in."""
        shown = Message(said.text, recounted(said.blocks, tally))
        try:
            await self._posting.show(workspace, said.place.channel, said.place.message, shown)
        except FAILURES as err:
            log.info("votes not shown", extra={"error": str(err) or type(err).__name__})

    async def message(self, workspace: str, channel: str, ts: str) -> Mapping[str, Any]:
        """The message of that time; nothing where there is none, or where we may not look."""
        found = await self._called(workspace, "conversations.replies", channel=channel, ts=ts)
        there = (found or {}).get("messages") or ()
        return next((one for one in there if one.get("ts") == ts), {})

    async def preview(
        self, workspace: str, place: Place, unfurls: Mapping[str, object], unfurl: Mapping[str, str]
    ) -> None:
        """Show something below the links of a message."""
        where = unfurl or {"channel": place.channel, "ts": place.message}
        await self._called(workspace, "chat.unfurl", unfurls=unfurls, **where)

    async def close(self) -> None:
        if self._session:
            await self._session.close()
            self._session = None

    async def _in_modal(self, workspace: str, place: Place, cards: Sequence[Card]) -> None:
        view = showing(tuple(cards), Target(place.channel, place.channel_name))
        if place.view == "modal":
            await self.show(workspace, place.view_id, view)
        elif not await self.open(workspace, place, view):
            await self._to_all(workspace, replace(place, channel=place.user, thread=""), cards)

    async def _to_all(self, workspace: str, place: Place, cards: Sequence[Card]) -> None:
        """Into the conversation, with the rest and the abstracts below the first message of a digest."""
        first, *rest = messages(cards)
        below = thread(cards)
        if not await self._said(workspace, place, first, [*rest, *below]):
            for message in (first, *rest)[:ANSWERS]:
                await self._answered(place.answer_url, message, "in_channel")

    async def _said(self, workspace: str, place: Place, message: Message, below: Sequence[Message] = ()) -> bool:
        """Whether it could be posted; `below` goes into its thread."""
        channel = ChannelRef(PLATFORM, workspace, place.channel, kind="dm" if place.is_dm else "channel")
        try:
            said = await self._posting.say(channel, message, place.thread)
            for further in below:
                await self._posting.say(channel, further, place.thread or said.id.rpartition(":")[2])
        except FAILURES as err:
            log.info("not posted", extra={"channel": place.channel, "error": str(err) or type(err).__name__})
            return False
        return True

    async def _to_person(self, workspace: str, place: Place, drawn: Sequence[Message]) -> None:
        for index, message in enumerate(drawn):
            has_way = place.answer_url and index < ANSWERS - 1  # the last is the announcement's
            if has_way and await self._answered(place.answer_url, message, "ephemeral"):
                continue
            shown = {"text": message.text, "blocks": message.blocks}
            below = {"thread_ts": place.thread} if place.thread else {}
            ways = {"channel": place.channel, "user": place.user, **below}
            if not await self._called(workspace, "chat.postEphemeral", **ways, **shown):
                await self._said(workspace, replace(place, channel=place.user, thread=""), message)

    async def _answered(self, url: str, message: Message, how: str) -> bool:
        """Whether the address that came with the question took the answer."""
        if not url:
            return False
        body = {"response_type": how, "replace_original": False, "text": message.text, "blocks": message.blocks}
        try:
            async with self._open().post(url, json=body) as response:
                if response.status == 200:
                    return True
                log.info("answer not taken", extra={"status": response.status})
        except (aiohttp.ClientError, TimeoutError, ValueError) as err:
            log.info("answer not taken", extra={"error": type(err).__name__})
        return False

    async def _called(self, workspace: str, method: str, **body: object) -> Mapping[str, Any] | None:
        """Slack's answer, none where it refused or did not answer."""
        try:
            return await self._api.call(await self._tokens(workspace), method, **body)
        except FAILURES as err:
            log.info("not shown", extra={"method": method, "error": str(err) or type(err).__name__})
            return None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS))
        return self._session
