import asyncio
from collections import Counter

import pytest

from auth_service.places import Place

PASSWORD = "correct horse battery"


async def sign_in(service, username, password=PASSWORD, **headers):
    return await service.post("/auth/login", data={"username": username, "password": password}, headers=headers)


async def guess(service, username, **headers):
    return (await sign_in(service, username, "wrong horse battery", **headers)).status_code


def shown(answer):
    body = answer.json()
    del body["request_id"]
    return answer.status_code, body


async def test_two_hundred_guesses_at_once_get_no_further_than_ten(ann, started):
    async with started() as replica:
        guesses = [guess(service, ann.email) for service in (ann.service, replica) for _ in range(100)]
        answers = Counter(await asyncio.gather(*guesses))
    assert 0 < answers[401] <= 10
    assert set(answers) <= {401, 429, 503}  # who waited too long for a connection got no further either


@pytest.mark.usefixtures("ann")
async def test_too_many_guesses_are_answered_alike_whether_there_is_such_an_account_or_not(started):
    async with started(limit_account_and_address="2/hour") as service:
        answers = []
        for username in ("ann@example.org", "nobody@example.org", "no address", "ann@example.org\0"):
            assert [await guess(service, username) for _ in range(2)] == [401, 401]
            answers.append(await sign_in(service, username))
        assert all(1600 < int(answer.headers["Retry-After"]) <= 1800 for answer in answers)

    assert shown(answers[0])[0] == 429
    assert shown(answers[0])[1]["code"] == "too_many_attempts"
    assert all(shown(answer) == shown(answers[0]) for answer in answers)


async def test_what_succeeds_does_not_count(ann, started):
    async with started(limit_account_and_address="2/hour", limit_address="2/hour", limit_account="2/hour") as service:
        for _ in range(4):
            assert (await sign_in(service, ann.email)).status_code == 200
        assert [await guess(service, ann.email) for _ in range(3)] == [401, 401, 429]


@pytest.mark.usefixtures("_real_hashes")
async def test_what_could_not_be_compared_does_not_count(ann, started):
    async with started(limit_account_and_address="4/hour", concurrent_hashes=1, waiting_hashes=0) as service:
        at_once = await asyncio.gather(*(sign_in(service, ann.email) for _ in range(4)))
        assert {answer.status_code for answer in at_once} == {200, 503}
        assert [await guess(service, ann.email) for _ in range(5)] == [401, 401, 401, 401, 429]


async def test_attempts_are_forgotten_one_after_the_other_however_often_one_tries_meanwhile(ann, started, sql):
    async with started(limit_account_and_address="2/hour") as service:
        assert [await guess(service, ann.email) for _ in range(6)] == [401, 401, 429, 429, 429, 429]
        await sql("UPDATE attempt_counters SET empties_at = empties_at - interval '31 minutes'")
        assert [await guess(service, ann.email) for _ in range(2)] == [401, 429]
        await sql("UPDATE attempt_counters SET empties_at = empties_at - interval '31 minutes'")
        assert (await sign_in(service, ann.email)).status_code == 200


async def test_what_is_refused_for_one_account_is_not_held_against_another(ann, started, at):
    async with started(limit_account_and_address="1/hour", limit_address="3/hour") as service:
        tried = [await guess(service, ann.email, **at("203.0.113.9")) for _ in range(4)]
        assert tried == [401, 429, 429, 429]
        others = [await guess(service, f"reader{number}@example.org", **at("203.0.113.9")) for number in range(3)]
        assert others == [401, 401, 429]


async def test_one_address_cannot_try_many_accounts(ann, started, at):
    async with started(limit_address="3/hour") as service:
        tried = [await guess(service, f"reader{number}@example.org", **at("203.0.113.9")) for number in range(4)]
        assert tried == [401, 401, 401, 429]
        assert (await sign_in(service, ann.email, **at("203.0.113.9"))).status_code == 429
        assert (await sign_in(service, ann.email, **at("203.0.113.10"))).status_code == 200


async def test_an_ipv6_network_is_one_client(started, at):
    async with started(limit_address="2/hour") as service:
        addresses = ["2001:db8::1", "2001:db8::2", "2001:db8:0:0:ffff::3", "2001:db8:0:1::1"]
        assert [await guess(service, f"{n}@x.org", **at(a)) for n, a in enumerate(addresses)] == [401, 401, 429, 401]


async def test_nobody_gets_more_attempts_by_making_up_addresses(ann, started):
    async with started(limit_address="2/hour") as service:
        made_up = [{"X-Forwarded-For": f"203.0.113.{number}", "X-Internal-Gateway": "x"} for number in range(3)]
        assert [await guess(service, ann.email, **headers) for headers in made_up] == [401, 401, 429]


async def test_strangers_cannot_lock_the_owner_out(ann, started, at, sql):
    async with started(limit_account="3/hour", limit_account_and_address="2/hour") as service:
        home, also_home, elsewhere = at("2001:db8:1:2::5"), at("2001:db8:1:2::6"), at("198.51.100.1")
        assert (await sign_in(service, ann.email, **home)).status_code == 200
        await sql("DELETE FROM sessions")  # as some time after signing out
        for account in (ann.email, "nobody@example.org"):
            strangers = [await guess(service, account, **at(f"203.0.113.{number}")) for number in range(5)]
            assert strangers == [401, 401, 401, 429, 429]

        assert (await sign_in(service, ann.email, **elsewhere)).status_code == 429
        assert (await sign_in(service, ann.email, **home)).status_code == 200
        # Who shares that network with the owner may not try for ever either.
        assert [await guess(service, ann.email, **also_home) for _ in range(3)] == [401, 401, 429]


async def test_where_a_session_moved_to_is_known_too(ann, started, at):
    async with started(limit_account="1/hour") as service:
        tokens = (await sign_in(service, ann.email, **at("198.51.100.1"))).json()
        form = {"refresh_token": tokens["refresh_token"]}
        await service.post("/auth/refresh", data=form, headers=at("198.51.100.2"))
        assert await guess(service, ann.email, **at("203.0.113.1")) == 401
        assert await guess(service, ann.email, **at("203.0.113.2")) == 429
        assert (await sign_in(service, ann.email, **at("198.51.100.2"))).status_code == 200


async def test_an_owner_who_proved_it_by_mail_may_try_again(ann, application, database, started, at):
    throttle = application.state.services.throttle
    async with started(limit_account="2/hour", limit_account_and_address="1/hour") as service:
        assert [await guess(service, ann.email, **at(f"203.0.113.{n}")) for n in (1, 1, 2, 3)] == [401, 429, 401, 429]
        for address in ("203.0.113.1", "203.0.113.3"):
            async with database.transaction() as session:
                await throttle.forgive(session, account_id=ann.account["id"], account=ann.email, place=Place(address))
            assert (await sign_in(service, ann.email, **at(address))).status_code == 200
        assert await guess(service, ann.email, **at("203.0.113.4")) == 429


async def test_guesses_of_the_current_password_count_as_those_to_sign_in_do(ann, started):
    headers = await ann.headers()
    body = {"current_password": "wrong horse battery", "new_password": "battery horse correct"}
    async with started(limit_account_and_address="3/hour") as service:
        changes = [await service.post("/auth/me/password", json=body, headers=headers) for _ in range(2)]
        begun = await service.post("/auth/me/second-factor", json={"current_password": "x"}, headers=headers)
        assert [answer.status_code for answer in (*changes, begun)] == [403, 403, 403]
        refused = await service.post("/auth/me/password", json=body | {"current_password": PASSWORD}, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_attempts")
        assert (await sign_in(service, ann.email)).status_code == 429


async def test_one_address_signs_up_only_so_often(started, at):
    async def sign_up(number, address):
        body = {"email": f"reader{number}@example.org", "password": PASSWORD}
        return (await service.post("/auth/register", json=body, headers=at(address))).status_code

    async with started(signup="open", limit_registrations="3/hour") as service:
        assert [await sign_up(n, "203.0.113.1") for n in (1, 2, 1, 3)] == [201, 201, 409, 429]
        assert await sign_up(3, "203.0.113.2") == 201


async def test_the_trail_tells_of_a_flood_once(ann, started, trail, at):
    async with started(limit_account="1/hour", limit_address="2/hour") as service:
        for number in range(4):
            await guess(service, ann.email, **at(f"203.0.113.{number}"))
        for number in range(4):
            await guess(service, f"reader{number}@example.org", **at("198.51.100.1"))
    assert await trail("session.refused") == [("session.refused", {"reason": "password"})] * 3
    assert await trail("session.throttled") == [("session.throttled", {"purpose": "password"})] * 2


async def test_the_counters_do_not_tell_who_tried(ann, at, sql):
    await guess(ann.service, ann.email, **at("203.0.113.77"))
    await sign_in(ann.service, ann.email, **at("203.0.113.77"))
    counters = await sql("SELECT convert_from(key, 'LATIN1') AS key FROM attempt_counters")
    places = await sql("SELECT convert_from(client, 'LATIN1') AS key FROM known_places")
    assert (len(counters), len(places)) == (4, 1)  # one counter is of signing up
    assert all(len(row.key) == 32 and "ann" not in row.key and "203" not in row.key for row in (*counters, *places))


async def test_counters_and_places_are_swept_once_they_are_of_no_use(ann, started, sql, eventually):
    await ann.sign_in()
    assert len(await sql("SELECT 1 FROM attempt_counters WHERE empties_at > now()")) == 1  # signing up
    await sql("UPDATE known_places SET seen_at = now() - interval '91 days'")
    async with started(cleaning_seconds=1):
        await eventually(lambda: sql("SELECT 1 FROM attempt_counters"), lambda rows: len(rows) == 1)
        await eventually(lambda: sql("SELECT 1 FROM known_places"), lambda rows: not rows)


async def test_the_counters_are_not_written_to_the_log_of_the_database(sql):
    [(persistence,)] = await sql("SELECT relpersistence FROM pg_class WHERE relname = 'attempt_counters'")
    assert persistence in {"u", b"u"}


async def test_without_limits_nothing_is_counted(ann, started, sql):
    await sql("TRUNCATE attempt_counters")
    none = dict.fromkeys(("limit_address", "limit_account", "limit_account_and_address"), "none")
    async with started(**none) as service:
        assert [await guess(service, ann.email) for _ in range(12)] == [401] * 12
    assert not await sql("SELECT 1 FROM attempt_counters")
