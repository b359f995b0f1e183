"""Slack's own rules for blocks, messages and views, where the folder of contracts is beside this repository."""

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[4] / "shared" / "contracts"))

block_kit: Any = pytest.importorskip("block_kit", reason="no contracts beside this repository")
