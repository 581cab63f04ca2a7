"""A service's own check of tokens: keys that come and go, sessions that end."""

import pytest

from service_kit.identity import NotAuthenticated, TokenVerifier
from service_kit.problems import Unavailable
from service_kit.revocations import RevocationFeed, RevocationList
from service_kit.testing.tokens import AUDIENCE, ISSUER, TokenMint


class AuthService:
    """What auth-service publishes, and how often it was asked."""

    def __init__(self, *mints: TokenMint) -> None:
        self.mints = mints
        self.revocations = RevocationList(as_of=0)
        self.asked = 0
        self.is_away = False

    async def keys(self) -> dict:
        self.asked += 1
        if self.is_away:
            raise ConnectionError
        return {"keys": [mint.key.public_jwk for mint in self.mints]}

    async def list(self) -> RevocationList:
        return self.revocations


def verifier_of(auth: AuthService) -> tuple[TokenVerifier, RevocationFeed]:
    feed = RevocationFeed(auth.list)
    return TokenVerifier(fetch_keys=auth.keys, revocations=feed, issuer=ISSUER, audience=AUDIENCE), feed


async def test_a_token_of_a_withdrawn_key_is_refused_even_when_it_was_good_before():
    old, new = TokenMint(), TokenMint()
    auth = AuthService(old, new)
    verifier, _ = verifier_of(auth)
    token = old.token()
    assert (await verifier.verify(token)).role == "customer"
    auth.mints = (new,)
    await verifier.refresh_keys()
    with pytest.raises(NotAuthenticated):
        await verifier.verify(token)
    assert await verifier.verify(new.token())


async def test_while_auth_service_is_away_known_keys_stay_in_use():
    mint = TokenMint()
    auth = AuthService(mint)
    verifier, _ = verifier_of(auth)
    await verifier.refresh_keys()
    auth.is_away = True
    await verifier.refresh_keys()
    assert await verifier.verify(mint.token())


async def test_without_any_key_a_well_formed_token_is_neither_good_nor_bad():
    auth = AuthService()
    auth.is_away = True
    verifier, _ = verifier_of(auth)
    with pytest.raises(Unavailable):
        await verifier.verify(TokenMint().token())
    with pytest.raises(NotAuthenticated):
        await verifier.verify("nonsense")


async def test_a_flood_of_unknown_keys_asks_auth_service_once_in_a_while():
    mint = TokenMint()
    auth = AuthService(mint)
    verifier, _ = verifier_of(auth)
    await verifier.verify(mint.token())
    for _ in range(50):
        with pytest.raises(NotAuthenticated):
            await verifier.verify(TokenMint().token())
    assert auth.asked == 1


async def test_an_ended_session_and_an_account_that_changed_are_refused():
    mint = TokenMint()
    auth = AuthService(mint)
    verifier, feed = verifier_of(auth)
    ended, changed, untouched = mint.token(sid="s-1"), mint.token(account_id="a-1"), mint.token()
    for token in (ended, changed, untouched):
        await verifier.verify(token)
    auth.revocations = RevocationList(as_of=0, sessions=frozenset({"s-1"}), accounts={"a-1": 2**40})
    await feed.refresh()
    for token in (ended, changed):
        with pytest.raises(NotAuthenticated):
            await verifier.verify(token)
    assert await verifier.verify(untouched)
