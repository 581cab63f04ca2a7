"""What is new and what is gone between two texts or two lists."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

from markupsafe import Markup, escape

Side = Literal["same", "gone", "new", "skipped"]

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
_MOST_WORDS = 3_000
"""Comparing words takes time that grows with their square; where more have changed, all of them count as changed."""
_LEAST_ALIKE = 0.6
_KEPT_AROUND = 80
"""Characters of a text that stay to be seen before and after a change."""


class Piece(NamedTuple):
    """A part of a text, and whether it stayed; ``skipped`` stands for what stayed and is left out."""

    side: Side
    text: str


def text_differences(before: str, after: str) -> list[Piece] | None:
    """Return two texts as one, word by word; None when they have so little in common that nobody could read that."""
    pieces = list(_woven(_WORDS.findall(before), _WORDS.findall(after)))
    alike = sum(len(piece.text) for piece in pieces if piece.side == "same")
    return pieces if before and after and alike >= _LEAST_ALIKE * min(len(before), len(after)) else None


def list_differences(before: Sequence[str], after: Sequence[str]) -> list[Piece]:
    """Return two lists as one: the names that stayed, those that went, those that came."""
    pieces: list[Piece] = []
    for _tag, start, end, new_start, new_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        stayed = before[start:end] == after[new_start:new_end]
        pieces += [Piece("same" if stayed else "gone", name) for name in before[start:end]]
        pieces += [Piece("new", name) for name in after[new_start:new_end] if not stayed]
    return pieces


def shortened(pieces: Sequence[Piece]) -> list[Piece]:
    """Return a text's pieces with only the words around each change left of what stayed."""
    short: list[Piece] = []
    for place, piece in enumerate(pieces):
        before = _KEPT_AROUND if place > 0 else 0
        after = _KEPT_AROUND if place < len(pieces) - 1 else 0
        if piece.side != "same" or len(piece.text) <= before + after + _KEPT_AROUND:
            short.append(piece)
            continue
        start, end = piece.text[:before].rpartition(" ")[0], piece.text[len(piece.text) - after :].partition(" ")[2]
        around = (Piece("same", start), Piece("skipped", ""), Piece("same", end))
        short += [part for part in around if part.text or part.side == "skipped"]
    return short


def marked_differences(text: str, other: str) -> Markup:
    """Return ``text`` with ``<mark>`` around what ``other`` says in another way."""
    pieces = text_differences(other, text) or [Piece("same", text)]
    parts = (
        Markup("<mark>{}</mark>").format(piece.text) if piece.side == "new" else escape(piece.text)
        for piece in pieces
        if piece.side != "gone"
    )
    return Markup("").join(parts)


def _woven(old: list[str], new: list[str]) -> Iterator[Piece]:
    first = _shared(old, new)
    last = _shared(old[first:][::-1], new[first:][::-1])
    yield from _said("same", old[:first])
    gone: list[str] = []
    came: list[str] = []
    for old_part, new_part, stayed in _changes(old[first : len(old) - last], new[first : len(new) - last]):
        # A blank between two changed words is no news: the words are read together.
        if stayed and "".join(old_part).isspace():
            gone += old_part
            came += new_part
        elif stayed:
            yield from (*_said("gone", gone), *_said("new", came), *_said("same", old_part))
            gone, came = [], []
        else:
            gone += old_part
            came += new_part
    yield from (*_said("gone", gone), *_said("new", came), *_said("same", old[len(old) - last :]))


def _changes(old: list[str], new: list[str]) -> Iterator[tuple[list[str], list[str], bool]]:
    if len(old) + len(new) > _MOST_WORDS:
        yield old, new, False
        return
    for tag, start, end, new_start, new_end in SequenceMatcher(str.isspace, old, new).get_opcodes():
        yield old[start:end], new[new_start:new_end], tag == "equal"


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many words two texts begin with in common."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _said(side: Side, words: Sequence[str]) -> list[Piece]:
    return [Piece(side, "".join(words))] if words else []
