"""Webhooks as a platform: a digest is a POST of signed JSON, and what is answered decides what becomes of it."""

import asyncio
import hashlib
import hmac
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from adapters.webhook.body import body
from bot import settings
from bot.adapter import WEBHOOK, Capabilities, ChannelRef, Handle, MessageRef
from bot.cards import Card
from bot.errors import Gone, Refused, Rejected, Retry, SourceTrouble
from bot.seal import Seal
from bot.settings import Settings

log = logging.getLogger(__name__)

CAPABILITIES = Capabilities(can_find=True, workspace_posts_a_second=1.0, papers_a_message=50)
LATER = 60.0  # seconds until an address that did not answer is tried again
_BUSY = (408, 409, 425, 429)
_GONE = (401, 403, 404, 405, 410)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Webhook:
    """The adapter. known: the settings, those of the environment unless given."""

    name = WEBHOOK
    capabilities = CAPABILITIES

    def __init__(self, known: Settings | None = None, *, clock: Callable[[], datetime] = _utc_now) -> None:
        self._seal = Seal((known or settings.load()).secret_key.get_secret_value(), "webhooks")
        self._clock = clock
        self._handle: Handle | None = None
        self._is_ready = asyncio.Event()

    async def run(self, handle: Handle) -> None:
        """Nothing to connect to until there is a digest to send: wait to be cancelled."""
        self._handle = handle
        self._is_ready.set()
        await asyncio.Event().wait()

    async def post(self, channel: ChannelRef, cards: Sequence[Card], key: str) -> MessageRef:
        """Send the cards. Raises Retry, Gone or Rejected; where no answer came, the same goes again under its key."""
        await self._is_ready.wait()
        assert self._handle is not None
        url = self._seal.open(await self._handle.token(WEBHOOK, channel.workspace))
        if not url:
            raise Gone("no address")
        sent = body(channel, cards, key)
        try:
            answer = await self._handle.hand_over(url, sent, self._headers(url, sent, key))
        except Refused as err:
            raise Gone("the address may not be asked") from err
        except SourceTrouble as err:
            raise Retry(err.after_seconds or LATER) from err
        if 200 <= answer.status < 300:
            return MessageRef(channel, key)
        log.warning("webhook refused", extra={"status": answer.status, "key": key})
        if answer.status in _GONE:
            raise Gone(str(answer.status))
        if answer.status >= 500 or answer.status in _BUSY:
            raise Retry(answer.after_seconds or LATER)
        raise Rejected(str(answer.status))

    async def find(self, channel: ChannelRef, key: str) -> MessageRef | None:
        """None: what may have been sent is sent again, and whoever takes it tells repeats by their key."""
        return None

    async def update(self, ref: MessageRef, cards: Sequence[Card]) -> None:
        """What was sent stays as it is."""

    def _headers(self, url: str, sent: bytes, key: str) -> dict[str, str]:
        at = str(int(self._clock().timestamp()))
        mark = hmac.new(self._seal.word(url).encode(), f"{at}.".encode() + sent, hashlib.sha256).hexdigest()
        return {"Idempotency-Key": key, "Paper-Round-Signature": f"t={at},v1={mark}"}
