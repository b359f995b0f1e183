"""Several workers that claim messages from one PostgreSQL database at once."""

import subprocess
import sys

import pytest

from tests.conftest import empty_postgres


def test_no_message_is_claimed_twice() -> None:
    if not empty_postgres().server:
        pytest.skip("no PostgreSQL: TEST_DATABASE_URL is not set")
    words = [sys.executable, "-m", "tests.bench.claims", "--claims", "400", "--workers", "3"]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.startswith("400 of 400 claimed in ")
    assert "claimed twice: 0;" in done.stdout
