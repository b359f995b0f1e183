"""The track record of a channel, and the end of it."""

from sqlmodel import col, select

from bot import tables
from bot.adapter import Invocation
from tests.conftest import Chat, notice_in, text_of, titles_in
from tests.papers import others, recommenders


async def vote(chat: Chat, n: int, sign: int) -> None:
    """A vote on a paper of the latest digest, as a reaction will bring it."""
    channel = await chat.service.store.channels.of(chat.channel)
    digest = await chat.service.store.digests.latest(channel)
    assert digest
    async with chat.service.store.database.writing() as session:
        user, paper = f"terminal/local/{chat.user}", digest.picks[n - 1].paper.pk
        session.add(tables.Feedback(channel_pk=channel.pk, user=user, paper_pk=paper, sign=sign, at=chat.clock()))


async def test_without_digests_there_is_nothing_to_judge(chat: Chat) -> None:
    said = notice_in(await chat.say("/papers stats"))
    assert said == "No digest here in the last 4 weeks, so there is nothing to judge. Try /papers digest"


async def test_nought_is_told_as_nought(chat: Chat) -> None:
    await chat.publish(*recommenders(), *others())
    await chat.say("/papers follow recsys")
    await chat.say("/papers digest")
    assert titles_in(await chat.say("/papers stats")) == [
        "1 digest with 5 papers", "None of them was liked or saved yet", "No votes yet",
    ]  # fmt: skip
    assert "a week: 5 papers, a minute of abstracts at most" in text_of(await chat.say("/papers stats"))


async def test_likes_saves_and_votes_count_for_the_channel_that_had_the_paper(chat: Chat) -> None:
    await chat.publish(*recommenders(), *others())
    await chat.say("/papers follow recsys")
    await chat.say("/papers digest")
    await chat.as_user("bob").say("/papers save 2")
    await chat.say("/papers save 1")
    await vote(chat, 1, +1)
    await vote(chat, 3, -1)
    await vote(chat.as_user("bob"), 3, -1)
    chat.clock.forward(days=14)
    told = await chat.say("/papers stats")
    assert titles_in(told)[1:] == ["2 of 5 liked or saved: 40 %", "3 votes by 2 people"]
    assert "1 liked, 2 saved" in text_of(told)
    assert "1 for more, 2 for less" in text_of(told)
    assert "a week: 2 papers" in text_of(told)
    assert "nothing to judge" in notice_in(await chat.elsewhere("other").say("/papers stats"))
    chat.clock.forward(days=15)
    assert "nothing to judge" in notice_in(await chat.say("/papers stats"))


async def test_one_s_own_record_counts_one_s_own_list(chat: Chat) -> None:
    await chat.publish(*recommenders(), *others())
    await chat.say("/papers dm follow recsys")
    first = titles_in(await chat.say("/papers dm digest"))[0]
    await chat.as_user("bob").say(f"/papers save {first}")
    assert "None of them was liked or saved yet" in titles_in(await chat.say("/papers dm stats"))
    await chat.say(f"/papers save {first}")
    assert "1 of 5 liked or saved: 20 %" in titles_in(await chat.say("/papers dm stats"))


async def test_a_purge_asks_once_and_leaves_only_papers_and_reading_lists(chat: Chat) -> None:
    await chat.publish(*recommenders(), *others())
    await chat.say("/papers follow recsys; robots")
    await chat.elsewhere("other").say("/papers follow robots")
    await chat.say("/papers digest")
    await chat.say("/papers save 1")
    await vote(chat, 1, +1)
    question = await chat.say("/papers purge")
    assert "its 2 follows, its times and settings, its 1 digest and who changed what" in notice_in(question)
    assert len(titles_in(await chat.say("/papers list"))) == 2
    done = await chat.press(question, "Delete everything")
    assert notice_in(done).startswith("Deleted: 2 follows, 1 digest, and all else of this channel.")
    assert chat.announced[-1] == "ada deleted everything that was stored about this channel."
    assert "No follows here yet" in text_of(await chat.say("/papers list"))
    assert "Nothing was changed here yet." in text_of(await chat.say("/papers history"))
    assert "nothing to take back" in notice_in(await chat.say("/papers undo"))
    assert len(titles_in(await chat.say("/papers saved"))) == 1
    assert titles_in(await chat.elsewhere("other").say("/papers list")) == ["robots"]
    async with chat.service.store.database.reading() as session:
        for table in (tables.Digest, tables.Delivery, tables.Shown, tables.Feedback):
            assert not (await session.execute(select(col(table.channel_pk)))).all()
    await chat.say("/papers follow recsys")
    assert len(titles_in(await chat.say("/papers digest"))) == 5


async def test_only_admins_purge_a_channel_and_anybody_their_own(chat: Chat) -> None:
    await chat.as_user("bob").say("/papers dm follow recsys")
    ask = Invocation(chat.channel, "bob", text="/papers purge everything", is_admin=False)
    refused = await chat.service.handle(ask)
    assert notice_in(refused) == "Only admins can delete what is stored about this channel. Ask one of them."
    await chat.service.handle(Invocation(chat.channel, "bob", text="/papers dm purge everything", is_admin=False))
    assert "No follows here yet" in text_of(await chat.as_user("bob").say("/papers dm list"))
