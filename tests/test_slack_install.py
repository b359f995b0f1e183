"""Many workspaces by one app: installed on a page, with sealed tokens, uninstalled and installed again."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from adapters.slack.app import Slack
from adapters.slack.install import COOKIE
from bot.errors import Refused
from bot.seal import Seal
from bot.settings import Settings
from tests.conftest import Clock
from tests.fakes.slack.api import TEAM
from tests.fakes.slack.person import words
from tests.fakes.slack.socket import CLIENT
from tests.fakes.slack.team import Team, a_team, connected, known
from tests.papers import recommenders


@dataclass
class Browser:
    """Somebody who installs the app. site: where it runs. jar: the cookies that they have of it."""

    site: str
    jar: dict[str, str]

    async def asks(self) -> dict[str, str]:
        """Press on Install: what Slack is asked for."""
        status, place, _ = await self.goes("/slack/install")
        assert status == 302
        assert urlsplit(place).path == "/oauth/v2/authorize"
        return {name: value for name, (value,) in parse_qs(urlsplit(place).query).items()}

    async def goes(self, path: str, **query: str) -> tuple[int, str, str]:
        """Status, where it leads, and what is to be read there."""
        async with (
            aiohttp.ClientSession(cookies=self.jar) as session,
            session.get(f"{self.site}{path}", params=query, allow_redirects=False) as answer,
        ):
            self.jar |= {name: one.value for name, one in answer.cookies.items()}
            return answer.status, answer.headers.get("Location", ""), await answer.text()

    async def installs(self, team: Team, code: str = "c1") -> str:
        """Install it in the workspace; what the last page says."""
        asked = await self.asks()
        team.slack.codes[code] = TEAM
        status, _, text = await self.goes("/slack/oauth_redirect", code=code, state=asked["state"])
        assert status == 200
        return text


@pytest.fixture
async def team(sqlite_url: str, clock: Clock) -> AsyncIterator[Team]:
    async with a_team("many", sqlite_url, clock) as team:
        team.slack.tokens = {}
        yield team


@pytest.fixture
def browser(team: Team) -> Browser:
    return Browser(team.slack.events.removesuffix("/slack/events"), {})


async def test_installed_on_its_page_it_speaks_there_and_its_token_is_sealed(
    team: Team, browser: Browser, tmp_path: Path
) -> None:
    asked = await browser.asks()
    assert asked["client_id"] == CLIENT[0]
    assert asked["redirect_uri"] == "https://papers.example.org/slack/oauth_redirect"
    assert {"chat:write", "commands"} <= set(asked["scope"].split(","))
    assert "Paper Round is installed" in await browser.installs(team)
    (told,) = await team.ada.types("/papers follow recsys")
    assert "Following recsys here." in words(told)
    (token,) = team.slack.tokens
    kept = b"".join(file.read_bytes() for file in tmp_path.glob("*.db*"))  # noqa: ASYNC240
    assert b"recsys" in kept
    assert token.encode() not in kept


async def test_where_it_is_not_installed_nothing_is_answered_or_asked(team: Team, browser: Browser) -> None:
    await team.ada.types("/papers follow recsys", answers=0)
    await browser.installs(team)
    (told,) = await team.ada.types("/papers list")
    assert words(told).startswith("No follows here yet.")
    assert {call.method for call in team.slack.log} >= {"oauth.v2.access"}


async def test_a_state_of_another_browser_or_of_nobody_or_used_before_installs_nothing(
    team: Team, browser: Browser
) -> None:
    state = (await browser.asks())["state"]
    team.slack.codes["c1"] = TEAM
    other = Browser(browser.site, {})
    theirs = (await other.asks())["state"]
    made_up = f"{state[:-4]}beef"
    for jar, said in (
        ({}, state),
        ({COOKIE: theirs}, state),
        ({COOKIE: made_up}, made_up),
        ({COOKIE: ""}, ""),
        ({}, ""),
    ):
        status, _, text = await Browser(browser.site, dict(jar)).goes("/slack/oauth_redirect", code="c1", state=said)
        assert (status, "That did not work" in text) == (400, True)
    assert team.slack.codes == {"c1": TEAM}, "the code was not even tried"
    jar = dict(browser.jar)
    assert (await browser.goes("/slack/oauth_redirect", code="c1", state=state))[0] == 200
    assert (await Browser(browser.site, jar).goes("/slack/oauth_redirect", code="c2", state=state))[0] == 400


async def test_a_state_is_good_for_ten_minutes(team: Team) -> None:
    now = 1_800_000_000.0
    async with connected(Slack(known(team.slack, "many"), today=lambda: now), team.service, team.slack):
        browser = Browser(team.slack.events.removesuffix("/slack/events"), {})
        team.slack.codes["c1"] = TEAM
        for seconds, wanted in ((601, 400), (-1, 400), (599, 200)):
            state = (await browser.asks())["state"]
            now += seconds
            assert (await browser.goes("/slack/oauth_redirect", code="c1", state=state))[0] == wanted


@pytest.mark.parametrize("switch", ["on", "off"])
async def test_the_history_is_asked_for_unless_that_is_switched_off(team: Team, switch: str) -> None:
    adapter = Slack(known(team.slack, "many", SLACK_HISTORY=switch))
    async with connected(adapter, team.service, team.slack):
        asked = await Browser(team.slack.events.removesuffix("/slack/events"), {}).asks()
    assert ("channels:history" in asked["scope"].split(",")) is (switch == "on")


async def test_who_says_no_at_slack_or_brings_a_wrong_code_has_installed_nothing(team: Team, browser: Browser) -> None:
    state = (await browser.asks())["state"]
    status, _, text = await browser.goes("/slack/oauth_redirect", error="access_denied", state=state)
    assert (status, "Nothing was installed" in text) == (200, True)
    state = (await browser.asks())["state"]
    status, _, text = await browser.goes("/slack/oauth_redirect", code="<script>", state=state)
    assert (status, "Slack did not confirm it" in text, "<script>" in text) == (502, True, False)
    assert team.slack.tokens == {}


async def test_uninstalled_its_token_is_gone_and_installed_again_the_follows_are_there(
    team: Team, browser: Browser
) -> None:
    await browser.installs(team)
    await team.ada.types("/papers follow recsys")
    await team.service.store.papers.save(recommenders(), "test", team.clock())
    assert await team.service.token("slack", TEAM)
    await team.slack.event({"type": "app_uninstalled"})
    team.slack.tokens = {}
    while await team.service.token("slack", TEAM):
        await team.clock.sleep(0)
    assert await team.at(24, 8) == []
    await browser.installs(team, "c2")
    (told,) = await team.ada.types("/papers list")
    assert "1. recsys" in words(told)
    assert "Digest of 25 Nov 2026" in words(await team.at(25, 8))


def test_what_is_half_set_up_is_refused_in_a_sentence() -> None:
    with pytest.raises(Refused, match="not SLACK_CLIENT_SECRET nor PAPER_ROUND_SECRET_KEY nor PAPER_ROUND_PUBLIC_URL"):
        Slack(Settings.model_validate({"SLACK_CLIENT_ID": "1.2", "SLACK_SIGNING_SECRET": "x"}))
    with pytest.raises(Refused, match="Set SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET for the web"):
        Slack(Settings.model_validate({"SLACK_BOT_TOKEN": "xoxb-1"}))


def test_a_new_key_opens_what_an_old_one_sealed_and_a_strange_one_does_not() -> None:
    sealed = Seal("old", "slack tokens").close("xoxb-1")
    assert "xoxb-1" not in sealed
    assert Seal("new, old", "slack tokens").open(sealed) == "xoxb-1"
    assert Seal("new", "slack tokens").open(sealed) == ""
    assert Seal("new", "slack tokens").open("no seal at all") == ""
