"""Find the installed plugins, keep the broken ones out, collect what the others bring.

Nothing here is global: :func:`find_plugins` returns a :class:`Plugins`, and each host, worker and test has its own.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import import_module
from importlib.metadata import EntryPoint
from types import ModuleType
from typing import Any

import pluggy

from tomaat import hookspecs
from tomaat._version import __version__
from tomaat.app import App
from tomaat.description import AppDescription
from tomaat.elements.element import Element, widget_file
from tomaat.errors import DuplicateName, InvalidInterface, ManifestError, NotFound, PluginError
from tomaat.installed import OWN, entry_points
from tomaat.manifest.manifest import digest
from tomaat.manifest.plugin import ManifestPlugin
from tomaat.settings import NOWHERE, NetworkSettings
from tomaat.weights.loader import WeightsLoader

log = logging.getLogger(__name__)

BUILT_IN = (
    "tomaat.elements.plugin",
    "tomaat.stages.app",
    "tomaat.stages.timings",
    "tomaat.stages.provenance",
    "tomaat.weights.plugin",
)
"""The platform's own plugins that host and workers share."""
HEAVY = ("torch", "monai", "vtkmodules", "onnxruntime", "tensorflow")
"""What no plugin may import while the host reads it: it would cost seconds and hundreds of megabytes."""


@dataclass(frozen=True)
class Plugin:
    """An installed plugin: the entry point's name, and the distribution that it belongs to."""

    name: str
    distribution: str
    version: str


@dataclass(frozen=True)
class BrokenPlugin:
    """A plugin in quarantine, and why."""

    plugin: Plugin
    reason: str


@dataclass(frozen=True)
class Registered:
    """An app, its description and the plugin that brought it."""

    app: type[App]
    description: AppDescription


@dataclass
class Plugins:
    """The plugins of one process: a pluggy manager and what was collected from it."""

    manager: pluggy.PluginManager
    loaded: list[Plugin] = field(default_factory=list)
    broken: list[BrokenPlugin] = field(default_factory=list)
    apps: dict[str, Registered] = field(default_factory=dict)
    elements: dict[str, type[Element]] = field(default_factory=dict)
    loaders: dict[str, WeightsLoader] = field(default_factory=dict)
    """By the format that they load."""
    heavy: dict[str, str] = field(default_factory=dict)
    """Plugin name to the heavy module that it imported; it works, but the host has to carry it."""

    @property
    def hook(self) -> Any:
        """The hooks, to be called: ``plugins.hook.tomaat_infer(...)``."""
        return self.manager.hook

    def app(self, name: str) -> Registered:
        """The app with this name. Raises :class:`NotFound`, and says which there are."""
        if name in self.apps:
            return self.apps[name]
        known = ", ".join(sorted(self.apps)) or "none"
        raise NotFound(f"There is no app {name!r} here; there is: {known}.")

    def add(self, plugin: Plugin, load: Callable[[], object]) -> None:
        """Load one plugin and collect from it; quarantine it, whatever goes wrong."""
        before = {module for module in HEAVY if module in sys.modules}
        try:
            implementation = load()
            self._register(plugin, implementation)
        except (Exception, SystemExit) as error:
            trace = None if isinstance(error, ManifestError) else error  # no code is to blame for a manifest
            log.warning("plugin %s is broken", plugin.name, exc_info=trace)
            self._forget(plugin)
            self.broken.append(BrokenPlugin(plugin, _reason(error)))
            return
        self.loaded.append(plugin)
        for module in HEAVY:
            if module in sys.modules and module not in before:
                self.heavy[plugin.name] = module
                log.warning("plugin %s imports %s at once; it belongs inside a method", plugin.name, module)

    def _register(self, plugin: Plugin, implementation: object) -> None:
        _check_marked(implementation)
        if self.manager.has_plugin(plugin.name):
            raise DuplicateName(f"Two distributions have an entry point called {plugin.name!r}.")
        self.manager.register(implementation, plugin.name)
        self.manager.check_pending()
        self._collect(plugin)

    def _collect(self, plugin: Plugin) -> None:
        """Ask this one plugin for its elements, loaders and apps; all of them are taken, or none."""
        others = [other for other in self.manager.get_plugins() if self.manager.get_name(other) != plugin.name]
        apps: dict[str, Registered] = {}
        elements: dict[str, type[Element]] = {}
        loaders: dict[str, WeightsLoader] = {}

        def register_element(element: type[Element]) -> None:
            kind = element.kind
            if taken := elements.get(kind) or self.elements.get(kind):
                raise DuplicateName(f"{plugin.name!r} registers the element {kind!r}, which {taken.__module__!r} has.")
            widget_file(element)
            elements[kind] = element

        def register_loader(loader: WeightsLoader) -> None:
            _check_loader(loader)
            if taken := loaders.get(loader.format) or self.loaders.get(loader.format):
                owner = type(taken).__module__
                raise DuplicateName(f"{plugin.name!r} registers a loader of {loader.format!r}, which {owner!r} has.")
            loaders[loader.format] = loader

        def register_app(app: type[App]) -> None:
            description = AppDescription.of(app, plugin.name, plugin.version)
            _check_kinds(description, elements | self.elements)
            description = _with_loaders(description, loaders | self.loaders)
            if taken := apps.get(app.name) or self.apps.get(app.name):
                owner = taken.description.plugin
                raise DuplicateName(f"{plugin.name!r} registers the app {app.name!r}, which {owner!r} has already.")
            apps[app.name] = Registered(app, description)

        self.manager.subset_hook_caller("tomaat_elements", others)(register=register_element)
        self.manager.subset_hook_caller("tomaat_weights_loaders", others)(register=register_loader)
        self.manager.subset_hook_caller("tomaat_apps", others)(register=register_app)
        self.elements |= elements
        self.loaders |= loaders
        self.apps |= apps

    def _forget(self, plugin: Plugin) -> None:
        if plugin.name in {other.name for other in self.loaded}:
            return  # the name belongs to another distribution's plugin, which stays
        if self.manager.has_plugin(plugin.name):
            self.manager.unregister(name=plugin.name)


def find_plugins(
    extra: Iterable[str] = (),
    *,
    installed: bool = True,
    only: Collection[str] = (),
    networks: Mapping[str, NetworkSettings] | None = None,
) -> Plugins:
    """Load the built-in plugins, then ``extra`` modules of the platform's own, then what is installed.

    :param extra: module names: a host adds its routes and its executor here.
    :param installed: whether to look for entry points; tests may want the built-in ones alone.
    :param only: the names of the installed plugins to load; all of them when empty. Those of TOMAAT itself are always.
    :param networks: manifests to serve beside them, by the name of the app.

    A broken built-in plugin raises; an installed one is quarantined, and so is a manifest.
    """
    manager = pluggy.PluginManager("tomaat")
    manager.add_hookspecs(hookspecs)
    plugins = Plugins(manager)
    for name in (*BUILT_IN, *extra):
        plugins._register(Plugin(name, OWN, __version__), import_module(name))
    for entry_point in entry_points() if installed else ():
        plugin = _plugin_of(entry_point)
        if not only or plugin.name in only or plugin.distribution == OWN:
            plugins.add(plugin, entry_point.load)
    for name, network in (networks or {}).items():
        file = network.file if network.file != NOWHERE else None
        plugins.add(_plugin_of_network(name, network), partial(ManifestPlugin.read, name, network.manifest, file))
    return plugins


def _plugin_of(entry_point: EntryPoint) -> Plugin:
    distribution = entry_point.dist
    if distribution is None:
        return Plugin(entry_point.name, "", "")
    return Plugin(entry_point.name, distribution.name, distribution.version)


def _plugin_of_network(name: str, network: NetworkSettings) -> Plugin:
    """Named after its table in the settings; its version is the manifest's content."""
    return Plugin(f"networks.{name}", network.manifest.name, digest(network.manifest))


def _check_marked(implementation: object) -> None:
    """A hook without its marker would be passed over without a word."""
    if not isinstance(implementation, ModuleType):
        return
    for name in dir(implementation):
        value = getattr(implementation, name)
        own = callable(value) and getattr(value, "__module__", None) == implementation.__name__
        if own and name.startswith("tomaat_") and not hasattr(value, "tomaat_impl"):
            raise PluginError(f"The function {name} lacks its @hookimpl.")


def _check_kinds(description: AppDescription, known: Mapping[str, type[Element]]) -> None:
    """A kind that nobody registered could not be made again from its JSON."""
    for element in (*description.inputs, *description.outputs):
        if known.get(element.kind) is not type(element):
            raise InvalidInterface(
                f"The app {description.name!r} uses the element kind {element.kind!r}, which no plugin registers."
            )


def _check_loader(loader: object) -> None:
    """A loader's format becomes the extension of its files."""
    if not isinstance(loader, WeightsLoader):
        raise PluginError(f"register() takes an instance of a WeightsLoader, not {loader!r}.")
    if not re.fullmatch(r"[a-z0-9]{1,20}", loader.format):
        raise PluginError(f"The format {loader.format!r} must be lower-case letters and digits, such as 'pth'.")


def _with_loaders(description: AppDescription, known: Mapping[str, WeightsLoader]) -> AppDescription:
    """The description with what its weights' loaders import."""
    formats = description.weights.formats if description.weights else ()
    for format_ in formats:
        if format_ not in known:
            raise InvalidInterface(
                f"The app {description.name!r} takes weights as {format_!r}, which nothing here loads; there is: "
                f"{', '.join(sorted(known))}."
            )
    return replace(description, loaders_preload=tuple(module for name in formats for module in known[name].preload))


def _reason(error: BaseException) -> str:
    text = " ".join(str(error).split())
    if isinstance(error, ImportError):
        text = re.sub(r" \([^()]*[/\\][^()]*\)", "", text)  # where on this machine it was looked for
    return text if isinstance(error, PluginError) else f"{type(error).__name__}: {text}"
