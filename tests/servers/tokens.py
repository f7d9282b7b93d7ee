"""A service that gives access tokens, as Microsoft's and Google's are described.

It speaks HTTPS, with a certificate that is its own authority: client credentials at the addresses
that Microsoft's library asks, a refresh token at /token. A second, plain port answers the mail
server that asks whether a token is good. What it does is told by the test, never by a clock.
"""

from __future__ import annotations

import json
import ssl
import tempfile
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import rmtree
from typing import Any
from urllib.parse import parse_qs

from tests.servers.dovecot import write_certificate
from tests.servers.wait import HOST

CLIENT, SECRET, REFRESH, TENANT = "the-client", "the-secret", "the-refresh-token", "example.com"
USER = "complaints@ooma.example"


class TokenServer:
    """A running service. `lasts`: seconds of each token; `granted`: tokens given, oldest first."""

    def __init__(self, user: str = USER) -> None:
        self.user = user
        self.lasts = 3600
        self.refresh_lasts: int | None = None
        self.rotates = False
        self.status = 200
        self.answer: object = None
        """What it answers instead of granting, where this is set."""
        self.granted: list[str] = []
        self.refresh = REFRESH
        self.asked: list[dict[str, str]] = []
        self._home = Path(tempfile.mkdtemp(prefix="answerable-tokens-"))
        self.ca_file = self._home / "cert.pem"
        write_certificate(self._home)
        self._good: set[str] = set()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._home / "cert.pem", self._home / "key.pem")
        self._tls = self._serve(self._answer)
        self._tls.socket = context.wrap_socket(self._tls.socket, server_side=True)
        self._plain = self._serve(self._judge)
        self._threads = [
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
            for server in (self._tls, self._plain)
        ]

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self._tls.server_address[1]}"

    @property
    def introspection(self) -> str:
        """Where a mail server asks, the token as its bearer."""
        return f"http://{HOST}:{self._plain.server_address[1]}/"

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        for server, thread in zip((self._tls, self._plain), self._threads, strict=True):
            server.shutdown()
            thread.join()
            server.server_close()
        rmtree(self._home, ignore_errors=True)

    def stop_listening(self) -> None:
        """Nobody answers any more where tokens are given."""
        self._tls.shutdown()
        self._tls.socket.close()

    def revoke(self) -> None:
        """No token given so far is good any longer."""
        self._good.clear()

    def _grant(self, asked: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if (asked.get("client_id"), asked.get("client_secret")) != (CLIENT, SECRET):
            return 401, {"error": "invalid_client", "error_description": "who are you?"}
        refreshes = asked.get("grant_type") == "refresh_token"
        if refreshes and asked.get("refresh_token") != self.refresh:
            said = "Token has been expired or revoked."
            return 400, {"error": "invalid_grant", "error_description": said}
        token = f"token-{len(self.granted) + 1}"
        self.granted.append(token)
        self._good.add(token)
        answer: dict[str, Any] = {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": self.lasts,
        }
        if refreshes and self.rotates:
            self.refresh = f"refresh-{len(self.granted)}"
            answer["refresh_token"] = self.refresh
        if refreshes and self.refresh_lasts is not None:
            answer["refresh_token_expires_in"] = self.refresh_lasts
        return 200, answer

    def _answer(self, path: str, body: str, _bearer: str) -> tuple[int, object]:
        if self.status != 200:
            return self.status, {"error": "server_error"}
        if path.endswith("/.well-known/openid-configuration"):
            place = f"{self.url}/{TENANT}"
            return 200, {
                "issuer": f"{place}/v2.0",
                "authorization_endpoint": f"{place}/oauth2/v2.0/authorize",
                "token_endpoint": f"{place}/oauth2/v2.0/token",
            }
        asked = {name: values[0] for name, values in parse_qs(body).items()}
        self.asked.append(asked)
        if self.answer is not None:
            return 200, self.answer
        return self._grant(asked)

    def _judge(self, _path: str, _body: str, bearer: str) -> tuple[int, dict[str, Any]]:
        return 200, {"username": self.user, "active": bearer in self._good}

    def _serve(self, answer: Callable[[str, str, str], tuple[int, object]]) -> ThreadingHTTPServer:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                bearer = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
                status, said = answer(self.path, body, bearer)
                payload = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            do_POST = do_GET

            def log_message(self, *_: object) -> None:
                """A test reads `asked` and `granted`."""

        return ThreadingHTTPServer((HOST, 0), Handler)
