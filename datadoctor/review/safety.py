"""Lets only the page that was opened here ask: token, host, origin, size of bodies; and tells browsers to be strict.

Threats: other users and pages of this machine (the token), other sites by a form, a picture or a script (token, origin, JSON), a
site whose name was bound again to this address (host), a client that sends without end (size).
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# What may be sent, and how many bytes of it: decisions, and pictures dropped onto the page. No form can send either.
MOST_BYTES = {"application/json": 8_000_000, "application/octet-stream": 64_000_000}
HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


class TooLargeError(Exception):
    """A body over the limit; says so."""


class Guard:
    """Wraps an application: answers only what carries the token as the first part of its path, from this page alone."""

    def __init__(self, app: ASGIApp, token: str, host: str) -> None:
        """``host``: the name or address that the server was told to listen on."""
        self._app = app
        self._token = token.encode()
        self._host = host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        token, slash, rest = scope["path"].removeprefix("/").partition("/")
        # Compared first, and in constant time: whoever has no token learns nothing else.
        if not hmac.compare_digest(token.encode("utf-8", "surrogateescape"), self._token) or not slash:
            await _refused(404, "nothing here: open the address that `datadoctor review` printed")(
                scope, receive, _strict(send)
            )
            return
        if reason := refusal(scope["method"], headers, self._host):
            await _refused(403, reason)(scope, receive, _strict(send))
            return
        # Not the path as it was sent: what is routed is what was looked at.
        inner = {**scope, "path": f"/{rest}", "raw_path": f"/{rest}".encode()}
        await self._app(inner, _counted(receive, MOST_BYTES.get(_kind(headers), 0)), _strict(send))


def refusal(method: str, headers: Mapping[str, str], host: str) -> str:
    """Why a request with the token is refused all the same, '' where it is not."""
    name = _hostname(headers.get("host", ""))
    if name not in ("localhost", host) and not _is_address(name):
        return "this host name is none of this server's"
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != headers.get("host"):
        return "asked by another site"
    if headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        return "asked by another site"
    if method not in ("GET", "HEAD", "POST"):
        return "only GET and POST"
    if method == "POST" and _kind(headers) not in MOST_BYTES:
        return f"what is sent is {' or '.join(MOST_BYTES)}"
    return ""


def _kind(headers: Mapping[str, str]) -> str:
    return headers.get("content-type", "").partition(";")[0].strip()


def _hostname(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _refused(status: int, reason: str) -> PlainTextResponse:
    return PlainTextResponse(reason, status)


def _strict(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = {name.lower() for name, _ in message["headers"]}
            extra = [(name.encode(), value.encode()) for name, value in HEADERS.items() if name.encode() not in given]
            message = {**message, "headers": [*message["headers"], *extra]}
        await send(message)

    return sent


def _counted(receive: Receive, most: int) -> Receive:
    total = 0

    async def received() -> Message:
        nonlocal total
        message = await receive()
        total += len(message.get("body", b""))
        if total > most:
            raise TooLargeError(f"more than {most / 1e6:.0f} MB at once")
        return message

    return received
