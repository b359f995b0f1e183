"""Papers from files: given a text of any known form, or of none, what is read, skipped and refused."""

import codecs
import gzip
import io
import json
from collections import Counter
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from bot.errors import Refused
from bot.model import Draft
from bot.sources.files import Skipped, read, recognise

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
SHARED = Path(__file__).parents[2] / "shared"
LONG = "We count the boats in the harbour and find that some are missing. " * 8


class Pipe(io.RawIOBase):
    """A stream that can be read once, a little at a time, like standard input."""

    def __init__(self, data: bytes) -> None:
        self._rest = data

    def read(self, size: int = -1) -> bytes:
        size = min(size, 7) if size >= 0 else len(self._rest)
        chunk, self._rest = self._rest[:size], self._rest[size:]
        return chunk

    def seek(self, *_: object) -> int:
        raise OSError("a pipe")


def everything(file: str | bytes, *, name: str = "x", day: date | None = None) -> list[Draft | Skipped]:
    data = file.encode() if isinstance(file, str) else file
    return list(read(io.BytesIO(data), name, NOW, day))


def papers(file: str | bytes, *, day: date | None = None) -> list[Draft]:
    found = everything(file, day=day)
    assert not [entry for entry in found if isinstance(entry, Skipped)]
    return [entry for entry in found if isinstance(entry, Draft)]


def titles(file: str | bytes) -> list[str]:
    return [entry.title for entry in everything(file) if isinstance(entry, Draft)]


def skipped(file: str | bytes) -> list[Skipped]:
    return [entry for entry in everything(file) if isinstance(entry, Skipped)]


def day_of(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)


# The papers page.

HEADER = "new\n\nGet trending papers in your email inbox!\n\nSubscribe\n\nbyAK and the research community\n\n"


def test_a_page_gives_each_title_with_its_abstract_and_day() -> None:
    first, second = papers(f"{HEADER}Mar 14\n\nBoats: A Survey\n\n{LONG}\n\nTides\n\n{LONG}\n")
    assert (first.title, second.title) == ("Boats: A Survey", "Tides")
    assert first.abstract == LONG.strip()
    assert first.listed_at == second.listed_at == day_of(2025, 3, 14)
    assert (first.published_at, first.ids, first.url) == (None, (), "")


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("Mar 14", day_of(2025, 3, 14)),
        ("Jun 1", day_of(2025, 6, 1)),
        ("Jun 2", day_of(2024, 6, 2)),
        ("Feb 29", day_of(2024, 2, 29)),
        ("Mar 14, 2023", day_of(2023, 3, 14)),
        ("Daily Papers · Mar 14", day_of(2025, 3, 14)),
        ("Feb 30", None),
    ],
)
def test_a_date_without_a_year_is_its_latest_one(written: str, day: datetime | None) -> None:
    assert [paper.listed_at for paper in papers(f"{HEADER}{written}\n\nTides\n\n{LONG}")] == [day]


def test_the_day_that_is_asked_for_wins_over_the_page() -> None:
    (paper,) = papers(f"{HEADER}Mar 14\n\nTides\n\n{LONG}", day=date(2024, 5, 6))
    assert paper.listed_at == day_of(2024, 5, 6)


def test_a_page_of_several_days_lists_each_paper_on_its_own() -> None:
    found = papers(f"{HEADER}Mar 14\n\nTides\n\n{LONG}\n\nMar 13\n\nBoats\n\n{LONG}")
    assert [(paper.title, paper.listed_at) for paper in found] == [
        ("Tides", day_of(2025, 3, 14)),
        ("Boats", day_of(2025, 3, 13)),
    ]


def test_votes_submitters_and_buttons_are_no_titles() -> None:
    page = (
        "Daily Papers\n\nMar 14\n\nSubmitted by\n\nada\n\n41\n\nBoats\n\n· 7 authors\n\nUpvote\n\n2\n\n"
        "Submitted by bob\n\n12\n\nTides\n\nGitHub 1.2k\n\nGitHub at Sea\n\n1.2k\n\n-\n"
    )
    assert titles(page) == ["Boats", "Tides", "GitHub at Sea"]


def test_an_abstract_of_several_paragraphs_stays_one() -> None:
    boats, tides = papers(f"{HEADER}Mar 14\n\nBoats\n\n{LONG}\n\n{LONG}\n\nCode: https://a.org/b\n\nTides\n\n{LONG}")
    assert boats.abstract == f"{LONG}{LONG}Code: https://a.org/b"
    assert tides.title == "Tides"


def test_a_title_without_an_abstract_is_kept() -> None:
    found = papers(f"{HEADER}Mar 14\n\nBoats\n\n{LONG}\n\nTides\n\nNets\n\n{LONG}")
    assert [(paper.title, bool(paper.abstract)) for paper in found] == [
        ("Boats", True),
        ("Tides", False),
        ("Nets", True),
    ]


def test_a_page_that_is_cut_in_an_abstract_keeps_what_is_there() -> None:
    assert [paper.abstract for paper in papers(f"{HEADER}Boats\n\n{LONG}\n\nTides\n\nWe meas")] == [
        LONG.strip(),
        "We meas",
    ]


def test_a_long_question_is_a_title_and_a_short_answer_in_words_is_none() -> None:
    question = "Why are some of the boats that we counted in the harbour no longer there?"
    answer = "They are at sea, as we learn from the people who mend the nets."
    assert [
        (paper.title, paper.abstract) for paper in papers(f"{HEADER}Tides\n\n{LONG}\n\n{question}\n\n{answer}\n")
    ] == [
        ("Tides", LONG.strip()),
        (question, answer),
    ]


def test_an_abstract_without_a_title_is_skipped() -> None:
    assert skipped(f"{HEADER}Mar 14\n\n{LONG}\n\nTides") == [Skipped(11, "an abstract without a title")]


def test_prose_is_no_page() -> None:
    for prose in ("Mar 14\n\nDear all,\n\nSubmitted by the committee.\n", LONG, "# Notes\n\n- daily papers\n"):
        with pytest.raises(Refused, match="Give me a Hugging Face papers page"):
            everything(prose)


# JSON lines and arrays.

ROW = {
    "id": "2403.01234v2",
    "title": "Boats",
    "abstract": "On $n^2$ boats.",
    "authors": ["Ada Bo"],
    "date": "2024-03-02",
}


def test_a_row_of_our_own_form_is_read_whole() -> None:
    row: dict[str, object] = {
        **ROW,
        "categories": ["cs.IR", "cs.LG"],
        "venue": "Harbour 2024",
        "feed_date": "2024-03-04",
        "upvotes": 12,
        "comments": 3,
        "doi": "10.1000/ABC",
        "url": "https://example.org/p",
        "links": [["Code", "https://a.org/c"]],
    }
    assert papers(json.dumps(row)) == [
        Draft(
            title="Boats",
            abstract="On n² boats.",
            authors=("Ada Bo",),
            ids=("arxiv:2403.01234", "doi:10.1000/abc"),
            url="https://example.org/p",
            categories=("cs.IR", "cs.LG"),
            published_at=day_of(2024, 3, 2),
            listed_at=day_of(2024, 3, 4),
            version=2,
            venue="Harbour 2024",
            links=(("Code", "https://a.org/c"),),
            upvotes=12,
            comments=3,
        )
    ]


@pytest.mark.parametrize(
    ("told", "ids", "url"),
    [
        ({"id": "2403.01234"}, ("arxiv:2403.01234",), "https://arxiv.org/abs/2403.01234"),
        ({"doi": "https://doi.org/10.1000/x"}, ("doi:10.1000/x",), "https://doi.org/10.1000/x"),
        ({"url": "https://openreview.net/forum?id=B1-q5Pqxl", "id": "B1-q5Pqxl"}, ("openreview:B1-q5Pqxl",), None),
        ({"id": "paper-7"}, (), ""),
        ({"url": "javascript:alert(1)"}, (), ""),
        ({"url": "http://["}, (), ""),
        ({"url": "ftp://example.org/x"}, (), ""),
    ],
)
def test_ids_come_from_ids_dois_and_links(told: dict[str, str], ids: tuple[str, ...], url: str | None) -> None:
    (paper,) = papers(json.dumps({"title": "Boats", **told}))
    assert (paper.ids, paper.url) == (ids, told["url"] if url is None else url)


def test_a_link_that_names_no_paper_gives_its_hash() -> None:
    (paper,) = papers('{"title": "Boats", "url": "https://example.org/boats"}')
    assert [paper_id.partition(":")[0] for paper_id in paper.ids] == ["url"]


@pytest.mark.parametrize(
    "authors",
    [
        ["Ada Bo", "Cy Do"],
        [{"name": "Ada Bo"}, {"name": "Cy Do"}],
        "Ada Bo, Cy Do",
        "Bo, Ada; Do, Cy",
        "Bo, Ada and Do, Cy",
    ],
)
def test_authors_may_be_written_in_many_ways(authors: object) -> None:
    assert [paper.authors for paper in papers(json.dumps({"title": "Boats", "authors": authors}))] == [
        ("Ada Bo", "Cy Do")
    ]


def test_other_spellings_of_the_same_keys_are_understood() -> None:
    (paper,) = papers('{"title": "Boats.", "summary": "On boats.", "published": "2024-03-02T23:00:00-05:00"}')
    assert (paper.title, paper.abstract) == ("Boats", "On boats.")
    assert paper.published_at == datetime(2024, 3, 3, 4, tzinfo=UTC)


def test_bad_lines_cost_only_themselves() -> None:
    file = '{"title": "Boats"}\n{"title": "Ti\n\n[1]\n{"abstract": "x"}\n{"title": "Nets"}\n' + '{"a":' * 5000 + "\n"
    assert titles(file) == ["Boats", "Nets"]
    assert skipped(file) == [
        Skipped(2, "not a JSON object"),
        Skipped(4, "not a JSON object"),
        Skipped(5, "no title"),
        Skipped(7, "not a JSON object"),
    ]


@pytest.mark.parametrize("title", ["", " ", "...", "$$", 7, None, ["a"], {}])
def test_a_title_needs_a_letter_or_digit(title: object) -> None:
    found = everything(json.dumps({"title": title}) + "\n")
    assert found == [Skipped(1, "no title")] or [entry.title for entry in found if isinstance(entry, Draft)] in (
        ["7"],
        ["a"],
    )


def test_values_out_of_bounds_are_dropped_or_cut() -> None:
    row = {"title": "t" * 900, "abstract": "a" * 30_000, "authors": ["Ada"] * 3000, "date": "0000-01-01", "upvotes": -1}
    (paper,) = papers(json.dumps({**row, "comments": True}))
    assert (len(paper.title), len(paper.abstract), len(paper.authors)) == (500, 20_000, 2000)
    assert (paper.published_at, paper.upvotes, paper.comments) == (None, None, None)


def test_text_with_half_letters_and_control_signs_is_cleaned() -> None:
    (paper,) = papers(
        r'{"title": "Bo\u0000ats\ud800 \u202e<b>&amp;</b> nets", "doi": "10.1000/\ud800x", "url": "https://a.org/\ud800"}'
    )
    assert paper.title == "Boats & nets"
    assert paper.url == "https://doi.org/10.1000/x"


def test_an_array_is_read_like_lines_and_keeps_what_comes_before_a_cut() -> None:
    rows = [{"title": f"Boats {{{number}", "authors": [{"name": "Ada"}]} for number in range(3)]
    for file in (
        json.dumps(rows),
        json.dumps(rows, indent=1),
        json.dumps({"items": rows}),
        json.dumps({"items": rows}, indent=2),
    ):
        assert len(papers(file)) == 3
        assert [type(entry) for entry in everything(file[: file.rindex("2")])] == [Draft, Draft, Skipped]
    assert everything("[]") == []


def test_a_bad_object_in_an_array_costs_only_itself() -> None:
    file = '[{"title": "Boats"},\n{"title": "Nets}\n},\n{"title": "Oars"}},\n{"title": "Tides"}]'
    assert titles(file) == ["Boats", "Oars", "Tides"]
    assert skipped(file) == [Skipped(2, "not a JSON object")]


def test_daily_papers_are_listed_on_the_day_they_were_submitted() -> None:
    told = {"id": "2403.01234", "title": "Boats", "summary": "On boats.", "authors": [{"name": "Ada Bo"}], "upvotes": 9}
    told |= {"publishedAt": "2024-03-01T10:00:00.000Z", "githubRepo": "https://github.com/a/b"}
    (paper,) = papers(json.dumps([{"paper": told, "publishedAt": "2024-03-03T01:00:00.000Z", "numComments": 2}]))
    assert (paper.ids, paper.upvotes, paper.comments) == (("arxiv:2403.01234",), 9, 2)
    assert (paper.listed_at, paper.links) == (day_of(2024, 3, 3), (("Code", "https://github.com/a/b"),))


def test_csl_items_are_told_from_our_own_rows_by_their_keys() -> None:
    author = [{"family": "Bo", "given": "Ada", "non-dropping-particle": "van"}, {"literal": "The Crew"}]
    item = {"type": "article", "title": "Boats", "author": author, "issued": {"date-parts": [["2024", 3]]}}
    (paper,) = papers(json.dumps([{**item, "DOI": "10.1000/x", "URL": "https://a.org", "container-title": "Harbour"}]))
    assert paper.authors == ("Ada van Bo", "The Crew")
    assert (paper.published_at, paper.venue) == (day_of(2024, 3, 1), "Harbour")
    assert (paper.ids, paper.url) == (("doi:10.1000/x",), "https://a.org")
    assert len(papers(json.dumps(item, indent=1))) == 1


def test_zoteros_own_items_are_read_and_its_notes_skipped() -> None:
    people = [{"firstName": "Ada", "lastName": "Bo", "creatorType": "author"}, {"name": "Ed", "creatorType": "editor"}]
    item = {
        "itemType": "preprint",
        "title": "Boats",
        "creators": people,
        "date": "03/2024",
        "extra": "arXiv:2403.01234 [cs.IR]",
    }
    found = everything(json.dumps([item, {"itemType": "note"}, {"data": {**item, "title": "Nets"}}], indent=1))
    assert [entry.ids for entry in found if isinstance(entry, Draft)] == [("arxiv:2403.01234",)] * 2
    assert isinstance(found[0], Draft)
    assert (found[0].authors, found[0].categories, found[0].published_at) == (
        ("Ada Bo",),
        ("cs.IR",),
        day_of(2024, 3, 1),
    )
    assert [entry.why for entry in found if isinstance(entry, Skipped)] == ["not a paper (note)"]


# RIS and BibTeX.


def test_ris_is_read_with_either_spacing_and_with_lines_that_go_on() -> None:
    file = (
        "TY  - JOUR\nA1  - Bo,A.C.\nAU  - do Rio, Cy, Jr.\nA2  - Editor, Ed\nT1  - Boats in\n the harbour.\n"
        "JO  - Harb.\n"
        "JF  - Harbour\nY1  - 1900/01/01\nDA  - 2024/03/02/\nKW  - cs.IR\nKW  - boats\nN1  - doi: 10.1000/x\n"
        "L1  - internal-pdf://boats.pdf\nUR  - https://a.org/b\nER  - \n\nTY - GEN\nTI - Nets\nPY - 0000\n"
        "N2 - On nets.\n"
        "TY - GEN\nCT - Oars\nM3 - 10.1000/y\nER -"
    )
    boats, nets, oars = papers(file)
    assert (boats.title, boats.authors) == ("Boats in the harbour", ("A.C. Bo", "Cy do Rio Jr."))
    assert (boats.venue, boats.published_at, boats.categories) == ("Harbour", day_of(2024, 3, 2), ("cs.IR",))
    assert (boats.ids, boats.url) == (("doi:10.1000/x",), "https://a.org/b")
    assert (nets.title, nets.abstract, nets.published_at) == ("Nets", "On nets.", None)
    assert oars.ids == ("doi:10.1000/y",)


def test_a_ris_entry_without_a_title_is_skipped_by_its_line() -> None:
    assert everything("TY  - JOUR\nPY  - 2024\nER  -\nTY  - JOUR\nTI  - Boats\nER  -")[0] == Skipped(1, "no title")


BIB = r"""
Some words about the file, by ada@example.org.
@comment{ @article{no, title = {Not this one}} }
@preamble{"\newcommand{\x}{y}"}
@string(harbour = "Harbour Letters")
@Article{a, author = {van Bo, Jr, Ada and {The Crew and Friends} and P\"{a}ckert, M. and others},
  title = {{Boats}, \emph{and} \{nets\}.}, journal = harbour # { A}, year = 2024, month = mar, doi = {10.1000/X\_y}}
@article(b, title = "Tides (of {"}the{"} sea)", year = "2023", url = {\url{https://a.org/b}})
@article{c, title = {Oars}, eprint = {2403.01234v2}, archivePrefix = {arXiv}, primaryClass = {cs.IR}}
@article{d, title = {Sails}, journal = {arXiv preprint arXiv:2403.01235}, date = {2024-03-05}}
@article{e, title = {Masts}, journal = {CoRR}, volume = {abs/2403.01236}}
"""


def test_bibtex_is_read_with_its_abbreviations_braces_and_arxiv_ids() -> None:
    boats, tides, oars, sails, masts = papers(BIB)
    assert (boats.title, boats.venue) == ("Boats, and {nets}", "Harbour Letters A")
    assert boats.authors == ("Ada van Bo Jr", "The Crew and Friends", "M. Päckert")
    assert (boats.published_at, boats.ids) == (day_of(2024, 3, 1), ("doi:10.1000/x_y",))
    assert (tides.title, tides.url) == ('Tides (of "the" sea)', "https://a.org/b")
    assert (oars.ids, oars.version, oars.categories) == (("arxiv:2403.01234",), 2, ("cs.IR",))
    assert (sails.ids, sails.venue, sails.published_at) == (("arxiv:2403.01235",), "", day_of(2024, 3, 5))
    assert (masts.ids, masts.venue) == (("arxiv:2403.01236",), "")


def test_a_crossref_takes_what_is_missing_but_never_the_ids_of_its_parent() -> None:
    file = """@inproceedings{a, title = {Boats}, author = {Bo, Ada}, crossref = {Conf}}
    @inproceedings{b, title = {Nets}, crossref = {nowhere}}
    @proceedings{conf, title = {Proceedings on Boats}, year = 2024, month = "5", doi = {10.1000/all}}"""
    found = {paper.title: paper for paper in papers(file)}
    boats = found["Boats"]
    assert (boats.venue, boats.published_at, boats.ids) == ("Proceedings on Boats", day_of(2024, 5, 1), ())
    assert found["Nets"].venue == ""


def test_a_broken_bibtex_entry_costs_only_itself() -> None:
    file = "@misc{a, title = {Boats}}\n@misc{b, title = {Nets}\n\n@misc{c, title {Oars}}\n@misc{d, title = {Tides}}"
    assert titles(file) == ["Boats", "Tides"]
    assert skipped(file) == [Skipped(2, "its braces don't close"), Skipped(4, "not BibTeX that I can read")]


def test_bibtex_that_ends_early_keeps_what_is_whole() -> None:
    found = everything("@article{a, title = {Boats}}\n@article{b, title = {Ne")
    assert found[1:] == [Skipped(2, "the file ends in the middle of an entry")]


def test_abbreviations_of_abbreviations_do_not_grow_without_end() -> None:
    doubling = "".join(f"@string{{a{n + 1} = a{n} # a{n}}}\n" for n in range(60))
    (paper,) = papers(f'@string{{a0 = "boats "}}\n{doubling}@misc{{k, title = {{Boats}}, abstract = a60 # a60}}')
    assert len(paper.abstract) <= 20_000


# arXiv's Atom and RSS.

FEED = '<?xml version="1.0"?>\n<feed xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns="http://www.w3.org/2005/Atom">'


def atom_entry(title: str = "Boats", number: int = 1) -> str:
    return (
        f"<entry><id>http://arxiv.org/abs/2403.0000{number}v3</id><title>{title}</title><summary>On boats.</summary>"
        '<category term="cs.IR"/><category term="cs.LG"/><arxiv:primary_category term="cs.LG"/>'
        "<published>2024-03-01T10:00:00Z</published><updated>2024-04-01T10:00:00Z</updated>"
        "<author><name>Ada Bo</name></author><author><name>Cy Do</name></author><arxiv:doi>10.1000/x</arxiv:doi>"
        f'<arxiv:journal_ref>Harbour 7</arxiv:journal_ref><link href="https://arxiv.org/abs/2403.0000{number}v3"/>'
        '<link href="https://arxiv.org/pdf/2403.00001v3" rel="related"/></entry>'
    )


def test_an_answer_of_arxivs_api_is_read_whole() -> None:
    assert papers(f"{FEED}{atom_entry()}</feed>") == [
        Draft(
            title="Boats",
            abstract="On boats.",
            authors=("Ada Bo", "Cy Do"),
            ids=("arxiv:2403.00001", "doi:10.1000/x"),
            url="https://arxiv.org/abs/2403.00001v3",
            categories=("cs.LG", "cs.IR"),
            published_at=datetime(2024, 3, 1, 10, tzinfo=UTC),
            updated_at=datetime(2024, 4, 1, 10, tzinfo=UTC),
            version=3,
            venue="Harbour 7",
        )
    ]


def test_an_answer_without_entries_gives_nothing() -> None:
    assert everything(f"{FEED}<title>none</title></feed>") == []


def test_an_error_of_arxivs_is_refused_in_its_own_words() -> None:
    error = "<entry><id>https://arxiv.org/api/errors#x</id><title>Error</title><summary>bad id abc</summary></entry>"
    with pytest.raises(Refused, match=r"arXiv answered with an error: bad id abc\."):
        read(io.BytesIO(f"{FEED}{error}</feed>".encode()), "x", NOW)


def test_a_daily_feed_in_rss_gives_papers_without_its_prefixes() -> None:
    file = """<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>
    <link>http://rss.arxiv.org/rss/cs.IR</link><item><title>Boats</title><link>https://arxiv.org/abs/2403.00001</link>
    <description>arXiv:2403.00001v2 Announce Type: replace&#10;Abstract: On boats.</description>
    <guid isPermaLink="false">oai:arXiv.org:2403.00001v2</guid><category>cs.IR</category>
    <pubDate>Fri, 01 Mar 2024 00:00:00 -0500</pubDate><arxiv:announce_type>replace</arxiv:announce_type>
    <dc:creator>Ada Bo, Cy Do</dc:creator></item></channel></rss>"""
    (paper,) = papers(file)
    assert (paper.abstract, paper.authors, paper.version) == ("On boats.", ("Ada Bo", "Cy Do"), 2)
    assert (paper.ids, paper.published_at, paper.listed_at) == (("arxiv:2403.00001",), None, None)


def test_a_bad_entry_or_a_cut_in_xml_costs_only_itself() -> None:
    file = f"{FEED}{atom_entry()}{atom_entry('<b>&nope;', 2)}{atom_entry('Nets', 3)}{atom_entry('Oars', 4)[:200]}"
    assert titles(file) == ["Boats", "Nets"]
    assert [entry.why for entry in skipped(file)] == ["not well-formed XML", "the file ends in the middle of an entry"]


@pytest.mark.parametrize("declared", ['<!DOCTYPE x [<!ENTITY a "boom">]>', '<!doctype x SYSTEM "file:///etc/passwd">'])
def test_a_document_type_is_refused_before_anything_is_parsed(declared: str) -> None:
    with pytest.raises(Refused, match="document type"):
        everything(FEED.replace("\n", declared) + atom_entry("&a;") + "</feed>")


def test_somebody_elses_feed_is_refused() -> None:
    with pytest.raises(Refused, match="XML, but not arXiv's"):
        everything(
            '<rss version="2.0"><channel><title>A blog</title><item><title>On arXiv</title></item></channel></rss>'
        )


# Bytes.


@pytest.mark.parametrize("mark", [codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE])
def test_byte_order_marks_and_line_ends_of_any_system_are_understood(mark: bytes) -> None:
    encoding = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}[mark]
    for end in ("\n", "\r\n", "\r"):
        rows = ["TY  - JOUR", "TI  - Schöne Boote 船", "ER  - ", "TY  - JOUR", "ER  - ", ""]
        file = mark + end.join(rows).encode(encoding)
        assert everything(file)[1] == Skipped(4, "no title")
        assert titles(file) == ["Schöne Boote 船"]


def test_western_bytes_are_read_and_others_skipped_by_their_line() -> None:
    western, other = "Schöne Boote – naïve".encode("cp1252"), "Лодки в гавани".encode("cp1251")
    file = b"".join(b'{"title": "' + title + b'"}\n' for title in (western, b"Nets", other, b"Schil\xc3\xa9 \xff"))
    assert titles(file) == ["Schöne Boote – naïve", "Nets"]
    assert skipped(file) == [Skipped(3, "not UTF-8"), Skipped(4, "not UTF-8")]


def test_a_bad_byte_in_a_longer_entry_costs_only_that_entry() -> None:
    good, bad = "@article{{a{},\n title = {{Boats}},\n}}\n", b"@article{b,\n title = {\xff\xfe\xfd\xfc},\n}\n"
    file = good.format(1).encode() + bad + good.format(2).encode()
    assert [type(entry) for entry in everything(file)] == [Draft, Skipped, Draft]


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"%PDF-1.7\n...", "a PDF"),
        (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
        (b"PK\x03\x04....", "a zip archive"),
        (b"SQLite format 3\0", "an SQLite database"),
        (b"some \0 bytes", "a binary file"),
        (b"<!DOCTYPE html><html><head>", "a web page"),
        (gzip.compress(gzip.compress(b"{}", mtime=0), mtime=0), "a gzip archive within another"),
        (b"\x1f\x8bnothing", "a damaged gzip file"),
    ],
)
def test_a_file_of_another_kind_is_refused_by_what_it_looks_like(head: bytes, kind: str) -> None:
    with pytest.raises(Refused) as refusal:
        everything(head, name="paper.pdf")
    assert refusal.value.wrong.startswith(f"paper.pdf looks like {kind}")
    assert refusal.value.instead == "Give me a Hugging Face papers page, BibTeX, RIS, CSL-JSON, JSONL or arXiv Atom."


@pytest.mark.parametrize("empty", [b"", b" \r\n\n", codecs.BOM_UTF8, gzip.compress(b"", mtime=0)])
def test_an_empty_file_is_refused_with_its_name(empty: bytes) -> None:
    for name, said in (("x.bib", "x.bib is empty."), ("-", "Standard input is empty.")):
        with pytest.raises(Refused) as refusal:
            everything(empty, name=name)
        assert refusal.value.wrong == said


def test_a_pipe_is_read_without_seeking_whatever_its_name() -> None:
    file = "".join(f'{{"title": "Boats {number}"}}\n' for number in range(20_000)).encode()
    for data in (
        file,
        gzip.compress(file, mtime=0),
        gzip.compress(file[:10_000]) + gzip.compress(file[10_000:]) + b"\0" * 9,
    ):
        found = list(read(Pipe(data), "x.bib", NOW))  # type: ignore[arg-type]
        assert len(found) == 20_000
        assert all(isinstance(entry, Draft) for entry in found)


def test_a_cut_gzip_file_keeps_what_is_whole_and_says_so_once() -> None:
    rows = [json.dumps({"title": f"Boats {number}", "id": str(number * 7919 % 10007)}) for number in range(3000)]
    file = gzip.compress("\n".join(rows).encode())
    found = everything(file[: len(file) * 2 // 3])
    assert sum(isinstance(entry, Draft) for entry in found) > 1000
    assert [entry.why for entry in found if isinstance(entry, Skipped)] == ["the compressed file ends early"]
    assert isinstance(found[-1], Skipped)


def test_an_entry_over_five_megabytes_is_skipped_and_the_next_one_read() -> None:
    big = "x " * 2_600_000
    for file in (
        f'{{"title": "{big}"}}\n{{"title": "Boats"}}',
        f'[{{"title": "{big}"}},{{"title": "Boats"}}]',
        f"@misc{{a, title = {{{big}}}}}\n@misc{{b, title = {{Boats}}}}",
        f"TY  - GEN\nTI  - {big}\nER  -\nTY  - GEN\nTI  - Boats\nER  -",
        f"{FEED}{atom_entry(big)}{atom_entry()}</feed>",
    ):
        first, second = everything(file)
        assert isinstance(first, Skipped)
        assert first.why == "longer than 5 MB"
        assert isinstance(second, Draft)
        assert second.title == "Boats"


def test_a_day_lists_the_papers_of_any_form() -> None:
    for file in (BIB, json.dumps(ROW), "TY  - GEN\nTI  - Boats\n", f"{FEED}{atom_entry()}</feed>"):
        assert {paper.listed_at for paper in papers(file, day=date(2025, 5, 1))} == {day_of(2025, 5, 1)}
        assert {paper.listed_at for paper in papers(file)} == {None}


# Anything at all.

STARTS = [
    b"",
    b"[",
    b"{",
    b'{"title":',
    b'[{"title":',
    b"TY  - ",
    b"@a{b,",
    FEED.encode(),
    HEADER.encode(),
    b"\x1f\x8b",
]
STARTS += [codecs.BOM_UTF16_LE, b'{"items":[{"title": "a"', b"@string{a=", f"{FEED}<entry>".encode()]
PARTS = [
    '"title"',
    '"paper"',
    "{",
    "}",
    "[",
    "]",
    '"',
    "\\",
    ",",
    ":",
    "@misc{a,",
    "title = ",
    "author",
    "\n",
    "\r",
    "TY  - ",
]
PARTS += [
    "ER  - ",
    "AU  - ",
    "<entry>",
    "</entry>",
    "<title>",
    "</title>",
    "&a;",
    "]]>",
    "Mar 14",
    "Feb 29",
    "http://[",
    "\0",
]
PARTS += [
    "\ud7ff",
    "#",
    "crossref = {a}",
    "10.1/x",
    "2403.01234",
    '"date": "0001-01-01T00:00:00+14:00"',
    "é",
    "1e999",
    "x" * 300,
]


def raw_files() -> some.SearchStrategy[bytes]:
    texts = some.lists(some.sampled_from(PARTS) | some.text(max_size=8)).map("".join)
    rests = some.binary() | texts.map(lambda text: text.encode(errors="replace"))
    return some.tuples(some.sampled_from(STARTS), rests).map(b"".join)


@given(raw_files(), some.booleans())
@example(b"\x1f\x8b", False)
@example(b"\xff\xfe\x00\xd8", False)
def test_any_bytes_are_read_or_refused(file: bytes, is_zipped: bool) -> None:
    try:
        found = everything(gzip.compress(file, mtime=0) if is_zipped else file)
    except Refused:
        return
    assert all(isinstance(entry, Draft) or entry.line >= 1 for entry in found)


@given(
    some.recursive(some.none() | some.booleans() | some.floats() | some.integers() | some.text(max_size=5), some.lists)
)
def test_any_json_value_may_stand_under_any_key(value: object) -> None:
    keys = ["title", "abstract", "authors", "date", "categories", "venue", "url", "feed_date", "upvotes", "comments"]
    keys += ["doi", "links", "author", "issued", "paper", "data"]
    for row in [{"title": "Boats", key: value} for key in keys] + [{"itemType": "x", "title": "B", "creators": value}]:
        everything(json.dumps([row, {"title": "Boats", "issued": {"date-parts": value}}]))


# The real thing, where it is at hand.


@pytest.fixture(scope="module")
def shared() -> Path:
    if not SHARED.is_dir():
        pytest.skip("the shared data is not here")
    return SHARED


def counted(path: Path, day: date | None = None) -> Counter[type]:
    with path.open("rb") as stream:
        return Counter(map(type, read(stream, path.name, NOW, day)))


def test_the_captured_page_is_85_papers_of_its_day(shared: Path) -> None:
    path = shared / "seed" / "hugging-face-papers-page.txt"
    with path.open("rb") as stream:
        found = [entry for entry in read(stream, path.name, NOW) if isinstance(entry, Draft)]
    rows = [row for row in path.read_text().splitlines() if row][5:]
    assert len(found) == 85
    assert {paper.listed_at for paper in found} == {day_of(2025, 3, 14)}
    assert all(paper.title[:12] in row or "$" in row for paper, row in zip(found, rows[::2], strict=True))
    assert min(len(paper.abstract) for paper in found) > 1000
    assert counted(path, date(2024, 3, 14)) == {Draft: 85}


def test_the_rows_in_our_own_form_are_all_read(shared: Path) -> None:
    assert counted(shared / "data" / "papers.jsonl.gz") == {Draft: 15_957}


READ = {
    "arxiv/api-id-list-one-missing.atom.xml": 1,
    "arxiv/api-id-not-found.atom.xml": 0,
    "arxiv/api-odd-entries.atom.xml": 4,
    "arxiv/api-old-style-id-version.atom.xml": 1,
    "arxiv/api-old-style-id.atom.xml": 1,
    "arxiv/api-one-version.atom.xml": 1,
    "arxiv/api-query-10-entries.atom.xml": 10,
    "arxiv/api-query-page-6.atom.xml": 10,
    "arxiv/legacy-rss-1.0.xml": 3,
    "arxiv/daily-all-types.composed.rss.xml": 9,
    "arxiv/daily-new-cross.atom.xml": 7,
    "arxiv/daily-weekend-empty.composed.rss.xml": 0,
    "feeds/arxiv-query-feed.rss.xml": 3,
    "refs/openreview.bib": 12,
    "huggingface/daily_papers-2024-05-28.json": 4,
    "huggingface/daily_papers-2025-06-10.json": 8,
    "huggingface/daily_papers-2026-08-21.json": 4,
    "refs/zotero-items-from-arxiv.json": 3,
    "refs/zotero-tests.bib": 33,
    "refs/zotero-tests.csl.json": 1,
    "semanticscholar/search.json": 100,
}
REFUSED = ["arxiv/api-bad-id.atom.xml", "arxiv/atom-elements.md", "huggingface/daily_papers-2025-01-10.not-a-list.json"]
REFUSED += ["crossref/works-bad-doi.txt", "feeds/blog.atom.xml", "feeds/oup.rss.xml", "semanticscholar/not-found.json"]


@pytest.mark.parametrize("sample", READ)
def test_a_sample_from_the_wire_is_read(shared: Path, sample: str) -> None:
    expected = {Draft: READ[sample]} if READ[sample] else {}
    assert counted(shared / "data" / "wire" / sample) == expected


@pytest.mark.parametrize("sample", REFUSED)
def test_a_sample_of_another_kind_is_refused(shared: Path, sample: str) -> None:
    with pytest.raises(Refused):
        counted(shared / "data" / "wire" / sample)


def test_the_ris_samples_are_read_but_for_the_one_without_a_title(shared: Path) -> None:
    assert counted(shared / "data" / "wire" / "refs" / "zotero-tests.ris") == {Draft: 10, Skipped: 1}


def test_every_sample_is_read_or_refused(shared: Path) -> None:
    for path in (shared / "data" / "wire").rglob("*.*"):
        with suppress(Refused):
            recognise(path.read_bytes()[:65536], path.name)
            counted(path)
