"""Books for a sitemap."""

import datetime as dt
from uuid import UUID

from pydantic import BaseModel, Field


class Stretch(BaseModel):
    """A stretch of the catalogue: the books behind `after`, up to `until`. Without an end it is open there."""

    after: UUID | None
    until: UUID | None


class Stretches(BaseModel):
    """The whole catalogue in stretches, the oldest books first."""

    items: list[Stretch]


class BookAddress(BaseModel):
    """A book, and when its record was changed last."""

    id: UUID
    updated_at: dt.datetime


class BookAddresses(BaseModel):
    """A part of a stretch."""

    items: list[BookAddress]
    next_after: UUID | None = Field(description="Behind which the next part begins, if there is one.")
