"""A book's history as it goes out."""

import datetime as dt
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from book_service.history.models import RevisionKind
from service_kit.paging import Page

ChangedField = Annotated[str, Field(examples=["price"])]


class Change(BaseModel):
    """A field's value before and after."""

    model_config = ConfigDict(validate_by_name=True, json_schema_extra={"examples": [{"from": "9.99", "to": "8.50"}]})

    before: JsonValue = Field(alias="from")
    after: JsonValue = Field(alias="to")


class Revision(BaseModel):
    """One change of a book: `version` is the book's version that it made."""

    version: int
    kind: RevisionKind
    at: dt.datetime
    actor: str = Field(description="The id of the account that did it, or `system`.")
    actor_name: str | None = Field(
        description="The account's e-mail address at that time; null for machines and for accounts that are erased."
    )
    changes: dict[ChangedField, Change] = Field(description="Empty for a new book; `archived` is true or false.")
    import_id: UUID | None
    source_version: int | None = Field(description="For `reverted`: which version was put back.")


class History(Page[Revision]):
    """One page of a book's history, newest first."""


class Version(BaseModel):
    """What a book's record said at a version, and what putting that version back would change now."""

    version: int
    fields: dict[str, JsonValue] = Field(examples=[{"title": "The Waves", "price": "9.99"}])
    restoring: dict[ChangedField, Change] = Field(description="Empty when the book says the same now.")
