"""The pages that name tests name tests that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted([*(ROOT / "docs").glob("*.md"), ROOT / "README.md", *ROOT.glob("benchmarks/*.md")])


def there() -> tuple[set[str], set[str]]:
    """The files with tests, and the tests, by their names."""
    files = list((ROOT / "tests").rglob("test_*.py"))
    text = "\n".join(one.read_text(encoding="utf-8") for one in files)
    return {one.name for one in files}, set(re.findall(r"(?m)^\s*(?:async )?def (test_\w+)", text))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_test_that_a_page_names_is_there(page: Path) -> None:
    files, tests = there()
    said = page.read_text(encoding="utf-8")
    named = set(re.findall(r"\btest_\w+(?:\.py)?", said)) - {"test_"}
    assert {one for one in named if one.endswith(".py")} - files == set()
    assert {one for one in named if not one.endswith(".py")} - tests == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_that_a_page_leads_to_is_there(page: Path) -> None:
    said = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[\w-]+)?\)", said):
        if "://" not in target:
            assert (page.parent / target).exists(), target
