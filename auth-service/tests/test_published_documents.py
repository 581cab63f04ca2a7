import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from service_kit.tokens import PublicKeys, SigningKey


async def test_the_public_key_is_published_and_the_private_one_is_not(ann, key):
    answer = await ann.service.get("/.well-known/jwks.json")

    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.json() == {"keys": [key.public_jwk]}
    assert "d" not in answer.json()["keys"][0]
    token = (await ann.sign_in())["access_token"]
    PublicKeys(answer.json()).verify(token, issuer="http://localhost:8000", audience="quire")


async def test_a_change_of_keys_signs_nobody_out(ann, started, key, key_pem):
    old_headers = await ann.headers()
    new_pem = _new_pem()
    async with started(signing_key=new_pem, previous_signing_key=key_pem) as service:
        published = (await service.get("/.well-known/jwks.json")).json()["keys"]
        ann.service = service
        new_headers = await ann.headers()
        for headers in (old_headers, new_headers):
            assert (await service.get("/auth/me", headers=headers)).status_code == 200

    assert [jwk["kid"] for jwk in published] == [SigningKey.from_text(new_pem).kid, key.kid]


async def test_tokens_of_a_retired_key_are_refused(ann, started):
    headers = await ann.headers()
    async with started(signing_key=_new_pem()) as service:
        assert (await service.get("/auth/me", headers=headers)).status_code == 401


@pytest.mark.parametrize("issuer", ["https://shop.example", "https://shop.example/quire/"])
async def test_the_metadata_name_the_addresses_that_the_world_knows(started, issuer):
    async with started(token_issuer=issuer) as service:
        metadata = (await service.get("/.well-known/oauth-authorization-server")).json()

    root = issuer.rstrip("/")
    assert metadata["issuer"] == issuer
    assert metadata["token_endpoint"] == f"{root}/auth/login"
    assert metadata["jwks_uri"] == f"{root}/.well-known/jwks.json"
    assert metadata["grant_types_supported"] == ["password"]
    assert "accounts:manage" in metadata["scopes_supported"]


async def test_the_service_says_when_it_is_ready(service):
    answer = await service.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json()["checks"].keys() == {"database", "keys", "revocations"}


async def test_without_its_database_the_service_says_so(started, monkeypatch):
    monkeypatch.setattr("service_kit.database.WAIT_SECONDS", 0.5)
    async with started(database_url="postgresql://auth:test@127.0.0.1:1/auth", signup="open") as service:
        ready = await service.get("/health/ready")
        login = await service.post("/auth/login", data={"username": "ann@example.org", "password": "correct horse"})
        keys = await service.get("/.well-known/jwks.json")

    assert ready.status_code == 503
    assert (login.status_code, login.json()["code"]) == (503, "database_unavailable")
    assert keys.status_code == 200


async def test_the_api_description_is_true_to_its_errors(service):
    document = (await service.get("/openapi.json")).json()

    assert document["paths"]["/auth/register"]["post"]["responses"].keys() == {
        "201",
        "400",
        "403",
        "409",
        "410",
        "422",
        "429",
        "503",
    }
    login = document["paths"]["/auth/login"]["post"]
    assert login["responses"].keys() == {"200", "400", "401", "403", "422", "429", "503"}
    assert "application/x-www-form-urlencoded" in login["requestBody"]["content"]
    refresh = document["paths"]["/auth/refresh"]["post"]["requestBody"]["content"]
    assert refresh.keys() == {"application/x-www-form-urlencoded", "application/json"}
    assert document["components"]["schemas"]["Registration"]["properties"]["password"]["minLength"] == 8


def _new_pem():
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
