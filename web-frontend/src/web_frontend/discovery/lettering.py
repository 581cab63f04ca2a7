"""Text of pictures: whether the shop's fonts have it, how wide it is, and where its lines end."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont

FOLDER = Path(__file__).with_name("fonts")
_ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class Face:
    """A font: its family as SVG names it, its file, and how wide each character is in parts of the size."""

    family: str
    file: Path
    advances: dict[str, float]

    def has(self, text: str) -> bool:
        """Whether there is a drawing of each character."""
        return all(character in self.advances for character in text)

    def width(self, text: str, size: float, spacing: float = 0.0) -> float:
        """Return the width of a line; ``spacing`` between letters is in parts of the size."""
        return sum(self.advances[character] + spacing for character in text) * size


@cache
def face(name: str) -> Face:
    """Return the font of a file in ``fonts``: ``young-serif``, ``figtree-600``, ``figtree-800``."""
    path = FOLDER / f"{name}.ttf"
    with TTFont(path, lazy=True) as font:
        unit, metrics = font["head"].unitsPerEm, font["hmtx"]
        advances = {chr(code): metrics[glyph][0] / unit for code, glyph in font.getBestCmap().items()}
        return Face(str(font["name"].getDebugName(1)), path, advances)


@dataclass(frozen=True, slots=True)
class Setting:
    """How a text is set."""

    face: Face
    size: float
    width: float
    spacing: float = 0.0
    most_lines: int = 6

    def lines(self, text: str) -> list[str]:
        """Break ``text`` into lines that fit.

        A word that is too long is broken anywhere, and the last of too many lines ends with an ellipsis.
        """
        lines: list[str] = []
        line = ""
        for piece in self._pieces(text):
            longer = f"{line} {piece}" if line else piece
            if not line or self._fits(longer):
                line = longer
            else:
                lines.append(line)
                line = piece
            if len(lines) == self.most_lines:
                return [*lines[:-1], self._cut(lines[-1])]
        return [*lines, line] if line else lines

    def _fits(self, text: str) -> bool:
        return self.face.width(text, self.size, self.spacing) <= self.width

    def _pieces(self, text: str) -> Iterator[str]:
        for word in text.split():
            piece = ""
            for character in word:
                if piece and not self._fits(piece + character):
                    yield piece
                    piece = ""
                piece += character
            yield piece

    def _cut(self, line: str) -> str:
        while line and not self._fits(line + _ELLIPSIS):
            line = line[:-1]
        return line.rstrip(" ,;:.") + _ELLIPSIS
