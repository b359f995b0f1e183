"""Posting to Discord: each message once, found again by its key."""

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import discord

from adapters.discord import limits
from adapters.discord.escape import cut
from adapters.discord.message import Message, Payload
from adapters.discord.render import messages
from adapters.discord.requests import Unsure, request
from bot.adapter import ChannelRef, MessageRef
from bot.cards import Card, Notice, as_text
from bot.errors import Rejected, Unknowable

MESSAGES, MESSAGE, THREADS = (
    f"/channels/{{channel_id}}/{rest}" for rest in ("messages", "messages/{message_id}", "threads")
)
FORUMS = (15, 16)  # kinds of channels that hold posts alone: of texts, of pictures
NEEDS_TAG = 1 << 4  # a flag of a forum
NONCE = 25  # letters
A_PAGE = 100  # messages of a channel that are told at once
MOST_PAGES = 50
LOOKS_BACK = timedelta(hours=25)  # what is in doubt for longer is not posted any more
MARK = "Paper Round"


class Post:
    """Posts as the bot of a client. It needs no gateway, only that the client is logged in."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client
        self._own: dict[str, str] = {}  # the channels of direct messages, by person
        self._plain: set[str] = set()  # channels that are known not to be forums

    async def post(self, channel: ChannelRef, cards: Sequence[Card], key: str) -> MessageRef:
        """Post once; the same key again within minutes is the same message. Raises Retry, Gone or Rejected.

        In a forum it is a post of its own, or goes into the post that it continues.
        """
        message, *more = messages(cards)
        if more:
            raise Rejected(f"{len(more) + 1} messages for one part")
        place = await self._place(channel)
        if place not in self._plain:
            forum = await self._request("GET", "/channels/{channel_id}", channel_id=place)
            if forum["type"] in FORUMS:
                return await self._post_in_forum(channel, forum, cards, message, key)
            self._plain.add(place)
        return await self._send(channel, place, message, key)

    async def tell(self, channel: ChannelRef, cards: Sequence[Card], key: str) -> None:
        """Say something of any length that nobody will look for, in as many messages as it takes."""
        place = await self._place(channel)
        for n, message in enumerate(messages(cards)):
            await self._send(channel, place, message, f"{key}.{n}" if n else key)

    async def find(self, channel: ChannelRef, key: str) -> MessageRef | None:
        """The message posted under `key` within the last day, or none if there surely is none. Raises Unknowable."""
        place = await self._place(channel)
        about = await self._request("GET", "/channels/{channel_id}", channel_id=place)
        places = await self._threads(channel, place) if about["type"] in FORUMS else [about]
        for one in places:
            async for message in self._history(one):
                if _is_marked(message, key):
                    return _ref(channel, one["id"], message["id"])
        return None

    async def update(self, ref: MessageRef, cards: Sequence[Card]) -> None:
        """Show other cards in a message that was posted. Raises Retry, Gone or Rejected."""
        message = messages(cards)[0]
        place = ref.url.split("/")[-2] if ref.url else await self._place(ref.channel)
        await self._request("PATCH", MESSAGE, channel_id=place, message_id=ref.id, **message.request())

    async def _place(self, channel: ChannelRef) -> str:
        """The id of the channel to post in."""
        if channel.kind != "dm":
            return channel.id
        if channel.id not in self._own:
            person = {"recipient_id": channel.id}
            opened = await self._request("POST", "/users/@me/channels", once=False, json=person)
            self._own[channel.id] = opened["id"]
            self._plain.add(opened["id"])
        return self._own[channel.id]

    async def _send(self, channel: ChannelRef, place: str, message: Message, key: str) -> MessageRef:
        unique = {"nonce": _nonce(key), "enforce_nonce": True}
        sent = _marked(message, key).request(**unique)
        posted = await self._request("POST", MESSAGES, channel_id=place, **sent)
        return _ref(channel, place, posted["id"])

    async def _post_in_forum(
        self, channel: ChannelRef, forum: Payload, cards: Sequence[Card], message: Message, key: str
    ) -> MessageRef:
        title = _title(cards)
        for thread in await self._threads(channel, forum["id"]):
            if title.startswith(thread["name"]) and title != thread["name"]:
                return await self._send(channel, thread["id"], message, key)
        about = {"name": title, "applied_tags": _tags(forum)}
        begun = await self._request("POST", THREADS, channel_id=forum["id"], **_marked(message, key).begins(about))
        return _ref(channel, begun["id"], begun["message"]["id"])

    async def _threads(self, channel: ChannelRef, forum: str) -> list[Payload]:
        """Our own posts of the last day in a forum, newest first."""
        told = await self._request("GET", "/guilds/{guild_id}/threads/active", guild_id=channel.workspace)
        us, since = self._client.user, _since()
        own = [one for one in told["threads"] if one["parent_id"] == forum and us and one["owner_id"] == str(us.id)]
        return sorted((one for one in own if int(one["id"]) > since), key=lambda one: int(one["id"]), reverse=True)

    async def _history(self, place: Payload) -> AsyncIterator[Payload]:
        """The messages of the last day, newest first. Raises Unknowable where they are hidden, Unsure if too many."""
        since, asked = _since(), {"limit": str(A_PAGE)}
        for _ in range(MOST_PAGES):
            page = await self._request("GET", MESSAGES, channel_id=place["id"], params=asked)
            if not page and "before" not in asked and place.get("last_message_id"):
                raise Unknowable
            for message in page:
                if int(message["id"]) < since:
                    return
                yield message
            if len(page) < A_PAGE:
                return
            asked["before"] = page[-1]["id"]
        raise Unsure("too many messages to look through")

    async def _request(self, method: str, path: str, *, once: bool = True, **what: Any) -> Any:
        return await request(self._client, method, path, once=once and method == "POST", **what)


def _marked(message: Message, key: str) -> Message:
    """The message with its key in it, small: a nonce is known for minutes only."""
    body, mark = message.body, f"{MARK} {key}"
    if body["embeds"]:
        *before, last = body["embeds"]
        return Message({**body, "embeds": [*before, {**last, "footer": {"text": mark}}]}, message.files)
    return Message({**body, "content": f"{body['content']}\n-# {mark}"}, message.files)


def _is_marked(message: Mapping[str, Any], key: str) -> bool:
    mark = f"{MARK} {key}"
    footers = [(embed.get("footer") or {}).get("text", "") for embed in message.get("embeds", [])]
    return mark in footers or message.get("content", "").endswith(f"\n-# {mark}")


def _title(cards: Sequence[Card]) -> str:
    """What a forum's post is called: as its digest, else by its first words."""
    titles = [card.title for card in cards if isinstance(card, Notice) and card.title]
    return cut(next(iter(titles), as_text(tuple(cards))), limits.THREAD_NAME) or MARK


def _tags(forum: Payload) -> list[str]:
    """The first tag that anybody may use, in a forum that asks for one."""
    free = [tag["id"] for tag in forum.get("available_tags", []) if not tag.get("moderated")]
    return free[:1] if forum["flags"] & NEEDS_TAG else []


def _nonce(key: str) -> str:
    return key if len(key) <= NONCE else hashlib.sha256(key.encode()).hexdigest()[:NONCE]


def _ref(channel: ChannelRef, place: str, message: str) -> MessageRef:
    server = "@me" if channel.kind == "dm" else channel.workspace
    return MessageRef(channel, message, f"https://discord.com/channels/{server}/{place}/{message}")


def _since() -> int:
    return discord.utils.time_snowflake(discord.utils.utcnow() - LOOKS_BACK)
