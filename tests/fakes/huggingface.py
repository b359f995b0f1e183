"""Hugging Face's daily papers on this machine: a list a day, with votes of our own making."""

import json
from collections.abc import Sequence
from datetime import date

from bot import identity
from bot.model import Draft
from tests.fakes.web import Asked, FakeWeb, Scripted


class FakeHuggingFace:
    """Its lists are at /hf/daily_papers?date=DAY; a day without one is an empty list."""

    def __init__(self, web: FakeWeb) -> None:
        self._days: dict[str, str] = {}
        web.gives("/hf/daily_papers", self._answer)

    def lists(self, day: date, papers: Sequence[tuple[Draft, int]]) -> None:
        """The day's list from now on: papers with their votes."""
        self._days[f"{day}"] = json.dumps([_row(paper, votes, day) for paper, votes in papers])

    def _answer(self, asked: Asked) -> Scripted:
        return Scripted(self._days.get(asked.query["date"], "[]"), content_type="application/json")


def _row(paper: Draft, votes: int, day: date) -> dict[str, object]:
    told = {
        "id": identity.said(paper.ids[0]),
        "title": paper.title,
        "summary": paper.abstract,
        "authors": [{"name": author} for author in paper.authors],
        "upvotes": votes,
        "publishedAt": f"{day}T00:00:00.000Z",
    }
    return {"paper": told, "title": paper.title, "publishedAt": f"{day}T00:00:00.000Z", "numComments": 2}
