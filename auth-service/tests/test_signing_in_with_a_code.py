import asyncio
import base64
import json
from collections import Counter

import pyotp
import pytest


def claims_of(tokens):
    part = tokens["access_token"].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def bearer(tokens):
    return {"Authorization": f"Bearer {tokens['access_token']}"}


def told(answer):
    return answer.status_code, answer.json()["code"]


async def challenge_of(person, **more):
    answer = await person.login(**more)
    assert told(answer) == (401, "second_factor_required")
    return answer.json()["challenge"]


async def answered(person, challenge, code, **headers):
    body = {"challenge": challenge, "code": code}
    return await person.service.post("/auth/login/second-factor", json=body, headers=headers)


async def test_one_signs_in_in_two_steps_or_in_one(ann, app, trail):
    asked = await ann.login()
    assert told(asked) == (401, "second_factor_required")
    assert asked.json()["expires_in"] == 300
    assert asked.headers["Cache-Control"] == "no-store"
    two_steps = await answered(ann, asked.json()["challenge"], await app.code())
    one_step = await ann.login(code=await app.code())
    code = await app.code()
    spaced = await ann.login(code=f" {code[:3]} {code[3:]} ")

    for answer in (two_steps, one_step, spaced):
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        claims = claims_of(answer.json())
        assert (claims["amr"], claims["auth_time"] <= claims["iat"]) == (["pwd", "otp", "mfa"], True)
    assert [detail for _, detail in await trail("session.started")][1:] == [{"second_factor": "app"}] * 3
    listed = (await ann.service.get("/auth/sessions", headers=bearer(one_step.json()))).json()["items"]
    assert [item["second_factor"] for item in listed] == [True] * 4


async def test_the_password_comes_first(ann, app):
    assert told(await ann.login(password="wrong horse battery", code=await app.code())) == (401, "invalid_credentials")
    assert told(await ann.login(code=app.wrong_code())) == (401, "invalid_code")
    assert (await ann.login(code=await app.code())).status_code == 200


async def test_without_a_second_factor_a_code_is_not_looked_at(ann):
    assert (await ann.login(code="123456")).status_code == 200


async def test_a_code_is_good_once(ann, app):
    code = await app.code()
    assert (await ann.login(code=code)).status_code == 200
    assert told(await ann.login(code=code)) == (401, "invalid_code")
    assert told(await answered(ann, await challenge_of(ann), code)) == (401, "invalid_code")


async def test_the_code_that_confirmed_is_used_up(ann, with_second_factor, sql):
    app = await with_second_factor(ann)
    [(step,)] = await sql("SELECT last_step FROM second_factors")
    assert told(await ann.login(code=pyotp.TOTP(app.secret).generate_otp(step))) == (401, "invalid_code")


async def test_of_many_who_show_one_code_at_once_one_is_let_in(ann, app, started):
    challenges = [await challenge_of(ann) for _ in range(6)]
    code = await app.code()
    async with started() as replica:
        two_steps = [answered(ann, challenge, code) for challenge in challenges]
        form = {"username": ann.email, "password": ann.password, "code": code}
        one_step = [replica.post("/auth/login", data=form) for _ in range(4)]
        answers = await asyncio.gather(*two_steps, *one_step)
    assert Counter(answer.status_code for answer in answers) == {200: 1, 401: 9}


async def test_a_challenge_takes_five_wrong_codes(ann, app):
    challenge, wrong = await challenge_of(ann), app.wrong_code()
    for _ in range(5):
        assert told(await answered(ann, challenge, wrong)) == (401, "invalid_code")
    assert told(await answered(ann, challenge, await app.code())) == (401, "invalid_challenge")


async def test_tries_at_once_are_not_more_than_five(ann, app, started, sql):
    challenge, wrong = await challenge_of(ann), app.wrong_code()
    body = {"challenge": challenge, "code": wrong}
    async with started(limit_codes_at_address="") as service:
        tries = [service.post("/auth/login/second-factor", json=body) for _ in range(16)]
        answers = Counter(answer.json()["code"] for answer in await asyncio.gather(*tries))
    assert answers == {"invalid_code": 5, "invalid_challenge": 11}
    assert await sql("SELECT tries FROM sign_in_challenges") == [(5,)]


async def test_codes_cannot_be_guessed_over_many_challenges(ann, app, started, at):
    wrong = app.wrong_code()

    async def guess(address):
        form = {"username": ann.email, "password": ann.password}
        asked = await service.post("/auth/login", data=form, headers=at(address))
        body = {"challenge": asked.json()["challenge"], "code": wrong}
        return (await service.post("/auth/login/second-factor", json=body, headers=at(address))).json()["code"]

    async def right(address):
        form = {"username": ann.email, "password": ann.password, "code": await app.code()}
        return (await service.post("/auth/login", data=form, headers=at(address))).status_code

    async with started(limit_codes_at_address="2/hour", limit_codes="3/day") as service:
        assert await right("198.51.100.1") == 200
        assert [await guess("203.0.113.1") for _ in range(3)] == ["invalid_code"] * 2 + ["too_many_attempts"]
        assert await right("203.0.113.1") == 429
        # With the password comes no power to lock the owner out.
        assert [await guess("203.0.113.2") for _ in range(2)] == ["invalid_code", "too_many_attempts"]
        assert await right("198.51.100.1") == 200


async def test_a_challenge_is_its_accounts_alone(ann, app, sign_up, with_second_factor):
    bob = await sign_up("bob@example.org")
    his_app = await with_second_factor(bob)
    challenge = await challenge_of(ann)
    assert told(await answered(ann, challenge, await his_app.code())) == (401, "invalid_code")
    assert told(await answered(ann, challenge, his_app.recovery_codes[0])) == (401, "invalid_code")
    mine = await answered(ann, challenge, await app.code())
    assert claims_of(mine.json())["sub"] == ann.account["id"]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE accounts SET disabled_at = now()",
        "DELETE FROM accounts",
        "DELETE FROM second_factors",
        "UPDATE sign_in_challenges SET created_at = now() - interval '301 seconds'",
    ],
)
async def test_a_challenge_ends_with_what_it_stands_on(ann, app, sql, change):
    challenge, code = await challenge_of(ann), await app.code()
    await sql(change)
    assert told(await answered(ann, challenge, code)) == (401, "invalid_challenge")


async def test_a_challenge_ends_with_another_password_and_is_good_once(ann, app):
    challenge, used = await challenge_of(ann), await challenge_of(ann)
    assert (await answered(ann, used, await app.code())).status_code == 200
    assert told(await answered(ann, used, await app.code())) == (401, "invalid_challenge")
    body = {"current_password": ann.password, "new_password": "battery horse correct"}
    assert (await ann.service.post("/auth/me/password", json=body, headers=app.headers)).status_code == 204
    assert told(await answered(ann, challenge, await app.code())) == (401, "invalid_challenge")


@pytest.mark.parametrize("challenge", ["x", "x" * 200, "\ud800", "\0"])
async def test_a_made_up_challenge_is_refused(ann, challenge):
    content = json.dumps({"challenge": challenge, "code": "123456"})
    headers = {"Content-Type": "application/json"}
    answer = await ann.service.post("/auth/login/second-factor", content=content, headers=headers)
    assert told(answer) == (401, "invalid_challenge")


@pytest.mark.usefixtures("app")
async def test_challenges_are_stored_as_digests_and_deleted_in_time(ann, started, sql, eventually):
    challenge = await challenge_of(ann)
    [(stored,)] = await sql("SELECT c::text FROM sign_in_challenges c")
    assert challenge not in stored
    assert challenge.encode().hex() not in stored
    await sql("UPDATE sign_in_challenges SET created_at = now() - interval '301 seconds'")
    async with started(cleaning_seconds=1):
        await eventually(lambda: sql("SELECT 1 FROM sign_in_challenges"), lambda rows: not rows)


async def test_a_recovery_code_is_good_once_however_it_is_typed(ann, app, trail):
    code = app.recovery_codes[3]
    typed = f" {code.upper().replace('-', ' ').replace('0', 'O').replace('1', 'L')}"
    assert (await ann.login(code=typed)).status_code == 200
    assert told(await ann.login(code=code)) == (401, "invalid_code")
    state = (await ann.service.get("/auth/me/second-factor", headers=app.headers)).json()
    assert state["recovery_codes_left"] == 9
    assert [detail for _, detail in await trail("second_factor.recovery_code_used")] == [{"left": 9}]
    assert [detail for _, detail in await trail("session.started")][-1] == {"second_factor": "recovery code"}


async def test_of_many_who_show_one_recovery_code_at_once_one_is_let_in(ann, app):
    challenges = [await challenge_of(ann) for _ in range(4)]
    two_steps = [answered(ann, challenge, app.recovery_codes[0]) for challenge in challenges]
    one_step = [ann.login(code=app.recovery_codes[0]) for _ in range(4)]
    answers = await asyncio.gather(*two_steps, *one_step)
    assert Counter(answer.status_code for answer in answers) == {200: 1, 401: 7}


@pytest.mark.parametrize("password", ["x" * 600, "x" * 1_000_000, "\0", "%ED%A0%80"])
async def test_an_odd_password_does_not_sign_in(ann, password):
    assert (await ann.login(password=password)).status_code in ({422} if len(password) > 512 else {401})
