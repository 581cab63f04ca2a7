"""What a check has looked at and what it has found."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from proof.history import Call


@dataclass(frozen=True, slots=True)
class Violation:
    """Something that must not be. ``calls`` are the lines of the clients' log about it."""

    text: str
    orders: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()


@dataclass
class Check:
    """One invariant."""

    name: str
    claim: str
    counted: Counter[str] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)

    def violated(self, text: str, *orders: str, calls: Iterable[Call] = ()) -> None:
        """Note something that must not be."""
        self.violations.append(Violation(text, orders, tuple(str(call) for call in calls)))

    def expect(self, *, holds: bool, text: str, orders: Iterable[str] = (), calls: Iterable[Call] = ()) -> None:
        """Note it unless it ``holds``."""
        if not holds:
            self.violated(text, *orders, calls=calls)
