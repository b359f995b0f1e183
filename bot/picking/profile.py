"""What the picker has learned of a topic: plain values that outlive the index and are kept beside a follow."""

import json
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, Self

BAR = 0.5  # scores at or above it are worth a digest: `python -m tests.bench.pick`


@dataclass(frozen=True)
class Sign:
    """Terms whose presence speaks for a paper, and how much each."""

    terms: tuple[str, ...] = ()
    weights: tuple[float, ...] = ()

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        """Kept: signs are looked up a thousand times while digests are composed."""
        return hash((self.terms, self.weights))


@dataclass(frozen=True)
class Kin:
    """Papers (pk), each once, and a number for each."""

    pks: tuple[int, ...] = ()
    weights: tuple[float, ...] = ()

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.pks, self.weights))


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
class Training:
    """What a classifier has learned of a topic.

    sign: at most 300 terms; with `bias` they give its margin, beside likeness to `kin`. own: the papers (pk) that it
    learned from as right, each with the margin that it owes to that alone. top: the best raw score of the store. scale:
    margins and the raw scores that they are worth, both rising.
    """

    sign: Sign
    bias: float
    kin: Kin
    own: Kin
    top: float
    scale: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """A topic fitted to a store.

    trust: 0..1, how well the store knows the topic. related: at most 300 terms, weights of length one, and
    `related_weight` beside the topic's own words. teachers: the papers (pk) that the related terms come from, each
    with what it would score for being like itself. usual: the cosine that ordinary papers reach, worth nothing.
    half: the raw score that is worth the bar. training: in stores that are large enough.
    """

    parts: tuple[Part, ...]
    trust: float
    related: Sign = field(default=Sign())
    related_weight: float = 0.0
    teachers: Kin = field(default=Kin())
    usual: float = 0.0
    half: float = 1.0
    training: Training | None = None

    @property
    def heard(self) -> tuple[Sign, ...]:
        """The signs that count by how much of them a paper says."""
        return tuple(sign for part in self.parts for sign in part.phrases)

    @property
    def alike(self) -> tuple[Sign, ...]:
        """The signs that count by how like them a paper is."""
        return (self.related, self.training.sign) if self.training else (self.related,)

    def dumps(self) -> str:
        """As JSON."""
        return json.dumps(self, default=_fields, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def loads(cls, text: str) -> Self:
        """What `dumps` wrote."""
        kept = json.loads(text)
        parts = tuple(
            Part(tuple(map(_sign, part["phrases"])), part["whole"], tuple(part["conditions"])) for part in kept["parts"]
        )
        training = kept["training"] and _training(kept["training"])
        related = _sign(kept["related"])
        read = {"parts": parts, "related": related, "teachers": _kin(kept["teachers"]), "training": training}
        return cls(**{**kept, **read})


def _fields(part: Any) -> dict[str, Any]:
    return {one.name: getattr(part, one.name) for one in fields(part)}


def _sign(kept: dict[str, Any]) -> Sign:
    return Sign(tuple(kept["terms"]), tuple(kept["weights"]))


def _kin(kept: dict[str, Any]) -> Kin:
    return Kin(tuple(kept["pks"]), tuple(kept["weights"]))


def _training(kept: dict[str, Any]) -> Training:
    read = {"sign": _sign(kept["sign"]), "kin": _kin(kept["kin"]), "own": _kin(kept["own"])}
    return Training(**{**kept, **read, "scale": _pairs(kept["scale"])})


def _pairs(rows: list[list[Any]]) -> tuple[tuple[Any, Any], ...]:
    return tuple((first, second) for first, second in rows)
