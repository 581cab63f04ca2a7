"""Why a file that was sent was not taken, as a page says it."""

from dataclasses import dataclass

from starlette.exceptions import HTTPException

from service_kit.languages.texts import _
from web_frontend.csrf import ExpiredForm
from web_frontend.gateway_problems import Refused, ServiceAway
from web_frontend.uploading import FileTooLarge, NotAnUpload, UploadStalled

_TOO_LARGE = 413


class NoFile(Exception):
    """The form was sent without a file."""


TROUBLES = (ExpiredForm, NotAnUpload, UploadStalled, FileTooLarge, NoFile, HTTPException, ServiceAway, Refused)
"""All that may go wrong with a file on its way and leaves the person where the form is."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """The status of the page, its heading, and what to do."""

    status: int
    title: str
    words: str


def trouble_of(error: Exception, largest: str) -> Trouble:
    """Return what to say of ``error``, which is one of ``TROUBLES``; ``largest`` is what a file may have, in words."""
    if isinstance(error, ServiceAway):
        words = _(
            "Send the file again in a moment. If it has arrived after all, it is among the past imports; "
            "until it is applied, nothing has changed in the catalogue."
        )
        return Trouble(503, error.words, words)
    if isinstance(error, FileTooLarge) or _status(error) == _TOO_LARGE:
        words = _(
            "A file may have at most %(size)s. Split it into several and send them one after the other.", size=largest
        )
        return Trouble(_TOO_LARGE, _("The file is too large"), words)
    if isinstance(error, Refused) and error.code == "idempotency_key_reused":
        words = _("This form has sent another file already, and that one was taken. Nothing has come of this one yet.")
        return Trouble(error.status, _("Please choose the file once more"), words)
    if isinstance(error, Refused):
        return Trouble(error.status, _("The file was not taken"), error.detail)
    return _on_its_way(error)


def _on_its_way(error: Exception) -> Trouble:
    if isinstance(error, ExpiredForm):
        words = _("The form was open for too long, or you have signed in or out since. Nothing has changed.")
        return Trouble(403, _("Please choose the file once more"), words)
    if isinstance(error, UploadStalled):
        words = _("Nothing came from your browser for a while. Look at your connection, and send the file again.")
        return Trouble(408, _("The file stopped on its way"), words)
    if isinstance(error, NoFile):
        return Trouble(422, _("Choose a file first"), _("Nothing was sent yet."))
    words = _("What came was broken or not a file. Please send it again.")
    return Trouble(400, _("The file did not arrive whole"), words)


def _status(error: Exception) -> int | None:
    if isinstance(error, Refused):
        return error.status
    return error.status_code if isinstance(error, HTTPException) else None
