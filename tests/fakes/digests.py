"""Digests that are frozen and due, put into the store without a schedule."""

from datetime import datetime

from bot import tables
from bot.adapter import ChannelRef
from bot.model import Pick
from bot.service import utc_now
from bot.store import Store
from bot.store.keys import delivery_key
from tests.papers import a_paper


async def compose(
    store: Store, channel: str, *titles: str, parts: int = 1, slot: str = "", now: datetime | None = None,
    platform: str = "fake", workspace: str = "team", name: str = "",
) -> None:  # fmt: skip
    """A digest of papers of these titles, due now, in so many parts."""
    now = now or utc_now()
    place = await store.channels.of(ChannelRef(platform, workspace, channel, name or channel))
    await store.papers.save([a_paper(title) for title in titles], "test", now)
    papers = [paper for paper in await store.papers.listed_since(None) if paper.title in titles]
    papers.sort(key=lambda paper: titles.index(paper.title))
    picks = [Pick(paper, 0.9, ("recsys",), "recsys") for paper in papers]
    slot = slot or f"{now.date()} {titles[0]}"
    digest = await store.digests.add(place, slot, now.date(), picks, now, delivered=False)
    async with store.database.writing() as session:
        for part in range(1, parts):
            key = delivery_key(place, slot, now, part)
            session.add(
                tables.Delivery(
                    digest_pk=digest.pk, channel_pk=place.pk, platform=platform, part=part, key=key, due_at=now,
                    changed_at=now,
                )
            )  # fmt: skip
