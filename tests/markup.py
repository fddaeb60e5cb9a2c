"""A page as a browser without JavaScript gets it."""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br", "img"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    text: str = ""


class Page(HTMLParser):
    """A page's elements, each with the text below it; elements must be closed as they were opened."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attributes})
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def all(self, tag: str, **attributes: str) -> list[Element]:
        wanted = attributes.items()
        return [each for each in self.elements if each.tag == tag and wanted <= each.attributes.items()]

    def link(self, text: str) -> str:
        """Where the one link leads whose text begins so."""
        [found] = [each for each in self.all("a") if each.text.strip().startswith(text)]
        return found.attributes["href"]

    @property
    def names(self) -> list[str]:
        return [each.text for each in self.all("h3")]
