"""What a signed token must be to be accepted: RFC 8725 (best practice for JWT), RFC 9068 (access tokens)."""

import base64
import hmac
import json
import time

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from service_kit.tokens import InvalidToken, PublicKeys, SigningKey, UnknownKey, public_jwks

ISSUER = "https://shop.example"
NOW = 1_700_000_000
PRIVATE = ec.generate_private_key(ec.SECP256R1())
KEY = SigningKey(PRIVATE)
KEYS = PublicKeys(public_jwks([KEY]))
HEADER = {"alg": "ES256", "kid": KEY.kid, "typ": "at+jwt"}
CLAIMS = {
    "iss": ISSUER,
    "aud": "quire",
    "sub": "0199f0a5-2b6e-7c3a-9d54-5f1f0a7c1b2e",
    "sid": "0199f0a5-2b6e-7c3a-9d54-5f1f0a7c1b2f",
    "jti": "1",
    "scope": "books:read orders:read",
    "iat": NOW,
    "nbf": NOW,
    "exp": NOW + 900,
    "email": "ann@example.org",
    "role": "customer",
}


def verify(token, *, now=NOW + 1, keys=KEYS):
    return keys.verify(token, issuer=ISSUER, audience="quire", now=now)


def base64url(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(header=HEADER, claims=CLAIMS, key=PRIVATE):
    """Sign anything at all with a real key, so that the signature is not what is wrong."""
    parts = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, claims)]
    signing_input = ".".join(base64url(part) for part in parts)
    r, s = decode_dss_signature(key.sign(signing_input.encode(), ec.ECDSA(SHA256())))
    return f"{signing_input}.{base64url(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def test_a_token_of_ours_is_read():
    token = verify(KEY.sign(CLAIMS))

    assert (token.subject, token.session_id, token.token_id) == (CLAIMS["sub"], CLAIMS["sid"], "1")
    assert token.scopes == {"books:read", "orders:read"}
    assert (token.issued_at, token.expires_at) == (NOW, NOW + 900)
    assert (token.email, token.role) == ("ann@example.org", "customer")


def test_the_helper_of_these_tests_makes_good_tokens_too():
    assert verify(signed()) == verify(KEY.sign(CLAIMS))


def test_tokens_of_services_have_neither_address_nor_role():
    claims = {name: value for name, value in CLAIMS.items() if name not in {"email", "role"}}
    token = verify(signed(claims=claims | {"role": 7}))
    assert (token.email, token.role) == (None, None)


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", "", None])
@pytest.mark.parametrize("signature", ["", "AA", "e30"])
def test_an_unsigned_token_is_refused(algorithm, signature):
    head = base64url(json.dumps(HEADER | {"alg": algorithm}).encode())
    with pytest.raises(InvalidToken):
        verify(f"{head}.{base64url(json.dumps(CLAIMS).encode())}.{signature}")


PUBLIC = PRIVATE.public_key()


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512", "ES256"])
@pytest.mark.parametrize(
    "secret",
    [
        PUBLIC.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        PUBLIC.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).strip(),
        PUBLIC.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        PUBLIC.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH),
        PUBLIC.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint),
        json.dumps(KEY.public_jwk).encode(),
        b"",
    ],
    ids=["PEM", "PEM stripped", "DER", "SSH", "point", "JWK", "empty"],
)
def test_the_public_key_is_no_shared_secret(algorithm, secret):
    signing_input = ".".join(base64url(json.dumps(part).encode()) for part in (HEADER | {"alg": algorithm}, CLAIMS))
    digest = {"HS384": "sha384", "HS512": "sha512"}.get(algorithm, "sha256")
    with pytest.raises(InvalidToken):
        verify(f"{signing_input}.{base64url(hmac.digest(secret, signing_input.encode(), digest))}")


OTHER = ec.generate_private_key(ec.SECP256R1())


@pytest.mark.parametrize(
    "more",
    [
        {"jwk": SigningKey(OTHER).public_jwk},
        {"jku": "https://attacker.example/jwks.json"},
        {"x5u": "https://attacker.example/cert.pem"},
        {"x5c": ["MIIB"]},
        {"crit": ["exp"]},
        {"crit": []},
        {"b64": False},
        {"zip": "DEF"},
        {"cty": "JWT"},
        {"enc": "A256GCM"},
    ],
    ids=lambda more: next(iter(more)),
)
@pytest.mark.parametrize("key", [PRIVATE, OTHER], ids=["our key", "their key"])
def test_a_header_with_anything_more_is_refused(more, key):
    with pytest.raises(InvalidToken):
        verify(signed(HEADER | more, key=key))


@pytest.mark.parametrize(
    "change",
    [
        {"typ": "JWT"},
        {"typ": "at+JWT"},
        {"typ": "application/at+jwt"},
        {"typ": None},
        {"alg": "ES384"},
        {"alg": "RS256"},
        {"alg": "es256"},
        {"alg": ["ES256"]},
        {"kid": None},
        {"kid": ""},
        {"kid": "unknown"},
        {"kid": ["x"]},
        {"kid": {}},
        {"kid": "../../dev/null"},
        {"kid": "x" * 3000},
    ],
)
def test_a_header_that_says_anything_else_is_refused(change):
    with pytest.raises(InvalidToken):
        verify(signed(HEADER | change))


@pytest.mark.parametrize("missing", HEADER)
def test_a_header_with_anything_less_is_refused(missing):
    with pytest.raises(InvalidToken):
        verify(signed({name: value for name, value in HEADER.items() if name != missing}))


@pytest.mark.parametrize(
    "header", [b"", b"null", b"[]", b'"ES256"', b"7", b"\xff", b"{", b"[" * 2000, b'{"alg": NaN}', b'{"a":' * 500]
)
def test_a_header_that_is_no_object_is_refused(header):
    with pytest.raises(InvalidToken):
        verify(signed(header))


def test_a_token_of_an_unknown_key_says_so_that_the_keys_can_be_fetched_again():
    stranger = SigningKey.generate()
    with pytest.raises(UnknownKey) as refused:
        verify(stranger.sign(CLAIMS))
    assert refused.value.kid == stranger.kid
    with pytest.raises(InvalidToken) as refused:
        verify(signed(key=OTHER))
    assert not isinstance(refused.value, UnknownKey)


@pytest.mark.parametrize("claim", ["iss", "aud", "sub", "sid", "jti", "scope", "iat", "nbf", "exp"])
@pytest.mark.parametrize("value", ["missing", None, [], {}, True, 1.5, "1700000000", ["quire"]])
def test_every_claim_must_be_there_and_be_what_it_is(claim, value):
    text_is_right = claim in {"sub", "sid", "jti", "scope"} and isinstance(value, str) and value != "missing"
    claims = {name: known for name, known in CLAIMS.items() if name != claim}
    if value != "missing":
        claims[claim] = value
    if text_is_right:
        verify(signed(claims=claims))
    else:
        with pytest.raises(InvalidToken):
            verify(signed(claims=claims))


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://shop.example/"},
        {"iss": "https://SHOP.example"},
        {"iss": "https://shop.example.attacker.example"},
        {"aud": "quire "},
        {"aud": "Quire"},
        {"aud": ["quire", "other"]},
        {"exp": NOW + 1},
        {"exp": NOW},
        {"exp": NOW - 1},
        {"exp": -1},
        {"exp": NOW + 3601},
        {"exp": 10**30},
        {"exp": 1e308},
        {"iat": NOW - 3000},
        {"iat": -(10**30)},
        {"nbf": NOW + 60},
        {"iat": NOW + 60, "nbf": NOW + 60},
    ],
    ids=str,
)
def test_wrong_issuers_audiences_and_times_are_refused(change):
    with pytest.raises(InvalidToken):
        verify(signed(claims=CLAIMS | change))


@pytest.mark.parametrize(("now", "good"), [(NOW - 6, False), (NOW - 5, True), (NOW + 899, True), (NOW + 900, False)])
def test_a_token_is_good_from_a_little_before_its_time_until_its_end(now, good):
    token = KEY.sign(CLAIMS)
    if good:
        verify(token, now=now)
    else:
        with pytest.raises(InvalidToken):
            verify(token, now=now)


def test_without_a_given_time_the_clock_decides():
    with pytest.raises(InvalidToken):
        KEYS.verify(KEY.sign(CLAIMS), issuer=ISSUER, audience="quire")
    now = int(time.time())
    KEYS.verify(KEY.sign(CLAIMS | {"iat": now, "nbf": now, "exp": now + 60}), issuer=ISSUER, audience="quire")


@pytest.mark.parametrize(
    "claims",
    [
        *(b"", b"null", b"[]", b"7", b"\xff\xfe", b"{", b'{"exp": Infinity}'),
        *(b"[" * 1400, b'{"a":' * 280, b"9" * 2000, b'{"exp":' + b"9" * 1400 + b"}"),
        json.dumps(CLAIMS).encode()[:-1],
    ],
)
def test_claims_that_are_no_object_are_refused(claims):
    with pytest.raises(InvalidToken):
        verify(signed(claims=claims))


ZERO = base64url(bytes(64))
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@pytest.mark.parametrize(
    "signature",
    [
        ZERO,
        base64url(ORDER.to_bytes(32, "big") * 2),
        base64url(b"\xff" * 64),
        base64url(bytes(63)),
        base64url(bytes(65)),
        base64url(PRIVATE.sign(b"x", ec.ECDSA(SHA256()))),
        "A",
    ],
)
def test_odd_signatures_are_refused(signature):
    with pytest.raises(InvalidToken):
        verify(KEY.sign(CLAIMS).rpartition(".")[0] + "." + signature)


def test_the_signature_in_another_encoding_is_refused():
    signing_input = KEY.sign(CLAIMS).rpartition(".")[0]
    der = PRIVATE.sign(signing_input.encode(), ec.ECDSA(SHA256()))
    with pytest.raises(InvalidToken):
        verify(f"{signing_input}.{base64url(der)}")


def test_claims_cannot_be_changed_after_signing():
    head, _, signature = KEY.sign(CLAIMS).split(".")
    promoted = base64url(json.dumps(CLAIMS | {"scope": "accounts:manage"}).encode())
    with pytest.raises(InvalidToken):
        verify(f"{head}.{promoted}.{signature}")


def test_each_token_has_one_spelling():
    """A second spelling of the same token would slip past whatever remembers or forbids tokens by their text."""
    token = KEY.sign(CLAIMS)
    head, body, signature = token.split(".")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    # 64 bytes leave four bits of the last character unused.
    sibling = signature[:-1] + alphabet[alphabet.index(signature[-1]) ^ 1]
    spellings = [
        f"{head}.{body}.{sibling}",
        f"{token}=",
        f"{token}==",
        f"{head}==.{body}.{signature}",
        f" {token}",
        f"{token}\n",
        f"{token} ",
        f"{token}.",
        f".{token}",
        token.replace(".", "..", 1),
        f"{head}.{body}.{signature}.{signature}.{signature}",
        f"{head}.{body}",
        token.replace("-", "+").replace("_", "/") + "+",
        f"{head}\n.{body}.{signature}",
        f"{token}\0",
        f"{token}é",
        f"{token}\ud800",
    ]
    for spelling in spellings:
        with pytest.raises(InvalidToken):
            verify(spelling)


@pytest.mark.parametrize("token", ["", ".", "..", "...", "a.b.c", "x" * 1_000_000, "a." * 500_000, "." * 100_000])
def test_what_is_no_token_is_refused_without_work(token):
    started = time.perf_counter()
    with pytest.raises(InvalidToken):
        verify(token)
    assert time.perf_counter() - started < 0.1


def test_a_good_signature_does_not_make_an_oversized_token_good():
    with pytest.raises(InvalidToken):
        verify(signed(claims=CLAIMS | {"note": "x" * 4000}))
    verify(signed(claims=CLAIMS | {"note": "x" * 1000}))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_whatever_is_changed_the_answer_is_a_refusal_and_never_a_fault(data):
    token = KEY.sign(CLAIMS)
    at = data.draw(st.integers(0, len(token) - 1))
    changed = token[:at] + data.draw(st.text(max_size=4)) + token[at + data.draw(st.integers(0, 3)) :]
    if changed == token:
        return
    with pytest.raises(InvalidToken):
        verify(changed)


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*CLAIMS, "x"]), inner, max_size=4),
        max_leaves=8,
    )
)
def test_whatever_is_signed_the_answer_is_a_refusal_and_never_a_fault(claims):
    with pytest.raises(InvalidToken):
        verify(signed(claims=claims))
