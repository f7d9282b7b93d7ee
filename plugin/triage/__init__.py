"""Does this contact explicitly say complaint or escalate? Pure rules, each with its reason.

Only the customer's own new words count. The verdict carries the words that decided, where they
stand and the rule, so that an agent can see why. A contact without the words is never judged a
complaint; one that sounds dissatisfied is `possible`, for a person to decide (AMB-13).
"""

from plugin.triage.table import hears
from plugin.triage.verdict import MAX_JUDGED, Evidence, Label, Verdict, judge, language

__all__ = ["MAX_JUDGED", "Evidence", "Label", "Verdict", "hears", "judge", "language"]
