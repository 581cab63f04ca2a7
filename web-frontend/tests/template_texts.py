"""Texts in templates that are not marked for translation: found in the source, so in every branch of it."""

import re
from html.parser import HTMLParser

from jinja2 import Environment, nodes
from visible_text import OF_NOBODY, SPOKEN, VOID

_LETTERS = re.compile(r"[^\W\d_]{2,}")
_WORDS = re.compile(r"^[A-Z][a-z]+(?: |$)|[a-z]{2,} [a-z]{2,}.*[.?!…]$|^[A-Z].*[.?!…]$")
_TRANSLATES = {"_", "n_", "p_", "gettext", "ngettext", "pgettext", "npgettext"}
_TRANS_BLOCK = re.compile(r"{%-?\s*trans\b.*?{%-?\s*endtrans\s*-?%}", re.DOTALL)
_CODE = re.compile(r"{{.*?}}|{%.*?%}|{#.*?#}", re.DOTALL)
_NAMES = {"ISBN", "Aa", "CSV", "JSON Lines", "Enter", "Shift x"}
_DRAWN = {
    *("Walden", "Henry David Thoreau", "Kokoro", "Natsume Sōseki", "Passing", "Nella Larsen", "The Odyssey", "Homer"),
    *("The Waves", "Virginia Woolf", "Leaves of Grass", "Walt Whitman"),
}
"""Covers that are there for their looks."""
_ENTITY = re.compile(r"&\w+;")


class _Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            # A cover shows title and author once more, as a picture.
            self._open.append("cover" if "cover" in (dict(attrs).get("class") or "").split() else tag)
        self.found += [value for name, value in attrs if name in SPOKEN and value and _LETTERS.search(value)]

    def handle_endtag(self, tag: str) -> None:
        if tag == "span" and self._open[-1:] == ["cover"]:
            self._open.pop()
        elif tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not OF_NOBODY & set(self._open) and _LETTERS.search(data):
            self.found.append(" ".join(data.split()))


def unmarked(environment: Environment, name: str) -> list[str]:
    """Return the texts of a template that no translation reaches."""
    source, _file, _current = environment.loader.get_source(environment, name)
    bare = _CODE.sub("", _TRANS_BLOCK.sub("", source))
    texts = _Texts()
    texts.feed(_ENTITY.sub("", bare))
    found = [*texts.found, *_in_expressions(environment.parse(source))]
    return [text for text in found if text not in _NAMES | _DRAWN and '=""' not in text]


def _in_expressions(tree: nodes.Node) -> list[str]:
    found = []
    for node in tree.iter_child_nodes():
        if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in _TRANSLATES:
            # Only what is filled in may hold a text that was forgotten.
            inner = [child for keyword in node.kwargs for child in _in_expressions(keyword)]
            found += inner
        elif isinstance(node, nodes.Const) and isinstance(node.value, str) and _WORDS.search(node.value):
            found.append(node.value)
        else:
            found += _in_expressions(node)
    return found
