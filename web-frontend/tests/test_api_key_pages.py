"""Listing, making and revoking API keys."""

import datetime as dt

import pytest
from browser import filled, form_of
from fake_gateway import PASSWORD
from words import links, said

PAGE, NEW = "/account/api-keys", "/account/api-keys/new"
EVIL = '<img src=x onerror=alert(1)>"{{7*7}}'


async def make(browser, name="till", scopes=("books:read",), days="30"):
    page = await browser.get(NEW)
    fields = [pair for pair in filled(page, NEW, {"name": name, "days": days}) if pair[0] != "scopes"]
    return await browser.post(NEW, [*fields, *(("scopes", scope) for scope in scopes)])


async def test_a_key_is_shown_once(reader, gateway):
    made = await make(reader, scopes=("books:read", "orders:read"))
    assert made.status_code == 201
    (key,) = gateway.auth.keys.values()
    assert made.text.count(key["key"]) == 1
    assert made.headers["cache-control"] == "no-store"
    assert 'data-copy="new-key" hidden' in made.text
    page = await reader.get(PAGE)
    assert key["key"] not in page.text
    assert key["hint"] in said(page)
    assert "See books" in said(page)
    assert "Not used yet" in said(page)
    assert key["scopes"] == ["books:read", "orders:read"]
    ends = dt.datetime.fromisoformat(key["expires_at"]) - dt.datetime.now(dt.UTC)
    assert dt.timedelta(days=29) < ends <= dt.timedelta(days=30)


async def test_nobody_is_offered_more_than_they_may_themselves(reader, gateway):
    page = await reader.get(NEW)
    assert 'value="books:read" checked' in page.text
    assert 'value="orders:manage"' not in page.text
    answer = await make(reader, scopes=("orders:manage", "accounts:manage"))
    assert answer.status_code == 422
    assert "Choose at least one thing" in said(answer)
    assert gateway.auth.keys == {}
    await make(reader, scopes=("books:read", "orders:manage"))
    assert [key["scopes"] for key in gateway.auth.keys.values()] == [["books:read"]]


async def test_what_is_missing_is_said_at_its_field_and_the_rest_is_kept(editor):
    answer = await make(editor, name="", scopes=("books:write", "stock:write"), days="365")
    assert answer.status_code == 422
    assert "Give the key a name" in said(answer)
    fields = form_of(answer, NEW).fields
    assert [value for name, value in fields if name == "scopes"] == ["books:write", "stock:write"]
    assert ("days", "365") in fields


async def test_what_was_typed_survives_signing_in_again(editor, gateway):
    page = await editor.get(NEW)
    gateway.sessions.clear()
    fields = [pair for pair in filled(page, NEW, {"name": "nightly", "days": "7"}) if pair[0] != "scopes"]
    refused = await editor.post(NEW, [*fields, ("scopes", "books:write"), ("scopes", "stock:write")])
    answer = await editor.submit(refused, "/sign-in", {"email": "editor@example.com", "password": PASSWORD})
    form = form_of(await editor.follow(answer), NEW)
    assert form.value("name") == "nightly"
    assert form.value("days") == "7"
    assert [value for name, value in form.fields if name == "scopes"] == ["books:write", "stock:write"]


async def test_too_many_keys_are_told(reader, gateway):
    gateway.auth.most_keys = 0
    answer = await make(reader)
    assert answer.status_code == 409
    assert "Revoke one that you no longer need" in said(answer)


async def test_a_key_is_revoked_after_a_question(reader, gateway):
    key = gateway.auth.add_key(name=EVIL, last_used_at=gateway.now(), last_used_address="192.0.2.9")
    page = await reader.get(PAGE)
    assert "<img" not in page.text
    assert "from 192.0.2.9" in said(page)
    path = f"{PAGE}/{key['id']}/revoke"
    assert path in links(page)
    question = await reader.get(path)
    assert gateway.auth.keys
    answer = await reader.submit(question, path)
    listed = await reader.follow(answer)
    assert "is revoked" in said(listed)
    assert "<img" not in listed.text
    assert gateway.auth.keys == {}
    again = await reader.submit(question, path)
    assert "revoked already" in said(await reader.follow(again))


async def test_a_key_that_has_expired_says_so(reader, gateway):
    gateway.auth.add_key(expires_at="2020-01-01T00:00:00+00:00")
    assert "Expired" in said(await reader.get(PAGE))


@pytest.mark.parametrize("path", [f"{PAGE}/nothing/revoke", f"{PAGE}/..%2f..%2fauth/revoke"])
async def test_a_key_that_is_not_ones_own_is_not_there(reader, path):
    assert (await reader.get(path)).status_code == 404
