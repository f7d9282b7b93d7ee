"""Deciding what a contact is: from the lane with one key, or from its page with a reason.

The person at hand acts, with their role; the desk decides what may be done and says why not.
"""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from plugin.cases.roles import Role, may
from plugin.desk.doing import ActionRefused, Doer
from plugin.desk.judging import SAID, Said, judge_contact
from plugin.store.people import User
from plugin.web import access, words
from plugin.web.i18n import gettext
from plugin.web.office import now, office

deciding = Blueprint("deciding", __name__)

MAX_REASON = 2_000
"""The longest reason that is kept, in characters."""


@deciding.post("/contacts/<provider>/<int(max=9223372036854775807):id>/decide")
def decide(provider: str, id: int) -> ResponseReturnValue:
    """Take a contact for what the person says it is."""
    said: Said | None = next((one for one in SAID if one == request.form.get("said")), None)
    if said is None:
        abort(400)
    seen = request.args.get("seen")
    why = request.form.get("why", "").strip()[:MAX_REASON]
    user = access.signed_in().user
    doer = Doer(f"user:{user.id}", _role(user, provider))
    try:
        judge_contact(office().desk, provider, id, said, why, doer, now(), seen=seen)
    except ActionRefused as refused:
        flash(gettext("Nothing was changed: %(why)s") % {"why": words.refusal(refused)})
    except LookupError:
        abort(404)
    else:
        flash(words.word("decided", said))
    if request.args.get("from") == "lane":
        following = request.args.get("next", "")
        anchor = f"waiting-{following}" if following.isdigit() else "main"
        return redirect(url_for("panel.waiting", _anchor=anchor))
    return redirect(url_for("panel.contact", provider=provider, id=id))


def _role(user: User, provider: str) -> Role:
    return max(one for one in Role if may(user.grants, provider, one))
