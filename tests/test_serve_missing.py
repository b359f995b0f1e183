"""An adapter whose package is not installed says so in one line, and takes nobody down."""

import logging
from importlib.metadata import EntryPoint

import pytest

from bot.cli.serving import _made


def test_a_missing_package_is_named_with_what_to_install(caplog: pytest.LogCaptureFixture) -> None:
    point = EntryPoint("pigeon", "no_such_package_anywhere.post:Pigeon", "paper_round.adapters")
    with caplog.at_level(logging.ERROR):
        assert _made(point) is None
    (told,) = caplog.records
    assert told.getMessage() == "adapter not loaded: install paper-round[pigeon]"
    assert told.__dict__["missing"] == "no_such_package_anywhere"
