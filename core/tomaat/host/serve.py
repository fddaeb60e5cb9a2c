"""Make the host and serve it until it is told to stop."""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import Collection
from typing import Any

from sanic import Sanic

from tomaat.access.request import HostRequest
from tomaat.access.telling import tell as tell_about_keys
from tomaat.errors import ManifestError, SettingsError
from tomaat.host.finding import find_all
from tomaat.host.host import Host
from tomaat.host.reloading import HostReloading, reload_on_signal
from tomaat.host.stopping import stop_on_signals
from tomaat.listening import listen, url_of
from tomaat.logs.stderr import logging_to_stderr
from tomaat.plugins import Plugins
from tomaat.problems import add_error_handler
from tomaat.serving import quiet_loggers, run
from tomaat.settings import NOWHERE, Settings
from tomaat.settings.table import make_home
from tomaat.tls.certificate import Certificate
from tomaat.tls.own import called
from tomaat.tls.server import choose_certificate, tell
from tomaat.traffic.protocol import watch_requests

log = logging.getLogger("tomaat")


def create_host(settings: Settings, required: Collection[str] = ()) -> Host:
    """Put a host together: plugins, database, routes. Nothing runs yet.

    :param required: names of ``settings.networks`` without which there is no use in starting.

    Raises :class:`SettingsError` where the data folder can't be used or a setting names no app, and
    :class:`ManifestError` for a required network that can't be served.
    """
    plugins = find_all(settings)
    _check_plugins(settings, plugins)
    _check_required(plugins, required)
    make_home(settings.home)
    sanic: Sanic[Any, Any] = Sanic("tomaat", log_config=quiet_loggers(), request_class=HostRequest)
    sanic.config.update(
        AUTO_EXTEND=False,  # sanic-ext, where it is installed, would rewrite our CORS headers
        REQUEST_MAX_SIZE=settings.max_upload,
        RESPONSE_TIMEOUT=settings.response_timeout,
        REQUEST_TIMEOUT=settings.upload_timeout,
        KEEP_ALIVE_TIMEOUT=75,
        ACCESS_LOG=False,
        OAS=False,
    )
    add_error_handler(sanic)
    watch_requests(sanic)
    host = Host(settings, plugins, sanic)
    host.guard.stand_before(sanic)
    _check_app_names(settings, host)
    _check_weights(settings, host)
    host.reloading = HostReloading(host)
    host.plugins.hook.tomaat_routes(host=host)

    @sanic.before_server_start  # what an earlier run left is taken up before the first request comes
    async def start(_: Sanic[Any, Any]) -> None:
        await host.start()
        gc.collect()
        gc.freeze()  # what is there now stays: to look through all of it again and again costs each call a little

    @sanic.after_server_start  # an announcement service may ask us at once whether we answer
    async def announce(_: Sanic[Any, Any]) -> None:
        await tell_about_keys(host.guard, settings, host.url)
        host.announcing.start(host.apps.values(), host.url)

    stop_on_signals(host, sanic)
    reload_on_signal(host.reloading, sanic)
    return host


def serve(settings: Settings, required: Collection[str] = ()) -> None:
    """Serve until SIGINT or SIGTERM; ``required`` as for :func:`create_host`.

    Raises :class:`SettingsError` when the address is taken or the certificate can't be served with, and what
    :func:`create_host` raises.
    """
    with logging_to_stderr(settings.log_format):
        _serve(settings, required)


def _serve(settings: Settings, required: Collection[str]) -> None:
    os.umask(0o077)  # whatever the host and its workers write is for their user alone
    listening = listen(settings.host, settings.port)
    host = create_host(settings, required)
    certificate = _certificate(settings)
    url = url_of(listening, https=certificate is not None)
    host.lock.tell(address=url)
    host.url, host.fingerprint = url, certificate.fingerprint if certificate else ""
    for app in host.apps.values():
        where = f", environment {app.environment}" if app.environment else ""
        log.info("serving %s (%s %s%s): %s/v1/apps/%s", app.name, app.plugin, app.version, where, url, app.name)
    for broken in host.plugins.broken:
        log.warning("not serving the plugin %s: %s", broken.plugin.name, broken.reason)
    host.guard.listens_at(listening.getsockname()[0])
    if not host.apps:
        log.warning("no app is installed; pip install one (tomaat new NAME writes one)")
    if certificate is not None:
        tell(certificate, log, called(settings.host, settings.public_url))
    log.info("TOMAAT is at %s", url)
    run(host.sanic, listening, certificate, log)


def _certificate(settings: Settings) -> Certificate | None:
    return choose_certificate(
        settings.home,
        own=settings.tls,
        cert=settings.tls_cert,
        key=settings.tls_key,
        host=settings.host,
        public_url=settings.public_url,
    )


def _check_app_names(settings: Settings, host: Host) -> None:
    named = {settings.default_app: "default_app"} if settings.default_app else {}
    named |= {name: f"[apps.{name}]" for name in settings.apps}
    for name, where in named.items():
        if name not in host.apps and name not in settings.networks:  # a broken one is shown, and the others served
            known = ", ".join(host.apps) or "none"
            raise SettingsError(f"{where} names the app {name!r}, which is not installed; there is: {known}.")


def _check_plugins(settings: Settings, plugins: Plugins) -> None:
    there = {plugin.name for plugin in (*plugins.loaded, *(broken.plugin for broken in plugins.broken))}
    if missing := [name for name in settings.plugin_names if name not in there]:
        raise SettingsError(f"plugins names {missing[0]!r}, which is not installed; tomaat plugins shows what is.")


def _check_required(plugins: Plugins, required: Collection[str]) -> None:
    for broken in plugins.broken:
        if broken.plugin.name in {f"networks.{name}" for name in required}:
            raise ManifestError(broken.reason)


def _check_weights(settings: Settings, host: Host) -> None:
    for name, app in settings.apps.items():
        if app.weights and name in host.apps and host.apps[name].weights is None:
            raise SettingsError(f"[apps.{name}] names weights, but the app {name!r} takes none.")
    folder = settings.weights_folder
    if folder != NOWHERE and not folder.expanduser().is_dir():
        raise SettingsError(f"weights_folder is {folder}, where there is no folder.")
