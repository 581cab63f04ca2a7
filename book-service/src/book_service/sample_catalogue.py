"""``python -m book_service.sample_catalogue FILE.csv``: load a catalogue into a system that has no book yet."""

import asyncio
import csv
import sys
from pathlib import Path

from pydantic import ValidationError

from book_service.actors import SYSTEM
from book_service.catalogue.schemas import BookCreate
from book_service.catalogue.service import CatalogueService
from book_service.config import Settings
from service_kit.database import Database, DatabaseUnavailable
from service_kit.settings import load_settings

_SEPARATOR = ";"
_LISTS = ("authors", "subjects")
_USE_SECONDS = 120.0
_PATIENCE = {"statement_timeout": "60s", "idle_in_transaction_session_timeout": "60s"}
"""A small machine that starts everything at once adds a few hundred books far more slowly than a request may take."""


def read_books(path: Path) -> list[BookCreate]:
    """Read a CSV file with one column per field of a book; several names in a cell are separated by semicolons.

    Raises ``OSError``, and ``ValueError`` with the line's number for a book that is not valid.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [_book(row, number) for number, row in enumerate(csv.DictReader(file), start=2)]


def _book(row: dict[str, str], number: int) -> BookCreate:
    fields = {name: value for name, value in row.items() if value}
    lists = {name: [part.strip() for part in fields.get(name, "").split(_SEPARATOR)] for name in _LISTS}
    try:
        return BookCreate.model_validate(fields | lists)
    except ValidationError as error:
        problem = error.errors(include_input=False)[0]
        message = f"Line {number}, {problem['loc'][0]}: {problem['msg']}"
        raise ValueError(message) from error


async def load(path: Path, settings: Settings) -> int:
    """Add the books of ``path`` to an empty catalogue; return how many were added."""
    # The newest books are shown first, so the file's first line is added last.
    books = read_books(path)[::-1]
    database = Database(settings.database_url, pool_size=1, settings=_PATIENCE, use_seconds=_USE_SECONDS)
    try:
        return await CatalogueService(database, currency=settings.currency).create_first_books(books, actor=SYSTEM)
    finally:
        await database.dispose()


def main() -> None:
    """Run the command."""
    if len(sys.argv) != 2:  # noqa: PLR2004 (the program and the file)
        sys.exit("usage: python -m book_service.sample_catalogue FILE.csv")
    try:
        added = asyncio.run(load(Path(sys.argv[1]), load_settings(Settings)))
    except (OSError, ValueError, DatabaseUnavailable) as error:
        sys.exit(str(error))
    print(f"{added} books added" if added else "There are books already; nothing was added")  # noqa: T201


if __name__ == "__main__":
    main()
