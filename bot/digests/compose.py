"""From papers and follows to picks: a pure function between the store and the digest."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from bot import authors
from bot.digests.pool import Fitted, Pool
from bot.model import Filters, Follow, Group, Paper, Pick
from bot.picking.topics import Topic
from bot.picking.words import unaccented

if TYPE_CHECKING:
    from bot.picking.slate import Candidate
    from bot.picking.taste import Taste
    from bot.picking.vectors import Array, FloatArray


class Tally(NamedTuple):
    """By paper (pk): how warm it is by the one formula of `trending`; votes of the channel's people, against as -1."""

    heat: Mapping[int, float]
    liked: Mapping[int, int]


NO_VOTES = Tally({}, {})


@dataclass(frozen=True, slots=True)
class Weighed:
    """Papers against follows. scores[i][j]: follow i, paper j, 0..1, as the channel's taste sees it.

    plain: the same without the taste. ranks: by what papers over the bar are sorted. held_back: papers (pk) not to be
    chosen. tally: the votes that count beside the scores.
    """

    pool: Pool
    fitted: Sequence[Fitted]
    scores: "Sequence[FloatArray]"
    plain: "Sequence[FloatArray]"
    ranks: "Sequence[Array]"
    mutes: Sequence[Follow]
    held_back: Collection[int]
    tally: Tally
    _conditions: Sequence[Callable[[Paper], str]]
    _muted_by: dict[int, str] = field(default_factory=dict)

    def admits(self, i: int, j: int) -> bool:
        """Whether the filters of follow i and the mutes let paper j in. Reads the paper's text, so asked of few."""
        return not self.muted_by(j) and not self.left_out_by(i, j)

    def left_out_by(self, i: int, j: int) -> str:
        """The condition of follow i that leaves paper j out, as typed; empty if none does."""
        return self._conditions[i](self.pool.papers[j])

    def muted_by(self, j: int) -> str:
        """What rules paper j out everywhere; empty if nothing does."""
        if j not in self._muted_by:
            paper = self.pool.papers[j]
            self._muted_by[j] = next((mute.text for mute in self.mutes if _mutes(mute, paper)), "")
        return self._muted_by[j]

    def answers(self, j: int) -> list[int]:
        """The follows that paper j fits and that admit it."""
        from bot.picking.profile import BAR

        return [i for i, scores in enumerate(self.scores) if scores[j] >= BAR and self.admits(i, j)]


def weigh(
    pool: Pool,
    fitted: Sequence[Fitted],
    mutes: Sequence[Follow],
    held_back: Collection[int] = frozenset(),
    since: datetime | None = None,
    taste: "Taste | None" = None,
    tally: Tally = NO_VOTES,
) -> Weighed:
    """Every paper of the pool scored for every follow.

    since: what was listed before then answers only follows that were there already: following brings nothing old.
    taste: what the channel's reactions taught. It never brings what no follow knows, nor takes what a followed author
    wrote.
    """
    conditions = [_condition(one.follow) for one in fitted]
    if since:
        conditions = [_in_time(one.follow, since, other) for one, other in zip(fitted, conditions, strict=True)]
    plain = pool.foresee(fitted)
    if taste is None:
        return Weighed(pool, fitted, plain, plain, plain, mutes, held_back, tally, conditions)
    scores, ranks = _tasted(pool, fitted, plain, taste)
    return Weighed(pool, fitted, scores, plain, ranks, mutes, held_back, tally, conditions)


def _tasted(
    pool: Pool, fitted: Sequence[Fitted], plain: "Sequence[FloatArray]", taste: "Taste"
) -> "tuple[list[FloatArray], list[Array]]":
    from bot.picking.taste import order, scores

    found = pool.appeal(taste)
    seen = [
        known if one.follow.kind == "author" else scores(known, taste, found)
        for one, known in zip(fitted, plain, strict=True)
    ]
    return seen, [order(known, taste, found) for known in plain]


def picks(weighed: Weighed, found: Sequence["Candidate"], size: int) -> tuple[Pick, ...]:
    """The digest's picks among the candidates, best first, at most `size`; fewer, or none, where no more fits."""
    chosen = choose(weighed, found, size)
    place = weighed.pool.places
    return tuple(_pick(weighed, place[one.id]) for one in chosen)


def choose(weighed: Weighed, found: Sequence["Candidate"], size: int) -> "list[Candidate]":
    """The same as candidates, each with the follow that brings it."""
    from bot.picking import slate

    tops = {i: top for i, one in enumerate(weighed.fitted) if (top := one.follow.filters.top)}
    return slate.choose(found, size, weighed.pool.likeness, tops)


def candidates(weighed: Weighed) -> "list[Candidate]":
    """Every paper that a follow admits and scores over the bar, once a follow."""
    import numpy as np

    from bot.picking.profile import BAR
    from bot.picking.slate import Candidate

    pool, found = weighed.pool, []
    for i, (scores, ranks) in enumerate(zip(weighed.scores, weighed.ranks, strict=True)):
        by_author = weighed.fitted[i].follow.kind == "author"
        over = np.flatnonzero(scores >= BAR)
        for j, row, rank in zip(over.tolist(), pool.rows[over].tolist(), ranks[over].tolist(), strict=True):
            pk = pool.papers[j].pk
            if pk not in weighed.held_back and weighed.admits(i, j):
                candidate = Candidate(
                    id=pool.papers[j].id,
                    score=rank,
                    follow=i,
                    by_author=by_author,
                    listed=pool.listed[j],
                    row=row,
                    heat=weighed.tally.heat.get(pk, 0.0),
                    liked=weighed.tally.liked.get(pk, 0),
                )
                found.append(candidate)
    return found


def nearest(weighed: Weighed) -> Paper | None:
    """The paper that comes nearest to fitting, of those that could be chosen."""
    import numpy as np

    best, found = 0.0, None
    for i, scores in enumerate(weighed.scores):
        for j in np.argsort(-scores, kind="stable").tolist():
            paper = weighed.pool.papers[j]
            if scores[j] <= best:
                break
            if paper.pk not in weighed.held_back and weighed.admits(i, j):
                best, found = float(scores[j]), paper
                break
    return found


def _condition(follow: Follow) -> Callable[[Paper], str]:
    """The conditions of a follow: its filters, and the phrases in quotes that a topic's papers have to say."""
    if follow.kind != "topic" or '"' not in follow.text:
        return partial(left_out, follow.filters)
    topic = Topic.parse(follow.text)

    def unmet(paper: Paper) -> str:
        says_all = topic.admits(f"{paper.title}. {paper.abstract}")
        return left_out(follow.filters, paper) or ("" if says_all else follow.text)

    return unmet


def _in_time(follow: Follow, since: datetime, unmet: Callable[[Paper], str]) -> Callable[[Paper], str]:
    begun = min(since, follow.added_at or since)
    return lambda paper: unmet(paper) if paper.listed_at >= begun else "listed before it was followed"


def left_out(filters: Filters, paper: Paper) -> str:
    """The filter, as typed, that keeps the paper out of its follow; empty if none does.

    A paper needs any of the categories, any of the authors, and none of the words.
    """
    if filters.categories and not any(in_category(wanted, paper) for wanted in filters.categories):
        return str(Filters(categories=filters.categories))
    if filters.authors and not any(authors.any_same(wanted, paper.authors) for wanted in filters.authors):
        return str(Filters(authors=filters.authors))
    said = tuple(word for word in filters.words if says(paper, word))
    return str(Filters(words=said[:1])) if said else ""


def in_category(wanted: str, paper: Paper) -> bool:
    """`cs.IR` is itself; `cs` is all of its sections."""
    low = wanted.casefold()
    return any(known.casefold() == low or known.casefold().startswith(f"{low}.") for known in paper.categories)


def says(paper: Paper, words: str) -> bool:
    """Whether title or abstract has these words, as `holds` understands it."""
    return holds(f"{paper.title}\n{paper.abstract}", words)


def holds(text: str, words: str) -> bool:
    """Whether a text has these words, one after the other, in any case, with or without accents, one or several."""
    pattern = r"[\W_]+".join(re.escape(word) for word in re.findall(r"\w+", _singular(_folded(words))))
    end = r"(?:s|es)?" if pattern[-1:].isascii() else ""
    bounds = (r"(?<!\w)", rf"{end}(?!\w)") if pattern.isascii() else ("", "")
    return bool(pattern) and bool(re.search(bounds[0] + pattern + bounds[1], _folded(text)))


def _folded(text: str) -> str:
    return (text if text.isascii() else unaccented(text)).casefold()


def _singular(words: str) -> str:
    return words[:-1] if len(words) > 3 and words.endswith("s") and not words.endswith("ss") else words


def why_line(weighed: Weighed, place: int) -> str:
    """`recsys, GNN · "cold start", "user feedback" · cs.IR`: each follow that it answers, and what speaks for it."""
    from bot.picking.explain import why

    pool, row = weighed.pool, int(weighed.pool.rows[place])
    order = sorted(
        range(len(weighed.fitted)), key=lambda i: (weighed.fitted[i].follow.kind != "author", -weighed.scores[i][place])
    )
    answers = weighed.answers(place)
    names, phrases = [], list[str]()
    for i in [i for i in order if i in answers] or order[:1]:
        one = weighed.fitted[i]
        names.append(f"{one.follow.name}, whom you follow" if one.follow.kind == "author" else one.follow.name)
        if one.profile is not None and row >= 0:
            found = why(pool.index, one.profile, row, one.follow.text)
            phrases += [phrase for phrase in found if phrase not in phrases]
    said = ", ".join(f'"{phrase}"' for phrase in phrases[:3])
    return " · ".join(filter(None, (", ".join(names), said, ", ".join(pool.papers[place].categories[:1]))))


def _pick(weighed: Weighed, place: int) -> Pick:
    answers = weighed.answers(place)
    follows = [weighed.fitted[i].follow for i in answers]
    return Pick(
        weighed.pool.papers[place],
        max(float(weighed.scores[i][place]) for i in answers),
        tuple(follow.name for follow in follows),
        why_line(weighed, place),
        pings=tuple(dict.fromkeys(Group.of(kept).id for follow in follows for kept in follow.notify)),
    )


def _mutes(mute: Follow, paper: Paper) -> bool:
    """A muted author is that person; a muted word is what the paper says, its venue or category, or a whole name."""
    if name := mute.key.removeprefix("author:") if mute.key.startswith("author:") else "":
        return authors.any_same(name, paper.authors)
    if says(paper, mute.text) or holds(paper.venue, mute.text):
        return True
    is_name = " " in mute.key and authors.any_same(mute.key, paper.authors)
    return is_name or mute.key in (known.casefold() for known in (*paper.authors, *paper.categories))
