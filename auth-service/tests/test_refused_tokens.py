"""What must not get in through the bearer header. How tokens are checked is tested in service-kit, case by case."""

import base64
import hashlib
import hmac
import json
import time

import pytest

from service_kit.tokens import SigningKey


def encoded(part):
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.fixture
async def good(ann):
    """Give a good token's header and claims, and the token itself."""
    token = (await ann.sign_in())["access_token"]
    header, claims, _ = token.split(".")
    return (
        token,
        json.loads(base64.urlsafe_b64decode(header + "==")),
        json.loads(base64.urlsafe_b64decode(claims + "==")),
    )


async def me(ann, token):
    return await ann.service.get("/auth/me", headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize(
    "change",
    [
        {"exp": int(time.time()) - 1, "iat": int(time.time()) - 900, "nbf": int(time.time()) - 900},
        {"iss": "https://elsewhere.example"},
        {"aud": "another"},
        {"aud": ["quire"]},
        {"exp": int(time.time()) + 100_000},
        {"nbf": int(time.time()) + 600},
        {"exp": None},
        {"exp": str(int(time.time()) + 900)},
        {"sid": None},
    ],
)
async def test_a_token_signed_by_us_must_still_say_the_right_things(ann, good, key, change):
    _, _, claims = good
    assert (await me(ann, key.sign(claims))).status_code == 200
    assert (await me(ann, key.sign(claims | change))).status_code == 401


async def test_unsigned_and_wrongly_signed_tokens_are_refused(ann, good, key_pem):
    token, header, claims = good
    promoted = claims | {"role": "admin", "scope": "accounts:manage"}
    unsigned = f"{encoded(header | {'alg': 'none'})}.{encoded(claims)}."
    signing_input = f"{encoded(header | {'alg': 'HS256'})}.{encoded(promoted)}"
    with_public_key = hmac.new(key_pem.encode(), signing_input.encode(), hashlib.sha256).digest()
    head, _, signature = token.split(".")

    for forged in (
        unsigned,
        unsigned + "e30",
        f"{signing_input}.{encoded(with_public_key)}",
        f"{head}.{encoded(promoted)}.{signature}",
        SigningKey.generate().sign(claims),
        token[:-2] + ("AA" if token[-2:] != "AA" else "BB"),
        token + "=",
        token[:-1],
        "x" * 1_000_000,
    ):
        answer = await me(ann, forged)
        assert answer.status_code == 401
        assert answer.json()["code"] == "not_authenticated"


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer a b", "bearer \xff", "Token x"])
async def test_another_authorization_is_none(ann, value):
    answer = await ann.service.get("/auth/me", headers={"Authorization": value.encode("latin-1")})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="quire"'


async def test_an_account_that_is_gone_is_nobody(ann, sql):
    headers = await ann.headers()
    await sql("DELETE FROM accounts")
    assert (await ann.service.get("/auth/me", headers=headers)).status_code == 401
