"""What is wrong with a file or a row, in the reader's language.

Files are checked in the background, where nobody's language is known, so the catalogue tells faults in English. Whoever
reads another language gets the shop's own sentence for the same fault, which its code names.
"""

from service_kit.languages.language import ORIGINAL, current_language
from service_kit.languages.texts import N_, _
from web_frontend.editing import forms

_FILES = {
    "empty_file": N_("The file is empty."),
    "no_rows": N_("The file has a header, but no rows."),
    "unknown_format": N_("The file is none of CSV, ONIX for Books or JSON Lines."),
    "wrong_encoding": N_("The text of the file is not UTF-8. Save it as “CSV UTF-8”."),
    "doubled_columns": N_("Several columns of the file have the same name. Give each one a name of its own."),
    "too_many_columns": N_("The file has more than 200 columns."),
    "missing_columns": N_("The file has no columns that say which book a row is about."),
    "broken_csv": N_("The quotes in the file do not match: inside quotes, write each quote twice."),
    "line_too_long": N_("The file has a line that is too long."),
    "too_many_rows": N_("The file has more than a million rows. Send it in parts."),
    "broken_xml": N_("The XML of the file is not well-formed."),
    "xml_entities": N_("The file declares entities of its own, and those are not taken."),
    "not_onix": N_("The file is XML, but no ONIX message."),
    "onix_release": N_("The file is an ONIX message of an earlier release; 3.0 and 3.1 are read."),
    "product_too_large": N_("The file has a product of more than 4 MiB."),
}
_ROWS = {
    "missing": N_("It is missing."),
    "double": N_("Another row, or somebody since the check, has the same book."),
    "ambiguous": N_("More than one book without an ISBN has this title; give the id of the one that is meant."),
    "isbn_taken": N_("Another book has this ISBN."),
    "book_archived": N_("This book is archived; an option of the import brings such books back."),
    "ragged_row": N_("The row has too few or too many cells."),
    "malformed_json": N_("The line is no JSON object."),
    "test_record": N_("The product is marked as a test."),
    "deletion": N_("The product is marked as deleted: archive the book by hand."),
    "xml_entities": N_("An entity in the text is declared nowhere; write the character itself."),
    "changed_since": N_("Somebody else changed it since the check."),
    "edited_since": N_("Somebody edited the book since."),
    "book_not_found": N_("The book is not there any more."),
}
_FORM_NAMES = {"isbn13": "isbn"}


def file_fault(code: str, told: str) -> str:
    """Return what is wrong with a file, for which the catalogue has ``told`` in English."""
    return _(_FILES[code]) if _is_translated() and code in _FILES else told


def row_fault(code: str, field: str | None, told: str) -> str:
    """Return what is wrong with a row, or with a field of it, for which the catalogue has ``told`` in English."""
    if not _is_translated():
        return told
    if code in _ROWS:
        return _(_ROWS[code])
    return forms.sentences().get(_FORM_NAMES.get(field or "", field or ""), _("This cannot be read."))


def _is_translated() -> bool:
    return current_language().code != ORIGINAL.code
