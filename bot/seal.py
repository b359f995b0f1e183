"""Secrets of others, sealed with the operator's secret key before they are stored."""

import hashlib
import hmac
from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken


class Seal:
    """Seals with the first key and opens with any: a new key is put before the old ones, with commas between.

    purpose: what is sealed; what was sealed for something else stays closed.
    """

    def __init__(self, keys: str, purpose: str) -> None:
        self._keys = [_key(one.strip(), purpose) for one in keys.split(",") if one.strip()]
        self._boxes = [Fernet(urlsafe_b64encode(key)) for key in self._keys]
        if not self._boxes:
            raise ValueError("no key to seal with")

    def close(self, text: str) -> str:
        return self._boxes[0].encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """What was sealed; nothing where it was with a key that we do not have."""
        for box in self._boxes:
            try:
                return box.decrypt(sealed.encode()).decode()
            except InvalidToken:
                continue
        return ""

    def word(self, text: str) -> str:
        """A secret word that belongs to `text`, always the same under the first key: 40 letters and digits."""
        return hmac.new(self._keys[0], f"word\n{text}".encode(), hashlib.sha256).hexdigest()[:40]


def _key(secret: str, purpose: str) -> bytes:
    return hashlib.sha256(f"paper round {purpose}\n{secret}".encode()).digest()
