"""HTML and XHTML as plain text: paragraphs, lists and line breaks stay, everything else is text alone."""

import re
from html.parser import HTMLParser
from typing import Any

_BLOCKS = frozenset(
    {"p", "div", "li", "ul", "ol", "dl", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "tr"}
)
_HIDDEN = frozenset({"script", "style"})
_SPACE = re.compile(r"[ \t\r\n\f]+")
_BREAKS = re.compile(r" ?\n ?")
_TALL = re.compile(r"\n{3,}")


def of_html(text: str) -> str:
    """Return what a browser would show of a piece of HTML."""
    collector = _Collector()
    collector.feed(text)
    collector.close()
    return collector.text()


def of_element(element: Any) -> str:  # noqa: ANN401 (lxml has no types)
    """Return what a browser would show of an element with XHTML in it."""
    collector = _Collector()
    _walk(element, collector)
    return collector.text()


def _walk(root: Any, collector: "_Collector") -> None:  # noqa: ANN401
    # With a stack of its own: nesting may be as deep as the parser lets it.
    stack: list[tuple[Any, bool]] = [(root, False)]
    while stack:
        element, closing = stack.pop()
        tag = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
        if closing:
            collector.handle_endtag(tag)
            if element is not root and element.tail:
                collector.handle_data(element.tail)
            continue
        collector.handle_starttag(tag, [])
        if tag and element.text:
            collector.handle_data(element.text)
        stack.append((element, True))
        stack.extend((child, False) for child in reversed(element))


class _Collector(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag in _HIDDEN:
            self._hidden += 1
        elif tag == "br":
            self._parts.append("\n")
        elif tag in _BLOCKS:
            self._parts.append("\n\n" if tag == "p" else "\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden = max(self._hidden - 1, 0)
        elif tag in _BLOCKS:
            self._parts.append("\n\n" if tag == "p" else "\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._parts.append(_SPACE.sub(" ", data))

    def text(self) -> str:
        joined = _BREAKS.sub("\n", _SPACE_RUNS.sub(" ", "".join(self._parts)))
        return _TALL.sub("\n\n", joined).strip()


_SPACE_RUNS = re.compile(r" {2,}")
