"""What an open case lacks that somebody should see to every business day. Pure."""

from __future__ import annotations

from plugin.cases.picture import Picture

MISSING = {
    "handler_missing": "has no handler; assign one",
    "interval_missing": "has no agreed interval of updates; agree one with the customer",
    "scheme_missing": "cannot be told of its dispute resolution scheme by name; "
    "set the provider's adr_scheme",
}
"""What may be lacking, by the name of its alert, with the remedy."""


def lacking(seen: Picture, *, agrees_interval: bool, owes_scheme: bool) -> tuple[str, ...]:
    """What the case lacks.

    `agrees_interval`: the code leaves how often to an agreement. `owes_scheme`: a notice went
    without the scheme's name and must be followed by it.
    """
    found = []
    open_ = seen.standing.state in ("open", "reopened")
    if open_ and seen.handler is None:
        found.append("handler_missing")
    if open_ and agrees_interval and seen.interval is None:
        found.append("interval_missing")
    if owes_scheme:
        found.append("scheme_missing")
    return tuple(found)
