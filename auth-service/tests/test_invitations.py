import asyncio
from urllib.parse import parse_qs, urlsplit

import pytest

PASSWORD = "correct horse battery"


async def invite(admin, headers=None, **fields):
    body = {"role": "staff"} | fields
    return await admin.service.post("/auth/invitations", json=body, headers=headers or await admin.headers())


def token_of(answer):
    assert answer.status_code == 201, answer.text
    return parse_qs(urlsplit(answer.json()["link"]).query)["token"][0]


async def register(service, email, token, **fields):
    body = {"email": email, "password": PASSWORD, "invitation": token} | fields
    return await service.post("/auth/register", json=body)


async def is_gone(service, token, email="late@example.org"):
    looked = await service.post("/auth/signup/invitation", json={"token": token})
    used = await register(service, email, token)
    return [(answer.status_code, answer.json()["code"]) for answer in (looked, used)] == [(410, "link_expired")] * 2


@pytest.fixture
async def invited_only(started, with_role):
    """Give a service where one signs up with an invitation alone, and an administrator there."""
    async with started(signup="invite") as service:
        root = await with_role("root@example.org", "admin")
        root.service = service
        yield root


async def test_an_invitation_lets_one_person_in_as_what_it_says(invited_only, sql):
    service = invited_only.service
    assert (await register(service, "eve@example.org", None)).status_code == 403
    made = await invite(invited_only, email="Ann@Example.org", expires_in_days=30)
    token = token_of(made)
    assert made.json()["link"] == f"http://localhost:8080/invitation?token={token}"
    assert made.headers["Cache-Control"] == "no-store"
    assert (made.json()["invited_by"]["email"], made.json()["state"]) == ("root@example.org", "open")
    looked = await service.post("/auth/signup/invitation", json={"token": token})
    assert looked.json() == {"email": "Ann@example.org", "role": "staff", "expires_at": made.json()["expires_at"]}

    other = await register(service, "eve@example.org", token)
    assert (other.status_code, other.json()["errors"][0]["loc"]) == (422, ["body", "email"])
    answer = await register(service, "ann@example.org", token)

    assert (answer.status_code, answer.json()["role"]) == (201, "staff")
    assert await is_gone(service, token)
    listed = (await service.get("/auth/invitations", headers=await invited_only.headers())).json()
    assert [(one["state"], "link" in one) for one in listed["items"]] == [("accepted", False)]
    # Nothing that is stored would open anything.
    [(stored,)] = await sql("SELECT invitations::text FROM invitations")
    assert token not in stored


async def test_a_used_invitation_is_used_once_by_however_many_at_once(invited_only, sql):
    token = token_of(await invite(invited_only, role="editor"))
    answers = await asyncio.gather(
        *(register(invited_only.service, f"reader{number}@example.org", token) for number in range(5))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 410, 410, 410, 410]
    assert await sql("SELECT count(*) FROM accounts") == [(2,)]


async def test_an_invitation_is_not_used_up_by_an_address_that_is_taken(invited_only):
    token = token_of(await invite(invited_only))
    taken = await register(invited_only.service, "root@example.org", token)
    assert (taken.status_code, taken.json()["code"]) == (409, "email_taken")
    assert (await register(invited_only.service, "ann@example.org", token)).status_code == 201


async def test_a_withdrawn_or_old_or_made_up_invitation_is_good_for_nothing(invited_only, sql):
    service, headers = invited_only.service, await invited_only.headers()
    made = await invite(invited_only, headers)
    withdrawn, path = token_of(made), f"/auth/invitations/{made.json()['id']}"
    for _ in range(2):
        assert (await service.delete(path, headers=headers)).status_code == 204
    assert await is_gone(service, withdrawn)
    old = token_of(await invite(invited_only, headers))
    await sql("UPDATE invitations SET expires_at = now() - interval '1 second' WHERE withdrawn_at IS NULL")
    for token in (old, old[:-1], old + "A", "", " ", "x" * 43, "x" * 200, "\u0660" * 43):
        assert await is_gone(service, token) or (token.strip() == "" and await is_nobody(service, token)), token
    states = [one["state"] for one in (await service.get("/auth/invitations", headers=headers)).json()["items"]]
    assert states == ["expired", "withdrawn"]


async def is_nobody(service, token):
    """Tell whether an empty invitation is none at all."""
    return (await register(service, "late@example.org", token)).json()["code"] == "signup_closed"


async def test_an_accepted_invitation_cannot_be_withdrawn(invited_only):
    headers = await invited_only.headers()
    made = await invite(invited_only, headers)
    await register(invited_only.service, "ann@example.org", token_of(made))
    answer = await invited_only.service.delete(f"/auth/invitations/{made.json()['id']}", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "invitation_ended")


@pytest.mark.parametrize("change", [{"role": "customer"}, {"disabled": True}])
async def test_an_administrator_who_is_deposed_leaves_no_link_behind(invited_only, with_role, change):
    eve = await with_role("eve@example.org", "admin")
    eve.service = invited_only.service
    hers, kept = token_of(await invite(eve, role="admin")), token_of(await invite(invited_only, role="editor"))
    path = f"/auth/users/{eve.account['id']}"
    answer = await eve.service.patch(path, json=change, headers=await invited_only.headers())
    assert answer.status_code == 200
    assert await is_gone(eve.service, hers)
    assert (await register(eve.service, "ann@example.org", kept)).status_code == 201


@pytest.mark.parametrize(
    "fields",
    [
        {"role": "king"},
        {"role": None},
        {"email": "ann"},
        {"expires_in_days": 0},
        {"expires_in_days": 31},
        {"token": "x" * 43},
        {"invited_by": None},
    ],
)
async def test_an_invitation_is_asked_for_rightly_or_not_made(root, sql, fields):
    assert (await invite(root, **fields)).status_code == 422
    assert await sql("SELECT count(*) FROM invitations") == [(0,)]


async def test_a_role_is_the_invitations_to_give_and_not_the_callers(root):
    token = token_of(await invite(root, role="customer"))
    for fields in ({"role": "admin"}, {"invited_by": root.account["id"]}):
        assert (await register(root.service, "ann@example.org", token, **fields)).status_code == 422
    assert (await register(root.service, "ann@example.org", token)).json()["role"] == "customer"


async def test_where_signing_up_is_closed_invitations_are_neither_made_nor_good(root, started):
    token = token_of(await invite(root))
    async with started(signup="closed") as service:
        made = await service.post("/auth/invitations", json={"role": "staff"}, headers=await root.headers())
        assert (made.status_code, made.json()["code"]) == (409, "signup_closed")
        used = await register(service, "ann@example.org", token)
        assert (used.status_code, used.json()["code"]) == (403, "signup_closed")
    assert (await register(root.service, "ann@example.org", token)).status_code == 201


async def test_the_first_account_of_a_local_run_is_the_administrator_still(started):
    async with started(signup="open", local_run=True) as service:
        assert (await register(service, "ann@example.org", None)).json()["role"] == "admin"
        assert (await register(service, "bob@example.org", None)).json()["role"] == "editor"


async def test_an_operator_prints_a_link_where_there_is_nobody_yet(operator, started):
    async with started(signup="invite") as service:
        done = await operator("invite", "Ann@example.org", "--role", "admin")
        assert (done.returncode, done.stderr) == (0, "")
        token = parse_qs(urlsplit(done.stdout.strip()).query)["token"][0]
        answer = await register(service, "ann@example.org", token)
        assert (answer.status_code, answer.json()["role"]) == (201, "admin")


async def test_an_invitation_for_an_address_is_mailed_with_the_link_that_is_shown(mailbox):
    root = await mailbox.sign_up("root@example.org")
    made = await invite(root, email="ann@example.org")
    await invite(root)
    [mail] = await mailbox.mails()
    assert (mail["to"], made.json()["link"] in mail["text"]) == ("ann@example.org", True)
    answer = await register(root.service, "ann@example.org", await mailbox.token())
    assert (answer.status_code, answer.json()["role"]) == (201, "staff")


async def test_invitations_that_ended_long_ago_are_deleted_with_their_addresses(application, root, sql):
    for name in ("withdrawn", "open", "expired"):
        await invite(root, email=f"{name}@example.org")
    await sql("UPDATE invitations SET withdrawn_at = now() - interval '91 days' WHERE email LIKE 'withdrawn%'")
    await sql("UPDATE invitations SET expires_at = now() - interval '89 days' WHERE email LIKE 'expired%'")
    await application.state.services.invitations.delete_old()
    assert await sql("SELECT email FROM invitations ORDER BY email") == [
        ("expired@example.org",),
        ("open@example.org",),
    ]
