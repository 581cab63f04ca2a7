import asyncio
import time

import pytest


async def leave(person, headers, **fields):
    body = {"current_password": person.password} | fields
    return await person.service.post("/auth/me/delete", json=body, headers=headers)


async def exchange(service, key):
    auth = ("gateway", "gateway-1s-kn0wn-t0-auth-by-this-w0rd")
    return await service.post("/internal/api-key-token", json={"key": key}, auth=auth)


async def test_an_erased_account_leaves_nothing_but_its_id(root, sign_up, sql):
    roots = await root.headers()
    invitation = {"role": "staff", "email": "ann@example.org"}
    link = (await root.service.post("/auth/invitations", json=invitation, headers=roots)).json()["link"]
    ann = await sign_up("ann@example.org", full_name="Ann Reader", invitation=link.partition("token=")[2])
    await root.service.post("/auth/invitations", json=invitation, headers=roots)
    tokens = await ann.sign_in()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    new = {"name": "Ann's scanner", "scopes": ["books:read"]}
    key = (await ann.service.post("/auth/api-keys", json=new, headers=headers)).json()["key"]

    assert (await leave(ann, headers)).status_code == 204

    assert (await ann.service.get("/auth/me", headers=headers)).status_code == 401
    assert (await ann.service.post("/auth/refresh", data=tokens)).status_code == 401
    assert (await exchange(ann.service, key)).status_code == 401
    form = {"username": ann.email, "password": ann.password}
    assert (await ann.service.post("/auth/login", data=form)).status_code == 401
    limit = (await ann.service.get("/internal/revocations")).json()["accounts"][ann.account["id"]]
    assert limit > time.time()  # whenever a token of the account was issued, it was before
    # Wherever the person could still be named, in any table.
    for (table,) in await sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
        rows = await sql(f"SELECT row_to_json(t)::text FROM {table} AS t")  # noqa: S608
        assert not [row for (row,) in rows if "ann@" in row.lower() or "Ann " in row or "Ann's" in row], table
    states = await root.service.get("/auth/invitations", headers=roots)
    assert [one["state"] for one in states.json()["items"]] == ["withdrawn", "accepted"]
    gone = (await ann.service.get("/internal/erased-accounts")).json()["items"]
    assert [(one["number"], one["account_id"]) for one in gone] == [(1, ann.account["id"])]
    told = (await root.service.get("/auth/audit?action=account.erased", headers=roots)).json()["items"]
    assert [(one["actor"]["id"], one["actor"]["email"]) for one in told] == [(ann.account["id"], None)]
    assert (await sign_up("ann@example.org")).account["id"] != ann.account["id"]


@pytest.mark.parametrize("fields", [{"current_password": "wrong horse battery"}, {"current_password": ""}])
async def test_nobody_is_erased_without_the_password(ann, fields):
    headers = await ann.headers()
    answer = await leave(ann, headers, **fields)
    assert (answer.status_code, answer.json()["code"]) == (403, "wrong_password")
    assert (await ann.service.get("/auth/me", headers=headers)).status_code == 200


async def test_a_deletion_is_asked_for_rightly_and_for_oneself(ann, root):
    headers = await ann.headers()
    for body in ({}, {"current_password": None}, {"current_password": ann.password, "id": root.account["id"]}):
        answer = await ann.service.post("/auth/me/delete", json=body, headers=headers)
        assert answer.status_code == 422
    assert (await ann.service.get("/auth/me", headers=headers)).status_code == 200


async def test_who_has_a_second_factor_is_erased_only_with_a_code(ann, app, sql):
    for fields in ({}, {"code": app.wrong_code()}):
        answer = await leave(ann, app.headers, **fields)
        assert (answer.status_code, answer.json()["errors"][0]["loc"]) == (422, ["body", "code"])
    assert (await leave(ann, app.headers, code=await app.code())).status_code == 204
    assert await sql("SELECT count(*) FROM accounts") == [(0,)]
    assert await sql("SELECT count(*) FROM second_factors") == [(0,)]


async def test_mails_to_an_erased_person_are_not_kept(mailbox, sql):
    root, ann = await mailbox.sign_up("root@example.org"), await mailbox.sign_up("ann@example.org")
    await mailbox.reset_token("Ann@example.org")
    invitation = {"role": "staff", "email": "ann@EXAMPLE.org"}
    await root.service.post("/auth/invitations", json=invitation, headers=await root.headers())
    await mailbox.mails()
    assert (await leave(ann, await ann.headers())).status_code == 204
    assert await sql("SELECT recipient FROM outgoing_mails WHERE recipient ILIKE 'ann%'") == []


async def test_the_last_administrator_stays_also_when_all_leave_at_once(with_role, started, sql):
    async with started() as one, started() as other:
        admins = [await with_role(f"{name}@example.org", "admin") for name in ("ann", "bob")]
        for person, service in zip(admins, (one, other), strict=True):
            person.service = service
        headers = [await person.headers() for person in admins]
        pairs = zip(admins, headers, strict=True)
        answers = await asyncio.gather(*(leave(person, head) for person, head in pairs))
        assert sorted(answer.status_code for answer in answers) == [204, 409]
        assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"last_admin"}
        assert await sql("SELECT count(*) FROM accounts WHERE role = 'admin'") == [(1,)]


@pytest.mark.usefixtures("root")
async def test_an_administrator_who_leaves_leaves_no_link_behind(with_role):
    eve = await with_role("eve@example.org", "admin")
    headers = await eve.headers()
    made = await eve.service.post("/auth/invitations", json={"role": "admin"}, headers=headers)
    assert (await leave(eve, headers)).status_code == 204
    token = made.json()["link"].partition("token=")[2]
    assert (await eve.service.post("/auth/signup/invitation", json={"token": token})).status_code == 410


async def test_erased_accounts_are_listed_in_order_and_from_where_one_was(sign_up):
    people = [await sign_up(f"reader{number}@example.org") for number in range(3)]
    headers = [await person.headers() for person in people]
    pairs = zip(people, headers, strict=True)
    answers = await asyncio.gather(*(leave(person, head) for person, head in pairs))
    assert {answer.status_code for answer in answers} == {204}

    async def listed(query):
        items = (await people[0].service.get(f"/internal/erased-accounts?{query}")).json()["items"]
        return [one["number"] for one in items]

    assert await listed("") == [1, 2, 3]
    assert await listed("after=1&limit=1") == [2]
    assert await listed("after=3") == []
    for query in ("after=-1", "after=x", "limit=0", "limit=1001", "after=9223372036854775808"):
        answer = await people[0].service.get(f"/internal/erased-accounts?{query}")
        assert answer.status_code == 422, query


async def test_one_takes_along_all_that_is_known_and_nothing_of_others(root, ann, sign_up, sql):
    bob = await sign_up("bob@example.org")
    await bob.sign_in()
    headers = {**await ann.headers(), "User-Agent": "Lynx"}
    new = {"name": "Scanner", "scopes": ["books:read"]}
    key = (await ann.service.post("/auth/api-keys", json=new, headers=headers)).json()["key"]
    roots = {**await root.headers(), "User-Agent": "Secret browser of the administrator"}
    invited = await root.service.post("/auth/invitations", json={"role": "staff", "email": ann.email}, headers=roots)
    await root.service.post("/auth/invitations", json={"role": "staff"}, headers=roots)
    path = f"/auth/users/{ann.account['id']}"
    await root.service.patch(path, json={"disabled": True}, headers=roots)
    await root.service.patch(path, json={"disabled": False}, headers=roots)

    # Who was invited as what is for the owner of the address alone, and anybody can sign up with it.
    early = await ann.service.get("/auth/me/export", headers=await ann.headers())
    assert early.json()["invitations"] == []
    await sql("UPDATE accounts SET email_verified_at = now() WHERE id = :id", id=ann.account["id"])
    answer = await ann.service.get("/auth/me/export", headers=await ann.headers())

    assert answer.headers["Content-Disposition"] == 'attachment; filename="account.json"'
    data = answer.json()
    assert data["account"]["email"] == ann.email
    assert [one["name"] for one in data["api_keys"]] == ["Scanner"]
    assert [one["email"] for one in data["invitations"]] == [ann.email]
    assert len(data["sessions"]) == 3
    assert [one["action"] for one in data["events"]] == [
        "account.created",
        "session.started",
        "api_key.created",
        "account.disabled",
        "account.enabled",
        *("session.started", "account.exported") * 2,
    ]
    assert data["events"][2]["user_agent"] == "Lynx"
    for secret in ("hash", "argon2", key.rpartition("_")[2], invited.json()["link"].partition("token=")[2]):
        assert secret not in answer.text
    for other in ("Secret browser", root.email, bob.email, bob.account["id"]):
        assert other not in answer.text
