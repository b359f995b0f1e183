"""Which sources are read, as it follows from what channels follow, and what people call them."""

import re
from collections.abc import Sequence

from bot.errors import Refused
from bot.store.saving import FEED
from bot.store.sources import Wanted

ARXIV = "arxiv:"  # before a category
HUGGINGFACE = "huggingface"
SEMANTICSCHOLAR, CROSSREF = "semanticscholar", "crossref"
BACK_FILL = ("arxiv-api", "arxiv-oai")
USUAL = ("cs.AI", "cs.CL", "cs.CV", "cs.IR", "cs.LG")  # for topics and authors where nobody named a category

_CATEGORY = re.compile(r"[a-z]{2,}(?:-[a-z]{2,})*(?:\.[A-Za-z-]{2,})?")
_TITLES = {
    HUGGINGFACE: "Hugging Face's daily list",
    SEMANTICSCHOLAR: "Semantic Scholar",
    CROSSREF: "Crossref",
    BACK_FILL[0]: "arXiv's API",
    BACK_FILL[1]: "arXiv's OAI-PMH",
}
_SHORT = {"hf": HUGGINGFACE, "s2": SEMANTICSCHOLAR}


def plan(wanted: Wanted, own: Sequence[str], fillers: Sequence[str]) -> tuple[str, ...]:
    """The sources by name: the arXiv categories, Hugging Face's list, the feeds, and what fills gaps."""
    lists = [f"{ARXIV}{category}" for category in categories(wanted, own)]
    feeds = [f"{FEED}{url}" for url in wanted.feeds]
    return (*lists, HUGGINGFACE, *feeds, *fillers)


def categories(wanted: Wanted, own: Sequence[str]) -> tuple[str, ...]:
    """The arXiv categories that channels follow or keep to, and the operator's own; the usual ones where none is."""
    named = [category for category in (*own, *wanted.categories) if _CATEGORY.fullmatch(category)]
    return tuple(dict.fromkeys(named)) or (USUAL if wanted.has_words else ())


def chosen(sources: Sequence[str], only: str) -> tuple[str, ...]:
    """Those that somebody names: one, or all of a kind (`arxiv`, `feed`). Raises Refused for what is no source."""
    if not only:
        return tuple(sources)
    name = _SHORT.get(only, only)
    if found := tuple(source for source in sources if source == name or source.startswith(f"{name}:")):
        return found
    if name.startswith(ARXIV) and _CATEGORY.fullmatch(name.removeprefix(ARXIV)):
        return (name,)
    there = ", ".join(["arxiv", *sources]) if sources else "arxiv:cs.IR, huggingface"
    raise Refused(f"There is no source “{only}” here.", f"Try one of {there}.")


def title_of(source: str) -> str:
    """What people call a source: `arXiv's cs.IR list`; a feed by its address until it has told its title."""
    if source.startswith(ARXIV):
        return f"arXiv's {source.removeprefix(ARXIV)} list"
    return _TITLES.get(source, source.removeprefix(FEED))


def listed(text: str) -> tuple[str, ...]:
    """The words of a setting with commas."""
    return tuple(filter(None, (word.strip() for word in text.split(","))))


def fillers(text: str) -> tuple[str, ...]:
    """What fills gaps, as the operator set it. Raises Refused for what does not."""
    names = tuple(_SHORT.get(name, name) for name in listed(text.casefold()))
    for name in names:
        if name not in (SEMANTICSCHOLAR, CROSSREF):
            raise Refused(f"PAPER_ROUND_ENRICH can't be “{name}”.", "It is semanticscholar, crossref, or both.")
    return names
