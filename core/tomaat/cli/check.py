"""``tomaat check``: does an installed app keep the contract?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from tomaat.cli.group import Failure


@click.command(
    epilog="""\b
Examples:
  tomaat check brain
  tomaat check liver --env old-monai"""
)
@click.argument("app")
@click.option(
    "--weights",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Weights for an app that takes some and brings none.",
)
@click.option("--env", "environment", metavar="NAME", help="The environment that the app is installed in.")
def command(app: str, weights: Path | None, environment: str | None) -> None:
    """Check that an installed app keeps the contract.

    Its interface is valid, it takes a sample of its inputs, it keeps the geometry of difficult grids, and it can be
    cancelled. The app runs here, without a host; exits with 1 if a check fails. `tomaat.testing.AppContract` has the
    same checks for a plugin's own tests.
    """
    failed = 0
    for outcome in _outcomes(app, weights, environment):
        failed += not outcome["passed"]
        word, colour = ("ok", "green") if outcome["passed"] else ("failed", "red")
        click.echo(f"{click.style(f'{word:<8}', fg=colour)}{outcome['sentence']}")
        if outcome["detail"]:
            click.echo(f"{'':<8}{outcome['detail']}")
    if failed:
        raise Failure(f"{app} breaks the contract: {failed} check{'s' * (failed > 1)} failed.")
    click.echo(f"{app} keeps the contract.")


def _outcomes(app: str, weights: Path | None, environment: str | None) -> Iterator[Mapping[str, Any]]:
    """What comes of each check: here, or in an environment."""
    if environment is None:
        from tomaat.testing import run_checks

        yield from map(vars, run_checks(app, weights))
        return
    from tomaat.environments.checking import run_checks_in
    from tomaat.environments.environment import Environments
    from tomaat.settings import Settings

    yield from run_checks_in(Environments(Settings.load().home).get(environment), app, weights)
