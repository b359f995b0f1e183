"""Feeds of any make: given RSS, Atom, RDF or JSON, good or bad, what is read, skipped and refused."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from bot.errors import SourceTrouble
from bot.model import Draft
from bot.sources.batch import Batch
from bot.sources.feeds import read_feed

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
WIRE = Path(__file__).parents[2] / "shared" / "data" / "wire"
needs_wire = pytest.mark.skipif(not WIRE.is_dir(), reason="no wire samples beside this clone")
TEXT = "We count the boats in the harbour and find that some are missing."


def rss(*items: str, head: str = "", encoding: str = "UTF-8") -> str:
    spaces = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/"'
    start = f'<?xml version="1.0" encoding="{encoding}"?><rss version="2.0" {spaces}><channel><title>Harbour</title>'
    return f"{start}{head}{''.join(items)}</channel></rss>"


def item(inside: str = "", *, title: str = "Boats", link: str = "https://a.org/boats", text: str = TEXT) -> str:
    return f"<item><title>{title}</title><link>{link}</link><description>{text}</description>{inside}</item>"


def drafts(feed: str | bytes) -> list[Draft]:
    batch = read_feed(feed.encode() if isinstance(feed, str) else feed, NOW)
    assert not batch.skipped
    return [entry.draft for entry in batch.entries]


def trouble(feed: str | bytes) -> str:
    with pytest.raises(SourceTrouble) as caught:
        read_feed(feed.encode() if isinstance(feed, str) else feed, NOW)
    return caught.value.why


def test_an_entry_gives_its_words_date_and_link() -> None:
    feed = rss(item("<pubDate>Tue, 24 Nov 2026 10:00:00 GMT</pubDate><dc:creator>Ada Bo, Cy Do</dc:creator>"))
    batch = read_feed(feed.encode(), NOW)
    (found,) = batch.entries
    assert (batch.title, batch.total, found.kind) == ("Harbour", 1, "new")
    assert (found.draft.title, found.draft.abstract, found.draft.authors) == ("Boats", TEXT, ("Ada Bo", "Cy Do"))
    assert found.draft.published_at == found.draft.listed_at == datetime(2026, 11, 24, 10, tzinfo=UTC)
    assert found.draft.url == "https://a.org/boats"
    assert found.draft.ids[0].startswith("url:")


@pytest.mark.parametrize(
    ("link", "inside", "paper_id"),
    [
        ("https://a.org/1", "<prism:doi>10.1000/ABC</prism:doi>", "doi:10.1000/abc"),
        ("https://a.org/1", "<dc:identifier>doi:10.1101/2026.11.22.9</dc:identifier>", "doi:10.1101/2026.11.22.9"),
        ("https://a.org/1", '<guid isPermaLink="false">10.1371/journal.pone.02</guid>', "doi:10.1371/journal.pone.02"),
        ("https://www.tandfonline.com/doi/full/10.1080/0022.2021.5594?af=R", "", "doi:10.1080/0022.2021.5594"),
        ("https://journals.plos.org/one/article?id=10.1371/journal.pone.02", "", "doi:10.1371/journal.pone.02"),
        ("https://www.biorxiv.org/content/10.1101/2026.11.22.469359v5.full?rss=1", "", "doi:10.1101/2026.11.22.469359"),
        ("https://arxiv.org/abs/2403.01234v2", "", "arxiv:2403.01234"),
        ("https://a.org/1", "<guid>https://arxiv.org/abs/2403.01234</guid>", "arxiv:2403.01234"),
        ("https://doi.org/10.48550/arXiv.2403.01234", "", "arxiv:2403.01234"),
        ("https://openreview.net/forum?id=aVh9KRZdRk", "", "openreview:aVh9KRZdRk"),
    ],
)  # fmt: skip
def test_a_paper_is_known_by_the_id_that_its_entry_carries(link: str, inside: str, paper_id: str) -> None:
    (paper,) = drafts(rss(item(inside, link=link)))
    assert paper.ids[0] == paper_id
    assert not [name for name in paper.ids if name.startswith("url:")]


def test_redirects_of_alerts_lead_to_the_paper() -> None:
    (paper,) = drafts(rss(item(link="https://www.google.com/url?rct=j&amp;url=https://b.org/tides&amp;ct=ga")))
    assert paper.url == "https://b.org/tides"


def test_an_entry_without_a_title_is_skipped_and_one_without_id_or_date_is_not() -> None:
    feed = rss("<item><title></title><link>https://a.org/1</link></item>", "<item><title>Tides</title></item>")
    batch = read_feed(feed.encode(), NOW)
    (found,) = batch.entries
    assert (found.draft.title, found.draft.ids, found.draft.listed_at) == ("Tides", (), None)
    assert len(batch.skipped) == 1
    assert batch.skipped[0].endswith(": no title")


def test_a_date_ahead_of_us_is_brought_down_to_now() -> None:
    (paper,) = drafts(rss(item("<pubDate>Tue, 24 Nov 2076 10:00:00 GMT</pubDate>")))
    assert (paper.published_at, paper.listed_at) == (NOW, NOW)


def test_markup_becomes_text_and_scripts_nothing() -> None:
    html = "<p>We <em>count</em> boats &amp; tides, H<sub>2</sub>O and p &lt; 0.05.</p>"
    script = "<script>alert(1)</script><style>p {}</style><!-- <b> -->"
    (paper,) = drafts(rss(item(title="&lt;i&gt;Boats&lt;/i&gt; at sea", text=escape(script + html))))
    assert (paper.title, paper.abstract) == ("Boats at sea", "We count boats & tides, H₂O and p < 0.05.")


@pytest.mark.parametrize(
    ("declared", "written"),
    [("UTF-8", "cp1252"), ("iso-8859-1", "utf-8"), ("windows-1251", "cp1251"), ("utf-8", "utf-16"), ("", "utf-8-sig")],
)
def test_a_wrong_charset_is_seen_through(declared: str, written: str) -> None:
    title = "Лодки у моря" if written == "cp1251" else "Zoë’s café"
    feed = rss(item(title=title), encoding=declared)
    assert drafts(feed.encode(written))[0].title == title


def test_the_charset_of_the_server_counts_where_the_feed_names_none() -> None:
    feed = "<rss><channel><item><title>Лодки</title></item></channel></rss>".encode("koi8-r")
    assert read_feed(feed, NOW, "koi8-r").entries[0].draft.title == "Лодки"


def test_a_feed_of_ten_thousand_is_cut_to_its_newest_wherever_they_stand() -> None:
    start = NOW - timedelta(hours=10_000)
    dated = [
        item(f"<pubDate>{start + timedelta(hours=hour):%a, %d %b %Y %H:%M:%S} GMT</pubDate>", title=f"Boat {hour}")
        for hour in range(10_000)
    ]
    batch = read_feed(rss(*dated).encode(), NOW)
    assert (len(batch.entries), batch.total) == (2_000, 10_000)
    assert (batch.entries[0].draft.title, batch.entries[-1].draft.title) == ("Boat 8000", "Boat 9999")
    assert batch.skipped == ("8,000 entries left out: older, or too long",)


def test_an_endless_entry_is_left_out_and_the_others_stay() -> None:
    batch = read_feed(rss(item(text="boats " * 50_000), item(title="Tides")).encode(), NOW)
    assert [entry.draft.title for entry in batch.entries] == ["Tides"]
    assert batch.skipped == ("1 entry left out: older, or too long",)


def test_a_feed_that_ends_early_gives_what_came_before_and_says_so() -> None:
    cut = rss(item(), item(title="Tides")).partition("Tides")[0]
    batch = read_feed(cut.encode(), NOW)
    assert ([entry.draft.title for entry in batch.entries], batch.is_cut) == (["Boats"], True)
    assert trouble(rss(item()).partition("Boats")[0]) == "its answer ends in the middle"


def test_bad_xml_is_read_as_far_as_it_goes() -> None:
    papers = drafts(rss(item(title="Boats & tides"), item(title="Nets <3"), item(title="Oars \x0b")))
    assert [paper.title for paper in papers] == ["Boats & tides", "Nets <3", "Oars"]


def test_tags_within_text_are_no_tags() -> None:
    (paper,) = drafts(rss(item(text=f"<![CDATA[{TEXT} </item><item><!DOCTYPE html> in a post about feeds]]>")))
    assert paper.abstract.startswith(TEXT)


def test_what_is_no_feed_is_refused_in_words() -> None:
    assert trouble(" \n ") == "an empty answer"
    assert trouble("<!doctype html><html><head><title>Log in</title></head></html>") == "a web page in place of a list"
    assert trouble("<opml><body/></opml>") == "something other than a list of papers"
    assert trouble('{"items": {}}') == "something other than a list of papers"
    assert trouble("[1, 2]") == "something other than a list of papers"
    assert trouble('{"version": "https://jsonfeed.org/version/1", "items": [{"ti') == "its answer ends in the middle"
    assert trouble("boats") == "something other than a list of papers"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_declarations_are_refused_in_any_encoding(encoding: str) -> None:
    bomb = '<?xml version="1.0"?>\n<!DOCTYPE rss [<!ENTITY a "boats"><!ENTITY b "&a;&a;">]>\n<rss><channel><item>'
    bomb += "<title>&b;</title></item></channel></rss>"
    assert trouble(bomb.encode(encoding)) == "it declares a document type, which I don't read"


def test_journals_are_named_and_tables_of_contents_are_no_abstracts() -> None:
    journal = "<prism:publicationName>Harbour Studies</prism:publicationName>"
    (paper,) = drafts(rss(item(journal, text="Volume 55, Issue 31-32, August 2026, Page 1917-1940")))
    assert (paper.venue, paper.abstract) == ("Harbour Studies", "")
    (paper,) = drafts(rss(item("<prism:publicationName>Boats</prism:publicationName>", text=f"Abstract {TEXT}")))
    assert (paper.venue, paper.abstract) == ("", TEXT)  # some publishers put the title of the paper there


def test_authors_are_found_in_the_text_where_they_have_no_field() -> None:
    text = f"&lt;p&gt;Author(s): Ada Bo, Cy Do&lt;/p&gt;&lt;p&gt;{TEXT}&lt;/p&gt;"
    (paper,) = drafts(rss(item(text=text)))
    assert (paper.authors, paper.abstract) == (("Ada Bo", "Cy Do"), TEXT)


def test_atom_is_read_with_all_its_authors() -> None:
    feed = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>Harbour</title><entry><title>Boats</title>'
        '<id>urn:uuid:1</id><link href="https://a.org/boats"/><published>2026-11-24T10:00:00Z</published>'
        "<updated>2026-11-25T10:00:00Z</updated><author><name>Bo, Ada</name></author><author><name>Cy Do</name>"
        f'</author><content type="html">&lt;p&gt;{TEXT}&lt;/p&gt;</content></entry></feed>'
    )
    (paper,) = drafts(feed)
    assert (paper.authors, paper.abstract, paper.url) == (("Ada Bo", "Cy Do"), TEXT, "https://a.org/boats")
    assert paper.updated_at == datetime(2026, 11, 25, 10, tzinfo=UTC)


def test_arxivs_own_feed_is_read_as_such() -> None:
    feed = (
        '<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
        "<title>cs.IR updates on arXiv.org</title><pubDate>Wed, 25 Nov 2026 00:00:00 -0500</pubDate><item>"
        "<title>Boats</title><link>https://arxiv.org/abs/2611.01234</link><guid>oai:arXiv.org:2611.01234v2</guid>"
        "<description>arXiv:2611.01234v2 Announce Type: replace \nAbstract: On boats.</description>"
        "<dc:creator>Ada Bo, Cy Do</dc:creator></item></channel></rss>"
    )
    (found,) = read_feed(feed.encode(), NOW).entries
    assert (found.kind, found.draft.abstract, found.draft.authors) == ("replace", "On boats.", ("Ada Bo", "Cy Do"))


def test_json_feeds_and_lists_of_other_makes_are_read() -> None:
    entry = {"id": "1", "url": "https://a.org/1", "title": "Boats", "content_html": f"<p>{TEXT}</p>"}
    entry |= {"date_published": "2026-11-24T10:00:00Z"}
    feed = {"title": "Harbour", "items": [entry | {"authors": [{"name": "Ada Bo"}]}, "noise", {"title": 7}]}
    batch = read_feed(json.dumps(feed).encode(), NOW)
    first, second = (found.draft for found in batch.entries)
    assert (batch.title, first.title, first.abstract, first.authors) == ("Harbour", "Boats", TEXT, ("Ada Bo",))
    assert (first.url, first.listed_at) == ("https://a.org/1", datetime(2026, 11, 24, 10, tzinfo=UTC))
    assert second.title == "7"

    note = {"id": "aVh9KRZdRk", "pdate": 1_752_000_000_000, "content": {"title": {"value": "Boats"}}}
    (paper,) = drafts(json.dumps({"notes": [note]}))
    assert (paper.ids, paper.published_at) == (("openreview:aVh9KRZdRk",), datetime(2025, 7, 8, 18, 40, tzinfo=UTC))

    preprint = {"title": "Boats", "doi": "10.1101/2026.11.22.469359", "authors": "Smith, J.; Doe, A.", "version": "2"}
    (paper,) = drafts(json.dumps({"collection": [preprint]}))
    assert (paper.ids, paper.authors, paper.version) == (("doi:10.1101/2026.11.22.469359",), ("J. Smith", "A. Doe"), 2)


FEEDS = [rss(item(), item("<pubDate>x</pubDate>")).encode(), json.dumps({"items": [{"title": "Boats"}]}).encode()]


@given(some.binary(max_size=300), some.integers(0, 600), some.sampled_from(FEEDS))
@example(b"", 0, b"<rss" + b" " * 70_000 + b"><item>")
@example(b'<?xml version="1.0" encoding="punycode"?><rss>\xff', 0, b"")
@example(b'{"items":' + b"[" * 100_000, 0, b"")
@example(b'{"items": [{"title": "a", "date_published": 1e400, "url": "http://["}]}', 0, b"")
@example(b"<rss><item><title>a</title><link>http://[</link><pubDate>0001-01-01</pubDate></item></rss>", 0, b"")
def test_no_bytes_raise_anything_but_trouble(noise: bytes, at: int, feed: bytes) -> None:
    for broken in (noise, feed[:at] + noise, feed[:at] + noise + feed[at:]):
        with suppress(SourceTrouble):
            assert isinstance(read_feed(broken, NOW), Batch)


MAINE = "Current Watches, Warnings and Advisories for Lincoln (MEC015) Maine Issued by the National Weather Service"


@needs_wire
@pytest.mark.parametrize(
    ("name", "entries", "title"),
    [
        ("arxiv-query-feed.rss.xml", 3, "JWST arXiv Feed (feed)"),
        ("blog-with-comments.rss.xml", 30, "Hacker News"),
        ("blog.atom.xml", 1, "Feedjira Blog"),
        ("elsevier-health-prism.rdf", 1, "The Journal of Pediatrics"),
        ("elsevier-sciencedirect.rss.xml", 36, "ScienceDirect Publication: Zoologischer Anzeiger"),
        ("google-alerts.atom.xml", 20, "Google Alert - Slack"),
        ("google-scholar-alert.xml", 10, 'Fwd: new intitle:"new species" - new results'),
        ("odd-spaces.atom.xml", 1, MAINE),
        ("ojs-journal.atom.xml", 10, "Entomologisk Tidskrift"),
        ("ojs-phytotaxa.xml", 7, "Phytotaxa"),
        ("oup.rss.xml", 5, "Botanical Journal of the Linnean Society Current Issue"),
        ("taylor-francis.rdf", 5, "tandf: Journal of Natural History: Table of Contents"),
        ("third-party-hf-weekly.rss.xml", 6, "Hugging Face Daily Papers"),
    ],
)  # fmt: skip
def test_real_feeds_are_read_whole(name: str, entries: int, title: str) -> None:
    batch = read_feed((WIRE / "feeds" / name).read_bytes(), NOW)
    assert (len(batch.entries), batch.skipped, batch.is_cut, batch.title) == (entries, (), False, title)
    assert len({found.draft.ids for found in batch.entries}) == entries
    for found in batch.entries:
        assert found.draft.title == found.draft.title.strip()
        assert "<" not in found.draft.title.replace("<3", "")
        assert found.draft.url.startswith("http")
        assert "elsevier-sciencedirect" in name or found.draft.listed_at


@needs_wire
@pytest.mark.parametrize(
    ("name", "paper_id", "author"),
    [
        ("elsevier-health-prism.rdf", "doi:10.1016/j.jpeds.2018.08.009", "Gbolahan Ajibola"),
        ("ojs-phytotaxa.xml", "doi:10.11646/phytotaxa.525.2.7", "KANGKAN PAGAG"),
        ("oup.rss.xml", "doi:10.1093/botlinnean/boab030", "García-Castaño J"),
        ("taylor-francis.rdf", "doi:10.1080/00222933.2021.1974594", "Charles S. Henry"),
        ("third-party-hf-weekly.rss.xml", "arxiv:2607.23802", "Qinsi Wang"),
        ("arxiv-query-feed.rss.xml", "arxiv:2608.20339", "Tiger Yu-Yang Hsiao"),
    ],
)
def test_real_papers_are_known_by_their_ids_and_authors(name: str, paper_id: str, author: str) -> None:
    first = read_feed((WIRE / "feeds" / name).read_bytes(), NOW).entries[0].draft
    assert (first.ids[0], first.authors[0]) == (paper_id, author)


@needs_wire
def test_real_lists_in_json_are_read() -> None:
    assert [paper.ids for paper in drafts((WIRE / "openreview/notes-v2.composed.json").read_bytes())] == [
        ("openreview:0JzWiigkUy",),
        ("openreview:0Qbwjd0fxB",),
    ]
    (paper,) = drafts((WIRE / "biorxiv/details.composed.json").read_bytes())
    assert (paper.ids, paper.version) == (("doi:10.1101/2021.11.22.469359",), 5)
    assert len(drafts((WIRE / "crossref/works-list-2.json").read_bytes())) == 2
