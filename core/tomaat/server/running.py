"""Turn the process of a script into a host that serves it.

The host's workers are processes of their own, and run the script again. So what the script's service becomes is a
plugin, in a data folder that the service has for itself, and this process goes on as ``tomaat serve``: with none of the
networks, threads and settings of libraries that the script has brought into it.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from tomaat.cores import usable_cores
from tomaat.errors import PluginError, SettingsError
from tomaat.scripts.description import ServiceDescription
from tomaat.scripts.interface import literal
from tomaat.scripts.package import package_files, package_name
from tomaat.scripts.script import Script
from tomaat.settings.table import default_home
from tomaat.tls.files import replace_file
from tomaat.tls.own import own_certificate, server_names

if TYPE_CHECKING:
    from tomaat.server.service import TomaatService

EVERYWHERE = "0.0.0.0"
CERTIFICATE = "./tomaat_cert"
SETTINGS = "service.toml"


def become_host(service: TomaatService) -> NoReturn:
    """Go on as a host that serves ``service`` alone.

    Raises :class:`PluginError`, :class:`tomaat.errors.InvalidInterface` and :class:`tomaat.errors.SettingsError`.
    """
    script = running_script(str(service.config.get("name", "")))
    described = ServiceDescription.of(service, otherwise=script.file.stem)
    settings = _settings(service, described.name)
    base = default_home(Path(os.environ.get("TOMAAT_HOME", ""))).expanduser().absolute()
    home = base / "services" / f"{described.name}-{settings['port']}"
    own_certificate(
        settings["tls_cert"], settings["tls_key"], server_names(EVERYWHERE, str(settings.get("public_url", "")))
    )
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        plugin = _write_plugin(described, script, home / "plugin")
        replace_file(home / SETTINGS, _as_toml(settings, described.name, service).encode(), 0o600)  # a key may be in it
    except OSError as error:
        raise SettingsError(f"The data folder {home} can't be written: {error.strerror}.") from error
    path = os.pathsep.join(filter(None, [str(plugin), os.environ.get("PYTHONPATH", "")]))
    command = ["-m", "tomaat", "serve", "--home", str(home), "--config", str(home / SETTINGS)]
    sys.stdout.flush()
    sys.stderr.flush()
    # -P: the first TOMAAT's own folder, if that is the current one, must not be imported in our place
    os.execve(sys.executable, [sys.executable, "-P", *command], os.environ | {"PYTHONPATH": path})


def running_script(service: str) -> Script:
    """The script that runs here, as a worker can run it again. Raises :class:`PluginError` where there is none.

    :param service: the name of its service.
    """
    main = sys.modules["__main__"]
    file = Path(getattr(main, "__file__", None) or "")
    if not file.is_file() or not sys.executable:
        raise PluginError(
            "TomaatService.run() needs a script in a file, since each worker runs it again: save it as a file."
        )
    if threading.current_thread() is not threading.main_thread():
        raise PluginError("Call TomaatService.run() from the script's main thread: its process becomes the host.")
    spec = getattr(main, "__spec__", None)
    module = spec.name if spec is not None and spec.name != "__main__" else ""
    return Script(file.absolute(), tuple(sys.argv[1:]), Path.cwd(), module, service)


def _settings(service: TomaatService, name: str) -> dict[str, Any]:
    """What the service's configuration says, in the host's words. Variables and options still go before it."""
    config = service.config
    if "port" not in config:
        raise PluginError("The service's config has no 'port': say where to listen, as in {'port': 9001}.")
    certificate = Path(config.get("cert_path") or CERTIFICATE).absolute()
    settings: dict[str, Any] = {
        "host": EVERYWHERE,
        "insecure": True,  # clients of such scripts know no keys, and the first TOMAAT asked nobody
        "port": int(config["port"]),
        "default_app": name,
        "plugins": name,
        "tls_cert": certificate.with_name(certificate.name + ".crt"),
        "tls_key": certificate.with_name(certificate.name + ".key"),
    }
    if host := str(config.get("host") or "").rstrip("/"):
        settings["public_url"] = host if "://" in host else f"https://{host}"
    return settings


def _as_toml(settings: dict[str, Any], name: str, service: TomaatService) -> str:
    return "\n".join(_lines(settings, name, service)) + "\n"


def _lines(settings: dict[str, Any], name: str, service: TomaatService) -> Iterator[str]:
    for key, value in settings.items():
        yield f"{key} = {json.dumps(str(value) if isinstance(value, Path) else value, ensure_ascii=False)}"
    yield f"\n[apps.{name}]\ndelayed = {str(service.delayed).lower()}"
    if not getattr(service, "no_concurrent_thread_execution", True):
        yield f"max_workers = {usable_cores()}"
    if announcement := service.announcement:
        key = json.dumps(service.config["api_key"])
        yield f"\n[announce]\nurl = {json.dumps(announcement.url)}\nkey = {key}\ninterval = {announcement.interval}"


def _write_plugin(described: ServiceDescription, script: Script, folder: Path) -> Path:
    """Write the plugin as an installed one; returns the folder to have on the path."""
    package = package_name(described)
    source = (
        f"Script(\n        Path({literal(str(script.file))}),\n        {literal(script.arguments)},\n"
        f"        Path({literal(str(script.folder))}),\n        {literal(script.module)},\n"
        f"        {literal(script.service)},\n    )"
    )
    version = hashlib.sha256(script.file.read_bytes()).hexdigest()[:12]
    texts = {f"{package}/{file}": text for file, text in package_files(described, source).items()} | {
        f"{package}-0.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {package}\nVersion: 0+{version}\n",
        f"{package}-0.dist-info/entry_points.txt": f"[tomaat]\n{described.name} = {package}\n",
    }
    for file, text in texts.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text, encoding="utf-8")
    return folder
