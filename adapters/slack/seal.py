"""Tokens sealed with the operator's secret key before they are stored."""

import hashlib
from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken


class Seal:
    """Seals with the first key and opens with any: a new key is put before the old ones, with commas between."""

    def __init__(self, keys: str) -> None:
        self._boxes = [Fernet(_key(one.strip())) for one in keys.split(",") if one.strip()]
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


def _key(secret: str) -> bytes:
    return urlsafe_b64encode(hashlib.sha256(b"paper round slack tokens\n" + secret.encode()).digest())
