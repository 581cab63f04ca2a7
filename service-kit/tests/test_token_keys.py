"""The keys that tokens are signed and checked with: RFC 7517 (sets of keys), RFC 7638 (thumbprints)."""

import base64
import hashlib
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from service_kit.tokens import PublicKeys, SigningKey, UnknownKey, public_jwks

PRIVATE = ec.generate_private_key(ec.SECP256R1())
KEY = SigningKey(PRIVATE)
NOW = 1_700_000_000
CLAIMS = {
    "iss": "https://shop.example",
    "aud": "quire",
    "sub": "1",
    "sid": "1",
    "jti": "1",
    "scope": "",
    "iat": NOW,
    "nbf": NOW,
    "exp": NOW + 900,
}


def verify(token, keys):
    return keys.verify(token, issuer="https://shop.example", audience="quire", now=NOW)


def base64url(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def test_the_keys_id_is_its_thumbprint():
    """RFC 7638, section 3: required members alone, in order, without white space."""
    members = {name: KEY.public_jwk[name] for name in ("crv", "kty", "x", "y")}
    expected = hashlib.sha256(json.dumps(members, separators=(",", ":")).encode()).digest()
    assert KEY.kid == base64url(expected)


def test_what_is_published_holds_nothing_of_the_private_half():
    [jwk] = public_jwks([KEY])["keys"]
    assert jwk.keys() == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    assert (jwk["kty"], jwk["crv"], jwk["use"], jwk["alg"]) == ("EC", "P-256", "sig", "ES256")


def test_keys_of_other_kinds_in_a_set_are_passed_over():
    octets = {"kty": "oct", "kid": "secret", "k": base64url(b"x" * 32), "alg": "HS256"}
    numbers = {"kty": "RSA", "kid": "rsa", "n": "AQAB", "e": "AQAB"}
    keys = PublicKeys({"keys": [octets, numbers, {"kty": "EC", "crv": "P-384", "kid": "x"}, "x", KEY.public_jwk]})
    assert len(keys) == 1
    assert KEY.kid in keys.ids
    verify(KEY.sign(CLAIMS), keys)


def test_two_keys_are_good_while_they_are_published():
    successor = SigningKey.generate()
    both, later = PublicKeys(public_jwks([successor, KEY])), PublicKeys(public_jwks([successor]))
    for key in (KEY, successor):
        verify(key.sign(CLAIMS), both)
    verify(successor.sign(CLAIMS), later)
    with pytest.raises(UnknownKey):
        verify(KEY.sign(CLAIMS), later)


def test_a_private_key_is_read_from_a_pem_a_pem_on_one_line_and_base64():
    pem = PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    sec1 = PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
    der = PRIVATE.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    for text in (pem, sec1, pem.replace("\n", "\\n"), base64.b64encode(der).decode()):
        assert SigningKey.from_text(text).kid == KEY.kid


@pytest.mark.parametrize(
    "private",
    [ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(public_exponent=65537, key_size=2048)],
    ids=["P-384", "RSA"],
)
def test_a_private_key_of_another_kind_is_refused(private):
    der = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(ValueError, match="P-256"):
        SigningKey.from_text(base64.b64encode(der).decode())


@pytest.mark.parametrize(
    "text", ["", "x", "-----BEGIN PRIVATE KEY-----", "ä", "AAAA", "-----BEGIN PRIVATE KEY-----\nAA"]
)
def test_what_is_no_private_key_is_refused(text):
    with pytest.raises(ValueError, match="private key"):
        SigningKey.from_text(text)


def test_a_public_key_is_not_taken_for_a_private_one():
    pem = PRIVATE.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    with pytest.raises(ValueError, match="private key"):
        SigningKey.from_text(pem)
