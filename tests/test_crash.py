"""Workers that are killed, three times in each way: nothing is lost and nothing comes twice."""

from pathlib import Path

import pytest

from tests.bench.crash import FATES, IN_FLIGHT, crash

LEASE = 6.0  # seconds: a worker that a busy machine stops for longer than its lease posts beside its successor


@pytest.mark.parametrize("fate", FATES)
async def test_a_killed_worker_loses_and_doubles_nothing(database_url: str, tmp_path: Path, fate: str) -> None:
    crew = 1 if database_url.startswith("sqlite") else 4
    result = await crash(database_url, tmp_path, fate, 3, crew, lease=LEASE)
    assert (result.lost, result.doubled) == (0, 0)
    assert result.kills >= 3
    if fate in ("receipt", "claim"):  # elsewhere the first are put down before the kill
        assert min(result.in_flight) >= IN_FLIGHT
