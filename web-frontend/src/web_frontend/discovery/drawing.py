"""The pictures of a book: its cover, and the card that other sites show beside a link. They are SVG documents.

The cover is that of the pages (``covers.py``), with its text set as the style sheet sets it. What the shop's fonts have
no letters for is left out rather than drawn as boxes: whoever shows such a picture has the title beside it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from web_frontend.covers import COVER_TITLE_SIZES, Cover, cover_for
from web_frontend.discovery.lettering import Face, Setting, face

COVER_SIZE = (400, 600)
CARD_SIZE = (1200, 630)
# Colours of the style sheet's band.
_GROUND, _TEXT, _GOLD = "#0f3d30", "#f2f6ef", "#ffc857"
_PALETTE = re.compile(r"\.pal-(\d+)\s*\{([^}]*)\}")
_COLOUR = re.compile(r"--(p[0-3t]):\s*(#[0-9a-f]{6})")
_MARK = (
    '<path fill="#ffc857" d="M4 6c5-1 9 0 12 3 3-3 7-4 12-3v19c-5-1-9 0-12 3-3-3-7-4-12-3z"/>'
    '<path fill="none" stroke="#0f3d30" stroke-width="1.8" d="M16 9v19"/>'
)
_SHADING = (
    '<linearGradient id="spine"><stop offset="0" stop-opacity=".22"/><stop offset=".26" stop-color="#fff" '
    'stop-opacity=".22"/><stop offset=".52" stop-opacity=".1"/><stop offset="1" stop-opacity="0"/></linearGradient>'
)

Palettes = dict[int, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a picture shows of a book."""

    isbn13: str | None
    title: str
    by: str


def palettes(style_sheet: Path) -> Palettes:
    """Return the colours of the covers, by number, as the style sheet has them."""
    rules = _PALETTE.findall(style_sheet.read_text("utf-8"))
    return {int(number): dict(_COLOUR.findall(body)) for number, body in rules}


def cover_svg(book: Drawn, colours: Palettes) -> str:
    """Draw the cover."""
    width, height = COVER_SIZE
    return _document(width, height, f'<g transform="scale(2)">{_cover(book, colours)}</g>')


def card_svg(book: Drawn, colours: Palettes, *, shop_name: str) -> str:
    """Draw the card: the cover with title, authors and shop beside it, or alone where letters are missing."""
    words = _card_words(book, shop_name)
    left = 96 if words else 430
    cover = f'<g transform="translate({left} 60) scale(1.7)">{_cover(book, colours)}</g>'
    # The drawing reaches beyond its cover. To paint the ground around it takes a tenth of the time of clipping it.
    around = f'<path fill="{_GROUND}" fill-rule="evenodd" d="M0 0H1200V630H0zM{left} 60h340v510h-340z"/>'
    shadow = f'<path fill-opacity=".32" d="M{left + 340} 76h10v504h-340v-10h330z"/>'
    return _document(*CARD_SIZE, cover + around + shadow + words)


def shop_svg(colours: Palettes, *, shop_name: str) -> str:
    """Draw the card of the shop itself: three covers and its name."""
    seeds = ("Fiction", "Poetry", "History")
    fan = "".join(
        f'<g transform="translate({x} {y}) rotate({turn} 100 150) scale({scale})">{_SHADOW}'
        f'<svg width="200" height="300">{_cover(Drawn(None, seed, ""), colours, has_text=False)}</svg></g>'
        for seed, (x, y, turn, scale) in zip(
            seeds, ((80, 190, -8, 1.2), (400, 190, 8, 1.2), (220, 130, 0, 1.4)), strict=True
        )
    )
    serif = face("young-serif")
    name = ""
    if serif.has(shop_name):
        setting = _largest([Setting(serif, size, 420, most_lines=4) for size in (92, 76, 60, 48)], shop_name, 260)
        name = _lines(setting, shop_name, 714, 250, _TEXT)
    mark = f'<g transform="translate(714 110) scale(3)">{_MARK}</g>'
    return _document(*CARD_SIZE, f'<rect width="1200" height="630" fill="{_GROUND}"/>{fan}{mark}{name}')


_SHADOW = '<rect x="5" y="9" width="200" height="300" fill-opacity=".32"/>'


def _document(width: int, height: int, content: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f"<defs>{_SHADING}</defs>{content}</svg>"
    )


def _cover(book: Drawn, colours: Palettes, *, has_text: bool = True) -> str:
    """Draw the cover, 200 wide and 300 high."""
    cover = cover_for(book.isbn13, book.title)
    palette = colours[cover.palette]
    text = _cover_text(book, cover, palette["pt"]) if has_text else ""
    return (
        f'<rect width="200" height="300" fill="{palette["p0"]}"/>{_coloured(str(cover.art), palette)}'
        f'{text}<rect width="17" height="300" fill="url(#spine)"/>'
    )


def _coloured(art: str, palette: dict[str, str]) -> str:
    """Return what is inside the drawing of a page with its colours, which its classes have there."""
    fills = {"a": palette["p1"], "b": palette["p2"], "c": palette["p3"]}
    for name, colour in fills.items():
        line = f'fill="none" stroke-linecap="round" stroke="{colour}"'
        art = art.replace(f'class="l{name}"', line).replace(f'class="{name}"', f'fill="{colour}"')
    return art.partition(">")[2].removesuffix("</svg>")


def _cover_text(book: Drawn, cover: Cover, colour: str) -> str:
    is_caps = cover.face == "caps"
    font = face("figtree-800" if cover.face == "sans" else "young-serif")
    title, by = (book.title.upper(), book.by.upper()) if is_caps else (book.title, book.by)
    text_font = face("figtree-600")
    if not font.has(title) or not text_font.has(by):
        return ""
    size = COVER_TITLE_SIZES[cover.size - 1] * 2 * (0.9 if is_caps else 1)
    spacing = {"serif": -0.015, "sans": -0.03, "caps": 0.02}[cover.face]
    heading = Setting(font, size, 168 if is_caps else 160, spacing)
    small = Setting(text_font, 10 if is_caps else 13.2, 168 if is_caps else 160, 0.12 if is_caps else 0, most_lines=2)
    x, anchor = (100.0, "middle") if is_caps else (22.0, "start")
    first, second = ((small, by), (heading, title)) if is_caps else ((heading, title), (small, by))
    top = 18.0
    drawn = _lines(first[0], first[1], x, top, colour, anchor)
    top += _height(*first) + 5
    return drawn + _lines(second[0], second[1], x, top, colour, anchor)


def _largest(settings: Sequence[Setting], text: str, room: float) -> Setting:
    """Return the first of ``settings`` in which ``text`` is no higher than ``room`` and is not cut, or the last."""
    fitting = (
        setting for setting in settings if _height(setting, text) <= room and not setting.lines(text)[-1].endswith("…")
    )
    return next(fitting, settings[-1])


def _height(setting: Setting, text: str) -> float:
    return len(setting.lines(text)) * setting.size * _leading(setting)


def _leading(setting: Setting) -> float:
    return 1.0 if setting.most_lines > 3 else 1.2  # noqa: PLR2004 (titles are set solid)


def _lines(setting: Setting, text: str, x: float, top: float, colour: str, anchor: str = "start") -> str:  # noqa: PLR0913, PLR0917
    # A line's baseline lies about four fifths of the size below its top.
    step, spacing = setting.size * _leading(setting), setting.spacing * setting.size
    weight = 800 if setting.face.file.stem == "figtree-800" else 400
    return "".join(
        f'<text x="{x}" y="{top + setting.size * 0.82 + number * step:.1f}" font-family="{setting.face.family}" '
        f'font-weight="{weight}" font-size="{setting.size:g}" letter-spacing="{spacing:.2f}" fill="{colour}" '
        f'text-anchor="{anchor}">{escape(line)}</text>'
        for number, line in enumerate(setting.lines(text))
    )


def _card_words(book: Drawn, shop_name: str) -> str:
    serif, text_font = face("young-serif"), face("figtree-600")
    if not serif.has(book.title) or not text_font.has(book.by):
        return ""
    heading = _largest([Setting(serif, size, 610, -0.012, 7) for size in (76, 64, 54, 46, 40)], book.title, 310)
    top = 84.0
    words = _lines(heading, book.title, 510, top, _TEXT)
    top += _height(heading, book.title) + 24
    words += _lines(Setting(text_font, 34, 610, most_lines=2), book.by, 510, top, _GOLD)
    return words + _shop_line(serif, shop_name)


def _shop_line(serif: Face, shop_name: str) -> str:
    mark = f'<g transform="translate(508 512) scale(1.5)">{_MARK}</g>'
    name = Setting(serif, 36, 500, most_lines=1)
    return mark + (_lines(name, shop_name, 574, 520, _TEXT) if serif.has(shop_name) else "")
