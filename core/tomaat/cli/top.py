"""``tomaat top``: what a host is doing, live."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from tomaat.cli.address import connect, fingerprint_option, url_argument

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table

    from tomaat.client import Client, RemoteApp

COLOURS = {"busy": "cyan", "warm": "green", "starting": "yellow", "stopping": "yellow", "broken": "red"}


@click.command(
    epilog="""\b
Examples:
  tomaat top
  tomaat top http://gpu1:9001
  tomaat top --once"""
)
@url_argument
@click.option("--interval", type=click.FloatRange(0.2, 60.0), default=1.0, show_default=True, help="Seconds.")
@click.option("--once", is_flag=True, help="Show it once, for scripts.")
@fingerprint_option("the host's")
def command(url: str, interval: float, once: bool, fingerprint: str | None) -> None:
    """Show a host's apps, workers, memory and queues, live in the terminal, until Ctrl-C.

    It takes an administrator's key, where the host asks for keys.
    """
    from rich.console import Console
    from rich.live import Live

    console = Console()
    with connect(url, fingerprint) as client:
        if once:
            console.print(_screen(client))
            return
        with Live(_screen(client), console=console, screen=True, auto_refresh=False) as live:
            while True:
                time.sleep(interval)
                live.update(_screen(client), refresh=True)


def _screen(client: Client) -> Group:
    from rich.console import Group
    from rich.text import Text

    host, apps = client.host(), client.apps()
    busy = [app for app in apps if app.state != "cold" or app.queue]
    cold = [app.name for app in apps if app not in busy]
    parts: list[Any] = [Text(_head(client.url, host), style="bold"), Text(_machine(host)), Text()]
    parts += [_apps(busy), Text()] if busy else []
    parts += [_workers(host["workers"]), Text()] if host["workers"] else []
    if cold:
        parts.append(Text(f"cold: {', '.join(cold)}", style="dim"))
    return Group(*parts)


def _head(url: str, host: dict[str, Any]) -> str:
    jobs = host["jobs"]
    return (
        f"{url}  tomaat {host['version']}  up {_span(host['uptime'])}\n"
        f"jobs: {jobs['running']} running, {jobs['queued']} queued, {jobs['last_minute']} ended in the last minute; "
        f"uploads: {host['uploads']}"
    )


def _machine(host: dict[str, Any]) -> str:
    memory, disk = host["memory"], host["disk"]
    return (
        f"load {host['load'][0]:.1f} of {host['processors']}  memory {_size(memory['available'])} free of "
        f"{_size(memory['total'])}, host {_size(memory['host'])}  disk {_size(disk['free'])} free"
    )


def _apps(apps: list[RemoteApp]) -> Table:
    table = _table("App", "State", "Workers>", "Running>", "Queued>")
    for app in apps:
        counts = (str(app.json.get(name, "")) for name in ("workers", "running", "queue"))
        table.add_row(app.name, _state(app.state), *counts)
    return table


def _workers(workers: list[dict[str, Any]]) -> Table:
    table = _table("Worker", "App", "State", "For>", "Device", "Memory>", "GPU>", "Job")
    for worker in workers:
        memory, jobs = worker["memory"], worker["jobs"]
        table.add_row(
            str(worker["pid"] or ""),
            worker["app"],
            _state(worker["state"]),
            _span((datetime.now(UTC) - datetime.fromisoformat(worker["since"])).total_seconds()),
            worker["device"],
            _size(memory.get("rss", 0)),
            _size(memory.get("device", 0)),
            " ".join(jobs[:1]) + (f" +{len(jobs) - 1}" if len(jobs) > 1 else ""),
        )
    return table


def _table(*columns: str) -> Table:
    """A table; a column whose name ends in ``>`` has numbers."""
    from rich import box
    from rich.table import Column, Table

    shown = [
        Column(name.rstrip(">"), justify="right" if name.endswith(">") else "left", no_wrap=True) for name in columns
    ]
    return Table(*shown, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)


def _state(state: str) -> Any:
    from rich.text import Text

    return Text(state, style=COLOURS.get(state, ""))


def _span(seconds: float) -> str:
    """A duration in four letters or so: ``12s``, ``3m``, ``5h``, ``12d``."""
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length:.0f}{unit}"
    return f"{max(seconds, 0.0):.0f}s"


def _size(size: float) -> str:
    """Bytes for a narrow column; nothing for none."""
    if not size:
        return ""
    return f"{size / 2**30:.1f}G" if size >= 2**30 else f"{size / 2**20:.0f}M"
