"""The host's pages, as a plugin of the host."""

from __future__ import annotations

from tomaat.access.needs import routes_that_answer
from tomaat.host.host import Host
from tomaat.markers import hookimpl
from tomaat.pages import app, assets, home, jobs, login, methods, slices
from tomaat.pages.assets import Assets
from tomaat.pages.page import Pages


@hookimpl
def tomaat_routes(host: Host) -> None:
    pages = Pages(host, Assets(host))
    assets.add_routes(host, pages.assets)
    login.add_routes(host, pages)
    methods.add_routes(host)
    slices.add_routes(host)
    with routes_that_answer(host.sanic, pages.problem):
        home.add_routes(host, pages)
        app.add_routes(host, pages)
        jobs.add_routes(host, pages)
