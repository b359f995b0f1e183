"""From what somebody keeps to what they may want to follow."""

from datetime import UTC, datetime

import pytest

from bot.cards import Listing, Reply
from bot.errors import Refused
from bot.sources import leads
from tests.conftest import SHARED, Chat, notice_in, text_of, titles_in
from tests.papers import a_paper, others, recommenders

NOW = datetime(2026, 11, 24, tzinfo=UTC)

BIBTEX = """
@article{a, title = {Denoising Implicit Feedback for Recommendation}, author = {Wang, Wenjie and Feng, Fuli},
  keywords = {recommender systems, implicit feedback}, eprint = {2006.04153}, archiveprefix = {arXiv}}
@article{b, title = {Cold Start with Implicit Feedback}, author = {Feng, Fuli and Hopper, Grace},
  keywords = {Recommender Systems; cold start}}
@article{c, title = {Robots that Grasp}, author = {Hopper, Grace}}
"""

OPML = """<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0"><head><title>Feeds</title></head><body><outline text="Journals">
  <outline text="Shallow Waters" title="Shallow &amp; Deep Waters" type="rss" xmlUrl="https://example.org/waters.xml"/>
  <outline text="again" xmlUrl="https://example.org/waters.xml"/>
  <outline text="plain" xmlUrl="http://example.org/plain.xml"/><outline text="no feed"/>
</outline></body></opml>"""

RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:z="http://www.zotero.org/namespaces/export#"
 xmlns:bib="http://purl.org/net/biblio#" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:foaf="http://xmlns.com/foaf/0.1/">
 <bib:Article rdf:about="#item_1"><dc:title>Kelp in Cold Water</dc:title><dc:identifier>DOI 10.1000/kelp</dc:identifier>
  <bib:authors><rdf:Seq><rdf:li><foaf:Person><foaf:surname>Lovelace</foaf:surname><foaf:givenName>Ada</foaf:givenName>
  </foaf:Person></rdf:li></rdf:Seq></bib:authors><dc:subject>kelp forests</dc:subject>
  <dc:subject><z:AutomaticTag><rdf:value>Computer Science - Marine Life</rdf:value></z:AutomaticTag></dc:subject>
 </bib:Article>
 <z:Attachment rdf:about="#item_2"><dc:title>PDF</dc:title></z:Attachment>
</rdf:RDF>"""

CSV = """\ufeff"Key","Item Type","Publication Year","Author","Title","DOI","Url","Manual Tags"
"A1","journalArticle","2024","Lovelace, Ada; Hopper, G.","Kelp, ""Cold"" & Deep","10.1000/kelp","","kelp forests; cs.IR"
"A2","attachment","","","","","",""
"""


def buttons(reply: Reply) -> list[str]:
    return [one.label for card in reply.cards if isinstance(card, Listing) for one in card.actions]


@pytest.fixture(autouse=True)
async def papers(chat: Chat) -> None:
    await chat.publish(*recommenders(), *others())


async def test_a_library_speaks_for_topics_authors_and_papers_to_be_alike(chat: Chat) -> None:
    text = "A recommender system that drops noisy clicks of users on items."
    await chat.publish(a_paper("Denoising Implicit Feedback for Recommendation", text, ids=("arxiv:2006.04153",)))
    proposed = await chat.say(f"/papers propose {BIBTEX}")
    assert titles_in(proposed) == [
        "recommender systems", "implicit feedback", "cold start", 'author:"Fuli Feng"', 'author:"Grace Hopper"',
        "Papers like 1 of these",
    ]  # fmt: skip
    assert "Nothing is followed yet. 2 of the papers are not stored" in text_of(proposed)
    assert "No follows here yet" in text_of(await chat.say("/papers list"))
    assert proposed.announce is None
    await chat.press(proposed, "Follow these")
    assert len(titles_in(await chat.say("/papers list"))) == 5
    assert titles_in(await chat.say(f"/papers propose {BIBTEX}")) == ["Papers like 1 of these"]


async def test_each_proposal_has_its_own_button(chat: Chat) -> None:
    listed = (await chat.say(f"/papers propose {BIBTEX}")).cards[0]
    assert isinstance(listed, Listing)
    by_label = {one.label: one for row in listed.rows for one in row.actions}
    action = by_label['Follow author:"Fuli Feng"']
    await chat.say(action.said)
    assert titles_in(await chat.say("/papers list")) == ['author:"Fuli Feng"']


async def test_ids_speak_for_the_stored_papers_that_they_name(chat: Chat) -> None:
    text = "A recommender system for users and items."
    for n, subject in enumerate(("Denoising Implicit Feedback", "Reweighing Implicit Feedback"), start=1):
        await chat.publish(a_paper(subject, text, ids=(f"arxiv:2006.0415{n}",), authors=("Fuli Feng",)))
    proposed = await chat.say("/papers propose 2006.04151\nhttps://arxiv.org/abs/2006.04152v2\n2401.99999")
    assert titles_in(proposed)[-1] == "Papers like 2 of these"
    assert "1 of the papers are not stored" in text_of(proposed)
    listed = proposed.cards[0]
    assert isinstance(listed, Listing)
    await chat.say(listed.rows[-1].actions[0].said)
    assert titles_in(await chat.say("/papers list")) == ["like:2006.04151", "like:2006.04152"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "/papers propose needs a BibTeX, RIS, CSV, RDF or OPML, or ids of papers, pasted. Try /papers propose"),
        ("I like recommender systems", "That text is no list of papers that I know."),
        ("🎉", "That text is no list of papers that I know."),
        ("2401.99999", "That text speaks for nothing that could be followed here."),
        ("<opml><body></body></opml>", "That text speaks for nothing that could be followed here."),
        ("<opml><body>", "That text is no well-formed XML."),
        ('<!DOCTYPE o [<!ENTITY a "b">]><opml>&a;</opml>', "This XML declares a document type"),
    ],
)
async def test_what_speaks_for_nothing_says_so(chat: Chat, typed: str, said: str) -> None:
    reply = await chat.say(f"/papers propose {typed}")
    assert (reply.outcome, notice_in(reply)[: len(said)]) == ("refused", said)


def test_feeds_of_an_opml_are_https_and_each_once() -> None:
    assert leads.read(OPML.encode(), "x", NOW).feeds == (
        leads.Feed("Shallow & Deep Waters", "https://example.org/waters.xml"),
    )


@pytest.mark.parametrize("text", [RDF, CSV], ids=["RDF", "CSV"])
def test_zotero_s_own_forms_are_read(text: str) -> None:
    told = leads.read(text.encode(), "x", NOW)
    (paper,) = told.papers
    assert paper.title.startswith("Kelp")
    assert paper.authors[0] == "Ada Lovelace"
    assert paper.ids == ("doi:10.1000/kelp",)
    assert told.keywords[0] == "kelp forests"
    assert "cs.IR" not in told.keywords


def test_what_is_too_large_or_declares_entities_is_refused() -> None:
    bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + RDF.replace("Kelp", "&b;")
    for data in (bomb.encode(), bomb.encode("utf-16"), b"x" * (leads.MOST_BYTES + 1), (OPML[:-7] * 12_000).encode()):
        with pytest.raises(Refused):
            leads.read(data, "x", NOW)


@pytest.mark.skipif(not (SHARED / "data").is_dir(), reason="the real exports lie beside the project")
@pytest.mark.parametrize("name", ["openreview.bib", "zotero-tests.bib", "zotero-tests.ris"])
async def test_real_exports_speak_for_something(chat: Chat, name: str) -> None:
    data = (SHARED / "data" / "wire" / "refs" / name).read_bytes()
    proposed = await chat.service.propose(chat.channel, data, name)
    assert proposed.outcome == "answered"
    assert titles_in(proposed)
