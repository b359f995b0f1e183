"""How pages look: templates, one stylesheet, and the headers that keep a page to itself."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

from aiohttp import web
from aiohttp.typedefs import Handler
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from bot.text import day, plural, shorten

HTML = "text/html"
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",  # no other site learns a secret link; none at all would hide a form's origin, too
}
UNLISTED = {"X-Robots-Tag": "noindex"}
_FILES = {"style.css": "text/css", "icon.svg": "image/svg+xml"}
_KEPT = "public, max-age=3600"  # seconds; a page names its stylesheet by content, so a new one is asked for at once


class Look:
    """Draws pages. packages: those with a folder `templates` of their own, whose templates extend `page.html`."""

    def __init__(self, *packages: str) -> None:
        loaders = [PackageLoader(package) for package in (*packages, "bot.web")]
        self._templates = Environment(
            loader=ChoiceLoader(loaders), autoescape=True, undefined=StrictUndefined, auto_reload=False,
            trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip
        self._templates.filters.update(day=day, shorten=shorten, web_address=web_address)
        self._templates.globals.update(plural=plural, style=_version("style.css"))

    def html(self, template: str, **values: object) -> str:
        """The page as text; `title` is what every template wants."""
        return self._templates.get_template(template).render(**values)

    def page(self, template: str, *, status: int = 200, is_listed: bool = False, **values: object) -> web.Response:
        """The page as an answer. is_listed: search engines may show it."""
        headers = {**HEADERS, **({} if is_listed else UNLISTED)}
        text = self.html(template, **values)
        return web.Response(text=text, status=status, content_type=HTML, charset="utf-8", headers=headers)


def web_address(url: str) -> str:
    """The URL if following it can do no more than open a page, else nothing."""
    return url if url.casefold().startswith(("https://", "http://")) else ""


def routes() -> Sequence[web.RouteDef]:
    """What every page needs beside itself."""
    return [*(web.get(f"/{name}", _send(name)) for name in _FILES), web.get("/favicon.ico", _send("icon.svg"))]


def _send(name: str) -> Handler:
    async def send(request: web.Request) -> web.Response:
        headers = {"Cache-Control": _KEPT, "ETag": f'"{_version(name)}"', **HEADERS}
        if any(known.value == _version(name) for known in request.if_none_match or ()):
            return web.Response(status=304, headers=headers)
        answer = web.Response(body=_content(name), content_type=_FILES[name], charset="utf-8", headers=headers)
        answer.enable_compression()
        return answer

    return send


@cache
def _content(name: str) -> bytes:
    return (files("bot.web") / "files" / name).read_bytes()


@cache
def _version(name: str) -> str:
    return hashlib.sha256(_content(name)).hexdigest()[:16]
