import asyncio

import pytest

UNKNOWN = "0199f0a5-2b6e-7c3a-9d54-5f1f0a7c1b2e"


async def patch(admin, person, body, headers=None):
    path = f"/auth/users/{person.account['id']}"
    return await admin.service.patch(path, json=body, headers=headers or await admin.headers())


async def test_accounts_are_found_by_a_part_of_address_or_name(root, sign_up, sql):
    headers = await root.headers()
    for email, name in (
        ("ann@example.org", "Ann Reader"),
        ("bob_x@example.org", "Robert Ann-Smith"),
        ("bobax@example.org", None),
        ("zoe@example.org", "Zoë 100%"),
    ):
        await sign_up(email, full_name=name)
    await sql("UPDATE accounts SET disabled_at = now() WHERE email LIKE 'zoe%'")
    await sql("UPDATE accounts SET role = 'staff' WHERE email LIKE 'bobax%'")

    async def found(query):
        answer = await root.service.get(f"/auth/users?{query}", headers=headers)
        assert answer.status_code == 200, answer.text
        assert answer.json()["total"] == len(answer.json()["items"])
        return [item["email"].partition("@")[0] for item in answer.json()["items"]]

    assert await found("q=ANN") == ["bob_x", "ann"]
    assert await found("q=bob_") == ["bob_x"]  # no wildcard
    assert await found("q=100%25") == ["zoe"]
    assert await found("q=%25") == ["zoe"]
    assert await found("q=") == ["zoe", "bobax", "bob_x", "ann", "root"]
    assert await found("role=staff&role=admin") == ["bobax", "root"]
    assert await found("disabled=true") == ["zoe"]
    assert await found("disabled=false&q=example&role=editor") == ["bob_x", "ann"]
    assert await found("q=nobody-at-all") == []


async def test_a_list_goes_on_and_back_and_a_cursor_fits_one_query_alone(root, sign_up):
    headers = await root.headers()
    for number in range(5):
        await sign_up(f"reader{number}@example.org")

    async def page(query):
        return await root.service.get(f"/auth/users?{query}", headers=headers)

    first = (await page("q=reader&limit=2")).json()
    second_answer = await page(f"q=reader&limit=2&cursor={first['next_cursor']}")
    second = second_answer.json()
    third = (await page(f"q=reader&limit=2&cursor={second['next_cursor']}")).json()
    back = (await page(f"q=reader&limit=2&cursor={second['prev_cursor']}")).json()
    names = [[item["email"][6] for item in one["items"]] for one in (first, second, third, back)]
    assert names == [["4", "3"], ["2", "1"], ["0"], ["4", "3"]]
    assert (first["total"], first["prev_cursor"], third["next_cursor"]) == (5, None, None)
    assert 'rel="next"' in second_answer.headers["Link"]
    for query in (f"q=other&limit=2&cursor={first['next_cursor']}", "cursor=garbage", "cursor=AAAA"):
        answer = await page(query)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


async def test_an_account_is_shown_with_what_an_administrator_needs_and_no_more(root, ann):
    await ann.sign_in()
    await ann.sign_in()
    answer = await root.service.get(f"/auth/users/{ann.account['id']}", headers=await root.headers())
    shown = answer.json()
    assert shown.pop("last_signed_in_at") >= shown.pop("created_at")
    assert shown == {
        "id": ann.account["id"],
        "email": ann.email,
        "full_name": None,
        "role": "editor",
        "email_verified": False,
        "disabled_at": None,
        "second_factor": False,
        "sessions": 2,
    }


async def test_another_role_refuses_the_tokens_of_the_old_one_and_the_next_have_it(root, ann):
    tokens = await ann.sign_in()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert (await patch(root, ann, {"role": "staff"})).json()["role"] == "staff"
    assert (await ann.service.get("/auth/me", headers=headers)).status_code == 401
    renewed = await ann.service.post("/auth/refresh", data={"refresh_token": tokens["refresh_token"]})
    assert "orders:manage" in renewed.json()["scope"]


async def test_a_disabled_account_is_out_at_once_and_comes_back_without_its_keys(root, ann, sql):
    tokens = await ann.sign_in()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    new = {"name": "Scanner", "scopes": ["books:read"]}
    made = (await ann.service.post("/auth/api-keys", json=new, headers=headers)).json()

    answer = await patch(root, ann, {"disabled": True})

    assert answer.json()["disabled_at"] is not None
    assert answer.json()["sessions"] == 0
    revocations = (await ann.service.get("/internal/revocations")).json()
    assert made["id"] in revocations["sessions"]
    assert ann.account["id"] in revocations["accounts"]
    assert (await ann.service.get("/auth/me", headers=headers)).status_code == 401
    assert (await ann.service.post("/auth/refresh", data=tokens)).status_code == 401
    form = {"username": ann.email, "password": ann.password}
    assert (await ann.service.post("/auth/login", data=form)).status_code == 401

    assert (await patch(root, ann, {"disabled": False})).json()["disabled_at"] is None
    assert (await ann.service.post("/auth/refresh", data=tokens)).status_code == 401
    await ann.sign_in()
    assert await sql("SELECT 1 FROM api_keys WHERE revoked_at IS NULL") == []


async def test_nothing_is_written_where_nothing_changes(root, ann, sql):
    headers = {"Authorization": f"Bearer {(await ann.sign_in())['access_token']}"}
    for body in ({}, {"role": "editor"}, {"disabled": False}, {"role": None, "disabled": None}):
        assert (await patch(root, ann, body)).status_code == 200
    assert (await ann.service.get("/auth/me", headers=headers)).status_code == 200
    assert await sql("SELECT 1 FROM audit_events WHERE action LIKE 'account.%' AND actor <> subject") == []


@pytest.mark.parametrize("body", [{"role": "customer"}, {"disabled": True}, {"role": "admin"}])
async def test_nobody_changes_their_own_account(root, with_role, body):
    await with_role("other@example.org", "admin")
    answer = await patch(root, root, body)
    assert (answer.status_code, answer.json()["code"]) == (409, "own_account")
    answer = await root.service.delete(f"/auth/users/{root.account['id']}/second-factor", headers=await root.headers())
    assert (answer.status_code, answer.json()["code"]) == (409, "own_account")


@pytest.mark.parametrize(
    "body", [{"role": "king"}, {"disabled": "perhaps"}, {"email": "x@example.org"}, {"password_hash": "x"}, []]
)
async def test_nothing_else_of_an_account_can_be_changed(root, ann, body):
    assert (await patch(root, ann, body)).status_code == 422


async def test_of_two_administrators_who_depose_each_other_at_once_one_stays(with_role, sql, started):
    """On two replicas, each with connections of its own."""
    async with started() as one, started() as other:
        # Whoever comes first, also where the locks are taken the other way round.
        for _ in range(5):
            await sql("DELETE FROM accounts")
            ann, bob = await with_role("a@example.org", "admin"), await with_role("b@example.org", "admin")
            ann_headers, bob_headers = await ann.headers(), await bob.headers()
            paths = [f"/auth/users/{person.account['id']}" for person in (bob, ann)]
            answers = await asyncio.gather(
                one.patch(paths[0], json={"role": "staff"}, headers=ann_headers),
                other.patch(paths[1], json={"disabled": True}, headers=bob_headers),
            )
            assert 200 in {answer.status_code for answer in answers}
            lost = [answer for answer in answers if answer.status_code != 200]
            # A loser that came late enough finds its token revoked.
            assert [answer.json()["code"] in {"last_admin", "not_authenticated"} for answer in lost] == [True]
            left = await sql("SELECT 1 FROM accounts WHERE role = 'admin' AND disabled_at IS NULL")
            assert len(left) == 1


async def test_who_is_no_administrator_any_more_changes_nothing_with_a_token_that_still_says_so(
    root, ann, with_role, sql
):
    await with_role("another@example.org", "admin")
    eve = await with_role("eve@example.org", "admin")
    headers = await eve.headers()
    # As another replica would have written it: this one has not read the list yet.
    await sql("UPDATE accounts SET role = 'customer' WHERE id = :id", id=eve.account["id"])
    for person, body in ((root, {"disabled": True}), (ann, {"role": "admin"}), (ann, {"disabled": True})):
        assert (await patch(eve, person, body, headers)).status_code == 403
    path = f"/auth/users/{ann.account['id']}"
    assert (await eve.service.delete(f"{path}/sessions", headers=headers)).status_code == 403
    assert (await eve.service.post(f"{path}/password-reset", headers=headers)).status_code == 403
    assert (await eve.service.delete(f"{path}/second-factor", headers=headers)).status_code == 403
    invited = await eve.service.post("/auth/invitations", json={"role": "admin"}, headers=headers)
    assert invited.status_code == 403


async def test_sessions_of_an_account_are_shown_and_ended(root, ann, sign_up):
    bob = await sign_up("bob@example.org")
    headers, bobs = await root.headers(), await bob.headers()
    tokens = await ann.sign_in()
    path = f"/auth/users/{ann.account['id']}/sessions"
    [session] = (await root.service.get(path, headers=headers)).json()["items"]
    assert (session["address"], session["current"], session["second_factor"]) == ("127.0.0.1", False, False)
    own = await root.service.get(f"/auth/users/{root.account['id']}/sessions", headers=headers)
    assert [one["current"] for one in own.json()["items"]] == [True]

    assert (await root.service.delete(path, headers=headers)).status_code == 204

    assert (await ann.service.post("/auth/refresh", data=tokens)).status_code == 401
    assert (await root.service.get(path, headers=headers)).json()["items"] == []
    assert (await bob.service.get("/auth/me", headers=bobs)).status_code == 200


async def test_a_lost_second_factor_is_reset_and_its_owner_signed_out(root, ann, app):
    headers, path = await root.headers(), f"/auth/users/{ann.account['id']}"
    assert (await root.service.get(path, headers=headers)).json()["second_factor"] is True
    listed = (await root.service.get("/auth/users?q=ann", headers=headers)).json()["items"]
    assert [one["second_factor"] for one in listed] == [True]
    for _ in range(2):
        assert (await root.service.delete(f"{path}/second-factor", headers=headers)).status_code == 204
    assert (await root.service.get(path, headers=headers)).json()["second_factor"] is False
    assert (await ann.service.get("/auth/me", headers=app.headers)).status_code == 401
    await ann.sign_in()
    events = (await root.service.get("/auth/audit?action=second_factor.disabled", headers=headers)).json()
    assert [(one["actor"]["email"], one["subject"]["email"]) for one in events["items"]] == [(root.email, ann.email)]


async def test_a_link_for_another_password_is_mailed_and_nobody_else_sees_it(mailbox):
    root, ann = await mailbox.sign_up("root@example.org"), await mailbox.sign_up("ann@example.org")
    headers, path = await root.headers(), f"/auth/users/{ann.account['id']}/password-reset"
    answer = await root.service.post(path, headers=headers)
    assert (answer.status_code, answer.json()) == (202, {})
    ann.password = "another horse battery"
    answer = await mailbox.confirm("password-reset", await mailbox.token(), password=ann.password)
    assert answer.status_code == 204
    assert (await mailbox.mails())[-1]["to"] == ann.email
    await ann.sign_in()
    events = (await root.service.get("/auth/audit?action=password.reset_asked", headers=headers)).json()
    assert [(one["actor"]["email"], one["subject"]["email"]) for one in events["items"]] == [(root.email, ann.email)]


async def test_where_there_is_no_mail_no_link_is_promised(root, ann):
    path = f"/auth/users/{ann.account['id']}/password-reset"
    answer = await root.service.post(path, headers=await root.headers())
    assert (answer.status_code, answer.json()["code"]) == (409, "mail_not_configured")


REQUESTS = [
    ("GET", "/auth/users", None),
    ("GET", "/auth/users/{id}", None),
    ("PATCH", "/auth/users/{id}", {"role": "admin"}),
    ("GET", "/auth/users/{id}/sessions", None),
    ("DELETE", "/auth/users/{id}/sessions", None),
    ("DELETE", "/auth/users/{id}/second-factor", None),
    ("POST", "/auth/users/{id}/password-reset", None),
    ("GET", "/auth/invitations", None),
    ("POST", "/auth/invitations", {"role": "admin"}),
    ("DELETE", "/auth/invitations/{id}", None),
    ("GET", "/auth/audit", None),
    ("GET", "/auth/audit/export", None),
]


async def test_only_administrators_administer_and_an_unknown_id_is_not_found(root, ann, with_role, sql):
    heads = {role: await (await with_role(f"{role}@example.org", role)).headers() for role in ("customer", "staff")}
    heads["editor"] = await ann.headers()
    admin = await root.headers()
    before = await sql("SELECT count(*) FROM audit_events")
    for method, path, body in REQUESTS:
        own = path.replace("{id}", ann.account["id"])
        assert (await ann.service.request(method, own, json=body)).status_code == 401, path
        for role, headers in heads.items():
            answer = await ann.service.request(method, own, json=body, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed"), (role, path)
        if "{id}" in path:
            answer = await ann.service.request(method, path.replace("{id}", UNKNOWN), json=body, headers=admin)
            assert answer.status_code == 404, path
            answer = await ann.service.request(method, path.replace("{id}", "1%27--"), json=body, headers=admin)
            assert answer.status_code == 422, path
    assert await sql("SELECT count(*) FROM audit_events") == before
    assert await sql("SELECT role FROM accounts WHERE id = :id", id=ann.account["id"]) == [("editor",)]
