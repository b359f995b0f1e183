"""A work that two sources tell in two ways is one paper here; works that merely look alike stay two."""

from dataclasses import replace

import pytest

from bot.model import Draft
from tests.conftest import Chat, titles_in
from tests.papers import a_paper, others

SAID = (
    "Old parrots read slowly when the light is poor and the letters are small. We train small parrots on pages that"
    " were written with goose feathers, and compare three ways of feeding them while they read. The parrots that eat"
    " seeds read twice as many pages a day, and make fewer mistakes with capital letters than all birds before them."
)
OTHER = (
    "Knots in wet rope are hard to untie. Our robot finds the end of a rope with a camera and pulls it through the loop"
    " that needs the least force. On forty knots of sailors it is faster than people whose hands are cold, and it never"
    " cuts a rope, which sets it apart from the machines that harbours use today."
)
NAMES = ("Ada Lovelace", "Grace Hopper", "Tomás Lozano-Pérez")
SPARROW = a_paper("SPARROW: Small Parrots for Reading Old Handwriting", SAID, authors=NAMES, ids=("arxiv:2403.01234",))
PLAIN = a_paper("Reading Old Handwriting with Small Parrots", SAID, authors=NAMES, ids=("arxiv:2403.01234",))


def retold(paper: Draft, title: str = "", abstract: str = "", authors: tuple[str, ...] | None = None) -> Draft:
    """The paper as another source tells it, with an id of that source's own."""
    names = paper.authors if authors is None else authors
    told = (title or paper.title, abstract or paper.abstract)
    return replace(paper, title=told[0], abstract=told[1], authors=names, ids=("doi:10.1000/retold",))


SAME = {
    "another word": (PLAIN, retold(PLAIN, "Reading Old Handwritings with Small Parrots")),
    "a lost subtitle": (SPARROW, retold(SPARROW, "SPARROW")),
    "a subtitle that comes later": (retold(SPARROW, "SPARROW"), SPARROW),
    "a lost subtitle, no authors": (replace(SPARROW, authors=()), retold(SPARROW, "SPARROW", authors=())),
    "words in another order": (PLAIN, retold(PLAIN, "With Small Parrots Reading Old Handwriting", authors=())),
    "another title": (SPARROW, retold(SPARROW, "Teaching Small Birds to Read Handwritten Pages")),
    "initials": (
        PLAIN,
        retold(PLAIN, "Reading Old Handwriting by Small Parrots", authors=("A. Lovelace", "G. Hopper")),
    ),
    "an abstract cut short": (PLAIN, retold(PLAIN, "Read Old Handwriting with Small Parrots", SAID[:150] + "...")),
    "no authors": (PLAIN, retold(PLAIN, "Read Old Handwriting with Small Parrots", authors=())),
    "equal title, another alphabet's names": (PLAIN, retold(PLAIN, authors=("Ада Лавлейс",))),
}
FOLLOWED_UP = (
    "Old parrots read slowly when the light is poor and the letters are small. We train small parrots on pages that"
    " were printed with lead, and ask what else they learn on the way. Birds that have seen a newspaper recognise the"
    " crossword, fold the sports pages and sing at the weather, though nobody has fed them for any of these."
)
APART = {
    "a version": ("Owl 2 Technical Report", "Owl 2.5 Technical Report", SAID, SAID),
    "a part": ("Reading with Parrots, Part I", "Reading with Parrots, Part II", SAID, SAID),
    "a part in the subtitle": ("Reading with Parrots", "Reading with Parrots: Part II", SAID, SAID),
    "a comment on it": ("Reading with Small Parrots", "Comment on Reading with Small Parrots", SAID, SAID),
    "what was done": ("Reading Old Words by Parrots", "Reading Old Words by Carrots", SAID, OTHER),
    "a paper that begins with the same words": (
        "Reading Old Handwriting with Small Parrots",
        "What Parrots Learn from Newspapers",
        SAID,
        FOLLOWED_UP,
    ),
    "the next paper of almost that title": (
        "Reading Handwriting with Small Parrots",
        "Reading Headlines with Small Parrots",
        SAID,
        FOLLOWED_UP,
    ),
    "another name before the colon": ("SPARROW: Reading Old Words", "SWALLOW: Reading Old Words", SAID, OTHER),
}


@pytest.fixture(autouse=True)
async def known(chat: Chat) -> None:
    await chat.publish(*others())


@pytest.mark.parametrize("how", SAME)
async def test_a_work_retold_joins_the_paper_that_is_known(chat: Chat, how: str) -> None:
    first, second = SAME[how]
    await chat.publish(first)
    await chat.publish(second)
    for name in ("2403.01234", "10.1000/retold"):
        assert titles_in(await chat.say(f"/paper {name}")) == [first.title]


@pytest.mark.parametrize("how", SAME)
async def test_a_work_told_twice_in_one_list_is_one_paper(chat: Chat, how: str) -> None:
    await chat.publish(*SAME[how])
    assert titles_in(await chat.say("/paper 10.1000/retold")) == [SAME[how][0].title]


@pytest.mark.parametrize("how", APART)
async def test_works_that_look_alike_stay_two(chat: Chat, how: str) -> None:
    title, title_too, abstract, abstract_too = APART[how]
    one = a_paper(title, abstract, authors=NAMES, ids=("arxiv:2403.01234",))
    await chat.publish(one)
    await chat.publish(retold(one, title_too, abstract_too), retold(one, title_too, abstract_too))
    assert titles_in(await chat.say("/paper 2403.01234")) == [title]
    assert titles_in(await chat.say("/paper 10.1000/retold")) == [title_too]


async def test_other_people_who_say_much_the_same_wrote_another_paper(chat: Chat) -> None:
    await chat.publish(PLAIN)
    await chat.publish(
        retold(PLAIN, "Read Old Handwriting with Small Parrots", authors=("Alan Turing", "Emmy Noether"))
    )
    assert titles_in(await chat.say("/paper 10.1000/retold")) == ["Read Old Handwriting with Small Parrots"]


async def test_equal_titles_of_other_people_about_other_things_stay_two(chat: Chat) -> None:
    await chat.publish(PLAIN)
    await chat.publish(retold(PLAIN, abstract=OTHER, authors=("Alan Turing",)))
    assert len(titles_in(await chat.say(f"/paper {PLAIN.title}"))) == 2


async def test_without_an_abstract_only_an_equal_title_will_do(chat: Chat) -> None:
    await chat.publish(PLAIN)
    await chat.publish(retold(PLAIN, "Read Old Handwriting with Small Parrots", "Abstract missing."))
    assert titles_in(await chat.say("/paper 10.1000/retold")) == ["Read Old Handwriting with Small Parrots"]
