"""The customer's page of a case: where it stands, and three things to say about it.

The link is all there is: no sign-in, no session, no cookie. Nothing changes on GET or HEAD, since
mail scanners open every link; a choice is asked once more on a page of its own and made by a POST.
"""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from plugin.customer import words
from plugin.desk import customer as case
from plugin.desk.customer import DeadLink, Look, NotNow
from plugin.web import i18n, pages
from plugin.web.i18n import N_, gettext
from plugin.web.office import now, office
from plugin.web.security import FOR_CUSTOMERS, csrf, from_another_site

customer = Blueprint("customer", __name__, template_folder="templates")

_ELSEWHERE = N_("Nothing was changed. Please use the buttons on this page.")
_NOT_NOW = N_(
    "Nothing was changed: your case has moved on since you opened this page. This is how it stands"
    " now. You can also reply to our message or call us."
)


# The link is the authority, and no page of another site knows it: there is no session to protect
# and no cookie to keep a token in. What a browser says of the sender is checked all the same.
@customer.route(FOR_CUSTOMERS, defaults={"token": ""}, methods=["GET", "POST"])
@customer.route(f"{FOR_CUSTOMERS}<path:token>", methods=["GET", "POST"])
@csrf.exempt  # type: ignore[untyped-decorator]
def page(token: str) -> ResponseReturnValue:
    """Where the case stands; `?ask=` asks once more; a POST does it."""
    try:
        shown = case.look(office().desk, token, now())
        spoken = i18n.speak(shown.language)
        if request.method == "POST":
            return _do(token, shown, spoken)
    except DeadLink:
        abort(404)
    wish = request.args.get("ask", "")
    if wish in shown.may:
        step = words.step(shown.may[wish], shown)
        return pages.render(
            "customer/ask.html", spoken=spoken, look=shown, token=token, wish=wish, step=step
        )
    return _page(token, shown, spoken)


def _do(token: str, shown: Look, spoken: str) -> ResponseReturnValue:
    wish = request.form.get("do", "")
    if from_another_site():
        return _page(token, shown, spoken, problem=gettext(_ELSEWHERE), code=403)
    if wish not in case.WISHES:
        return _page(token, shown, spoken, problem=gettext(_ELSEWHERE), code=422)
    try:
        case.say(office().desk, token, wish, request.form.get("seen"), now(), acting=office().act)
    except NotNow:
        shown = case.look(office().desk, token, now())
        return _page(token, shown, spoken, problem=gettext(_NOT_NOW), code=409)
    return redirect(url_for("customer.page", token=token), code=303)


def _page(
    token: str, shown: Look, spoken: str, *, problem: str | None = None, code: int = 200
) -> Response:
    zone = shown.provider.file.calendar.zone
    title, text = words.state(shown.state)
    made = pages.render(
        "customer/page.html",
        spoken=spoken,
        look=shown,
        token=token,
        zone=zone,
        title=title,
        text=text,
        told=words.told(shown, zone),
        owed=[words.owed(one, zone) for one in shown.owed],
        steps={wish: words.step(kind, shown) for wish, kind in shown.may.items()},
        problem=problem,
    )
    made.status_code = code
    return made
