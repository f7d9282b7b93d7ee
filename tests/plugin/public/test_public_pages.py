"""The published codes on the web: stable addresses, every form, nobody known, nothing changed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from plugin.cases.roles import Role
from plugin.public import views
from plugin.published import pdf
from tests.plugin.support import NOW
from tests.plugin.web.rooms import Rooms, rooms, text

EVERY = [
    "/code/ooma/en/complaints",
    "/code/ooma/en/information",
    "/code/8x8/en/complaints",
    "/code/jive/en-CA/complaints",
    "/code/jive/fr-CA/complaints",
    "/code/opus/en/complaints",
]


@pytest.fixture
def site(tmp_path: Path) -> Rooms:
    return rooms(tmp_path)


@pytest.fixture
def anybody(site: Rooms) -> FlaskClient:
    return site.client()


@pytest.mark.parametrize("address", EVERY)
def test_every_document_is_a_page(anybody: FlaskClient, address: str) -> None:
    page = anybody.get(address)
    assert page.status_code == 200
    assert page.headers["Content-Language"] == address.split("/")[3]
    assert "Set-Cookie" not in page.headers
    assert page.headers["Cache-Control"] == "public, max-age=300"
    assert "X-Robots-Tag" not in page.headers
    assert "noindex" not in page.get_data(as_text=True)


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("fr", "fr-CA"),
        ("fr-CA", "fr-CA"),
        ("fr-FR,en;q=0.5", "fr-CA"),
        ("de,fr;q=0.8", "fr-CA"),
        ("en-GB", "en-CA"),
        ("de", "en-CA"),
        ("", "en-CA"),
    ],
)
def test_the_stable_address_leads_to_the_readers_language(
    anybody: FlaskClient, asked: str, language: str
) -> None:
    found = anybody.get("/code/jive", headers={"Accept-Language": asked})
    assert found.status_code == 302
    assert found.location == f"/code/jive/{language}/complaints"
    assert found.headers["Vary"] == "Accept-Language"


def test_it_is_found_in_two_clicks_from_the_front_page(anybody: FlaskClient) -> None:
    front = anybody.get("/", follow_redirects=True).get_data(as_text=True)
    assert 'href="/code/"' in front
    index = anybody.get("/code/").get_data(as_text=True)
    for key in ("ooma", "8x8", "jive", "opus"):
        assert f'href="/code/{key}"' in index
        code = anybody.get(f"/code/{key}", follow_redirects=True)
        assert "How to complain" in text(code)


def test_the_only_provider_in_use_is_the_front_page_of_the_codes(tmp_path: Path) -> None:
    others = {key: {"enabled": False} for key in ("8x8", "jive", "opus")}
    site = rooms(tmp_path, provider=others)
    assert site.client().get("/code/").location == "/code/ooma"
    assert site.client().get("/code/opus").status_code == 404


def test_each_page_links_to_the_others_and_every_link_opens(anybody: FlaskClient) -> None:
    seen: set[str] = set()
    waiting = ["/code/"]
    while waiting:
        address = waiting.pop()
        found = anybody.get(address, follow_redirects=True)
        assert found.status_code == 200, address
        seen |= {address, found.request.path}
        if found.mimetype == "text/html":
            links = re.findall(r'href="(/[^"#]*)"', found.get_data(as_text=True))
            waiting += sorted(set(links) - seen - set(waiting))
    expected = {*EVERY, *(f"{one}.pdf" for one in EVERY)}
    assert expected | {f"{one}-large-print.pdf" for one in EVERY} <= seen
    assert not any(one.startswith(("/cases", "/account", "/sign-in")) for one in seen)


@pytest.mark.usefixtures("pango")
@pytest.mark.parametrize("address", EVERY)
def test_paper_forms(anybody: FlaskClient, address: str) -> None:
    for form in (".pdf", "-large-print.pdf"):
        found = anybody.get(f"{address}{form}")
        assert (found.status_code, found.mimetype) == (200, "application/pdf")
        assert found.data.startswith(b"%PDF-")
        assert found.headers["X-Content-Type-Options"] == "nosniff"
        assert re.fullmatch(r'inline; filename="[\w-]+\.pdf"', found.headers["Content-Disposition"])


def test_a_paper_form_is_made_once_a_day(
    site: Rooms, anybody: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[object] = []

    def counted(document: Any, **_: Any) -> bytes:
        made.append(document.on)
        return b"%PDF-"

    monkeypatch.setattr(pdf, "to_pdf", counted)
    for _ in range(3):
        anybody.get("/code/opus/en/complaints.pdf")
    site.clock.now = NOW.replace(year=2027)
    anybody.get("/code/opus/en/complaints.pdf")
    assert len(made) == 2


def test_only_so_many_are_kept(
    site: Rooms, anybody: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "to_pdf", lambda *_, **__: b"%PDF-")
    monkeypatch.setattr(views, "MAX_KEPT", 2)
    for address in EVERY:
        anybody.get(f"{address}.pdf")
    assert len(site.app.extensions[views._KEY].kept) == 2


def test_without_pango_there_is_no_link_and_no_file(
    anybody: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing() -> Any:
        raise pdf.NoPdf("not here")

    monkeypatch.setattr(pdf, "_weasyprint", nothing)
    assert ".pdf" not in anybody.get(EVERY[0]).get_data(as_text=True)
    assert anybody.get(f"{EVERY[0]}.pdf").status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        "/code/nobody",
        "/code/ooma/fr/complaints",
        "/code/8x8/en/information",
        "/code/ooma/en/secrets",
        "/code/ooma/en",
        "/code/ooma/en/complaints.exe",
        "/code/%00/en/complaints",
        "/code/../ooma/en/complaints/x/y",
    ],
)
def test_what_there_is_not_leads_back_to_the_list(anybody: FlaskClient, address: str) -> None:
    found = anybody.get(address)
    assert found.status_code == 404
    assert "There is no such document" in text(found)
    assert 'href="/code/"' in found.get_data(as_text=True)
    assert "Answerable" not in text(found)
    assert found.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_nothing_can_be_sent_there(anybody: FlaskClient, method: str) -> None:
    assert getattr(anybody, method)(EVERY[0]).status_code in (400, 405)


def test_who_is_signed_in_sees_the_same_page(site: Rooms, anybody: FlaskClient) -> None:
    agent = site.signed_in(("ooma", Role.AGENT))
    assert agent.get(EVERY[0]).data == anybody.get(EVERY[0]).data


def test_an_unchanged_page_is_not_sent_again(anybody: FlaskClient) -> None:
    first = anybody.get(EVERY[0])
    again = anybody.get(EVERY[0], headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_the_law_of_the_day_is_shown(site: Rooms, anybody: FlaskClient) -> None:
    assert "within 6 weeks" in text(anybody.get("/code/8x8/en/complaints"))
    site.clock.now = NOW.replace(year=2026, month=4, day=7)
    assert "within 8 weeks" in text(anybody.get("/code/8x8/en/complaints"))


def test_the_mailbox_and_the_scheme_are_those_of_the_settings(tmp_path: Path) -> None:
    box = {"provider": "opus", "address": "care@opus.example", "host": "mail.example"}
    provider = {"opus": {"adr_scheme": "CISAS", "confirmed_contacts": ["020 8545 8200"]}}
    site = rooms(tmp_path, mailbox={"care": box}, provider=provider)
    said = text(site.client().get("/code/opus/en/complaints"))
    assert "We are a member of CISAS" in said
    assert "care@opus.example" in said


def test_the_customers_page_leads_to_the_code(site: Rooms) -> None:
    page = (Path(views.__file__).parents[1] / "customer/templates/customer/page.html").read_text()
    assert "url_for('public.code'" in page
