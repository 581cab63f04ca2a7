"""Tokens that must not be taken: each is one idea of somebody who has no key, or a good key and bad claims."""

import base64
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_private_key

from attack.people import Caller, claims_of
from attack.shop import Shop

Forgery = tuple[str, str]
"""What is tried, and the token."""

_MEBIBYTE = 1 << 20
_DEEP = 50_000


class Forger:
    """Makes the tokens, with the shop's public key, and where the claims are what is wrong, with its private one."""

    def __init__(self, shop: Shop, person: Caller) -> None:
        """Take a shop and somebody whose token is good."""
        der = base64.b64decode(shop.secrets["AUTH_SIGNING_KEY"])
        key = load_der_private_key(der, password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            message = "the shop signs with another kind of key"
            raise TypeError(message)
        self._key = key
        self._good = person.bearer
        self._refresh = person.refresh_token
        self._header: dict[str, Any] = json.loads(unpacked(self._good.split(".")[0]))
        self._claims: dict[str, Any] = dict(claims_of(self._good))

    def all(self) -> Iterator[Forgery]:
        """Yield every forgery."""
        yield from self._without_a_key()
        yield from self._with_the_public_key()
        yield from self._with_other_keys()
        yield from self._with_other_headers()
        yield from self._with_other_claims()
        yield from self._of_another_form()

    def signed(self, header: Mapping[str, Any], claims: object, key: ec.EllipticCurvePrivateKey | None = None) -> str:
        """Sign with the shop's key, or another one, whatever is said."""
        text = f"{packed(header)}.{packed(claims)}"
        return f"{text}.{_signature(key or self._key, text)}"

    def _without_a_key(self) -> Iterator[Forgery]:
        claims = packed(self._claims)
        for name in ("none", "None", "NONE", "nOnE", "", "null"):
            header = packed(self._header | {"alg": name})
            yield f"alg {name!r} without a signature", f"{header}.{claims}."
            yield f"alg {name!r} with the old signature", f"{header}.{claims}.{self._good.split('.')[2]}"
        yield "no signature", f"{packed(self._header)}.{claims}."
        yield "ES256 with r = s = 0", f"{packed(self._header)}.{claims}.{_base64url(bytes(64))}"
        yield "ES256 with r = s = n", f"{packed(self._header)}.{claims}.{_base64url(_ORDER.to_bytes(32, 'big') * 2)}"
        yield "ES256 with an empty DER sequence", f"{packed(self._header)}.{claims}.{_base64url(bytes.fromhex('3000'))}"
        yield (
            "another's signature",
            f"{packed(self._header)}.{packed(self._claims | {'role': 'admin'})}." + (self._good.split(".")[2]),
        )

    def _with_the_public_key(self) -> Iterator[Forgery]:
        public = self._key.public_key()
        info = PublicFormat.SubjectPublicKeyInfo
        forms = {
            "PEM": public.public_bytes(Encoding.PEM, info),
            "PEM without its last line end": public.public_bytes(Encoding.PEM, info).strip(),
            "DER": public.public_bytes(Encoding.DER, info),
            "SSH": public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH),
            "point": public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint),
            "JWK": json.dumps(self._jwk(), separators=(",", ":")).encode(),
            "its own id": str(self._header["kid"]).encode(),
            "nothing": b"",
        }
        for name, secret in forms.items():
            for algorithm, digest in (("HS256", hashlib.sha256), ("HS512", hashlib.sha512)):
                text = f"{packed(self._header | {'alg': algorithm})}.{packed(self._claims)}"
                signature = hmac.new(secret, text.encode(), digest).digest()
                yield f"{algorithm} with the public key as {name}", f"{text}.{_base64url(signature)}"

    def _with_other_keys(self) -> Iterator[Forgery]:
        own = ec.generate_private_key(ec.SECP256R1())
        yield "a key of one's own", self.signed(self._header, self._claims, own)
        yield "a key of one's own and its id", self.signed(self._header | {"kid": "mine"}, self._claims, own)
        for header in ({"jwk": _public_jwk(own)}, {"jwk": _public_jwk(own), "kid": "mine"}):
            yield f"{sorted(header)} in the header", self.signed(self._header | header, self._claims, own)
        for curve, algorithm in ((ec.SECP384R1(), "ES384"), (ec.SECP521R1(), "ES512"), (ec.SECP256K1(), "ES256K")):
            other = ec.generate_private_key(curve)
            yield f"{curve.name} as ES256", self.signed(self._header, self._claims, other)
            yield f"{curve.name} as {algorithm}", self.signed(self._header | {"alg": algorithm}, self._claims, other)
        text = f"{packed(self._header | {'alg': 'RS256'})}.{packed(self._claims)}"
        rsa_key = rsa.generate_private_key(65537, 2048)
        yield "RS256", f"{text}.{_base64url(rsa_key.sign(text.encode(), PKCS1v15(), hashes.SHA256()))}"

    def _with_other_headers(self) -> Iterator[Forgery]:
        for name, value in (
            *(
                ("jku", "http://127.0.0.1:9/keys"),
                ("x5u", "http://127.0.0.1:9/cert"),
                ("x5c", ["MII"]),
                ("crit", ["exp"]),
            ),
            *(("b64", False), ("zip", "DEF"), ("cty", "JWT"), ("x5t", "AA"), ("enc", "A256GCM"), ("p2c", 10**9)),
        ):
            yield f"header {name}", self.signed(self._header | {name: value}, self._claims)
        others: dict[str, tuple[object, ...]] = {
            "typ": ("JWT", "at+JWT", "application/at+jwt", "dpop+jwt", None, 1),
            "kid": ("", "../../etc/passwd", "' OR 1=1 --", "x" * 2000, None, 1, ["a"], {"a": 1}),
            "alg": ("es256", "ES256 ", "HS256", "RS256", "ES384", None, 1, ["ES256"]),
        }
        for name, values in others.items():
            for other in values:
                shown = str(other)[:30]
                yield f"{name} {shown!r}", self.signed(self._header | {name: other}, self._claims)
            without = {key: value for key, value in self._header.items() if key != name}
            yield f"no {name}", self.signed(without, self._claims)

    def _with_other_claims(self) -> Iterator[Forgery]:
        now = int(time.time())
        changes: list[dict[str, Any]] = [
            *(
                {"iss": value}
                for value in ("", "http://evil.example", self._claims["iss"] + "/", None, [self._claims["iss"]])
            ),
            *({"aud": value} for value in ("", "other", "QUIRE", None, ["quire"], ["quire", "other"], {"quire": 1})),
            *(
                {"exp": value}
                for value in (str(now + 600), now + 600.5, 10**30, 1e300, -1, 0, now - 1, True, None, [now + 600])
            ),
            *({"iat": value} for value in (str(now), now + 3600, None, True, -(10**20), now - 86400)),
            *({"nbf": value} for value in (now + 3600, str(now), None)),
            {"iat": now, "exp": now + 10**8},
            {"sub": None},
            {"sub": 1},
            {"sid": None},
            {"jti": None},
            {"scope": None},
            {"scope": ["books:read", "books:write"]},
        ]
        for change in changes:
            yield f"claims {json.dumps(change)}", self.signed(self._header, self._claims | change)
        for name in ("iss", "aud", "sub", "sid", "jti", "scope", "exp", "iat", "nbf"):
            without = {key: value for key, value in self._claims.items() if key != name}
            yield f"no {name}", self.signed(self._header, without)
        for claims in ([], "claims", 1, None, [self._claims]):
            yield f"claims of the type {type(claims).__name__}", self.signed(self._header, claims)
        yield "a session of nobody", self.signed(self._header, self._claims | {"sub": "*", "sid": "*", "exp": now - 60})

    def _of_another_form(self) -> Iterator[Forgery]:
        header, claims, signature = self._good.split(".")
        yield "a refresh token", self._refresh
        yield "padding", f"{header}.{claims}.{signature}=="
        yield "base64 in place of base64url", f"{header}.{claims}.{signature[:-2]}+/"
        last = "AEIMQUYcgkosw048"
        other = next(
            each for each in last if each != signature[-1] and unpacked(signature[:-1] + each) == unpacked(signature)
        )
        yield "another last character that decodes to the same", f"{header}.{claims}.{signature[:-1]}{other}"
        for what, blank in (("a space", " "), ("a tab", "\t"), ("%20", "%20"), ("an asterisk", "*")):
            yield f"{what} inside", f"{header}.{claims[:9]}{blank}{claims[9:]}.{signature}"
        yield "two segments", f"{header}.{claims}"
        yield "four segments", f"{self._good}.{signature}"
        yield "five segments, as a JWE", f"{packed({'alg': 'dir', 'enc': 'A256GCM'})}..{claims}.{claims}.{signature}"
        yield "upper case", self._good.upper()
        yield "cut short", self._good[:-1]
        yield "twice", f"{self._good},{self._good}"
        yield "the JSON serialisation", json.dumps({"payload": claims, "protected": header, "signature": signature})
        yield "an empty header", f".{claims}.{signature}"
        deep = "[" * _DEEP + "]" * _DEEP
        yield "a bomb of nesting in the header", f"{_base64url(deep[:2000].encode())}.{claims}.{signature}"
        yield "a bomb of nesting in the claims", self.signed_text("[" * 1200 + "]" * 1200)
        yield "a number of 3,000 digits", self.signed_text('{"exp": ' + "9" * 2600 + "}")
        yield "a name twice", self.signed_text('{"exp": 1, ' + json.dumps(self._claims)[1:-1] + ', "exp": 1}')
        yield "a megabyte", f"{header}.{'A' * _MEBIBYTE}.{signature}"
        yield "16 kilobytes", f"{header}.{'A' * (16 << 10)}.{signature}"

    def signed_text(self, payload: str) -> str:
        """Sign a payload as it is."""
        text = f"{packed(self._header)}.{_base64url(payload.encode())}"
        return f"{text}.{_signature(self._key, text)}"

    def expired_key(self) -> str:
        """Return a token that a key signed which the shop does not know any more."""
        return self.signed(
            self._header | {"kid": str(uuid.uuid4())}, self._claims, ec.generate_private_key(ec.SECP256R1())
        )

    def _jwk(self) -> dict[str, str]:
        return _public_jwk(self._key)


_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def packed(value: object) -> str:
    """Return JSON as base64url."""
    return _base64url(json.dumps(value, separators=(",", ":")).encode())


def unpacked(segment: str) -> bytes:
    """Decode base64url without padding."""
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _public_jwk(key: ec.EllipticCurvePrivateKey) -> dict[str, str]:
    numbers = key.public_key().public_numbers()
    x, y = (_base64url(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def _signature(key: ec.EllipticCurvePrivateKey, text: str) -> str:
    r, s = decode_dss_signature(key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
    size = (key.curve.key_size + 7) // 8
    return _base64url(r.to_bytes(size, "big") + s.to_bytes(size, "big"))
