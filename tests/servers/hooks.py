"""A server that takes webhooks over HTTPS and keeps what it was told."""

from __future__ import annotations

import ssl
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import rmtree

from tests.servers.dovecot import write_certificate
from tests.servers.wait import HOST


class HookServer:
    """A running server. `taken`: (headers in lower case, body) of each; `status`: its answer."""

    def __init__(self) -> None:
        self.taken: list[tuple[dict[str, str], bytes]] = []
        self.status = 204
        self._home = Path(tempfile.mkdtemp(prefix="answerable-hooks-"))
        self.ca_file = self._home / "cert.pem"
        write_certificate(self._home)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._home / "cert.pem", self._home / "key.pem")
        ours = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                ours.taken.append(({name.lower(): v for name, v in self.headers.items()}, body))
                self.send_response(ours.status)
                self.send_header("Location", f"{ours.url}/elsewhere")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """A test reads `taken`."""

        self._server = ThreadingHTTPServer((HOST, 0), Handler)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}
        )

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self._server.server_address[1]}/alerts"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        rmtree(self._home, ignore_errors=True)
