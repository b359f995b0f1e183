"""Posting to Slack: each message once, and below it what has no room in it."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence

from adapters.slack import limits
from adapters.slack.history import Begun, History, marked
from adapters.slack.pace import Pace, monotonic
from adapters.slack.render import Message, messages, thread
from adapters.slack.web import Unsure, WebApi
from bot.adapter import Capabilities, ChannelRef, MessageRef
from bot.cards import Card
from bot.errors import Gone, Rejected, Retry

log = logging.getLogger(__name__)

CAPABILITIES = Capabilities(
    can_find=True,  # where it may read the history; else Unknowable is raised
    can_update=True,
    posts_a_second=1.0,
    workspace_posts_a_second=4.0,  # Slack gives no number; its text speaks of several hundred a minute
    papers_a_message=limits.PAPERS_A_MESSAGE,
)
THREAD_SECONDS = 3600.0  # after which a thread stays as it is: what is in it can be asked for by the buttons
PATIENCE = 10.0  # seconds that a reply below a message may be made to wait

Tokens = Callable[[str], Awaitable[str]]  # the token of a workspace; raises Gone where there is none


class Posting:
    """The posting half of the adapter, for every workspace. clock: seconds that only grow; today: since 1970."""

    def __init__(
        self, api: WebApi, tokens: Tokens, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = monotonic, today: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._api = api
        self._tokens = tokens
        self._sleep = sleep
        self._today = today
        self._pace = Pace(clock=clock, sleep=sleep)
        self._history = History(api, self._pace, today=today)
        self._begun: dict[str, Begun] = {}  # by key: those whose thread is not complete
        self._sites: dict[str, str] = {}  # by workspace: where its messages have their addresses

    async def post(self, channel: ChannelRef, cards: Sequence[Card], key: str) -> MessageRef:
        """Post the cards, or go on with what `find` found begun. Raises Retry, Gone, Rejected, or OSError in doubt."""
        token = await self._tokens(channel.workspace)
        site = await self._site(channel.workspace, token)
        first, *rest = messages(cards)
        below = [*rest, *thread(cards)]
        begun = self._begun.get(key)
        if begun is None:
            begun = await self._send(token, channel.id, first, **marked(delivery=key, replies=len(below)))
        await self._complete(token, channel, begun, below, key)
        self._begun.pop(key, None)
        return _ref(channel, begun, site)

    async def say(self, channel: ChannelRef, message: Message, below: str = "") -> MessageRef:
        """Post a message that nobody will look for; below: the one whose thread it goes to."""
        token = await self._tokens(channel.workspace)
        return _ref(channel, await self._send(token, channel.id, message, **_threaded(below)))

    async def find(self, channel: ChannelRef, key: str) -> MessageRef | None:
        """The message of that key, if its thread is whole or too old to go on with. Raises Unknowable."""
        token = await self._tokens(channel.workspace)
        self._begun.pop(key, None)
        found = await self._history.find(token, channel, key)
        if found is None:
            return None
        begun, wanted = found
        if len(begun.replies) < wanted and self._today() - float(begun.ts) < THREAD_SECONDS:
            self._begun[key] = begun
            return None
        return _ref(channel, begun, await self._site(channel.workspace, token))

    async def update(self, ref: MessageRef, cards: Sequence[Card]) -> None:
        """Show other cards in a message; its thread stays as it is."""
        place, _, ts = ref.id.rpartition(":")
        await self.show(ref.channel.workspace, place or ref.channel.id, ts, messages(cards)[0])

    async def show(self, workspace: str, place: str, ts: str, message: Message) -> None:
        """Show something else in the message of that time."""
        token = await self._tokens(workspace)
        await self._pace.call(workspace, "chat.update")
        fields = {"channel": place, "ts": ts, "text": message.text, "blocks": message.blocks}
        await self._api.call(token, "chat.update", **fields)

    async def close(self) -> None:
        await self._api.close()

    async def _send(self, token: str, place: str, message: Message, **more: object) -> Begun:
        await self._pace.message(place)
        answer = await self._api.call(token, "chat.postMessage", channel=place, **message.body, **more)
        return Begun(str(answer.get("channel", place)), str(answer["ts"]))

    async def _complete(
        self, token: str, channel: ChannelRef, begun: Begun, below: Sequence[Message], key: str
    ) -> None:
        """Post what is missing of the thread. In doubt it is looked for, or left out where nobody may look."""
        for part, message in enumerate(below, start=1):
            if part in begun.replies:
                continue
            self._begun[key] = begun
            about = {"key": key, "reply": part}
            try:
                await self._reply(token, begun, message, **marked(delivery=key, part=part))
            except (Gone, Rejected) as err:
                log.warning("reply left out", extra={**about, "error": str(err)})
            except (Retry, OSError) as err:
                if await self._history.is_open(token, channel):
                    raise Unsure("its thread is not complete") from err
                log.warning("thread left incomplete", extra={**about, "error": type(err).__name__})
                return
            begun = Begun(begun.channel, begun.ts, begun.replies | {part})

    async def _reply(self, token: str, begun: Begun, message: Message, **mark: object) -> None:
        """Post below; once more after a wait that Slack asks for, if it is short."""
        try:
            await self._send(token, begun.channel, message, **_threaded(begun.ts), **mark)
        except Retry as err:
            if err.after_seconds > PATIENCE:
                raise
            await self._sleep(err.after_seconds)
            await self._send(token, begun.channel, message, **_threaded(begun.ts), **mark)

    async def _site(self, workspace: str, token: str) -> str:
        """Where the workspace's messages have their addresses; nothing where Slack does not say."""
        if workspace not in self._sites:
            try:
                self._sites[workspace] = str((await self._api.call(token, "auth.test")).get("url", ""))
            except (Retry, Gone, Rejected, OSError):
                return ""
        return self._sites[workspace]


def _threaded(ts: str) -> dict[str, object]:
    return {"thread_ts": ts} if ts else {}


def _ref(channel: ChannelRef, begun: Begun, site: str = "") -> MessageRef:
    """The message by its time, which names it in its channel; of a direct message, with the conversation's id."""
    id = begun.ts if begun.channel == channel.id else f"{begun.channel}:{begun.ts}"
    url = f"{site}archives/{begun.channel}/p{begun.ts.replace('.', '')}" if site else ""
    return MessageRef(channel, id, url)
