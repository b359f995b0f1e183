"""What people say and press at Slack, and what they get for it."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from adapters.slack.app import Slack
from bot.adapter import ChannelRef, Invocation
from bot.cards import Reply
from tests.conftest import Clock
from tests.fakes.slack.api import BOT_USER, TEAM, Body
from tests.fakes.slack.person import labels, words
from tests.fakes.slack.team import Team, a_team, connected, known
from tests.papers import a_paper, recommenders

BOATS = a_paper("Paper Boats on Still Water", ids=("arxiv:2611.90001",), authors=("Rosa Ferry",))


@pytest.fixture
async def team(sqlite_url: str, clock: Clock) -> AsyncIterator[Team]:
    async with a_team("socket", sqlite_url, clock) as team:
        await team.service.store.papers.save([BOATS], "test", clock())
        yield team


async def test_a_slash_command_is_answered_to_the_person_alone(team: Team) -> None:
    (told,) = await team.ada.types("/papers folow recsys")
    assert told["response_type"] == "ephemeral"
    assert words(told) == "There is no command “folow”. Did you mean /papers follow?"
    assert team.channel == []
    (told,) = await team.ada.types("/paper paper boats")
    assert "Paper Boats on Still Water" in words(told)


async def test_what_slack_escapes_and_marks_is_read_as_it_was_typed(team: Team) -> None:
    (told,) = await team.ada.types('/papers follow "&lt;b&gt; &amp; &lt;!channel&gt;"')
    assert words(told).startswith('Following "<b> & <!channel>" here.')
    (told,) = await team.ada.types("/paper <https://arxiv.org/abs/2611.90001|arxiv.org/abs/2611.90001>")
    assert "Paper Boats on Still Water" in words(told)


async def test_a_private_channel_goes_by_its_name(team: Team) -> None:
    team.slack.room("G0SECRET", "reading-behind-doors", is_private=True)
    await team.ada.types("/papers follow recsys", "G0SECRET")
    (told,) = await team.ada.types("/papers list", "G0SECRET")
    assert words(told).startswith("Followed in #reading-behind-doors")


async def test_where_we_are_not_in_the_channel_it_says_how_to_let_us_in(team: Team) -> None:
    team.slack.room("C0FAR", "far", "not_in_channel")
    told, announced = await team.ada.types("/papers follow recsys", "C0FAR", answers=2)
    assert "type: /invite @Paper Round" in words(told)
    assert (announced["response_type"], words(announced)) == ("in_channel", "Ada now follows recsys here.")


async def test_a_look_up_by_mention_is_answered_for_all_in_its_thread(team: Team) -> None:
    root = await team.ada.mentions("what was that boat thing")
    await team.slack.until(lambda: team.slack.ephemeral)
    ts = await team.ada.mentions("2611.90001", thread=root)
    await team.slack.until(lambda: len(team.slack.below("C0ML", root)) > 1)
    asked, answered = team.slack.below("C0ML", root)
    assert asked["ts"] == ts
    assert "Paper Boats on Still Water" in words(answered)


async def test_a_change_by_mention_is_told_to_the_person_and_in_one_line_to_all(team: Team) -> None:
    root = await team.ada.mentions("hello")
    await team.slack.until(lambda: team.slack.ephemeral)
    await team.ada.mentions("follow recsys", thread=root)
    await team.slack.until(lambda: len(team.slack.below("C0ML", root)) > 1)
    told = team.slack.ephemeral[-1]
    assert (told["user"], told["thread_ts"]) == ("U0ADA", root)
    assert "Following recsys here." in words(told)
    assert words(team.slack.below("C0ML", root)[-1]) == "Ada now follows recsys here."


async def test_a_direct_message_is_a_channel_of_one_s_own(team: Team) -> None:
    (told,) = await team.ada.writes("follow recsys")
    assert "Following recsys here." in words(told)
    await team.service.store.papers.save(recommenders(), "test", team.clock())
    await team.at(24, 8)
    mine = team.slack.seen("D0ADA")
    assert "Digest of 24 Nov 2026" in words(mine[-1])
    assert team.channel == []


async def test_the_message_shortcut_looks_up_what_the_message_names(team: Team) -> None:
    message = {"type": "message", "user": "U0BOB", "ts": "1.1", "text": "see <https://arxiv.org/abs/2611.90001v2>"}
    (told,) = await team.ada.uses("look_up", message)
    assert "Paper Boats on Still Water" in words(told)
    (told,) = await team.ada.uses("look_up", {**message, "text": "lunch?"})
    assert words(told).startswith("No arXiv id, DOI or link is in that message.")


async def test_the_global_shortcut_asks_for_a_title_and_shows_the_paper(team: Team) -> None:
    await team.ada.uses("find")
    await team.slack.until(lambda: team.slack.views)
    asked = team.slack.views[-1]
    shown = await team.ada.fills(asked, title="paper boats")
    assert shown["response_action"] == "update"
    assert "Paper Boats on Still Water" in words(shown["view"])
    assert "Save" in labels(shown["view"])


async def test_errors_stand_beside_their_fields(team: Team) -> None:
    (told,) = await team.ada.types("/papers settings")
    await team.ada.presses(told, "Open", answers=0)
    await team.slack.until(lambda: team.slack.views)
    form = team.slack.views[-1]
    wrong = await team.ada.fills(form, size="99", hours="noon")
    assert wrong == {
        "response_action": "errors",
        "errors": {"size": "size: takes a number from 1 to 15, not “99”. Try size:5."},
    }
    wrong = await team.ada.fills(form, hours="noon")
    assert [*wrong["errors"]] == ["hours"], "what only the service can tell is beside its field too"
    wrong = await team.ada.fills(form, size="3", min="9")
    assert wrong["errors"] == {"min": "A digest of at most 3 papers can't wait for 9. Try min:3, or size:9."}
    done = await team.ada.fills(form, size="3")
    assert words(done["view"]).startswith("Set: at most 3 papers")


async def test_what_is_sent_or_pressed_twice_is_done_once(team: Team) -> None:
    await team.ada.types("/papers follow recsys")
    await team.service.store.papers.save(recommenders(), "test", team.clock())
    digest = {**(await team.at(24, 8))[-1]}  # as it was before its votes were counted on it
    now = float(int(time.time()))
    (first,) = await team.ada.presses(digest, "More like 1", at=now + 0.2)
    assert "Noted: more like" in words(first)
    await team.ada.presses(digest, "More like 1", at=now + 0.4, answers=0)
    await team.ada.presses(digest, "More like 1", at=now + 1.1, answers=0)
    (later,) = await team.ada.presses(digest, "More like 1", at=now + 9)
    assert "Taken back" in words(later), "of the presses between nothing was done"
    joined = {"type": "app_mention", "user": "U0ADA", "text": "<@U0BOT> list", "ts": "9.9", "channel": "C0ML"}
    for retry in (0, 1):
        await team.slack.event(joined, id="Ev1", retry=retry)
    await team.slack.event(joined, id="Ev2")
    await team.slack.until(lambda: len(team.slack.ephemeral) >= 2)
    assert len(team.slack.ephemeral) == 2


async def test_a_button_of_an_older_version_shows_its_paper(team: Team) -> None:
    (told,) = await team.ada.types("/paper 2611.90001")
    (answer,) = await team.ada.presses({**told, "ts": "5.5"}, "Save", old="vote_button_v0")
    assert words(answer).startswith("This button is from an older digest; here is the paper.")
    assert "Paper Boats on Still Water" in words(answer)
    (listed,) = await team.ada.types("/papers help")
    (answer,) = await team.ada.presses({**listed, "ts": "6.6"}, "All commands", old="gone")
    assert words(answer).startswith("This button is from an older version, and does nothing any more.")


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("interactive", {"type": "block_suggestion", "action_id": "other", "value": "x"}),
        ("interactive", {"type": "block_actions"}),
        ("interactive", {"type": "view_closed"}),
        ("interactive", {"type": "view_submission", "view": {"callback_id": "form:follow"}}),
        ("slash_commands", {"command": "/papers"}),
        ("slash_commands", {"command": 7, "text": ["x"]}),
        ("events_api", {"type": "event_callback", "event": {"type": "pin_added"}}),
        ("events_api", {"type": "event_callback", "event": "nothing"}),
        ("events_api", {"type": "event_callback", "event": {"type": "app_mention", "channel": None}}),
        ("events_api", {}),
    ],
)
async def test_whatever_comes_is_acknowledged(team: Team, kind: str, payload: dict[str, object]) -> None:
    assert (await team.slack.deliver(kind, payload)).seconds < 1
    (told,) = await team.ada.types("/papers help")
    assert "follow" in words(told)


@pytest.mark.parametrize("trouble", ["503", "html", "drop", "429 30", "error internal_error"])
async def test_where_slack_does_not_say_who_asks_they_are_answered_all_the_same(team: Team, trouble: str) -> None:
    team.slack.will(trouble, method="users.info")
    team.slack.will(trouble, method="conversations.info")
    (told,) = await team.ada.types("/papers list")
    assert words(told).startswith("No follows here yet.")


async def test_what_can_t_be_shown_in_the_channel_is_told_in_a_direct_message(team: Team) -> None:
    team.slack.will("error user_not_in_channel", method="chat.postEphemeral")
    await team.ada.mentions("list")
    await team.slack.until(lambda: "D0ADA" in team.slack.rooms and team.slack.seen("D0ADA"))
    assert words(team.slack.seen("D0ADA")[0]).startswith("No follows here yet.")


class Slow:
    """The service, as slow as a test wants it."""

    def __init__(self, team: Team) -> None:
        self._service = team.service
        self.may_go_on = asyncio.Event()

    async def handle(self, invocation: Invocation) -> Reply:
        await self.may_go_on.wait()
        return await self._service.handle(invocation)

    def __getattr__(self, name: str) -> object:
        return getattr(self._service, name)


async def test_whoever_waits_is_told_so_within_three_seconds(team: Team) -> None:
    slow = Slow(team)
    async with connected(Slack(known(team.slack, "socket")), slow, team.slack):  # type: ignore[arg-type]
        asking = asyncio.create_task(team.ada.types("/papers list"))
        await team.slack.until(lambda: any(team.slack.responses.values()), seconds=3.0)
        (said,) = next(iter(team.slack.responses.values()))
        assert words(said) == "On its way: the answer comes here."
        slow.may_go_on.set()
        (told,) = await asking
        assert words(told).startswith("No follows here yet.")


async def test_a_cut_socket_is_opened_anew_and_the_next_command_answered(team: Team) -> None:
    await team.slack.drops()
    await team.slack.connected()
    (told,) = await team.ada.types("/papers list")
    assert words(told).startswith("No follows here yet.")
    await team.slack.refreshes()
    await team.slack.connected()
    (told,) = await team.ada.types("/papers list")
    assert words(told).startswith("No follows here yet.")
    assert team.slack.connections >= 3


def reacted(ts: str, emoji: str, kind: str = "added") -> Body:
    item = {"type": "message", "channel": "C0ML", "ts": ts}
    return {"type": f"reaction_{kind}", "user": "U0ADA", "reaction": emoji, "item": item, "item_user": BOT_USER}


async def votes_after(team: Team, event: Body) -> int:
    """How many votes the channel counts, once this has been heard and all that came of it is over."""
    async with connected(Slack(known(team.slack, "socket")), team.service, team.slack):
        await team.slack.event(event)
    channel = await team.service.store.channels.of(ChannelRef("slack", TEAM, "C0ML"))
    return await team.service.store.votes.count(channel, team.clock() - timedelta(days=1))


async def test_an_emoji_on_a_message_that_shows_one_paper_is_a_vote(team: Team) -> None:
    ts = await team.ada.mentions("2611.90001")
    await team.slack.until(lambda: team.slack.below("C0ML", ts))
    (shown,) = team.slack.below("C0ML", ts)
    for emoji, kind, wanted in (
        ("+1::skin-tone-3", "added", 1), ("thumbsup", "added", 1), ("+1", "removed", 0), ("-1", "removed", 0),
        ("tada", "added", 0), ("thumbsdown", "added", 1), ("+1", "removed", 1), ("+1", "added", 1),
    ):  # fmt: skip
        assert await votes_after(team, reacted(shown["ts"], emoji, kind)) == wanted, (emoji, kind)
    (told,) = await team.ada.types("/papers like 2611.90001")
    assert "Taken back: your vote for more" in words(told), "the last emoji was what counted"
    assert await votes_after(team, reacted(ts, "+1")) == 0, "what people write themselves is not voted on"
