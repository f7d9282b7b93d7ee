"""Sample requests of every phone system as values; their README tells what each field means."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from voice.webhook import Request, request_of

FOLDER = Path(__file__).parents[2] / "data" / "webhooks"
SAMPLES: Mapping[str, dict[str, Any]] = {
    f"{file.parent.name}/{file.stem}": json.loads(file.read_text("utf-8"))
    for file in sorted(FOLDER.glob("*/*.json"))
}
BELIEVED = [name for name, sample in SAMPLES.items() if sample["expected_valid"]]
SAME_PROTOCOL = {"standard-webhooks": "kamailio", "zammad-cti": "asterisk"}
"""Systems whose requests have one shape: what is true of the one holds for the other."""


def sent(name: str) -> Request:
    """A sample as the request that arrives."""
    one = SAMPLES[name]
    at = datetime.fromtimestamp(one["received_at"], UTC)
    return request_of(
        one["method"], one["url"], one["headers"].items(), one["body"].encode("utf-8"), at
    )


def secrets(name: str) -> list[str]:
    """What the receiver is configured with."""
    one = SAMPLES[name]
    several = one["scheme"] == "standard-webhooks"
    return one["secret"].split() if several else [one["secret"]]
