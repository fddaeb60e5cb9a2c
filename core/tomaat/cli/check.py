"""``tomaat check``: does an installed app keep the contract?"""

from __future__ import annotations

import click


@click.command(
    epilog="""\b
Example:
  tomaat check brain"""
)
@click.argument("app")
def command(app: str) -> None:
    """Check that an installed app keeps the contract.

    Its interface is valid, it takes a sample of its inputs, it keeps the geometry of difficult grids, and it can be
    cancelled. The app runs here, without a host; exits with 1 if a check fails. `tomaat.testing.AppContract` has the
    same checks for a plugin's own tests.
    """
    from tomaat.testing import run_checks

    failed = 0
    for check in run_checks(app):
        word, colour = ("ok", "green") if check.passed else ("failed", "red")
        click.echo(f"{click.style(f'{word:<7}', fg=colour)} {check.name}")
        if not check.passed:
            failed += 1
            click.echo(f"        {check.detail}")
    if failed:
        raise click.exceptions.Exit(1)
