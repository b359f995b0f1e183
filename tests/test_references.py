"""References: what is written for another program reads there as the same papers."""

import csv
import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
import rispy
from bibtexparser.entrypoint import parse_string
from bibtexparser.middlewares import NormalizeFieldKeys, SeparateCoAuthors, SplitNameParts
from hypothesis import given
from hypothesis import strategies as st

from bot.markup import plain
from bot.model import Paper
from bot.references import FORMATS, citation_keys, name_parts, write
from bot.text import one_line

LINE = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=40).map(one_line)  # as stored
TITLE = st.builds("{} {}".format, st.sampled_from(["Graphs", "BERT"]), LINE).map(one_line)
NAMES = [
    "Ada Lovelace",
    "van der Berg, Jan",
    "Ludwig van Beethoven",
    "OpenAI",
    "ATLAS Collaboration",
    "山田 太郎",
    "李明",
]
AWKWARD = ["Barnes and Noble, Inc.", "{Odd} Name", "Martin King Jr.", "A_B C%D", "And, Then"]
PUBLISHED = datetime(2024, 3, 5, tzinfo=UTC)


def a_paper(
    number: int = 1,
    title: str = "Notes on the Analytical Engine",
    authors: tuple[str, ...] = ("Ada Lovelace",),
    **known: Any,
) -> Paper:
    facts: dict[str, Any] = {
        "id": f"arxiv:2403.{number:05}",
        "abstract": "",
        "categories": ("cs.IR",),
        "url": "",
        "venue": "",
        "links": (),
        "version": 1,
        "published_at": PUBLISHED,
        "updated_at": None,
        "listed_at": PUBLISHED,
        "stored_at": PUBLISHED,
    }
    return Paper(pk=number, title=title, authors=authors, **(facts | known))


def read_bibtex(text: str) -> list[dict[str, str]]:
    library = parse_string(text)
    assert not library.failed_blocks
    return [{name: field.value for name, field in entry.fields_dict.items()} for entry in library.entries]


def unescaped(text: str) -> str:
    """What LaTeX would print, by the letter."""
    for written, sign in {r"$\lbrace$": "\1", r"$\rbrace$": "\2", r"\textbackslash{}": "\3"}.items():
        text = text.replace(written, sign)
    for written, sign in {r"\textasciitilde{}": "~", r"\textasciicircum{}": "^"}.items():
        text = text.replace(written, sign)
    text = text.replace("{", "").replace("}", "").replace("\\", "")
    return text.translate({1: "{", 2: "}", 3: "\\"})


@given(TITLE, LINE)
def test_any_title_and_abstract_survive_every_format(title: str, abstract: str) -> None:
    papers = [a_paper(title=title, abstract=abstract)]
    [entry] = read_bibtex(write(papers, "bibtex"))
    assert (unescaped(entry["title"]), unescaped(entry.get("abstract", "")), entry["year"]) == (title, abstract, "2024")
    [record] = rispy.loads(write(papers, "ris"))
    assert (record["title"], record.get("abstract", ""), record["year"]) == (title, abstract, "2024")
    [row] = csv.DictReader(io.StringIO(write(papers, "csv"), newline=""))
    assert (row["title"], row["abstract"].removeprefix("'"), row["year"]) == (title, abstract.removeprefix("'"), "2024")
    [item] = json.loads(write(papers, "json"))
    assert (item["title"], item.get("abstract", ""), item["issued"]["date-parts"][0][0]) == (title, abstract, 2024)


@pytest.mark.parametrize("author", NAMES + AWKWARD)
def test_a_name_comes_back_in_the_same_two_parts(author: str) -> None:
    papers = [a_paper(authors=(author, "Grace Hopper"))]
    whole = [tuple(filter(None, name_parts(name))) for name in (author, "Grace Hopper")]
    middlewares = [NormalizeFieldKeys(), SeparateCoAuthors(), SplitNameParts()]
    [entry] = parse_string(write(papers, "bibtex"), append_middleware=middlewares).entries
    parts = [
        tuple(unescaped(" ".join(part)) for part in (name.von + name.last, name.first) if part)
        for name in entry["author"]
    ]
    assert parts == whole
    assert rispy.loads(write(papers, "ris"))[0]["authors"] == [", ".join(name) for name in whole]
    names = [
        (name.get("family") or name["literal"], name.get("given"))
        for name in json.loads(write(papers, "json"))[0]["author"]
    ]
    assert [tuple(filter(None, name)) for name in names] == whole


@pytest.mark.parametrize(
    ("name", "family", "given"),
    [
        ("Ada Lovelace", "Lovelace", "Ada"),
        ("Lovelace, Ada", "Lovelace", "Ada"),
        ("Jan van der Berg", "van der Berg", "Jan"),
        ("van der Berg", "van der Berg", ""),
        ("Plato", "Plato", ""),
        ("山田 太郎", "山田", "太郎"),
        ("李明", "李明", ""),
        ("Gemini Team", "Gemini Team", ""),
        ("King, Jr., Martin", "King Jr.", "Martin"),
    ],
)
def test_a_name_has_a_family_and_a_given_part(name: str, family: str, given: str) -> None:
    assert name_parts(name) == (family, given)


def test_a_reader_of_our_own_gets_the_title_back_from_bibtex() -> None:
    title = r"GPT-4 & 50% of {graphs} cost $5: a_b ~ C^2 \ #1 – “BERT”"
    [entry] = read_bibtex(write([a_paper(title=title)], "bibtex"))
    assert plain(entry["title"]) == title


def test_capitals_are_kept_where_a_style_would_lower_them() -> None:
    [known] = read_bibtex(write([a_paper(title="Fine-Tuning BERT: A Study of GPT-4")], "bibtex"))
    assert known["title"] == "{Fine-Tuning} {BERT}: A Study of {GPT-4}"
    [sentence] = read_bibtex(write([a_paper(title="Estimating the Bayesian posterior for users")], "bibtex"))
    assert sentence["title"] == "Estimating the {Bayesian} posterior for users"


def test_an_arxiv_paper_says_where_it_is() -> None:
    [entry] = read_bibtex(write([a_paper(3, url="https://arxiv.org/abs/2403.00003")], "bibtex"))
    assert (entry["eprint"], entry["archivePrefix"], entry["primaryClass"]) == ("2403.00003", "arXiv", "cs.IR")
    assert entry["url"] == "https://arxiv.org/abs/2403.00003"


def test_a_venue_is_a_book_of_a_meeting_or_a_journal() -> None:
    papers = [
        a_paper(1, id="doi:10.1/a_b", venue="ICLR 2024"),
        a_paper(2, venue="Nature"),
        a_paper(3, categories=("Math Is",)),
    ]
    meeting, journal, preprint = read_bibtex(write(papers, "bibtex"))
    assert (meeting["booktitle"], meeting["doi"], meeting["url"]) == (
        "ICLR 2024",
        "10.1/a_b",
        "https://doi.org/10.1/a_b",
    )
    assert journal["journal"] == "Nature"
    assert not {"journal", "booktitle", "primaryClass"} & set(preprint)
    assert [record["type_of_reference"] for record in rispy.loads(write(papers, "ris"))] == ["CONF", "JOUR", "UNPB"]
    kinds = [item["type"] for item in json.loads(write(papers, "json"))]
    assert kinds == ["paper-conference", "article-journal", "article"]


def test_a_key_is_the_same_in_whatever_order_papers_come() -> None:
    papers = [
        a_paper(2),
        a_paper(1),
        a_paper(3, authors=("Łukasz Müller",), title="On the 3D Web"),
        a_paper(4, authors=()),
    ]
    keys = citation_keys(papers)
    assert keys == ["lovelace2024notesb", "lovelace2024notesa", "muller20243d", "anonymous2024notes"]
    assert citation_keys(papers[::-1]) == keys[::-1]


def test_a_letter_for_a_clash_never_makes_another_clash() -> None:
    papers = [a_paper(1), a_paper(2), a_paper(3, title="Notesa"), *(a_paper(number) for number in range(4, 40))]
    assert len(set(citation_keys(papers))) == len(papers)


def test_a_note_goes_along_on_one_line() -> None:
    papers = [a_paper(1), a_paper(2)]
    notes = {papers[0].id: "read\nthis"}
    assert [entry.get("annote") for entry in read_bibtex(write(papers, "bibtex", notes))] == ["read this", None]
    assert "N1  - read this\r\n" in write(papers, "ris", notes)
    assert [item.get("note") for item in json.loads(write(papers, "json", notes))] == ["read this", None]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t="])
def test_no_cell_is_a_formula(sign: str) -> None:
    [row] = csv.DictReader(io.StringIO(write([a_paper(title=f"{sign}HYPERLINK(1)")], "csv"), newline=""))
    assert row["title"] == f"'{sign.strip()}HYPERLINK(1)"
    assert row["authors"] == "Ada Lovelace"


@pytest.mark.parametrize("format_name", FORMATS)
def test_no_papers_make_a_file_and_a_bare_paper_an_entry(format_name: str) -> None:
    assert isinstance(write([], format_name), str)
    assert "Bare" in write(
        [a_paper(id="title:0", title="Bare", authors=(), categories=(), published_at=None)], format_name
    )
