"""A proxy that cuts the connection at a chosen command, as networks do at the worst moment.

It counts the lines that the client sends. At the chosen one it hangs up on both sides: before the
server has seen the command, or after the server has carried it out and before the client hears.
Or it lets a test do something just before a line reaches the server (`passing`), or goes deaf, as
a line does whose other end is gone without a word (`deaf`).
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Literal

When = Literal["before", "after"]


class Cutting:
    """Listens on a free port and passes everything on, until the command it cuts at."""

    def __init__(self, port: int) -> None:
        self.target = port
        self.cut_at: int | None = None
        self.when: When = "before"
        self.commands: list[str] = []
        self.passing: Callable[[str], object] = lambda line: None
        self.deaf = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._pairs: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Hang up on everybody, and listen no more."""
        self._close(self._listener)
        self.hang_up()
        self._thread.join(5)

    def hang_up(self) -> None:
        """Hang up on everybody."""
        for one in self._pairs:
            self._close(one)

    def cut(self, at: int | None, when: When = "before") -> None:
        """Cut at the command of this number, counted from now; None: never."""
        self.commands, self.cut_at, self.when = [], at, when

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.target))
            self._pairs += [client, server]
            threading.Thread(target=self._up, args=(client, server), daemon=True).start()
            threading.Thread(target=self._down, args=(server, client), daemon=True).start()

    def _up(self, client: socket.socket, server: socket.socket) -> None:
        """Client to server, line by line."""
        with suppress(OSError):
            for line in client.makefile("rb"):
                self.commands.append(line.split()[:2][-1].decode("ascii", "replace"))
                if len(self.commands) == self.cut_at:
                    if self.when == "after":
                        # The server works on it; nothing of its answer comes back.
                        client.shutdown(socket.SHUT_RDWR)
                        server.sendall(line)
                        self._wait_for_answer(server)
                    break
                self.passing(line.decode("ascii", "replace"))
                if not self.deaf:
                    server.sendall(line)
        self._close(client)
        self._close(server)

    def _down(self, server: socket.socket, client: socket.socket) -> None:
        """Server to client, as it comes."""
        with suppress(OSError):
            while data := server.recv(65536):
                if not self.deaf:
                    client.sendall(data)
        self._close(client)

    @staticmethod
    def _wait_for_answer(server: socket.socket) -> None:
        """Until the server has answered or hung up: it tells when it sends, to the other thread."""
        with suppress(OSError):
            server.settimeout(2)
            server.recv(1, socket.MSG_PEEK)

    @staticmethod
    def _close(one: socket.socket) -> None:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        with suppress(OSError):
            one.close()
