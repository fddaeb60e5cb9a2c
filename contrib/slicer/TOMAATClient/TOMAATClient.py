"""The module for 3D Slicer: what is seen of it. All else is in :mod:`tomaat_slicer`, which needs no Slicer."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any, Callable

import ctk
import qt
import slicer
from slicer.ScriptedLoadableModule import ScriptedLoadableModule, ScriptedLoadableModuleWidget

from tomaat_slicer.errors import Cancelled, ClientError, UntrustedCertificate
from tomaat_slicer.form import fields_of, parts_of
from tomaat_slicer.host import App, Host, find
from tomaat_slicer.logins import Logins, logins_file
from tomaat_slicer.prediction import Prediction
from tomaat_slicer.registry import Endpoint, discover, tree_of
from tomaat_slicer.results import Result
from tomaat_slicer.task import Done, Progress, Task
from tomaat_slicer.trust import KnownHosts, known_hosts_file
from TOMAATClientLib import scene
from TOMAATClientLib.fields import FieldWidget

POLL = 20
"""Milliseconds for Slicer between two looks at what the task has to tell; the task has those looks to get on in."""
HOST_SETTING, REGISTRY_SETTING = "TOMAATClient/host", "TOMAATClient/registry"
HELP = (
    "Sends images to models that a TOMAAT host serves, and loads the results. Images leave this computer for the host "
    "whose address is shown: make sure that they may. This is research software and no medical device."
)


class TOMAATClient(ScriptedLoadableModule):
    """What Slicer lists."""

    def __init__(self, parent: Any) -> None:
        ScriptedLoadableModule.__init__(self, parent)
        parent.title = "TOMAAT Client"
        parent.categories = ["Segmentation"]
        parent.dependencies = []
        parent.contributors = ["The TOMAAT authors"]
        parent.helpText = HELP
        parent.acknowledgementText = ""


class TOMAATClientWidget(ScriptedLoadableModuleWidget):
    """The module's panel. One task runs at a time, on a thread; a timer asks for its events."""

    def setup(self) -> None:
        ScriptedLoadableModuleWidget.setup(self)
        self._known_hosts = KnownHosts(known_hosts_file())
        self._logins = Logins(logins_file())
        self._task: Task | None = None
        self._again: Callable[[], None] = lambda: None
        self._on_done: Callable[[Any], None] = lambda value: None
        self._host: Host | None = None
        self._apps: list[App] = []
        self._fields: list[FieldWidget] = []
        self._folder: Path | None = None
        self._timer = qt.QTimer()
        self._timer.setInterval(POLL)
        self._timer.connect("timeout()", self._poll)
        self._add_host()
        self._add_registry()
        self._add_app()
        self._add_run()
        self.layout.addStretch(1)

    def cleanup(self) -> None:
        """Slicer closes: stop the job, and let the host know."""
        self._timer.stop()
        if self._task is not None:
            self._task.cancel()
            self._task.join(2.0)
        self._tidy()

    def _section(self, title: str, collapsed: bool = False) -> Any:
        section = ctk.ctkCollapsibleButton()
        section.text = title
        section.collapsed = collapsed
        self.layout.addWidget(section)
        return qt.QFormLayout(section)

    def _add_host(self) -> None:
        form = self._section("Host")
        self._url = qt.QLineEdit(qt.QSettings().value(HOST_SETTING) or "http://127.0.0.1:9001")
        self._url.toolTip = "The address of a host, or of one of its apps: https://gpu1.example:9001/brain"
        self._connect = _button("Connect", self._on_connect)
        self._key = qt.QLineEdit()
        self._key.echoMode = qt.QLineEdit.Password
        self._key.toolTip = "What the host's administrator gave you. It is kept for this host, so leave it empty later."
        form.addRow("Address:", self._url)
        form.addRow("Key, if it asks for one:", self._key)
        form.addRow(self._connect)

    def _add_registry(self) -> None:
        form = self._section("Find apps", collapsed=True)
        self._registry = qt.QLineEdit(qt.QSettings().value(REGISTRY_SETTING) or "http://127.0.0.1:8001")
        self._search = qt.QLineEdit()
        self._discover = _button("Discover", self._on_discover)
        self._tree = qt.QTreeWidget()
        self._tree.setHeaderLabel("Announced apps")
        self._tree.connect("itemDoubleClicked(QTreeWidgetItem*,int)", self._on_endpoint)
        form.addRow("Announcement service:", self._registry)
        form.addRow("With the words:", self._search)
        form.addRow(self._discover)
        form.addRow(self._tree)
        form.addRow(qt.QLabel("Double-click an app to connect to it."))

    def _add_app(self) -> None:
        form = self._section("App")
        self._app = qt.QComboBox()
        self._app.connect("currentIndexChanged(int)", self._on_app)
        self._about = _label()
        form.addRow("App:", self._app)
        form.addRow(self._about)
        self._form = qt.QFormLayout()
        form.addRow(self._form)

    def _add_run(self) -> None:
        form = self._section("Run")
        self._warning = _label()
        self._run = _button("Run", self._on_run)
        self._run.enabled = False
        self._cancel = _button("Cancel", self._on_cancel)
        self._cancel.enabled = False
        self._bar = qt.QProgressBar()
        self._bar.visible = False
        self._status = _label()
        self._texts = qt.QPlainTextEdit()
        self._texts.readOnly = True
        self._texts.visible = False
        for widget in (self._warning, self._run, self._cancel, self._bar, self._status, self._texts):
            form.addRow(widget)

    def _on_connect(self) -> None:
        url, key, known_hosts, logins = self._url.text, self._key.text, self._known_hosts, self._logins
        qt.QSettings().setValue(HOST_SETTING, url)
        self._start(lambda task: find(url, known_hosts, logins, key), self._connected)

    def _connected(self, found: tuple[Host, list[App], str | None]) -> None:
        self._host, self._apps, chosen = found
        self._key.text = ""
        exposed = self._host.address.exposed
        self._warning.text = f"Images are sent to {self._host.address}" + (", unencrypted." if exposed else ".")
        self._app.clear()
        self._app.addItems([app.title or app.name for app in self._apps])
        names = [app.name for app in self._apps]
        self._app.setCurrentIndex(names.index(chosen) if chosen in names else 0)
        self._status.text = "" if self._apps else "This host serves no app."

    def _on_discover(self) -> None:
        url, words, known_hosts = self._registry.text, self._search.text, self._known_hosts
        qt.QSettings().setValue(REGISTRY_SETTING, url)
        self._start(lambda task: discover(url, known_hosts, words), self._discovered)

    def _discovered(self, endpoints: list[Endpoint]) -> None:
        self._tree.clear()
        for modality, anatomies in tree_of(endpoints).items():
            top = _item(self._tree.invisibleRootItem(), modality)
            for anatomy, tasks in anatomies.items():
                middle = _item(top, anatomy)
                for task, found in tasks.items():
                    bottom = _item(middle, task)
                    for endpoint in found:
                        _item(bottom, endpoint.title, endpoint.url, endpoint.description)
        self._tree.expandAll()
        self._status.text = f"{len(endpoints)} apps are announced."

    def _on_endpoint(self, item: Any, column: int) -> None:
        url = item.data(0, qt.Qt.UserRole)
        if url:
            self._url.text = url
            self._key.text = ""  # what was typed is meant for another host
            self._on_connect()

    def _on_app(self, index: int) -> None:
        while self._form.rowCount():
            self._form.removeRow(0)
        self._run.enabled = 0 <= index < len(self._apps)
        app = self._apps[index] if self._run.enabled else None
        self._about.text = app.description if app else ""
        self._fields = [FieldWidget(field) for field in fields_of(app)] if app else []
        for field in self._fields:
            self._form.addRow(f"{field.field.label}:", field.widget)

    def _on_run(self) -> None:
        if self._host is None:
            return
        self._texts.clear()
        self._texts.visible = False
        self._folder = Path(tempfile.mkdtemp(prefix="tomaat-", dir=slicer.app.temporaryPath))
        sent, received = self._folder / "sent", self._folder / "received"
        sent.mkdir()
        received.mkdir()
        try:
            values = {each.field.name: each.value(sent) for each in self._fields}
            parts = parts_of([each.field for each in self._fields], values)
        except ClientError as error:
            self._failed(error)
            return
        app = self._apps[self._app.currentIndex]
        self._start(Prediction(self._host, app, parts, received), self._predicted)

    def _predicted(self, results: list[Result]) -> None:
        volumes = [each.widget.currentNode() for each in self._fields if each.field.kind == "volume"]
        told = []
        for result in results:
            if result.loader == "text":
                told.append(f"{result.title}\n{result.text}")
            elif result.loader == "file":
                told.append(f"{result.title}\nSlicer does not show this kind. It was saved as {result.path}")
            elif not scene.load(result, volumes[0] if volumes else None):
                told.append(f"{result.title}\nSlicer could not load it; its error log says why.")
        self._texts.plainText = "\n\n".join(told)
        self._texts.visible = bool(told)
        self._status.text = "Done."
        self._tidy(keep=any(result.loader == "file" for result in results))

    def _on_cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._status.text = "Cancelling"

    def _start(self, work: Callable[[Task], Any], on_done: Callable[[Any], None]) -> None:
        if self._task is None:
            self._again, self._on_done = lambda: self._start(work, on_done), on_done
            self._task = Task(work).start()
            self._set_running(True)
            self._timer.start()

    def _poll(self) -> None:
        for event in self._task.poll() if self._task is not None else ():
            if isinstance(event, Progress):
                self._status.text = event.text
                self._bar.setRange(0, 0 if event.fraction is None else 100)
                self._bar.value = round(100 * (event.fraction or 0.0))
                continue
            self._timer.stop()
            self._task = None
            self._set_running(False)
            if isinstance(event, Done):
                self._on_done(event.value)
            else:
                self._failed(event.error)

    def _failed(self, error: ClientError) -> None:
        if isinstance(error, UntrustedCertificate) and self._trusts(error):
            self._again()
            return
        self._tidy()
        self._status.text = error.detail
        if not isinstance(error, (Cancelled, UntrustedCertificate)):
            slicer.util.errorDisplay(error.detail, windowTitle="TOMAAT Client")

    def _trusts(self, error: UntrustedCertificate) -> bool:
        """Whether the person trusts the certificate, from now on."""
        if not slicer.util.confirmYesNoDisplay(f"{error.detail}\n\nTrust it?", windowTitle="TOMAAT Client"):
            return False
        try:
            self._known_hosts.trust(error.host, error.fingerprint)
        except ClientError as failure:
            slicer.util.errorDisplay(failure.detail, windowTitle="TOMAAT Client")
            return False
        return True

    def _set_running(self, running: bool) -> None:
        for widget in (self._connect, self._discover, self._tree, self._app):
            widget.enabled = not running
        self._run.enabled = not running and bool(self._apps)
        self._cancel.enabled = running
        self._bar.visible = running
        self._bar.setRange(0, 0)

    def _tidy(self, keep: bool = False) -> None:
        """Remove what was sent and received, unless some of it could not be loaded."""
        if self._folder is not None and not keep:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._folder = None


def _button(text: str, on_click: Callable[[], None]) -> Any:
    button = qt.QPushButton(text)
    button.connect("clicked()", on_click)
    return button


def _label() -> Any:
    label = qt.QLabel()
    label.wordWrap = True
    return label


def _item(parent: Any, text: str, url: str = "", about: str = "") -> Any:
    item = qt.QTreeWidgetItem(parent)
    item.setText(0, text or "not said")
    item.setData(0, qt.Qt.UserRole, url)
    item.setToolTip(0, about)
    return item
