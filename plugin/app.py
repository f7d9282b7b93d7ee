"""The web side. So far it answers whether the service lives and whether it can work."""

from __future__ import annotations

from flask import Flask, Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from plugin.desk.ports import Desk
from plugin.store import migrate


def create_app(desk: Desk) -> Flask:
    """The WSGI application on a desk."""
    app = Flask("answerable", static_folder=None)

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

    @app.after_request
    def guard(response: Response) -> Response:
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
        response.headers["Cache-Control"] = "no-store"
        return response

    return app
