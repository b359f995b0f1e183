"""Why a paper was picked for a channel, or the one reason why it was not."""

from dataclasses import dataclass
from datetime import date

from bot.digests import compose
from bot.digests.compose import Weighed
from bot.text import day


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


def judge(weighed: Weighed, shown_on: date | None, *, is_in_pool: bool, size: int) -> Verdict:
    """On the first of the weighed papers; the others are those that it stands against."""
    import numpy as np

    from bot.picking.profile import BAR

    best = max(range(len(weighed.fitted)), key=lambda i: weighed.scores[i][0])
    follow, score = weighed.fitted[best].follow, float(weighed.scores[best][0])
    fits = bool(weighed.answers(0))
    sorted_by = weighed.ranks[best] if fits else weighed.scores[best]
    ahead = (sorted_by > sorted_by[0]) & (weighed.scores[best] >= min(score, BAR))
    rank = 1 + sum(weighed.admits(best, j) for j in np.flatnonzero(ahead).tolist())
    figures = f"ranked {rank:,} of {len(weighed.pool):,} for {follow.name}, score {score:.2f}, bar {BAR:.2f}"
    if shown_on:
        whynot = f"it was picked, and shown here on {day(shown_on)}."
    elif weighed.pool.papers[0].withdrawn:
        whynot = "it was withdrawn."
    elif mute := weighed.muted_by(0):
        whynot = f"muted here by “{mute}”. To show it: /papers unmute {mute}"
    elif score >= BAR and not fits:
        conditions = str(follow.filters) or follow.text
        whynot = f"it fits {follow.name} ({score:.2f}), but the filters of that follow leave it out: {conditions}."
    elif not fits and (plain := max(float(scores[0]) for scores in weighed.plain)) >= BAR:
        whynot = f"it fits by its words ({plain:.2f}), but votes here are against such papers ({score:.2f})."
    elif not fits:
        whynot = f"it fits nothing followed here: {figures}."
    elif not is_in_pool:
        whynot = "it fits, but it was listed before the papers that a digest looks at now."
    elif rank > size:
        whynot = f"others come before it: {figures}; a digest has {size}."
    else:
        whynot = f"nothing stands against it: {figures}. It can come with the next digest."
    return Verdict(fits, compose.why_line(weighed, 0) if fits else "", _reasons(weighed), whynot)


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
