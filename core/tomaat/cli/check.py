"""``tomaat check``: does an installed app keep the contract?"""

from __future__ import annotations

from pathlib import Path

import click

from tomaat.cli.group import Failure


@click.command(
    epilog="""\b
Example:
  tomaat check brain"""
)
@click.argument("app")
@click.option(
    "--weights",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Weights for an app that takes some and brings none.",
)
def command(app: str, weights: Path | None) -> None:
    """Check that an installed app keeps the contract.

    Its interface is valid, it takes a sample of its inputs, it keeps the geometry of difficult grids, and it can be
    cancelled. The app runs here, without a host; exits with 1 if a check fails. `tomaat.testing.AppContract` has the
    same checks for a plugin's own tests.
    """
    from tomaat.testing import run_checks

    failed = 0
    for outcome in run_checks(app, weights):
        failed += not outcome.passed
        word, colour = ("ok", "green") if outcome.passed else ("failed", "red")
        click.echo(f"{click.style(f'{word:<8}', fg=colour)}{outcome.sentence}")
        if outcome.detail:
            click.echo(f"{'':<8}{outcome.detail}")
    if failed:
        raise Failure(f"{app} breaks the contract: {failed} check{'s' * (failed > 1)} failed.")
    click.echo(f"{app} keeps the contract.")
