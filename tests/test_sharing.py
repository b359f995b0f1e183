"""Follows on their way from one channel to another, as text or straight away."""

from dataclasses import replace

import pytest

from bot.adapter import ChannelRef, Invocation
from bot.cards import File
from tests.conftest import Chat, notice_in, text_of, titles_in
from tests.papers import a_paper, others, recommenders

BLOCK = """
recsys in:cs.IR,cs.LG not:survey,"medical image" top:3

  author:"Ada Lovelace"; cs.CL
like:2403.01234
"cold start"
llm | vlm
mute:"position paper"
mute:author:"Grace Hopper"
"""


@pytest.fixture(autouse=True)
async def papers(chat: Chat) -> None:
    text = "New books have no readers. Our recommender system recommends new items to users from their text."
    await chat.publish(*recommenders(), *others(), a_paper("Cold Books", text, ids=("arxiv:2403.01234",)))


async def exported(chat: Chat) -> str:
    card = (await chat.say("/papers export follows")).cards[0]
    assert isinstance(card, File)
    return card.text


async def test_what_goes_out_as_text_comes_in_the_same(chat: Chat) -> None:
    there = chat.elsewhere("there")
    said = await there.say(f"/papers import {BLOCK}")
    assert notice_in(said).startswith('New here: recsys, author:"Ada Lovelace", category:cs.CL, like:2403.01234')
    text = await exported(there)
    assert text.splitlines() == [
        'recsys in:cs.IR,cs.LG not:survey,"medical image" top:3',
        'author:"Ada Lovelace"',
        "category:cs.CL",
        "like:2403.01234",
        '"cold start"',
        "llm | vlm",
        'mute:"position paper"',
        'mute:author:"Grace Hopper"',
    ]
    await chat.say(f"/papers import\r\n{text}")
    assert await exported(chat) == text
    again = await chat.say(f"import {text.replace(chr(10), ' ; ')}")
    assert notice_in(again) == "Nothing new in that. 8 were here already."


async def test_a_list_is_one_change_and_leaves_what_is_there(chat: Chat) -> None:
    await chat.say("/papers follow recsys top:2")
    said = await chat.say("/papers import recsys in:cs.IR; robots; mute:survey")
    assert notice_in(said) == (
        "New here: robots and muted survey. 1 was here already. Next digest: Wed 25 Nov 09:00 (UTC)."
    )
    assert chat.announced[-1] == "ada added to what comes here: robots and muted survey."
    assert "top:2" in text_of(await chat.say("/papers list"))
    assert titles_in(await chat.say("/papers history"))[0] == "ada followed robots and muted survey"
    await chat.press(said, "Undo")
    assert await exported(chat) == "recsys top:2\n"


async def test_lines_that_name_nothing_are_told_and_the_rest_is_kept(chat: Chat) -> None:
    said = await chat.say("/papers import recsys\nthe of\nlike:2401.99999\nrobots top:99\n🎉\nmute:\n" + "x" * 201)
    assert notice_in(said) == (
        "New here: recsys. “the of” was left out: “the of” has only words too common to follow. "
        "“like:2401.99999” was left out: 2401.99999 is not among the stored papers. "
        "“robots top:99” was left out: top: takes a number from 1 to 15, not “99”. "
        "“🎉” was left out: “🎉” has no word to follow. "
        "“mute:” was left out: That is no word or author to mute. 1 more were left out. "
        "Next digest: Wed 25 Nov 09:00 (UTC)."
    )


async def test_pasted_commands_count_as_what_they_would_follow(chat: Chat) -> None:
    await chat.say("/papers import /papers follow recsys top:3\nfollow robots; Add speech recognition")
    assert await exported(chat) == "recsys top:3\nrobots\nspeech recognition\n"
    for nothing in ("🎉", ";;;", "the of"):
        assert (await chat.say(f"/papers import {nothing}")).outcome == "refused"


async def test_a_list_beyond_what_a_channel_may_follow_is_refused_whole(chat: Chat) -> None:
    reply = await chat.say("/papers import " + "; ".join(f"subject{n}" for n in range(51)))
    assert "This channel follows 0 of at most 50 topics." in notice_in(reply)
    assert "No follows here yet" in text_of(await chat.say("/papers list"))


@pytest.mark.parametrize("named", ["from #there", "#there", "there", "FROM <#there|renamed>", "<#there>"])
async def test_follows_are_copied_with_their_filters(chat: Chat, named: str) -> None:
    there = chat.elsewhere("there")
    await there.say("/papers follow recsys in:cs.IR")
    await there.say("/papers follow robots")
    await there.say("/papers mute survey")
    await there.say("/papers notify @lab for:recsys")
    await chat.say("/papers follow robots")
    said = await chat.say(f"/papers copy {named}")
    assert notice_in(said).startswith("New here: recsys and muted survey, copied from #there. 1 was here already.")
    assert await exported(chat) == "robots\nrecsys in:cs.IR\nmute:survey\n"
    assert "Nobody is pinged here." in notice_in(await chat.say("/papers notify"))
    await chat.press(said, "Undo")
    assert await exported(chat) == "robots\n"
    assert await exported(there) == "recsys in:cs.IR\nrobots\nmute:survey\n"


async def test_nothing_is_copied_from_what_is_nobody_s_to_read(chat: Chat) -> None:
    await chat.as_user("bob").say("/papers dm follow recsys")
    elsewhere = replace(chat, channel=ChannelRef("terminal", "another", "theirs", "theirs"))
    await elsewhere.say("/papers follow recsys")
    for named in ("bob", "#bob", "theirs", "#ml-papers", "from", "from #", "<#>", "🎉"):
        reply = await chat.say(f"/papers copy {named}")
        assert (reply.outcome, "that I know here" in notice_in(reply)) == ("refused", True)
    await chat.elsewhere("empty").say("/papers mute survey")
    await chat.elsewhere("empty").say("/papers undo")
    assert "#empty follows nothing." in notice_in(await chat.say("/papers copy #empty"))


async def test_only_managers_bring_follows_in_and_oneself_may_take_any(chat: Chat) -> None:
    await chat.elsewhere("there").say("/papers follow recsys")
    ask = Invocation(chat.channel, "bob", text="/papers import recsys", can_manage=False)
    assert (await chat.service.handle(ask)).outcome == "refused"
    assert (await chat.service.handle(replace(ask, text="/papers copy #there"))).outcome == "refused"
    assert (await chat.service.handle(replace(ask, text="/papers dm copy #there"))).outcome == "answered"
    lines = await chat.service.handle(replace(ask, text="/papers dm import robots\nspeech recognition top:2"))
    assert notice_in(lines).startswith("New here: robots and speech recognition.")


async def test_what_comes_with_a_list_comes_at_the_usual_time(chat: Chat) -> None:
    muted = await chat.say("/papers import mute:survey")
    assert notice_in(muted) == "New here: muted survey."
    assert "Next digest: Wed 25 Nov 09:00 (UTC)." in notice_in(await chat.say("/papers import recsys"))


async def test_a_channel_without_follows_has_no_list(chat: Chat) -> None:
    assert notice_in(await chat.say("/papers export follows")) == (
        "This channel follows nothing yet. Try /papers follow recsys"
    )
