"""What the telephone costs: a number read, a webhook kept and answered, and how long callers wait.

Microseconds a number, beside libphonenumber's own parse and validity. CPU milliseconds a webhook
with its database write, beside a floor that checks the same signature and commits one row. Then the
served application at 100 requests a second, each sent at its moment whether or not the one before
was answered, and how long each took. Load and service share the machine.
"""

from __future__ import annotations

import base64
import gc
import hashlib
import hmac
import http.client
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from queue import Queue
from typing import Any

import phonenumbers
from sqlalchemy import text

from plugin import runtime
from plugin.app import create_app
from plugin.desk.calls import get_ready
from plugin.desk.phones import phones
from plugin.store.engine import Database
from tests.plugin.support import desk, settings
from tests.servers.postgres import Postgres
from voice.numbers import read

KEY = b"k" * 32
SECRET = "whsec_" + base64.b64encode(KEY).decode()
LINE = "+443452864697"
NUMBERS = 4000
COUNT = 1500
A_SECOND = 100
SECONDS = 30
SENDERS = 32


def main() -> None:
    """Measure numbers, then webhooks on SQLite and on PostgreSQL."""
    _numbers()
    postgres = Postgres()
    postgres.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            for name, urls in (
                ("SQLite", [f"sqlite:///{folder}/{one}.db" for one in ("floor", "cpu", "load")]),
                ("PostgreSQL", [postgres.url(), postgres.url(), postgres.url()]),
            ):
                _webhooks(name, folder, *urls)
    finally:
        postgres.stop()


def _numbers() -> None:
    written = [_written(n) for n in range(NUMBERS)]
    _each(written[:100], lambda one: read(*one))
    _settled()
    ours = _each(written[100:], lambda one: read(*one))
    floor = _each(written[100:], _bare)
    print(f"numbers, {len(written) - 100} that differ, UK and Canada, as people and networks write")
    print(f"  read                {ours:6.1f} microseconds a number  (aim: under 50)")
    print(f"  parse and validity  {floor:6.1f}")
    print(f"  by floor            {ours / floor:6.2f}")
    line = _each([("020 7946 0101", "GB")] * 5000, lambda one: read(*one))
    print(f"  a line read again   {line:6.1f}")


def _settled() -> None:
    """What is loaded stays, and is not looked through for garbage, as in the service."""
    gc.collect()
    gc.freeze()


def _written(n: int) -> tuple[str, str]:
    home, away = f"{n % 1000:03d}", f"{n:04d}"
    return (
        (f"+44 20 7946 0{home}", "GB"),
        (f"020 7{away[0]}46 {away}", "GB"),
        (f"(604) 5{away[:2]}-{away}", "CA"),
        (f"+1416555{away}", "CA"),
        (f"0044 161 496 0{home}", "GB"),
        (f"514.55{away[0]}.{away}", "CA"),
    )[n % 6]


def _bare(one: tuple[str, str]) -> bool:
    return bool(phonenumbers.is_valid_number(phonenumbers.parse(*one)))


def _each(given: list[Any], work: Callable[[Any], object]) -> float:
    started = time.process_time()
    for one in given:
        work(one)
    return (time.process_time() - started) * 1e6 / len(given)


def _webhooks(name: str, folder: str, floor_url: str, cpu_url: str, load_url: str) -> None:
    floor = _floor(floor_url)
    cpu = _cpu(folder, cpu_url)
    print(f"\n{name}")
    print(f"  a webhook kept and answered  {cpu:6.2f} ms CPU  (aim: under 4)")
    print(f"  floor                        {floor:6.2f} ms CPU")
    print(f"  by floor                     {cpu / floor:6.2f}")
    took, wrong = _load(folder, load_url)
    cuts = statistics.quantiles(took, n=1000)
    print(f"  at {A_SECOND} a second for {SECONDS} s: {len(took)} answered, {wrong} wrongly")
    print(
        f"  p50 {cuts[499]:.1f} ms, p99 {cuts[989]:.1f} ms (aim: under 100), "
        f"p99.9 {cuts[998]:.1f} ms, most {max(took):.1f} ms"
    )


def _settings(folder: str) -> Any:
    one = {"system": "standard-webhooks", "provider": "8x8", "secret": SECRET}
    return settings(Path(folder), phone={"pbx": one}, web={"url": "https://voice.example"})


def _app(folder: str, url: str) -> Any:
    built = desk(url, _settings(folder), draw=runtime.SystemDraw())
    get_ready(built, runtime.utc_now())
    return create_app(built, runtime.utc_now, phones=phones(built))


def _event(n: int, now: float) -> tuple[bytes, dict[str, str]]:
    """The n-th of a stream: calls that start, are answered and end, three events each."""
    kind = ("call.started", "call.answered", "call.ended")[n % 3]
    told = {"callId": f"c{n // 3}", "from": f"+4420794{n // 3 % 100000:05d}", "to": LINE}
    body = json.dumps({"type": kind, "data": told}).encode()
    id, moment = f"m{n}", str(int(now))
    mac = hmac.digest(KEY, f"{id}.{moment}.".encode() + body, hashlib.sha256)
    signature = "v1," + base64.b64encode(mac).decode()
    return body, {"webhook-id": id, "webhook-timestamp": moment, "webhook-signature": signature}


def _cpu(folder: str, url: str) -> float:
    app = _app(folder, url)
    environs = [_environ(*_event(n, time.time())) for n in range(COUNT)]
    for environ in environs[:30]:
        list(app(environ, _said))
    _settled()
    started = time.process_time()
    for environ in environs[30:]:
        list(app(environ, _said))
    return (time.process_time() - started) * 1000 / (COUNT - 30)


def _environ(body: bytes, headers: dict[str, str]) -> dict[str, Any]:
    named = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/voice/hooks",
        "REQUEST_URI": "/voice/hooks",
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "HTTP_HOST": "127.0.0.1",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.url_scheme": "http",
        "wsgi.version": (1, 0),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **named,
    }


def _said(status: str, _headers: object, _fault: object = None) -> None:
    if not status.startswith("200"):
        raise AssertionError(status)


def _floor(url: str) -> float:
    database = Database(url)
    with database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE floor_hook (id TEXT PRIMARY KEY, body TEXT)"))
    events = [_event(n, time.time()) for n in range(COUNT)]
    started = time.process_time()
    for body, headers in events:
        id, moment = headers["webhook-id"], headers["webhook-timestamp"]
        mac = hmac.digest(KEY, f"{id}.{moment}.".encode() + body, hashlib.sha256)
        given = headers["webhook-signature"].removeprefix("v1,")
        assert hmac.compare_digest(base64.b64encode(mac).decode(), given)
        with database.engine.begin() as connection:
            connection.execute(
                text("INSERT INTO floor_hook VALUES (:id, :body)"),
                {"id": id, "body": body.decode()},
            )
    cost = (time.process_time() - started) * 1000 / COUNT
    database.close()
    return cost


def _load(folder: str, url: str) -> tuple[list[float], int]:
    """Milliseconds of each request, and how many were not answered with 200."""
    server = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.webhooks", "serve", folder, url],
        stdout=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    )
    assert server.stdout is not None
    try:
        port = int(server.stdout.readline())
        return _send(port)
    finally:
        server.terminate()
        server.wait(timeout=20)


def _send(port: int) -> tuple[list[float], int]:
    wanted: Queue[tuple[float, int] | None] = Queue()
    took: list[float] = []
    wrong: list[int] = []

    def sender() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while (one := wanted.get()) is not None:
            moment, n = one
            body, headers = _event(n, time.time())
            connection.request("POST", "/voice/hooks", body, headers)
            answer = connection.getresponse()
            answer.read()
            took.append((time.perf_counter() - moment) * 1000)
            if answer.status != 200:
                wrong.append(answer.status)

    threads = [threading.Thread(target=sender) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    begun = time.perf_counter() + 0.5
    for n in range(A_SECOND * SECONDS):
        moment = begun + n / A_SECOND
        time.sleep(max(0.0, moment - time.perf_counter()))
        wanted.put((moment, n))
    for _ in threads:
        wanted.put(None)
    for thread in threads:
        thread.join()
    return took, len(wrong)


def _serve(folder: str, url: str) -> None:
    from waitress.server import create_server

    from plugin.cli.service import WEB_THREADS

    server: Any = create_server(_app(folder, url), host="127.0.0.1", port=0, threads=WEB_THREADS)
    print(server.effective_port, flush=True)
    server.run()


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        _serve(sys.argv[2], sys.argv[3])
    else:
        main()
