"""Addresses of pages: those for everybody, and those that only who was given them can open."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from bot.errors import Refused
from bot.web.signing import Signer

_ARCHIVE, _OPERATOR = "archive", "operator"  # what links are signed for


@dataclass(frozen=True, slots=True)
class Links:
    """Makes addresses and knows its own again. url: where the web server is reached; keys: of a `Signer`.

    Secret links raise Refused where there is no key, or no web server.
    """

    url: str
    keys: str = ""

    def absolute(self, path: str) -> str:
        """The whole address of a path here."""
        if not self.url:
            raise Refused("The web page is off.", "Set PAPER_ROUND_HTTP to HOST:PORT.")
        return f"{self.url.rstrip('/')}{path}"

    def archive(self, name: str) -> str:
        """The secret link to a channel's digests, by the name that the channel has in it."""
        return self.absolute(f"/c/{name}.{Signer(self.keys).name(_ARCHIVE, name)}")

    def archive_name(self, token: str) -> str:
        """The name in a secret link to digests; nothing where we have not made it."""
        name, _, mark = token.partition(".")
        return name if self.keys and Signer(self.keys).is_name(_ARCHIVE, name, mark) else ""

    def operator(self, until: datetime) -> str:
        """The link to the operator's page, good until then."""
        return self.absolute(f"/operator/{Signer(self.keys).token(_OPERATOR, '', until)}")

    def is_operators(self, token: str, now: datetime) -> bool:
        """Whether the token opens the operator's page. Raises Refused for one that is too old or not ours."""
        if not self.keys:
            return False
        Signer(self.keys).read(_OPERATOR, token, now)
        return True


def paper_path(paper_id: str) -> str:
    """`/paper/arxiv:2403.01234`."""
    return f"/paper/{quote(paper_id, safe=':/')}"
