"""What a fake Discord answers: JSON as the real one labels it, errors by code, ids that tell the time."""

import json
import time
from itertools import count
from typing import Any

from aiohttp import BodyPartReader, web

Payload = dict[str, Any]

EPOCH_MS = 1_420_070_400_000
UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, NOT_TEXT, EMPTY, BAD_FORM = 10003, 10008, 50008, 50006, 50035
SAID: web.RequestKey[Any] = web.RequestKey("said", object)
FILES = web.RequestKey("files", dict[str, bytes])
_NUMBERS = count(1)


class Fault(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, code: int = 0, why: str = "", **more: object) -> None:
        super().__init__(status, code, why)
        self.status = status
        self.body = {"message": why or f"error {code}", "code": code, **more}


def answer(body: object = None, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """discord.py reads a body only where the type is exactly this one."""
    if body is None:
        return web.Response(status=204, headers=headers)
    kind = {"Content-Type": "application/json"}
    return web.Response(body=json.dumps(body).encode(), status=status, headers=kind | (headers or {}))


def snowflake(at: float | None = None) -> str:
    """An id made now: later ones are greater."""
    ms = int((time.time() if at is None else at) * 1000) - EPOCH_MS
    return str((ms << 22) | (next(_NUMBERS) & 0x3FFFFF))


async def body_of(request: web.Request) -> tuple[Any, dict[str, bytes]]:
    """What a request says, none where it says nothing, and the files that come with it."""
    if request.content_type.startswith("multipart/"):
        said: Any = None
        files = {}
        async for part in await request.multipart():
            assert isinstance(part, BodyPartReader)
            data = await part.read(decode=True)
            if part.name == "payload_json":
                said = json.loads(data)
            else:
                files[str(part.name)] = bytes(data)
        return said, files
    text = await request.text()
    return (json.loads(text) if text else None), {}
