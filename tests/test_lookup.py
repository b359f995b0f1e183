"""Look-ups through the front door: titles, ids, links, words, likeness."""

import pytest

from bot.adapter import ChannelRef, Invocation
from bot.cards import File, Listing, PaperCard, Reply
from tests.conftest import Chat, notice_in, text_of, titles_in
from tests.papers import a_paper, others, recommenders


@pytest.fixture(autouse=True)
async def papers(chat: Chat) -> None:
    known = a_paper(
        "SPARROW: Small Parrots for Reading Old Writing",
        "We read old writing with parrots.",
        ids=("arxiv:2403.01234", "doi:10.1000/sparrow.1"),
    )
    old = a_paper("Colourings of Knots", "Knots are coloured.", ids=("arxiv:hep-th/9901001",))
    await chat.publish(*recommenders(), *others(), known, old)


def the_card(reply: Reply) -> PaperCard:
    (card,) = reply.cards
    assert isinstance(card, PaperCard)
    return card


@pytest.mark.parametrize(
    "typed",
    [
        "SPARROW", "sparrow", "the SPARROW paper", "small parrots for reading old writing", "small parots reading writing",
        "writing old reading parrots", "2403.01234", "arXiv:2403.01234v3", "https://arxiv.org/abs/2403.01234",
        "http://www.arxiv.org/pdf/2403.01234v1.pdf", "https://arxiv.org/html/2403.01234v2", "10.1000/sparrow.1",
        "https://doi.org/10.1000/SPARROW.1", "https://huggingface.co/papers/2403.01234", "“SPARROW: Small Parrots”",
    ],
)  # fmt: skip
async def test_a_paper_is_found_by_whatever_people_call_it(chat: Chat, typed: str) -> None:
    assert the_card(await chat.say(f"/paper {typed}")).id == "arxiv:2403.01234"


@pytest.mark.parametrize(
    "typed", ["hep-th/9901001", "hep-th/9901001v2", "arXiv:hep-th/9901001", "https://arxiv.org/abs/hep-th/9901001"]
)
async def test_old_ids_are_ids_too(chat: Chat, typed: str) -> None:
    assert the_card(await chat.say(f"/paper {typed}")).title == "Colourings of Knots"


async def test_the_card_says_where_the_paper_was_posted(chat: Chat) -> None:
    await chat.say("/papers follow recsys")
    shown = titles_in(await chat.say("/papers digest"))
    assert the_card(await chat.say("/paper 1")).title == shown[0]
    assert the_card(await chat.say(f"/paper {shown[0]}")).posted_before == "Posted in #ml-papers on 24 Nov 2026."
    elsewhere = await chat.elsewhere("reading").say(f"/paper {shown[0]}")
    assert the_card(elsewhere).posted_before == "Posted in #ml-papers on 24 Nov 2026."
    assert the_card(await chat.say("/paper sparrow")).posted_before == ""


async def test_an_unknown_id_is_told_and_not_searched(chat: Chat) -> None:
    reply = await chat.say("/paper 2401.99999")
    assert reply.outcome == "refused"
    assert notice_in(reply).startswith("2401.99999 is not among the stored papers.")


async def test_a_vague_title_brings_the_nearest_as_choices(chat: Chat) -> None:
    reply = await chat.say("/paper graph neural networks")
    (listing,) = reply.cards
    assert isinstance(listing, Listing)
    assert all(row.text.startswith("Graph Neural Networks for") for row in listing.rows)
    assert the_card(await chat.say(f"/paper {listing.rows[0].actions[0].target}")).title == listing.rows[0].text


async def test_search_takes_words_authors_and_dates(chat: Chat) -> None:
    assert titles_in(await chat.say("/papers search implicit feedback"))[0] == "Denoising Implicit Feedback"
    assert titles_in(await chat.say('/papers search recommendation by:"Alan Turing"')) == [
        "Fair Recommendation for Small Sellers"
    ]
    assert titles_in(await chat.say("/papers search by:hopper")) == ["Fair Recommendation for Small Sellers"]
    assert (await chat.say("/papers search recommendation since:2027-01")).outcome == "refused"
    assert (await chat.say("/papers search")).outcome == "refused"
    assert (await chat.say("/papers search zzzyqx")).outcome == "refused"


async def test_similar_finds_the_same_kind(chat: Chat) -> None:
    found = titles_in(await chat.say("/papers similar Robot Grasping for Glass"))
    assert found
    assert all(title.startswith("Robot Grasping") for title in found)


async def test_a_reading_list_from_saving_to_reading(chat: Chat) -> None:
    await chat.say("/papers follow recsys")
    first, second, *_ = titles_in(await chat.say("/papers digest"))
    assert "1 paper to read" in notice_in(await chat.say('/papers save 1 note:"for Friday"'))
    await chat.say("/papers save 2")
    await chat.say("/papers save 1")
    saved = await chat.say("/papers saved")
    assert titles_in(saved) == [first, second]
    assert "note: for Friday" in text_of(saved)
    assert titles_in(await chat.as_user("bob").say("/papers saved")) == []
    await chat.say("/papers done 1")
    assert titles_in(await chat.say("/papers saved")) == [second]
    assert (await chat.say("/papers done 2")).outcome == "refused"


@pytest.mark.parametrize(("name", "sign"), [("bibtex", "@"), ("ris", "TY  - "), ("csv", "title"), ("json", "[")])
async def test_the_list_is_exported_in_each_format(chat: Chat, name: str, sign: str) -> None:
    await chat.say("/papers save sparrow")
    (file,) = (await chat.say(f"/papers export {name}")).cards
    assert isinstance(file, File)
    assert sign in file.text
    assert "Small Parrots" in file.text.replace("{", "").replace("}", "")


async def test_everything_about_a_person_is_theirs_to_take(chat: Chat) -> None:
    await chat.say("/papers follow recsys")
    await chat.say("/papers save sparrow note:good")
    (file,) = (await chat.say("/papers export all")).cards
    assert isinstance(file, File)
    assert "arxiv:2403.01234" in file.text
    assert "recsys" in file.text


async def test_every_button_of_a_paper_without_an_id_works(chat: Chat) -> None:
    await chat.publish(
        a_paper("Nameless Recommendation of Nothing", "A recommender system for users without items.", ids=())
    )
    card = await chat.say("/paper nameless recommendation of nothing")
    for label in ("Save", "Similar", "BibTeX"):
        assert (await chat.press(card, label)).outcome == "answered", label
    await chat.say("/papers follow recsys")
    assert (await chat.say(f"/papers whynot {the_card(card).id}")).outcome == "answered"
    assert (await chat.say(f"/papers follow like:{the_card(card).id}")).outcome == "answered"


async def test_a_number_after_a_search_still_names_the_digest(chat: Chat) -> None:
    await chat.say("/papers follow recsys")
    second = titles_in(await chat.say("/papers digest"))[1]
    found = await chat.say("/papers search robot")
    assert all(row.n is None for card in found.cards if isinstance(card, Listing) for row in card.rows)
    assert second[:40] in notice_in(await chat.say("/papers save 2"))


async def test_a_common_word_with_an_author_finds_that_author(chat: Chat) -> None:
    many = [
        a_paper(f"Steady Gains Number {n}", "Steady gains are steady.", authors=(f"Other Person{n}",))
        for n in range(60)
    ]
    await chat.publish(*many, a_paper("Late Steady Gains", "Steady gains, at last.", authors=("Jure Leskovec",)))
    assert titles_in(await chat.say('/papers search steady by:"J. Leskovec"')) == ["Late Steady Gains"]


async def test_export_takes_its_words_in_either_order(chat: Chat) -> None:
    await chat.say("/papers save sparrow")
    (file,) = (await chat.say("/papers export saved")).cards
    assert isinstance(file, File)
    assert file.name == "papers.bib"


async def test_completing_changes_nothing_and_knows_topics(chat: Chat) -> None:
    elsewhere = ChannelRef("terminal", "local", "never-spoken-in", "never-spoken-in")
    suggested = await chat.service.suggest(Invocation(elsewhere, "ada", text="grap"), "topics")
    assert "graph neural networks" in suggested
    assert await chat.service.store.channels.find(elsewhere) is None
