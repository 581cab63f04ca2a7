"""Draw what is drawn once: the shop's mark as PNG icons, and the fonts of pictures out of those of the pages.

`python scripts/pictures.py` writes `static/icons/*.png` from `static/favicon.svg`, and the TrueType files that pictures
of books are lettered with from `static/fonts/*.woff2`. Run it when a font or the mark has changed.
"""

from __future__ import annotations

import resvg_py
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer
from workspace import ROOT

STATIC = ROOT / "static"
FONTS = ROOT / "web-frontend" / "src" / "web_frontend" / "discovery" / "fonts"
ICONS = {"icon-192": 192, "icon-512": 512}
# Systems cut these to a circle or a square of their own: the ground reaches the edge, the mark keeps away from it.
CUT_ICONS = {"icon-maskable-512": (512, 0.62), "apple-touch-icon": (180, 0.78)}
WEIGHTS = {600: "Semibold", 800: "Extrabold"}


def icons() -> None:
    """Draw the icons."""
    mark = (STATIC / "favicon.svg").read_text("utf-8")
    for name, size in ICONS.items():
        _write(name, mark, size)
    drawing = mark.split("/>", 1)[1].removesuffix("</svg>\n").removesuffix("</svg>")
    for name, (size, scale) in CUT_ICONS.items():
        edge = 16 * (1 - scale)
        _write(
            name,
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" fill="#0f3d30"/>'
            f'<g transform="translate({edge} {edge}) scale({scale})">{drawing}</g></svg>',
            size,
        )


def _write(name: str, svg: str, size: int) -> None:
    path = STATIC / "icons" / f"{name}.png"
    path.write_bytes(resvg_py.svg_to_bytes(svg_string=svg, width=size, height=size, skip_system_fonts=True))
    print(path.relative_to(ROOT))


def fonts() -> None:
    """Write the fonts: the drawing program knows neither WOFF nor fonts of variable weight."""
    FONTS.mkdir(exist_ok=True)
    serif = TTFont(STATIC / "fonts" / "young-serif-latin.woff2")
    _save(serif, "young-serif")
    for weight, words in WEIGHTS.items():
        sans = TTFont(STATIC / "fonts" / "figtree-latin-wght.woff2")
        fixed = instancer.instantiateVariableFont(sans, {"wght": weight})
        _name(fixed, f"Figtree {words}", weight)
        _save(fixed, f"figtree-{weight}")


def _name(font: TTFont, family: str, weight: int) -> None:
    # A family for each weight: two of one name would be chosen between by what they say of themselves.
    names = font["name"]
    for record in list(names.names):
        if record.nameID in {1, 16}:
            names.setName(family, record.nameID, record.platformID, record.platEncID, record.langID)
    font["OS/2"].usWeightClass = weight


def _save(font: TTFont, name: str) -> None:
    font.flavor = None
    path = FONTS / f"{name}.ttf"
    font.save(path)
    print(path.relative_to(ROOT), path.stat().st_size)


if __name__ == "__main__":
    icons()
    fonts()
