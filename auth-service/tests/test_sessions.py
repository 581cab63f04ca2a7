import asyncio
import base64
import json

import pytest


def bearer(tokens):
    return {"Authorization": f"Bearer {tokens['access_token']}"}


def session_of(tokens):
    part = tokens["access_token"].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))["sid"]


async def sessions_of(service, tokens, **query):
    answer = await service.get("/auth/sessions", params=query, headers=bearer(tokens))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def revoked(service):
    return (await service.get("/internal/revocations")).json()["sessions"]


async def test_the_list_tells_where_one_is_signed_in_and_which_session_asks(ann, sign_up, at):
    await (await sign_up("bob@example.org")).sign_in()
    old = (await ann.login(headers=at("203.0.113.5", **{"User-Agent": "Phone/1.0\t\x7f"}))).json()
    new = (await ann.login(headers=at("2001:db8::7", **{"User-Agent": "Laptop/2.0"}))).json()

    listed = await sessions_of(ann.service, new)

    assert listed["total"] == 2
    assert [item["id"] for item in listed["items"]] == [session_of(new), session_of(old)]
    assert [item["current"] for item in listed["items"]] == [True, False]
    assert [item["address"] for item in listed["items"]] == ["2001:db8::7", "203.0.113.5"]
    assert [item["user_agent"] for item in listed["items"]] == ["Laptop/2.0", "Phone/1.0"]
    assert [item["second_factor"] for item in listed["items"]] == [False, False]


async def test_a_refresh_tells_from_where_the_session_is_used_now(ann, at, sql):
    tokens = (await ann.login(headers=at("203.0.113.5"))).json()
    await sql("UPDATE sessions SET refreshed_at = refreshed_at - interval '1 hour'")
    [before] = (await sessions_of(ann.service, tokens))["items"]

    form = {"refresh_token": tokens["refresh_token"]}
    await ann.service.post("/auth/refresh", data=form, headers=at("203.0.113.6", **{"User-Agent": "Laptop/2.1"}))

    [after] = (await sessions_of(ann.service, tokens))["items"]
    assert (after["address"], after["user_agent"]) == ("203.0.113.6", "Laptop/2.1")
    assert after["last_used_at"] > before["last_used_at"]
    assert after["created_at"] == before["created_at"]


async def test_the_list_comes_in_pages(ann):
    tokens = [await ann.sign_in() for _ in range(5)]
    newest_first = [session_of(one) for one in reversed(tokens)]
    first = await sessions_of(ann.service, tokens[0], limit=2)
    second = await sessions_of(ann.service, tokens[0], limit=2, cursor=first["next_cursor"])
    back = await sessions_of(ann.service, tokens[0], limit=2, cursor=second["prev_cursor"])
    assert [item["id"] for item in (*first["items"], *second["items"])] == newest_first[:4]
    assert back["items"] == first["items"]


@pytest.mark.parametrize(
    "over",
    [
        "UPDATE sessions SET ended_at = now() WHERE id = :id",
        "UPDATE sessions SET refreshed_at = now() - interval '31 days' WHERE id = :id",
        "UPDATE sessions SET created_at = now() - interval '181 days' WHERE id = :id",
    ],
)
async def test_what_is_over_is_not_listed(ann, sql, over):
    other, here = await ann.sign_in(), await ann.sign_in()
    await sql(over, id=session_of(other))
    listed = await sessions_of(ann.service, here)
    assert ([item["id"] for item in listed["items"]], listed["total"]) == ([session_of(here)], 1)


async def test_a_session_can_be_ended_from_another_one(ann, trail):
    other, here = await ann.sign_in(), await ann.sign_in()

    ended = await ann.service.delete(f"/auth/sessions/{session_of(other)}", headers=bearer(here))

    assert (ended.status_code, ended.content) == (204, b"")
    assert await revoked(ann.service) == [session_of(other)]
    assert (await ann.service.get("/auth/me", headers=bearer(other))).status_code == 401
    form = {"refresh_token": other["refresh_token"]}
    assert (await ann.service.post("/auth/refresh", data=form)).status_code == 401
    assert (await ann.service.get("/auth/me", headers=bearer(here))).status_code == 200
    assert await trail("session.ended") == [("session.ended", {"session": session_of(other)})]
    again = await ann.service.delete(f"/auth/sessions/{session_of(other)}", headers=bearer(here))
    assert (again.status_code, again.json()["code"]) == (404, "session_not_found")


async def test_somebody_elses_session_is_neither_seen_nor_ended(ann, sign_up):
    hers = await ann.sign_in()
    his = await (await sign_up("bob@example.org")).sign_in()

    answer = await ann.service.delete(f"/auth/sessions/{session_of(hers)}", headers=bearer(his))

    assert (answer.status_code, answer.json()["code"]) == (404, "session_not_found")
    assert [item["id"] for item in (await sessions_of(ann.service, his))["items"]] == [session_of(his)]
    assert (await ann.service.delete("/auth/sessions", headers=bearer(his))).status_code == 204
    assert (await ann.service.get("/auth/me", headers=bearer(hers))).status_code == 200


async def test_all_others_can_be_ended_or_all(ann, trail):
    others, here = [await ann.sign_in() for _ in range(2)], await ann.sign_in()

    kept = await ann.service.delete("/auth/sessions", params={"keep_current": True}, headers=bearer(here))
    assert kept.status_code == 204
    assert set(await revoked(ann.service)) == {session_of(other) for other in others}
    assert (await ann.service.get("/auth/me", headers=bearer(here))).status_code == 200

    assert (await ann.service.delete("/auth/sessions", headers=bearer(here))).status_code == 204
    assert len(await revoked(ann.service)) == 3
    assert (await ann.service.get("/auth/me", headers=bearer(here))).status_code == 401
    assert [detail for _, detail in await trail("sessions.ended")] == [{"sessions": 2}, {"sessions": 1}]


async def test_twenty_refreshes_at_once_through_two_processes_get_the_same_token(ann, started, sql):
    form = {"refresh_token": (await ann.sign_in())["refresh_token"]}
    async with started() as replica:
        services = [ann.service, replica] * 10
        answers = await asyncio.gather(*(service.post("/auth/refresh", data=form) for service in services))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    assert len(await sql("SELECT 1 FROM refresh_tokens")) == 2


async def test_the_trail_tells_of_signing_in_and_out_and_of_a_stolen_refresh_token(ann, trail, sql, at):
    tokens = (await ann.login(headers=at("203.0.113.5"))).json()
    form = {"refresh_token": tokens["refresh_token"]}
    await ann.service.post("/auth/refresh", data=form)
    await sql("UPDATE refresh_tokens SET rotated_at = rotated_at - interval '31 seconds'")
    for _ in range(2):
        await ann.service.post("/auth/refresh", data=form, headers=at("198.51.100.3"))
    await ann.login(password="wrong horse battery")
    await ann.service.post("/auth/logout", headers=await ann.headers())

    told = [action for action, _ in await trail() if action.startswith("session.")]
    assert told == [
        *("session.started", "session.refresh_token_reused", "session.refused", "session.started", "session.ended")
    ]
    reuse = "SELECT actor, subject, host(address), detail FROM audit_events WHERE action LIKE '%reused'"
    [(actor, subject, address, detail)] = await sql(reuse)
    assert (actor, str(subject), address) == (None, ann.account["id"], "198.51.100.3")
    assert detail == {"session": session_of(tokens)}


async def test_the_trail_never_holds_what_was_typed(ann, sql):
    await ann.login(password="wrong horse battery")
    await ann.login(username="nobody@example.org")
    [(everything,)] = await sql("SELECT string_agg(audit_events::text, ' ') FROM audit_events")
    assert "horse" not in everything
    assert "@" not in everything
