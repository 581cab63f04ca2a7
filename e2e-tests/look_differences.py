"""How a page looks other than it did: what is missing, new, of another size, elsewhere, or painted otherwise."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from measured_looks import DRAWING, LOOKS, Element, Looks

# Pixels, and steps of a colour, in which machines may differ.
_ACROSS, _DOWN, _SHADES = 3, 1, 2
_SIDES = (
    ("beside what stands before it", _ACROSS),
    ("below what stands before it", _DOWN),
    ("wide", _ACROSS),
    ("high", _DOWN),
)
_COLOUR = re.compile("#[0-9a-f]{4,8}")
_PLACES, _KINDS = 3, 40
"""How much is told of what may be everywhere."""


@dataclass(frozen=True)
class Difference:
    """Something about one element that is not as it was."""

    part: str
    element: Element
    what: str
    number: int | None = None
    """The place of the element in its part, as long as it is there."""

    @property
    def place(self) -> str:
        """Say where it is."""
        words = f" “{self.element.words}”" if self.element.words else ""
        return f"{self.part} > {self.element.at.partition(' ')[2]}{words}"

    @property
    def is_growth(self) -> bool:
        """Whether it could come of something in it that has another size."""
        return self.what.endswith(("wide", "high"))


def differences(expected: Looks, actual: Looks) -> list[Difference]:
    """Return what is not as expected, in the order of the page."""
    found = []
    for part in {**expected, **actual}:
        in_part = list(_in_part(part, expected.get(part, []), actual.get(part, [])))
        found += [one for place, one in enumerate(in_part) if not (one.is_growth and _holds(one, in_part[place + 1 :]))]
    return found


def told(found: Sequence[Difference]) -> str:
    """Say what differs, each kind once with where it is."""
    by_kind: dict[str, list[str]] = {}
    for one in found:
        by_kind.setdefault(one.what, []).append(one.place)
    lines = [f"{what}: {_some(places, _PLACES, '; ')}" for what, places in by_kind.items()]
    return _some(lines, _KINDS, "\n")


def _some(texts: Sequence[str], most: int, between: str) -> str:
    more = [f"and {len(texts) - most} more"] if len(texts) > most else []
    return between.join([*texts[:most], *more])


def _in_part(part: str, expected: list[Element], actual: list[Element]) -> Iterator[Difference]:
    matcher = SequenceMatcher(None, [one.at for one in expected], [one.at for one in actual], autojunk=False)
    for kind, first, end, first_now, end_now in matcher.get_opcodes():
        if kind == "equal":
            for before, number in zip(expected[first:end], range(first_now, end_now), strict=True):
                for what in (*_moves(before, actual[number]), *_repaints(before, actual[number])):
                    yield Difference(part, actual[number], what, number)
        else:
            yield from (Difference(part, one, "is missing") for one in expected[first:end])
            yield from (Difference(part, actual[number], "is new", number) for number in range(first_now, end_now))


def _holds(outer: Difference, following: Sequence[Difference]) -> bool:
    """Tell whether the next element that differs stands in this one."""
    others = (one for one in following if one.element is not outer.element)
    return next((one.element.depth > outer.element.depth for one in others), False)


def _moves(before: Element, now: Element) -> Iterator[str]:
    for width, box in now.boxes.items():
        was = before.boxes[width]
        if box and was:
            for (side, slack), old, new in zip(_SIDES, was, box, strict=True):
                if abs(old - new) > slack:
                    yield f"at {width} pixels {old:g} → {new:g} {side}"
        elif box or was:
            yield f"at {width} pixels it is {'shown now' if box else 'not shown any more'}"


def _repaints(before: Element, now: Element) -> list[str]:
    found = []
    for name in {**before.paint, **now.paint}:
        for number, (theme, width) in enumerate(LOOKS):
            old, new = before.value(name, number), now.value(name, number)
            if before.is_shown(width) and now.is_shown(width) and not _alike(old, new):
                change = f"{old or 'as around it'} → {new or 'as around it'}"
                found.append(f"{theme}: {'it is drawn otherwise' if name == DRAWING else f'{name} {change}'}")
    return list(dict.fromkeys(found))


def _alike(old: str, new: str) -> bool:
    """Tell whether two values are the same, but for the last steps of their colours."""
    if _COLOUR.sub("", old) != _COLOUR.sub("", new):
        return False
    shades = [[each for colour in _COLOUR.findall(value) for each in _channels(colour)] for value in (old, new)]
    return all(abs(one - other) <= _SHADES for one, other in zip(*shades, strict=True))


def _channels(colour: str) -> tuple[int, ...]:
    digits = colour[1:] if colour != "#0000" else "00000000"
    return tuple(int(f"{digits}ff"[place : place + 2], 16) for place in range(0, 8, 2))
