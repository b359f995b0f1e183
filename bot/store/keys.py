"""What messages are called on their platforms."""

import hashlib
from datetime import datetime

from bot.model import Channel


def delivery_key(channel: Channel, slot: str, composed_at: datetime, part: int) -> str:
    """What a message is called on its platform, the same whoever sends it: the digest's 20 letters, p and the part.

    Discord takes 25 letters.
    """
    named = (channel.platform, channel.workspace, channel.platform_id, slot, composed_at.isoformat())
    return f"{hashlib.sha256(chr(10).join(named).encode()).hexdigest()[:20]}p{part}"
