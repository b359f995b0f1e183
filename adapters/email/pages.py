"""What is behind the links in a mail: a page with one button that asks, and the answer once it is pressed."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from aiohttp import web

from adapters.email import limits
from adapters.email.blocks import blocks
from adapters.email.links import Links
from adapters.email.render import LOOK
from bot.adapter import ChannelRef, Handle, Invocation, mailed_to
from bot.cards import Action, Notice, Reply
from bot.errors import Refused
from bot.web.pace import household

_STATUS = {"answered": 200, "refused": 400, "fault": 503}
_STOP = Action("Unsubscribe", "email", "off")


class Pages:
    """The pages. clock: aware UTC."""

    def __init__(self, handle: Handle, links: Links, clock: Callable[[], datetime]) -> None:
        self._handle = handle
        self._links = links
        self._clock = clock

    def routes(self) -> Sequence[web.RouteDef]:
        return (
            web.get("/email/do/{token}", self.offer),
            web.post("/email/do/{token}", self.act),
            web.get("/email/stop/{name}", self.offer_to_stop),
            web.post("/email/stop/{name}", self.stop),
            web.post("/subscribe", self.subscribe),
        )

    async def offer(self, request: web.Request) -> web.Response:
        """What a link would do, and one button: programs that follow links change nothing."""
        try:
            press = self._links.read(request.match_info["token"], self._clock())
        except Refused as err:
            return _refused(err)
        return LOOK.page(
            "ask.html",
            title=press.action.label,
            label=press.action.label,
            text=self._meaning(press.action, press.address),
        )

    async def act(self, request: web.Request) -> web.Response:
        """Do what the link says, for the address that it was mailed to."""
        try:
            press = self._links.read(request.match_info["token"], self._clock())
        except Refused as err:
            return _refused(err)
        ask = _asked(mailed_to(press.address), press.action, await _fields(request))
        return self._told(press.action.label, await self._handle.handle(ask), press.address)

    async def offer_to_stop(self, request: web.Request) -> web.Response:
        channel = await self._handle.named(request.match_info["name"])
        if channel is None:
            return _stopped()
        text = f"No digest is mailed to {channel.id} any more, and what it follows is forgotten."
        return LOOK.page("ask.html", title="Unsubscribe", label="Unsubscribe", text=text)

    async def stop(self, request: web.Request) -> web.Response:
        """End what is mailed there: by the page's button, or by a mail program's own."""
        channel = await self._handle.named(request.match_info["name"])
        if channel is None:
            return _stopped()
        return self._told("Unsubscribed", await self._handle.handle(_asked(channel, _STOP)), channel.id)

    async def subscribe(self, request: web.Request) -> web.Response:
        """Ask an address whether it wants digests. Whoever asks here is known by where they ask from alone."""
        form = await _fields(request)
        visitor = self._links.visitor(household(request.remote or ""))
        fields = {"address": form.get("address", ""), "follows": form.get("follow", "")}
        if not fields["follows"].strip():
            return _refused(Refused("There is nothing to follow in that.", "Name a topic, such as recsys."))
        asked = Invocation(ChannelRef("web", "web", "page"), visitor, verb="email", fields=fields)
        return self._told("Subscribe", await self._handle.handle(asked), "")

    def _meaning(self, action: Action, address: str) -> str:
        help = next((one.help for one in self._handle.commands if one.verb == action.verb), "")
        return f"This is for {address}. {help}".strip()

    def _told(self, title: str, reply: Reply, address: str) -> web.Response:
        """The answer as a page, with what can be pressed next."""
        until = self._clock() + limits.ON_PAGE

        def url_of(action: Action) -> str:
            return f"/email/do/{self._links.token(address, action, until)}"

        shown = blocks(reply.cards)
        if not address:
            shown = tuple(replace(one, actions=(), form=None) for one in shown)
        return LOOK.page("told.html", status=_STATUS[reply.outcome], title=title, blocks=shown, url_of=url_of)


def _asked(channel: ChannelRef, action: Action, fields: dict[str, str] | None = None) -> Invocation:
    """What the reader of an address says by pressing."""
    return Invocation(channel, channel.id, channel.id, verb=action.verb, text=action.target, fields=fields or {})


async def _fields(request: web.Request) -> dict[str, str]:
    """The fields of a form, files left out."""
    return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}


def _refused(err: Refused) -> web.Response:
    return LOOK.page("told.html", status=400, title="That did not work", blocks=blocks(_notice(err)), url_of=str)


def _notice(err: Refused) -> Sequence[Notice]:
    return (Notice(str(err), tone="refused"),)


def _stopped() -> web.Response:
    text = "Nothing is mailed to this address."
    return LOOK.page("told.html", title="Unsubscribed", blocks=blocks((Notice(text),)), url_of=str)
