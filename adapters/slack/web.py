"""Calls of Slack's Web API, each sent once, and what its answers mean for a delivery."""

import json
from collections.abc import Mapping
from typing import Any

import aiohttp

from bot.errors import Gone, Rejected, Retry

SLACK = "https://slack.com/api/"
SECONDS = 25.0  # that an answer may take: less than the outbox waits
OVERLOADED = 30.0  # seconds to wait where Slack says that it is too much, and not for how long

GONE = frozenset({
    "account_inactive", "cannot_dm_bot", "cannot_reply_to_message", "channel_not_found", "ekm_access_denied",
    "invalid_auth", "is_archived", "is_inactive", "messages_tab_disabled", "no_permission", "not_authed",
    "not_in_channel", "org_login_required", "restricted_action", "restricted_action_non_threadable_channel",
    "restricted_action_read_only_channel", "restricted_action_thread_only_channel", "team_access_not_granted",
    "token_expired", "token_revoked", "user_disabled", "user_not_found",
})  # fmt: skip
BUSY = frozenset({"message_limit_exceeded", "rate_limited", "ratelimited", "team_added_to_org"})
# Slack's own words on the first two: some aspect of the operation may have succeeded before the error was raised.
UNSURE = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout", "accesslimited"})


class Unsure(OSError):
    """Nobody knows whether Slack did it."""


class Refused(Rejected):
    """Slack refused it for a reason that it names."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class WebApi:
    """A client that never sends anything twice. url: where the methods are, with a slash at its end."""

    def __init__(self, url: str = SLACK) -> None:
        self._url = url or SLACK
        self._session: aiohttp.ClientSession | None = None

    async def call(self, token: str, method: str, **body: object) -> Mapping[str, Any]:
        """Slack's answer. Raises Retry, Gone, Refused, or an OSError (TimeoutError among them) that settles nothing.

        Sent as a form, which every method takes; those that only read take no JSON. No token: for what hands them out.
        """
        bearer = {"Authorization": f"Bearer {token}"} if token else {}
        form = {name: value if isinstance(value, str) else json.dumps(value) for name, value in body.items()}
        try:
            async with self._open().post(f"{self._url}{method}", data=form, headers=bearer) as response:
                if response.status == 429:
                    raise Retry(_seconds(response.headers.get("Retry-After", "")))
                answer = await _json(response)
        except aiohttp.ClientConnectorError as err:  # it never got there
            raise Retry(OVERLOADED) from err
        except aiohttp.ClientError as err:
            raise Unsure(type(err).__name__) from err
        if answer.get("ok") is not True:
            raise _refusal(str(answer.get("error", "")))
        return answer

    async def close(self) -> None:
        if self._session:
            await self._session.close()
            self._session = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS))
        return self._session


def _refusal(name: str) -> Exception:
    if name in GONE:
        return Gone(name)
    if name in BUSY:
        return Retry(OVERLOADED)
    return Unsure(name) if name in UNSURE or not name else Refused(name)


async def _json(response: aiohttp.ClientResponse) -> dict[str, Any]:
    """The answer; raises Unsure for a page of something that stands before Slack."""
    if response.status >= 500 or response.content_type != "application/json":
        raise Unsure(f"{response.status} {response.content_type}")
    try:
        answer = await response.json()
    except ValueError as err:
        raise Unsure("an answer that is no JSON") from err
    return answer if isinstance(answer, dict) else {}


def _seconds(header: str) -> float:
    return float(header) if header.isascii() and header.isdigit() else OVERLOADED
