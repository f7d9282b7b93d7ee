"""What every answer tells the browser: run nothing but our own files, and tell nobody else.

No page has inline script or style, so the policy allows neither; nothing is loaded from anywhere
but here; nothing is kept in a cache that holds somebody's complaint.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import SecurityError

from plugin.desk import links, publish
from plugin.keys import KeyRing
from plugin.sections import WebSettings

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

DOWNLOAD_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
"""For what came in a mail: a browser that shows it all the same runs nothing of it."""

MAX_FORM_BYTES = 64 * 1024
"""The largest body that any page takes."""

FOR_MACHINES = frozenset({"healthz", "readyz"})
"""Asked by whatever watches over the service, under whatever name; they tell nothing."""

FOR_CUSTOMERS = links.PATH
"""Pages under this address are for customers: the address itself lets in, and nobody signs in."""

FOR_ANYBODY = publish.PATH
"""Pages under this address are for anybody, and should be found: the published codes."""

csrf = CSRFProtect()


def for_customers() -> bool:
    """Is this request for a customer's page? It then has no session and shows no other page."""
    return request.path.startswith(FOR_CUSTOMERS)


def for_anybody() -> bool:
    """Is this request for a published code? Nobody is signed in there, and nothing changes."""
    return request.path == FOR_ANYBODY or request.path.startswith(f"{FOR_ANYBODY}/")


def from_another_site() -> bool:
    """Was this form sent by a page that is not ours, as far as the browser says?

    For the pages without a session to hold a token in. With `no-referrer` a browser names no origin
    for our own forms either ("null"); `Sec-Fetch-Site` is then what tells.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("Origin", "null")
    return origin != "null" and origin.partition("://")[2] != request.host


def install(app: Flask, web: WebSettings, ring: KeyRing) -> None:
    """Cookies, headers, forms and host names of an application."""
    newest, *older = ring.secrets_for("session")
    app.config.update(
        SECRET_KEY=newest,
        SECRET_KEY_FALLBACKS=older,
        # The prefix keeps a page of a sibling domain from planting a session of its own.
        SESSION_COOKIE_NAME="__Host-answerable" if web.secure else "answerable",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=web.secure,
        MAX_CONTENT_LENGTH=MAX_FORM_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_FORM_BYTES,
        # A form may be filled in for as long as the session it belongs to lasts.
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=web.secure,
    )
    names = _names(web)
    app.before_request(lambda: _check_name(names))
    csrf.init_app(app)
    app.after_request(lambda response: _headers(response, secure=web.secure))


def _names(web: WebSettings) -> frozenset[str]:
    """The names we answer to: a page of somebody else's whose name leads here is not answered."""
    own = urlsplit(web.url).hostname if web.url else None
    return frozenset(name for name in (own, web.host, "127.0.0.1", "localhost", "::1") if name)


def _check_name(names: frozenset[str]) -> None:
    if request.endpoint in FOR_MACHINES:
        return
    try:
        asked = urlsplit(f"//{request.host}").hostname
    except ValueError:
        asked = None
    if asked not in names:
        raise SecurityError("asked for under another name")


def _headers(response: Response, *, secure: bool) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", POLICY)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"
    headers["Referrer-Policy"] = "no-referrer" if for_customers() else "same-origin"
    if for_customers():
        headers["X-Robots-Tag"] = "noindex, nofollow"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
    if secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    lasting = request.endpoint in ("static", "public.style")
    if lasting and response.status_code in (200, 304):
        headers["Cache-Control"] = "public, max-age=3600"
    elif for_anybody() and request.method in ("GET", "HEAD") and response.status_code < 400:
        headers["Cache-Control"] = "public, max-age=300"
    else:
        headers["Cache-Control"] = "no-store"
    return response
