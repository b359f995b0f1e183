"""Links that only we can have made: signed with the operator's secret key, for one purpose, and good until a time."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime

from bot.errors import Refused

_MARK = 16  # bytes of a signature: 128 bits
_UNTIL = 5  # bytes of the seconds since 1970
_HEAD = _MARK + _UNTIL
LONGEST = 8_000  # characters of a token; what a server takes for an address is about as long


class Signer:
    """Signs with the first key and knows the marks of any: a new key is put before the old ones, with commas between.

    purpose: what a token is for; one that was made for something else is as good as forged. Raises Refused where there
    is no key.
    """

    def __init__(self, keys: str) -> None:
        self._keys = [_key(one.strip()) for one in keys.split(",") if one.strip()]
        if not self._keys:
            raise Refused(
                "PAPER_ROUND_SECRET_KEY is not set, so no link can be signed.", "Set it to a long random word."
            )

    def token(self, purpose: str, text: str, until: datetime) -> str:
        """A token that says `text`, for everybody who holds it to read, and is good until then."""
        said = int(until.timestamp()).to_bytes(_UNTIL, "big") + text.encode()
        return _letters(_mark(self._keys[0], purpose, said) + said)

    def read(self, purpose: str, token: str, now: datetime) -> str:
        """What the token says. Raises Refused where we did not make it for this purpose, or its time is over."""
        raw = _bytes(token)
        mark, said = raw[:_MARK], raw[_MARK:]
        is_ours = any(hmac.compare_digest(mark, _mark(key, purpose, said)) for key in self._keys)
        if len(raw) < _HEAD or not is_ours:
            raise Refused("This link is not one of ours, or a part of it is missing.", "Open it where you found it.")
        if int.from_bytes(said[:_UNTIL], "big") < now.timestamp():
            raise Refused("This link is too old.", "Open a newer one, or ask for it again.")
        return said[_UNTIL:].decode()

    def name(self, purpose: str, text: str) -> str:
        """22 letters that stand for `text`, always the same, which nobody else can make; they don't hold it."""
        return _letters(_mark(self._keys[0], purpose, text.encode()))

    def is_name(self, purpose: str, text: str, name: str) -> bool:
        """Whether these letters stand for `text`, by any of the keys."""
        mark = _bytes(name)
        return any(hmac.compare_digest(mark, _mark(key, purpose, text.encode())) for key in self._keys)


def _key(secret: str) -> bytes:
    return hashlib.sha256(b"paper round links\n" + secret.encode()).digest()


def _mark(key: bytes, purpose: str, said: bytes) -> bytes:
    return hmac.digest(key, f"{len(purpose)} {purpose}".encode() + said, "sha256")[:_MARK]


def _letters(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(letters: str) -> bytes:
    """What the letters hold; nothing where they are none of ours. Each value has one spelling only."""
    if len(letters) > LONGEST or not letters.isascii():
        return b""
    try:
        raw = urlsafe_b64decode(letters + "=" * (-len(letters) % 4))
    except ValueError:
        return b""
    return raw if _letters(raw) == letters else b""
