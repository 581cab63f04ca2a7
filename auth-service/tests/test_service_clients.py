import pytest

from service_kit.client_credentials import ServiceTokens
from service_kit.tokens import PublicKeys

SECRET = "0rder-service-1s-kn0wn-by-this-w0rd"
GRANT = {"grant_type": "client_credentials", "scope": "stock:reserve"}


async def ask(service, form=None, auth=("order-service", SECRET)):
    return await service.post("/internal/token", data=GRANT if form is None else form, auth=auth)


async def test_order_service_gets_a_token_of_its_own(service, key):
    answer = await ask(service)

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.json()
    token = PublicKeys({"keys": [key.public_jwk]}).verify(
        body.pop("access_token"), issuer="http://localhost:8000", audience="quire"
    )
    assert body == {"token_type": "bearer", "expires_in": 900, "scope": "stock:reserve"}
    assert (token.subject, token.scopes) == ("order-service", {"stock:reserve"})
    assert (token.email, token.role) == (None, None)


async def test_the_kits_client_understands_the_answer(service, settings_with):
    secret = settings_with().order_client_secret
    tokens = ServiceTokens(
        service, auth_url="http://service", client_id="order-service", client_secret=secret, scope="stock:reserve"
    )
    assert await tokens.token() == await tokens.token()


async def test_without_a_scope_it_gets_what_it_may_have(service):
    answer = await ask(service, {"grant_type": "client_credentials"})
    assert answer.json()["scope"] == "stock:reserve"


@pytest.mark.parametrize(
    "auth",
    [("order-service", "x"), ("order-service", ""), ("book-service", SECRET), ("", ""), ("ann@example.org", SECRET)],
)
async def test_an_unknown_client_or_another_secret_is_refused(service, auth):
    answer = await ask(service, auth=auth)
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_client")
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="quire"'


@pytest.mark.parametrize(
    "value", [None, "", "Basic", "Basic ???", "Basic b3JkZXItc2VydmljZQ==", "Basic /////w==", "Bearer x"]
)
async def test_credentials_that_cannot_be_read_are_refused(service, value):
    headers = {} if value is None else {"Authorization": value}
    answer = await service.post("/internal/token", data=GRANT, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_client")


@pytest.mark.parametrize("scope", ["orders:manage", "stock:reserve accounts:manage", "*"])
async def test_no_service_gets_more_than_its_scope(service, scope):
    answer = await ask(service, GRANT | {"scope": scope})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_scope")


async def test_another_grant_is_bad_input(service):
    assert (await ask(service, GRANT | {"grant_type": "password"})).status_code == 422
