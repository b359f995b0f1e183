"""arXiv's answers: given a daily feed, a page of the API or of OAI-PMH, what is read, skipped and refused."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.errors import SourceTrouble
from bot.sources import arxiv, arxiv_api, oai
from bot.sources.batch import Batch
from bot.sources.names import given_first_in, names_in
from bot.sources.withdrawal import is_withdrawn

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
WIRE = Path(__file__).parents[2] / "shared" / "data" / "wire" / "arxiv"
needs_wire = pytest.mark.skipif(not WIRE.is_dir(), reason="no wire samples beside this clone")

RSS = (
    '<?xml version="1.0"?><rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' version="2.0"><channel><title>cs.IR updates on arXiv.org</title>'
    "<lastBuildDate>Wed, 25 Nov 2026 05:00:12 +0000</lastBuildDate><pubDate>Wed, 25 Nov 2026 00:00:00 -0500</pubDate>"
)
ATOM = (
    '<feed xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns="http://www.w3.org/2005/Atom">'
    "<title>arXiv</title><updated>2026-11-25T05:00:12Z</updated>"
)
TUESDAY_EVENING = datetime(2026, 11, 25, 1, tzinfo=UTC)  # 20:00 in New York


def item(
    paper: str = "2611.01234v1", kind: str = "new", *, title: str = "Boats", authors: str = "Ada Bo, Cy Do"
) -> str:
    return (
        f"<item><title>{title}</title><link>https://arxiv.org/abs/{paper.split('v')[0]}</link>"
        f"<description>arXiv:{paper} Announce Type: {kind} \nAbstract: On boats: all of them.</description>"
        f'<guid isPermaLink="false">oai:arXiv.org:{paper}</guid><category>cs.IR</category><category>cs.LG</category>'
        "<pubDate>Wed, 25 Nov 2026 00:00:00 -0500</pubDate>"
        f"<arxiv:announce_type>{kind}</arxiv:announce_type><dc:creator>{authors}</dc:creator></item>"
    )


def rss(*items: str) -> bytes:
    return f"{RSS}{''.join(items)}</channel></rss>".encode()


def answer(*entries: str, total: int = 1, start: int = 0) -> bytes:
    head = f"<opensearch:totalResults>{total}</opensearch:totalResults>"
    head += f"<opensearch:startIndex>{start}</opensearch:startIndex>"
    return f"{ATOM}{head}{''.join(entries)}</feed>".encode()


def entry(paper: str = "2611.01234v2", *, comment: str = "12 pages", published: str = "2026-11-20T18:59:00Z") -> str:
    return (
        f"<entry><id>http://arxiv.org/abs/{paper}</id><title>Boats</title><summary>On boats.</summary>"
        f"<published>{published}</published><updated>2026-11-24T10:00:00Z</updated><category term='cs.LG'/>"
        f"<arxiv:comment>{comment}</arxiv:comment><arxiv:primary_category term='cs.IR'/>"
        "<author><name>Ada Bo</name></author></entry>"
    )


def trouble(read: Callable[[bytes, datetime], Batch], body: bytes) -> str:
    with pytest.raises(SourceTrouble) as caught:
        read(body, NOW)
    return caught.value.why


# The daily announcement.


def test_a_daily_feed_lists_its_papers_on_the_evening_of_the_announcement() -> None:
    batch = arxiv.read_listing(rss(item()), NOW)
    (found,) = batch.entries
    assert (batch.title, batch.built_at) == ("cs.IR updates on arXiv.org", datetime(2026, 11, 25, 5, 0, 12, tzinfo=UTC))
    assert (found.kind, found.draft.ids, found.draft.version) == ("new", ("arxiv:2611.01234",), 1)
    assert (found.draft.title, found.draft.abstract) == ("Boats", "On boats: all of them.")
    assert (found.draft.authors, found.draft.categories) == (("Ada Bo", "Cy Do"), ("cs.IR", "cs.LG"))
    assert (found.draft.url, found.draft.listed_at) == ("https://arxiv.org/abs/2611.01234", TUESDAY_EVENING)


@pytest.mark.parametrize("kind", ["new", "cross", "replace", "replace-cross", "absonly"])
def test_kinds_are_told_apart_and_only_news_are_listed_now(kind: str) -> None:
    (found,) = arxiv.read_listing(rss(item("2603.00001v2", kind)), NOW).entries
    is_news = kind in ("new", "cross")
    assert (found.kind, found.draft.version) == (kind, 2)
    assert found.draft.listed_at == (TUESDAY_EVENING if is_news else datetime(2026, 3, 1, tzinfo=UTC))


def test_the_feed_has_the_last_word_over_the_calendar() -> None:
    thanksgiving = rss(item()).replace(b"Wed, 25 Nov 2026 00:00", b"Fri, 27 Nov 2026 00:00")
    batch = arxiv.read_listing(thanksgiving, datetime(2026, 11, 27, 12, tzinfo=UTC))
    assert batch.entries[0].draft.listed_at == datetime(2026, 11, 27, 1, tzinfo=UTC)


def test_a_date_ahead_of_us_is_brought_down_to_now() -> None:
    ahead = rss(item()).replace(b"25 Nov 2026", b"25 Nov 2031")
    batch = arxiv.read_listing(ahead, NOW)
    assert (batch.built_at, batch.entries[0].draft.listed_at) == (NOW, datetime(2026, 11, 26, 1, tzinfo=UTC))


def test_a_day_without_papers_is_an_empty_batch() -> None:
    batch = arxiv.read_listing(rss(), NOW)
    assert (batch.entries, batch.skipped, batch.is_cut) == ((), (), False)


def test_a_bad_entry_costs_only_itself_and_is_named() -> None:
    batch = arxiv.read_listing(
        rss(item(), item("2611.00002v1", title=" "), "<item><b></item>", item("2611.4444v1")), NOW
    )
    assert [found.draft.ids for found in batch.entries] == [("arxiv:2611.01234",), ("arxiv:2611.4444",)]
    assert batch.skipped == ("arxiv:2611.00002: no title", "entry 3: not well-formed XML")


def test_a_feed_that_ends_early_gives_what_came_before_and_says_so() -> None:
    batch = arxiv.read_listing(rss(item(), item("2611.00002v1"))[:-200], NOW)
    assert (len(batch.entries), batch.is_cut) == (1, True)
    assert trouble(arxiv.read_listing, rss(item())[:-200]) == "its answer ends in the middle"


@pytest.mark.parametrize("read", [arxiv.read_listing, arxiv_api.read_api, oai.read_records])
def test_what_is_no_answer_of_arxivs_is_refused_in_words(read: Callable[[bytes, datetime], Batch]) -> None:
    assert trouble(read, b"  \n") == "an empty answer"
    assert trouble(read, b"\n<!DOCTYPE html><html><body>Busy</body></html>") == "a web page in place of a list"
    assert trouble(read, b"Rate exceeded.") == "something other than a list of papers"
    assert trouble(read, b'{"error": "busy"}') == "something other than a list of papers"


@pytest.mark.parametrize(
    ("read", "root"), [(arxiv.read_listing, "feed"), (arxiv_api.read_api, "rss"), (oai.read_records, "OAI-PMH")]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_declarations_are_refused_in_any_encoding(
    read: Callable[[bytes, datetime], Batch], root: str, encoding: str
) -> None:
    declared = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "boats">]>'
    bomb = f"{declared}<{root}><entry><title>&a;</title></entry></{root}>"
    assert trouble(read, bomb.encode(encoding)) == "it declares a document type, which I don't read"


@given(some.binary(max_size=200), some.integers(0, 2000), some.sampled_from([rss(item(), item()), answer(entry())]))
def test_no_bytes_raise_anything_but_trouble(noise: bytes, at: int, body: bytes) -> None:
    for broken in (noise, body[:at] + noise, body[:at] + noise + body[at:]):
        for read in (arxiv.read_listing, arxiv_api.read_api, oai.read_records):
            with suppress(SourceTrouble):
                read(broken, NOW)


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("Ada Bo, Cy Do", ["Ada Bo", "Cy Do"]),
        ("Robert Roe, Jr., Ann Lee, Max Poe, III", ["Robert Roe Jr.", "Ann Lee", "Max Poe III"]),
        ("ATLAS Collaboration: G. Aad, B. Abbott", ["ATLAS Collaboration", "G. Aad", "B. Abbott"]),
        (
            "the LIGO Scientific Collaboration, the Virgo Collaboration, R. Abbott",
            ["the LIGO Scientific Collaboration", "the Virgo Collaboration", "R. Abbott"],
        ),
        ("Belle and BaBar Collaborations, Ada Bo", ["Belle and BaBar Collaborations", "Ada Bo"]),
        ("C. Dilks (STAR Collaboration, BNL), A. Li (MIT (CSAIL), Boston)", ["C. Dilks", "A. Li"]),
        ("Ada Bo, Cy Do and Eve Foo, et al.", ["Ada Bo", "Cy Do", "Eve Foo"]),
        ("Ada Bo,  , :, Cy Do", ["Ada Bo", "Cy Do"]),
        ("", []),
    ],
)
def test_one_string_of_authors_is_taken_apart(written: str, names: list[str]) -> None:
    assert given_first_in(written) == names


def test_family_names_first_are_known_by_their_initials() -> None:
    assert names_in("Smith, J., Doe, A. B., van Dyk, C.-D.") == ["J. Smith", "A. B. Doe", "C.-D. van Dyk"]
    assert names_in("García-Castaño J, Balao F, et al.") == ["García-Castaño J", "Balao F"]


def test_a_daily_feed_spells_authors_in_latex() -> None:
    (found,) = arxiv.read_listing(
        rss(item(authors=r"Andr\'e Bo, Zo\&quot;e Do".replace("\\&quot;", '\\"'))), NOW
    ).entries
    assert found.draft.authors == ("André Bo", "Zoë Do")


# The API.


def test_an_answer_lists_each_paper_when_its_first_version_was_announced() -> None:
    batch = arxiv_api.read_api(answer(entry()), NOW)
    (found,) = batch.entries
    assert (found.draft.version, found.draft.categories) == (2, ("cs.IR", "cs.LG"))
    assert found.draft.published_at == datetime(2026, 11, 20, 18, 59, tzinfo=UTC)  # a Friday, a minute in time
    assert found.draft.listed_at == datetime(2026, 11, 23, 1, tzinfo=UTC)
    assert (batch.total, batch.next_page) == (1, "")


def test_a_long_answer_names_its_next_page_up_to_what_arxiv_gives() -> None:
    two = (entry(), entry("2611.00002v1"))
    assert arxiv_api.read_api(answer(*two, total=5, start=2), NOW).next_page == "4"
    assert arxiv_api.read_api(answer(*two, total=4, start=2), NOW).next_page == ""
    assert arxiv_api.read_api(answer(*two, total=99_999, start=29_998), NOW).next_page == ""


def test_a_valid_page_of_nothing_shows_by_its_total() -> None:
    batch = arxiv_api.read_api(answer(total=0), NOW)
    assert (batch.entries, batch.total, batch.next_page) == ((), 0, "")


def test_an_error_is_trouble_in_arxivs_own_words() -> None:
    error = "<entry><id>https://arxiv.org/api/errors#x</id><title>Error</title><summary>bad id abc</summary></entry>"
    assert trouble(arxiv_api.read_api, answer(error)) == "it answered “bad id abc”"


@pytest.mark.parametrize(
    ("abstract", "comment", "is_gone"),
    [
        ("This paper has been withdrawn by the author due to a crucial error in Lemma 3.", "", True),
        ("On boats.", "This submission has been withdrawn by arXiv administrators", True),
        ("On boats.", "Withdrawn: the proof is wrong", True),
        ("On boats.", "paper withdrawn, see the comment", True),
        ("The article, arXiv:2403.01234, was temporarily withdrawn.", "", True),
        ("We study drugs that have been withdrawn from the market.", "12 pages", False),
        ("In this paper we study drugs that were withdrawn due to harm.", "", False),
        ("On boats. " * 60 + "This paper has been withdrawn.", "", False),
        ("On boats.", "Replaces an earlier note", False),
    ],
)
def test_withdrawn_papers_are_known_by_their_words(abstract: str, comment: str, is_gone: bool) -> None:
    assert is_withdrawn(abstract, comment) is is_gone


def test_a_withdrawn_paper_is_marked() -> None:
    (found,) = arxiv_api.read_api(answer(entry(comment="Withdrawn by the authors")), NOW).entries
    assert found.draft.withdrawn


def test_questions_are_spelled_as_the_api_wants_them() -> None:
    def asked(url: str) -> dict[str, list[str]]:
        assert url.startswith("https://export.arxiv.org/api/query?")
        return parse_qs(urlsplit(url).query)

    base = "https://export.arxiv.org/api/query"
    ids = ("arxiv:2403.01234", "arxiv:hep-th/9901001")
    assert asked(arxiv_api.url_of_ids(base, ids)) == {"id_list": ["2403.01234,hep-th/9901001"], "max_results": ["2"]}
    title = asked(arxiv_api.url_of_title(base, 'Boats: "A" Survey?'))
    assert title == {"search_query": ['ti:"Boats A Survey"'], "max_results": ["5"]}
    since = arxiv_api.url_since(base, ("cs.IR", "cs.LG"), datetime(2026, 11, 1, tzinfo=UTC), NOW, 2000)
    assert asked(since) == {
        "search_query": ["(cat:cs.IR OR cat:cs.LG) AND submittedDate:[202611010000 TO 202611261200]"],
        "start": ["2000"],
        "max_results": ["500"],
        "sortBy": ["submittedDate"],
        "sortOrder": ["descending"],
    }


# OAI-PMH.

RECORD = (
    "<record><header><identifier>oai:arXiv.org:2403.01234</identifier><datestamp>2024-04-02</datestamp></header>"
    '<metadata><arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>2403.01234</id><submitter>Ada Bo</submitter>'
    '<version version="v1"><date>Tue, 5 Mar 2024 19:18:42 GMT</date></version>'
    '<version version="v2"><date>Mon, 1 Apr 2024 09:00:00 GMT</date></version>'
    "<title>Boats</title><authors>Ada Bo (1), Cy Do (2) and Eve Foo ((1) MIT, (2) BNL)</authors>"
    "<categories>cs.IR cs.LG</categories><comments>12 pages</comments><journal-ref>Harbour 7</journal-ref>"
    "<doi>10.1000/x</doi><abstract>  On boats.</abstract></arXivRaw></metadata></record>"
)
PLAIN = (
    "<record><header><identifier>oai:arXiv.org:0704.0001</identifier></header><metadata>"
    '<arXiv xmlns="http://arxiv.org/OAI/arXiv/"><id>0704.0001</id><created>2007-04-02</created><authors>'
    "<author><keyname>Roe</keyname><forenames>R.</forenames><suffix>Jr</suffix></author></authors>"
    "<title>Tides</title><categories>hep-ph</categories><abstract>On tides.</abstract></arXiv></metadata></record>"
)
DELETED = '<record><header status="deleted"><identifier>oai:arXiv.org:2403.09999</identifier></header></record>'


def records(*parts: str) -> bytes:
    return f'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">{"".join(parts)}</OAI-PMH>'.encode()


def listed(*parts: str) -> bytes:
    return records("<ListRecords>", *parts, "</ListRecords>")


def test_a_record_tells_of_all_its_versions() -> None:
    (found,) = oai.read_records(listed(RECORD), NOW).entries
    draft = found.draft
    assert (draft.ids, draft.url) == (("arxiv:2403.01234", "doi:10.1000/x"), "https://arxiv.org/abs/2403.01234")
    assert (draft.authors, draft.categories) == (("Ada Bo", "Cy Do", "Eve Foo"), ("cs.IR", "cs.LG"))
    assert (draft.version, draft.venue, draft.abstract) == (2, "Harbour 7", "On boats.")
    assert draft.published_at == datetime(2024, 3, 5, 19, 18, 42, tzinfo=UTC)
    assert draft.updated_at == datetime(2024, 4, 1, 9, tzinfo=UTC)
    assert draft.listed_at == datetime(2024, 3, 7, 1, tzinfo=UTC)  # it came after 14:00 in New York


def test_a_record_in_the_shorter_form_is_read_too() -> None:
    (found,) = oai.read_records(listed(PLAIN), NOW).entries
    assert (found.draft.ids, found.draft.authors) == (("arxiv:0704.0001",), ("R. Roe Jr",))


def test_deleted_records_are_left_out_by_name() -> None:
    batch = oai.read_records(listed(RECORD, DELETED), NOW)
    assert (len(batch.entries), batch.skipped) == (1, ("entry 2: 2403.09999 was deleted at the source",))


def test_a_token_leads_to_the_next_page_and_an_empty_one_ends_the_list() -> None:
    more = '<resumptionToken cursor="0" completeListSize="2012">6511260|1001</resumptionToken>'
    batch = oai.read_records(listed(RECORD, more), NOW)
    assert (batch.next_page, batch.total) == ("6511260|1001", 2012)
    assert oai.url_of_page("https://oaipmh.arxiv.org/oai", batch.next_page).endswith("resumptionToken=6511260%7C1001")
    for last in ("<resumptionToken/>", '<resumptionToken cursor="2000"></resumptionToken>'):
        assert oai.read_records(listed(RECORD, last), NOW).next_page == ""


def test_errors_are_told_apart() -> None:
    batch = oai.read_records(records('<error code="noRecordsMatch">None</error>'), NOW)
    assert (batch.entries, batch.total) == ((), 0)
    with pytest.raises(oai.TokenExpired):
        oai.read_records(records('<error code="badResumptionToken">Old</error>'), NOW)
    assert trouble(oai.read_records, records('<error code="badArgument"/>')) == "it answered “badArgument”"


@pytest.mark.parametrize(
    ("category", "its_set"),
    [
        ("cs.IR", "cs:cs:IR"),
        ("stat.ML", "stat:stat:ML"),
        ("hep-th", "physics:hep-th"),
        ("astro-ph.GA", "physics:astro-ph:GA"),
        ("physics.optics", "physics:physics:optics"),
        ("cs", "cs"),
    ],
)
def test_categories_are_sets_there(category: str, its_set: str) -> None:
    url = oai.url_since("https://oaipmh.arxiv.org/oai", date(2026, 8, 1), date(2026, 8, 31), category)
    asked = parse_qs(urlsplit(url).query)
    assert asked == {
        "verb": ["ListRecords"],
        "metadataPrefix": ["arXivRaw"],
        "from": ["2026-08-01"],
        "until": ["2026-08-31"],
        "set": [its_set],
    }


# Real answers.


@needs_wire
@pytest.mark.parametrize(
    ("name", "total", "ids"),
    [
        ("api-query-10-entries.atom.xml", 214_881, 10),
        ("api-query-page-6.atom.xml", 214_881, 10),
        ("api-id-list-one-missing.atom.xml", 1, 1),
        ("api-id-not-found.atom.xml", 0, 0),
        ("api-old-style-id.atom.xml", 1, 1),
        ("api-old-style-id-version.atom.xml", 1, 1),
        ("api-one-version.atom.xml", 1, 1),
        ("api-odd-entries.atom.xml", 214_881, 4),
    ],
)
def test_real_answers_of_the_api_are_read_whole(name: str, total: int, ids: int) -> None:
    batch = arxiv_api.read_api((WIRE / name).read_bytes(), NOW)
    assert (batch.total, len(batch.entries), batch.skipped, batch.is_cut) == (total, ids, (), False)
    for found in batch.entries:
        assert found.draft.ids[0].startswith("arxiv:")
        assert found.draft.authors
        assert found.draft.abstract
        assert found.draft.categories
        assert found.draft.published_at
        assert found.draft.listed_at
        assert found.draft.listed_at > found.draft.published_at


@needs_wire
def test_a_real_error_is_trouble() -> None:
    body = (WIRE / "api-bad-id.atom.xml").read_bytes()
    assert trouble(arxiv_api.read_api, body) == "it answered “incorrect id format for abc”"


@needs_wire
@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("daily-new-cross.atom.xml", ["cross"] * 5 + ["new"] * 2),
        ("daily-all-types.composed.rss.xml", ["cross"] * 5 + ["new"] * 2 + ["replace-cross", "replace"]),
        ("daily-weekend-empty.composed.rss.xml", []),
    ],
)
def test_real_daily_feeds_are_read_whole(name: str, kinds: list[str]) -> None:
    batch = arxiv.read_listing((WIRE / name).read_bytes(), NOW)
    assert ([found.kind for found in batch.entries], batch.skipped) == (kinds, ())
    assert batch.built_at
    assert batch.built_at.date() == date(2025, 8, 20)
    evening = datetime(2025, 8, 20, tzinfo=UTC)
    for found in batch.entries:
        assert (found.draft.listed_at == evening) == (found.kind in ("new", "cross"))
        assert not found.draft.abstract.startswith("arXiv:")
    if batch.entries:
        assert batch.entries[0].draft.ids == ("arxiv:2508.13426",)
        assert batch.entries[0].draft.authors == ("Chunhua Liu", "Kabir Manandhar Shrestha", "Sukai Huang")


@needs_wire
def test_a_real_feed_of_old_is_read_with_its_marks() -> None:
    batch = arxiv.read_listing((WIRE / "legacy-rss-1.0.xml").read_bytes(), NOW)
    assert [found.kind for found in batch.entries] == ["new", "cross", "replace"]
    assert batch.entries[0].draft.authors == ("Christopher Dilks",)
    assert batch.entries[2].draft.authors[:2] == ("Shu-Sheng Xu", "Zhu-Fang Cui")
