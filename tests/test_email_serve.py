"""`paper-round serve` with a relay: asks, is confirmed over its own web server, and ends in order."""

import asyncio
import signal
from pathlib import Path

import aiohttp

from tests.fakes.smtp import relaying
from tests.mail import FROM, KEY, PUBLIC, link
from tests.test_cli import Program

PATIENCE = 120.0  # seconds for a busy machine


async def test_serve_mails_what_subscribe_asked_for(tmp_path: Path, unused_port: int) -> None:
    program = Program(tmp_path)
    refused = await asyncio.to_thread(program.run, "subscribe", "me@lab.org", "--follow", "recsys")
    assert (refused.returncode, "Nothing can be mailed from here." in refused.stdout) == (2, True)
    async with relaying() as relay, aiohttp.ClientSession() as browser:
        program.environment |= {
            "SMTP_URL": relay.url, "MAIL_FROM": FROM, "PAPER_ROUND_PUBLIC_URL": PUBLIC, "PAPER_ROUND_SECRET_KEY": KEY,
            "PAPER_ROUND_HTTP": f"127.0.0.1:{unused_port}",
        }  # fmt: skip
        words = ("subscribe", "me@lab.org", "--follow", "recsys", "--when", "08:00 daily Berlin")
        asked = await asyncio.to_thread(program.run, *words)
        assert "A mail is on its way to me@lab.org." in asked.stdout
        running = program.start("serve")
        try:
            await relay.until_handed(PATIENCE)
            confirm = link(relay.taken[0], "Confirm").removeprefix(PUBLIC)
            async with browser.post(f"http://127.0.0.1:{unused_port}{confirm}") as answer:
                page = await answer.text()
            assert "New here: recsys." in page
            assert "every day at 08:00 (Berlin)" in page
        finally:
            running.send_signal(signal.SIGTERM)
        _, log = await asyncio.to_thread(running.communicate, timeout=PATIENCE)
    assert running.returncode == 0
    assert "Traceback" not in log
    assert KEY not in log
