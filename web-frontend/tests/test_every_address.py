"""What holds at every address that the pages have; a new route is among them without a row here."""

import re

import pytest
from addresses import every_address
from browser import ORIGIN, PARTIAL, SAME_ORIGIN, Forms, form_of

from web_frontend.submitted_form import NEVER_REPEATED

# Its forms come with a file and are read as they come: test_uploading.py has their tests.
WITH_FILE = "/staff/imports"
# Forms of the door, which want no session.
DOOR = {
    *(
        "/sign-in",
        "/sign-in/code",
        "/sign-up",
        "/sign-out",
        "/theme",
        "/language",
        "/forgot-password",
        "/reset-password",
    ),
    *("/verify-email", "/verify-email/again", "/invitation"),
}
FOR_ANYBODY = {"/favicon.svg", "/favicon.ico", "/robots.txt", "/site.webmanifest", "/static/site.css"}
ELSEWHERE = [
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost:9999"},
    {"Origin": "http://localhost:9999"},
    {"Origin": "null"},
    {},
]
TYPED = {"note": "typed <b>by</b> hand", "title": "A long\nstory", "password": "of nobody"}
PROTECTION = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
POLICY = {
    "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "img-src": "'self'", "font-src": "'self'",
    "connect-src": "'self'", "form-action": "'self'", "base-uri": "'none'", "frame-ancestors": "'none'",
    "manifest-src": "'self'",
}  # fmt: skip


@pytest.fixture
def kinds(gateway):
    """Have something behind every kind of address."""
    order = gateway.staff_orders.add("Dracula")
    gateway.staff_orders.park(order)
    gateway.auth.add_key()
    gateway.administration.record("session.started", subject="reader@example.com")
    return gateway


@pytest.fixture
def forms(admin, kinds):
    return [path for path in every_address(admin.app, "POST", kinds) if path != WITH_FILE]


def writes(gateway):
    return [call for call in gateway.calls if call[0] != "GET" and call[1] not in {"/auth/refresh", "/auth/login"}]


async def token(browser):
    return form_of(await browser.get("/account"), "/account").value("csrf_token")


def protected(answer, path):
    for name, value in PROTECTION.items():
        assert answer.headers.get_list(name) == [value], (path, name)
    assert "camera=()" in answer.headers["permissions-policy"], path
    (policy,) = answer.headers.get_list("content-security-policy")
    assert dict(part.strip().split(" ", 1) for part in policy.split(";")) == POLICY, path


async def test_a_form_of_elsewhere_changes_nothing_at_any_address_even_with_a_good_token(admin, gateway, forms):
    assert len(forms) >= 30
    fields = TYPED | {"csrf_token": await token(admin)}
    for path in [*forms, WITH_FILE]:
        for headers in ELSEWHERE:
            answer = await admin.post(path, fields, headers)
            assert answer.status_code == 403, (path, headers)
    assert writes(gateway) == []


async def test_a_form_without_the_token_of_its_session_changes_nothing_and_loses_nothing(
    admin, open_shop, gateway, forms
):
    other = await open_shop()
    await other.sign_in("admin@example.com")
    for path in forms:
        for foreign in ("", "x" * 80, await token(other)):
            answer = await admin.post(path, TYPED | {"csrf_token": foreign})
            assert answer.status_code == 403, path
        form = next(form for form in Forms(answer.text).forms if form.action == path and dict(form.fields).get("note"))
        assert [form.value(name) for name in ("note", "title")] == [TYPED["note"], TYPED["title"]], path
        assert "of nobody" not in answer.text, path
    assert writes(gateway) == []


async def test_every_address_that_takes_a_form_shows_a_page_as_well(admin, forms):
    for path in [*forms, WITH_FILE]:
        assert (await admin.get(path)).status_code not in {405, 500}, path


async def test_what_was_typed_into_any_form_survives_a_session_that_has_ended(admin, forms):
    fields = TYPED | {"csrf_token": await token(admin)}
    for name in ("quire_access", "quire_refresh"):
        admin.http.cookies.delete(name)
    for path in forms:
        if path in DOOR:
            continue
        answer = await admin.post(path, fields)
        assert answer.status_code == 401, path
        kept = admin.app.state.site.keeper.unpack(form_of(answer, "/sign-in").value("kept"))
        assert kept is not None, path
        assert (kept.path, set(kept.typed)) == (path, set(TYPED) - NEVER_REPEATED), path


async def test_every_answer_is_protected_and_what_is_private_is_kept_nowhere(admin, kinds):
    for path in every_address(admin.app, "GET", kinds):
        answer = await admin.get(path)
        assert answer.status_code < 500, path
        protected(answer, path)
        is_public = path in FOR_ANYBODY
        assert ("no-store" in answer.headers["cache-control"]) is not is_public, path
        if not is_public and answer.status_code == 200:
            assert "HX-Request-Type" in answer.headers.get("vary", "") or "content-disposition" in answer.headers, path


async def test_errors_files_and_fragments_are_protected_too(open_shop, gateway, monkeypatch):
    shop = await open_shop(public_web_url="https://shop.example", max_body_bytes=2048)
    await shop.sign_in("admin@example.com")
    css = await shop.get("/static/site.css")
    answers = {
        404: await shop.get("/nothing"),
        405: await shop.http.put("/books"),
        403: await shop.post("/theme", {}, {}),
        413: await shop.post("/theme", {"next": "x" * 5000}),
        304: await shop.get("/static/site.css", if_none_match=css.headers["etag"]),
        204: await shop.http.get("/suggestions?q=", headers=PARTIAL),
    }
    gateway.down = {"everything"}
    answers[503] = await shop.get("/orders")
    gateway.down = set()

    async def break_down(_request):
        raise RuntimeError

    gateway.before_answer = break_down
    answers[502] = await shop.get("/staff/orders")
    monkeypatch.delitem(shop.app.state.site.templates.globals, "asset")
    answers[500] = await shop.get("/nothing")
    for status, answer in answers.items():
        assert answer.status_code == status or status in {204, 502}, (status, answer.status_code)
        protected(answer, status)
        assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


async def test_every_cookie_over_tls_is_bound_to_the_host_and_out_of_reach(open_shop, gateway, kinds):
    shop = await open_shop(public_web_url="https://shop.example")
    lines = []

    async def note(response):
        lines.extend(response.headers.get_list("set-cookie"))

    shop.http.event_hooks["response"] = [note]
    await shop.sign_in("admin@example.com")
    for path in every_address(shop.app, "GET", kinds):
        page = await shop.get(path)
        for action in ("/theme", "/admin/invitations"):
            if f'action="{action}"' in page.text and path.startswith(("/admin", "/books")):
                await shop.submit(page, action, {"theme": "dark", "role": "editor", "days": "3", "email": ""})
    shown = await shop.get("/books/new")
    for email in list(gateway.sessions):
        del gateway.sessions[email]
    signed_out = await shop.submit(shown, "/books/new", {"title": "Kept"})
    assert signed_out.status_code == 422 or form_of(signed_out, "/sign-in")
    names = {line.partition("=")[0] for line in lines}
    assert {"__Host-quire_access", "__Host-quire_visit", "__Host-quire_theme", "__Host-quire_invitation"} <= names
    for line in lines:
        assert line.startswith("__Host-"), line
        flags = {part.strip() for part in line.split(";")[1:]}
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= flags, line
        assert "Domain" not in line


async def test_no_header_and_no_field_makes_a_form_into_something_else(admin, gateway):
    book = f"/books/{gateway.book_id('Dracula')}"
    for headers in ({"X-HTTP-Method-Override": "DELETE"}, {"X-HTTP-Method": "PUT"}, {"X-Method-Override": "DELETE"}):
        assert (await admin.http.get(f"{book}/archive", headers=headers)).status_code == 200
        answer = await admin.post(book, {"_method": "DELETE", "csrf_token": await token(admin)}, SAME_ORIGIN | headers)
        assert answer.status_code == 405
    for method in ("TRACE", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"):
        assert (await admin.http.request(method, "/account")).status_code == 405, method
    assert writes(gateway) == []


@pytest.mark.parametrize(
    "body",
    [
        b"&".join(b"f%d=" % number for number in range(5_000)),
        b"&" * 500_000,
        b"=&" * 200_000,
        b"a[" + b"[" * 100_000 + b"]=1",
        b"title=" + b"%" * 300_000,
        b"csrf_token=" + b"9" * 900_000,
    ],
)
async def test_forms_of_absurd_shape_are_refused_and_nothing_breaks(admin, gateway, body):
    headers = SAME_ORIGIN | {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await admin.http.post("/books/new", content=body, headers=headers)
    assert answer.status_code in {400, 403}
    assert len(answer.content) < 2_000_000
    assert writes(gateway) == []


@pytest.mark.parametrize(
    "part",
    [
        b'Content-Disposition: form-data; name="f"\r\n\r\n\r\n',
        b'Content-Disposition: form-data; name="f"; filename="x"\r\n\r\n\r\n',
        b"X: " + b"y" * 20_000 + b"\r\n\r\n\r\n",
        b"".join(b"X%d: y\r\n" % number for number in range(100)) + b"\r\n\r\n",
    ],
    ids=["fields", "files", "long header", "headers"],
)  # fmt: skip
async def test_forms_of_many_parts_are_refused(admin, gateway, part):
    body = b"".join(b"--b\r\n" + part for _ in range(40_000 if len(part) < 100 else 2)) + b"--b--\r\n"
    headers = SAME_ORIGIN | {"Content-Type": "multipart/form-data; boundary=b"}
    for path in ("/books/new", WITH_FILE):
        answer = await admin.http.post(path, content=body[:1_000_000], headers=headers)
        assert answer.status_code in {400, 403}, path
    assert writes(gateway) == []


async def test_no_word_in_an_address_becomes_a_header_of_its_own(admin):
    for path in ("/books?q=a%0d%0aX-Evil:1", "/authors/a%0d%0aX-Evil:1", "/orders?number=%0d%0aX-Evil:1",
                 "/sign-in?next=/%0d%0aX-Evil:1", "/admin/audit?person=a%0d%0aX-Evil:1&cursor=x"):  # fmt: skip
        for headers in ({}, PARTIAL, PARTIAL | {"HX-Current-URL": f"{ORIGIN}/a\tX-Evil:1"}):
            answer = await admin.http.get(path, headers=headers)
            assert "x-evil" not in answer.headers
            assert not any(re.search(r"[\r\n]", value) for value in answer.headers.values())
