import asyncio
import base64
import json

import pytest

GATEWAY = ("gateway", "gateway-1s-kn0wn-t0-auth-by-this-w0rd")


async def make(person, headers=None, **fields):
    body = {"name": "Scanner", "scopes": ["books:read"]} | fields
    return await person.service.post("/auth/api-keys", json=body, headers=headers or await person.headers())


async def exchange(service, key, auth=GATEWAY, address="192.0.2.7"):
    return await service.post("/internal/api-key-token", json={"key": key, "address": address}, auth=auth)


def claims_of(answer):
    payload = answer.json()["access_token"].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=="))


def bearer(answer):
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


async def refused(service, key):
    answer = await exchange(service, key)
    return (answer.status_code, answer.json().get("code")) == (401, "invalid_api_key")


async def test_a_key_is_shown_once_and_exchanged_for_a_short_token_of_its_owner(ann, sql):
    headers = await ann.headers()
    made = await make(ann, headers, scopes=["stock:write", "books:read", "books:read"])
    assert made.status_code == 201
    assert made.headers["Cache-Control"] == "no-store"
    body = made.json()
    key = body.pop("key")
    assert key.startswith(f"quire_{body['id'].replace('-', '')}_")
    assert body["scopes"] == ["books:read", "stock:write"]
    assert body["hint"] == f"…{key[-4:]}"
    assert body["last_used_at"] is None

    answer = await exchange(ann.service, key)
    assert (answer.status_code, answer.json()["expires_in"], answer.json()["key_id"]) == (200, 300, body["id"])
    claims = claims_of(answer)
    assert (claims["sub"], claims["sid"], claims["client_id"]) == (ann.account["id"], body["id"], "api-key")
    assert (claims["scope"], claims["email"], claims["role"]) == ("books:read stock:write", ann.email, "editor")
    assert claims["exp"] - claims["iat"] == 300

    [listed] = (await ann.service.get("/auth/api-keys", headers=headers)).json()["items"]
    assert (listed["last_used_address"], "key" in listed) == ("192.0.2.7", False)
    assert listed["last_used_at"] is not None
    # Nothing that is stored would open anything.
    [(stored,)] = await sql("SELECT api_keys::text FROM api_keys")
    assert key.rpartition("_")[2] not in stored


async def test_its_use_is_written_once_a_minute(ann, sql):
    key = (await make(ann)).json()["key"]
    await exchange(ann.service, key)
    await exchange(ann.service, key, address="192.0.2.8")
    used = "SELECT host(last_used_address), last_used_at > now() - interval '10 seconds' FROM api_keys"
    assert await sql(used) == [("192.0.2.7", True)]
    await sql("UPDATE api_keys SET last_used_at = now() - interval '61 seconds'")
    await exchange(ann.service, key, address="192.0.2.8")
    assert await sql(used) == [("192.0.2.8", True)]


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        "quire_",
        "quire__",
        "quire_" + "0" * 32,
        "quire_" + "0" * 32 + "_" + "0" * 63,
        "quire_" + "0" * 32 + "_" + "0" * 65,
        "quire_" + "0" * 32 + "_" + "0" * 64 + "\n",
        "QUIRE_" + "0" * 32 + "_" + "0" * 64,
        "quire_" + "G" * 32 + "_" + "0" * 64,
        "quire_" + "\u0660" * 32 + "_" + "0" * 64,
        "quire_" + "0" * 32 + "_" + "'; DROP TABLE api_keys; --".ljust(64),
        "quire_" + "x" * 500_000,
    ],
)
async def test_what_is_not_written_like_a_key_is_refused_before_anything_is_asked(service, garbage, monkeypatch):
    asked = []
    monkeypatch.setattr("auth_service.api_keys.repository.find_for_exchange", lambda *given: asked.append(given))
    assert await refused(service, garbage)
    assert asked == []


async def test_a_secret_opens_no_other_key(ann, sign_up):
    """Also no other key of the same owner; and an unknown id is answered like a wrong secret."""
    bob = await sign_up("bob@example.org")
    keys = [(await make(person)).json()["key"] for person in (ann, ann, bob)]
    ids, secrets = zip(*(key.rsplit("_", 1) for key in keys), strict=True)
    for place, secret in ((0, secrets[1]), (0, secrets[2]), (2, secrets[0])):
        assert await refused(ann.service, f"{ids[place]}_{secret}")
    assert await refused(ann.service, f"quire_{'0' * 32}_{secrets[0]}")
    assert (await exchange(ann.service, keys[0])).status_code == 200


async def test_a_revoked_key_is_refused_and_so_are_the_tokens_that_it_gave(root):
    headers = await root.headers()
    made = (await make(root, headers, scopes=["accounts:manage"])).json()
    token = bearer(await exchange(root.service, made["key"]))
    assert (await root.service.get("/auth/users", headers=token)).status_code == 200

    answer = await root.service.delete(f"/auth/api-keys/{made['id']}", headers=headers)

    assert answer.status_code == 204
    assert await refused(root.service, made["key"])
    # Whoever remembers the token drops it: its session id is the key's, and that is in the list that everybody polls.
    assert made["id"] in (await root.service.get("/internal/revocations")).json()["sessions"]
    assert (await root.service.get("/auth/users", headers=token)).status_code == 401
    assert (await root.service.get("/auth/api-keys", headers=headers)).json()["items"] == []
    assert (await root.service.delete(f"/auth/api-keys/{made['id']}", headers=headers)).status_code == 404


async def test_an_expired_key_is_refused_and_so_are_the_tokens_that_it_gave(ann, sql):
    made = (await make(ann)).json()
    await sql("UPDATE api_keys SET expires_at = now() + interval '30 seconds'")
    claims = claims_of(await exchange(ann.service, made["key"]))
    assert 0 < claims["exp"] - claims["iat"] <= 30
    await sql("UPDATE api_keys SET expires_at = now() - interval '1 second'")
    assert await refused(ann.service, made["key"])
    assert made["id"] in (await ann.service.get("/internal/revocations")).json()["sessions"]


async def test_a_key_is_another_persons_to_see_or_to_revoke_never(ann, sign_up):
    bob = await sign_up("bob@example.org")
    made = (await make(ann)).json()
    headers = await bob.headers()
    assert (await bob.service.get("/auth/api-keys", headers=headers)).json()["total"] == 0
    answer = await bob.service.delete(f"/auth/api-keys/{made['id']}", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "api_key_not_found")
    assert (await exchange(ann.service, made["key"])).status_code == 200


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"scopes": ["orders:manage"]}, "scopes"),
        ({"scopes": ["books:read", "accounts:manage"]}, "scopes"),
        ({"scopes": ["*"]}, "scopes"),
        ({"scopes": ["books:read accounts:manage"]}, "scopes"),
        ({"scopes": []}, "scopes"),
        ({"scopes": "books:read"}, "scopes"),
        ({"name": " "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "2099-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "2099-01-01T00:00:00"}, "expires_at"),
        ({"account_id": "0199f0a5-2b6e-7c3a-9d54-5f1f0a7c1b2e"}, "account_id"),
        ({"owner": "root@example.org"}, "owner"),
        ({"role": "admin"}, "role"),
        ({"id": "0199f0a5-2b6e-7c3a-9d54-5f1f0a7c1b2e"}, "id"),
    ],
)
async def test_nobody_gets_a_key_that_may_more_or_is_anothers(ann, sql, fields, field):
    answer = await make(ann, **fields)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert answer.json()["errors"][0]["loc"][:2] == ["body", field]
    assert await sql("SELECT 1 FROM api_keys") == []


async def test_a_key_never_may_more_than_its_owner_now(with_role, sql):
    eve = await with_role("eve@example.org", "admin")
    key = (await make(eve, scopes=["orders:read", "orders:manage", "accounts:manage"])).json()["key"]
    await sql("UPDATE accounts SET role = 'staff' WHERE id = :id", id=eve.account["id"])
    assert claims_of(await exchange(eve.service, key))["scope"] == "orders:read orders:manage"
    await sql("UPDATE accounts SET role = 'customer' WHERE id = :id", id=eve.account["id"])
    assert claims_of(await exchange(eve.service, key))["scope"] == "orders:read"


async def test_where_a_second_factor_is_wanted_a_key_of_somebody_without_one_may_little(
    root, started, with_second_factor
):
    key = (await make(root, scopes=["orders:read", "accounts:manage"])).json()["key"]
    async with started(require_second_factor="admin") as strict:
        assert claims_of(await exchange(strict, key))["scope"] == "orders:read"
        await with_second_factor(root)
        assert claims_of(await exchange(strict, key))["scope"] == "orders:read accounts:manage"


async def test_a_token_from_before_a_demotion_makes_no_key_with_the_old_rights(with_role, sql):
    eve = await with_role("eve@example.org", "admin")
    headers = await eve.headers()
    await sql("UPDATE accounts SET role = 'customer' WHERE id = :id", id=eve.account["id"])
    assert (await make(eve, headers, scopes=["accounts:manage"])).status_code == 422


async def test_a_session_that_has_just_ended_makes_no_key_that_outlives_it(ann, sql):
    """Elsewhere it ended a moment ago: here its token is good until the list of ended sessions is read anew."""
    headers = await ann.headers()
    await sql("UPDATE sessions SET ended_at = now()")
    answer = await make(ann, headers)
    assert (answer.status_code, await sql("SELECT 1 FROM api_keys")) == (401, [])


async def test_a_disabled_owners_keys_are_refused_and_another_password_changes_nothing(ann, sql):
    headers = await ann.headers()
    key = (await make(ann, headers)).json()["key"]
    change = {"current_password": ann.password, "new_password": "another horse battery"}
    assert (await ann.service.post("/auth/me/password", json=change, headers=headers)).status_code == 204
    assert (await exchange(ann.service, key)).status_code == 200
    await sql("UPDATE accounts SET disabled_at = now()")
    assert await refused(ann.service, key)


async def test_a_key_does_not_act_as_somebody_who_is_signed_in(root):
    made = (await make(root, scopes=["books:read", "accounts:manage"])).json()
    token = bearer(await exchange(root.service, made["key"]))
    new = {"name": "Child", "scopes": ["books:read"]}
    for method, path, body in (
        ("GET", "/auth/api-keys", None),
        ("POST", "/auth/api-keys", new),
        ("DELETE", f"/auth/api-keys/{made['id']}", None),
        ("GET", "/auth/me", None),
        ("GET", "/auth/me/export", None),
        ("POST", "/auth/me/delete", {"current_password": root.password}),
        ("POST", "/auth/me/password", {"current_password": root.password, "new_password": "another horse battery"}),
        ("POST", "/auth/logout", None),
    ):
        answer = await root.service.request(method, path, json=body, headers=token)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed"), path
    assert (await exchange(root.service, made["key"])).status_code == 200


async def test_only_the_gateway_exchanges_keys(ann):
    key = (await make(ann)).json()["key"]
    order_service = ("order-service", "0rder-service-1s-kn0wn-by-this-w0rd")
    assert (await exchange(ann.service, key, auth=order_service)).status_code == 403
    for auth in (("gateway", "x"), ("ann@example.org", ann.password), None):
        answer = await exchange(ann.service, key, auth=auth)
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_client")


async def test_fifty_keys_are_the_most_however_many_are_asked_for_at_once(ann, sql):
    headers = await ann.headers()
    await sql(
        "INSERT INTO api_keys (id, account_id, name, scopes, secret_hash, hint, expires_at) SELECT gen_random_uuid(),"
        " :id, 'x', '{books:read}', sha256(n::text::bytea), 'abcd', now() + interval '1 day'"
        " FROM generate_series(1, 48) n",
        id=ann.account["id"],
    )
    answers = await asyncio.gather(*(make(ann, headers) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, 201, 409, 409, 409, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"too_many_api_keys"}

    first = (await ann.service.get("/auth/api-keys?limit=30", headers=headers)).json()
    url = f"/auth/api-keys?limit=30&cursor={first['next_cursor']}"
    second = (await ann.service.get(url, headers=headers)).json()
    assert (first["total"], len(first["items"]), len(second["items"])) == (50, 30, 20)
    assert {one["id"] for one in first["items"]}.isdisjoint(one["id"] for one in second["items"])


async def test_ended_keys_are_deleted_once_nothing_can_come_of_them(application, ann, sql):
    for name in ("revoked", "just revoked", "expired", "just expired", "good"):
        await make(ann, name=name)
    await sql("UPDATE api_keys SET revoked_at = now() - interval '20 minutes' WHERE name = 'revoked'")
    await sql("UPDATE api_keys SET revoked_at = now() - interval '2 minutes' WHERE name = 'just revoked'")
    await sql("UPDATE api_keys SET expires_at = now() - interval '31 days' WHERE name = 'expired'")
    await sql("UPDATE api_keys SET expires_at = now() - interval '29 days' WHERE name = 'just expired'")
    await application.state.services.api_keys.delete_ended()
    left = await sql("SELECT name FROM api_keys ORDER BY name")
    assert [name for (name,) in left] == ["good", "just expired", "just revoked"]
