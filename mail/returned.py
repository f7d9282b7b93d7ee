"""Which mail of ours a report of non-delivery is about, and whether it is final.

Sources: RFC 3464 (delivery status), RFC 3462 (its container), RFC 3463 (status codes), and the
reports of systems that follow none of them but repeat the header of what they return.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message as Tree

from mail.headers import ids, raw_values
from mail.message import Returned

MAX_IDS = 20
"""How many ids of returned mail one report may name."""

_MAX_SEARCHED = 200_000
_WRITTEN_ID = re.compile(r"(?im)^[>\s]{0,10}message-id:[ \t]*(?:\r?\n[ \t]+)?<([^<>\s]{3,250})>")
_DELAYED = re.compile(r"delay|warning|still trying|will (keep|be) retr", re.I)


def returned(parts: list[Tree], text: str, subject: str) -> Returned:
    """What a report says it could not deliver. `parts` are all of its parts, `text` its words.

    Meant for mail that is known to be a report; of any other it says nothing useful.
    """
    actions = [word for part in parts for word in _field(part, "Action")]
    statuses = [word for part in parts for word in _field(part, "Status")]
    found = list(dict.fromkeys(_ids(parts, text)))[:MAX_IDS]
    if actions:
        # Nobody tries any further (RFC 3464, 2.3.3), also where the last failure was a passing one.
        permanent = "failed" in actions
    elif statuses:
        permanent = any(one.startswith("5") for one in statuses)
    else:
        permanent = not _DELAYED.search(subject)
    failed = next((one for one in statuses if one.startswith("5")), "")
    return Returned(tuple(found), permanent, f"not delivered ({failed})" if failed else "returned")


def _field(part: Tree, name: str) -> list[str]:
    """The values of a field in the blocks of a delivery status."""
    if part.get_content_type() != "message/delivery-status":
        return []
    blocks = part.get_payload()
    inner = (
        [block for block in blocks if isinstance(block, Tree)] if isinstance(blocks, list) else []
    )
    return [
        value.split(";")[-1].strip().split(" ")[0].lower()
        for block in inner
        for value in raw_values(block, name)
    ]


def _ids(parts: list[Tree], text: str) -> Iterator[str]:
    for part in parts:
        kind = part.get_content_type()
        payload = part.get_payload()
        if kind == "message/rfc822" and isinstance(payload, list):
            for child in payload:
                if isinstance(child, Tree):
                    yield from ids(child, "Message-ID")
        elif kind in ("text/rfc822-headers", "message/rfc822-headers"):
            written = part.get_payload(decode=True)
            said = written.decode("utf-8", "replace") if isinstance(written, bytes) else ""
            if isinstance(payload, list):
                said = "\n".join(str(child) for child in payload)
            yield from _WRITTEN_ID.findall(said[:_MAX_SEARCHED])
    yield from _WRITTEN_ID.findall(text[:_MAX_SEARCHED])
