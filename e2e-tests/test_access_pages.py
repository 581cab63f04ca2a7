"""Who may see which page and send which form: every page of the application with every kind of person."""

import re
import uuid
from dataclasses import dataclass

import httpx2
import pytest
from access_pages import BEGUN_ELSEWHERE, ENDING, PATHS, pages_of_the_application, who_may
from access_rows import A_PERSON, ANYBODY
from access_world import filled
from attack.people import Caller

PEOPLE = ("nobody", "customer", "editor", "staff", "admin")
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Visitor:
    """A person's browser, without scripts, and the token of the forms that it shows."""

    caller: Caller
    http: httpx2.Client
    form_token: str

    def ask(self, method: str, path: str) -> str:
        """Ask for a page; return "sign in", "refused", or "let in"."""
        if method == "POST":
            fields, headers = {"csrf_token": self.form_token}, {"Sec-Fetch-Site": "same-origin"}
            answer = self.http.post(path, data=fields, headers=headers)
        else:
            answer = self.http.get(path)
        assert answer.status_code < 500, answer.text
        if answer.status_code == 401 or answer.headers.get("location", "").startswith("/sign-in"):
            return "sign in"
        return "refused" if answer.status_code == 403 else "let in"

    def must_get(self, method: str, path: str) -> str:
        """Return what the table says."""
        who = who_may(method, path)
        if who == ANYBODY:
            return "let in"
        if not self.caller.bearer:
            return "sign in"
        allowed = who in {A_PERSON, "books"} or who in self.caller.scopes
        return "let in" if allowed else "refused"


@pytest.fixture(scope="session")
def visitors(world, system):
    """Open a browser for each kind of person, signed in by cookies."""
    found = []
    for caller in world.callers:
        if caller.name in PEOPLE:
            cookies = {"quire_access": caller.bearer, "quire_refresh": caller.refresh_token} if caller.bearer else {}
            http = httpx2.Client(base_url=system.web, cookies=cookies, timeout=30, trust_env=False)
            shown = http.get("/account" if caller.bearer else "/sign-in").raise_for_status()
            found.append(Visitor(caller, http, _TOKEN.search(shown.text)[1]))
    yield found
    for visitor in found:
        visitor.http.close()


def test_the_table_has_a_row_for_every_page_and_no_other():
    paths = {path for _, path in pages_of_the_application()}
    assert len(set(PATHS)) == len(PATHS)
    assert paths - set(PATHS) == set(), "pages without a row in access_pages.py"
    assert set(PATHS) - paths == set(), "rows of access_pages.py without a page"


@pytest.mark.parametrize("row", [path for path in PATHS if path not in BEGUN_ELSEWHERE])
def test_only_who_may_is_let_in(world, visitors, row):
    ids = {"book_id": world.book_id, "import_id": world.import_id, "account_id": world.bystander.account_id}
    ids |= {"version": "1", "step": "release", "what": "ship", "name:path": "Nobody", "path:path": "site.js"}
    ids |= {"mail_id": "none", "invitation_id": str(uuid.uuid4())} | world.of_the_victim
    nothing = ids | {name: str(uuid.uuid4()) for name in ids if name.endswith("_id")}
    if "imports" in row:
        ids["step"] = nothing["step"] = "apply"
    for method in sorted(method for method, path in pages_of_the_application() if path == row):
        if method == "GET" or row not in ENDING:
            # What a form would change is nobody's.
            path = filled(row, nothing if method == "POST" else ids)
            got = {visitor.caller.name: visitor.ask(method, path) for visitor in visitors}
            assert got == {visitor.caller.name: visitor.must_get(method, row) for visitor in visitors}, method
