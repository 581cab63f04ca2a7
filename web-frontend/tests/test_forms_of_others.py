"""Forms that another site sends, forms that are too old, and forms whose session has ended meanwhile."""

import pytest
from browser import ORIGIN, PARTIAL, SAME_ORIGIN, filled, form_of

SIGN_IN = {"email": "reader@example.com", "password": "correct horse"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "cross-site", "Origin": ORIGIN},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://[::1"},
        {},
    ],
)
@pytest.mark.parametrize("action", ["/sign-in", "/theme"])
async def test_a_form_of_another_site_is_refused_even_with_a_good_token(shop, headers, action):
    page = await shop.get("/sign-in")
    answer = await shop.post(action, filled(page, action, SIGN_IN | {"theme": "dark"}), headers)
    assert answer.status_code == 403
    assert "quire_access" not in answer.headers.get("set-cookie", "")


async def test_without_fetch_metadata_our_own_origin_is_enough(shop):
    page = await shop.get("/sign-in")
    assert (await shop.post("/sign-in", filled(page, "/sign-in", SIGN_IN), {"Origin": ORIGIN})).status_code == 303


async def test_over_tls_only_the_public_address_counts(open_shop):
    shop = await open_shop(public_web_url="https://shop.example")
    page = await shop.get("/sign-in")
    for origin in ("http://shop.example", "https://shop.example:8443", "https://www.shop.example"):
        for host in ({}, {"Host": origin.partition("//")[2]}):
            answer = await shop.post("/sign-in", filled(page, "/sign-in", SIGN_IN), {"Origin": origin} | host)
            assert answer.status_code == 403, (origin, host)
    assert (await shop.submit(page, "/sign-in", SIGN_IN, {"Origin": "https://shop.example"})).status_code == 303


@pytest.mark.parametrize("token", ["", "x", "0" * 80])
@pytest.mark.parametrize("action", ["/sign-in", "/sign-up"])
async def test_a_form_without_a_good_token_is_refused_and_can_be_sent_again(shop, token, action):
    page = await shop.get(action)
    answer = await shop.submit(page, action, SIGN_IN | {"csrf_token": token})
    assert answer.status_code == 403
    assert "reader@example.com" in answer.text
    assert "correct horse" not in answer.text
    again = await shop.submit(answer, action, {"password": "correct horse"})
    assert again.status_code in {303, 409}


async def test_a_token_of_another_visit_is_refused(open_shop):
    shop, other = await open_shop(), await open_shop()
    await shop.get("/sign-in")
    foreign = form_of(await other.get("/sign-in"), "/sign-in").value("csrf_token")
    answer = await shop.submit(await shop.get("/sign-in"), "/sign-in", SIGN_IN | {"csrf_token": foreign})
    assert answer.status_code == 403


async def test_a_token_of_before_signing_in_is_refused_afterwards(shop):
    page = await shop.get("/sign-in")
    await shop.submit(page, "/sign-in", SIGN_IN)
    assert (await shop.submit(page, "/theme", {"theme": "dark"})).status_code == 403


async def test_what_was_typed_comes_back_after_signing_in_again(editor, gateway):
    page = await editor.get("/books/new")
    gateway.sessions.clear()
    typed = {"title": "A <b>title</b>", "price": "5", "description": "One.\n\nTwo.", "authors": "A\nB"}
    refused = await editor.submit(page, "/books/new", typed)
    assert refused.status_code == 401
    assert "Sign in to go on" in refused.text
    answer = await editor.submit(refused, "/sign-in", {"email": "editor@example.com", "password": "correct horse"})
    assert answer.headers["location"] == "/books/new"
    form = form_of(await editor.follow(answer), "/books/new")
    assert form.value("title") == "A <b>title</b>"
    assert form.value("description") == "One.\n\nTwo."
    assert form.value("authors") == "A\nB"
    # Once: the next visit to the page finds an empty form.
    assert form_of(await editor.get("/books/new"), "/books/new").value("title") == ""


async def test_a_long_text_survives_signing_in_again(editor, gateway):
    page = await editor.get("/books/new")
    gateway.sessions.clear()
    text = " ".join(f"word{number * 7919 % 9973}" for number in range(2000))
    refused = await editor.submit(page, "/books/new", {"title": "Long", "price": "5", "description": text})
    answer = await editor.submit(refused, "/sign-in", {"email": "editor@example.com", "password": "correct horse"})
    assert form_of(await editor.follow(answer), "/books/new").value("description") == text


async def test_a_wrong_password_on_the_way_does_not_lose_what_was_typed(editor, gateway):
    page = await editor.get("/books/new")
    gateway.sessions.clear()
    refused = await editor.submit(page, "/books/new", {"title": "Kept", "price": "5"})
    wrong = await editor.submit(refused, "/sign-in", {"email": "editor@example.com", "password": "no"})
    answer = await editor.submit(wrong, "/sign-in", {"email": "editor@example.com", "password": "correct horse"})
    assert form_of(await editor.follow(answer), "/books/new").value("title") == "Kept"


async def test_no_password_is_carried_through_the_sign_in_form(reader, gateway):
    page = await reader.get("/account/password")
    gateway.sessions.clear()
    values = {"current_password": "correct horse", "new_password": "battery staple"}
    refused = await reader.submit(page, "/account/password", values)
    kept = form_of(refused, "/sign-in").value("kept") if 'name="kept"' in refused.text else ""
    unpacked = reader.app.state.site.keeper.unpack(kept) if kept else None
    assert "battery staple" not in refused.text
    assert unpacked is None or not {"current_password", "new_password", "csrf_token"} & set(unpacked.typed)


async def test_kept_input_that_was_tampered_with_is_ignored(shop):
    page = await shop.get("/sign-in")
    answer = await shop.post("/sign-in", [*filled(page, "/sign-in", SIGN_IN), ("kept", "e30.forged.text")])
    assert answer.status_code == 303
    assert "quire_kept" not in answer.headers.get("set-cookie", "")


async def test_htmx_gets_the_whole_sign_in_page_in_place_of_the_page_that_is_shown(editor, gateway):
    page = await editor.get("/books/new")
    gateway.sessions.clear()
    refused = await editor.submit(page, "/books/new", {"title": "T", "price": "5"}, SAME_ORIGIN | PARTIAL)
    assert refused.status_code == 401
    assert refused.headers["hx-retarget"] == "body"
    assert "<!doctype html>" in refused.text
    assert 'name="kept"' in refused.text


async def test_a_fragment_that_needs_a_session_leads_to_signing_in_and_back_to_its_page(shop):
    current = {"HX-Current-URL": f"{ORIGIN}/books?q=a"}
    answer = await shop.http.get("/suggestions?q=a", headers=PARTIAL | current)
    assert answer.status_code == 401
    assert answer.headers["hx-redirect"] == "/sign-in?next=/books%3Fq%3Da"
