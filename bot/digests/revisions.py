"""A note to whoever saved a paper, when a newer version of it says something else."""

from collections.abc import Collection, Sequence
from datetime import datetime

from bot.digests.posting import person
from bot.digests.slots import opening
from bot.model import Paper
from bot.store import Store
from bot.text import human_list, plural, shorten
from bot.wallclock import local_day

TITLE = 100  # letters of a title in a note
MOST_NAMED = 5


async def tell_revisions(store: Store, platforms: Collection[str], now: datetime) -> int:
    """Tell each person of all that changed in one note, at most one a day; how many were told."""
    await store.revisions.settle()
    told = 0
    for user, papers in (await store.revisions.untold()).items():
        ref = person(user)
        if ref.platform not in platforms:
            continue
        channel = await store.channels.of(ref)
        if opening(channel, now) is None:
            slot = f"{local_day(now, channel.zone)} revisions"
            told += await store.revisions.tell(user, papers, channel, slot, note(papers), now)
    return told


def note(papers: Sequence[Paper]) -> str:
    """What a person reads."""
    names = [f"“{shorten(paper.title, TITLE)}” (v{paper.version})" for paper in papers]
    if len(papers) == 1:
        return f"A paper that you saved has a new version, with another title or abstract: {names[0]}."
    count = plural(len(papers), "paper")
    return f"{count} that you saved have new versions, with other titles or abstracts: {human_list(names, MOST_NAMED)}."
