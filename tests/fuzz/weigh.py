"""`python -m tests.fuzz.weigh FILE`: read a mail in every way, and print what it took in memory.

A process of its own, so that the peak is that of this mail alone: `VmHWM`, in MiB (Linux).
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from mail.parse import attachment, parse
from plugin.panel.markup import clean


def main() -> None:
    """Read the file named; raises whatever reading raises."""
    raw = Path(sys.argv[1]).read_bytes()
    message = parse(raw)
    clean(message.html)
    for one in message.attachments[:1]:
        attachment(raw, one.digest)
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert peak is not None
    sys.stdout.write(str(int(peak[1]) // 1024))


if __name__ == "__main__":
    main()
