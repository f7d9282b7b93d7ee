"""The command that runs a scenario in a scratch office: simulate."""

from __future__ import annotations

from pathlib import Path

import click

from plugin.cli.common import EXAMPLE, echo_json, say
from plugin.simulation.fields import ScenarioError
from plugin.simulation.office import Runaway
from plugin.simulation.run import simulate as run
from plugin.simulation.scenario import read_file
from plugin.simulation.story import story


@click.command(epilog=f"{EXAMPLE}answerable simulate scenario.json --json")
@click.argument("scenario", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Everything that happened, as JSON.")
def simulate(scenario: Path, as_json: bool) -> None:
    """Run a scenario with a clock of its own, and tell everything that happens.

    SCENARIO is a JSON file: a provider, a start, an end, and steps in between (docs/simulate.md).
    Weeks take a second or two. Nothing is sent, and nothing of this installation is touched.
    """
    try:
        happened = run(read_file(scenario))
    except ScenarioError as error:
        raise click.ClickException(str(error)) from None
    except Runaway as error:
        raise click.ClickException(
            f"the simulation was stopped: {error}; please report it"
        ) from None
    if as_json:
        echo_json(happened)
        return
    for line in story(happened):
        say(line)
