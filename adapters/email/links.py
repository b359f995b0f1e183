"""The links in a mail: what can be pressed, signed; and the short one that ends it all."""

import json
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from bot.adapter import mailed_to
from bot.cards import Action
from bot.web.signing import Signer

_PRESS = "mail action"
_STOP = "mail unsubscribe"
_VISITOR = "mail visitor"


@dataclass(frozen=True, slots=True)
class Press:
    """What a link says: the address that it was mailed to, and what is to be done for it."""

    address: str
    action: Action


class Links:
    """Makes links and reads them. base: the public address of the web server."""

    def __init__(self, keys: str, base: str) -> None:
        self._signer = Signer(keys)
        self.base = base.rstrip("/")

    @property
    def is_private(self) -> bool:
        """Whether nobody on the way reads them: else no mail program may be told to press one by itself."""
        return urlsplit(self.base).scheme == "https"

    def press(self, address: str, action: Action, until: datetime) -> str:
        """Where the action is offered to whoever reads mail at the address."""
        return f"{self.base}/email/do/{self.token(address, action, until)}"

    def token(self, address: str, action: Action, until: datetime) -> str:
        said = [address, action.verb, action.target, action.label]
        return self._signer.token(_PRESS, json.dumps(said, ensure_ascii=False, separators=(",", ":")), until)

    def read(self, token: str, now: datetime) -> Press:
        """What the link says. Raises Refused where it is not ours, or too old."""
        address, verb, target, label = json.loads(self._signer.read(_PRESS, token, now))
        return Press(address, Action(label, verb, target))

    def visitor(self, network_address: str) -> str:
        """What somebody is known by who asks from there: nobody can tell the address from it."""
        return self._signer.name(_VISITOR, network_address)

    def stop_name(self, address: str) -> str:
        """22 letters that nobody can guess, always the same for an address."""
        return self._signer.name(_STOP, mailed_to(address).id)

    def stop(self, address: str) -> str:
        """Where mail to the address is ended: short enough for a header of one line."""
        return f"{self.base}/email/stop/{self.stop_name(address)}"
