"""The web side put together: pages on a desk, and whether the service lives and can work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from flask import Flask, Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from plugin.api import voice as voice_hooks
from plugin.customer.views import customer
from plugin.desk.phones import Phone
from plugin.desk.ports import Desk
from plugin.panel.deciding import deciding
from plugin.panel.views import panel
from plugin.public.views import public
from plugin.store import migrate
from plugin.web import access, errors, i18n, office, pages, security
from plugin.web.door import door
from plugin.web.office import Office, Posted


def create_app(
    desk: Desk,
    clock: Callable[[], datetime],
    posted: Callable[[], Sequence[Posted]] | None = None,
    phones: Sequence[Phone] = (),
) -> Flask:
    """The WSGI application on a desk. `phones`: the phone systems whose webhooks it takes.

    `posted`: the letters that the demo's own mail server has taken; None outside the demo.
    """
    app = Flask("plugin.web")
    office.install(app, Office(desk, clock, posted))
    security.install(app, desk.settings.web, desk.ring)
    i18n.install(app)
    pages.install(app)
    errors.install(app)
    app.before_request(access.guard)
    app.register_blueprint(door)
    app.register_blueprint(panel)
    app.register_blueprint(deciding)
    app.register_blueprint(customer)
    app.register_blueprint(public)
    app.extensions[voice_hooks.KEY] = tuple(phones)
    app.register_blueprint(voice_hooks.voice)

    @app.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="alive")

    @app.get("/readyz")
    def readyz() -> tuple[Response, int]:
        try:
            problem = migrate.problem(desk.database)
        except SQLAlchemyError:
            problem = "the database does not answer"
        if problem:
            return jsonify(status="not ready", reason=problem), 503
        return jsonify(status="ready"), 200

    return app
