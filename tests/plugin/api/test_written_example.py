"""What docs/phone.md tells people to type does what it says."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from waitress.server import create_server

from plugin.app import create_app
from plugin.codes.load import load, load_phone, read_folder
from plugin.desk.phones import phones
from plugin.runtime import utc_now
from plugin.store.schema import phone_call
from tests.plugin import support

PAGE = (Path(__file__).parents[3] / "docs" / "phone.md").read_text(encoding="utf-8")
TEMPLATES = Path(__file__).parents[3] / "templates"


def blocks(language: str) -> list[str]:
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```", PAGE)


@pytest.mark.servers
@pytest.mark.skipif(
    not (shutil.which("curl") and shutil.which("openssl")), reason="curl or openssl is missing"
)
def test_the_curl_example_is_believed_and_routed(tmp_path: Path) -> None:
    secret = subprocess.run(
        ["bash", "-c", 'echo "whsec_$(openssl rand -base64 32)"'],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    one = {"system": "standard-webhooks", "provider": "opus", "secret": secret}
    built = support.desk(
        f"sqlite:///{tmp_path}/a.db", support.settings(tmp_path, phone={"pbx": one})
    )
    server: Any = create_server(
        create_app(built, utc_now, phones=phones(built)), host="127.0.0.1", port=0
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        (script,) = blocks("bash")
        script = script.replace("whsec_…", secret).replace(
            "https://complaints.example.com", f"http://127.0.0.1:{server.effective_port}"
        )
        done = subprocess.run(
            ["bash", "-eu", "-c", script], capture_output=True, text=True, check=True
        )
    finally:
        server.close()
        thread.join(timeout=10)
    answer = json.loads(done.stdout)
    assert answer["provider"] == "opus"
    (shown,) = blocks("json")
    assert set(answer) == set(json.loads(shown.replace("…", "x")))
    with built.database.read() as c:
        assert c.execute(select(phone_call.c.caller)).scalars().all() == ["+442079460123"]
    built.database.close()


def test_the_plan_in_the_page_is_a_plan() -> None:
    (text,) = [one for one in blocks("toml") if one.startswith("format = 1")]
    opus = load("opus", read_folder(TEMPLATES, "opus"))
    plan = load_phone("opus", text, {}, opus.file)
    assert plan.queue_for("director") == "senior"
    assert plan.handlers == {"kim@example.com": "1015"}
