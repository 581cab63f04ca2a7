"""A page of somebody else, open in the browser of a person who is signed in, gets nothing and changes nothing.

It is tried from another site, to which the browser gives no cookies with a form, and from another port of the same
name, which is another origin of the same site, so that the browser sends the cookies along.
"""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx2
import pytest
from pages import PASSWORD, book_url, sign_up
from playwright.sync_api import Page, Response, expect
from system import System

FORGED = "Forged by another site"
ENCODINGS = ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain")
ATTACK = Path(__file__).with_name("attack.js").read_text()


@pytest.fixture(scope="module")
def attacker() -> Iterator[dict]:
    """Serve a hostile page; give the place for what it is to do, and its port."""
    served = {"plan": {}}

    class Hostile(BaseHTTPRequestHandler):
        def do_GET(self):
            plan = json.dumps(served["plan"]).replace("<", "\\\\u003c")
            data = f'<script id="plan" type="application/json">{plan}</script>'
            page = f"<!doctype html><body>{data}<script>{ATTACK}</script>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hostile)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    served["port"] = server.server_address[1]
    yield served
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"], ids=["another site", "another port"])
def test_a_hostile_page_changes_nothing_and_reads_nothing(new_context, system: System, editor, attacker, email, host):
    book = {"title": f"Wanted {email}", "price": "5.00", "stock": 5}
    book = httpx2.post(f"{system.api}/books/", json=book, headers=editor).raise_for_status().json()
    page = new_context().new_page()
    sign_up(page, email)
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer) if answer.url.startswith(system.web) else None)
    attacker["plan"] = {"shop": system.web, "encodings": ENCODINGS, "targets": [
        ("/account", {"full_name": FORGED}),
        ("/account/password", {"current_password": PASSWORD, "new_password": "a password of the attacker"}),
        (f"/cart/items/{book['id']}", {"quantity": "2", "add": "1"}),
        ("/cart", {"book_id": book["id"], "quantity": "2"}),
        (f"{book_url(book)}/edit", {"title": FORGED, "price": "0.01"}),
        ("/theme", {"theme": "dark"}),
        ("/sign-in", {"email": "editor@example.org", "password": PASSWORD}),
        ("/sign-up", {"email": f"forged{email}", "password": "a password of the attacker"}),
        ("/sign-out", {}),
    ]}  # fmt: skip
    hostile = f"http://{host}:{attacker['port']}/"
    page.goto(hostile)
    got = page.evaluate("finished")
    assert got == {"read": [], "loaded": []}
    framed = [frame.url for frame in page.frames if frame.url.startswith(system.web)]
    assert framed == [], "shown in a frame"
    posts = [answer for answer in answers if answer.request.method == "POST"]
    assert len(posts) >= 9 * len(ENCODINGS)
    assert {answer.status for answer in posts} == {403}
    assert not any("set-cookie" in answer.headers and "access" in answer.headers["set-cookie"] for answer in answers)
    _is_as_before(page, system, book, email)


def _is_as_before(page: Page, system: System, book: dict, email: str) -> None:
    page.goto(f"{system.web}/account")
    expect(page.get_by_role("main")).to_contain_text(email)
    expect(page.get_by_label("Full name")).to_have_value("Ada Byron")
    assert page.locator("html").get_attribute("data-theme") is None
    page.goto(f"{system.web}{book_url(book)}")
    expect(page.get_by_role("heading", level=1)).to_have_text(book["title"])
    expect(page.get_by_role("banner").get_by_role("link", name="Cart", exact=True)).to_be_visible()
    system.sign_in(email, PASSWORD)


def test_a_form_that_takes_the_whole_window_is_refused_in_words(new_context, system: System, attacker, email):
    page = new_context().new_page()
    sign_up(page, email)
    attacker["plan"] = {"shop": system.web, "encodings": [], "targets": []}
    page.goto(f"http://localhost:{attacker['port']}/")
    field = f'<input name="full_name" value="{FORGED}">'
    form = f'<form method="post" action="{system.web}/account">{field}<button>Win</button></form>'
    page.evaluate("(form) => { document.body.innerHTML = form }", form)
    page.get_by_role("button", name="Win").click()
    expect(page.get_by_role("heading", name="This form was not sent")).to_be_visible()
    page.goto(f"{system.web}/account")
    expect(page.get_by_label("Full name")).to_have_value("Ada Byron")


def test_a_window_that_was_opened_by_another_page_knows_nothing_of_it(new_context, system: System, attacker):
    page = new_context().new_page()
    attacker["plan"] = {"shop": system.web, "encodings": [], "targets": []}
    page.goto(f"http://localhost:{attacker['port']}/")
    with page.expect_popup() as opened:
        page.evaluate("(shop) => { window.victim = window.open(shop + '/sign-in') }", system.web)
    opened.value.wait_for_load_state()
    assert opened.value.evaluate("window.opener") is None
    assert page.evaluate("window.victim.closed") is True
