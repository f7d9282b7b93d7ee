"""The customer's page in a real browser: axe, a small phone, the keyboard, without scripts.

The browser also shows that what our headers make it send with a form is what we take for ours.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from waitress.server import create_server

from tests.plugin.customer.place import FRENCH, Place, place

AXE = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
PAGES = ("", "?ask=confirm", "?ask=not_resolved", "?ask=escalate")

pytestmark = pytest.mark.slow


class Shop:
    """A place that listens on a port of its own."""

    def __init__(self, made: Place) -> None:
        self.made = made
        self.server = create_server(made.rooms.app, host="127.0.0.1", port=0)
        self.base = f"http://127.0.0.1:{self.server.effective_port}"  # type: ignore[union-attr]
        self.link = self.base + made.address
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.close()
        self.thread.join(10)


@pytest.fixture
def jo(tmp_path: Path) -> Iterator[Shop]:
    made = place(tmp_path)
    made.propose()
    shop = Shop(made)
    yield shop
    shop.close()


@pytest.fixture
def amelie(tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(place(tmp_path / "fr", "jive", FRENCH))
    yield shop
    shop.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_and_it_fits_a_small_phone(
    jo: Shop, amelie: Shop, chromium: Browser, theme: str
) -> None:
    context = chromium.new_context(
        color_scheme=theme,  # type: ignore[arg-type]
        viewport={"width": 320, "height": 640},
    )
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda said: wrong.append(said.text) if "404" not in said.text else None)
    page.on("request", lambda one: None if one.url.startswith("http://127") else wrong.append("?"))
    shown = [jo.link + ask for ask in PAGES]
    shown += [amelie.link, f"{amelie.link}?ask=escalate", f"{jo.base}/c/nothing"]
    for address in shown:
        page.goto(address)
        seen = Axe().run(page, options=AXE)
        wrong += [f"{address}: {one['id']}" for one in seen.response["violations"]]
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
    for state in ("open", "closed_assumed", "closed_deadlock"):
        jo.made.put(state)
        page.goto(jo.link)
        seen = Axe().run(page, options=AXE)
        wrong += [f"{state}: {one['id']}" for one in seen.response["violations"]]
    assert wrong == []
    assert context.cookies() == []
    context.close()


@pytest.fixture
def plain(jo: Shop, chromium: Browser) -> Iterator[Page]:
    """The page in a browser that runs no scripts."""
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(jo.link)
    yield page
    context.close()


def test_it_is_confirmed_in_two_steps_without_a_script(jo: Shop, plain: Page) -> None:
    plain.get_by_role("link", name="It is resolved").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("Is your complaint resolved?")
    assert jo.made.acts.asked == []
    with plain.expect_request(lambda one: one.method == "POST") as sent:
        plain.get_by_role("button", name="Yes, it is resolved").click()
    expect(plain.get_by_role("status")).to_contain_text("You told us that it is resolved")
    assert plain.url == jo.link
    headers = sent.value.all_headers()
    assert headers["origin"] == "null"  # no-referrer hides it even from us
    assert headers["sec-fetch-site"] == "same-origin"
    assert "referer" not in headers
    assert plain.context.cookies() == []


def test_going_back_changes_nothing(jo: Shop, plain: Page) -> None:
    plain.get_by_role("link", name="It is not resolved").click()
    plain.get_by_role("link", name="No, go back").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("You have our answer")
    assert jo.made.acts.asked == []


def test_everything_is_reached_by_keyboard(jo: Shop, chromium: Browser) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(jo.link)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="It is resolved")).to_be_focused()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Is your complaint resolved?")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Yes, it is resolved")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your case is closed")
    assert len(jo.made.acts.asked) == 1
    context.close()


def test_a_page_of_another_site_cannot_send_the_form(jo: Shop, chromium: Browser) -> None:
    context = chromium.new_context()
    page = context.new_page()
    form = f'<form method="post" action="{jo.link}"><button name="do" value="confirm">Go</button>'
    elsewhere = "http://localhost/elsewhere"
    page.route(elsewhere, lambda asked: asked.fulfill(content_type="text/html", body=form))
    page.goto(elsewhere)
    with page.expect_response(jo.link) as answer:
        page.get_by_role("button").click()
    assert answer.value.status == 403
    assert jo.made.acts.asked == []
    context.close()
