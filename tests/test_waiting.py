"""Waiting for work in a thread: it ends whatever becomes of the work."""

import asyncio

import pytest

from bot.waiting import in_thread


@pytest.mark.parametrize(("error", "heard"), [(ValueError, ValueError), (StopIteration, RuntimeError)])
async def test_whoever_waits_for_a_thread_hears_of_any_error(error: type[Exception], heard: type[Exception]) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(heard):
        await asyncio.wait_for(in_thread(fail), 10)
