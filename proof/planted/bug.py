"""What a planted bug is."""

from dataclasses import dataclass
from pathlib import Path


class PatchDoesNotFit(Exception):
    """The code has changed, and the patch has to change with it."""


@dataclass(frozen=True, slots=True)
class Patch:
    """A change of one file: ``old``, which is there exactly once, becomes ``new``."""

    path: str
    old: str
    new: str

    def apply(self, root: Path) -> None:
        """Change the file below ``root``. Raises ``PatchDoesNotFit``."""
        file = root / self.path
        text = file.read_text(encoding="utf-8") if file.is_file() else ""
        if (times := text.count(self.old)) != 1:
            message = f"{self.path} has {times} places, and not one, where it says:\n{self.old}"
            raise PatchDoesNotFit(message)
        file.write_text(text.replace(self.old, self.new), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Rig:
    """How real processes are made to show the bug: the focus of the run, and its longest duration."""

    focus: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Bug:
    """A mistake that somebody has made, or easily makes.

    ``model`` says that the model has to find it, ``rig`` how the rig has to. What only SQL or a real race shows is
    not for the model.
    """

    name: str
    story: str
    patches: tuple[Patch, ...]
    model: bool = True
    rig: Rig | None = None
