"""Access tokens: JWTs (RFC 7519) after the profile of RFC 9068, signed with ES256.

The only module that imports python-jose.

python-jose takes more than we want to accept, so the checks of RFC 8725 stand before and after it: the header must be
exactly ``{alg, kid, typ}``, the key is one that was built beforehand, and all claims are compared here.
"""

import base64
import binascii
import hashlib
import json
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_pem_private_key
from jose import jws
from jose.backends import ECKey

ALGORITHM = "ES256"
TOKEN_TYPE = "at+jwt"  # noqa: S105 (the media type of RFC 9068)
LONGEST_TOKEN = 4096
API_KEY_CLIENT = "api-key"
"""The ``client_id`` of tokens that an API key was exchanged for."""
LONGEST_LIFETIME = 3600
CLOCK_LEEWAY = 5

_COMPACT_JWS = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


class InvalidToken(Exception):
    """The token is not one of ours, or its time has passed. The reason is for logs, not for the caller."""


class UnknownKey(InvalidToken):
    """The token names a key that is not known here (yet)."""

    def __init__(self, kid: str) -> None:
        """Take the key id of the token's header."""
        super().__init__("unknown key")
        self.kid = kid


@dataclass(frozen=True, slots=True)
class AccessToken:
    """The verified claims of an access token. Times are Unix seconds.

    ``session_id`` is the sign-in that it comes from, or the API key (``client_id`` is then ``API_KEY_CLIENT``).
    """

    subject: str
    session_id: str
    token_id: str
    scopes: frozenset[str]
    issued_at: int
    expires_at: int
    email: str | None = None
    role: str | None = None
    client_id: str | None = None


class SigningKey:
    """The private half: a P-256 key that signs access tokens."""

    def __init__(self, private_key: ec.EllipticCurvePrivateKey) -> None:
        """Take a key on the curve P-256; anything else raises ``ValueError``."""
        if not isinstance(private_key, ec.EllipticCurvePrivateKey) or private_key.curve.name != "secp256r1":
            message = "is not a private key on the curve P-256"
            raise ValueError(message)
        self._key = ECKey(private_key, ALGORITHM)
        self.public_jwk = _public_jwk(private_key.public_key())
        self.kid = self.public_jwk["kid"]

    @classmethod
    def from_text(cls, text: str) -> "SigningKey":
        """Read a PEM, or the base64 of a PKCS#8 DER on one line. Raises ``ValueError``."""
        try:
            if "-----BEGIN" in text:
                key = load_pem_private_key(text.replace("\\n", "\n").encode(), password=None)
            else:
                key = load_der_private_key(base64.b64decode(text, validate=True), password=None)
        except (ValueError, TypeError, binascii.Error) as error:
            message = "is not a private key (PEM, or base64 of PKCS#8 DER)"
            raise ValueError(message) from error
        return cls(key)  # type: ignore[arg-type]  # the constructor refuses every other kind of key

    @classmethod
    def generate(cls) -> "SigningKey":
        """Make a new key."""
        return cls(ec.generate_private_key(ec.SECP256R1()))

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Return ``claims`` as a signed token in compact form."""
        token: str = jws.sign(
            dict(claims), self._key, headers={"kid": self.kid, "typ": TOKEN_TYPE}, algorithm=ALGORITHM
        )
        return token


class PublicKeys:
    """The public half: the keys of a JWK Set (RFC 7517) by key id, each built once."""

    def __init__(self, jwks: Mapping[str, Any]) -> None:
        """Take a JWK Set; keys that are not EC P-256 signature keys are left out."""
        self._keys: dict[str, ECKey] = {}
        for jwk in jwks.get("keys", []):
            if (
                isinstance(jwk, dict)
                and jwk.get("kty") == "EC"
                and jwk.get("crv") == "P-256"
                and isinstance(jwk.get("kid"), str)
            ):
                self._keys[jwk["kid"]] = ECKey({name: jwk[name] for name in ("kty", "crv", "x", "y")}, ALGORITHM)

    @property
    def ids(self) -> frozenset[str]:
        """The ids of the keys."""
        return frozenset(self._keys)

    def __len__(self) -> int:
        """Return how many keys are known."""
        return len(self._keys)

    def verify(self, token: str, *, issuer: str, audience: str, now: float | None = None) -> AccessToken:
        """Check signature and claims of ``token``.

        Raises ``UnknownKey`` when another fetch of the keys may help, ``InvalidToken`` for everything else.
        """
        key = self._key_for(token)
        try:
            claims = json.loads(jws.verify(token, key, [ALGORITHM]))
        except Exception as error:
            # python-jose lets JWKError, RecursionError and others through; whatever it is, the token is not good.
            message = "signature or payload"
            raise InvalidToken(message) from error
        return _checked_claims(claims, issuer=issuer, audience=audience, now=time.time() if now is None else now)

    def _key_for(self, token: str) -> ECKey:
        if len(token) > LONGEST_TOKEN or not _COMPACT_JWS.fullmatch(token):
            message = "not a compact JWS of reasonable length"
            raise InvalidToken(message)
        segments = token.split(".")
        header = _json_object(segments[0])
        for segment in segments:
            _canonical_base64url(segment)
        if header.keys() != {"alg", "kid", "typ"} or header["alg"] != ALGORITHM or header["typ"] != TOKEN_TYPE:
            message = "header"
            raise InvalidToken(message)
        kid = header["kid"]
        if not isinstance(kid, str) or kid not in self._keys:
            raise UnknownKey(str(kid)[:64])
        return self._keys[kid]


def public_jwks(keys: Iterable[SigningKey]) -> dict[str, list[dict[str, str]]]:
    """Return the JWK Set (RFC 7517) that publishes ``keys``."""
    return {"keys": [key.public_jwk for key in keys]}


def _checked_claims(claims: object, *, issuer: str, audience: str, now: float) -> AccessToken:
    if not isinstance(claims, dict):
        message = "claims are not an object"
        raise InvalidToken(message)
    for name in ("iat", "nbf", "exp"):
        if type(claims.get(name)) is not int:
            message = f"{name} is not a whole number"
            raise InvalidToken(message)
    for name in ("iss", "aud", "sub", "sid", "jti", "scope"):
        if not isinstance(claims.get(name), str):
            message = f"{name} is missing"
            raise InvalidToken(message)
    if claims["iss"] != issuer or claims["aud"] != audience:
        message = "issuer or audience"
        raise InvalidToken(message)
    _check_times(claims, now)
    return AccessToken(
        subject=claims["sub"],
        session_id=claims["sid"],
        token_id=claims["jti"],
        scopes=frozenset(claims["scope"].split()),
        issued_at=claims["iat"],
        expires_at=claims["exp"],
        email=claims.get("email") if isinstance(claims.get("email"), str) else None,
        role=claims.get("role") if isinstance(claims.get("role"), str) else None,
        client_id=claims.get("client_id") if isinstance(claims.get("client_id"), str) else None,
    )


def _check_times(claims: Mapping[str, int], now: float) -> None:
    if claims["exp"] <= now:
        message = "expired"
        raise InvalidToken(message)
    if claims["nbf"] > now + CLOCK_LEEWAY or claims["iat"] > now + CLOCK_LEEWAY:
        message = "not valid yet"
        raise InvalidToken(message)
    if claims["exp"] - claims["iat"] > LONGEST_LIFETIME:
        message = "lifetime"
        raise InvalidToken(message)


def _canonical_base64url(segment: str) -> bytes:
    try:
        decoded = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except (binascii.Error, ValueError) as error:
        message = "not base64url"
        raise InvalidToken(message) from error
    # Several texts decode to the same bytes; only one of them is the token that was signed (RFC 7515, section 2).
    if base64.urlsafe_b64encode(decoded).rstrip(b"=").decode() != segment:
        message = "not canonical base64url"
        raise InvalidToken(message)
    return decoded


def _json_object(segment: str) -> dict[str, Any]:
    try:
        decoded = json.loads(_canonical_base64url(segment))
    except (ValueError, RecursionError) as error:
        message = "header is not JSON"
        raise InvalidToken(message) from error
    if not isinstance(decoded, dict):
        message = "header is not an object"
        raise InvalidToken(message)
    return decoded


def _base64url(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes(32, "big")).rstrip(b"=").decode()


def _public_jwk(key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    numbers = key.public_numbers()
    members = {"crv": "P-256", "kty": "EC", "x": _base64url(numbers.x), "y": _base64url(numbers.y)}
    # The key id is the key's thumbprint (RFC 7638), so nobody has to invent one.
    thumbprint = hashlib.sha256(json.dumps(members, separators=(",", ":"), sort_keys=True).encode()).digest()
    kid = base64.urlsafe_b64encode(thumbprint).rstrip(b"=").decode()
    return {**members, "kid": kid, "use": "sig", "alg": ALGORITHM}
