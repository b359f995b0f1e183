"""From papers and follows to picks: a pure function between the store and the digest."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from bot import authors
from bot.model import Filters, Follow, Group, Paper, Pick
from bot.picking.topics import Topic

if TYPE_CHECKING:
    from bot.picking import slate
    from bot.picking.profile import Profile
    from bot.picking.vectors import Index

_PLAIN = 0.6  # the score of a paper that answers a category or a venue: it fits by a fact, not by its words


@dataclass(frozen=True, slots=True)
class Fitted:
    """A follow ready to be matched: a topic's profile, or the rows of the paper that it wants the like of."""

    follow: Follow
    profile: "Profile | None" = None
    seeds: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Weighed:
    """Papers against follows. scores[i][j]: follow i, paper j, 0..1; admitted: the same, whether filters let it in."""

    papers: Sequence[Paper]
    fitted: Sequence[Fitted]
    scores: Sequence[Sequence[float]]
    admitted: Sequence[Sequence[bool]]
    rows: Sequence[int]  # of each paper in the index, -1 where it is not in
    muted_by: Mapping[int, str] = field(default_factory=dict)  # place of a paper -> what rules it out everywhere


def weigh(papers: Sequence[Paper], fitted: Sequence[Fitted], mutes: Sequence[Follow], index: "Index") -> Weighed:
    """Every paper scored for every follow."""
    row_of = {pk: row for row, pk in enumerate(index.pks.tolist())}
    rows = [row_of.get(paper.pk, -1) for paper in papers]
    muted = {j: mute.text for j, paper in enumerate(papers) for mute in mutes if _mutes(mute, paper)}
    scores = [_scores(one, papers, rows, index) for one in fitted]
    lets_in = [_condition(one.follow) for one in fitted]
    admitted = [[j not in muted and passes(paper) for j, paper in enumerate(papers)] for passes in lets_in]
    return Weighed(papers, fitted, scores, admitted, rows, muted)


def choose(weighed: Weighed, size: int, index: "Index") -> tuple[Pick, ...]:
    """The digest's picks, best first, at most `size`; fewer, or none, where no more fits."""
    from bot.picking import slate
    from bot.picking.similar import cosine

    tops = {i: top for i, one in enumerate(weighed.fitted) if (top := one.follow.filters.top)}
    chosen = slate.choose(candidates(weighed), size, partial(cosine, index), tops)
    place = {paper.pk: j for j, paper in enumerate(weighed.papers)}
    return tuple(_pick(weighed, place[found.pk], index) for found in chosen)


def candidates(weighed: Weighed) -> list["slate.Candidate"]:
    """Every paper that a follow admits and scores over the bar, once a follow."""
    from bot.picking import slate
    from bot.picking.profile import BAR

    return [
        slate.Candidate(
            pk=paper.pk,
            score=weighed.scores[i][j],
            follow=i,
            by_author=one.follow.kind == "author",
            listed=paper.listed_at.timestamp(),
            row=weighed.rows[j],
        )
        for i, one in enumerate(weighed.fitted)
        for j, paper in enumerate(weighed.papers)
        if weighed.admitted[i][j] and weighed.scores[i][j] >= BAR
    ]


def _condition(follow: Follow) -> Callable[[Paper], bool]:
    """The conditions of a follow: its filters, and the phrases in quotes that a topic's papers have to say."""
    if follow.kind != "topic" or '"' not in follow.text:
        return partial(admits, follow.filters)
    topic = Topic.parse(follow.text)
    return lambda paper: admits(follow.filters, paper) and topic.admits(f"{paper.title}. {paper.abstract}")


def admits(filters: Filters, paper: Paper) -> bool:
    """Whether a follow's own filters let the paper in: any category, any author, none of the words."""
    if filters.categories and not any(in_category(wanted, paper) for wanted in filters.categories):
        return False
    if filters.authors and not any(authors.any_same(wanted, paper.authors) for wanted in filters.authors):
        return False
    return not any(says(paper, word) for word in filters.words)


def in_category(wanted: str, paper: Paper) -> bool:
    """`cs.IR` is itself; `cs` is all of its sections."""
    low = wanted.casefold()
    return any(known.casefold() == low or known.casefold().startswith(f"{low}.") for known in paper.categories)


def says(paper: Paper, words: str) -> bool:
    """Whether title or abstract has these words, one after the other, in any case, singular or plural."""
    pattern = r"[\W_]+".join(re.escape(word) for word in re.findall(r"\w+", _singular(words.casefold())))
    end = r"(?:s|es)?" if pattern[-1:].isascii() else ""
    bounds = (r"(?<!\w)", rf"{end}(?!\w)") if pattern.isascii() else ("", "")
    return bool(pattern) and bool(
        re.search(bounds[0] + pattern + bounds[1], f"{paper.title}\n{paper.abstract}".casefold())
    )


def _singular(words: str) -> str:
    return words[:-1] if len(words) > 3 and words.endswith("s") and not words.endswith("ss") else words


def why_line(weighed: Weighed, place: int, index: "Index") -> str:
    """`recsys, GNN · "cold start", "user feedback" · cs.IR`: each follow that it answers, and what speaks for it."""
    from bot.picking.explain import why
    from bot.picking.profile import BAR

    order = sorted(
        range(len(weighed.fitted)), key=lambda i: (weighed.fitted[i].follow.kind != "author", -weighed.scores[i][place])
    )
    answered = [i for i in order if weighed.admitted[i][place] and weighed.scores[i][place] >= BAR] or order[:1]
    names, phrases = [], list[str]()
    for i in answered:
        one = weighed.fitted[i]
        names.append(f"{one.follow.name}, whom you follow" if one.follow.kind == "author" else one.follow.name)
        if one.profile is not None and weighed.rows[place] >= 0:
            found = why(index, one.profile, weighed.rows[place], one.follow.text)
            phrases += [phrase for phrase in found if phrase not in phrases]
    said = ", ".join(f'"{phrase}"' for phrase in phrases[:3])
    return " · ".join(filter(None, (", ".join(names), said, ", ".join(weighed.papers[place].categories[:1]))))


def _pick(weighed: Weighed, place: int, index: "Index") -> Pick:
    from bot.picking.profile import BAR

    best = max(
        (i for i in range(len(weighed.fitted)) if weighed.admitted[i][place]),
        key=lambda i: weighed.scores[i][place],
    )
    answered = [
        one.follow
        for i, one in enumerate(weighed.fitted)
        if weighed.admitted[i][place] and weighed.scores[i][place] >= BAR
    ]
    return Pick(
        weighed.papers[place],
        weighed.scores[best][place],
        tuple(follow.name for follow in answered),
        why_line(weighed, place, index),
        pings=tuple(dict.fromkeys(Group.of(kept).id for follow in answered for kept in follow.notify)),
    )


def _scores(one: Fitted, papers: Sequence[Paper], rows: Sequence[int], index: "Index") -> list[float]:
    follow = one.follow
    match follow.kind:
        case "author":
            return [float(authors.any_same(follow.text, paper.authors)) for paper in papers]
        case "category":
            return [_PLAIN * in_category(follow.text, paper) for paper in papers]
        case "venue":
            wanted = follow.text.casefold()
            return [_PLAIN * (wanted in paper.venue.casefold()) for paper in papers]
        case "topic" | "like":
            return _by_words(one, rows, index)
        case _:
            return [0.0] * len(papers)


def _by_words(one: Fitted, rows: Sequence[int], index: "Index") -> list[float]:
    import numpy as np

    from bot.picking.profile import BAR
    from bot.picking.ranker import score
    from bot.picking.similar import SIMILAR_BAR, similar

    known = [(place, row) for place, row in enumerate(rows) if row >= 0]
    found = [0.0] * len(rows)
    if not known or (one.profile is None and not one.seeds):
        return found
    places, of_index = zip(*known, strict=True)
    asked = np.asarray(of_index, np.int64)
    if one.profile is not None:
        values = score(index, one.profile, asked).tolist()
    else:
        alike = similar(index, np.asarray(one.seeds, np.int64), asked)
        values = np.minimum(1.0, alike * (BAR / SIMILAR_BAR)).tolist()
    for place, row, value in zip(places, of_index, values, strict=True):
        found[place] = 0.0 if row in one.seeds else float(value)
    return found


def _mutes(mute: Follow, paper: Paper) -> bool:
    """A muted author is that person; a muted word is what the paper says, or somebody's whole name."""
    if name := mute.key.removeprefix("author:") if mute.key.startswith("author:") else "":
        return authors.any_same(name, paper.authors)
    is_name = " " in mute.key and authors.any_same(mute.key, paper.authors)
    return says(paper, mute.text) or is_name or mute.key in (author.casefold() for author in paper.authors)
