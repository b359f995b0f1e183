"""What the picker has learned of a topic: plain values that outlive the index and are kept beside a follow."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Self

BAR = 0.5  # scores at or above it are worth a digest: `python -m tests.bench.pick`


@dataclass(frozen=True, slots=True)
class Sign:
    """Terms whose presence speaks for a paper, and how much each."""

    terms: tuple[str, ...] = ()
    weights: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One meaning of a topic: its phrases, and the terms that a paper must hold whatever else it says.

    phrases: a paper full of a phrase gets 1 from its weights, or 0.6 if the phrase only means the same.
    whole: the phrase score that counts as 1.
    """

    phrases: tuple[Sign, ...]
    whole: float = 1.0
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """A topic fitted to a store.

    trust: 0..1, how well the store knows the topic. related: at most 300 terms, weights of length one, and
    `related_weight` beside the topic's own words. teachers: the papers (pk) that the related terms come from, each
    with what it would score for being like itself. usual: the cosine that ordinary papers reach, worth nothing.
    half: the raw score that is worth the bar.
    """

    parts: tuple[Part, ...]
    trust: float
    related: Sign = field(default=Sign())
    related_weight: float = 0.0
    teachers: tuple[tuple[int, float], ...] = ()
    usual: float = 0.0
    half: float = 1.0

    def dumps(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def loads(cls, text: str) -> Self:
        """What `dumps` wrote."""
        fields = json.loads(text)
        parts = tuple(
            Part(tuple(map(_sign, part["phrases"])), part["whole"], tuple(part["conditions"]))
            for part in fields["parts"]
        )
        teachers = tuple((pk, own) for pk, own in fields["teachers"])
        return cls(**{**fields, "parts": parts, "related": _sign(fields["related"]), "teachers": teachers})


def _sign(fields: dict[str, Any]) -> Sign:
    return Sign(tuple(fields["terms"]), tuple(fields["weights"]))
