"""Two people changed one book: which of the fields merge by themselves, and what the person chose for the others."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from itsdangerous import BadData

from web_frontend.editing.forms import LABELS
from web_frontend.signing import signatures
from web_frontend.submitted_form import Submitted

Values = Mapping[str, str]
"""A book as its form shows it."""


class BaseVersions:
    """Carries, signed, in the edit form what the book was when editing began."""

    def __init__(self, secret: str) -> None:
        """Take the secret of signed texts."""
        self._serializer = signatures(secret, "edit-base")

    def pack(self, values: Values) -> str:
        """Return form values as text for a hidden field."""
        return str(self._serializer.dumps(json.dumps(dict(values))))

    def unpack(self, text: str) -> dict[str, str]:
        """Return what ``pack`` was given; nothing for anything else."""
        try:
            values: dict[str, str] = json.loads(self._serializer.loads(text))
        except BadData:
            return {}
        return values


@dataclass(frozen=True, slots=True)
class Merge:
    """What became of two changes of one book: names of fields, in the order of the form.

    ``values`` has the person's own words in the contested fields, for as long as nothing else was chosen.
    """

    values: dict[str, str]
    mine: list[str]
    theirs: list[str]
    contested: list[str]


def changed(base: Values, values: Values) -> list[str]:
    """Return the fields in which ``values`` are not what the book was. Where that is not known, all have changed."""
    return [name for name in LABELS if name not in base or values[name] != base[name]]


def merge(base: Values, mine: Values, theirs: Values) -> Merge:
    """Put two changes of ``base`` together, field by field; a list of names is one field."""
    by_me, by_them = set(changed(base, mine)), set(changed(base, theirs))
    differing = [name for name in LABELS if mine[name] != theirs[name]]
    return Merge(
        values={name: mine[name] if name in by_me else theirs[name] for name in LABELS},
        mine=[name for name in differing if name not in by_them],
        theirs=[name for name in differing if name not in by_me],
        contested=[name for name in differing if name in by_me and name in by_them],
    )


def chosen_values(form: Submitted, typed: dict[str, str]) -> dict[str, str]:
    """Return the values after the person chose, field by field, between their own and the other's."""
    return {
        name: form[f"theirs_{name}"] if form[f"choice_{name}"] == "theirs" else value for name, value in typed.items()
    }
