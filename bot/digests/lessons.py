"""What a digest says of the votes before it: that they were heard, and what they taught."""

from datetime import datetime, timedelta

from bot.digests.selection import Selection
from bot.model import Channel
from bot.store import Store
from bot.store.votes import Reactions
from bot.text import human_join, plural

MONTH = 30  # days
ENOUGH = 5  # votes in a month, before anything is said
WORDS = 3  # named each way


async def lesson(store: Store, selection: Selection, channel: Channel, reactions: Reactions, now: datetime) -> str:
    """`Thanks: 12 votes this month. More: denoising. Less: surveys. /papers tune to change.`

    Empty where nobody has voted since the last digest, or too few have in a month.
    """
    if reactions.latest is None:
        return ""
    votes = await store.votes.count(channel, now - timedelta(days=MONTH))
    if votes < ENOUGH:
        return ""
    latest = await store.digests.latest(channel)
    if latest and reactions.latest <= latest.composed_at:
        return ""
    found = await selection.learned(channel)
    more = human_join((word for word, _ in found.more[:WORDS]), "and")
    less = human_join((word for word, _ in found.less[:WORDS]), "and")
    learned = [f"More: {more}." if more else "", f"Less: {less}." if less else ""]
    said = [f"Thanks: {plural(votes, 'vote')} this month.", *learned, "/papers tune to change." if any(learned) else ""]
    return " ".join(filter(None, said))
