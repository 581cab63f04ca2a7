"""What kind of file the first bytes are of."""

import codecs
import re

from book_service.importing.csv_reader import CsvReader
from book_service.importing.file_rows import Reader
from book_service.importing.jsonl_reader import JsonLinesReader
from book_service.importing.onix_reader import OnixReader
from book_service.importing.refusals import FileRefused
from book_service.importing.states import FileFormat
from service_kit.languages.texts import N_, _

_ARCHIVES = {
    b"PK\x03\x04": N_("The file is a ZIP archive, as spreadsheets (.xlsx, .ods) are; save the sheet as CSV UTF-8."),
    b"\x1f\x8b": N_("The file is compressed; unpack it first."),
    b"%PDF": N_("The file is a PDF document."),
    b"\xd0\xcf\x11\xe0": N_("The file is an old spreadsheet (.xls); save the sheet as CSV UTF-8."),
}
_JSON_LIST = re.compile(rb"\[\s*(?:\{|\]\s*$)")


def sniffed(beginning: bytes) -> FileFormat:
    """Return the format of a file by how it begins. Raises ``FileRefused`` for files that are none of ours."""
    for mark, detail in _ARCHIVES.items():
        if beginning.startswith(mark):
            raise FileRefused(_(detail), code="unknown_format", line=1)
    text = beginning.removeprefix(codecs.BOM_UTF8).lstrip()
    # Also in UTF-16, so that the reader can say what is wrong with it.
    if text.startswith((b"<", codecs.BOM_UTF16_LE + b"<", codecs.BOM_UTF16_BE + b"\0<")):
        return "onix"
    if _JSON_LIST.match(text):
        detail = _("The file is one JSON list; write each book on a line of its own, without brackets around them.")
        raise FileRefused(detail, code="unknown_format", line=1)
    return "jsonl" if text.startswith(b"{") else "csv"


def reader_of(file_format: FileFormat, currency: str) -> Reader:
    """Return a reader of a new file."""
    if file_format == "onix":
        return OnixReader(currency)
    return JsonLinesReader() if file_format == "jsonl" else CsvReader()
