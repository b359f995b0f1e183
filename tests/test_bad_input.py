"""What people should not have typed: one clear sentence each, and nothing lost."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from bot.cards import as_json
from bot.service import Service
from bot.store import engine
from tests.conftest import Chat, Clock, notice_in, titles_in
from tests.papers import a_paper, recommenders

HOSTILE = [
    "", "   ", "/", "/papers", "/paper", "/papers follow", "/papers follow ;", "/papers follow ;;; ; ",
    "/papers follow the of and", "/papers follow 🎉", "/papers follow author:", "/papers follow like:2401.99999",
    "/papers follow category:!!!", "/papers follow feed:https://example.org/x", "/papers follow feed:", "/papers follow feed:http://127.0.0.1/x",
    "/papers follow feed:javascript:alert(1)", "/papers follow trending top:0", "/papers trending year", "/papers unfollow", "/papers unfollow 99",
    "/papers follow recsys top:none", "/papers follow recsys top:99", "/papers preview recsys days:0",
    "/papers why", "/papers why 99", "/papers why 2401.99999", "/papers whynot zzz", "/papers save 7", "/papers done 3",
    "/papers export docx", "/papers digest yesterday", "/papers digest 2026-13-45", "/papers undo 9",
    "/papers forget you",
    "/papers search since:soon x", "/papers unmute nothing", "/papers mute 🎉", "/paper 2401.99999", "/papers list extra words",
    "'; DROP TABLE paper; --", "/paper '; DROP TABLE paper; --", '/paper " OR 1=1', "/paper NEAR( AND *", "/papers x\x00y",
    "/papers follow " + "a" * 300, "/paper " + "x" * 3000, "x" * 10_000, "/papers follow \u202erecsys\u202c",
    "/paper <script>alert(1)</script>", "/papers mute @everyone <!channel>", "/papers follow [x](javascript:alert(1))",
    "\ud800", "/paper \udfff\ud800", "/papers unfollow ²", "/papers unmute ²", "/papers done ²", "/papers undo ²", "/papers ?",
    "/papers who 🎉", "/papers notify", "/papers notify @x for:nothing", "/papers copy from", "/papers copy <#>", "/papers import",
    "/papers import \n\n;", "/papers import " + "x" * 3900, "/papers propose", "/papers propose <a><b>", "/papers propose @article{",
    "/papers dm", "/papers dm dm", "/papers dm " + "x" * 3900, "/papers stats 🎉", "/papers purge it", "/papers export follows",
]  # fmt: skip


@pytest.mark.parametrize("typed", HOSTILE)
async def test_whatever_is_typed_gets_an_answer_and_never_a_fault(chat: Chat, typed: str) -> None:
    await chat.publish(a_paper("Still Here"))
    reply = await chat.say(typed)
    assert reply.outcome in ("answered", "refused")
    assert notice_in(reply) or reply.cards
    assert "Traceback" not in str(as_json(reply))
    assert titles_in(await chat.say("/paper still here")) == ["Still Here"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("/papers folow recsys", "There is no command “folow”. Did you mean /papers follow?"),
        ("/papers digets", "There is no command “digets”. Did you mean /papers digest?"),
        (
            "/papers qqq",
            "There is no command “qqq”. Type /papers help for the list, or /paper and a title to look it up.",
        ),
        (
            "/papers follow",
            "/papers follow needs a field, author:, category:, venue:, feed:, like: with a paper, or trending; several with ;. Try /papers follow recsys",
        ),
        ("/papers follow recsys to:3", "There is no filter “to:”. Did you mean top:?"),
        ("/papers list all of it", "I don't know what “all of it” means there. Type /papers list"),
        ("x" * 10_000, "That is too long for a command (10,000 characters). Try a title or a few words."),
        ("/papers why 2", "There is no digest here yet, so no numbers. Type /papers digest first."),
        ("/papers follow the of", "“the of” has only words too common to follow. Try /papers follow recsys"),
    ],
)
async def test_the_sentence_says_what_was_wrong_and_what_to_type(chat: Chat, typed: str, said: str) -> None:
    assert notice_in(await chat.say(typed)) == said


@pytest.mark.parametrize(
    "typed",
    [
        "/PAPERS FOLLOW recsys",
        "  /papers   follow\trecsys ",
        "papers follow recsys",
        "follow recsys",
        "/papers subscribe #recsys",
        "/papers add “recsys”",
    ],
)
async def test_case_spaces_quotes_and_a_hash_do_not_matter(chat: Chat, typed: str) -> None:
    await chat.publish(*recommenders())
    assert notice_in(await chat.say(typed)).startswith("Following recsys here")


async def test_a_bug_shows_a_code_and_no_traceback(chat: Chat, caplog: pytest.LogCaptureFixture) -> None:
    async with chat.service.store.database.writing() as session:  # as if a table had been dropped behind our back
        await session.execute(text("DROP TABLE change"))
    reply = await chat.say("/papers history")
    assert reply.outcome == "fault"
    assert notice_in(reply).startswith("Something went wrong on our side (code ")
    assert "change" not in notice_in(reply)
    assert "change" in caplog.text


async def test_names_may_hold_anything(chat: Chat) -> None:
    odd = replace(chat, user="\x00\x1b[2Jeve\udcff", channel=replace(chat.channel, id="a\x00b\udcff", name="\udcff"))
    assert (await odd.say("/papers follow recsys")).announce == "[2Jeve now follows recsys here."
    assert (await odd.say("/papers save 1")).outcome == "refused"


@pytest.mark.parametrize(
    ("pragma", "said"),
    [
        ("query_only = ON", "can't be written to. Check who owns the file and its directory."),
        ("max_page_count = 1", "There is no room left for the database"),
    ],
)
async def test_a_read_only_or_full_database_is_told_and_still_read(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, pragma: str, said: str
) -> None:
    service = await Service.open(sqlite_url, clock=Clock())
    chat = Chat(service, Clock())
    await chat.publish(a_paper("Still Here"))
    await chat.say("/papers follow recsys")
    await service.store.database.close()  # whatever is asked next connects anew
    monkeypatch.setattr("bot.store.engine._PRAGMAS", (*engine._PRAGMAS, pragma))
    reply = await chat.say("/papers follow " + "; ".join(f"subject{n} " + "x" * 180 for n in range(20)))
    assert reply.outcome == "fault"
    assert said in notice_in(reply)
    assert titles_in(await chat.say("/paper still here")) == ["Still Here"]
    assert titles_in(await chat.say("/papers list")) == ["recsys"]
    await service.close()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["/papers follow ", "/paper ", "/papers search ", "/papers mute ", "/papers preview ", ""]),
    st.text(max_size=60),
)
async def test_any_text_at_all(sqlite_url: str, start: str, typed: str) -> None:
    service = await Service.open(sqlite_url, clock=Clock())
    try:
        reply = await Chat(service, Clock()).say(start + typed)
    finally:
        await service.close()
    assert reply.outcome in ("answered", "refused")
