"""What a page looks like as text: measured in the browser, and kept in a file.

A file has all looks of a page: widths change the boxes of its elements, themes and widths what they are painted with.
Elements that are painted alike name the same line, so that a colour that changes is a change of few lines.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from looking import HEIGHT, NARROW, WIDE
from playwright.sync_api import Page

LOOKS = tuple((theme, width) for width in (WIDE, NARROW) for theme in ("light", "dark"))
DRAWING = "drawing"
"""Stands among the properties of a picture, for its shapes and their colours."""
_MEASURE = Path(__file__).with_name("measured_looks.js").read_text(encoding="utf-8")

Box = list[float] | None
Looks = dict[str, list["Element"]]


@dataclass(frozen=True)
class Element:
    """An element in all looks."""

    at: str
    """How deep it stands in its part, its name and its classes."""
    words: str
    boxes: Mapping[str, Box]
    """By width: from what stands before it to the right and down, width and height."""
    paint: Mapping[str, Sequence[str]]
    """By property, its value in each of the looks."""

    @property
    def depth(self) -> int:
        """How deep it stands."""
        return int(self.at.partition(" ")[0])

    def is_shown(self, width: int) -> bool:
        """Tell whether it is seen on a screen of this width."""
        return bool(self.boxes[str(width)])

    def value(self, name: str, look: int) -> str:
        """Return the value of a property in one of the looks; nothing where it is that of what is around it."""
        return self.paint[name][look] if name in self.paint else ""


def measured(page: Page, parts: Mapping[str, str]) -> Looks:
    """Measure the parts of the page, each named with its selector, in all looks."""
    looks = []
    for theme, width in LOOKS:
        show(page, theme, width)
        looks.append(json.loads(page.evaluate(_MEASURE, parts)))
    return {part: [_element(each) for each in zip(*(look[part] for look in looks), strict=True)] for part in parts}


def show(page: Page, theme: str, width: int) -> None:
    """Show the page in one look."""
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": HEIGHT})


def _element(looks: Sequence[Mapping[str, Any]]) -> Element:
    first = looks[0]
    names = dict.fromkeys(name for look in looks for name in look["paint"] or {})
    paint = {name: [(look["paint"] or {}).get(name, "") for look in looks] for name in names}
    boxes = {str(width): look["box"] or None for (_, width), look in zip(LOOKS, looks, strict=True)}
    return Element(first["at"], first["words"], boxes, paint)


def write(looks: Looks, path: Path) -> None:
    """Keep what was measured, an element and a paint on a line."""
    paints: dict[str, int] = {}
    parts = []
    for part, elements in looks.items():
        lines = []
        for one in elements:
            short = {name: values[0] if len(set(values)) == 1 else values for name, values in one.paint.items()}
            paint = paints.setdefault(_line(short), len(paints))
            lines.append(_line([one.at, one.words, *one.boxes.values(), paint]))
        parts.append(f'"{part}": [\n' + ",\n".join(lines) + "\n]")
    all_parts, all_paints = ",\n".join(parts), ",\n".join(paints)
    path.write_text(f'{{"parts": {{\n{all_parts}\n}},\n"paints": [\n{all_paints}\n]}}\n', encoding="utf-8")


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def read(path: Path) -> Looks:
    """Return what was kept."""
    kept = json.loads(path.read_text(encoding="utf-8"))
    widths = dict.fromkeys(str(width) for _, width in LOOKS)
    paints = [
        {name: [value] * len(LOOKS) if isinstance(value, str) else value for name, value in paint.items()}
        for paint in kept["paints"]
    ]
    return {
        part: [
            Element(at, words, dict(zip(widths, boxes, strict=True)), paints[paint])
            for at, words, *boxes, paint in lines
        ]
        for part, lines in kept["parts"].items()
    }
