"""The panel in a real browser, on the demo desk as a stranger starts it.

From the address that `serve --demo` prints to reading a letter; axe finds nothing to complain of on
any page, in light and dark; hostile mail runs nothing; it fits a narrow screen and the keyboard; in
the lane one key decides the entry in focus, and never another.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from imapclient import IMAPClient
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Locator,
    Page,
    Request,
    expect,
)

from plugin.settings import load
from tests.plugin.support import letter
from tests.servers.demo import PROGRAM, running_demo
from tests.servers.wait import until

LETTERS = 9
"""Letters of cases; one more answers who asks how to complain."""
LIVE = 20_000
"""How long, in milliseconds, a mail may take to show on a page that renews itself."""

AXE = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}

pytestmark = [pytest.mark.slow, pytest.mark.servers]


@dataclass
class Demo:
    """The running demo: where it is, its one-time sign-in, and a browser state signed in."""

    folder: Path
    base: str
    link: str
    state: Path

    def deliver(self, raw: bytes, user: str = "ooma") -> None:
        """Put a mail into one of the demo's mailboxes, as a customer would cause."""
        made = load(self.folder / "var/demo/answerable.toml", {})
        box = made.mailbox[user]
        assert box.password is not None
        with IMAPClient(box.host, port=box.port, ssl=False) as client:
            client.login(user, box.password.get_secret_value())
            client.append("INBOX", raw)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    with running_demo(folder) as said:
        until(lambda: said.read_text().count("mail out") > LETTERS, "every letter goes", 30)
        link = re.search(r"http://\S+/sign-in/once/\S+", said.read_text())
        assert link is not None
        base = link[0].partition("/sign-in")[0]
        state = folder / "state.json"
        context = chromium.new_context()
        page = context.new_page()
        page.goto(link[0])
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Cases", exact=True)).to_be_visible()
        context.storage_state(path=state)
        context.close()
        yield Demo(folder, base, link[0], state)


@pytest.fixture
def context(demo: Demo, chromium: Browser) -> Iterator[BrowserContext]:
    made = chromium.new_context(storage_state=demo.state, viewport={"width": 1280, "height": 900})
    made.set_default_timeout(10_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext, demo: Demo) -> Iterator[Page]:
    """A page of a signed-in browser; whatever goes wrong in it fails the test."""
    made = context.new_page()
    wrong: list[str] = []

    def console(said: ConsoleMessage) -> None:
        if said.type == "error":
            wrong.append(said.text)

    def dialog(shown: Dialog) -> None:
        wrong.append(shown.message)
        shown.dismiss()

    def request(asked: Request) -> None:
        if not asked.url.startswith(demo.base):
            wrong.append(asked.url)

    made.on("pageerror", lambda error: wrong.append(str(error)))
    made.on("console", console)
    made.on("dialog", dialog)
    made.on("request", request)
    made.goto(demo.base + "/cases")
    yield made
    assert wrong == []


def open_case(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def test_from_the_list_of_cases_to_reading_a_letter(page: Page) -> None:
    expect(page.locator(".cases > li")).to_have_count(LETTERS)
    open_case(page, "Priya Nair")
    expect(page.locator(".words mark").first).to_have_text("treat this as a formal complaint")
    page.get_by_text("Why, and why then").first.click()
    expect(page.get_by_text("Procedure for resolving a complaint, sentence 1")).to_be_visible()
    page.get_by_role("link", name=re.compile("^Your complaint: reference")).click()
    expect(page.locator("pre.paper")).to_contain_text("Dear Priya Nair,")
    reference = page.get_by_role("link", name=re.compile(r"Case \d{4}-\d{4}-\d{2}")).inner_text()
    page.get_by_role("link", name="Outgoing mail").click()
    page.get_by_role("link", name=re.compile(reference.split()[-1])).click()
    expect(page.locator("pre.paper").first).to_contain_text("Dear Priya Nair,")


def test_an_attachment_is_saved_under_its_name(page: Page) -> None:
    open_case(page, "Priya Nair")
    page.get_by_role("link", name=re.compile("Formal complaint")).click()
    with page.expect_download() as saving:
        page.get_by_role("link", name="porting-confirmation.txt").click()
    assert saving.value.suggested_filename == "porting-confirmation.txt"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(demo: Demo, chromium: Browser, theme: str) -> None:
    context = chromium.new_context(storage_state=demo.state, color_scheme=theme)  # type: ignore[arg-type]
    page = context.new_page()
    found: dict[str, list[str]] = {}
    for name, address in every_page(page, demo).items():
        page.goto(address)
        for summary in page.locator("summary").all():
            summary.click()
        seen = Axe().run(page, options=AXE)
        found[name] = [
            f"{one['id']}: {node['html'][:120]}"
            for one in seen.response["violations"]
            for node in one["nodes"]
        ]
    context.close()
    stranger = chromium.new_context(color_scheme=theme)  # type: ignore[arg-type]
    page = stranger.new_page()
    for name, address in (("sign in", "/sign-in"), ("once, used", demo.link), ("once", "/x")):
        page.goto(address if address.startswith("http") else demo.base + address)
        seen = Axe().run(page, options=AXE)
        found[name] = [one["id"] for one in seen.response["violations"]]
    stranger.close()
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    assert len(found) >= 15


def every_page(page: Page, demo: Demo) -> dict[str, str]:
    """Every page there is to see, by what it is."""
    base = demo.base
    found = {
        name: f"{base}/{name}"
        for name in (
            "cases",
            "cases?show=late",
            "cases?show=settled",
            "cases?q=marsh",
            "cases?q=zzz",
            "waiting",
            "quarantine",
            "mailboxes",
            "outgoing",
            "account",
            "nothing",
        )
    }
    page.goto(base + "/cases")
    page.get_by_role("link", name="Priya Nair").click()
    found["case"] = page.url
    found["letter"] = base + str(page.locator("#letters ~ ol a").first.get_attribute("href"))
    found["contact"] = base + str(page.locator("#contacts ~ ol a").first.get_attribute("href"))
    page.goto(base + "/outgoing")
    found["posted"] = base + str(page.locator(".cases a").first.get_attribute("href"))
    page.goto(base + "/cases?q=dana+fox")
    found["hostile"] = base + str(page.locator(".cases a").first.get_attribute("href"))
    return found


def test_script_in_names_subjects_and_bodies_never_runs(page: Page, demo: Demo) -> None:
    script = "<script>alert('name')</script><img src=x onerror=alert(1)>"
    body = f"<p>I want to make a complaint.</p>{script}<a href='javascript:alert(2)'>here</a>"
    demo.deliver(
        (
            f'From: "Eve {script}" <eve@example.com>\r\nTo: complaints@ooma.example\r\n'
            f"Subject: complaint {script}\r\nMessage-ID: <eve@example.com>\r\nMIME-Version: 1.0\r\n"
            f"Content-Type: text/html; charset=utf-8\r\n\r\n{body}\r\n"
        ).encode()
    )
    link = page.get_by_role("link", name=re.compile("^Eve <script>"))
    expect(link).to_be_visible(timeout=LIVE)  # it arrives without reloading
    link.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("<script>")
    page.locator("#contacts ~ ol a").first.click()
    for summary in page.locator("summary").all():
        summary.click()
    expect(page.locator(".formatted")).to_contain_text("I want to make a complaint.")
    assert page.locator(".formatted script, .formatted img, .formatted a").count() == 0
    page.goto(demo.base + "/cases?q=%3Csvg%20onload=alert(3)%3E")
    expect(page.get_by_text("No case is found.")).to_be_visible()


def test_a_new_case_appears_by_itself_and_moves_nothing_else(page: Page, demo: Demo) -> None:
    search = page.get_by_role("searchbox")
    search.fill("half a wo")
    page.get_by_role("link", name="Late").focus()
    raw = letter(
        "I want to make a complaint.",
        sender="Ida Newcome <ida@example.org>",
        message_id="<ida@example.org>",
    )
    demo.deliver(raw)
    expect(page.get_by_role("link", name="Ida Newcome")).to_be_visible(timeout=LIVE)
    expect(search).to_have_value("half a wo")
    expect(page.get_by_role("link", name="Late")).to_be_focused()
    expect(page.locator("[data-live-status]")).to_have_text("The page has been updated.")


def test_a_page_that_is_paused_asks_nothing(page: Page, demo: Demo) -> None:
    page.get_by_role("button", name="Pause updates").click()
    expect(page.get_by_role("button", name="Pause updates")).to_have_attribute(
        "aria-pressed", "true"
    )
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    page.wait_for_timeout(6000)
    assert asked == []
    page.reload()
    expect(page.get_by_role("button", name="Pause updates")).to_have_attribute(
        "aria-pressed", "true"
    )


def test_what_was_unfolded_stays_unfolded_when_the_page_renews_itself(
    page: Page, demo: Demo
) -> None:
    open_case(page, "Jo Marsh")
    page.get_by_text("Why, and why then").first.click()
    mine = page.locator("#contacts ~ ol > li")
    before = mine.count()
    demo.deliver(
        letter(
            f"Any news on {page.locator('.reference').first.inner_text()}?",
            sender="Jo Marsh <jo.marsh@example.com>",
            message_id="<jo-again@example.com>",
        )
    )
    expect(mine).to_have_count(before + 1, timeout=LIVE)
    expect(page.locator("details[open]")).to_have_count(1)


@pytest.mark.parametrize("width", [320, 640])
def test_it_fits_a_narrow_screen_and_a_zoomed_one(page: Page, demo: Demo, width: int) -> None:
    """320 px is a small phone; 640 px is what a 1280 px screen has left at 200 % zoom."""
    addresses = every_page(page, demo)
    page.set_viewport_size({"width": width, "height": 700})
    for name, address in addresses.items():
        if name == "nothing":
            continue
        page.goto(address)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{name} is {wide} px wide"


def test_everything_is_reached_by_keyboard(page: Page) -> None:
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Priya Nair":
            break
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Priya Nair", level=1)).to_be_visible()


def test_signing_out_leaves_nothing_to_go_back_to(
    demo: Demo, chromium: Browser, context: BrowserContext
) -> None:
    mine = subprocess.run(
        [PROGRAM, "user", "link", "demo@answerable.example"],
        cwd=demo.folder,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    value = mine.strip().rpartition("/")[2]
    other = chromium.new_context()
    page = other.new_page()
    page.goto(f"{demo.base}/sign-in/once/{value}")
    page.get_by_role("button", name="Sign in").click()
    open_case(page, "Priya Nair")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    other.close()


def test_the_panel_speaks_french(page: Page, demo: Demo, chromium: Browser) -> None:
    context = chromium.new_context(storage_state=demo.state, locale="fr-CA")
    french = context.new_page()
    french.goto(demo.base + "/cases")
    expect(french.locator("html")).to_have_attribute("lang", "fr")
    expect(french.get_by_role("heading", level=1)).to_have_text("Dossiers")
    context.close()


def entry(page: Page, subject: str) -> Locator:
    """The entry of a mail in the lane."""
    return page.locator(".cases > li").filter(has=title(page, subject))


def title(page: Page, subject: str) -> Locator:
    """The link of an entry that leads to its mail, or to its case."""
    return page.get_by_role("link", name=subject, exact=True)


def open_with(page: Page, address: str, *titles: str) -> None:
    """Open a page once these have arrived, which is sooner than it renews itself."""

    def shown() -> bool:
        page.goto(address)
        return all(title(page, one).count() for one in titles)

    until(shown, f"{', '.join(titles)} arrive")


def open_lane(page: Page, demo: Demo, *subjects: str, sender: str | None = None) -> list[str]:
    """Open the lane with a mail of each subject in it; gives them as they stand there."""
    for subject in subjects:
        address = f"{subject.replace(' ', '-').lower()}@example.org"
        demo.deliver(
            letter(
                "I am fed up.",
                subject=subject,
                sender=sender or f"{subject} <{address}>",
                message_id=f"<{address}>",
            )
        )
    open_with(page, demo.base + "/waiting", *subjects)
    found = page.locator(".cases > li h2").all_inner_texts()
    return [subject for subject in found if subject in subjects]


@pytest.fixture
def colleague(demo: Demo, chromium: Browser) -> Iterator[Page]:
    """A second browser in which the lane is open."""
    context = chromium.new_context(storage_state=demo.state)
    made = context.new_page()
    made.goto(demo.base + "/waiting")
    yield made
    context.close()


def dismiss(colleague: Page, subject: str) -> None:
    colleague.reload()
    entry(colleague, subject).get_by_role("button", name="No complaint").click()
    expect(entry(colleague, subject)).to_have_count(0)


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("c", "It is a complaint now, as of when it arrived."),
        ("e", "It is a complaint now, escalated, as of when it arrived."),
        ("n", "It is no complaint; it waits no more."),
        ("j", "It belongs to the case now."),
    ],
)
def test_one_key_decides_and_the_focus_goes_to_the_entry_below(
    page: Page, demo: Demo, key: str, says: str
) -> None:
    # Who has a case and writes anew may mean that one: all four keys are offered.
    kay = f"Kay {key.upper()} <kay.{key}@example.org>"
    complaint = letter("I want to make a complaint.", sender=kay, message_id=f"<{key}@example.org>")
    demo.deliver(complaint)
    open_with(page, demo.base + "/cases", f"Kay {key.upper()}")
    upper, lower = open_lane(page, demo, f"Upper {key}", f"Lower {key}", sender=kay)
    title(page, upper).focus()
    page.keyboard.press(key)
    expect(page.locator(".flash")).to_have_text(says)
    expect(entry(page, upper)).to_have_count(0)
    expect(title(page, lower)).to_be_focused()
    expect(title(page, lower)).to_be_in_viewport()


def test_key_after_key_decides_entry_after_entry_and_a_key_held_down_only_one(
    page: Page, demo: Demo
) -> None:
    first, second, third = open_lane(page, demo, "Row one", "Row two", "Row three")
    title(page, first).focus()
    page.keyboard.press("n")
    expect(title(page, second)).to_be_focused()
    page.keyboard.down("n")
    expect(title(page, third)).to_be_focused()
    page.keyboard.down("n")  # still held: the keyboard repeats it
    page.keyboard.up("n")
    expect(entry(page, second)).to_have_count(0)
    entry(page, third).get_by_role("button", name="Escalation").focus()
    page.keyboard.press("N")
    expect(page.locator(".flash")).to_have_text("It is no complaint; it waits no more.")
    expect(entry(page, third)).to_have_count(0)


def test_a_key_pressed_elsewhere_or_with_another_held_decides_nothing(
    page: Page, demo: Demo
) -> None:
    upper, lower = open_lane(page, demo, "Stray upper", "Stray lower")
    entry(page, upper).locator(".words").click()
    places = [
        page.locator("main"),
        page.get_by_role("button", name="Pause updates"),
        page.get_by_role("link", name="Cases", exact=True),
        page.get_by_label("Language"),
    ]
    for place in [None, *places]:
        if place is not None:
            place.focus()
            expect(place).to_be_focused()
        for key in "cenj":
            page.keyboard.press(key)
    title(page, upper).focus()
    page.keyboard.press("j")  # no case is proposed for it
    for held in ("Control", "Alt", "Meta"):
        page.keyboard.press(f"{held}+c")
    # A key that had decided something would have kept this one from deciding.
    title(page, lower).focus()
    page.keyboard.press("n")
    expect(entry(page, lower)).to_have_count(0)
    expect(entry(page, upper)).to_have_count(1)


def test_letters_typed_into_the_reason_decide_nothing(page: Page, demo: Demo) -> None:
    (subject,) = open_lane(page, demo, "Typed reason")
    title(page, subject).click()
    reason = page.get_by_role("textbox", name="Why, in your words")
    reason.focus()
    page.keyboard.type("nice, c e n j")
    expect(reason).to_have_value("nice, c e n j")
    page.go_back()
    expect(entry(page, subject)).to_have_count(1)


def test_the_focus_stays_in_its_entry_when_the_lane_renews_itself(
    page: Page, demo: Demo, colleague: Page
) -> None:
    above, mine, below = open_lane(page, demo, "Live above", "Live mine", "Live below")
    button = entry(page, mine).get_by_role("button", name="No complaint")
    button.focus()
    dismiss(colleague, above)
    expect(entry(page, above)).to_have_count(0, timeout=LIVE)
    expect(button).to_be_focused()
    page.keyboard.press("n")
    expect(entry(page, mine)).to_have_count(0)
    expect(title(page, below)).to_be_focused()


def test_a_key_meant_for_an_entry_that_a_colleague_decided_decides_no_other(
    page: Page, demo: Demo, colleague: Page
) -> None:
    above, mine, below = open_lane(page, demo, "Gone above", "Gone mine", "Gone below")
    title(page, mine).focus()
    dismiss(colleague, mine)
    expect(entry(page, mine)).to_have_count(0, timeout=LIVE)
    expect(page.locator(".cases :focus")).to_have_count(0)
    page.keyboard.press("n")
    title(page, below).focus()
    page.keyboard.press("n")
    expect(entry(page, below)).to_have_count(0)
    expect(entry(page, above)).to_have_count(1)


def test_an_entry_decided_by_a_colleague_before_the_lane_was_renewed_is_left_as_it_is(
    page: Page, demo: Demo, colleague: Page
) -> None:
    (mine,) = open_lane(page, demo, "Both of us")
    page.get_by_role("button", name="Pause updates").click()
    title(page, mine).focus()
    dismiss(colleague, mine)
    page.keyboard.press("c")
    expect(page.locator(".flash")).to_have_text(
        "Nothing was changed: somebody decided about it meanwhile; look at it again"
    )
    expect(entry(page, mine)).to_have_count(0)
    page.goto(demo.base + "/cases?q=both+of+us")
    expect(page.get_by_text("No case is found.")).to_be_visible()
