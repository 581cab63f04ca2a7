"""The second factor: its state, setting it up, new recovery codes, turning it off."""

import datetime as dt
import re

import segno
from itsdangerous import BadData
from markupsafe import Markup
from pydantic import BaseModel

from web_frontend.gateway_client import Gateway
from web_frontend.gateway_problems import Refused
from web_frontend.own_account.confirming import send_confirmed
from web_frontend.signing import timed_signatures

_PATH = "/auth/me/second-factor"
_SET_UP_SECONDS = 15 * 60
_URI = re.compile(r"otpauth://totp/[\x21-\x7e]{1,1000}")


class FactorState(BaseModel):
    """Whether there is a second factor, and how many recovery codes are left."""

    enabled: bool = False
    enabled_at: dt.datetime | None = None
    required: bool = False
    recovery_codes_left: int = 0


class AlreadyEnabled(Exception):
    """There is a second factor already."""


class NotEnabled(Exception):
    """There is no second factor, or none that was begun with a short while ago."""


class IsRequired(Exception):
    """The shop wants a second factor for this role, so it cannot be turned off."""


class SetUp(BaseModel):
    """What the app has to know: the secret, and the same as an address that apps open (RFC 6238, Key URI Format)."""

    secret: str
    uri: str

    @property
    def link(self) -> str | None:
        """Return the address for an app on this very device."""
        return self.uri if _URI.fullmatch(self.uri) else None

    def picture(self) -> Markup:
        """Return the QR code as SVG without styles or scripts, dark on light in any theme: many cameras want it so."""
        code = segno.make_qr(self.uri, error="m")
        svg = code.svg_inline(omitsize=True, border=4, dark="#000", light="#fff", svgclass=None, lineclass=None)
        return Markup(svg)  # noqa: S704 (drawn here, from numbers alone)


class SetUpSeal:
    """Carries a set-up from the page that shows it to the same page once more, when a code was wrong."""

    def __init__(self, secret: str, session_id: str) -> None:
        """Take the secret of signed texts, and whose it is."""
        self._serializer = timed_signatures(secret, f"set-up:{session_id}")

    def pack(self, set_up: SetUp) -> str:
        """Return ``set_up`` as text for a hidden field of the page that shows it anyway."""
        text = self._serializer.dumps(set_up.model_dump())
        return text if isinstance(text, str) else text.decode("ascii")

    def unpack(self, text: str) -> SetUp | None:
        """Return what ``pack`` was given, or None for anything else and for what is too old."""
        try:
            return SetUp.model_validate(self._serializer.loads(text, max_age=_SET_UP_SECONDS))
        except BadData:
            return None


class SecondFactorClient:
    """auth-service, through the gateway. Its methods raise ``WrongPassword`` and ``WrongCode``."""

    def __init__(self, gateway: Gateway) -> None:
        """Take the gateway as this person sees it."""
        self._gateway = gateway

    async def state(self) -> FactorState:
        """Return what there is."""
        return FactorState.model_validate((await self._gateway.get(_PATH)).body)

    async def begin(self, current_password: str) -> SetUp:
        """Make a secret, which counts once it was confirmed. Raises ``AlreadyEnabled``."""
        return SetUp.model_validate(await self._send(_PATH, {"current_password": current_password}))

    async def confirm(self, code: str) -> list[str]:
        """Turn it on; return the recovery codes. Raises ``AlreadyEnabled``, ``NotEnabled``."""
        return _codes(await self._send(f"{_PATH}/confirm", {"code": code}))

    async def new_recovery_codes(self, *, current_password: str, code: str) -> list[str]:
        """Return new recovery codes in place of the old ones. Raises ``NotEnabled``."""
        body = {"current_password": current_password, "code": code}
        return _codes(await self._send(f"{_PATH}/recovery-codes", body))

    async def disable(self, *, current_password: str, code: str) -> None:
        """Turn it off. Raises ``IsRequired``, ``NotEnabled``."""
        await self._send(f"{_PATH}/disable", {"current_password": current_password, "code": code})

    async def _send(self, path: str, body: dict[str, str]) -> object:
        try:
            return (await send_confirmed(self._gateway, path, body)).body
        except Refused as error:
            if error.code in _NAMED:
                raise _NAMED[error.code] from error
            raise


_NAMED: dict[str, type[Exception]] = {
    "second_factor_enabled": AlreadyEnabled,
    "no_second_factor": NotEnabled,
    "second_factor_is_required": IsRequired,
}


class _RecoveryCodes(BaseModel):
    recovery_codes: list[str]


def _codes(body: object) -> list[str]:
    return _RecoveryCodes.model_validate(body).recovery_codes
