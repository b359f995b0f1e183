"""Papers as references for other programs: BibTeX, RIS, CSL-JSON, CSV."""

import csv
import io
import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from types import MappingProxyType
from urllib.parse import quote

from bot import identity
from bot.model import Paper
from bot.text import one_line


@dataclass(frozen=True, slots=True)
class Format:
    """A file that other programs read: how its name ends (`bib`), and what a web server calls it."""

    ending: str
    media_type: str


FORMATS: Mapping[str, Format] = {
    "bibtex": Format("bib", "application/x-bibtex"),
    "ris": Format("ris", "application/x-research-info-systems"),
    "csv": Format("csv", "text/csv"),
    "json": Format("json", "application/vnd.citationstyles.csl+json"),
}
_NO_NOTES: Mapping[str, str] = MappingProxyType({})

_COLUMNS = ("key", "title", "authors", "year", "date", "venue", "id", "doi", "url", "categories", "abstract", "note")
_ARXIV_CLASS = re.compile(r"[a-z-]{2,}(?:\.[A-Za-z-]{2,})?")
_MEETING = re.compile(
    r"\b(?:proceedings|proc\.|conference|workshop|symposium|meeting|congress"
    r"|AAAI|ACL|AISTATS|CHI|CIKM|COLING|COLM|COLT|CoRL|CVPR|EACL|ECCV|ECIR|EMNLP|FAccT|ICASSP|ICCV|ICLR|ICML|ICRA|IJCAI"
    r"|INTERSPEECH|IROS|KDD|MICCAI|NAACL|NeurIPS|NIPS|RecSys|RSS|SIGIR|SIGMOD|SODA|STOC|UAI|VLDB|WACV|WSDM|WWW|3DV)\b",
    re.IGNORECASE,
)

_PARTICLE = re.compile(r"v[ao]n|vom|zu[mr]?|d[eiu]|d[eo]s|da|das|do|de[rnl]|della|l[ae]|te[nr]|bin|ibn|[ae]l|a[fv]")
_SUFFIX = re.compile(r"[js]r\.?|II|III|IV", re.IGNORECASE)
_GROUP = re.compile(r"(?i)\b(?:team|group|collaboration|consortium|project|university|institute|community)\b")
_EAST_ASIAN = re.compile("[\u3005\u3007\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff·・ ]+")
_UNFOLDED = dict(zip(map(ord, "ßæœøłđðþı"), ("ss", "ae", "oe", "o", "l", "d", "d", "th", "i"), strict=True))
_SLIGHT = re.compile(  # words that tell no title from another
    "an?|the|o[nfr]|in|for|to|and|with|without|from|by|via|a[ts]|is|are|do|does|can|how|what|why|when|where|towards?"
    "|into|using|it"
)

_SIGNS = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
_BRACES = {"{": r"$\lbrace$", "}": r"$\rbrace$"}  # not `\{`: BibTeX counts it as a brace, and wants those in pairs
_ESCAPES = str.maketrans({**{sign: f"\\{sign}" for sign in "&%$#_"}, **_SIGNS, **_BRACES})
_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")


def write(papers: Sequence[Paper], format_name: str, notes: Mapping[str, str] = _NO_NOTES) -> str:
    """One file with `papers` in their order. format_name: one of FORMATS. notes: the person's own, by paper id."""
    references = [
        _Reference.of(paper, key, one_line(notes.get(paper.id, "")))
        for paper, key in zip(papers, citation_keys(papers), strict=True)
    ]
    writers = {"bibtex": _bibtex, "ris": _ris, "csv": _csv, "json": _json}
    return writers[format_name](references)


def citation_keys(papers: Sequence[Paper]) -> list[str]:
    """A key for each paper, such as `lovelace1843notes`, all different: clashes get a, b, c in order of id."""
    alike: dict[str, list[int]] = defaultdict(list)
    for place, paper in enumerate(papers):
        alike[_key(paper)].append(place)
    keys = {places[0]: key for key, places in alike.items() if len(places) == 1}
    taken = {key for key, places in alike.items() if len(places) == 1}
    for key, places in sorted(alike.items()):
        free = (key + _letters(number) for number in count() if key + _letters(number) not in taken)
        for place in sorted(places if len(places) > 1 else (), key=lambda place: (papers[place].id, place)):
            keys[place] = next(free)
            taken.add(keys[place])
    return [keys[place] for place in range(len(papers))]


def name_parts(name: str) -> tuple[str, str]:
    """Family and given name. A group, a single name and an East Asian name without a space are all family."""
    name = one_line(name)
    if "," in name.strip(","):
        family, *suffixes, given = (part.strip() for part in name.strip(",").split(","))
        return " ".join(filter(None, (family, *suffixes))), given
    words = name.strip(", ").split()
    if len(words) < 2 or _GROUP.search(name):
        return " ".join(words), ""
    if _EAST_ASIAN.fullmatch(name):
        return words[0], " ".join(words[1:])
    last = len(words) - (2 if len(words) > 2 and _SUFFIX.fullmatch(words[-1]) else 1)
    particles = (place for place in range(last) if _PARTICLE.fullmatch(words[place]))
    start = next(particles, last)
    return " ".join(words[start:]), " ".join(words[:start])


@dataclass(frozen=True, slots=True)
class _Reference:
    """What every format says of a paper; nothing where it is not known. Each value is one line."""

    key: str
    title: str
    authors: tuple[tuple[str, str], ...]  # (family, given)
    date: str  # 2024-03-05
    venue: str
    is_meeting: bool
    paper_id: str
    arxiv: str
    arxiv_class: str
    doi: str
    url: str
    categories: tuple[str, ...]
    abstract: str
    note: str

    @classmethod
    def of(cls, paper: Paper, key: str, note: str) -> "_Reference":
        places = (paper.url, *(url for _, url in paper.links))
        ids = (paper.id, *(found for place in places for found in identity.ids_in(place)))
        arxiv = next((identity.said(found) for found in ids if found.startswith("arxiv:")), "")
        first_class = paper.categories[0] if paper.categories else ""
        return cls(
            key=key,
            title=one_line(paper.title),
            authors=tuple(parts for author in paper.authors if any(parts := name_parts(author))),
            date=f"{paper.published_at:%Y-%m-%d}" if paper.published_at else "",
            venue=one_line(paper.venue),
            is_meeting=bool(_MEETING.search(paper.venue)),
            paper_id=one_line(paper.id),
            arxiv=arxiv,
            arxiv_class=first_class if arxiv and _ARXIV_CLASS.fullmatch(first_class) else "",
            doi=next((identity.said(found) for found in ids if found.startswith("doi:")), ""),
            url=one_line(paper.url or identity.link_of(paper.id)),
            categories=tuple(map(one_line, paper.categories)),
            abstract=one_line(paper.abstract),
            note=note,
        )

    @property
    def year(self) -> str:
        return self.date[:4]


def _key(paper: Paper) -> str:
    family, given = name_parts(paper.authors[0]) if paper.authors else ("", "")
    author = _folded(family if given else family.split(" ")[0]) or "anonymous"
    words = (_folded(word) for word in re.findall(r"[^\W_]+", paper.title))
    word = next((word for word in words if word and not _SLIGHT.fullmatch(word)), "")
    return f"{author}{paper.published_at.year if paper.published_at else ''}{word}"


def _folded(text: str) -> str:
    """Only the ASCII letters and digits of `text`, accents taken off, in lower case."""
    plain = unicodedata.normalize("NFKD", text.lower().translate(_UNFOLDED))
    return "".join(re.findall(r"[a-z0-9]+", plain.lower()))


def _letters(number: int) -> str:
    """a, b ... z, aa, ab ..."""
    return (_letters(number // 26 - 1) if number >= 26 else "") + chr(ord("a") + number % 26)


def _bibtex(references: Sequence[_Reference]) -> str:
    from bibtexparser.entrypoint import write_string  # 28 ms: only who exports pays
    from bibtexparser.library import Library
    from bibtexparser.middlewares import AddEnclosingMiddleware
    from bibtexparser.model import Block, Entry, Field

    entries: list[Block] = [
        Entry(_bibtex_type(ref), ref.key, [Field(name, value) for name, value in _bibtex_fields(ref) if value])
        for ref in references
    ]
    braces = AddEnclosingMiddleware(reuse_previous_enclosing=False, enclose_integers=True, default_enclosing="{")
    return write_string(Library(entries), unparse_stack=[braces])


def _bibtex_type(ref: _Reference) -> str:
    return "misc" if not ref.venue else "inproceedings" if ref.is_meeting else "article"


def _bibtex_fields(ref: _Reference) -> Iterator[tuple[str, str]]:
    yield "title", _with_capitals(ref.title)
    yield "author", " and ".join(_bibtex_name(*parts) for parts in ref.authors)
    yield "year", ref.year
    yield "month", str(int(ref.date[5:7] or 0) or "")
    yield "booktitle" if ref.is_meeting else "journal", ref.venue.translate(_ESCAPES)
    yield "eprint", ref.arxiv
    yield "archivePrefix", "arXiv" if ref.arxiv else ""
    yield "primaryClass", ref.arxiv_class
    yield "doi", _verbatim(ref.doi)
    yield "url", _verbatim(ref.url)
    yield "abstract", ref.abstract.translate(_ESCAPES)
    yield "annote", ref.note.translate(_ESCAPES)  # `note` would be printed in the list of references


def _with_capitals(title: str) -> str:
    """The escaped title, with braces round each word whose capitals a style would lower wrongly.

    That is a word with a capital inside (BERT, GPT-4); and any capital where the title is not in Title Case.
    """
    long_words = [word for word in _WORD.findall(title)[1:] if len(word) > 3]
    is_sentence = sum(word[0].islower() for word in long_words) * 2 > len(long_words)
    pieces, at = [], 0
    for word in _WORD.finditer(title):
        pieces.append(title[at : word.start()].translate(_ESCAPES))
        capitals = word.group() if is_sentence and word.start() else word.group()[1:]
        has_capital = capitals != capitals.lower()
        pieces.append(f"{{{word.group()}}}" if has_capital else word.group())
        at = word.end()
    return "".join(pieces) + title[at:].translate(_ESCAPES)


def _bibtex_name(family: str, given: str) -> str:
    """`Family, Given`; braces keep together what BibTeX would take apart: commas, the word and, a group's words."""
    if not given or not family:
        alone = (family or given).translate(_ESCAPES)
        return f"{{{alone}}}" if re.search(r"[\s,]|^others$", alone) else alone
    parts = (part.translate(_ESCAPES) for part in (family, given))
    return ", ".join(f"{{{part}}}" if re.search(r",|(?i:\band\b)", part) else part for part in parts)


def _verbatim(link: str) -> str:
    """A link as styles print it, letter by letter: escapes would show, so only what ends a field is encoded."""
    return re.sub(r"[{}\\\s]", lambda sign: quote(sign.group()), link)


def _ris(references: Sequence[_Reference]) -> str:
    """Written by hand: rispy numbers each entry and has no types, and all it would do is print a line a tag."""
    entries = ("".join(f"{tag}  - {value}\r\n" for tag, value in _ris_tags(ref)) for ref in references)
    return "\r\n".join(entries)


def _ris_tags(ref: _Reference) -> Iterator[tuple[str, str]]:
    yield "TY", "UNPB" if not ref.venue else "CONF" if ref.is_meeting else "JOUR"
    tags = [("ID", ref.key), ("TI", ref.title)]
    tags += [("AU", ", ".join(filter(None, parts))) for parts in ref.authors]
    tags += [("PY", ref.year), ("DA", ref.date.replace("-", "/")), ("T2", ref.venue)]
    tags += [("AN", ref.arxiv and f"arXiv:{ref.arxiv}"), ("DO", ref.doi), ("UR", ref.url)]
    tags += [("AB", ref.abstract), ("N1", ref.note), *(("KW", category) for category in ref.categories)]
    yield from ((tag, value) for tag, value in tags if value)
    yield "ER", ""


def _csv(references: Sequence[_Reference]) -> str:
    file = io.StringIO(newline="")
    table = csv.writer(file, quoting=csv.QUOTE_ALL)
    table.writerow(_COLUMNS)
    for ref in references:
        authors = "; ".join(_as_said(*parts) for parts in ref.authors)
        known = (ref.key, ref.title, authors, ref.year, ref.date, ref.venue, ref.paper_id, ref.doi, ref.url)
        table.writerow(map(_cell, (*known, ", ".join(ref.categories), ref.abstract, ref.note)))
    return file.getvalue()


def _as_said(family: str, given: str) -> str:
    parts = (family, given) if _EAST_ASIAN.fullmatch(family) else (given, family)
    return " ".join(filter(None, parts))


def _cell(text: str) -> str:
    """A value no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def _json(references: Sequence[_Reference]) -> str:
    return json.dumps([_csl(ref) for ref in references], ensure_ascii=False, indent=2) + "\n"


def _csl(ref: _Reference) -> dict[str, object]:
    item = {
        "id": ref.key,
        "type": "article" if not ref.venue else "paper-conference" if ref.is_meeting else "article-journal",
        "title": ref.title,
        "author": [
            {"family": family, "given": given} if given and family else {"literal": family or given}
            for family, given in ref.authors
        ],
        "issued": ref.date and {"date-parts": [[int(part) for part in ref.date.split("-")]]},
        "container-title": ref.venue,
        "publisher": "arXiv" if ref.arxiv and not ref.venue else "",
        "number": ref.arxiv and f"arXiv:{ref.arxiv}",
        "DOI": ref.doi,
        "URL": ref.url,
        "abstract": ref.abstract,
        "note": ref.note,
    }
    return {name: value for name, value in item.items() if value}
