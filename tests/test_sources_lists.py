"""Hugging Face's days, what Semantic Scholar and Crossref know of a paper, and arXiv's calendar."""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.errors import SourceTrouble
from bot.sources import crossref, huggingface, semanticscholar
from bot.sources.announcements import (
    announced_by,
    announcement_before,
    announcement_of,
    evening_before,
    is_announced_on,
    is_day_off,
    next_announcement,
    readable_at,
)

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")
WIRE = Path(__file__).parents[2] / "shared" / "data" / "wire"
needs_wire = pytest.mark.skipif(not WIRE.is_dir(), reason="no wire samples beside this clone")


def trouble(read: Callable[[bytes], object], body: bytes) -> str:
    with pytest.raises(SourceTrouble) as caught:
        read(body)
    return caught.value.why


def read_today(body: bytes) -> object:
    return huggingface.read_day(body, NOW)


# Hugging Face.

PAPER = {
    "paper": {
        "id": "2611.01234",
        "title": "Boats",
        "summary": "On boats.",
        "authors": [{"name": "Ada Bo"}, {"name": "Cy Do"}],
        "publishedAt": "2026-11-24T17:59:53.000Z",
        "submittedOnDailyAt": "2026-11-25T00:43:01.816Z",
        "upvotes": 97,
        "githubRepo": "https://github.com/a/boats",
    },
    "numComments": 3,
    "submittedBy": {"fullname": "Eve Foo", "name": "eve"},
}


def test_a_day_gives_votes_comments_submitters_and_ranks_by_place() -> None:
    batch = huggingface.read_day(json.dumps([PAPER, {"paper": {"id": "2611.00002", "title": "Tides"}}]).encode(), NOW)
    first, second = (entry.draft for entry in batch.entries)
    assert (first.ids, first.authors, first.abstract) == (("arxiv:2611.01234",), ("Ada Bo", "Cy Do"), "On boats.")
    assert (first.rank, first.upvotes, first.comments, first.submitter) == (1, 97, 3, "Eve Foo")
    assert (first.links, second.rank, second.upvotes) == ((("Code", "https://github.com/a/boats"),), 2, None)


def test_a_paper_is_listed_on_the_day_of_its_list_and_never_ahead_of_now() -> None:
    body = json.dumps([PAPER]).encode()
    days = [None, date(2026, 11, 24), date(2026, 11, 26)]
    found = [huggingface.read_day(body, NOW, day).entries[0].draft.listed_at for day in days]
    yesterday, before = datetime(2026, 11, 25, 23, 59, 59, tzinfo=UTC), datetime(2026, 11, 24, 23, 59, 59, tzinfo=UTC)
    assert found == [yesterday, before, NOW]


def test_rows_that_are_no_papers_cost_only_themselves() -> None:
    rows = [7, {}, {"paper": {"id": "2611.00003"}}, {"paper": "x"}, PAPER]
    batch = huggingface.read_day(json.dumps(rows).encode(), NOW)
    assert ([entry.draft.rank for entry in batch.entries], batch.total) == ([5], 5)
    assert batch.skipped[2] == "arxiv:2611.00003: no title"
    assert batch.skipped[0] == "entry 1: not a paper"


def test_an_empty_day_is_an_empty_batch_and_anything_but_a_list_is_trouble() -> None:
    assert huggingface.read_day(b"[]", NOW).entries == ()
    assert trouble(read_today, b'{"error": "x"}') == "something other than a list of papers"
    assert trouble(read_today, b"<html></html>") == "a web page in place of a list"
    assert trouble(read_today, b'[{"paper": {"id"') == "its answer ends in the middle"
    assert trouble(read_today, b"") == "an empty answer"


def test_a_day_is_asked_for_by_its_date() -> None:
    url = huggingface.url_of_day("https://huggingface.co/api", date(2026, 11, 24))
    assert url == "https://huggingface.co/api/daily_papers?date=2026-11-24"


@needs_wire
@pytest.mark.parametrize(
    ("name", "papers", "first", "votes", "submitter"),
    [
        ("daily_papers-2024-05-28.json", 4, "arxiv:2405.17247", 33, ""),
        ("daily_papers-2025-06-10.json", 8, "arxiv:2506.08007", 97, "Li Dong"),
        ("daily_papers-2026-08-21.json", 4, "arxiv:2608.19880", 163, "taesiri"),
    ],
)
def test_real_days_are_read_whole(name: str, papers: int, first: str, votes: int, submitter: str) -> None:
    batch = huggingface.read_day((WIRE / "huggingface" / name).read_bytes(), NOW)
    assert (len(batch.entries), batch.skipped) == (papers, ())
    draft = batch.entries[0].draft
    assert (draft.ids[0], draft.upvotes, draft.submitter, draft.rank) == (first, votes, submitter, 1)
    assert draft.listed_at
    assert draft.listed_at.date().isoformat() == name[13:23]


@needs_wire
def test_a_real_wrapper_around_a_day_is_trouble() -> None:
    body = (WIRE / "huggingface/daily_papers-2025-01-10.not-a-list.json").read_bytes()
    assert trouble(read_today, body) == "something other than a list of papers"


# Semantic Scholar and Crossref.


def test_semantic_scholar_fills_in_venue_abstract_citations_and_an_open_pdf() -> None:
    row = {
        "title": "Boats",
        "abstract": "On boats.",
        "venue": "Harbour",
        "citationCount": 12,
        "externalIds": {"ArXiv": "2403.01234", "DOI": "10.1000/X", "CorpusId": 7},
        "openAccessPdf": {"url": "https://a.org/boats.pdf"},
        "authors": [{"name": "A. Bo"}],
    }
    for body in (row, {"data": [row]}):
        draft = semanticscholar.read_paper(json.dumps(body).encode())
        assert (draft.venue, draft.abstract, draft.citations) == ("Harbour", "On boats.", 12)
        assert draft.ids == ("arxiv:2403.01234", "doi:10.1000/x")
        assert draft.links == (("PDF", "https://a.org/boats.pdf"),)
    error = b'{"error": "Paper with id 0 not found"}'
    assert trouble(semanticscholar.read_paper, error) == "it answered “Paper with id 0 not found”"
    assert trouble(semanticscholar.read_paper, b"[null]") == "something other than a list of papers"


def test_semantic_scholar_is_asked_by_arxiv_id_doi_or_title() -> None:
    url = urlsplit(semanticscholar.url_of("https://api.semanticscholar.org", "arxiv:2403.01234"))
    assert url.path == "/graph/v1/paper/ARXIV:2403.01234"
    assert "citationCount" in parse_qs(url.query)["fields"][0].split(",")
    assert "/paper/DOI:10.1000/x?" in semanticscholar.url_of("", "doi:10.1000/x")
    assert "/paper/DOI:10.1000/a%23b?" in semanticscholar.url_of("", "doi:10.1000/a#b")
    assert semanticscholar.url_of("", "url:0123456789abcdef") == ""
    assert parse_qs(urlsplit(semanticscholar.url_of_title("", "Boats & tides")).query)["query"] == ["Boats & tides"]


def test_crossref_fills_in_venue_citations_and_an_abstract_without_its_tags() -> None:
    abstract = "<jats:title>Abstract</jats:title><jats:p>We count <jats:italic>boats</jats:italic>, p &lt; 5.</jats:p>"
    work = {
        "DOI": "10.1000/X",
        "title": ["Boats"],
        "container-title": ["Harbour"],
        "abstract": abstract,
        "is-referenced-by-count": 72,
        "author": [{"given": "Ada", "family": "Bo"}],
        "issued": {"date-parts": [[2024, 3, 5]]},
    }
    draft = crossref.read_work(json.dumps({"status": "ok", "message": work}).encode())
    assert (draft.title, draft.venue, draft.citations) == ("Boats", "Harbour", 72)
    assert (draft.abstract, draft.authors) == ("We count boats, p < 5.", ("Ada Bo",))
    assert (draft.ids, draft.published_at) == (("doi:10.1000/x",), datetime(2024, 3, 5, tzinfo=UTC))
    assert trouble(crossref.read_work, b"Resource not found.") == "something other than JSON"
    assert crossref.url_of("https://api.crossref.org", "doi:10.1000/a(b)#c") == (
        "https://api.crossref.org/works/10.1000/a%28b%29%23c"
    )
    assert crossref.url_of("https://api.crossref.org", "arxiv:2403.01234") == ""


@needs_wire
def test_real_answers_about_one_paper_are_read() -> None:
    work = crossref.read_work((WIRE / "crossref/works-one-doi.json").read_bytes())
    assert (work.ids, work.venue, work.citations) == (("doi:10.1371/journal.pone.0033693",), "PLoS ONE", 72)
    assert work.authors[0] == "Shankar Sadasivan"
    paper = semanticscholar.read_paper((WIRE / "semanticscholar/paper-all-fields.json").read_bytes())
    assert (paper.ids, paper.citations) == (("doi:10.1093/mind/lix.236.433",), 10_059)
    assert (paper.venue, paper.authors) == ("The Philosophy of Artificial Intelligence", ("A. Turing",))
    found = semanticscholar.read_paper((WIRE / "semanticscholar/search-match-title.json").read_bytes())
    assert found.title == "Mining association rules between sets of items in large databases"
    for name, why in (("not-found", "Paper with id 0 not found"), ("bad-query", "Unrecognized or unsupported fields")):
        assert why in trouble(semanticscholar.read_paper, (WIRE / f"semanticscholar/{name}.json").read_bytes())


@given(some.binary(max_size=200), some.recursive(some.none() | some.text() | some.floats(), some.lists, max_leaves=5))
def test_no_bytes_raise_anything_but_trouble(noise: bytes, value: object) -> None:
    rows = [{"paper": value}, {"paper": {"id": value, "title": value, "authors": value}}, {"data": [{"title": value}]}]
    made = [
        *rows,
        rows,
        {"message": {"title": value, "author": value, "issued": {"date-parts": value}}},
        {"title": "x"},
    ]
    for body in (noise, *(json.dumps(row).encode() for row in made)):
        for read in (read_today, semanticscholar.read_paper, crossref.read_work):
            with suppress(SourceTrouble):
                read(body)


# arXiv's calendar.


def new_york(month: int, day: int, hour: int = 20, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=NEW_YORK)


def test_arxiv_announces_in_the_evening_from_sunday_to_thursday() -> None:
    assert announcement_before(new_york(11, 24)) == new_york(11, 24)
    assert announcement_before(new_york(11, 24, 19, 59)) == new_york(11, 23)
    assert announcement_before(new_york(11, 22, 19)) == new_york(11, 19)  # Sunday, before it
    assert next_announcement(new_york(11, 19)) == new_york(11, 22)  # over the weekend
    assert next_announcement(new_york(11, 22, 19, 59)) == new_york(11, 22)
    assert [is_announced_on(date(2026, 11, day)) for day in range(16, 23)] == [True] * 4 + [False] * 2 + [True]


def test_days_off_are_skipped_but_not_what_came_all_the_same() -> None:
    assert is_day_off(date(2026, 11, 26))
    assert not is_day_off(date(2026, 11, 28))
    assert next_announcement(new_york(11, 25)) == new_york(11, 29)
    assert announcement_before(new_york(11, 27, 9)) == new_york(11, 25)
    assert evening_before(new_york(11, 27, 0)) == new_york(11, 26)
    assert next_announcement(new_york(12, 28)) == new_york(12, 30)


def test_both_changes_of_the_clock_leave_it_at_eight() -> None:
    assert announcement_before(new_york(3, 9, 12)) == datetime(2026, 3, 9, 0, tzinfo=UTC)  # Sunday, from EST to EDT
    assert announcement_before(new_york(3, 6, 12)) == datetime(2026, 3, 6, 1, tzinfo=UTC)
    assert announcement_before(new_york(11, 2, 12)) == datetime(2026, 11, 2, 1, tzinfo=UTC)


def test_what_a_morning_can_tell_depends_on_where_it_is() -> None:
    def at(zone: str, hour: int) -> datetime:
        return datetime(2026, 11, 25, hour, tzinfo=ZoneInfo(zone))

    assert announced_by(at("Europe/Berlin", 9)) == new_york(11, 24)
    assert announced_by(at("Asia/Tokyo", 9)) == new_york(11, 23)
    assert announced_by(at("Asia/Tokyo", 14)) == new_york(11, 24)
    assert readable_at(new_york(11, 24)) == new_york(11, 25, 0)


@pytest.mark.parametrize(
    ("submitted", "announced"),
    [
        (new_york(11, 23, 13, 59), new_york(11, 23)),
        (new_york(11, 23, 14), new_york(11, 24)),
        (new_york(11, 20, 13, 59), new_york(11, 22)),  # Friday, in time for Sunday
        (new_york(11, 20, 14), new_york(11, 23)),
        (new_york(11, 22, 10), new_york(11, 23)),
        (new_york(11, 25, 15), new_york(11, 29)),  # for the day off
    ],
)
def test_a_submission_is_announced_after_the_deadline_that_it_met(submitted: datetime, announced: datetime) -> None:
    assert announcement_of(submitted) == announced
