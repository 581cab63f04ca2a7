import asyncio
import base64
import json

import pytest


async def refresh(service, token):
    return await service.post("/auth/refresh", data={"refresh_token": token})


def session_of(tokens):
    part = tokens["access_token"].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))["sid"]


async def test_a_refresh_token_gives_new_tokens_of_the_same_session(ann):
    first = await ann.sign_in()

    answer = await refresh(ann.service, first["refresh_token"])

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    second = answer.json()
    assert second.keys() == first.keys()
    assert second["refresh_token"] != first["refresh_token"]
    assert second["access_token"] != first["access_token"]
    assert session_of(second) == session_of(first)
    headers = {"Authorization": f"Bearer {second['access_token']}"}
    assert (await ann.service.get("/auth/me", headers=headers)).json() == ann.account


async def test_a_form_and_json_are_read_alike(ann):
    tokens = await ann.sign_in()
    for_form = await ann.service.post(
        "/auth/refresh",
        data={"refresh_token": tokens["refresh_token"], "grant_type": "refresh_token", "client_id": "x"},
    )
    for_json = await ann.service.post("/auth/refresh/", json={"refresh_token": for_form.json()["refresh_token"]})
    assert (for_form.status_code, for_json.status_code) == (200, 200)


async def test_one_token_can_follow_another_for_long(ann):
    token = (await ann.sign_in())["refresh_token"]
    for _ in range(5):
        token = (await refresh(ann.service, token)).json()["refresh_token"]


async def test_five_refreshes_at_once_get_the_same_token(ann, sql):
    token = (await ann.sign_in())["refresh_token"]

    answers = await asyncio.gather(*(refresh(ann.service, token) for _ in range(5)))

    assert {answer.status_code for answer in answers} == {200}
    [successor] = {answer.json()["refresh_token"] for answer in answers}
    assert len(await sql("SELECT 1 FROM refresh_tokens")) == 2
    assert (await refresh(ann.service, successor)).status_code == 200


async def test_who_lost_the_answer_may_ask_again(ann, sql):
    token = (await ann.sign_in())["refresh_token"]
    lost = (await refresh(ann.service, token)).json()
    await sql("UPDATE refresh_tokens SET rotated_at = rotated_at - interval '25 seconds'")

    again = await refresh(ann.service, token)

    assert (again.status_code, again.json()["refresh_token"]) == (200, lost["refresh_token"])


async def test_a_token_that_is_used_again_later_ends_the_session(ann, sql):
    stolen = (await ann.sign_in())["refresh_token"]
    tokens = (await refresh(ann.service, stolen)).json()
    await sql("UPDATE refresh_tokens SET rotated_at = rotated_at - interval '31 seconds'")

    answer = await refresh(ann.service, stolen)

    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_refresh_token")
    assert (await refresh(ann.service, tokens["refresh_token"])).status_code == 401
    revoked = (await ann.service.get("/internal/revocations")).json()["sessions"]
    assert session_of(tokens) in revoked


async def test_ending_one_session_leaves_the_others(ann, sql):
    other = await ann.sign_in()
    stolen = (await ann.sign_in())["refresh_token"]
    await refresh(ann.service, stolen)
    await sql("UPDATE refresh_tokens SET rotated_at = rotated_at - interval '31 seconds'")
    await refresh(ann.service, stolen)

    assert (await refresh(ann.service, other["refresh_token"])).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE refresh_tokens SET created_at = now() - interval '31 days'",
        "UPDATE sessions SET created_at = now() - interval '181 days'",
        "UPDATE sessions SET ended_at = now()",
        "UPDATE accounts SET disabled_at = now()",
        "DELETE FROM accounts",
    ],
)
async def test_what_is_over_is_not_renewed(ann, sql, change):
    token = (await ann.sign_in())["refresh_token"]
    await sql(change)
    answer = await refresh(ann.service, token)
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_refresh_token")


async def test_using_a_session_keeps_it_going(ann, sql):
    token = (await ann.sign_in())["refresh_token"]
    for _ in range(3):
        await sql("UPDATE refresh_tokens SET created_at = created_at - interval '29 days'")
        await sql("UPDATE refresh_tokens SET rotated_at = rotated_at - interval '29 days'")
        token = (await refresh(ann.service, token)).json()["refresh_token"]


@pytest.mark.parametrize("token", ["x", "A" * 43, "ä\0", "x" * 500])
async def test_an_unknown_token_is_refused(ann, token):
    answer = await refresh(ann.service, token)
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_refresh_token")


async def test_an_access_token_is_no_refresh_token_nor_the_other_way_round(ann):
    tokens = await ann.sign_in()
    assert (await refresh(ann.service, tokens["access_token"])).status_code in {401, 422}
    headers = {"Authorization": f"Bearer {tokens['refresh_token']}"}
    assert (await ann.service.get("/auth/me", headers=headers)).status_code == 401


@pytest.mark.parametrize("body", [{}, {"refresh_token": ""}, {"refresh_token": 7}, {"refresh_token": "x" * 501}, []])
async def test_a_json_body_without_a_token_is_bad_input(ann, body):
    answer = await ann.service.post("/auth/refresh", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"][0] == "body"


@pytest.mark.parametrize("content", [b"", b"refresh_token", b"refresh_token=%ff%00", b"\xff\xfe"])
async def test_an_odd_form_is_refused_cleanly(ann, content):
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await ann.service.post("/auth/refresh", content=content, headers=headers)
    assert answer.status_code in {401, 422}


@pytest.mark.parametrize("content", [b"{", b"\xff", b'{"refresh_token": "\\ud800"}'])
async def test_broken_json_is_refused_cleanly(ann, content):
    answer = await ann.service.post("/auth/refresh", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 401, 422}


async def test_a_file_is_no_token(ann):
    answer = await ann.service.post("/auth/refresh", files={"refresh_token": ("a.txt", b"x")})
    assert answer.status_code == 422


async def test_the_database_holds_no_token_that_could_be_used(ann, sql):
    tokens = await ann.sign_in()
    renewed = (await refresh(ann.service, tokens["refresh_token"])).json()

    stored = str(await sql("SELECT encode(token_hash, 'escape'), refresh_tokens::text FROM refresh_tokens"))

    for token in (tokens["refresh_token"], renewed["refresh_token"]):
        assert token[:12] not in stored
        assert token[:12].encode().hex() not in stored
        assert base64.urlsafe_b64decode(token + "=")[:12].hex() not in stored


async def test_the_successor_cannot_be_computed_without_the_secret(ann, started):
    tokens = await ann.sign_in()
    mine = (await refresh(ann.service, tokens["refresh_token"])).json()["refresh_token"]
    async with started(refresh_secret="another-secret-of-another-installation") as other:
        theirs = (await refresh(other, tokens["refresh_token"])).json().get("refresh_token")
    assert mine != theirs
