"""``GET /assets/VERSION/PATH``: what pages load. The URL changes with the content, so browsers keep it for good."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote, unquote

from isal import igzip
from sanic import HTTPResponse, Request
from sanic.response import file as whole_file

from tomaat.access.needs import Need, routes_that_need
from tomaat.elements.element import Element, widget_file
from tomaat.errors import NotFound
from tomaat.host.host import Host
from tomaat.host.sending import send_file
from tomaat.look.look import icon_file, style_file
from tomaat.plugins import Plugins

OWN = Path(__file__).with_name("assets")
VENDOR = Path(__file__).with_name("vendor")
"""What :mod:`tomaat.pages.building` brings from npm when TOMAAT is built or installed."""
STAMP = "stamp"
"""The file there that says from what it was made."""
VIEWER = "vendor/niivue/index.js"
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
}
"""Files of other kinds are not served."""
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; "
    "frame-ancestors 'none'"
)
"""A worker goes by the policy of its own script, not by that of the page which starts it."""
FOR_GOOD = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"


@dataclass(frozen=True)
class Served:
    """All files that there are for some plugins.

    :ivar version: a digest of what they hold: the same on all hosts that serve the same.
    :ivar files: where each is, by its path in the URL.
    """

    version: str
    files: Mapping[str, Path]


class Assets:
    """The files that pages load, and their URLs, for templates."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._plugins: Plugins | None = None
        self._served = Served("", {})

    @property
    def has_viewer(self) -> bool:
        """Whether this build of TOMAAT has the viewer, which comes from npm."""
        return VIEWER in self.served().files

    def url(self, path: str) -> str:
        """The URL of a file: ``look.css``, ``jobs/list.js``, ``vendor/niivue/index.js``. It needs no key, so it is the
        same for a client whose key is in its URLs."""
        return f"/assets/{self.served().version}/{quote(path)}"

    def widget(self, kind: str) -> str:
        """The URL of the module that makes the form's control for elements of this kind; empty where the page's own
        does."""
        path = widget_path(kind)
        return self.url(path) if path in self.served().files else ""

    def served(self) -> Served:
        """What there is to be served; the widgets are those of the plugins that the host has now."""
        if self._plugins is not self._host.plugins:
            self._plugins = self._host.plugins
            files = dict(_files(self._plugins.elements))
            self._served = Served(_version(files), files)
        return self._served


def widget_path(kind: str) -> str:
    """Where the widget of a kind of element is among the assets."""
    return f"widgets/{kind}.js"


def add_routes(host: Host, assets: Assets) -> None:
    """Add ``/assets`` and ``/favicon.ico``."""

    async def asset(request: Request, version: str, path: str) -> HTTPResponse | None:
        return await _answer(request, assets.served(), version, unquote(path))

    async def icon(request: Request) -> HTTPResponse:
        return await whole_file(icon_file(), mime_type=MEDIA_TYPES[".svg"])

    with routes_that_need(host.sanic, Need.NOTHING):
        host.sanic.add_route(asset, "/assets/<version>/<path:path>", name="page_assets")
        host.sanic.add_route(icon, "/favicon.ico", name="page_icon")


async def _answer(request: Request, served: Served, version: str, path: str) -> HTTPResponse | None:
    """A file as it is now. To an older version, too: a page that was open before an upgrade goes on."""
    if path not in served.files:
        raise NotFound("There is no such file here; load the page again.")
    file = served.files[path]
    zipped = _takes_gzip(request)
    tag = f'"{served.version}{"-gzip" if zipped else ""}"'
    headers = {
        "Cache-Control": FOR_GOOD if version == served.version else ASK_AGAIN,
        "Content-Security-Policy": POLICY,
        "ETag": tag,
        "Vary": "Accept-Encoding",
    }
    if tag in request.headers.get("if-none-match", ""):
        return HTTPResponse(status=304, headers=headers)
    media_type = MEDIA_TYPES[file.suffix]
    if zipped:
        headers["Content-Encoding"] = "gzip"
        packed = file.with_name(f"{file.name}.gz")
        if not packed.exists():
            data = igzip.compress(await asyncio.to_thread(file.read_bytes))
            return HTTPResponse(data, headers=headers, content_type=media_type)
        file = packed
    await send_file(request, file, media_type, headers)
    return None


def _takes_gzip(request: Request) -> bool:
    accepted = request.headers.get("accept-encoding", "").lower()
    return re.search(r"(^|[\s,])(gzip|\*)\s*(;\s*q=(1|0\.\d*[1-9]))?\s*($|,)", accepted) is not None


def _files(elements: Mapping[str, type[Element]]) -> Iterator[tuple[str, Path]]:
    """What is served: our own, what came from npm, what plugins bring."""
    for folder, base in ((OWN, ""), (VENDOR, "vendor/")):
        for file in sorted(folder.rglob("*")):
            if file.suffix in MEDIA_TYPES and file.is_file():
                yield f"{base}{file.relative_to(folder).as_posix()}", file
    yield "look.css", style_file()
    yield "icon.svg", icon_file()
    for kind, element in sorted(elements.items()):
        if (widget := widget_file(element)) is not None:
            yield widget_path(kind), widget


def _version(files: Mapping[str, Path]) -> str:
    """A digest of the files. The megabytes from npm are not read for it: their stamp says what they are."""
    digest = sha256()
    for path, file in files.items():
        digest.update(f"{path}\n".encode())
        if not path.startswith("vendor/"):
            digest.update(file.read_bytes())
    stamp = VENDOR / STAMP
    if stamp.is_file():
        digest.update(stamp.read_bytes())
    return digest.hexdigest()[:12]
