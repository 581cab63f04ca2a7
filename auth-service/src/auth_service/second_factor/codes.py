"""The codes: those that an authenticator app shows (TOTP, RFC 6238), and recovery codes. The only user of pyotp."""

import base64
import hmac
import re
import secrets
from uuid import UUID

import pyotp
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

RECOVERY_CODES = 10
_STEP_SECONDS = 30
_DRIFT = 1
_SECRET_BYTES = 20
_NONCE_BYTES = 12
# 120 bits each, so that a plain keyed digest of one may be stored (OWASP ASVS 5.0, 6.5.2). No letter of Crockford's
# base32 is taken for another one.
_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
_GROUPS, _GROUP = 6, 4
_TAKEN_FOR = str.maketrans("oil", "011")
_BETWEEN = re.compile(r"[\s-]")
_APP_CODE = re.compile(r"[0-9]{6}")


class UnreadableSecret(Exception):
    """The secret was sealed under another ``AUTH_DATA_SECRET``, or for another account."""


class CodeBook:
    """Makes secrets and codes, and compares codes. ``secret`` is the secret of the installation's data."""

    def __init__(self, secret: bytes, *, issuer: str) -> None:
        """Take the name of the shop too, which the app shows beside the code."""
        self._cipher = AESGCM(_derived(secret, b"quire second factor"))
        self._digest_key = _derived(secret, b"quire recovery codes")
        self._issuer = issuer

    def new_secret(self) -> str:
        """Return a new secret of 160 bits (RFC 4226, section 4) as base32."""
        return base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()

    def uri(self, secret: str, email: str) -> str:
        """Return the ``otpauth://`` address that an app reads from a QR code."""
        return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=self._issuer)

    def seal(self, secret: str, account_id: UUID) -> bytes:
        """Encrypt a secret for its row: it is of no use in another one."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret.encode(), account_id.bytes)

    def matching_step(self, sealed: bytes, account_id: UUID, code: str, *, now: float, after: int) -> int | None:
        """Return the time step later than ``after`` whose code is ``code``, or None.

        The app's clock may be a step off (RFC 6238, section 6). Raises ``UnreadableSecret``.
        """
        app = pyotp.TOTP(self._unsealed(sealed, account_id))
        current = int(now) // _STEP_SECONDS
        steps = range(current - _DRIFT, current + _DRIFT + 1)
        matching = [step for step in steps if hmac.compare_digest(app.generate_otp(step), code)]
        return next((step for step in matching if step > after), None)

    def new_recovery_codes(self) -> list[str]:
        """Return new recovery codes, as they are shown to people."""
        return [_recovery_code() for _ in range(RECOVERY_CODES)]

    def recovery_digest(self, code: str, account_id: UUID) -> bytes:
        """Return the digest under which a recovery code of an account is stored."""
        return hmac.digest(self._digest_key, account_id.bytes + normalised(code).encode(), "sha256")

    def _unsealed(self, sealed: bytes, account_id: UUID) -> str:
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], account_id.bytes).decode()
        except InvalidTag as error:
            raise UnreadableSecret from error


def normalised(code: str) -> str:
    """Return a code without what people write between its parts, and with letters that look alike made one."""
    text = _BETWEEN.sub("", code)
    return text if _APP_CODE.fullmatch(text) else text.lower().translate(_TAKEN_FOR)


def is_app_code(code: str) -> bool:
    """Tell whether a normalised code is one that an app shows."""
    return _APP_CODE.fullmatch(code) is not None


def is_recovery_code(code: str) -> bool:
    """Tell whether a normalised code could be a recovery code."""
    return len(code) == _GROUPS * _GROUP and set(code) <= set(_LETTERS)


def _recovery_code() -> str:
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))


def _derived(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret)
