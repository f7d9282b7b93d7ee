"""The one table of what may be done, and the least role that each act needs.

Pages, and later forms, the API and commands, ask here; none carries a rule of its own. So far
everything a person can do is to read.
"""

from __future__ import annotations

from dataclasses import dataclass

from plugin.cases.roles import Role


@dataclass(frozen=True, slots=True)
class Action:
    """Something a person may do, e.g. "view_case"."""

    kind: str
    least: Role


_ACTIONS = (
    Action("list_cases", Role.AGENT),
    Action("view_case", Role.AGENT),
    Action("view_contact", Role.AGENT),
    Action("view_waiting", Role.AGENT),
    Action("view_quarantine", Role.AGENT),
    # An unread mail is raw and may hold anything of anybody's: fewer people take it home.
    Action("download_raw_mail", Role.SUPERVISOR),
    Action("view_outgoing_mail", Role.ADMIN),
)

ACTIONS = {action.kind: action for action in _ACTIONS}
