"""What every request for a page goes through: the asker's pace, the page as it is kept, and refusals as a sentence."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.errors import Fault, Refused
from bot.web.kept import Busy, Page
from bot.web.look import HEADERS, UNLISTED, Look
from bot.web.pace import Pace

log = logging.getLogger(__name__)

Ask = Callable[[web.Request], Awaitable[Page]]
Cost = Callable[[web.Request], float]
PUBLIC = {"Cache-Control": "no-cache"}  # asked after each time, which costs next to nothing where it is the same
SECRET = {"Cache-Control": "private, no-cache", **UNLISTED}
NEVER_KEPT = {"Cache-Control": "no-store", **UNLISTED}


@dataclass(frozen=True, slots=True)
class Door:
    """Lets requests in."""

    look: Look
    pace: Pace

    def opens(self, ask: Ask, headers: dict[str, str], cost: Cost = lambda _: 1.0) -> Handler:
        """A handler that answers with the page that `ask` gives. cost: of it, in tokens of the asker's bucket."""

        async def handle(request: web.Request) -> web.Response:
            if seconds := self.pace.wait(request, cost(request)):
                return self.refusal(429, "That is too much at once from your address.", f"Wait {seconds} s.", seconds)
            try:
                page = await ask(request)
            except Busy:
                return self.refusal(503, "Too much is asked for just now.", "Try again in a moment.", 10)
            except Fault as err:
                log.warning("page not drawn", extra={"why": err.wrong}, exc_info=err.__cause__)
                return self.refusal(503, "The database does not answer.", "Try again in a moment.", 10)
            except Refused as err:
                return self.refusal(400, err.wrong, err.instead)
            return page.answer(request, {**HEADERS, **headers})

        return handle

    def refusal(self, status: int, wrong: str, instead: str = "", seconds: int = 0) -> web.Response:
        """A page of one sentence on what was wrong, and one on what to do instead."""
        answer = self.look.page("refusal.html", title=wrong, instead=instead, status=status)
        if seconds:
            answer.headers["Retry-After"] = str(seconds)
        return answer
