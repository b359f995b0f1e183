"""What somebody may want to follow, told by what they keep: topics in titles and keywords, authors who recur."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot import authors
from bot.model import Draft
from bot.picking.topics import canonical, known
from bot.picking.words import pieces, stem

MOST_TOPICS = 8
MOST_AUTHORS = 5
_FEW = 5  # papers, of which one is enough
_LONGEST = 3  # words of a phrase
_KEYWORD = 2.0  # a keyword is meant as one; a phrase only happens to stand there
_NAMED = 1.5  # a phrase that is the known name of a field
_BROAD = 2.5  # idf: what one in 12 stored papers says is too broad to follow

Rarity = Callable[[Sequence[str]], float]  # of a phrase as stems: its idf among the stored papers


@dataclass(frozen=True, slots=True)
class Proposal:
    """Something to follow, and in how many of the papers it stands."""

    name: str
    count: int


def topics(papers: Sequence[Draft], keywords: Sequence[str], rarity: Rarity) -> tuple[Proposal, ...]:
    """Phrases that several titles or keywords share, the most telling first; none within another."""
    least = 2 if len(papers) > _FEW else 1
    said: dict[tuple[str, ...], Counter[str]] = {}
    weight: dict[tuple[str, ...], float] = defaultdict(float)
    for word in keywords:
        _count(said, weight, [(_stems(word), word)], _KEYWORD)
    names = {_stems(name) for name in known()}
    meant = names | set(said)  # one word of a title, or what a title says once, is a topic only if it is meant as one
    for paper in papers:
        phrases = _phrases(paper.title)
        _count(said, weight, (one for one in phrases if len(one[0]) > 1 or one[0] in meant), 1.0)
    found = [
        (weight[words] * rarity(words) * (_NAMED if words in names else 1.0), words, counted)
        for words, counted in said.items()
        if counted.total() >= (least if words in meant else 2) and (words in names or rarity(words) >= _BROAD)
    ]
    return tuple(_best(sorted(found, key=lambda one: (-one[0], one[1]))))


def recurring(papers: Sequence[Draft]) -> tuple[Proposal, ...]:
    """Authors of several of the papers, most papers first; by their whole names, since initials are many people's."""
    spelled: dict[tuple[tuple[str, ...], str], Counter[str]] = {}
    for paper in papers:
        for key, name in {authors.parts(name): name for name in paper.authors}.items():
            spelled.setdefault(key, Counter())[name] += 1
    least = 2 if len(papers) <= 100 else 3
    often = [(names.total(), max(names, key=len)) for (given, _), names in spelled.items() if given]
    ordered = sorted((one for one in often if one[0] >= least), key=lambda one: (-one[0], one[1]))
    return tuple(Proposal(name, count) for count, name in ordered[:MOST_AUTHORS])


def _count(
    said: dict[tuple[str, ...], Counter[str]],
    weight: dict[tuple[str, ...], float],
    phrases: Iterable[tuple[tuple[str, ...], str]],
    worth: float,
) -> None:
    for words, text in dict(phrases).items():
        if words and "" not in words and len(words) <= _LONGEST + 1:
            said.setdefault(words, Counter())[text] += 1
            weight[words] += worth


def _best(found: Iterable[tuple[float, tuple[str, ...], Counter[str]]]) -> Iterator[Proposal]:
    """The first of these, without those within one taken before, from just the same titles, or of the same meaning."""
    taken: list[tuple[frozenset[str], int]] = []
    keys: set[str] = set()
    for _, words, counted in found:
        text, told, count = counted.most_common(1)[0][0], frozenset(words), counted.total()
        is_within = any(told <= other or other <= told or (told & other and count == its) for other, its in taken)
        if is_within or (key := canonical(text)) in keys:
            continue
        taken.append((told, count))
        keys.add(key)
        yield Proposal(_lowered(text), count)
        if len(taken) == MOST_TOPICS:
            return


def _lowered(text: str) -> str:
    """Without the capitals of a title; short forms keep theirs."""
    return " ".join(word if sum(map(str.isupper, word)) > 1 else word.lower() for word in text.split())


def _phrases(title: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """One to three neighbouring words of a title, as stems and as they stand; none reaches across a stop word."""
    words = pieces(title)
    told = [stem(word) for word in words]
    for first in range(len(words)):
        for last in range(first + 1, min(first + _LONGEST, len(words)) + 1):
            if not told[last - 1]:
                break
            yield tuple(told[first:last]), " ".join(words[first:last])


def _stems(text: str) -> tuple[str, ...]:
    return tuple(stem(word) for word in pieces(text))
