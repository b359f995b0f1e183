"""Why a paper was picked for a channel, or the one reason why it was not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from bot.digests import compose
from bot.digests.compose import Weighed
from bot.digests.meanings import meant_instead
from bot.model import Channel
from bot.text import day, plural, shorten

if TYPE_CHECKING:
    from bot.picking.slate import Candidate


@dataclass(frozen=True, slots=True)
class Reason:
    """A part of an explanation."""

    text: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a paper fits a channel's follows, why, and why it was not picked if it was not."""

    fits: bool
    why: str
    reasons: tuple[Reason, ...]
    whynot: str


def judge(weighed: Weighed, channel: Channel, shown_on: date | None, too_old_for: int | None) -> Verdict:
    """On the first of the weighed papers; the others are those that it stands against.

    too_old_for: how many days a digest looks back, where the paper was listed before.
    """
    paper, answers = weighed.pool.papers[0], weighed.answers(0)
    if shown_on:
        whynot = f"it was picked, and shown here on {day(shown_on)}."
    elif paper.withdrawn:
        whynot = "it was withdrawn."
    elif mute := weighed.muted_by(0):
        whynot = f"muted here by “{mute}”. To show it: /papers unmute {mute}"
    elif not answers:
        whynot = _misfit(weighed)
    elif too_old_for:
        listed = day(paper.listed_at.date())
        whynot = f"it fits, but it was listed on {listed}: a digest looks at the last {plural(too_old_for, 'day')}."
    else:
        whynot = _beaten(weighed, channel)
    return Verdict(bool(answers), compose.why_line(weighed, 0) if answers else "", _reasons(weighed), whynot)


def _misfit(weighed: Weighed) -> str:
    """Why the paper answers no follow."""
    from bot.picking.profile import BAR

    best = _best(weighed, range(len(weighed.fitted)))
    follow, score = weighed.fitted[best].follow, float(weighed.scores[best][0])
    if score >= BAR:
        return f"it fits {follow.name} ({score:.2f}), but that follow leaves it out: {weighed.left_out_by(best, 0)}."
    plain = max(float(scores[0]) for scores in weighed.plain)
    if plain >= BAR:
        return f"it fits by its words ({plain:.2f}), but votes here are against such papers ({score:.2f})."
    if weighed.pool.rows[0] < 0 and any(one.follow.kind in ("topic", "like") for one in weighed.fitted):
        held = plural(len(weighed.pool.index), "paper")
        return f"it is not in the picker's index, which holds the {held} listed last, so its words are not compared."
    return f"it fits nothing followed here: {_figures(weighed, best)}.{_doubt(weighed, best)}"


def _doubt(weighed: Weighed, i: int) -> str:
    """Of a follow that may be misspelt."""
    instead = meant_instead(weighed.pool.index, weighed.fitted[i])
    return f" Papers here hardly say {weighed.fitted[i].follow.name}: did you mean {instead}?" if instead else ""


def _beaten(weighed: Weighed, channel: Channel) -> str:
    """What keeps a paper that fits out of the next digest, if anything does."""
    from bot.picking.slate import ALIKE, rival

    found = compose.candidates(weighed)
    chosen = compose.choose(weighed, found, channel.size)
    own = sorted((one for one in found if one.id == weighed.pool.papers[0].id), key=lambda one: not one.by_author)
    best = _best(weighed, [one.follow for one in own])
    figures = _figures(weighed, best)
    if any(one.id == own[0].id for one in chosen):
        return _coming(weighed, channel, len(chosen), figures)

    if other := rival(own[0], chosen, weighed.pool.likeness):
        title = next(paper.title for paper in weighed.pool.papers if paper.id == other.id)
        alike = f"they are alike by {weighed.pool.likeness(own[0].row, other.row):.2f}, limit {ALIKE:.2f}"
        return f"it says nearly what “{shorten(title, 80)}” says, which comes before it: {alike}."
    if all(_is_used_up(weighed, one.follow, chosen) for one in own):
        return f"others come before it, and {_top(weighed, best)}: {figures}."
    shared = f", shared by {plural(len(weighed.fitted), 'follow')}" if len(weighed.fitted) > 1 else ""
    return f"others come before it: {figures}; a digest has {plural(channel.size, 'paper')}{shared}."


def _coming(weighed: Weighed, channel: Channel, count: int, figures: str) -> str:
    stored_at = weighed.pool.papers[0].stored_at
    began = [one.follow.added_at for one in weighed.fitted if one.follow.added_at]
    if stored_at < max(channel.looked_until or datetime.min.replace(tzinfo=UTC), min(began, default=stored_at)):
        came_in = "it came in before what the next digest looks at"
        return f"nothing stands against it now: {figures}; but {came_in}. /papers digest can bring it."
    if count < channel.least:
        return (
            f"it waits for others: {plural(count, 'paper')} of at least {channel.least} (min:{channel.least}). "
            "/papers digest brings it now."
        )
    return f"nothing stands against it: {figures}. It can come with the next digest."


def _is_used_up(weighed: Weighed, i: int, chosen: Sequence["Candidate"]) -> bool:
    top = weighed.fitted[i].follow.filters.top
    return top is not None and sum(one.follow == i for one in chosen) >= top


def _top(weighed: Weighed, i: int) -> str:
    follow = weighed.fitted[i].follow
    return f"{follow.name} gives at most {plural(follow.filters.top or 0, 'paper')} a digest (top:{follow.filters.top})"


def _best(weighed: Weighed, follows: Sequence[int]) -> int:
    """Of these follows the one that the paper fits best."""
    return max(follows, key=lambda i: weighed.scores[i][0])


def _figures(weighed: Weighed, i: int) -> str:
    """`ranked 14 of 612 for recsys, score 0.41, bar 0.50`: among all that stand above it and are admitted."""
    import numpy as np

    from bot.picking.profile import BAR

    score = float(weighed.scores[i][0])
    sorted_by = weighed.ranks[i] if score >= BAR else weighed.scores[i]
    ahead = (sorted_by > sorted_by[0]) & (weighed.scores[i] >= min(score, BAR))
    rank = 1 + sum(weighed.admits(i, j) for j in np.flatnonzero(ahead).tolist())
    name = weighed.fitted[i].follow.name
    return f"ranked {rank:,} of {len(weighed.pool):,} for {name}, score {score:.2f}, bar {BAR:.2f}"


def _reasons(weighed: Weighed) -> tuple[Reason, ...]:
    from bot.picking.explain import parts
    from bot.picking.profile import BAR

    row = int(weighed.pool.rows[0])
    found = []
    for i in weighed.answers(0):
        one, detail = weighed.fitted[i], ""
        if one.profile is not None and row >= 0:
            told = parts(weighed.pool.index, one.profile, row)
            terms = ", ".join(f"{term} {weight:.2f}" for term, weight in told.terms[:6])
            detail = f"its own words {told.phrase:.2f}, related words {told.related:.2f}: {terms}"
        score, plain = f"{weighed.scores[i][0]:.2f}", f"{weighed.plain[i][0]:.2f}"
        votes = f" ({plain} without the votes here)" if score != plain else ""
        found.append(Reason(f"{one.follow.name}: {score}{votes}, bar {BAR:.2f}", detail))
    return tuple(found)
