"""The pages speak the reader's language, all of each page, and keep to a choice."""

import ast
import re
from pathlib import Path

import httpx2
import pytest
from addresses import every_address
from babel import Locale
from browser import SAME_ORIGIN, form_of
from template_texts import unmarked
from visible_text import PSEUDO, forgotten, strings_in
from words import said

import web_frontend
from service_kit.languages.choice import Languages
from web_frontend.wording import LANGUAGES as LANGUAGES_OF_BOOKS
from web_frontend.wording import language_name

SOURCE = Path(web_frontend.__file__).parent
SCRIPTS = SOURCE.parents[2] / "static" / "scripts"
YEAR = 60 * 60 * 24 * 365

NOT_YET_PAGES: tuple[str, ...] = ()
"""Where pages begin that are not all translated yet (and "errors", for pages of errors): better left empty."""
NOT_YET_FILES: tuple[str, ...] = ()
"""The same of templates, code and scripts, by a part of their names."""
FOR_DEVELOPERS = "/local/style"
"""Shows what the pages are made of, in the measures of style sheets."""


async def in_language(browser, header, path="/language"):
    return await browser.http.get(path, headers={"Accept-Language": header})


# A page in a language


@pytest.mark.parametrize(
    ("header", "tag", "words"),
    [
        ("de-AT,en;q=0.5", "de-AT", "Konten"),
        ("en-US", "en-US", "Accounts"),
        ("fr", "en-GB", "Accounts"),
    ],
)
async def test_a_page_is_in_the_language_that_the_browser_asks_for(admin, header, tag, words):
    page = await in_language(admin, header, "/admin/accounts")
    assert f'<html lang="{tag}" dir="ltr"' in page.text
    assert f"<h1>{words}</h1>" in page.text
    assert {"Accept-Language", "Cookie"} <= {part.strip() for part in page.headers["vary"].split(",")}


async def test_the_shop_decides_where_the_browser_asks_for_none_of_ours(open_shop):
    shop = await open_shop(default_language="de-AT")
    assert '<html lang="de-AT"' in (await in_language(shop, "fr, *;q=0.1")).text
    assert '<html lang="en-GB"' in (await in_language(shop, "en")).text


async def test_the_switch_keeps_the_choice_for_a_year_and_beats_the_browser(admin):
    page = await in_language(admin, "en", "/admin/accounts")
    form = form_of(page, "/language")
    fields = dict(form.fields) | {"language": "de", "next": "/admin/accounts?q=ada"}
    answer = await admin.post("/language", fields, SAME_ORIGIN)
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/accounts?q=ada")
    (cookie,) = [line for line in answer.headers.get_list("set-cookie") if line.startswith("quire_language=")]
    assert cookie.startswith("quire_language=de; ")
    assert f"Max-Age={YEAR}" in cookie
    kept = await in_language(admin, "en-US,en", "/admin/accounts?q=ada")
    assert '<html lang="de-DE"' in kept.text
    assert re.search(r'value="de"[^>]* aria-pressed="true"', kept.text)


async def test_a_choice_that_makes_no_sense_changes_nothing(admin):
    form = form_of(await admin.get("/language"), "/language")
    answer = await admin.post(
        "/language", dict(form.fields) | {"language": "../etc", "next": "//evil.example"}, SAME_ORIGIN
    )
    assert answer.headers["location"] == "/"
    assert not any("quire_language" in line for line in answer.headers.get_list("set-cookie"))


async def test_the_gateway_is_asked_in_the_pages_language_and_its_words_are_shown_in_it(admin, gateway):
    async def refuse(request):
        if request.method == "POST" and request.url.path == "/auth/invitations":
            spoken = request.headers["accept-language"]
            errors = [{"loc": ["body", "email"], "msg": f"ist zu lang ({spoken})"}]
            raise gateway.problem(422, "invalid_input", errors=errors)

    gateway.before_answer = refuse
    page = await in_language(admin, "de-AT", "/admin/invitations")
    fields = dict(form_of(page, "/admin/invitations").fields) | {"email": "a@b.example", "days": "7"}
    answer = await admin.post("/admin/invitations", fields, SAME_ORIGIN | {"Accept-Language": "de-AT"})
    assert "Diese Angabe ist zu lang (de-AT)" in said(answer)


# Nothing is forgotten


class Overheard(httpx2.AsyncBaseTransport):
    """Leads to the fake gateway, and keeps all the data that it gives."""

    def __init__(self, gateway):
        self._transport = httpx2.ASGITransport(app=gateway)
        self.data = {text for account in gateway.accounts.values() for text in (account["email"], account["full_name"])}

    async def handle_async_request(self, request):
        response = await self._transport.handle_async_request(request)
        body = await response.aread()
        if "json" in response.headers.get("content-type", ""):
            self.data |= set(strings_in(response.json())) if body else set()
        return httpx2.Response(response.status_code, headers=response.headers, content=body)


def names_by_babel():
    locale = Locale("en")
    months = {name for width in ("wide", "abbreviated") for name in locale.months["format"][width].values()}
    return months | {language_name(code) for code in (*LANGUAGES_OF_BOOKS, "en", "de", "fr")}


def is_not_yet(path):
    return any(path == begin or (begin != "/" and path.startswith(begin)) for begin in NOT_YET_PAGES)


@pytest.fixture
def full_shop(gateway):
    """Have something of every kind on the pages."""
    gateway.staff_orders.park(gateway.staff_orders.add("Dracula"))
    for status in ("pending", "placed", "shipped", "delivered", "returned", "cancelled", "rejected"):
        gateway.staff_orders.add("Dracula", "Ulysses", status=status)
    gateway.auth.add_key()
    gateway.auth.add_mail()
    gateway.imports.add("checked", [{"outcome": outcome} for outcome in ("new", "changed", "bad", "unchanged")])
    for detail in ({"from": "customer", "to": "staff"}, {"reason": "code"}, {"sessions": 2, "by": "operator"}):
        gateway.administration.record(
            "account.role_changed", actor="admin@example.com", subject="reader@example.com", detail=detail
        )
    gateway.administration.sign_in("reader@example.com", address="2001:db8::7")
    return gateway


async def test_no_page_says_anything_that_is_not_translated(open_shop, full_shop, monkeypatch):
    monkeypatch.setattr(Languages, "language_for", lambda *_: PSEUDO)
    overheard = Overheard(full_shop)
    shop = await open_shop(transport=overheard, local_run=True)
    faults = await _faults(shop, every_address(shop.app, "GET", full_shop), overheard)
    await shop.sign_in("admin@example.com")
    faults |= await _faults(shop, [*every_address(shop.app, "GET", full_shop), *MORE_PAGES], overheard)
    faults |= await _faults_of_forms(shop, every_address(shop.app, "POST", full_shop), overheard)
    assert not faults, "\n".join(sorted(faults))


MORE_PAGES = (
    *("/admin/accounts?q=zebra", "/admin/accounts?role=admin", "/admin/audit?person=zebra"),
    *("/admin/audit?person=example.com", "/books?q=zebra", "/staff/orders?q=zebra", "/nothing"),
)


async def _faults(shop, paths, overheard):
    return {fault for path in paths for fault in _said_of(await shop.get(path), path, overheard)}


async def _faults_of_forms(shop, paths, overheard):
    """Send each form with nothing in it, and look at what is said then, there or on the page that it leads to."""
    faults = set()
    for path in set(paths) - {"/sign-out", "/sign-in", "/sign-up"}:
        fields = {"csrf_token": form_of(await shop.get("/language"), "/language").value("csrf_token")}
        answer = await shop.post(path, fields)
        if answer.status_code == 303:
            answer = await shop.get(answer.headers["location"])
        faults |= set(_said_of(answer, path, overheard))
    return faults


def _said_of(answer, path, overheard):
    shown = answer.request.url.path
    is_error = answer.status_code >= 400 and "errors" in NOT_YET_PAGES
    is_page = "text/html" in answer.headers.get("content-type", "")
    if is_error or not is_page or is_not_yet(shown) or shown == FOR_DEVELOPERS:
        return []
    own = {"Quire", "till", "ISBN", "JSON Lines", "CSV", "ONIX", "JSON", "English", "Deutsch"}
    return [f"{path}: {said}" for said in forgotten(answer.text, overheard.data | names_by_babel() | own)]


def is_not_yet_file(name):
    return any(part in name for part in NOT_YET_FILES)


async def test_no_template_has_text_outside_of_translations(shop):
    templates = shop.app.state.site.templates
    names = [name for name in templates.list_templates() if not is_not_yet_file(name)]
    faults = [f"{name}: {text}" for name in names for text in unmarked(templates, name)]
    assert not faults, "\n".join(faults)


SPEAKING_CALLS = {"flash": 1, "refuse": 1}
"""What shows one of its arguments to people, and which."""


def test_no_code_shows_people_a_text_that_is_not_translated():
    faults = []
    for path in SOURCE.rglob("*.py"):
        name = path.relative_to(SOURCE).as_posix()
        calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
        faults += [f"{name}:{call.lineno}" for call in calls if not is_not_yet_file(name) and _says_bare_words(call)]
    assert not faults, "\n".join(faults)


def _says_bare_words(call):
    place = SPEAKING_CALLS.get(getattr(call.func, "attr", ""))
    said = call.args[place] if place is not None and len(call.args) > place else None
    parts = said.values if isinstance(said, ast.JoinedStr) else [said]
    return any(isinstance(part, ast.Constant) and re.search("[a-z]{2}", str(part.value)) for part in parts)


def test_no_script_has_words_of_its_own():
    sentence = re.compile(r"""(["'`])((?:(?!\1).)*?\b[A-Z][a-z]+ [a-z]+(?:(?!\1).)*)\1""")
    faults = []
    for path in SCRIPTS.glob("*.js"):
        code = re.sub(r"//[^\n]*|/\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL)
        faults += [f"{path.name}: {found[2]}" for found in sentence.finditer(code) if "scripts/" not in NOT_YET_FILES]
    assert not faults, "\n".join(faults)
