"""Bytes of a file as text: strict UTF-8, with or without a byte order mark."""

import codecs

from book_service.importing.refusals import FileRefused
from service_kit.languages.texts import N_, _, written_number

_MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
_SAVE = N_("Save it as UTF-8 (in a spreadsheet: “CSV UTF-8”), and send it again.")


class Utf8:
    """Decodes a file in pieces, and says where it is not UTF-8."""

    def __init__(self) -> None:
        """Begin at the first byte."""
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")
        self._pending = 0
        self._begun = False
        self.offset = 0
        self.line = 1

    def decode(self, data: bytes, *, last: bool = False) -> str:
        """Return the text of the next piece. Raises ``FileRefused`` with the line and the byte (RFC 3629)."""
        if not self._begun and (data or last):
            self._begun = True
            data = self._without_mark(data)
        if (nul := data.find(b"\0")) >= 0:
            self._refuse(data, nul, N_("which is in no text file; perhaps it is UTF-16, or no text at all"))
        try:
            text = self._decoder.decode(data, last)
        except UnicodeDecodeError as error:
            pending = len(error.object) - len(data)
            self._refuse(data, error.start - pending, N_("which is not UTF-8; perhaps it is Latin-1 (Windows-1252)"))
        self.offset += len(data)
        self.line += data.count(b"\n")
        return text

    def _without_mark(self, data: bytes) -> bytes:
        for mark, name in _MARKS.items():
            if data.startswith(mark):
                detail = _(
                    "The file is %(encoding)s: line 1 begins with its mark (byte 1). %(remedy)s",
                    encoding=name,
                    remedy=_(_SAVE),
                )
                raise FileRefused(detail, code="wrong_encoding", line=1)
        if data.startswith(codecs.BOM_UTF8):
            self.offset = len(codecs.BOM_UTF8)
            return data[self.offset :]
        return data

    def _refuse(self, data: bytes, place: int, what: str) -> None:
        # A sequence that began in the piece before starts before this one.
        line = self.line + data[: max(place, 0)].count(b"\n")
        byte = f"0x{data[max(place, 0)]:02X}" if data else _("missing")
        detail = _(
            "Line %(line)s, byte %(place)s of the file, is %(byte)s, %(what)s. %(remedy)s",
            line=line,
            place=written_number(self.offset + place + 1),
            byte=byte,
            what=_(what),
            remedy=_(_SAVE),
        )
        raise FileRefused(detail, code="wrong_encoding", line=line)
