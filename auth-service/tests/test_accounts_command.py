import pytest

from auth_service.accounts.emails import EmailAddress
from auth_service.accounts.operations import AccountOperations
from auth_service.accounts.password_policy import PasswordPolicy
from auth_service.accounts.passwords import PasswordHasher
from auth_service.accounts.roles import Role
from auth_service.accounts_command import main
from auth_service.audit.trail import AuditTrail

DATA_SECRET = "what-1s-encrypted-is-encrypted-with-it"


async def test_an_operator_makes_an_administrator_where_nobody_may_sign_up(operator, started):
    async with started(signup="closed") as service:
        done = await operator(
            "create-admin", "Ann@Example.org", "--name", "Ann", "--password-stdin", stdin="correct horse\n"
        )
        tokens = await service.post("/auth/login", data={"username": "ann@example.org", "password": "correct horse"})
        headers = {"Authorization": f"Bearer {tokens.json()['access_token']}"}
        account = (await service.get("/auth/me", headers=headers)).json()

    assert (done.returncode, done.stdout, done.stderr) == (0, "Ann@example.org is an administrator now.\n", "")
    assert (account["role"], account["full_name"]) == ("admin", "Ann")
    assert "accounts:manage" in account["scopes"]


async def test_a_generated_password_is_shown_once_and_works(operator, service):
    done = await operator("create-admin", "ann@example.org", "--generate")
    password = done.stdout.splitlines()[-1].removeprefix("Password: ")
    answer = await service.post("/auth/login", data={"username": "ann@example.org", "password": password})
    assert answer.status_code == 200


async def test_another_role_bites_within_seconds_and_a_refresh_gives_it(operator, ann, eventually):
    tokens = await ann.sign_in()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert (await ann.service.get("/auth/me", headers=headers)).status_code == 200

    done = await operator("set-role", "ann@example.org", "staff")

    assert done.returncode == 0
    await eventually(lambda: ann.service.get("/auth/me", headers=headers), lambda answer: answer.status_code == 401)
    renewed = (await ann.service.post("/auth/refresh", data={"refresh_token": tokens["refresh_token"]})).json()
    assert "orders:manage" in renewed["scope"]
    headers = {"Authorization": f"Bearer {renewed['access_token']}"}
    assert (await ann.service.get("/auth/me", headers=headers)).json()["role"] == "staff"


async def test_changes_within_one_second_each_refuse_the_tokens_from_before(ann, database):
    """Tokens hold whole seconds, so that changes in a row must not let a token of one of them through."""
    trail = AuditTrail(DATA_SECRET.encode())
    policy = PasswordPolicy("Quire")
    operations = AccountOperations(database=database, passwords=PasswordHasher(), policy=policy, trail=trail)
    for role in (Role.STAFF, Role.CUSTOMER, Role.ADMIN):
        old = await ann.headers()
        assert await operations.set_role(EmailAddress.parse(ann.email), role)
        new = await ann.headers()
        await ann.service.post("/auth/logout", headers=await ann.headers())  # also has the service read the list anew

        assert (await ann.service.get("/auth/me", headers=old)).status_code == 401
        assert (await ann.service.get("/auth/me", headers=new)).json()["role"] == role


async def test_a_reset_password_signs_out_everywhere(operator, ann):
    tokens = await ann.sign_in()
    done = await operator("reset-password", ann.email, "--password-stdin", stdin="battery horse correct")

    assert (done.returncode, done.stdout) == (0, "ann@example.org has a new password. Sessions ended: 1.\n")
    form = {"username": ann.email, "password": ann.password}
    assert (await ann.service.post("/auth/login", data=form)).status_code == 401
    assert (await ann.service.post("/auth/refresh", data={"refresh_token": tokens["refresh_token"]})).status_code == 401
    assert len((await ann.service.get("/internal/revocations")).json()["sessions"]) == 1
    ann.password = "battery horse correct"
    await ann.sign_in()


async def test_all_accounts_are_listed(operator, ann, sign_up, sql):
    await sign_up("bob@example.org")
    await sql("UPDATE accounts SET disabled_at = now() WHERE email = 'bob@example.org'")
    done = await operator("list")
    assert done.stdout == "editor    ann@example.org\neditor    bob@example.org  (disabled)\n"
    assert ann.password not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("create-admin", "ann@example.org", "--generate"), "There is already an account with this e-mail address."),
        (("set-role", "nobody@example.org", "staff"), "There is no account with this e-mail address."),
        (("reset-password", "nobody@example.org", "--generate"), "There is no account with this e-mail address."),
        (("reset-password", "ann@example.org", "--password-stdin"), "The password must have at least 8 characters."),
    ],
)
async def test_what_cannot_be_done_is_said_in_one_sentence(operator, ann, arguments, sentence):
    done = await operator(*arguments)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"{sentence}\n")
    await ann.sign_in()


@pytest.mark.parametrize(
    "arguments",
    [(), ("set-role", "ann@example.org", "king"), ("set-role", "ann", "staff"), ("create-admin",), ("drop",)],
)
def test_a_wrong_call_is_explained(capsys, arguments):
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    assert stopped.value.code == 2
    assert capsys.readouterr().err.startswith("usage: python -m auth_service.accounts_command")
