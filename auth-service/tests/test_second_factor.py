import base64
import json
from uuid import UUID, uuid4

import pyotp
import pytest

from auth_service.places import Place
from auth_service.second_factor.codes import CodeBook


def claims_of(tokens):
    part = tokens["access_token"].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def bearer(tokens):
    return {"Authorization": f"Bearer {tokens['access_token']}"}


def told(answer):
    return answer.status_code, answer.json()["code"]


async def test_a_second_factor_counts_once_a_code_was_shown(ann, sql, trail):
    elsewhere, here = await ann.sign_in(), await ann.sign_in()
    begun = await ann.service.post(
        "/auth/me/second-factor", json={"current_password": ann.password}, headers=bearer(here)
    )
    assert begun.status_code == 201
    assert begun.headers["Cache-Control"] == "no-store"
    secret = begun.json()["secret"]
    uri = pyotp.parse_uri(begun.json()["uri"])
    assert (uri.secret, uri.name, uri.issuer) == (secret, ann.email, "Quire")
    assert (await ann.login()).status_code == 200
    state = (await ann.service.get("/auth/me/second-factor", headers=bearer(here))).json()
    assert state == {"enabled": False, "enabled_at": None, "required": False, "recovery_codes_left": 0}

    code = {"code": pyotp.TOTP(secret).now()}
    confirmed = await ann.service.post("/auth/me/second-factor/confirm", json=code, headers=bearer(here))

    assert confirmed.status_code == 200
    assert len(set(confirmed.json()["recovery_codes"])) == 10
    for tokens in (here, elsewhere):
        assert (await ann.service.get("/auth/me", headers=bearer(tokens))).status_code == 401
    over = await ann.service.post("/auth/refresh", data={"refresh_token": elsewhere["refresh_token"]})
    assert over.status_code == 401
    renewed = (await ann.service.post("/auth/refresh", data={"refresh_token": here["refresh_token"]})).json()
    assert claims_of(renewed)["amr"] == ["pwd", "otp", "mfa"]
    me = (await ann.service.get("/auth/me", headers=bearer(renewed))).json()
    assert me["second_factor"] == {"enabled": True, "required": False}
    state = (await ann.service.get("/auth/me/second-factor", headers=bearer(renewed))).json()
    assert (state["enabled"], state["recovery_codes_left"]) == (True, 10)
    again = await ann.service.post(
        "/auth/me/second-factor", json={"current_password": ann.password}, headers=bearer(renewed)
    )
    assert told(again) == (409, "second_factor_enabled")
    assert await trail("second_factor.enabled") == [("second_factor.enabled", {})]
    [(stored,)] = await sql(
        "SELECT string_agg(f::text, '') || (SELECT string_agg(r::text, '') FROM recovery_codes r) FROM second_factors f"
    )
    raw = base64.b32decode(secret).hex()
    shown = confirmed.json()["recovery_codes"][0]
    assert not any(part in stored for part in (raw, secret, secret.encode().hex(), shown, shown.encode().hex()))


async def test_only_the_password_begins_and_only_a_right_code_confirms(ann, app_of):
    headers = await ann.headers()
    path = "/auth/me/second-factor"
    assert told(await ann.service.post(f"{path}/confirm", json={"code": "123456"}, headers=headers)) == (
        409,
        "no_second_factor",
    )
    assert told(await ann.service.post(path, json={"current_password": "x"}, headers=headers)) == (
        403,
        "wrong_password",
    )
    begun = await ann.service.post(path, json={"current_password": ann.password}, headers=headers)
    wrong = app_of(begun.json()["secret"]).wrong_code()
    for code in (wrong, "00000", "abc", "\ud800", "12345\0"):
        answer = await ann.service.post(
            f"{path}/confirm",
            content=json.dumps({"code": code}),
            headers=headers | {"Content-Type": "application/json"},
        )
        assert told(answer) == (422, "invalid_input")
        assert answer.json()["errors"][0]["loc"] == ["body", "code"]
    assert (await ann.login()).status_code == 200


def test_the_clock_of_the_app_may_be_one_step_off():
    codes, account = CodeBook(b"x" * 32, issuer="Quire"), uuid4()
    secret = codes.new_secret()
    sealed = codes.seal(secret, account)

    def step_of(code_step, *, now_step, after=0):
        code = pyotp.TOTP(secret).generate_otp(code_step)
        return codes.matching_step(sealed, account, code, now=now_step * 30 + 7, after=after)

    assert [step_of(1000 + drift, now_step=1000) for drift in (-2, -1, 0, 1, 2)] == [None, 999, 1000, 1001, None]
    assert step_of(999, now_step=1000, after=999) is None
    assert step_of(999, now_step=1000, after=1000) is None
    assert step_of(1001, now_step=1000, after=1000) == 1001


async def test_new_recovery_codes_take_the_place_of_the_old_ones(ann, app, trail):
    async def renew(**changes):
        body = {"current_password": ann.password, "code": await app.code()} | changes
        return await ann.service.post("/auth/me/second-factor/recovery-codes", json=body, headers=app.headers)

    assert told(await renew(current_password="wrong horse battery")) == (403, "wrong_password")
    assert told(await renew(code=app.wrong_code())) == (422, "invalid_input")
    renewed = (await renew()).json()["recovery_codes"]
    assert len(renewed) == 10
    assert told(await ann.login(code=app.recovery_codes[0])) == (401, "invalid_code")
    assert (await ann.login(code=renewed[0])).status_code == 200
    assert len(await trail("second_factor.recovery_codes_made")) == 1


async def test_it_can_be_given_up_with_password_and_code(ann, app, trail):
    async def disable(**changes):
        body = {"current_password": ann.password, "code": await app.code()} | changes
        return await ann.service.post("/auth/me/second-factor/disable", json=body, headers=app.headers)

    assert told(await disable(current_password="wrong horse battery")) == (403, "wrong_password")
    assert told(await disable(code=app.wrong_code())) == (422, "invalid_input")
    assert told(await ann.login()) == (401, "second_factor_required")
    assert (await disable()).status_code == 204
    assert (await ann.login()).status_code == 200
    assert told(await disable()) == (409, "no_second_factor")
    assert len(await trail("second_factor.disabled")) == 1


async def test_where_it_is_required_rights_come_with_it_alone(ann, started, sql, with_second_factor):
    await sql("UPDATE accounts SET role = 'admin'")
    customer = ["books:read", "orders:read", "orders:write"]
    async with started(require_second_factor="staff") as service:
        ann.service = service
        tokens = await ann.sign_in()
        me = (await service.get("/auth/me", headers=bearer(tokens))).json()
        assert (tokens["scope"].split(), me["scopes"]) == (customer, customer)
        assert (me["role"], me["second_factor"]) == ("admin", {"enabled": False, "required": True})

        app = await with_second_factor(ann)
        me = (await service.get("/auth/me", headers=app.headers)).json()
        assert "accounts:manage" in me["scopes"]
        assert me["second_factor"] == {"enabled": True, "required": True}
        tokens = (await ann.login(code=await app.code())).json()
        assert "accounts:manage" in tokens["scope"]
        body = {"current_password": ann.password, "code": await app.code()}
        refused = await service.post("/auth/me/second-factor/disable", json=body, headers=app.headers)
        assert told(refused) == (409, "second_factor_is_required")

        await sql("UPDATE accounts SET role = 'editor'")
        renewed = (await service.post("/auth/refresh", data={"refresh_token": tokens["refresh_token"]})).json()
        assert (
            await service.post("/auth/me/second-factor/disable", json=body, headers=bearer(renewed))
        ).status_code == 204
        await sql("UPDATE accounts SET role = 'staff'")
        renewed = (await service.post("/auth/refresh", data={"refresh_token": renewed["refresh_token"]})).json()
        assert renewed["scope"].split() == customer
        assert claims_of(renewed)["amr"] == ["pwd"]


@pytest.mark.parametrize(
    ("rule", "role", "required"),
    [
        ("admin", "admin", True), ("admin", "staff", False), ("staff", "editor", False), ("staff", "staff", True),
        ("everybody", "customer", True), ("everybody", "editor", True),
    ],
)  # fmt: skip
async def test_the_rule_says_of_whom_it_is_required(ann, started, sql, rule, role, required):
    await sql("UPDATE accounts SET role = :role", role=role)
    async with started(require_second_factor=rule) as service:
        ann.service = service
        me = (await service.get("/auth/me", headers=await ann.headers())).json()
    assert me["second_factor"]["required"] is required
    withheld = required and role != "customer"
    assert ("books:write" not in me["scopes"]) is (withheld or role == "customer")


@pytest.mark.usefixtures("app")
async def test_the_operator_lets_in_who_has_lost_it(ann, operator, trail):
    done = await operator("reset-second-factor", ann.email)
    assert (done.returncode, done.stderr) == (0, "")
    assert (await ann.login()).status_code == 200
    [(_, detail)] = await trail("second_factor.disabled")
    assert detail == {"reset": "by operator", "sessions": 1}
    again = await operator("reset-second-factor", ann.email)
    assert (again.returncode, again.stdout) == (0, "ann@example.org has no second factor.\n")


async def test_an_administrator_lets_in_who_has_lost_it(ann, app, application, trail):
    reset = application.state.services.second_factor_reset.reset_second_factor
    admin, place = uuid4(), Place("203.0.113.1")
    assert await reset(UUID(ann.account["id"]), actor=admin, place=place)
    assert not await reset(UUID(ann.account["id"]), actor=admin, place=place)
    assert (await ann.service.get("/auth/me", headers=app.headers)).status_code == 401
    assert (await ann.login()).status_code == 200
    assert await trail("second_factor.disabled") == [
        ("second_factor.disabled", {"reset": "by administrator", "sessions": 1})
    ]


async def test_a_secret_is_of_no_use_in_another_row_or_with_another_key(
    ann, app, sign_up, with_second_factor, sql, started
):
    bob = await sign_up("bob@example.org")
    await with_second_factor(bob)
    await sql(
        "UPDATE second_factors SET sealed_secret = (SELECT sealed_secret FROM second_factors WHERE account_id = :ann)",
        ann=ann.account["id"],
    )
    assert told(await bob.login(code=await app.code())) == (401, "invalid_code")
    async with started(data_secret="another-data-secret-0f-an0ther-place") as other:
        form = {"username": ann.email, "password": ann.password, "code": await app.code()}
        assert told(await other.post("/auth/login", data=form)) == (401, "invalid_code")


async def test_an_abandoned_secret_is_deleted_in_time(ann, started, sql, eventually):
    body = {"current_password": ann.password}
    for _ in range(2):
        await ann.service.post("/auth/me/second-factor", json=body, headers=await ann.headers())
    await sql("UPDATE second_factors SET created_at = now() - interval '25 hours'")
    async with started(cleaning_seconds=1):
        await eventually(lambda: sql("SELECT 1 FROM second_factors"), lambda rows: not rows)


async def test_an_odd_password_is_refused_cleanly(ann):
    headers = await ann.headers() | {"Content-Type": "application/json"}
    for path, more in (("", {}), ("/disable", {"code": "123456"}), ("/recovery-codes", {"code": "123456"})):
        for password in ("\0", "\ud800", "x" * 600, "x" * 1_000_000):
            content = json.dumps({"current_password": password} | more)
            answer = await ann.service.post(f"/auth/me/second-factor{path}", content=content, headers=headers)
            assert answer.status_code == (403 if len(password) == 1 else 422)
