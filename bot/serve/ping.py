"""The dead man's switch: a URL that is asked while all is well, so that its silence wakes somebody."""

import logging

import aiohttp
from pydantic import SecretStr

from bot.store import Store, health

log = logging.getLogger(__name__)

_ANSWER_SECONDS = 10.0


class Ping:
    """Asks the URL, which is a secret and is never logged, if the database is well; that it asks shows the loop is."""

    def __init__(self, store: Store, url: SecretStr) -> None:
        self._store = store
        self._url = url

    async def ping(self) -> None:
        """One question. Raises Fault where the database does not answer: then nothing is asked, which is the alarm."""
        if not await health.is_current(self._store.database):
            log.warning("no ping", extra={"why": "the database is of another version"})
            return
        limit = aiohttp.ClientTimeout(total=_ANSWER_SECONDS)
        try:
            url = self._url.get_secret_value()
            async with aiohttp.ClientSession(timeout=limit) as session, session.get(url, allow_redirects=False) as told:
                if told.status >= 300:
                    log.warning("ping not taken", extra={"status": told.status})
        except (aiohttp.ClientError, ValueError, OSError) as err:  # its text may hold the URL
            log.warning("ping not sent", extra={"why": type(err).__name__})
