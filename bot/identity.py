"""Every spelling of a paper's name, brought to one: arXiv ids, DOIs, OpenReview ids, links, titles."""

import hashlib
import re
import unicodedata
from urllib.parse import SplitResult, urlsplit

_ARCHIVES = (
    "acc-phys|adap-org|alg-geom|ao-sci|astro-ph|atom-ph|bayes-an|chao-dyn|chem-ph|cmp-lg|comp-gas|cond-mat|cs|dg-ga"
    "|econ|eess|funct-an|gr-qc|hep-ex|hep-lat|hep-ph|hep-th|math|math-ph|mtrl-th|nlin|nucl-ex|nucl-th|patt-sol"
    "|physics|plasm-ph|q-alg|q-bio|q-fin|quant-ph|solv-int|stat|supr-con"
)
_ARXIV = re.compile(
    r"(?<![\w/])(?:arxiv\s*[:.]\s*)?(?:"
    r"(?P<new>\d{2}(?:0[1-9]|1[0-2])\.\d{4,5})"
    rf"|(?P<old>(?:{_ARCHIVES})(?:\.[a-z]{{2}})?/\d{{7}})"
    r")(?:v(?P<version>\d{1,3}))?(?!\w|\.\d)",
    re.IGNORECASE,
)
_ARXIV_PATH = re.compile(r"/(?:abs|pdf|html|ps|e-print|format|papers|overview|resources|arxiv[:/])/?", re.IGNORECASE)
_PAPER_HOSTS = (
    "arxiv.org",
    "huggingface.co",
    "hf.co",
    "alphaxiv.org",
    "semanticscholar.org",
    "ar5iv.org",
    "scirate.com",
)
_DOI = re.compile(r"(?<![\w/.])10\.\d{4,9}/[^\s\"<>|]+", re.IGNORECASE)
_ARXIV_DOI = re.compile(r"^10\.48550/arxiv\.", re.IGNORECASE)
_REST = (
    r"(?:[^\s<>|\"'()\[\]]|\([^\s()]*\))+"  # of a link: brackets only in pairs, since markdown puts links in brackets
)
_LINK = re.compile(rf"(?:https?://|www\.){_REST}|(?<![\w@/.])(?:[a-z0-9-]+\.)+[a-z]{{2,}}/{_REST}", re.IGNORECASE)
_OPENREVIEW_ID = re.compile(r"(?<!\w)openreview:[\w-]{6,}", re.ASCII)
_OPENREVIEW = re.compile(r"[?&]id=([\w-]{6,})", re.ASCII)
_OWN = re.compile(r"(?<!\w)(?:title|url):[0-9a-f]{16}(?!\w)")  # what papers without an id of the world's are called
_KEY_MIN = 3  # letters: a shorter key ("a", "3d") says too little to name a paper


def ids_in(text: str) -> tuple[str, ...]:
    """The paper ids that `text` names, in order, each once: `arxiv:2403.01234`, `doi:10.1/x`, `openreview:abc`.

    Understands bare ids, versions, prefixes, DOIs and the links of arXiv, Hugging Face, alphaXiv, Semantic Scholar,
    OpenReview and doi.org; a link to anything else gives `url:<hash>`, as `url_id` makes it.
    """
    found: dict[str, None] = {}
    rest = text
    for match in _LINK.finditer(text):
        link = match.group().rstrip(".,;:!?")
        if (known := _id_of_link(link)) or "://" in link:
            found[known or url_id(link)] = None
            rest = rest.replace(match.group(), " ")
    for match in _DOI.finditer(rest):
        found[doi_id(match.group())] = None
        rest = rest.replace(match.group(), " ")
    for match in _ARXIV.finditer(rest):
        found[_arxiv_id(match)] = None
    found |= dict.fromkeys((*_OWN.findall(rest), *_OPENREVIEW_ID.findall(rest)))
    return tuple(found)


def is_only_ids(text: str) -> bool:
    """Whether nothing but an id or a link is left of `text`: then a title search would be beside the point."""
    rest = _DOI.sub(" ", _LINK.sub(" ", text))
    rest = _OPENREVIEW_ID.sub(" ", _OWN.sub(" ", _ARXIV.sub(" ", rest)))
    rest = re.sub(r"\[[a-z-]+(\.[A-Za-z-]+)?\]|\[[^\]]*\]\(|doi:?|arxiv:?", " ", rest, flags=re.IGNORECASE)
    return not re.search(r"\w", rest)


def arxiv_id(text: str) -> str | None:
    """The first arXiv id in `text` as `arxiv:2403.01234`, without its version."""
    return next((found for found in ids_in(text) if found.startswith("arxiv:")), None)


def doi_id(doi: str) -> str:
    """`doi:10.1000/x`, lower case (DOIs ignore case); arXiv's own DOIs become arXiv ids."""
    doi = doi.strip().rstrip(".,;:!?\"'")
    for closing, opening in (")(", "]["):
        while doi.endswith(closing) and doi.count(closing) > doi.count(opening):
            doi = doi[:-1]
    if _ARXIV_DOI.match(doi) and (match := _ARXIV.search(_ARXIV_DOI.sub("", doi))):
        return _arxiv_id(match)
    return f"doi:{doi.lower()}"


def url_id(url: str) -> str:
    """`url:<hash>` of a link, the same with or without scheme, `www.`, a last slash, tracking words or fragment."""
    parts = _parts(url)
    host = (parts.netloc.rsplit("@", 1)[-1]).lower().removeprefix("www.")
    query = "&".join(sorted(q for q in parts.query.split("&") if q and not q.lower().startswith(("utm_", "ref="))))
    return f"url:{_digest(host + parts.path.rstrip('/') + ('?' + query if query else ''))}"


def title_id(title: str) -> str:
    """The id of a paper of which only the title is known: `title:<hash of its key>`."""
    return f"title:{_digest(title_key(title))}"


def title_key(title: str) -> str:
    """Letters and digits of every script, folded and run together: what equal titles have in common."""
    folded = title
    if not title.isascii():
        folded = "".join(c for c in unicodedata.normalize("NFKD", title) if not unicodedata.combining(c))
    return "".join(re.findall(r"[^\W_]+", folded.casefold()))


def head_key(title: str) -> str:
    """The key of a name before a colon (`SAMWISE: ...`), or nothing where the title has none."""
    head, colon, _ = title.partition(":")
    key = title_key(head)
    return key if colon and len(head.split()) <= 6 and len(key) >= _KEY_MIN - 1 else ""


def link_of(paper_id: str) -> str:
    """The public page of an id, or nothing for one that names none."""
    scheme, _, rest = paper_id.partition(":")
    pages = {
        "arxiv": "https://arxiv.org/abs/",
        "doi": "https://doi.org/",
        "openreview": "https://openreview.net/forum?id=",
    }
    return pages[scheme] + rest if scheme in pages else ""


def said(paper_id: str) -> str:
    """An id as people write it: `2403.01234`, `10.1000/x`; a hash stays as it is."""
    scheme, _, rest = paper_id.partition(":")
    return rest if scheme in ("arxiv", "doi", "openreview") else paper_id


def _id_of_link(link: str) -> str | None:
    parts = _parts(link)
    host = parts.netloc.lower().removeprefix("www.")
    if host.endswith("openreview.net") and (match := _OPENREVIEW.search("?" + parts.query)):
        return f"openreview:{match.group(1)}"
    if host.endswith("doi.org") and (doi := _DOI.search(parts.path.removeprefix("/"))):
        return doi_id(doi.group())
    if host.endswith(_PAPER_HOSTS):
        path = re.sub(r"\.pdf$", "", _ARXIV_PATH.sub(" ", parts.path), flags=re.IGNORECASE).strip("/ ")
        if match := _ARXIV.search(path) or _ARXIV.search(path.rsplit("/", 1)[-1]):
            return _arxiv_id(match)
    return None


def _parts(link: str) -> SplitResult:
    try:
        return urlsplit(link if "://" in link else f"https://{link}")
    except ValueError:  # "http://([)": no address, but its letters still tell it from others
        return SplitResult("https", "", link, "", "")


def _arxiv_id(match: re.Match[str]) -> str:
    if new := match.group("new"):
        return f"arxiv:{new}"
    archive, _, number = match.group("old").lower().partition("/")
    return f"arxiv:{archive.split('.')[0]}/{number}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
