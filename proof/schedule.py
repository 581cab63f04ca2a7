"""Which fault comes when: drawn once, before the run, from its seed alone."""

import itertools
from dataclasses import asdict, dataclass
from random import Random
from typing import Any

from proof.focus import Focus
from proof.kinds import KINDS, Kind

FIRST_SECOND = 0.5
EACH_ONCE = "each"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: what, where, from when (seconds since the run began) and for how long."""

    number: int
    at: float
    kind: str
    target: str
    lasts: float
    chance: float = 1.0
    only: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it for the log, whose lines have a time of their own."""
        values = asdict(self)
        return {"planned_at": values.pop("at"), **values}

    def __str__(self) -> str:
        """Return it as a line for a person."""
        extra = f" of {self.only.strip()}" if self.only else ""
        often = f", {self.chance:.0%}" if self.chance < 1 else ""
        return f"{self.at:6.2f} s  {self.kind}{extra} on {self.target} ({self.lasts:.1f} s{often})"


def draw_schedule(seed: int, seconds: float, focus: Focus) -> list[Fault]:
    """Draw the faults of a run."""
    random = Random(f"schedule/{seed}")  # noqa: S311 (chance, not secrecy)
    names = list(focus.faults)
    if not names:
        return []
    weights = [focus.faults[name] for name in names]
    faults: list[Fault] = []
    at = FIRST_SECOND
    for number in itertools.count(1):
        if at >= seconds - 1:
            return faults
        kind = KINDS[random.choices(names, weights)[0]]
        faults.append(_draw(random, number, at, kind, focus.only))
        at += random.expovariate(1 / focus.gap)
    return faults


def draw_each_once(seed: int, seconds: float) -> list[Fault]:
    """Draw a schedule in which every kind comes exactly once, spread over the time in a random order."""
    random = Random(f"each/{seed}")  # noqa: S311 (chance, not secrecy)
    kinds = random.sample(list(KINDS.values()), len(KINDS))
    step = (seconds - FIRST_SECOND - 1) / len(kinds)
    return [_draw(random, number, FIRST_SECOND + number * step, kind, None) for number, kind in enumerate(kinds)]


def _draw(random: Random, number: int, at: float, kind: Kind, only: str | None) -> Fault:
    chosen = random.choice(kind.only)
    return Fault(
        number=number,
        at=round(at, 3),
        kind=kind.name,
        target=random.choice(kind.targets),
        lasts=round(random.uniform(*kind.lasts), 3),
        chance=round(random.uniform(*kind.chance), 3),
        only=only if only is not None and kind.meets is not None and not kind.is_crash_point else chosen,
    )
