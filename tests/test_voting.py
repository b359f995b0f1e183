"""Votes: one voice a person, heard in the next digest, shown and corrected, and forgotten when asked."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot import tables
from bot.cards import File, Listing, Reply
from bot.model import Draft
from tests.conftest import Chat, notice_in, text_of, titles_in
from tests.papers import a_paper, others, recommenders

SIDES = {
    "Music": "songs and playlists that listeners stream",
    "News": "headlines and articles that readers skim",
}
TRIALS = {
    "Evening Commutes": "People on trains want short things; we count minutes and stops.",
    "Small Kitchens": "Cooks have wet hands, so voice is all that is left to choose with.",
    "Rainy Weekends": "Weather changes what is wanted, and a barometer tells it hours before.",
    "Grandparents": "Large letters and patience: nothing is clicked by chance after seventy.",
    "Night Shifts": "Nurses and guards rest at noon; clocks of the day mislead a ranking.",
    "School Yards": "Twenty children share one tablet, and whoever holds it is not who asked.",
}
FIRST, THEN = list(TRIALS)[:3], list(TRIALS)[3:]


def title_of(side: str, trial: str) -> str:
    return f"{side} Recommendation for {trial}"


def of_side(side: str, trials: Iterable[str]) -> tuple[Draft, ...]:
    """Papers about one side of recommendation, each by somebody else."""
    text = f"We recommend {SIDES[side]}. A recommender system of {SIDES[side].split()[0]}."
    return tuple(
        a_paper(title_of(side, trial), f"{text} {TRIALS[trial]}", authors=(f"Ada {side}{trial.replace(' ', '')}",))
        for trial in trials
    )


@pytest.fixture(autouse=True)
async def papers(chat: Chat) -> None:
    await chat.publish(*recommenders(), *others())


async def first_digest(chat: Chat, size: int = 5) -> list[str]:
    await chat.say(f"/papers settings size:{size}")
    await chat.say("/papers follow recsys")
    return titles_in(await chat.say("/papers digest"))


async def test_a_vote_counts_once_a_person_and_the_same_one_again_takes_it_back(chat: Chat) -> None:
    title = (await first_digest(chat))[1]
    assert notice_in(await chat.say("/papers like 2")) == f"Noted: more like “{title}”. 1 vote here this month."
    assert notice_in(await chat.say("/papers dislike 2")) == f"Changed: less like “{title}”. 1 vote here this month."
    bob = await chat.as_user("bob").say(f"/papers dislike {title}")
    assert notice_in(bob).endswith("2 votes here this month.")
    assert notice_in(await chat.say("/papers dislike 2")) == f"Taken back: your vote for less like “{title}”."
    assert "1 vote by 1 person" in titles_in(await chat.say("/papers stats"))


@pytest.mark.parametrize("place", range(3))
async def test_who_wrote_several_liked_papers_comes_first_with_the_next(chat: Chat, place: int) -> None:
    ada = ("Ada Lovelace", "Bo Bell")
    liked = [replace(one, authors=ada) for one in of_side("Music", FIRST[:2])]
    await chat.publish(*liked)
    await first_digest(chat, 15)
    for one in liked:
        await chat.say(f"/papers like {one.title}")
    chat.clock.forward(days=1)
    new = list(of_side("Music", THEN))
    new[place] = replace(new[place], authors=("Cy Dent", "A. Lovelace", "Lovelace, Ada"))
    await chat.publish(*new)
    assert titles_in(await chat.say("/papers digest"))[0] == new[place].title


async def test_every_pick_and_every_card_can_be_voted_on_by_a_button(chat: Chat) -> None:
    titles = await first_digest(chat)
    again = await chat.say("/papers digest")
    assert notice_in(await chat.press(again, "More like 3")).startswith(f"Noted: more like “{titles[2]}”.")
    card = await chat.say(f"/paper {titles[0]}")
    disliked = await chat.press(card, "Less like this")
    assert notice_in(disliked).startswith(f"Noted: less like “{titles[0]}”. 2 votes")
    assert notice_in(await chat.press(disliked, "Take it back")).startswith("Taken back")


async def test_against_what_was_disliked_muting_is_offered(chat: Chat) -> None:
    await chat.publish(*of_side("Music", TRIALS), *of_side("News", TRIALS))
    reply = await chat.say("/papers dislike Music Recommendation for Small Kitchens")
    offered = [action.label for card in reply.cards for action in getattr(card, "actions", ()) if action.verb == "mute"]
    assert offered
    assert "is muted here" in text_of(await chat.press(reply, offered[0])) or "Muted" in text_of(
        await chat.say("/papers mutes")
    )


async def test_a_vote_on_nothing_is_refused_in_one_sentence(chat: Chat) -> None:
    assert notice_in(await chat.say("/papers like 1")).startswith("There is no digest here yet")
    assert notice_in(await chat.say("/papers like no such paper anywhere")).startswith("No paper is called")
    assert notice_in(await chat.say("/papers like")).startswith("/papers like needs")


async def voted(chat: Chat) -> None:
    """A channel that follows recommendation, liked its papers on music and disliked those on news."""
    await chat.say("/papers follow recsys")
    await chat.publish(*of_side("Music", FIRST), *of_side("News", FIRST))
    for trial in FIRST:
        await chat.say(f"/papers like {title_of('Music', trial)}")
        await chat.say(f"/papers dislike {title_of('News', trial)}")


async def test_what_is_like_the_liked_comes_first_and_the_next_digest_says_what_was_learned(chat: Chat) -> None:
    await voted(chat)
    await chat.publish(*of_side("Music", THEN), *of_side("News", THEN))
    reply = await chat.say("/papers digest")
    assert [title.split()[0] for title in titles_in(reply)[:3]] == ["Music"] * 3
    assert "Thanks: 6 votes this month. More: " in text_of(reply)
    assert "Less: " in text_of(reply)
    assert "/papers tune to change." in text_of(reply)
    assert not any(title.startswith("News") for title in titles_in(reply))
    chat.clock.forward(days=1)
    await chat.publish(*recommenders())
    assert "Thanks" not in text_of(await chat.say("/papers digest"))


async def test_four_votes_are_too_few_to_speak_of(chat: Chat) -> None:
    await first_digest(chat)
    for n in range(1, 5):
        await chat.say(f"/papers like {n}")
    chat.clock.forward(days=1)
    await chat.publish(*of_side("Music", TRIALS))
    assert "Thanks" not in text_of(await chat.say("/papers digest"))


async def test_what_is_nearly_the_same_as_a_disliked_paper_stays_away_and_whynot_says_so(chat: Chat) -> None:
    await voted(chat)
    (disliked,) = of_side("News", ["Small Kitchens"])
    again = a_paper(f"{disliked.title} 2", disliked.abstract)
    await chat.publish(again)
    await chat.say("/papers settings size:15")
    assert again.title not in titles_in(await chat.say("/papers digest"))
    assert "but votes here are against such papers" in notice_in(await chat.say(f"/papers whynot {again.title}"))
    other = chat.elsewhere("other")
    await other.say("/papers follow recsys")
    assert "votes" not in notice_in(await other.say(f"/papers whynot {again.title}"))


async def test_why_tells_what_votes_add(chat: Chat) -> None:
    await voted(chat)
    assert "without the votes here" in text_of(await chat.say("/papers why Music Recommendation for Small Kitchens"))


async def test_mutes_and_filters_hold_whatever_was_liked(chat: Chat) -> None:
    await voted(chat)
    await chat.publish(*of_side("Music", THEN))
    await chat.say("/papers mute playlists")
    assert not any(title.startswith("Music") for title in titles_in(await chat.say("/papers digest")))


async def test_ignoring_a_digest_teaches_nothing(chat: Chat) -> None:
    await first_digest(chat)
    chat.clock.forward(days=1)
    await chat.publish(*of_side("Music", TRIALS), *of_side("News", TRIALS))
    asked = {title_of(side, trial) for side in SIDES for trial in TRIALS}
    alone = chat.elsewhere("other")
    await alone.say("/papers follow recsys")
    fresh = [title for title in titles_in(await alone.say("/papers preview recsys")) if title in asked]
    shown = titles_in(await chat.say("/papers digest"))
    assert [title for title in shown if title in asked] == fresh[: len(shown)]
    assert "Nothing was learned here yet" in notice_in(await chat.say("/papers tune"))


async def test_a_channel_learns_from_its_own_people_alone(chat: Chat) -> None:
    await voted(chat)
    other = chat.elsewhere("other")
    await other.say("/papers follow recsys")
    assert "Nothing was learned here yet" in notice_in(await other.say("/papers tune"))
    assert "Nothing was learned here yet" in notice_in(await chat.say("/papers dm tune"))


def words_in(reply: Reply) -> dict[str, str]:
    return {row.text: row.detail for card in reply.cards if isinstance(card, Listing) for row in card.rows}


async def test_what_was_learned_is_listed_pinned_removed_and_left_to_the_votes_again(chat: Chat) -> None:
    await voted(chat)
    words = words_in(await chat.say("/papers tune"))
    assert any(detail.startswith("more, +") for detail in words.values())
    assert any(detail.startswith("less, -") for detail in words.values())
    first = next(iter(words))
    assert notice_in(await chat.say("/papers tune remove 1")).startswith(f"“{first}” counts neither for a paper here")
    assert chat.announced[-1] == f"ada removed “{first}” in what counts here."
    words = words_in(await chat.say("/papers tune"))
    assert words[first] == "removed: never counts"
    assert "Nothing changed" in notice_in(await chat.say(f"/papers tune remove {first}"))
    await chat.say(f"/papers tune back {first}")
    assert words_in(await chat.say("/papers tune"))[first].startswith("more")
    pinned = await chat.say("/papers tune pin fairness")
    assert notice_in(pinned) == "“fairness” counts for a paper here, whatever the votes say."
    assert "pinned" in text_of(await chat.say("/papers tune"))
    await chat.press(pinned, "Undo")
    assert "pinned" not in text_of(await chat.say("/papers tune"))
    assert "ada pinned “fairness” in what counts here" in text_of(await chat.say("/papers history"))


async def test_a_pinned_word_is_listed_though_no_paper_says_it_and_nobody_has_voted(chat: Chat) -> None:
    await first_digest(chat)
    await chat.say("/papers tune pin zymurgy")
    reply = await chat.say("/papers tune")
    assert words_in(reply) == {"zymurgy": "pinned: too few papers here say it yet"}
    await chat.say("/papers tune back 1")
    assert "Nothing was learned here yet" in notice_in(await chat.say("/papers tune"))
    await chat.say("/papers tune pin zymurgy")
    assert notice_in(await chat.say("/papers tune remove 1")).startswith("“zymurgy” counts neither")


async def test_who_wrote_several_liked_papers_is_named_and_can_be_followed(chat: Chat) -> None:
    crew = ("Élise Ünal", "Mal; trending Lory")
    boats = [a_paper(f"Boats of Kind {n}", authors=(*crew, f"Sailor Number{n}")) for n in range(3)]
    await chat.publish(*boats, *others())
    await chat.say("/papers follow boats")
    for boat in boats:
        await chat.say(f"/papers like {boat.ids[0]}")
    reply = await chat.say("/papers tune")
    rows = [row for card in reply.cards if isinstance(card, Listing) for row in card.rows]
    named = {row.text: row for row in rows if row.text.startswith("papers by ")}
    assert named.keys() == {f"papers by {name}" for name in crew}
    for row in named.values():
        assert row.detail.startswith("more, +")
        (follow,) = row.actions
        await chat.say(f"/papers {follow.verb} {follow.target}")
    listed = text_of(await chat.say("/papers list"))
    assert all(f'author:"{name}"' in listed for name in crew)


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("/papers tune survey", "Shall “survey” count or not?"),
        ("/papers tune pin", "/papers tune pin needs a word."),
        ("/papers tune pin the", "“the” is no word that could tell papers apart."),
        ("/papers tune remove 99", "The list has no word 99."),
        ("/papers tune pin x_ray_image model", "Only a word can count, or two that follow each other."),
        ("/papers tune graph neural networks", "Shall “graph neural” count or not?"),
        (
            "/papers tune remove self-supervised vision-language",
            "Only a word can count, or two that follow each other. Try /papers tune remove self supervised",
        ),
        (
            "/papers tune pin the graph neural networks",
            "Only a word can count, or two that follow each other. Try /papers tune pin graph neural",
        ),
        ("/papers tune pin " + "long " * 40, "“long long"),
    ],
)
async def test_what_can_t_be_tuned_is_said_in_one_sentence(chat: Chat, said: str, answer: str) -> None:
    reply = await chat.say(said)
    assert notice_in(reply).startswith(answer)
    assert reply.outcome == "refused"


async def test_who_is_forgotten_is_forgotten_by_the_taste_too(chat: Chat) -> None:
    await voted(chat)
    await chat.say("/papers tune")
    kept = await chat.say("/papers mydata")
    assert isinstance(kept.cards[0], File)
    assert len(json.loads(kept.cards[0].text)["votes"]) == 6
    assert "6 votes" in notice_in(await chat.say("/papers forget me"))
    assert "Nothing was learned here yet" in notice_in(await chat.say("/papers tune"))


async def test_votes_count_for_thirteen_months(chat: Chat) -> None:
    await voted(chat)
    chat.clock.forward(days=396)
    await chat.service.store.retention.tidy(chat.clock())
    assert words_in(await chat.say("/papers tune"))
    chat.clock.forward(days=2)
    await chat.service.store.retention.tidy(chat.clock() + timedelta(hours=1))
    assert "Nothing was learned here yet" in notice_in(await chat.say("/papers tune"))


async def test_what_was_learned_in_a_large_store_is_kept_and_goes_with_a_voter(chat: Chat) -> None:
    fillers = (a_paper(f"Boat{n} kite{n} plane{n}", f"On matter {n % 40}.", authors=(f"A{n}",)) for n in range(3_000))
    await chat.publish(*fillers)
    await voted(chat)
    chat.clock.forward(minutes=1)
    assert await chat.service.prepare() > 0
    assert await chat.service.prepare() == 0
    channel = await chat.service.store.channels.of(chat.channel)
    assert await chat.service.store.tastes.of(channel)
    await chat.say("/papers forget me")
    assert await chat.service.store.tastes.of(channel) is None
    async with chat.service.store.database.reading() as session:
        assert await session.get(tables.Taste, channel.pk) is None
