"""Previews of paper links at Slack: only where the operator has switched them on."""

import pytest

from tests.conftest import Clock
from tests.fakes.slack.api import BOT_USER, Body
from tests.fakes.slack.person import labels, words
from tests.fakes.slack.team import Team, a_team
from tests.papers import a_paper

KNOWN, UNKNOWN = "https://arxiv.org/abs/2611.90001", "https://arxiv.org/abs/2611.99999"
BOATS = a_paper("Paper Boats on Still Water", ids=("arxiv:2611.90001",), authors=("Rosa Ferry",))


def shared(*links: str, user: str = "U0ADA") -> Body:
    """Somebody has written a message with these links."""
    told = [{"domain": "arxiv.org", "url": link} for link in links]
    return {"type": "link_shared", "channel": "C0ML", "user": user, "message_ts": "7.7", "links": told}


async def heard(team: Team) -> None:
    """Once this is answered, what was sent before has been too."""
    await team.ada.types("/papers help")


@pytest.mark.parametrize("switch", ["on", "off"])
async def test_a_link_to_a_paper_shows_it_where_previews_are_on(sqlite_url: str, clock: Clock, switch: str) -> None:
    async with a_team("socket", sqlite_url, clock, SLACK_PREVIEWS=switch) as team:
        await team.service.store.papers.save([BOATS], "test", clock())
        await team.slack.event(shared(UNKNOWN, KNOWN, "https://example.org/"))
        if switch == "off":
            await heard(team)
            assert team.slack.previews == []
            return
        await team.slack.until(lambda: team.slack.previews)
        (preview,) = team.slack.previews
        assert (preview["channel"], preview["ts"], [*preview["unfurls"]]) == ("C0ML", "7.7", [KNOWN])
        assert "Paper Boats on Still Water" in words(preview["unfurls"][KNOWN])
        assert labels(preview["unfurls"][KNOWN]) == ["Save"]
        await team.slack.event(shared(KNOWN, user=BOT_USER))
        await heard(team)
        assert len(team.slack.previews) == 1, "nobody previews what they wrote themselves"
