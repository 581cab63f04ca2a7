"""Imports as they come in and go out."""

import datetime as dt
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from book_service.importing.columns import MappedField
from book_service.importing.states import FileFormat, State
from service_kit.paging import Page
from service_kit.text import Line

RowOutcome = Literal["new", "changed", "unchanged", "bad", "failed", "kept"]
ImportName = Annotated[Line, Field(min_length=1, max_length=200)]


class ImportOptions(BaseModel):
    """What the import may do besides adding and changing books."""

    model_config = ConfigDict(extra="forbid")

    restore_archived: bool = Field(
        default=False, description="Bring archived books back that the file has; else their rows are bad."
    )


class ImportPatch(BaseModel):
    """How the file is to be read. The check is made again."""

    model_config = ConfigDict(extra="forbid")

    mapping: dict[str, MappedField | None] | None = Field(
        None,
        max_length=200,
        description="Which field each column is; null reads nothing from it. Columns not named stay as they are.",
        examples=[{"Titel": "title", "Ladenpreis": "price", "Lager": None}],
    )
    options: ImportOptions | None = None


class ImportCounts(BaseModel):
    """How many rows there are of each kind; they grow while the import is worked on."""

    rows: int = Field(description="Rows read so far.")
    checked: int
    new: int = Field(description="Rows that add a book.")
    changed: int = Field(description="Rows that change a book.")
    unchanged: int
    bad: int = Field(description="Rows that nothing is done with.")
    applied: int = Field(description="Books that were added or changed.")
    failed: int = Field(description="Rows that could not be applied, for what happened since the check.")
    undone: int
    kept: int = Field(description="Books that were left as they are when the import was undone.")


class FileProblem(BaseModel):
    """Why the file as a whole cannot be taken."""

    code: str
    detail: str
    line: int | None


class Import(BaseModel):
    """One file on its way into the catalogue."""

    id: UUID
    name: str
    format: FileFormat | None
    state: State
    created_at: dt.datetime
    actor: str
    actor_name: str | None
    bytes: int
    columns: list[str] | None
    mapping: dict[str, MappedField | None] | None
    options: ImportOptions
    counts: ImportCounts
    problem: FileProblem | None
    finished_at: dt.datetime | None
    samples: dict[str, list[str]] | None = Field(
        None, description="Some values of each column, of one CSV import whose columns can be mapped."
    )

    @classmethod
    def of(cls, row: Any, samples: dict[str, list[str]] | None = None) -> Self:  # noqa: ANN401 (a row of the table)
        """Present a row of the table."""
        fields = {name: getattr(row, name) for name in cls.model_fields if name not in {"counts", "samples"}}
        counts = {name: getattr(row, name) for name in ImportCounts.model_fields}
        return cls.model_validate(fields | {"counts": counts, "samples": samples})


class ImportPage(Page[Import]):
    """One page of imports, newest first."""


class Change(BaseModel):
    """What a field was and becomes."""

    model_config = ConfigDict(populate_by_name=True)

    before: Any = Field(alias="from")
    after: Any = Field(alias="to")


class RowProblem(BaseModel):
    """One thing wrong with a row; `field` is null where it is the row as a whole."""

    field: str | None
    code: str
    msg: str


class ImportRowResult(BaseModel):
    """What the check said of a row, and whether it was applied."""

    line: int
    outcome: RowOutcome
    isbn13: str | None
    title: str | None
    book_id: UUID | None
    changes: dict[str, Change]
    problems: list[RowProblem]
    applied: bool

    @classmethod
    def of(cls, row: Any) -> Self:  # noqa: ANN401 (a row of the table)
        """Present a row of the table."""
        names = ("line", "outcome", "isbn13", "title", "book_id", "problems", "applied")
        changes = {name: {"from": before, "to": after} for name, (before, after) in row.changes.items()}
        return cls.model_validate({name: getattr(row, name) for name in names} | {"changes": changes})


class ImportRowPage(Page[ImportRowResult]):
    """One page of rows, in the order of the file."""
