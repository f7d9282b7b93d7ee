"""Does reading take time in proportion to the mail? Of each kind one, beside one twice as long.

Each kind repeats what is hard for some step of reading. About 2 is linear, about 4 grows with the
square. Both are measured in the same run, the best of some rounds.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from mail.message import Unreadable
from mail.parse import parse
from plugin.panel.markup import clean
from tests.fuzz.samples import attribute as attribute_of
from tests.fuzz.samples import properties as properties_of
from tests.fuzz.samples import raw, uncompressed, winmail

ROUNDS = 3
HTML = "Content-Type: text/html\r\n"
_MIXED = "Content-Type: multipart/mixed; boundary=b"
_FILE = "Content-Disposition: attachment; filename=a"
_BASE64 = f"{_FILE}\r\nContent-Transfer-Encoding: base64"
KINDS: dict[str, tuple[int, Callable[[int], bytes]]] = {
    "words": (80_000, lambda n: raw("X: y", "", "word " * n)),
    "quoted lines": (100_000, lambda n: raw("X: y", "", "> a\n" * n)),
    "quote headers": (20_000, lambda n: raw("X: y", "", "On 1 wrote:\n" * n)),
    "header lines": (40_000, lambda n: raw("X: y", "", "From: a\n" * n)),
    "signatures": (80_000, lambda n: raw("X: y", "", "-- \n" * n)),
    "encoded words": (3_000, lambda n: raw("Subject: " + "=?utf-8?Q?a?= " * n, "", "x")),
    "brackets": (15_000, lambda n: raw("From: " + "<" * n, "", "x")),
    "comments": (15_000, lambda n: raw("From: " + "(" * n, "", "x")),
    "addresses": (2_000, lambda n: raw("To: " + "a@b.example, " * n, "", "x")),
    "references": (4_000, lambda n: raw("References: " + "<a@b> " * n, "", "x")),
    "fields": (15_000, lambda n: raw(*["A: b"] * n, "", "x")),
    "parts": (240, lambda n: raw(_MIXED, "", *["--b\r\n\r\nx"] * n, "--b--")),
    "parameters": (90, lambda n: raw("Content-Type: a/b" + "; name*1=a" * n, "", "x")),
    "lines of a file": (400_000, lambda n: raw(_FILE, "", "x\n" * n)),
    "one line": (10_000_000, lambda n: raw(_FILE, "", "x" * n)),
    "base64 in pieces": (400, lambda n: raw(_BASE64, "", "QUJD=" * n + "QUJD" * n * 500)),
    "nested html": (40_000, lambda n: raw(HTML, "<div>" * n + "x")),
    "html quotes": (40_000, lambda n: raw(HTML, "<blockquote>a</blockquote>" * n)),
    "html comments": (40_000, lambda n: raw(HTML, "<!--" * n)),
    "html attributes": (40_000, lambda n: raw(HTML, "<a " + "b='<' " * n)),
    "html entities": (40_000, lambda n: raw(HTML, "&amp" * n)),
    "open styles": (40_000, lambda n: raw(HTML, "<style>" * n)),
    "groups of rtf": (100_000, lambda n: _winmail(b"{\\b x}" * n)),
    "letters of rtf": (80_000, lambda n: _winmail(b"\\'e9\\u8364?" * n)),
}


def _winmail(rtf: bytes) -> bytes:
    inside = properties_of((0x102, 0x1009, uncompressed(rtf)))
    return raw("Content-Type: application/ms-tnef", "", winmail(attribute_of(0x9003, inside)))


def _cost(data: bytes) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.process_time()
        try:
            clean(parse(data).html)
        except Unreadable as why:
            raise AssertionError(why) from why
        best = min(best, time.process_time() - started)
    return best


def main() -> None:
    """Print what each kind costs, and how its cost grows."""
    for name, (size, made) in KINDS.items():
        one, two = _cost(made(size)), _cost(made(2 * size))
        print(f"{name}: {two * 1000:.0f} ms, {two / max(one, 1e-6):.1f} times its half")


if __name__ == "__main__":
    main()
