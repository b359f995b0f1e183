"""Where the sources are, which of them the operator chose, and how often each may be asked."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import NamedTuple

from yarl import URL

from bot.errors import Refused
from bot.settings import Settings
from bot.sources.addresses import host_of, is_loopback, origin_of, web_address

ARXIV = "arxiv.org"  # the gate of all its hosts together
ARXIV_GAP_SECONDS = 3.0  # its terms of use: one request in 3 s over one connection
GAP_SECONDS = 1.0  # Semantic Scholar's rate with a key, below Crossref's for lists; nobody minds it


class Pace(NamedTuple):
    """Which gate a request goes through, and how far apart two may begin there."""

    gate: str
    gap_seconds: float


@dataclass(frozen=True, slots=True)
class Sites:
    """The base URLs, without a slash at the end. What differs from here was set by the operator, who vouches for it."""

    arxiv_api: str = "https://export.arxiv.org/api/query"
    arxiv_rss: str = "https://rss.arxiv.org/rss"
    arxiv_oai: str = "https://oaipmh.arxiv.org/oai"
    huggingface: str = "https://huggingface.co/api"
    semanticscholar: str = "https://api.semanticscholar.org"
    crossref: str = "https://api.crossref.org"
    summaries: str = ""  # a language model's; none but the operator's

    @property
    def own_origins(self) -> frozenset[str]:
        return self._own(field.name for field in fields(self))

    def pace(self, url: URL) -> Pace:
        """arXiv's hosts and the operator's stand-ins for them share one gate; this machine needs no gaps."""
        gap = 0.0 if is_loopback(url) else None
        host = host_of(url)
        if host == ARXIV or host.endswith(f".{ARXIV}") or self._stands_in_for_arxiv(url):
            return Pace(ARXIV, ARXIV_GAP_SECONDS if gap is None else gap)
        return Pace(f"{host}:{url.port}", GAP_SECONDS if gap is None else gap)

    def _stands_in_for_arxiv(self, url: URL) -> bool:
        return origin_of(url) in self._own(("arxiv_api", "arxiv_rss", "arxiv_oai"))

    def _own(self, names: Iterable[str]) -> frozenset[str]:
        usual = Sites()
        said = ((getattr(self, name), getattr(usual, name)) for name in names)
        return frozenset(origin_of(URL(own)) for own, public in said if own != public)


def sites_from(settings: Settings) -> Sites:
    """The public sources, less those that the environment replaces. Raises Refused for what is no web address."""
    said = (
        ("arxiv_api", "ARXIV_API_URL", settings.arxiv_api_url),
        ("arxiv_rss", "ARXIV_RSS_URL", settings.arxiv_rss_url),
        ("arxiv_oai", "ARXIV_OAI_URL", settings.arxiv_oai_url),
        ("huggingface", "HF_API_URL", settings.hf_api_url),
        ("semanticscholar", "S2_API_URL", settings.s2_api_url),
        ("crossref", "CROSSREF_API_URL", settings.crossref_api_url),
        ("summaries", "SUMMARY_API_URL", settings.summary_api_url),
    )
    return Sites(**{name: _base(variable, url) for name, variable, url in said if url})


def _base(variable: str, url: str) -> str:
    try:
        return str(web_address(url)).rstrip("/")
    except Refused as err:
        advice = "Give one such as https://example.org/api, without a user name or password."
        raise Refused(f"{variable} can't be used. {err.wrong}", advice) from err
