import base64
import json
import time

import pytest
from passlib.hash import argon2

PASSWORD = "correct horse battery"


async def sign_in(service, username, password=PASSWORD, **more):
    return await service.post("/auth/login", data={"username": username, "password": password} | more)


async def test_signing_in_gives_tokens_that_tell_who_it_is(ann):
    answer = await sign_in(ann.service, ann.email)

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    tokens = answer.json()
    assert tokens.keys() == {"access_token", "token_type", "expires_in", "refresh_token", "scope"}
    assert (tokens["token_type"], tokens["expires_in"]) == ("bearer", 900)
    assert tokens["scope"].split() == ann.account["scopes"]
    me = await ann.service.get("/auth/me", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    assert (me.status_code, me.json()) == (200, ann.account)


async def test_the_access_token_says_what_others_need_and_no_more(ann, key, settings_with):
    token = (await ann.sign_in())["access_token"]
    settings = settings_with()

    claims = claims_of(token)

    assert claims.keys() == {
        *(
            "iss",
            "aud",
            "sub",
            "sid",
            "jti",
            "client_id",
            "scope",
            "iat",
            "nbf",
            "exp",
            "email",
            "role",
            "auth_time",
            "amr",
        )
    }
    assert (claims["iss"], claims["aud"]) == (settings.token_issuer, settings.token_audience)
    assert claims["sub"] == ann.account["id"]
    assert claims["exp"] - claims["iat"] == 900
    assert abs(claims["iat"] - time.time()) < 5
    assert header_of(token) == {"alg": "ES256", "typ": "at+jwt", "kid": key.kid}


@pytest.mark.parametrize("username", ["ANN@example.org", " ann@EXAMPLE.org "])
async def test_the_address_is_known_however_it_is_written(ann, username):
    assert (await sign_in(ann.service, username)).status_code == 200


async def test_what_other_oauth_clients_send_as_well_is_ignored(ann):
    answer = await sign_in(ann.service, ann.email, grant_type="password", scope="books:read", client_id="", x="y")
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "form", [{}, {"username": "a"}, {"password": "b"}, {"grant_type": "implicit"}, {"password": ""}]
)
async def test_an_incomplete_form_is_bad_input(ann, form):
    answer = await ann.service.post("/auth/login", data=form)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


async def test_an_unknown_account_a_disabled_one_and_a_wrong_password_look_the_same(ann, sign_up, sql):
    await sign_up("gone@example.org")
    await sql("UPDATE accounts SET disabled_at = now() WHERE email = 'gone@example.org'")

    wrong = await sign_in(ann.service, ann.email, "wrong horse battery")
    others = [
        await sign_in(ann.service, "nobody@example.org"),
        await sign_in(ann.service, "gone@example.org"),
        await sign_in(ann.service, "no address"),
        await sign_in(ann.service, "ann@example.org\0"),
        await sign_in(ann.service, ann.email, "\0"),
        await sign_in(ann.service, ann.email, "x" * 500),
    ]

    assert (wrong.status_code, wrong.json()["code"]) == (401, "invalid_credentials")
    for answer in others:
        assert answer.status_code == 401
        assert shown(answer) == shown(wrong)


@pytest.mark.usefixtures("_real_hashes")
async def test_an_unknown_account_takes_as_much_work_as_a_wrong_password(started):
    async def least_work(username):
        spent = []
        for _ in range(5):
            began = time.process_time()  # of all threads; what else the machine does has no part in it
            await sign_in(service, username, "wrong horse battery")
            spent.append(time.process_time() - began)
        return min(spent)

    async with started(signup="open") as service:
        await service.post("/auth/register", json={"email": "ann@example.org", "password": PASSWORD})
        names = ("ann@example.org", "nobody@example.org", "no address")
        known, unknown, malformed = [await least_work(name) for name in names]

    assert 0.5 < unknown / known < 2
    assert 0.5 < malformed / known < 2


@pytest.mark.usefixtures("_real_hashes")
async def test_a_weaker_hash_is_replaced_when_its_owner_signs_in(ann, sql):
    weaker = argon2.using(type="ID", memory_cost=8192, rounds=1, parallelism=1).hash(PASSWORD)
    await sql("UPDATE accounts SET password_hash = :weaker", weaker=weaker)

    assert (await sign_in(ann.service, ann.email)).status_code == 200

    [(replaced,)] = await sql("SELECT password_hash FROM accounts")
    assert "$m=19456,t=2,p=1$" in replaced
    assert (await sign_in(ann.service, ann.email)).status_code == 200


async def test_the_name_can_be_changed_and_removed(ann):
    headers = await ann.headers()

    renamed = await ann.service.patch("/auth/me", json={"full_name": "Ann R."}, headers=headers)
    untouched = await ann.service.patch("/auth/me", json={}, headers=headers)
    removed = await ann.service.patch("/auth/me", json={"full_name": None}, headers=headers)

    assert [answer.json()["full_name"] for answer in (renamed, untouched, removed)] == ["Ann R.", "Ann R.", None]
    assert (await ann.service.get("/auth/me", headers=headers)).json() == ann.account


@pytest.mark.parametrize(
    "change", [{"role": "admin"}, {"email": "a@example.org"}, {"scopes": []}, {"disabled_at": None}]
)
async def test_nobody_can_promote_themselves(ann, change):
    headers = await ann.headers()
    answer = await ann.service.patch("/auth/me", json=change, headers=headers)
    assert answer.status_code == 422
    assert (await ann.service.get("/auth/me", headers=headers)).json() == ann.account


async def change_password(ann, headers, current, new):
    body = json.dumps({"current_password": current, "new_password": new})
    headers = headers | {"Content-Type": "application/json"}
    return await ann.service.post("/auth/me/password", content=body, headers=headers)


async def test_another_password_takes_the_place_of_the_old_one(ann):
    answer = await change_password(ann, await ann.headers(), PASSWORD, "battery horse correct")

    assert (answer.status_code, answer.content) == (204, b"")
    assert (await sign_in(ann.service, ann.email)).status_code == 401
    assert (await sign_in(ann.service, ann.email, "battery horse correct")).status_code == 200


async def test_another_password_ends_the_other_sessions_and_keeps_this_one(ann):
    here, elsewhere = await ann.headers(), await ann.sign_in()
    assert (await change_password(ann, here, PASSWORD, "battery horse correct")).status_code == 204

    there = {"Authorization": f"Bearer {elsewhere['access_token']}"}
    assert (await ann.service.get("/auth/me", headers=here)).status_code == 200
    assert (await ann.service.get("/auth/me", headers=there)).status_code == 401
    form = {"refresh_token": elsewhere["refresh_token"]}
    assert (await ann.service.post("/auth/refresh", data=form)).status_code == 401


@pytest.mark.parametrize("current", ["wrong horse battery", "", "\0", "\ud800", PASSWORD + " "])
async def test_the_password_is_only_changed_by_who_knows_it(ann, current):
    answer = await change_password(ann, await ann.headers(), current, "battery horse correct")
    assert (answer.status_code, answer.json()["code"]) == (403, "wrong_password")
    assert (await sign_in(ann.service, ann.email)).status_code == 200


@pytest.mark.parametrize("new", ["short", "password123", "ann@example.org", "x" * 129])
async def test_the_new_password_is_held_to_the_same_rules(ann, new):
    answer = await change_password(ann, await ann.headers(), PASSWORD, new)
    assert answer.status_code == 422
    assert [error["loc"] for error in answer.json()["errors"]] == [["body", "new_password"]]


def shown(answer):
    body = answer.json()
    del body["request_id"]
    headers = {name: value for name, value in answer.headers.items() if name != "x-request-id"}
    return body, headers


def header_of(token):
    return part_of(token, 0)


def claims_of(token):
    return part_of(token, 1)


def part_of(token, index):
    part = token.split(".")[index]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
