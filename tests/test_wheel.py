"""The wheel carries everything: installed alone in an empty environment, it checks its codes."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]


@pytest.mark.slow
@pytest.mark.servers
def test_the_wheel_works_outside_the_checkout(tmp_path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if "ANSWERABLE" not in key}
    environment.pop("PYTHONPATH", None)

    def run(*words: str | Path) -> str:
        done = subprocess.run(
            list(words), cwd=tmp_path, env=environment, check=False, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    wheels = tmp_path / "wheels"
    run(sys.executable, "-m", "build", "--wheel", "--outdir", wheels, PROJECT)
    (wheel,) = wheels.glob("answerable-*.whl")
    home = tmp_path / "venv"
    venv.create(home, with_pip=True)
    run(home / "bin" / "python", "-m", "pip", "install", "--quiet", wheel)

    program = home / "bin" / "answerable"
    assert "4 provider folders are right" in run(program, "code", "check")
    said = "from plugin.triage import judge; print(judge('I complain.').label)"
    assert run(home / "bin" / "python", "-c", said).strip() == "complaint"
    assert "up to date" in run(program, "db", "upgrade")
    assert "up to date" in run(program, "db", "check")
    where = run(home / "bin" / "python", "-c", "import plugin; print(plugin.__file__)")
    assert str(home) in where
