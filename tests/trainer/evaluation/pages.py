"""Reading a report as a program does: its elements with their attributes and texts."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset({"meta", "img", "br", "link", "hr", "input"})


@dataclass
class Element:
    """An element; `text` is all the text in it, with single spaces."""

    name: str
    attributes: dict[str, str]
    children: list["Element | str"] = field(default_factory=list)

    @property
    def text(self) -> str:
        parts = (child if isinstance(child, str) else child.text for child in self.children)
        return " ".join(" ".join(parts).split())

    def all(self, *names: str) -> list["Element"]:
        """Every element of these names below this one, in document order."""
        found = []
        for child in self.children:
            if isinstance(child, Element):
                found += [child] if child.name in names else []
                found += child.all(*names)
        return found

    def one(self, name: str) -> "Element":
        """The only element of that name."""
        (element,) = self.all(name)
        return element


def read_page(html: str) -> Element:
    """The page's root; an end tag that closes another element than the open one is an error."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert [element.name for element in reader.open] == ["page"], "elements are left open"
    return reader.open[0]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Element("page", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), f"<{tag}> has an attribute twice"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in _VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().name == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)
