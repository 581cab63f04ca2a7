"""The tokens of the style sheet, read out of it, and how well its colours can be told apart."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from service_kit.languages.texts import N_

_TOKENS = re.compile(r"@layer tokens \{(.*?)\n\}", re.DOTALL)
_DECLARATION = re.compile(r"--([a-z0-9-]+):\s*([^;]+);")
_BY_THEME = re.compile(r"light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)")
_COLOUR = re.compile(r"#[0-9a-f]{6}")
# WCAG 2.2, 1.4.3 and 1.4.11: text, and what one has to see to use something.
TEXT, SIGN = 4.5, 3.0
_PAIRS = (
    *((ink, ground, TEXT) for ink in ("ink", "ink-2", "brand") for ground in ("bg", "surface", "tile", "gold-wash")),
    ("on-brand", "brand", TEXT),
    ("on-brand", "brand-hover", TEXT),
    ("on-band", "band", TEXT),
    ("on-band-2", "band", TEXT),
    ("on-gold", "gold", TEXT),
    *((ink, ground, TEXT) for ink in ("ok", "bad") for ground in ("bg", "surface", f"{ink}-wash")),
    ("ink", "ok-wash", TEXT),
    ("ink", "bad-wash", TEXT),
    *((sign, ground, SIGN) for sign in ("control", "focus") for ground in ("bg", "surface")),
    ("gold", "band", SIGN),
)
USES = {
    "bg": N_("The page"),
    "surface": N_("Panels and fields"),
    "tile": N_("Quiet ground: covers, notices, hovering"),
    "ink": N_("Text"),
    "ink-2": N_("Text that is less important"),
    "line": N_("Lines that part"),
    "control": N_("Edges of fields and chips"),
    "brand": N_("Links, buttons, what is chosen"),
    "brand-hover": N_("The same under the pointer"),
    "on-brand": N_("Text on it"),
    "band": N_("Header and footer"),
    "on-band": N_("Text on the band"),
    "on-band-2": N_("Quieter text on the band"),
    "gold": N_("Highlight: badges, the page one is on"),
    "on-gold": N_("Text on gold"),
    "gold-wash": N_("The feature panel, notes"),
    "ok": N_("It worked, it is there"),
    "ok-wash": N_("Ground of good news"),
    "bad": N_("It went wrong, it runs low"),
    "bad-wash": N_("Ground of errors"),
    "focus": N_("The ring around what has the focus"),
}


@dataclass(frozen=True, slots=True)
class Colour:
    """A colour in light and in dark."""

    name: str
    light: str
    dark: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two colours that meet, the contrast between them in light and in dark, and the least that will do."""

    ink: str
    ground: str
    light: float
    dark: float
    least: float

    @property
    def holds(self) -> bool:
        """Whether the two can be told apart in both themes."""
        return min(self.light, self.dark) >= self.least


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the style page shows of the tokens."""

    colours: dict[str, Colour]
    steps: dict[str, str]
    spaces: dict[str, str]
    radii: dict[str, str]

    @property
    def pairs(self) -> list[Pair]:
        """Return the pairs of colours that pages put on each other."""
        return [self._pair(*pair) for pair in _PAIRS]

    def _pair(self, ink: str, ground: str, least: float) -> Pair:
        one, other = self.colours[ink], self.colours[ground]
        return Pair(ink, ground, contrast(one.light, other.light), contrast(one.dark, other.dark), least)


@lru_cache(maxsize=1)
def tokens_of(static_dir: Path) -> Tokens:
    """Read the tokens out of the style sheet in ``static_dir``."""
    layer = _TOKENS.search((static_dir / "styles" / "site.css").read_text("utf-8"))
    found = dict(_DECLARATION.findall(layer[1] if layer else ""))
    return Tokens(
        colours={colour.name: colour for colour in _colours(found)},
        steps=_named(found, r"step-.+"),
        spaces=_named(found, r"s\d"),
        radii=_named(found, r"r\d|pill"),
    )


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21 (WCAG 2.2, relative luminance)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)  # noqa: PLR2004
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _colours(found: dict[str, str]) -> Iterator[Colour]:
    for name, value in found.items():
        if name not in USES:
            continue
        if themed := _BY_THEME.fullmatch(value):
            yield Colour(name, themed[1], themed[2])
        elif _COLOUR.fullmatch(value):
            yield Colour(name, value, value)


def _named(found: dict[str, str], pattern: str) -> dict[str, str]:
    return {name: value for name, value in found.items() if re.fullmatch(pattern, name)}
