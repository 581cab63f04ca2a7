import csv
import io
import json
from functools import partial

import asyncpg
import pytest

from auth_service import audit_command


@pytest.fixture
def auditor(operator):
    """Give a function that runs the operator's command for the audit trail."""
    return partial(operator, command=audit_command)


async def events(root, query="", headers=None):
    answer = await root.service.get(f"/auth/audit?{query}", headers=headers or await root.headers())
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_what_is_done_to_accounts_is_told_newest_first(root, sign_up):
    ann = await sign_up("ann@example.org")
    headers = {**await ann.headers(), "User-Agent": "Lynx"}
    await ann.service.patch("/auth/me", json={"full_name": "Ann"}, headers=headers)
    change = {"current_password": ann.password, "new_password": "another horse battery"}
    await ann.service.post("/auth/me/password", json=change, headers=headers)
    roots = await root.headers()
    path = f"/auth/users/{ann.account['id']}"
    await root.service.patch(path, json={"role": "staff", "disabled": True}, headers=roots)

    page = await events(root, f"subject={ann.account['id']}", roots)

    told = [(one["action"], one["actor"]["email"], one["detail"]) for one in page["items"]]
    assert told == [
        ("account.disabled", "root@example.org", {"sessions": 1, "api_keys": 0}),
        ("account.role_changed", "root@example.org", {"from": "editor", "to": "staff"}),
        ("password.changed", "ann@example.org", {"sessions": 0}),
        ("account.renamed", "ann@example.org", {}),
        ("session.started", "ann@example.org", {}),
        ("account.created", "ann@example.org", {"role": "editor"}),
    ]
    assert (page["items"][3]["address"], page["items"][3]["user_agent"]) == ("127.0.0.1", "Lynx")


async def test_events_are_found_by_who_whom_what_and_when(root, ann, sql):
    headers = await root.headers()
    await ann.sign_in()
    path = f"/auth/users/{ann.account['id']}"
    await root.service.patch(path, json={"role": "staff"}, headers=headers)

    async def numbers(query):
        return [one["number"] for one in (await events(root, query, headers))["items"]]

    everything = await numbers("limit=100")
    assert everything == list(range(len(everything), 0, -1))
    created_root, created_ann, root_in, ann_in, changed = reversed(everything)
    assert await numbers("actor=ROOT@example.org") == [changed, root_in, created_root]
    assert await numbers(f"actor={root.account['id']}&subject=ann@example.org") == [changed]
    assert await numbers("action=account.created&action=account.role_changed") == [changed, created_ann, created_root]
    assert await numbers("actor=nobody@example.org") == await numbers("subject=not an account") == []
    [(middle,)] = await sql("SELECT at FROM audit_events WHERE number = :n", n=root_in)
    at = middle.isoformat().replace("+00:00", "")  # in UTC, where it does not say
    assert await numbers(f"since={at}") == [changed, ann_in, root_in]
    assert await numbers(f"until={at}Z") == [created_ann, created_root]
    first = await events(root, "action=session.started&limit=1", headers)
    url = f"action=session.started&limit=1&cursor={first['next_cursor']}"
    assert [one["number"] for one in (await events(root, url, headers))["items"]] == [root_in]
    for query in ("action=nonsense", "since=yesterday", "limit=101", "who=ann"):
        answer = await root.service.get(f"/auth/audit?{query}", headers=headers)
        assert answer.status_code == 422, query


async def test_an_export_runs_no_formula_and_is_an_event_itself(root, ann):
    formula = "=HYPERLINK(\"https://evil.example\",'x')"
    headers = {**await root.headers(), "User-Agent": formula}
    await root.service.patch(f"/auth/users/{ann.account['id']}", json={"role": "staff"}, headers=headers)

    answer = await root.service.get("/auth/audit/export?action=account.role_changed", headers=headers)

    assert answer.headers["Content-Type"].startswith("text/csv")
    assert 'attachment; filename="audit-' in answer.headers["Content-Disposition"]
    [row] = csv.DictReader(io.StringIO(answer.text))
    assert row["user_agent"] == f"'{formula}"
    assert (row["actor_email"], row["subject_email"], row["address"]) == (root.email, ann.email, "127.0.0.1")
    assert json.loads(row["detail"]) == {"from": "editor", "to": "staff"}

    answer = await root.service.get("/auth/audit/export?format=jsonl", headers=headers)
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["number"] for line in lines] == list(range(1, len(lines) + 1))
    assert [line["action"] for line in lines][-2:] == ["audit.exported", "audit.exported"]
    assert lines[-2]["detail"] == {"format": "csv", "action": ["account.role_changed"]}
    assert lines[-3]["user_agent"] == formula


async def test_an_export_is_read_in_parts(root, monkeypatch):
    monkeypatch.setattr("auth_service.audit.repository.AT_A_TIME", 2)
    for number in range(5):
        await root.service.patch("/auth/me", json={"full_name": f"R{number}"}, headers=await root.headers())
    answer = await root.service.get("/auth/audit/export?format=jsonl", headers=await root.headers())
    numbers = [json.loads(line)["number"] for line in answer.text.splitlines()]
    assert numbers == list(range(1, 14))


@pytest.fixture
async def trail_of_five(ann, sql):
    for _ in range(4):
        await ann.sign_in()
    assert await sql("SELECT count(*) FROM audit_events") == [(5,)]


@pytest.fixture
def superuser(postgres):
    """Give a function with which PostgreSQL's superuser goes past the trigger."""

    async def tamper(*statements):
        connection = await asyncpg.connect(postgres.url("auth"))
        await connection.execute("SET session_replication_role = replica")
        for statement in statements:
            await connection.execute(statement)
        await connection.close()

    return tamper


@pytest.mark.usefixtures("trail_of_five")
@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_events SET action = 'x'", "DELETE FROM audit_events WHERE number = 5", "TRUNCATE audit_events"],
)
async def test_the_database_refuses_its_own_service_to_change_the_trail(sql, statement):
    with pytest.raises(Exception, match="the audit trail cannot be changed"):
        await sql(statement)
    assert await sql("SELECT count(*) FROM audit_events") == [(5,)]


@pytest.mark.usefixtures("trail_of_five")
async def test_a_whole_trail_is_said_to_be_whole_with_what_to_note_down(auditor, sql):
    [(seal,)] = await sql("SELECT encode(seal, 'hex') FROM audit_events WHERE number = 5")
    said = f"Events: 5. Each fits the one before it.\nThe last that fits: 5:{seal}\n"
    assert await auditor("verify") == (0, said, "")
    assert await auditor("verify", "--noted", f"5:{seal}") == (0, said, "")


COPY = """
    INSERT INTO audit_events SELECT {}, at, action, actor, subject, address, user_agent, detail, seal
    FROM audit_events WHERE number = 5
"""


@pytest.mark.usefixtures("trail_of_five")
@pytest.mark.parametrize(
    ("statements", "number", "reason"),
    [
        (["UPDATE audit_events SET actor = NULL WHERE number = 3"], 3, "it is not what was sealed"),
        (["UPDATE audit_events SET at = at + interval '1 second' WHERE number = 1"], 1, "it is not what was sealed"),
        (["UPDATE audit_events SET address = '192.0.2.1' WHERE number = 2"], 2, "it is not what was sealed"),
        (['UPDATE audit_events SET detail = \'{"role": "admin"}\' WHERE number = 1'], 1, "it is not what was sealed"),
        (["UPDATE audit_events SET seal = sha256('x') WHERE number = 4"], 4, "it is not what was sealed"),
        (["DELETE FROM audit_events WHERE number = 3"], 3, "it is missing"),
        (["DELETE FROM audit_events WHERE number IN (1, 2)"], 1, "it is missing"),
        (
            [
                "DELETE FROM audit_events WHERE number = 3",
                "UPDATE audit_events SET number = 3 WHERE number = 4",
                "UPDATE audit_events SET number = 4 WHERE number = 5",
            ],
            3,
            "it is not what was sealed",
        ),
        (
            [
                "UPDATE audit_events SET number = 9 WHERE number = 2",
                "UPDATE audit_events SET number = 2 WHERE number = 4",
                "UPDATE audit_events SET number = 4 WHERE number = 9",
            ],
            2,
            "it is not what was sealed",
        ),
        (
            [COPY.format(6)],
            6,
            "it is not what was sealed",
        ),
        (
            [COPY.format(0)],
            0,
            "there is no such number",
        ),
    ],
)
async def test_what_even_a_superuser_did_to_the_trail_is_found(auditor, superuser, statements, number, reason):
    await superuser(*statements)
    code, _, said = await auditor("verify")
    assert (code, said) == (1, f"Event {number} does not fit: {reason}.\n")


@pytest.mark.usefixtures("trail_of_five")
async def test_an_event_of_another_trail_does_not_fit_though_its_number_does(auditor, superuser, ann):
    await superuser("CREATE TABLE other AS SELECT * FROM audit_events WHERE number = 3", "TRUNCATE audit_events")
    for _ in range(5):
        await ann.sign_in()
    await superuser(
        "DELETE FROM audit_events WHERE number = 3", "INSERT INTO audit_events TABLE other", "DROP TABLE other"
    )
    code, _, said = await auditor("verify")
    assert (code, said) == (1, "Event 3 does not fit: it is not what was sealed.\n")


@pytest.mark.usefixtures("trail_of_five")
async def test_what_was_cut_off_the_end_is_missed_by_what_was_noted_down(auditor, superuser, ann):
    _, printed, _ = await auditor("verify")
    noted = printed.split()[-1]
    await superuser("DELETE FROM audit_events WHERE number >= 4")
    assert (await auditor("verify"))[0] == 0
    code, _, said = await auditor("verify", "--noted", noted)
    assert (code, said) == (1, "Event 4 does not fit: it is missing.\n")
    # Also when the service went on, and other events have taken their numbers.
    for _ in range(3):
        await ann.sign_in()
    code, _, said = await auditor("verify", "--noted", noted)
    assert (code, said) == (1, "Event 5 does not fit: it has another seal than the one that was noted down.\n")


@pytest.mark.usefixtures("service")
async def test_an_empty_trail_is_said_to_be_empty(auditor):
    assert await auditor("verify") == (0, "The audit trail is empty.\n", "")


@pytest.mark.parametrize("noted", ["", "5", "5:", "x:00", "5:00", "0:" + "00" * 32])
def test_what_was_noted_down_wrongly_is_explained(noted, capsys):
    with pytest.raises(SystemExit) as stopped:
        audit_command.main(["verify", "--noted", noted])
    assert stopped.value.code == 2
    assert "NUMBER:SEAL" in capsys.readouterr().err


async def test_the_operators_own_deeds_are_in_the_trail_and_so_is_an_export(operator, auditor, ann):
    for arguments in (
        ("set-role", ann.email, "staff"),
        ("reset-password", ann.email, "--generate"),
        ("create-admin", "root@example.org", "--generate"),
        ("invite", "bob@example.org", "--role", "editor"),
    ):
        assert (await operator(*arguments))[0] == 0
    code, printed, _ = await auditor("export", "--format", "jsonl")
    assert code == 0
    lines = [json.loads(line) for line in printed.splitlines()]
    told = [(line["action"], line["actor"], line["detail"].get("by")) for line in lines[1:]]
    assert told == [
        ("account.role_changed", None, "operator"),
        ("password.reset", None, "operator"),
        ("account.created", None, "operator"),
        ("invitation.made", None, "operator"),
        ("audit.exported", None, "operator"),
    ]
    assert "example.org" not in json.dumps([line["detail"] for line in lines])
