"""`python -m tests.fuzz`: mails made by a fuzzer that watches which code they reach.

Every mail must satisfy `holds.check`, within the memory and time stated here. It begins with our
own samples; what it finds worth keeping goes into `--corpus`. Atheris (libFuzzer for Python) has
wheels for Linux on x86-64 only; elsewhere this says so and ends with code 3.
"""

from __future__ import annotations

import argparse
import sys
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

MAX_LENGTH = 16 * 1024
"""The longest mail that is tried, in bytes: what is longer costs time and reaches no other code."""

RSS_MB = 1024
"""What the process may hold, in MiB, the watched libraries and the corpus included."""

TIMEOUT = 10
"""Seconds that one mail may take, under watch, which costs about ten times as much."""

NOT_HERE = 3
"""The exit code where there is no Atheris."""


def main() -> None:
    """Fuzz for some seconds. Ends with code 0, or another where a mail broke the rule."""
    arguments = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    arguments.add_argument("--seconds", type=int, default=60, help="how long (default 60)")
    arguments.add_argument("--seed", type=int, default=0, help="0 (default): another each time")
    arguments.add_argument("--corpus", type=Path, help="a folder to begin from and to add to")
    arguments.add_argument("--found", type=Path, default=Path("var/fuzz"), help="for bad mails")
    given = arguments.parse_args()
    try:
        import atheris
    except ImportError:
        sys.stderr.write("fuzzing: Atheris is not installed here (it is for Linux on x86-64)\n")
        sys.exit(NOT_HERE)
    # What is to be watched is changed as it is imported, so none of it may have been before.
    watched = ["mail", "email", "plugin.panel.markup"]
    with atheris.instrument_imports(include=watched, enable_loader_override=False):
        from tests.fuzz.holds import check
        from tests.fuzz.samples import samples

    def one(data: bytes) -> None:
        check(data)

    for folder in (given.found, given.corpus):
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as seeds:
        for raw in samples().values():
            (Path(seeds) / sha256(raw).hexdigest()).write_bytes(raw)
        folders = [str(given.corpus or seeds), *([seeds] if given.corpus else [])]
        options = [
            f"-max_total_time={given.seconds}",
            f"-max_len={MAX_LENGTH}",
            f"-rss_limit_mb={RSS_MB}",
            f"-timeout={TIMEOUT}",
            f"-seed={given.seed}",
            f"-artifact_prefix={given.found}/",
            f"-dict={Path(__file__).with_name('words.dict')}",
            "-print_final_stats=1",
        ]
        atheris.Setup([sys.argv[0], *options, *folders], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
