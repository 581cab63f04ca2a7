"""Two people changed one book: which of the fields differ, and what the person chose for each."""

import json
from dataclasses import dataclass
from typing import Literal

from itsdangerous import BadData, URLSafeSerializer

from web_frontend.editing.forms import LABELS
from web_frontend.submitted_form import Submitted

Side = Literal["mine", "theirs"]


@dataclass(frozen=True, slots=True)
class FieldConflict:
    """A field that is not the same in both versions."""

    name: str
    label: str
    mine: str
    theirs: str
    suggested: Side
    is_contested: bool


class BaseVersions:
    """Carries, signed, in the edit form what the book was when editing began."""

    def __init__(self, secret: str) -> None:
        """Take the secret of signed texts."""
        self._serializer = URLSafeSerializer(secret, salt="edit-base")

    def pack(self, values: dict[str, str]) -> str:
        """Return form values as text for a hidden field."""
        return str(self._serializer.dumps(json.dumps(values)))

    def unpack(self, text: str) -> dict[str, str]:
        """Return what ``pack`` was given; nothing for anything else."""
        try:
            values: dict[str, str] = json.loads(self._serializer.loads(text))
        except BadData:
            return {}
        return values


def differences(base: dict[str, str], mine: dict[str, str], theirs: dict[str, str]) -> list[FieldConflict]:
    """Return the fields that differ. Where only one side changed a field, that side is suggested."""
    return [
        FieldConflict(
            name=name,
            label=label,
            mine=mine[name],
            theirs=theirs[name],
            suggested="theirs" if name in base and mine[name] == base[name] else "mine",
            is_contested=name not in base or (mine[name] != base[name] and theirs[name] != base[name]),
        )
        for name, label in LABELS.items()
        if mine[name] != theirs[name]
    ]


def chosen_values(form: Submitted, typed: dict[str, str]) -> dict[str, str]:
    """Return the values after the person chose, field by field, between their own and the other's."""
    return {
        name: form[f"theirs_{name}"] if form[f"choice_{name}"] == "theirs" else value for name, value in typed.items()
    }
