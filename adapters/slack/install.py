"""Installing into a workspace: the page that asks Slack, and the page that Slack sends people back to."""

import hashlib
import hmac
import logging
import secrets
import time
from collections.abc import Callable
from html import escape
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from adapters.slack.installs import Install, ManyHomes
from adapters.slack.manifest import Choices, scopes
from adapters.slack.web import WebApi
from bot.adapter import Handle
from bot.errors import Gone, Rejected, Retry

log = logging.getLogger(__name__)

COOKIE = "paper_round_slack_state"
STATE_SECONDS = 600  # from the press on Install to Slack's answer
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><body style="font: 1.1rem/1.5 system-ui; max-width: 36rem; margin: 4rem auto; padding: 0 1rem">
<h1>{title}</h1><p>{text}</p></body></html>
"""


class Installing:
    """The two pages. now: seconds since 1970."""

    def __init__(
        self, handle: Handle, homes: ManyHomes, api: WebApi, client: tuple[str, str], *, key: str, public_url: str,
        api_url: str, choices: Choices, now: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._handle = handle
        self._homes = homes
        self._api = api
        self._client_id, self._client_secret = client
        self._key = hashlib.sha256(b"paper round slack state\n" + key.encode()).digest()
        self._back = f"{public_url.rstrip('/')}/slack/oauth_redirect"
        self._authorize = _authorize(api_url)
        self._scopes = ",".join(scope.name for scope in scopes(choices))
        self._now = now

    def routes(self) -> tuple[web.RouteDef, ...]:
        return (web.get("/slack/install", self.begin), web.get("/slack/oauth_redirect", self.end))

    async def begin(self, _request: web.Request) -> web.Response:
        """Send the person to Slack, with a state that only their browser has."""
        state = self._state()
        asked = {"client_id": self._client_id, "scope": self._scopes, "redirect_uri": self._back, "state": state}
        answer = web.Response(status=302, headers={"Location": f"{self._authorize}?{urlencode(asked)}"})
        is_secure = self._back.startswith("https://")
        answer.set_cookie(
            COOKIE, state, max_age=STATE_SECONDS, path="/slack", httponly=True, secure=is_secure, samesite="Lax"
        )
        return answer

    async def end(self, request: web.Request) -> web.Response:
        """Keep the token that Slack gives for the code that the person brings."""
        if not await self._is_ours(request.query.get("state", ""), request.cookies.get(COOKIE, "")):
            return _page(400, "That did not work", "This link is old, was used, or was opened in another browser. "
                         "Begin again at /slack/install.")  # fmt: skip
        if request.query.get("error"):
            return _page(200, "Nothing was installed", "You can begin again at /slack/install.")
        try:
            said = await self._api.call(
                "", "oauth.v2.access", client_id=self._client_id, client_secret=self._client_secret,
                code=request.query.get("code", ""), redirect_uri=self._back,
            )  # fmt: skip
            team, token, bot = str(said["team"]["id"]), str(said["access_token"]), str(said["bot_user_id"])
        except (Gone, Rejected, Retry, OSError, KeyError, TypeError) as err:
            log.warning("not installed", extra={"error": type(err).__name__})
            return _page(502, "That did not work", "Slack did not confirm it. Begin again at /slack/install.")
        name = str(said["team"].get("name") or team)
        await self._homes.add(team, name, Install(token, bot))
        log.info("installed", extra={"workspace": team})
        text = f"Paper Round is in {name}. In a channel, type /invite @Paper Round; then /papers shows what it can do."
        answer = _page(200, "Paper Round is installed", text)
        answer.del_cookie(COOKIE, path="/slack")
        return answer

    def _state(self) -> str:
        said = f"{int(self._now())}.{secrets.token_urlsafe(16)}"
        return f"{said}.{self._mark(said)}"

    async def _is_ours(self, state: str, cookie: str) -> bool:
        """Whether we made it, for this browser, not long ago, and it was not used before."""
        said, _, mark = state.rpartition(".")
        if not state or not hmac.compare_digest(state.encode(), cookie.encode()):
            return False
        if not hmac.compare_digest(mark.encode(), self._mark(said).encode()):
            return False
        age = self._now() - int(said.partition(".")[0])
        return 0 <= age <= STATE_SECONDS and not await self._handle.seen_before(f"slack state {mark}")

    def _mark(self, said: str) -> str:
        return hmac.new(self._key, said.encode(), hashlib.sha256).hexdigest()


def _authorize(api_url: str) -> str:
    """Where people are asked, beside the Web API of `api_url`: `https://slack-gov.com/oauth/v2/authorize`."""
    place = urlsplit(api_url)
    return f"{place.scheme}://{place.netloc}/oauth/v2/authorize"


def _page(status: int, title: str, text: str) -> web.Response:
    page = _PAGE.format(title=escape(title), text=escape(text))
    return web.Response(status=status, text=page, content_type="text/html")
