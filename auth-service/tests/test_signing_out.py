import time

import pytest


async def test_signing_out_ends_the_session_here_at_once(ann):
    tokens = await ann.sign_in()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}

    answer = await ann.service.post("/auth/logout", headers=headers)

    assert (answer.status_code, answer.content) == (204, b"")
    refused = await ann.service.get("/auth/me", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (401, "not_authenticated")
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    form = {"refresh_token": tokens["refresh_token"]}
    assert (await ann.service.post("/auth/refresh", data=form)).status_code == 401


async def test_the_other_services_learn_which_session_ended(ann, sql):
    before = (await ann.service.get("/internal/revocations")).json()
    await ann.service.post("/auth/logout", headers=await ann.headers())
    after = await ann.service.get("/internal/revocations")

    [(session,)] = await sql("SELECT id FROM sessions")
    assert before["sessions"] == []
    assert after.json()["sessions"] == [str(session)]
    assert after.json()["accounts"] == {}
    assert abs(after.json()["as_of"] - time.time()) < 5
    assert after.headers["Cache-Control"] == "no-store"


async def test_signing_out_leaves_other_sessions_and_other_people_alone(ann, sign_up):
    elsewhere = await ann.headers()
    bob = await (await sign_up("bob@example.org")).headers()
    await ann.service.post("/auth/logout", headers=await ann.headers())
    for headers in (elsewhere, bob):
        assert (await ann.service.get("/auth/me", headers=headers)).status_code == 200


async def test_an_end_is_listed_until_every_token_of_the_session_has_expired(ann, sql):
    await ann.service.post("/auth/logout", headers=await ann.headers())

    await sql("UPDATE sessions SET ended_at = now() - interval '900 seconds'")
    assert len((await ann.service.get("/internal/revocations")).json()["sessions"]) == 1
    await sql("UPDATE sessions SET ended_at = now() - interval '920 seconds'")
    assert (await ann.service.get("/internal/revocations")).json()["sessions"] == []


async def test_a_second_process_refuses_the_token_too(ann, started):
    headers = await ann.headers()
    await ann.service.post("/auth/logout", headers=headers)
    async with started() as other:
        assert (await other.get("/health/ready")).status_code == 200
        assert (await other.get("/auth/me", headers=headers)).status_code == 401


async def test_only_who_is_signed_in_can_sign_out(service):
    assert (await service.post("/auth/logout")).status_code == 401


@pytest.mark.parametrize(
    "over",
    [
        "UPDATE sessions SET ended_at = now() - interval '1 hour'",
        "UPDATE sessions SET refreshed_at = now() - interval '31 days'",
        "UPDATE sessions SET created_at = now() - interval '181 days'",
    ],
)
async def test_a_session_that_is_over_is_deleted_in_time(ann, started, sql, eventually, over):
    await ann.sign_in()
    await sql(over)
    await ann.sign_in()
    async with started(cleaning_seconds=1):
        await eventually(lambda: sql("SELECT 1 FROM sessions"), lambda sessions: len(sessions) == 1)
    assert len(await sql("SELECT 1 FROM refresh_tokens")) == 1


async def test_a_session_in_use_is_kept_without_its_oldest_tokens(ann, started, sql, eventually):
    token = (await ann.sign_in())["refresh_token"]
    await sql("UPDATE sessions SET created_at = now() - interval '60 days', refreshed_at = now() - interval '29 days'")
    await sql("UPDATE refresh_tokens SET created_at = now() - interval '29 days'")
    form = {"refresh_token": token}
    form["refresh_token"] = (await ann.service.post("/auth/refresh", data=form)).json()["refresh_token"]
    await sql("UPDATE refresh_tokens SET created_at = created_at - interval '2 days'")
    await sql("UPDATE sessions SET refreshed_at = refreshed_at - interval '2 days'")
    assert len(await sql("SELECT 1 FROM refresh_tokens")) == 2

    async with started(cleaning_seconds=1) as service:
        await eventually(lambda: sql("SELECT 1 FROM refresh_tokens"), lambda tokens: len(tokens) == 1)
        assert (await service.post("/auth/refresh", data=form)).status_code == 200


@pytest.mark.parametrize("path", ["/auth/me", "/auth/logout", "/auth/me/password"])
async def test_a_services_token_is_no_account(service, key, settings_with, path):
    settings = settings_with()
    now = int(time.time())
    claims = {"iss": settings.token_issuer, "aud": settings.token_audience, "iat": now, "nbf": now, "exp": now + 900}
    token = key.sign(claims | {"sub": "order-service", "sid": "1", "jti": "1", "scope": "stock:reserve"})
    headers = {"Authorization": f"Bearer {token}"}
    body = {"current_password": "x", "new_password": "battery horse correct"}
    answer = await service.request("GET" if path == "/auth/me" else "POST", path, headers=headers, json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
