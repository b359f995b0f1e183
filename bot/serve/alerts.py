"""Telling the operator: once when a trouble begins, and once when it is over."""

import logging

from bot.adapter import MAIL, ChannelRef, own_of
from bot.errors import Refused
from bot.service import Clock
from bot.store import Store

log = logging.getLogger(__name__)


def alert_channel(address: str) -> ChannelRef | None:
    """The channel that hears of trouble, none where no address is given. Raises Refused."""
    if not address:
        return None
    platform, workspace, channel = (*address.split("/", 2), "", "")[:3]
    if not (platform and workspace and channel):
        wrong = f"“{address}” names no channel for alerts."
        raise Refused(wrong, "Set PAPER_ROUND_ALERT_CHANNEL to PLATFORM/WORKSPACE/CHANNEL, by their ids.")
    return own_of(platform, workspace, channel) if platform == MAIL else ChannelRef(platform, workspace, channel)


class Alerts:
    """Looks for troubles, logs what is new, and tells the operator's channel where there is one."""

    def __init__(self, store: Store, clock: Clock, channel: ChannelRef | None) -> None:
        self._store = store
        self._clock = clock
        self._channel = channel

    async def look(self) -> None:
        """One look, to be repeated every minute."""
        tell = await self._store.channels.of(self._channel) if self._channel else None
        news = await self._store.troubles.news(self._clock(), tell)
        for sentence in news.begun:
            log.warning("trouble", extra={"what": sentence})
        for sentence in news.over:
            log.info("trouble over", extra={"what": sentence})
