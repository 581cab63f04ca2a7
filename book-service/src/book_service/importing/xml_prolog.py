"""What stands before the root element of an XML document, looked at before any parser gets it.

A document type with declarations of its own is refused here: entities ("billion laughs", CWE-776; external ones,
CWE-611) can be declared nowhere else. One that only names an outside DTD is harmless, for that is never loaded.
"""

import codecs
import re
from dataclasses import dataclass

from book_service.importing.refusals import FileRefused
from service_kit.languages.texts import _

ENCODINGS = frozenset({"utf-8", "us-ascii", "iso-8859-1", "windows-1252"})
_LONGEST = 64 * 1024
_DECLARED = re.compile(rb"""^<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_DOCTYPE = re.compile(rb"""<!DOCTYPE(?:[^>\["']|"[^"]*"|'[^']*')*""")
_ROOT = re.compile(rb"""<(?:[A-Za-z0-9._-]+:)?([A-Za-z_][A-Za-z0-9._-]*)((?:[^>"']|"[^"]*"|'[^']*')*)>""")
_ATTRIBUTE = re.compile(rb"""(\S+?)\s*=\s*["']([^"']*)["']""")


@dataclass(frozen=True, slots=True)
class Prolog:
    """What a document says of itself: its encoding, and the root element's local name and attributes."""

    encoding: str
    root: str
    attributes: dict[str, str]


def prolog_of(beginning: bytes, *, is_all: bool) -> Prolog | None:
    """Read a document's beginning; None when more of it is needed. Raises ``FileRefused``."""
    if beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or beginning[:4].count(0):
        _refuse(_("The file is UTF-16 or UTF-32. Send it as UTF-8, as ONIX recommends."), "wrong_encoding")
    text = beginning.removeprefix(codecs.BOM_UTF8).lstrip()
    declared = _DECLARED.match(text)
    encoding = declared[1].decode().lower() if declared else "utf-8"
    if encoding not in ENCODINGS:
        said = _("The file says that it is %(encoding)s. Send it as UTF-8, as ONIX recommends.", encoding=encoding)
        _refuse(said, "wrong_encoding")
    root = _ROOT.match(_behind_misc(text))
    if root is not None:
        found = _ATTRIBUTE.findall(root[2])
        attributes = {name.decode("latin-1"): value.decode("latin-1") for name, value in found}
        return Prolog(encoding, root[1].decode("ascii"), attributes)
    if is_all or len(beginning) > _LONGEST:
        _refuse(_("The file is no XML document: it has no root element."), "broken_xml")
    return None


def _behind_misc(text: bytes) -> bytes:
    """Skip declarations, comments and a document type; return nothing when one of them is not whole yet."""
    while True:
        text = text.lstrip()
        if text.startswith(b"<!DOCTYPE"):
            found = _DOCTYPE.match(text)
            end = found.end() if found else 0
            if text[end : end + 1] == b"[":
                said = _("The file has a document type with declarations (DOCTYPE […]); ONIX needs none.")
                _refuse(said, "xml_entities")
            text = text[end + 1 :]
        elif text.startswith(b"<?"):
            text = text.partition(b"?>")[2]
        elif text.startswith(b"<!--"):
            text = text.partition(b"-->")[2]
        else:
            return text


def _refuse(detail: str, code: str) -> None:
    raise FileRefused(detail, code=code, line=1)
