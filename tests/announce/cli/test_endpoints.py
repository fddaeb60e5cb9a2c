"""``tomaat-announce endpoints``: what is listed, and taking it off the list."""

from __future__ import annotations

import json
from typing import Any

from services import RunningService


def listed(service: RunningService, *options: str) -> dict[str, dict[str, Any]]:
    """What the command lists, by name."""
    done = service.command("endpoints", "list", "--json", *options)
    assert done.exit_code == 0, done.stderr
    return {found["name"]: found for found in json.loads(done.stdout)["endpoints"]}


def test_endpoints_are_shown_and_removed(start_service: Any, database_url: str) -> None:
    service = start_service(database=database_url)
    assert service.command("endpoints", "list").stdout == "No endpoints.\n"
    key = service.make_key()
    for name in ("Spleen", "Liver", "Brain"):
        service.announce(key, base=f"http://{name.lower()}.example", name=name, anatomy=name)
    table = service.command("endpoints", "list").stdout
    assert table.index("Spleen") < table.index("Liver") < table.index("Brain")
    assert "http://liver.example/predict" in table
    found = listed(service)
    assert (found["Liver"]["key"], found["Liver"]["listed"], found["Liver"]["anatomy"]) == (1, True, "Liver")
    assert list(listed(service, "--text", "LIVER example")) == ["Liver"]
    removed = service.command("endpoints", "remove", found["Liver"]["sid"])
    assert removed.stdout.startswith(f"Removed {found['Liver']['sid']}.")
    assert "keys revoke 1" in removed.stdout
    assert [each["name"] for each in service.discover()] == ["Spleen", "Brain"]
    assert set(listed(service)) == {"Spleen", "Brain"}
    assert listed(service, "--all")["Liver"]["listed"] is False
    assert "not listed" in service.command("endpoints", "list", "--all").stdout
    again = service.command("endpoints", "remove", found["Liver"]["sid"])
    assert (again.exit_code, again.stdout) == (1, "")
    assert "endpoints list" in again.stderr
    assert service.announce(key, base="http://liver.example", name="Liver").json()["status"] == 0
    assert listed(service)["Liver"]["sid"] == found["Liver"]["sid"]


def test_what_is_more_than_wanted_is_said(start_service: Any) -> None:
    service = start_service()
    key = service.make_key()
    for number in range(3):
        service.announce(key, base=f"http://host{number}", name=f"app{number}")
    done = service.command("endpoints", "list", "--limit", "2")
    assert "app1" in done.stdout
    assert "app2" not in done.stdout
    assert "--limit" in done.stderr
    assert service.command("endpoints", "list", "--limit", "3").stderr == ""


def test_a_name_is_shown_as_text(start_service: Any) -> None:
    """It is neither markup of a table nor a command to the terminal."""
    service = start_service()
    service.announce(service.make_key(), name="[red]Spleen[/red] <script>alert(1)</script>")
    assert "[red]Spleen[/red] <script>alert(1)</script>" in service.command("endpoints", "list").stdout
