"""Slack's own rules for blocks, messages and views, where the folder of contracts is beside this repository."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator  # type: ignore[import-untyped]
from jsonschema.validators import extend  # type: ignore[import-untyped]

sys.path.insert(0, str(Path(__file__).parents[4] / "shared" / "contracts"))

block_kit: Any = pytest.importorskip("block_kit", reason="no contracts beside this repository")

Schema = Mapping[str, Any]


def _any_of(validator: Any, branches: Sequence[Schema], value: object, schema: Schema) -> Iterator[Any]:
    """Of many kinds of blocks and elements the one that the value says it is comes first: the rest is seldom asked."""
    kind = value.get("type") if isinstance(value, dict) else None
    likely = [branch for branch in branches if kind in _kinds(branch)] if isinstance(kind, str) else []
    if not any(validator.evolve(schema=branch).is_valid(value) for branch in likely):
        yield from Draft7Validator.VALIDATORS["anyOf"](validator, branches, value, schema)


def _kinds(branch: Schema) -> frozenset[str]:
    """What `type` may be there; nothing where it may be anything."""
    name = str(branch.get("$ref", "")).rpartition("/")[2]
    if name and name not in _KINDS:
        _KINDS[name] = frozenset()  # for what holds itself
        _KINDS[name] = _kinds(block_kit.DEFS[name])
    if name:
        return _KINDS[name]
    own = branch.get("properties", {}).get("type", {}).get("const")
    return frozenset({own} if own else ()).union(*map(_kinds, branch.get("anyOf", ())))


_KINDS: dict[str, frozenset[str]] = {}
_Quick = extend(Draft7Validator, {"anyOf": _any_of})
for _name in ("BLOCKS", "VIEW_BLOCKS", "MODAL", "HOME"):
    setattr(block_kit, _name, _Quick(getattr(block_kit, _name).schema))
