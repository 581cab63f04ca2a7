import asyncio
import base64
import json

import pytest

NEW = "new@example.org"


async def ask_to_change(mailbox, person, email=NEW, **changes):
    body = {"email": email, "current_password": person.password} | changes
    return await mailbox.service.post("/auth/me/email", json=body, headers=await person.headers())


async def me(person):
    return (await person.service.get("/auth/me", headers=await person.headers())).json()


def claims(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


async def test_a_new_address_is_verified_through_a_link(mailbox, sql):
    answer = await mailbox.service.post(
        "/auth/register", json={"email": "ann@example.org", "password": "correct horse battery"}
    )
    token = await mailbox.token()
    confirmed = await mailbox.confirm("email-verification", token)
    again = await mailbox.confirm("email-verification", token)

    assert answer.json()["email_verified"] is False
    assert (confirmed.status_code, again.status_code, again.json()["code"]) == (204, 410, "link_expired")
    assert await sql("SELECT email_verified_at IS NOT NULL FROM accounts") == [(True,)]
    assert await sql("SELECT count(*) FROM audit_events WHERE action = 'account.email_verified'") == [(1,)]
    # Who is verified gets no such mail again.
    await mailbox.service.post("/auth/email-verification", json={"email": "ann@example.org"})
    assert len(await mailbox.mails()) == 1


async def test_where_it_is_required_nobody_signs_in_before_it(started, tmp_path, mailbox):
    async with started(local_run=True, mail_dir=tmp_path, mail_poll_seconds=60, require_verified_email=True) as service:
        state = (await service.get("/auth/signup")).json()
        ann = {"username": "ann@example.org", "password": "correct horse battery"}
        await service.post("/auth/register", json={"email": ann["username"], "password": ann["password"]})
        wrong = await service.post("/auth/login", data=ann | {"password": "another one"})
        unknown = await service.post("/auth/login", data=ann | {"username": "nobody@example.org"})
        early = await service.post("/auth/login", data=ann)
        confirmed = await mailbox.confirm("email-verification", await mailbox.token())
        later = await service.post("/auth/login", data=ann)

    assert (state["mail"], state["verify_email"], state["local_mails"]) == (True, True, True)
    assert {(answer.status_code, answer.json()["code"]) for answer in (wrong, unknown)} == {
        (401, "invalid_credentials")
    }
    assert (early.status_code, early.json()["code"]) == (403, "email_not_verified")
    assert (confirmed.status_code, later.status_code) == (204, 200)


async def test_an_address_changes_once_the_new_one_is_proved(mailbox, sql):
    ann = await mailbox.sign_up("ann@example.org")
    session = await ann.sign_in()
    to_the_old_mailbox = await mailbox.reset_token(ann.email)

    asked = await ask_to_change(mailbox, ann)
    before = (await me(ann))["email"]
    token = await mailbox.token()
    confirmed = await mailbox.confirm("email-verification", token)

    assert (asked.status_code, asked.json(), before, confirmed.status_code) == (202, {}, "ann@example.org", 204)
    reset, change, notice = await mailbox.mails()
    assert (change["to"], change["subject"]) == (NEW, "Quire: is this your new address?")
    assert (notice["to"], notice["subject"]) == ("ann@example.org", "Quire: your email address was changed")
    assert NEW not in notice["text"] + notice["html"]
    # Tokens name the address: the old ones are refused, and the session goes on with new ones.
    old = {"Authorization": f"Bearer {session['access_token']}"}
    assert (await mailbox.service.get("/auth/me", headers=old)).status_code == 401
    renewed = await mailbox.service.post("/auth/refresh", data={"refresh_token": session["refresh_token"]})
    assert claims(renewed.json()["access_token"])["email"] == NEW
    ann.email = NEW
    assert [(await me(ann))[key] for key in ("email", "email_verified")] == [NEW, True]
    # Who still reads the old mailbox has nothing that opens the account.
    answer = await mailbox.confirm("password-reset", to_the_old_mailbox, password="mallory was here")
    assert answer.status_code == 410
    assert reset["to"] == "ann@example.org"
    assert await sql("SELECT count(*) FROM audit_events WHERE action = 'account.email_changed'") == [(1,)]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"current_password": "another one"}, 403, "wrong_password"),
        ({"email": "new@example.org\r\nBcc: all@example.org"}, 422, "invalid_input"),
        ({"account_id": "1"}, 422, "invalid_input"),
    ],
)
async def test_a_refused_change_mails_nothing(mailbox, sql, body, status, code):
    ann = await mailbox.sign_up("ann@example.org")
    answer = await ask_to_change(mailbox, ann, **body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await mailbox.mails() == []
    assert await sql("SELECT 1 FROM links WHERE purpose = 'change_email'") == []


async def test_an_address_that_another_account_has_is_told_only_to_who_reads_its_mails(mailbox):
    ann = await mailbox.sign_up("ann@example.org")
    await mailbox.sign_up("bob@example.org")

    free, taken = await ask_to_change(mailbox, ann), await ask_to_change(mailbox, ann, "Bob@Example.org")
    answer = await mailbox.confirm("email-verification", await mailbox.token())

    assert (taken.status_code, taken.text) == (free.status_code, free.text)
    assert (answer.status_code, answer.json()["code"]) == (409, "email_taken")
    assert (await me(ann))["email"] == "ann@example.org"


async def test_one_of_two_accounts_gets_the_address(mailbox):
    people = [await mailbox.sign_up(f"{name}@example.org") for name in ("ann", "bob")]
    tokens = []
    for person in people:
        await ask_to_change(mailbox, person)
        tokens.append(await mailbox.token())

    answers = await asyncio.gather(*(mailbox.confirm("email-verification", token) for token in tokens))

    assert sorted(answer.status_code for answer in answers) == [204, 409]


async def test_another_password_ends_a_change_that_is_under_way(mailbox):
    """Whoever changes the password because a thief is in the account has stopped him."""
    ann = await mailbox.sign_up("ann@example.org")
    await ask_to_change(mailbox, ann, "thief@example.org")
    token = await mailbox.token()
    change = {"current_password": ann.password, "new_password": "battery horse correct"}
    await mailbox.service.post("/auth/me/password", json=change, headers=await ann.headers())

    assert (await mailbox.confirm("email-verification", token)).status_code == 410
    assert (await mailbox.mails())[-1]["subject"] == "Quire: your password was changed"


async def test_a_strangers_mailbox_is_not_buried(mailbox):
    people = [await mailbox.sign_up(f"{name}@example.org") for name in ("ann", "bob")]
    answers = [await ask_to_change(mailbox, people[number % 2], "Stranger@example.org") for number in range(4)]
    assert [answer.status_code for answer in answers] == [202, 202, 202, 429]
    assert len(await mailbox.mails()) == 3


async def test_notices_of_one_kind_are_few(mailbox):
    ann = await mailbox.sign_up("ann@example.org")
    headers = await ann.headers()
    for number in range(6):
        change = {"current_password": ann.password, "new_password": f"battery horse no {number}"}
        answer = await mailbox.service.post("/auth/me/password", json=change, headers=headers)
        assert answer.status_code == 204
        ann.password = change["new_password"]
    assert len(await mailbox.mails()) == 5


async def test_what_is_done_to_the_second_factor_is_told(mailbox, with_second_factor):
    ann = await mailbox.sign_up("ann@example.org")
    app = await with_second_factor(ann)
    assert (await ann.login(code=app.recovery_codes[0])).status_code == 200
    body = {"current_password": ann.password, "code": await app.code()}
    answer = await ann.service.post("/auth/me/second-factor/disable", json=body, headers=app.headers)

    assert answer.status_code == 204
    assert [(mail["to"], mail["subject"]) for mail in await mailbox.mails()] == [
        ("ann@example.org", "Quire: second factor added"),
        ("ann@example.org", "Quire: recovery code used"),
        ("ann@example.org", "Quire: second factor taken away"),
    ]


async def test_what_was_made_before_the_address_was_confirmed_goes_with_it(mailbox, with_second_factor, sql):
    stranger = await mailbox.sign_up("ann@example.org")
    await mailbox.service.post("/auth/email-verification", json={"email": stranger.email})
    token = await mailbox.token()
    factor = await with_second_factor(stranger)
    body = {"name": "later", "scopes": ["books:read"]}
    assert (await stranger.service.post("/auth/api-keys", json=body, headers=factor.headers)).status_code == 201

    assert (await mailbox.confirm("email-verification", token)).status_code == 204

    assert await sql("SELECT 1 FROM second_factors UNION ALL SELECT 1 FROM recovery_codes") == []
    assert await sql("SELECT count(*) FROM api_keys WHERE revoked_at IS NULL") == [(0,)]
    assert (await stranger.service.get("/auth/me", headers=factor.headers)).status_code == 401
    told = await sql("SELECT action, detail FROM audit_events ORDER BY number DESC LIMIT 2")
    assert [tuple(event) for event in told] == [
        ("second_factor.disabled", {"reset": "by first verification"}),
        ("account.email_verified", {"api_keys": 1, "sessions": 1}),
    ]


async def test_confirming_an_address_signs_nobody_out_who_made_nothing_before(mailbox):
    ann = await mailbox.sign_up("ann@example.org")
    await mailbox.service.post("/auth/email-verification", json={"email": ann.email})
    headers = await ann.headers()
    assert (await mailbox.confirm("email-verification", await mailbox.token())).status_code == 204
    assert (await ann.service.get("/auth/me", headers=headers)).json()["email_verified"] is True
