"""The socket that a server listens on, and what is said where there is none."""

from __future__ import annotations

import re

import pytest

from tomaat.errors import SettingsError
from tomaat.listening import listen, url_of


@pytest.mark.parametrize(
    ("host", "name"), [("127.0.0.1", "127.0.0.1"), ("localhost", "127.0.0.1"), ("", "0.0.0.0"), ("::1", "[::1]")]
)
def test_it_listens_where_it_says(host: str, name: str) -> None:
    with listen(host, 0) as listening:
        port = listening.getsockname()[1]
        assert url_of(listening, https=False) == f"http://{name}:{port}"
        assert url_of(listening, https=True) == f"https://{name}:{port}"
        with pytest.raises(SettingsError, match=re.escape(f"{host}:{port}: Address already in use.")):
            listen(host, port)


def test_a_name_of_no_machine_is_said() -> None:
    with pytest.raises(
        SettingsError, match=r"Can't listen on no-such-host\.invalid: .* Choose another with --host"
    ) as said:
        listen("no-such-host.invalid", 0)
    assert "Unknown error" not in said.value.detail


def test_an_address_of_another_machine_is_said() -> None:
    with pytest.raises(SettingsError, match="Cannot assign requested address"):
        listen("192.0.2.1", 0)
