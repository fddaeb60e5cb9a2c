"""``tomaat jobs``: what a host has done, and is doing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from tomaat.cli.address import connect, fingerprint_option, json_option, url_argument
from tomaat.cli.listing import ListingGroup
from tomaat.cli.table import print_pairs, print_table
from tomaat.cli.times import read_duration

if TYPE_CHECKING:
    from tomaat.client import Job, JobView

STATES = ("queued", "running", "succeeded", "failed", "cancelled")
ENDED = STATES[2:]
COLOURS = {"succeeded": "green", "failed": "red", "running": "cyan", "cancelled": "yellow"}


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
    """Show, cancel and remove the jobs of a host. Without a command: list them."""


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


@command.command(
    epilog="""\b
Examples:
  tomaat jobs log 01JD5T0Q6V9GZ4B7J2N8XK3M1C
  tomaat jobs log --follow 01JD5T0Q6V9GZ4B7J2N8XK3M1C"""
)
@click.argument("job_id", metavar="ID")
@url_argument
@click.option("--follow", is_flag=True, help="Go on until the job has ended.")
@fingerprint_option("the host's")
def log(job_id: str, url: str, follow: bool, fingerprint: str | None) -> None:
    """Show what the app of a job has said: its log, what it printed, and when its stages began."""
    with connect(url, fingerprint) as client:
        if not follow:
            click.echo(client.job_log(job_id), nl=False)
            return
        for line in client.follow_log(job_id):
            click.echo(str(line))


@command.command(
    epilog="""\b
Examples:
  tomaat jobs purge --older-than 1h
  tomaat jobs purge --app brain --state failed --yes
  tomaat jobs purge --all http://gpu1:9001"""
)
@url_argument
@click.option("--older-than", metavar="DURATION", callback=read_duration, help="Only those that ended so long ago: 1h.")
@click.option("--app", help="Only this app's.")
@click.option("--state", type=click.Choice(ENDED), help="Only those that ended so.")
@click.option("--all", "everything", is_flag=True, help="All that have ended.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@fingerprint_option("the host's")
def purge(
    url: str,
    older_than: float | None,
    app: str | None,
    state: str | None,
    everything: bool,
    yes: bool,
    fingerprint: str | None,
) -> None:
    """Remove jobs that have ended, and their results, from a host. Jobs that wait or run are left alone."""
    if everything == bool(older_than is not None or app or state):
        raise click.UsageError("Say which jobs: --older-than, --app and --state, or else --all.")
    if not yes:
        click.confirm(f"Remove these jobs and their results from {url}?", abort=True)
    with connect(url, fingerprint) as client:
        count = client.purge(app=app, state=state, older_than=older_than or 0.0)
    click.echo(f"Removed {count} job{'' if count == 1 else 's'}.")


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
