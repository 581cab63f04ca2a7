"""Changes that want the password or a code again: one way to ask, and one to say that it was wrong."""

from collections.abc import Awaitable
from typing import TypeVar

from service_kit.languages.texts import _
from web_frontend.accounts.client import WrongCode, WrongPassword
from web_frontend.accounts.forms import wrong_code
from web_frontend.accounts.joining import UNPROCESSABLE
from web_frontend.accounts.too_many import TOO_MANY, note_too_many
from web_frontend.gateway_client import Answer, Call, Gateway
from web_frontend.gateway_problems import Refused, TooManyRequests
from web_frontend.submitted_form import FormView

Result = TypeVar("Result")

_WRONG_PASSWORD = frozenset({"wrong_password", "invalid_credentials"})
_WRONG_CODE = frozenset({"invalid_code", "second_factor_required"})


class NotConfirmed(Exception):
    """The password or the code was not right; the form says so. Names the answer's status and headers."""

    def __init__(self, status: int = UNPROCESSABLE, headers: dict[str, str] | None = None) -> None:
        """Take the status and the headers."""
        super().__init__(status)
        self.status = status
        self.headers = headers or {}


async def send_confirmed(gateway: Gateway, path: str, body: dict[str, str]) -> Answer:
    """Post ``body`` with a password, a code or both. Raises ``WrongPassword`` and ``WrongCode`` besides ``Refused``."""
    try:
        return await gateway.send(Call("POST", path, json=body))
    except Refused as error:
        if error.code in _WRONG_PASSWORD:
            raise WrongPassword from error
        # Where a code is all that could be wrong with the input, it is what was wrong.
        if "code" in body and (error.code in _WRONG_CODE or error.status == UNPROCESSABLE):
            raise WrongCode from error
        raise


async def confirmed(view: FormView, call: Awaitable[Result]) -> Result:
    """Await ``call``; what was wrong with a password or a code is noted on the form. Raises ``NotConfirmed``."""
    try:
        return await call
    except WrongPassword as error:
        view.refuse("current_password", _("This is not your password"))
        raise NotConfirmed from error
    except WrongCode as error:
        view.refuse("code", wrong_code())
        raise NotConfirmed from error
    except TooManyRequests as error:
        raise NotConfirmed(TOO_MANY, note_too_many(view, error)) from error
