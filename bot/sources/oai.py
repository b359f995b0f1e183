"""arXiv's OAI-PMH, for months of papers at a time: what to ask for, and a page of records."""

import re
from dataclasses import replace
from datetime import date, datetime
from urllib.parse import urlencode

from bot.errors import SourceTrouble
from bot.model import Draft
from bot.sources import batch, shape
from bot.sources.announcements import announcement_of
from bot.sources.arxiv import month_of
from bot.sources.batch import Batch
from bot.sources.elements import Declares, Fields, cut, parsed
from bot.sources.entry import Skipped, Told
from bot.sources.names import given_first_in
from bot.sources.pieces import EndsEarly, Piece, pieces
from bot.sources.withdrawal import is_withdrawn

PREFIX = "arXivRaw"  # the form with all versions and their dates

_PHYSICS = re.compile(r"(?:astro-ph|cond-mat|gr-qc|hep-|math-ph|nlin|nucl-|physics|quant-ph)")
_ROOT, _NAMES = "OAI-PMH", "record|error|resumptionToken"


class TokenExpired(SourceTrouble):
    """The page that was asked for is no longer kept: begin again from the date."""


def url_since(base: str, since: date, until: date | None = None, category: str = "") -> str:
    """Where to ask for what changed from `since` to `until`, both days included, in a category or everywhere."""
    asked = {"verb": "ListRecords", "metadataPrefix": PREFIX, "from": since.isoformat()}
    asked |= {"until": until.isoformat()} if until else {}
    return f"{base}?{urlencode(asked | ({'set': set_of(category)} if category else {}))}"


def url_of_page(base: str, token: str) -> str:
    """Where to ask for the next page. token: a `next_page`."""
    return f"{base}?{urlencode({'verb': 'ListRecords', 'resumptionToken': token})}"


def set_of(category: str) -> str:
    """arXiv's set of a category: `cs:cs:IR`, `physics:hep-th`, `physics:astro-ph:GA`; `cs` is a set of its own."""
    archive, _, subject = category.partition(".")
    group = "physics" if _PHYSICS.match(archive) else archive
    if archive == group and not subject:
        return group
    return ":".join(filter(None, (group, archive, subject)))


def read_records(body: bytes, now: datetime) -> Batch:
    """A page of records, each listed when its first version can have been announced; the deleted ones are skipped.

    None that match is an empty page with a total of 0. Raises TokenExpired, and SourceTrouble for all else that is
    no page of records. now: aware UTC.
    """
    shape.check_xml(body, _ROOT)
    told: list[Told | Skipped] = []
    token, total, is_cut = "", None, False
    root = ""
    try:
        for part in cut(pieces(iter([body])), _ROOT, _NAMES):
            if not root:
                root = part.text
            elif part.text.startswith("<record"):
                told.append(_told(part, root))
            elif part.text.startswith("<error"):
                _check(part.text)
                total = 0
            else:
                token, total = _page_after(part, root)
    except EndsEarly as err:
        if not told:
            raise SourceTrouble(shape.ENDS_EARLY) from err
        is_cut = True
    except Declares as err:
        raise SourceTrouble(shape.DECLARES) from err
    kept, skipped = batch.sorted_out(told)
    entries = tuple(batch.Entry(_listed(draft, now)) for _, draft in kept)
    return Batch(entries, tuple(skipped), next_page=token, total=total, is_cut=is_cut)


def _check(error: str) -> None:
    """Raises what the error is worth: nothing for an empty span of days."""
    code = re.search(r"""code\s*=\s*["'](\w+)""", error)
    match code[1] if code else "":
        case "noRecordsMatch":
            return
        case "badResumptionToken":
            raise TokenExpired("it no longer keeps this page of its answer")
        case said:
            raise SourceTrouble(f"it answered “{said or 'error'}”")


def _page_after(part: Piece, root: str) -> tuple[str, int | None]:
    element = parsed(part.text, root)
    if element is None:
        return "", None
    size = element.get("completeListSize", "")
    return (element.text or "").strip(), int(size) if re.fullmatch(r"\d{1,9}", size, re.ASCII) else None


def _told(part: Piece, root: str) -> Told | Skipped:
    fields = None if part.fault else Fields.inside(part.text, root)
    if fields is None:
        return Skipped(part.line, part.fault or "not well-formed XML")
    header = fields.within("header")
    name = header.text("identifier").removeprefix("oai:arXiv.org:")
    if any(element.get("status") == "deleted" for element in fields.all("header")):
        return Skipped(part.line, f"{name} was deleted at the source")
    paper = next((Fields(form) for form in fields.within("metadata").every()), Fields(()))
    versions = [Fields(version) for version in paper.all("version")]
    comments = paper.text("comments")
    return Told(
        part.line,
        title=paper.text("title"),
        abstract=paper.text("abstract"),
        authors=_authors(paper),
        names=[f"arXiv:{paper.text('id') or name}", *paper.texts("doi")],
        url=f"https://arxiv.org/abs/{paper.text('id') or name}",
        categories=paper.text("categories").split(),
        published=versions[0].text("date") if versions else paper.text("created"),
        updated=versions[-1].text("date") if versions else paper.text("updated"),
        version=len(versions),
        venue=paper.text("journal-ref"),
        withdrawn=is_withdrawn(paper.text("abstract"), comments),
    )


def _authors(paper: Fields) -> list[str]:
    """The names of `arXiv`'s form, in parts, or those of `arXivRaw`'s one string."""
    people = [Fields(author) for authors in paper.all("authors") for author in authors]
    if people:
        return [" ".join(filter(None, map(person.text, ("forenames", "keyname", "suffix")))) for person in people]
    return given_first_in(paper.text("authors"))


def _listed(draft: Draft, now: datetime) -> Draft:
    """Listed when its first version can have been announced, or in the month of its id."""
    if draft.published_at:
        return replace(draft, listed_at=min(announcement_of(draft.published_at), now))
    return replace(draft, listed_at=next(filter(None, map(month_of, draft.ids)), None))
