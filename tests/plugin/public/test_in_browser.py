"""The published codes in a real browser: axe, light and dark, a small phone, the keyboard."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser
from waitress.server import create_server

from tests.plugin.public.test_public_pages import EVERY
from tests.plugin.web.rooms import rooms

AXE = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}

pytestmark = pytest.mark.slow


@pytest.fixture
def base(tmp_path: Path) -> Iterator[str]:
    server = create_server(rooms(tmp_path).app, host="127.0.0.1", port=0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"  # type: ignore[union-attr]
    server.close()
    thread.join(10)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing_and_it_fits(
    base: str, chromium: Browser, theme: str, width: int
) -> None:
    context = chromium.new_context(
        color_scheme=theme,  # type: ignore[arg-type]
        viewport={"width": width, "height": 800},
    )
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda said: wrong.append(said.text) if "404" not in said.text else None)
    page.on("request", lambda one: None if one.url.startswith(base) else wrong.append(one.url))
    for address in ("/code/", *EVERY, "/code/nobody"):
        page.goto(base + address)
        seen = Axe().run(page, options=AXE)
        wrong += [f"{address}: {one['id']}" for one in seen.response["violations"]]
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert wrong == []
    context.close()


def test_the_keyboard_reaches_the_content_first_and_every_section(
    base: str, chromium: Browser
) -> None:
    page = chromium.new_page()
    page.goto(base + EVERY[0])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.url.endswith("#content")
    page.get_by_role("link", name="What we do, and by when").press("Enter")
    assert page.url.endswith("#steps")
    heading = page.get_by_role("heading", name="What we do, and by when")
    assert heading.bounding_box()["y"] < 100  # type: ignore[index]
    page.close()


def test_on_paper_the_browser_prints_what_the_pdf_has(base: str, chromium: Browser) -> None:
    page = chromium.new_page()
    page.goto(base + EVERY[0])
    page.emulate_media(media="print")
    assert not page.get_by_role("navigation", name="Other formats").is_visible()
    assert page.get_by_role("heading", name="Complaints code of Ooma").is_visible()
    page.close()
