"""The states of an import, and from which of them a person may move it where."""

from typing import Literal

State = Literal[
    "receiving",
    "reading",
    "needs_mapping",
    "checking",
    "checked",
    "applying",
    "applied",
    "undoing",
    "undone",
    "refused",
    "cancelled",
    "deleting",
]
FileFormat = Literal["csv", "onix", "jsonl"]

WORKED_ON: tuple[State, ...] = ("reading", "checking", "applying", "undoing", "deleting")
"""In these a worker moves the import on."""
CAN_BE_CANCELLED: tuple[State, ...] = ("receiving", "reading", "needs_mapping", "checking", "checked", "applying")
CAN_BE_MAPPED: tuple[State, ...] = ("needs_mapping", "checked")
CAN_BE_UNDONE: tuple[State, ...] = ("applied", "cancelled")
CAN_BE_DELETED: tuple[State, ...] = (
    "receiving",
    "reading",
    "needs_mapping",
    "checking",
    "checked",
    "refused",
    "cancelled",
)
"""Only as long as nothing of the import was applied."""
ENDED: tuple[State, ...] = ("applied", "undone", "refused", "cancelled")

CLEAR_FIRST = -1
"""The ``place`` of an import that is checked again: the results of the check before go first."""
