"""``tomaat jobs``: what a host has done, and is doing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from tomaat.cli.address import connect, fingerprint_option, json_option, url_argument
from tomaat.cli.table import print_pairs, print_table

if TYPE_CHECKING:
    from tomaat.client import Job, JobView

STATES = ("queued", "running", "succeeded", "failed", "cancelled")
COLOURS = {"succeeded": "green", "failed": "red", "running": "cyan", "cancelled": "yellow"}


class ListingGroup(click.Group):
    """``tomaat jobs [URL]`` is ``tomaat jobs list [URL]``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or args[0] not in {*self.commands, *ctx.help_option_names}:
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group(
    cls=ListingGroup,
    epilog="""\b
Examples:
  tomaat jobs                      the jobs of the host on this machine
  tomaat jobs --state failed http://gpu1:9001
  tomaat jobs show 01JD5T0Q6V9GZ4B7J2N8XK3M1C
  tomaat jobs cancel 01JD5T0Q6V9GZ4B7J2N8XK3M1C""",
)
def command() -> None:
    """Show and cancel the jobs of a host. Without a command: list them."""


@command.command("list", epilog="\b\nExample:\n  tomaat jobs list --app brain --limit 5")
@url_argument
@click.option("--app", help="Only this app's.")
@click.option("--state", type=click.Choice(STATES), help="Only those in this state.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many at most.")
@fingerprint_option("the host's")
@json_option
def list_(url: str, app: str | None, state: str | None, limit: int, fingerprint: str | None, as_json: bool) -> None:
    """List the jobs that a host remembers, the newest first."""
    with connect(url, fingerprint) as client:
        jobs = client.jobs(app=app, state=state, limit=limit)
    if as_json:
        click.echo(json.dumps({"jobs": [dict(job.json) for job in jobs]}, indent=2))
    elif jobs:
        _print_table(jobs)
    else:
        click.echo("No jobs.")


@command.command(epilog="\b\nExample:\n  tomaat jobs show 01JD5T0Q6V9GZ4B7J2N8XK3M1C")
@click.argument("job_id", metavar="ID")
@url_argument
@fingerprint_option("the host's")
@json_option
def show(job_id: str, url: str, fingerprint: str | None, as_json: bool) -> None:
    """Show one job: its state, results, timings and provenance."""
    with connect(url, fingerprint) as client:
        job = client.job(job_id)
    if as_json:
        click.echo(json.dumps(dict(job.json), indent=2))
    else:
        _print_job(job)


@command.command(epilog="\b\nExample:\n  tomaat jobs cancel 01JD5T0Q6V9GZ4B7J2N8XK3M1C")
@click.argument("job_id", metavar="ID")
@url_argument
@fingerprint_option("the host's")
def cancel(job_id: str, url: str, fingerprint: str | None) -> None:
    """Stop a job. The host forgets it, and its results."""
    with connect(url, fingerprint) as client:
        client.cancel(job_id)
    click.echo(f"Cancelled {job_id}.")


def _print_table(jobs: list[Job]) -> None:
    print_table(
        ("Job", "App", "State", "Progress", "Created", "Took"),
        [
            (
                job.id,
                job.app,
                (job.state, COLOURS.get(job.state, "")),
                _progress(job),
                job.created.astimezone().strftime("%Y-%m-%d %H:%M") if job.created else "",
                _took(job),
            )
            for job in jobs
        ],
    )


def _print_job(job: JobView) -> None:
    pairs = {"job": job.id, "app": job.app, "state": job.state, "progress": _progress(job), "took": _took(job)}
    for result in job.results.values():
        pairs[f"result {result.name}"] = result.value if isinstance(result.value, str) else result.href
    pairs |= {f"timing {stage}": f"{seconds:.3f} s" for stage, seconds in job.timings.items()}
    pairs |= {key: value if isinstance(value, str) else json.dumps(value) for key, value in job.provenance.items()}
    print_pairs((name, value) for name, value in pairs.items() if value)


def _progress(job: JobView) -> str:
    if job.state == "queued" and job.position is not None:
        return f"position {job.position}"
    if job.error is not None:
        return job.error.detail
    return f"{job.fraction:.0%} {job.message}".strip() if job.state == "running" else ""


def _took(job: JobView) -> str:
    if job.started is None:
        return ""
    return f"{((job.finished or datetime.now(UTC)) - job.started).total_seconds():.1f} s"
