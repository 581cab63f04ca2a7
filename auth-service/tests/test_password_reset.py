import asyncio
import re
from dataclasses import replace

import pytest

NEW = "battery horse correct"
FROM_AFAR = {
    "X-Internal-Gateway": "gateway-1s-kn0wn-t0-auth-by-this-w0rd",
    "X-Forwarded-For": "203.0.113.7",
    "User-Agent": "Visit http://evil.example",
}


async def ask(service, email, **headers):
    return await service.post("/auth/password-reset", json={"email": email}, headers=headers)


async def test_a_forgotten_password_is_replaced_through_a_link(mailbox, sql):
    ann = await mailbox.sign_up("ann@example.org")
    tokens = await ann.sign_in()

    asked = await ask(mailbox.service, "ANN@example.org ", **FROM_AFAR)
    token = await mailbox.token()
    [mail] = await mailbox.mails()
    checked = await mailbox.service.post("/auth/password-reset/check", json={"token": token})
    answer = await mailbox.confirm("password-reset", token, password=NEW)

    assert (asked.status_code, asked.json()) == (202, {})
    assert mail["to"] == "ann@example.org"
    assert "203.0.113.7" in mail["text"]
    assert "evil" not in mail["text"] + mail["html"]
    assert (checked.json(), checked.headers["Cache-Control"]) == ({"email": "ann@example.org"}, "no-store")
    assert answer.status_code == 204
    login = {"username": "ann@example.org", "password": ann.password}
    assert (await mailbox.service.post("/auth/login", data=login)).status_code == 401
    assert (
        await mailbox.service.post("/auth/refresh", data={"refresh_token": tokens["refresh_token"]})
    ).status_code == 401
    old = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert (await mailbox.service.get("/auth/me", headers=old)).status_code == 401
    ann.password = NEW
    me = (await mailbox.service.get("/auth/me", headers=await ann.headers())).json()
    assert me["email_verified"] is True
    assert (await mailbox.mails())[-1]["subject"] == "Quire: your password was replaced"
    events = await sql("SELECT action, host(address) FROM audit_events WHERE action LIKE 'password%' ORDER BY number")
    assert events == [("password.reset_asked", "203.0.113.7"), ("password.reset", "127.0.0.1")]


async def test_links_lead_to_the_shop_whatever_the_request_says(mailbox):
    await mailbox.sign_up("ann@example.org")
    evil = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    await ask(mailbox.service, "ann@example.org", **evil, Origin="https://evil.example")
    [mail] = await mailbox.mails()

    links = re.findall(r"https?://[^\s\"'<>)]+", mail["text"] + mail["html"])
    assert links
    assert all(re.fullmatch(r"https://shop\.example(/reset-password\?token=[\w-]{64})?", link) for link in links)


async def test_whether_there_is_an_account_is_not_told(mailbox, sql):
    for name in ("ann", "bob"):
        await mailbox.sign_up(f"{name}@example.org")
    await sql("UPDATE accounts SET disabled_at = now() WHERE email = 'bob@example.org'")
    answers = {}
    for kind in ("password-reset", "email-verification"):
        for name in ("ann", "bob", "nobody"):
            answers[kind, name] = await mailbox.service.post(f"/auth/{kind}", json={"email": f"{name}@example.org"})

    told = {(a.status_code, a.text, frozenset(a.headers) - {"x-request-id"}) for a in answers.values()}
    assert [(status, text) for status, text, _ in told] == [(202, "{}")]
    mails = await mailbox.mails()
    assert sorted((mail["to"], mail["subject"]) for mail in mails) == [
        ("ann@example.org", "Quire: choose a new password"),
        ("ann@example.org", "Quire: is this your address?"),
    ]
    assert await sql("SELECT count(*) FROM outgoing_mails WHERE data <> '{}'") == [(0,)]


@pytest.mark.parametrize(
    "email", ["ann", "ann@example.org\r\nBcc: all@example.org", "ann@example.org, bob@example.org", ""]
)
async def test_what_is_no_address_gets_no_mail(mailbox, email):
    answer = await ask(mailbox.service, email)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


async def end_by_newer(mailbox, ann):
    await mailbox.reset_token(ann.email)


async def end_by_use(mailbox, _ann):
    assert (await mailbox.confirm("password-reset", await mailbox.token(), password=NEW)).status_code == 204


async def end_by_another_password(mailbox, ann):
    change = {"current_password": ann.password, "new_password": "another one entirely"}
    answer = await mailbox.service.post("/auth/me/password", json=change, headers=await ann.headers())
    assert answer.status_code == 204


async def end_by_another_address(mailbox, ann):
    change = {"current_password": ann.password, "email": "new@example.org"}
    await mailbox.service.post("/auth/me/email", json=change, headers=await ann.headers())
    assert (await mailbox.confirm("email-verification", await mailbox.token())).status_code == 204


async def end_by_time(mailbox, _ann):
    await mailbox.sql("UPDATE links SET expires_at = now()")


async def end_by_disabling(mailbox, _ann):
    await mailbox.sql("UPDATE accounts SET disabled_at = now()")


@pytest.mark.parametrize(
    "end",
    [end_by_newer, end_by_use, end_by_another_password, end_by_another_address, end_by_time, end_by_disabling],
)
async def test_a_link_is_good_once_and_not_for_ever(mailbox, sql, end):
    ann = await mailbox.sign_up("ann@example.org")
    token = await mailbox.reset_token(ann.email)
    await end(mailbox, ann)
    [(before,)] = await sql("SELECT password_hash FROM accounts")

    answer = await mailbox.confirm("password-reset", token, password="mallory was here")

    assert (answer.status_code, answer.json()["code"]) == (410, "link_expired")
    assert await sql("SELECT password_hash FROM accounts") == [(before,)]


async def test_a_token_that_nobody_was_mailed_is_worth_nothing(mailbox, sql):
    ann = await mailbox.sign_up("ann@example.org")
    token = await mailbox.reset_token(ann.email)
    await mailbox.service.post("/auth/email-verification", json={"email": ann.email})
    of_another_purpose = await mailbox.token()
    other = "B" if token[30] == "A" else "A"
    [(digest,)] = await sql("SELECT encode(token_hash, 'hex') FROM links WHERE purpose = 'reset_password'")
    guesses = ["", "A" * 64, token[:-1], token + "A", token[:30] + other + token[31:], token.swapcase(), digest]
    guesses += ["\0", "' OR 1=1 --", of_another_purpose, f" {token}"]

    for guess in guesses:
        for path in ("check", "confirm"):
            fields = {"password": NEW} if path == "confirm" else {}
            answer = await mailbox.service.post(f"/auth/password-reset/{path}", json={"token": guess} | fields)
            assert (answer.status_code, answer.json()["code"]) == (410, "link_expired"), guess
    wrong_way = await mailbox.confirm("email-verification", token)
    assert (wrong_way.status_code, wrong_way.json()["code"]) == (410, "link_expired")
    # After all that the two links still do what they are for.
    assert (await mailbox.confirm("email-verification", of_another_purpose)).status_code == 204
    assert (await mailbox.confirm("password-reset", token, password=NEW)).status_code == 204


async def test_one_of_many_who_follow_a_link_at_once_wins(mailbox):
    ann = await mailbox.sign_up("ann@example.org")
    token = await mailbox.reset_token(ann.email)
    passwords = [f"battery horse no {number}" for number in range(6)]

    answers = await asyncio.gather(
        *(mailbox.confirm("password-reset", token, password=password) for password in passwords)
    )

    assert sorted(answer.status_code for answer in answers) == [204] + [410] * 5
    [winner] = [password for password, answer in zip(passwords, answers, strict=True) if answer.status_code == 204]
    ann.password = winner
    await ann.sign_in()


async def test_the_database_holds_no_token(mailbox, sql):
    ann = await mailbox.sign_up("ann@example.org")
    token = await mailbox.reset_token(ann.email)
    tables = [name for (name,) in await sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    for table in tables:
        rows = await sql(f"SELECT t::text FROM {table} AS t")  # noqa: S608 (names from the catalogue)
        assert not [row for (row,) in rows if token in row or token[24:] in row]


@pytest.mark.parametrize("password", ["short", "password123", "ann@example.org", "quire-2025", "annabel1!"])
async def test_a_refused_password_does_not_use_the_link_up(mailbox, password):
    email = "annabel@example.org" if password.startswith("annabel") else "ann@example.org"
    await mailbox.sign_up(email)
    token = await mailbox.reset_token(email)

    refused = await mailbox.confirm("password-reset", token, password=password)
    accepted = await mailbox.confirm("password-reset", token, password=NEW)

    assert (refused.status_code, refused.json()["errors"][0]["loc"]) == (422, ["body", "password"])
    assert accepted.status_code == 204


async def test_nobodys_mailbox_is_buried(mailbox):
    await mailbox.sign_up("ann@example.org")
    for email in ("ann@example.org", "nobody@example.org"):
        answers = [await ask(mailbox.service, email) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [202, 202, 202, 429]
        assert (answers[-1].json()["code"], "Retry-After" in answers[-1].headers) == ("too_many_attempts", True)
    assert len(await mailbox.mails()) == 3
    # Whoever asked so often has not made the last link worthless.
    assert (await mailbox.confirm("password-reset", await mailbox.token(), password=NEW)).status_code == 204


async def test_without_mail_it_is_said_and_nothing_is_kept(service, ann, sql):
    state = (await service.get("/auth/signup")).json()
    assert (state["mail"], state["verify_email"], state["local_mails"]) == (False, False, False)
    change = {"email": "new@example.org", "current_password": ann.password}
    answers = [
        await ask(service, ann.email),
        await service.post("/auth/email-verification", json={"email": ann.email}),
        await service.post("/auth/me/email", json=change, headers=await ann.headers()),
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(409, "mail_not_configured")}
    assert await sql("SELECT 1 FROM outgoing_mails") == []
    assert (await service.get("/auth/mails", headers=FROM_AFAR)).status_code == 404


async def test_what_a_stranger_made_ready_does_not_outlive_the_first_reset(mailbox, with_second_factor, sql):
    """Whoever signed up with somebody's address is out once that person proves whose it is."""
    stranger = await mailbox.sign_up("ann@example.org")
    factor = await with_second_factor(stranger)
    made = await stranger.service.post(
        "/auth/api-keys", json={"name": "later", "scopes": ["books:read"]}, headers=factor.headers
    )
    answer = await mailbox.confirm("password-reset", await mailbox.reset_token(stranger.email), password=NEW)

    assert (made.status_code, answer.status_code) == (201, 204)
    assert await sql("SELECT 1 FROM second_factors UNION ALL SELECT 1 FROM recovery_codes") == []
    assert await sql("SELECT count(*) FROM api_keys WHERE revoked_at IS NULL") == [(0,)]
    assert made.json()["id"] in (await mailbox.service.get("/internal/revocations")).json()["sessions"]
    assert (await stranger.service.get("/auth/me", headers=factor.headers)).status_code == 401
    ann = replace(stranger, password=NEW)
    await ann.sign_in()
    told = await sql("SELECT action, detail FROM audit_events ORDER BY number DESC LIMIT 4")
    assert [tuple(event) for event in told[1:]] == [
        ("password.reset", {"sessions_ended": 1}),
        ("second_factor.disabled", {"reset": "by first verification"}),
        ("account.email_verified", {"api_keys": 1}),
    ]
    assert [mail["subject"] for mail in await mailbox.mails()][-2:] == [
        "Quire: second factor taken away",
        "Quire: your password was replaced",
    ]

    # From now on the address is known to be hers: what she makes stays.
    factor = await with_second_factor(ann)
    body = {"name": "mine", "scopes": ["books:read"]}
    assert (await ann.service.post("/auth/api-keys", json=body, headers=factor.headers)).status_code == 201
    answer = await mailbox.confirm("password-reset", await mailbox.reset_token(ann.email), password=f"{NEW} two")
    assert answer.status_code == 204
    assert await sql("SELECT count(*) FROM api_keys WHERE revoked_at IS NULL") == [(1,)]
    assert await sql("SELECT count(*) FROM second_factors WHERE confirmed_at IS NOT NULL") == [(1,)]
