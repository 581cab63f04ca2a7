"""Covers drawn from a book's ISBN and title: the same book always looks the same.

Each is a small inline SVG without text; its colours come from classes, as the content security policy allows no inline
style. Title and author are HTML on top of it.
"""

import hashlib
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from markupsafe import Markup

PALETTES = 12
_FACES = ("serif", "sans", "serif", "caps")
_FACE_ADVANCE = {"serif": 0.6, "sans": 0.6, "caps": 0.8}
# In hundredths of the cover's width, as the style sheet has them: .cover--1 … .cover--7.
COVER_TITLE_SIZES = (23.0, 18.5, 15.5, 13.0, 11.25, 9.5, 7.75)
_TITLE_WIDTH = 80.0
_TITLE_HEIGHT = 42.0

Chance = Iterator[float]
Art = Callable[[Chance], str]
Picked = TypeVar("Picked")


@dataclass(frozen=True, slots=True)
class Cover:
    """What the page needs to show a cover."""

    art: Markup
    palette: int
    size: int
    face: str


@lru_cache(maxsize=4096)
def cover_for(isbn13: str | None, title: str) -> Cover:
    """Draw the cover of a book."""
    chance = chance_of((isbn13 or "") + title)
    art = _pick(chance, ART)
    palette = int(next(chance) * (PALETTES - 0.01))
    face = _readable(_pick(chance, _FACES), title)
    return drawn(art, chance, palette=palette, face=face, title=title)


def drawn(art: Art, chance: Chance, *, palette: int, face: str, title: str) -> Cover:
    """Return the cover that ``art`` draws, in a palette and with a face of type."""
    svg = (
        '<svg viewBox="0 0 200 300" preserveAspectRatio="xMidYMax slice" aria-hidden="true" focusable="false">'
        f"{art(chance)}</svg>"
    )
    # Nothing of the book's own text is in the drawing.
    return Cover(art=Markup(svg), palette=palette, size=_title_size(title, face), face=face)  # noqa: S704


def _readable(face: str, title: str) -> str:
    """Return ``face``, or a narrower one where a word in capitals would not fit in any size."""
    longest = max(map(len, title.split()), default=0)
    return "sans" if face == "caps" and longest > _TITLE_WIDTH / (_FACE_ADVANCE[face] * COVER_TITLE_SIZES[-1]) else face


def _title_size(title: str, face: str) -> int:
    """Return the largest step whose longest word fits the width and whose lines end above the drawing."""
    words = title.split() or [""]
    for step, size in enumerate(COVER_TITLE_SIZES, 1):
        letters = _TITLE_WIDTH / (_FACE_ADVANCE[face] * size)
        if max(map(len, words)) <= letters and _lines(words, letters) * size <= _TITLE_HEIGHT:
            return step
    return len(COVER_TITLE_SIZES)


def _lines(words: Sequence[str], letters: float) -> int:
    lines, used = 1, 0
    for word in words:
        if used and used + 1 + len(word) > letters:
            lines, used = lines + 1, len(word)
        else:
            used += len(word) + bool(used)
    return lines


def chance_of(seed: str) -> Chance:
    """Yield numbers from 0 to 1 that ``seed`` alone decides."""
    digest = hashlib.sha256(seed.encode("utf-8", "surrogatepass")).digest()
    while True:
        yield from (byte / 255 for byte in digest)
        digest = hashlib.sha256(digest).digest()


def _pick(chance: Chance, among: Sequence[Picked]) -> Picked:
    return among[int(next(chance) * (len(among) - 0.01))]


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _arcs(_chance: Chance) -> str:
    rings = zip((190, 155, 120, 85, 50), "abaca", strict=True)
    return "".join(f'<circle class="{colour}" cx="200" cy="300" r="{radius}"/>' for radius, colour in rings)


def _sun(chance: Chance) -> str:
    sun = f'<circle class="a" cx="{_number(60 + 80 * next(chance))}" cy="168" r="46"/>'
    phase = next(chance) * 6
    hills = ((206, 9, "b", phase), (236, 11, "c", phase + 2), (266, 8, "a", phase + 4))
    return sun + "".join(_hill(*hill) for hill in hills)


def _hill(height: float, swing: float, colour: str, phase: float) -> str:
    ridge = " ".join(f"{x},{_number(height + swing * math.sin(phase + x / 34))}" for x in range(0, 201, 8))
    return f'<polygon class="{colour}" points="0,300 {ridge} 200,300"/>'


def _tiles(chance: Chance) -> str:
    return "".join(_tile(chance, column * 50, 150 + row * 50) for row in range(3) for column in range(4))


def _tile(chance: Chance, x: int, y: int) -> str:
    shapes = (
        f"M{x} {y}h50a50 50 0 0 1-50 50z",
        f"M{x + 50} {y}v50a50 50 0 0 1-50-50z",
        f"M{x} {y + 50}v-50a50 50 0 0 1 50 50z",
        f"M{x + 50} {y + 50}h-50a50 50 0 0 1 50-50z",
        f"M{x} {y + 25}a25 25 0 0 1 50 0z",
        f"M{x} {y + 50}h50v-50z",
    )
    shape = shapes[int(next(chance) * 5.99)]
    return f'<path class="{"abc"[int(next(chance) * 2.99)]}" d="{shape}"/>'


def _stripes(_chance: Chance) -> str:
    bars = "".join(
        f'<rect class="{"abc"[i % 3]}" x="-120" y="{190 + i * 22}" width="460" height="{(12, 7, 3)[i % 3]}"/>'
        for i in range(9)
    )
    return f'<g transform="rotate(-32 100 220)">{bars}</g>'


def _waves(_chance: Chance) -> str:
    wave = "".join(f"q 15 {14 if i % 2 else -14} 30 0" for i in range(8))
    return "".join(
        f'<path class="l{"abc"[i % 3]}" d="M-20 {150 + i * 18}{wave}" stroke-width="{_number(3 + i * 0.55)}"/>'
        for i in range(9)
    )


def _flower(_chance: Chance) -> str:
    petals = "".join(
        f'<ellipse class="{"ab"[i % 2]}" cx="100" cy="148" rx="13" ry="46"'
        f' transform="rotate({_number(i * 360 / 11)} 100 200)"/>'
        for i in range(11)
    )
    return petals + '<circle class="c" cx="100" cy="200" r="17"/>'


def _arches(_chance: Chance) -> str:
    return "".join(_arch(width, colour) for width, colour in ((156, "a"), (120, "b"), (84, "c"), (48, "a")))


def _arch(width: int, colour: str) -> str:
    left, top, radius = 100 - width / 2, 300 - width * 1.16 + width / 2, _number(width / 2)
    arc = f"a{radius} {radius} 0 0 1 {width} 0"
    return f'<path class="{colour}" d="M{_number(left)} 300V{_number(top)}{arc}V300z"/>'


def _halftone(_chance: Chance) -> str:
    dots = "".join(
        f'<circle cx="{93 + (column - 3) * 28 + (14 if row % 2 else 0)}" cy="{140 + row * 19}"'
        f' r="{_number(1.4 + row * 1.25)}"/>'
        for row in range(9)
        for column in range(7)
    )
    return f'<g class="a">{dots}</g>'


def _peaks(_chance: Chance) -> str:
    return (
        '<circle class="c" cx="148" cy="128" r="20"/><polygon class="a" points="-10,300 70,150 150,300"/>'
        '<polygon class="b" points="70,150 150,300 84,300"/><polygon class="c" points="90,300 150,196 215,300"/>'
        '<polygon class="a" points="150,196 215,300 160,300" opacity=".55"/>'
    )


def _eye(_chance: Chance) -> str:
    rings = ((96, 62, "a"), (74, 46, "b"), (46, 46, "c"), (22, 22, "a"))
    drawn = "".join(f'<ellipse class="{c}" cx="100" cy="205" rx="{rx}" ry="{ry}"/>' for rx, ry, c in rings)
    return drawn + '<circle class="b" cx="112" cy="192" r="8"/>'


def _rays(_chance: Chance) -> str:
    return "".join(_ray(i) for i in range(12)) + '<circle class="c" cx="100" cy="300" r="56"/>'


def _ray(number: int) -> str:
    first, second = (
        f"{_number(100 + 172 * math.cos(angle))},{_number(300 + 172 * math.sin(angle))}"
        for angle in (math.radians(180 + number * 15), math.radians(187.5 + number * 15))
    )
    return f'<polygon class="{"ab"[number % 2]}" points="100,300 {first} {second}"/>'


def _columns(chance: Chance) -> str:
    return "".join(_column(i, 40 + 130 * next(chance)) for i in range(8))


def _column(number: int, height: float) -> str:
    x, top = _number(12 + number * 22.4), _number(300 - height)
    middle, bead = _number(20.5 + number * 22.4), _number(288 - height)
    return (
        f'<rect class="{"abc"[number % 3]}" x="{x}" y="{top}" width="17" height="{_number(height)}" rx="8.5"/>'
        f'<circle class="{"bca"[number % 3]}" cx="{middle}" cy="{bead}" r="6"/>'
    )


ART: tuple[Art, ...] = (
    _arcs, _sun, _tiles, _stripes, _waves, _flower, _arches, _halftone, _peaks, _eye, _rays, _columns,
)  # fmt: skip
