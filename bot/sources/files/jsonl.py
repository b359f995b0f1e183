"""Our own form, one JSON object a paper, and Hugging Face's daily papers, whose rows are much the same."""

from bot.sources.dates import moment
from bot.sources.entry import Told, version_in
from bot.sources.names import names_in
from bot.sources.values import Row, objects_in, row_of, rows_of, text_of, texts_of


def paper(line: int, row: Row) -> Told:
    """A row of our own form; `summary`, `published` and other spellings of the same are understood."""
    url = text_of(row, "url", "link")
    names = [text_of(row, key) for key in ("id", "arxiv_id", "arxivId", "doi", "DOI")]
    return Told(
        line,
        title=text_of(row, "title"),
        abstract=text_of(row, "abstract", "summary"),
        authors=_authors(row),
        names=[*names, *texts_of(row, "ids"), *_outside_ids(row)],
        url=url,
        categories=_categories(row),
        published=text_of(row, "date", "published", "published_at", "publishedAt", "publicationDate", "year"),
        updated=text_of(row, "updated", "updated_at"),
        listed=text_of(row, "feed_date", "announced", "listed_at"),
        version=version_in(text_of(row, "id")) or version_in(url),
        venue=text_of(row, "venue"),
        links=_links(row),
        upvotes=row.get("upvotes"),
        comments=row.get("comments"),
    )


def daily_paper(line: int, row: Row) -> Told:
    """An item of Hugging Face's daily papers: listed on the day it was submitted there."""
    told = row_of(row, "paper")
    listed = moment(text_of(told, "submittedOnDailyAt") or text_of(row, "publishedAt"))
    person = row_of(row, "submittedBy") or row_of(told, "submittedOnDailyBy")
    links = [("Code", text_of(told, "githubRepo")), ("Project", text_of(told, "projectPage"))]
    return Told(
        line,
        title=text_of(told, "title") or text_of(row, "title"),
        abstract=text_of(told, "summary") or text_of(row, "summary"),
        authors=[text_of(author, "name") for author in rows_of(told, "authors")],
        names=[text_of(told, "id")],
        published=text_of(told, "publishedAt"),
        listed=listed.date().isoformat() if listed else "",
        links=links,
        upvotes=told.get("upvotes"),
        comments=row.get("numComments"),
        submitter=text_of(person, "fullname", "name", "user"),
    )


def _authors(row: Row) -> list[str]:
    value = row.get("authors")
    if isinstance(value, str):
        return names_in(value)
    return texts_of(row, "authors") or [text_of(author, "name") for author in rows_of(row, "authors")]


def _categories(row: Row) -> list[str]:
    value = row.get("categories")
    return value.replace(",", " ").split() if isinstance(value, str) else texts_of(row, "categories")


def _outside_ids(row: Row) -> list[str]:
    """The ids in Semantic Scholar's `externalIds`."""
    return [text_of(row_of(row, "externalIds"), key) for key in ("ArXiv", "DOI")]


def _links(row: Row) -> list[tuple[str, str]]:
    """Links as pairs, as objects with a label, or as one object from label to link."""
    value = row.get("links")
    if isinstance(value, dict):
        return [(label, text_of(value, label)) for label in value]
    found = [(text_of(link, "label", "title"), text_of(link, "url", "href")) for link in objects_in(value)]
    pairs = [pair for pair in value if isinstance(pair, list) and len(pair) == 2] if isinstance(value, list) else []
    return found + [(label, link) for label, link in pairs if isinstance(label, str) and isinstance(link, str)]
