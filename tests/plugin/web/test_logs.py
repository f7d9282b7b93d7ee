"""No log line lets its reader in: addresses that are themselves the authority are cut short."""

from __future__ import annotations

import pytest

from plugin.web.logs import mask


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("GET /voice/cti/PhXp3demoToken?x=1 HTTP/1.1", "GET /voice/cti/…?x=1 HTTP/1.1"),
        ("at '/voice/goto/gt-5b1d0c7e'", "at '/voice/goto/…'"),
        ("GET /c/abc.def", "GET /c/…"),
        ("GET /sign-in/once/abc", "GET /sign-in/once/…"),
        ("GET /voice/hooks", "GET /voice/hooks"),
        ("GET /cases", "GET /cases"),
    ],
)
def test_a_secret_address_is_cut_short(line: str, kept: str) -> None:
    assert mask(line) == kept
