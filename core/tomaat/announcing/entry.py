"""What an announcement service is told of an app."""

from __future__ import annotations

from dataclasses import dataclass

from tomaat.description import AppDescription


@dataclass(frozen=True)
class Entry:
    """An app as a host announces it.

    :ivar app: its name on the host.
    :ivar name: what people read.
    """

    app: str
    name: str
    modality: str
    anatomy: str
    task: str
    description: str
    interface_url: str
    prediction_url: str
    page_url: str
    version: str
    card: dict[str, str]

    @classmethod
    def of(cls, app: AppDescription, public_url: str) -> Entry:
        """The entry of ``app`` on the host that others reach at ``public_url``."""
        return cls(
            app=app.name,
            name=app.title,
            modality=app.modality,
            anatomy=app.anatomy,
            task=app.task,
            description=app.description,
            interface_url=f"{public_url}/{app.name}/interface",
            prediction_url=f"{public_url}/{app.name}/predict",
            page_url=f"{public_url}/apps/{app.name}",
            version=app.version,
            card=dict(app.card),
        )

    def as_tomaat_json(self) -> dict[str, str]:
        """The fields that the first TOMAAT's services know, without the key."""
        names = ("name", "modality", "anatomy", "task", "description", "interface_url", "prediction_url")
        return {name: getattr(self, name) for name in names}

    def as_json(self) -> dict[str, object]:
        """The body of ``POST /v1/endpoints``."""
        return {**self.as_tomaat_json(), "version": self.version, "page_url": self.page_url, "card": self.card}
