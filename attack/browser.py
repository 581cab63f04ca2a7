"""Group browser: what other sites can make a browser do, and what scripts and onlookers find in it."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
from fastapi.routing import iter_route_contexts
from playwright.sync_api import Browser, BrowserContext, Error, sync_playwright

from attack.evil_site import EvilSite
from attack.people import PASSWORD, Caller, first_admin, with_role
from attack.report import Report, curl
from attack.shop import Shop
from web_frontend.config import Settings
from web_frontend.main import create_app

_ANY_SECRET = "Vq8mZr2LxT9nKd4WbY7cH1sJfG5pUe3A"  # noqa: S105 (only the list of pages is asked for)
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_ID = "01932c07-5a3e-7cc1-9d5e-3f0a8a1f6b10"
_PAGES = ("/", "/books", "/cart", "/orders", "/account", "/account/password", "/account/sessions", "/account/api-keys")
_MORE_PAGES = ("/account/second-factor", "/account/data", "/staff/orders", "/admin/accounts", "/admin/audit")
_ARGUMENTS = ("--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking")
_NEXT = (
    *(
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/%09/evil.example",
    ),
    *(
        "javascript:alert(1)",
        "data:text/html,x",
        "http:evil.example",
        "///evil.example",
        "/\r\nSet-Cookie: a=b",
        "%2f%2fevil.example",
    ),
    *(
        "https:evil.example",
        "/..//evil.example",
        "/@evil.example",
        "evil.example",
        " //evil.example",
        "/;//evil.example",
        "\u2028//evil",
    ),
)


def attack(shop: Shop, report: Report, *, quick: bool) -> None:
    """Sign somebody in with a real browser, and let it visit another site."""
    executable = os.environ.get("PLAYWRIGHT_CHROMIUM_EXECUTABLE") or shutil.which("chromium")
    if executable is None:
        report.left_out = "there is no Chromium; `make test STEPS=e2e-tests` installs one"
        return
    admin = first_admin(shop)
    person = with_role(shop, admin, "admin")
    with sync_playwright() as playwright, EvilSite() as site:
        chromium = playwright.chromium.launch(executable_path=executable, args=list(_ARGUMENTS))
        with _signed_in(chromium, shop, person) as context:
            _try_cookies(report, context, shop)
            _try_onlookers(report, context, shop)
            _try_frames(report, context, shop, site)
            _try_readers(report, context, shop, site, person)
            _try_forms(report, context, shop, site, quick=quick)
        chromium.close()
    _try_leading_away(report, shop, person)


@contextmanager
def _signed_in(chromium: Browser, shop: Shop, person: Caller) -> Iterator[BrowserContext]:
    context = chromium.new_context(base_url=shop.web)
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_label("Email address").fill(person.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.get_by_role("banner").get_by_role("link", name=re.compile("^Cart")).wait_for()
    page.close()
    yield context
    context.close()


def _try_cookies(report: Report, context: BrowserContext, shop: Shop) -> None:
    """Look at each cookie: for this host alone, for no script, for no form of another site."""
    for cookie in context.cookies():
        name = cookie.get("name", "")
        # That scripts run only a script can say; it says nothing of anybody.
        closed = cookie.get("httpOnly") or (name, cookie.get("value")) == ("quire_scripts", "1")
        held = closed and cookie.get("sameSite") in {"Lax", "Strict"} and cookie.get("path") == "/"
        report.expect(held and not cookie.get("domain", ".").startswith("."), f"the cookie {name}: {cookie}", shop.web)


def _secrets_of(context: BrowserContext) -> list[str]:
    return [
        cookie.get("value", "")
        for cookie in context.cookies()
        if cookie.get("name") in {"quire_access", "quire_refresh"}
    ]


def _try_onlookers(report: Report, context: BrowserContext, shop: Shop) -> None:
    """Search pages, addresses and the browser's storage for tokens."""
    page, secrets = context.new_page(), _secrets_of(context)
    report.expect(len(secrets) == 2, "the browser is not signed in", shop.web)  # noqa: PLR2004
    for path in (*_PAGES, *_MORE_PAGES):
        page.goto(path)
        found = page.evaluate(
            "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href])"
        )
        text = page.content() + found
        seen = [secret[:12] for secret in secrets if secret in text]
        report.expect(not seen and "eyJhbGci" not in text, f"a token stands in {path}", curl("GET", shop.web + path))
    page.close()


def _try_frames(report: Report, context: BrowserContext, shop: Shop, site: EvilSite) -> None:
    """Show pages of the shop in a frame of another site."""
    for name, origin in site.origins().items():
        for url in (
            *(shop.web + path for path in ("/", "/account", "/sign-in", "/cart", "/admin/accounts")),
            f"{shop.api}/docs",
        ):
            page = context.new_page()
            page.goto(origin + site.frame(url))
            page.wait_for_timeout(200)
            shown = (
                page.frames[-1].evaluate("document.body ? document.body.innerText : ''") if len(page.frames) > 1 else ""
            )
            held = page.frames[-1].url.startswith("chrome-error") or "refused to connect" in shown
            report.expect(held, f"{name} shows {url} in a frame", f"<iframe src={url}>")
            page.close()


def _try_readers(report: Report, context: BrowserContext, shop: Shop, site: EvilSite, person: Caller) -> None:
    """Let a script of another site read what the shop answers."""
    urls = [shop.web + path for path in ("/", "/account", "/orders", "/suggestions?q=a")]
    urls += [
        shop.api + path for path in ("/books", "/auth/me", "/openapi.json", "/auth/signup", "/.well-known/jwks.json")
    ]
    told = {"Authorization": f"Bearer {person.bearer}"}
    kinds: list[dict[str, object]] = [
        {"credentials": "include"},
        {"headers": told},
        {"method": "POST", "credentials": "include"},
    ]
    for name, origin in site.origins().items():
        for url in urls:
            for options in kinds:
                page = context.new_page()
                page.goto(origin + site.reader(url, options))
                page.locator("#told:not(:empty)").wait_for()
                said = page.locator("#told").inner_text()
                report.expect(
                    said == "no", f"a script of {name} reads {url}: {said[:60]}", f"fetch({url!r}, {options})"
                )
                page.close()


def _try_forms(report: Report, context: BrowserContext, shop: Shop, site: EvilSite, *, quick: bool) -> None:
    """Send every form of the shop from another site, with a token of the attacker's own visit."""
    stolen = _TOKEN.search(httpx2.get(f"{shop.web}/sign-in", timeout=20).text)
    fields = {"csrf_token": stolen[1] if stolen else "x", "full_name": "Mallory", "email": "mallory@evil.example"}
    fields |= {"quantity": "7", "book_id": _ID, "current_password": PASSWORD, "new_password": "taken over by me"}
    before = _secrets_of(context)
    for name, origin in site.origins().items():
        for path in _forms() if not quick else ("/sign-out", "/account", "/cart", "/theme"):
            page = context.new_page()
            try:
                with page.expect_response(shop.web + path) as answer:
                    page.goto(origin + site.form(shop.web + path, fields))
                status = answer.value.status
            except Error:
                status = 0
            held = status in {401, 403, 404}
            report.expect(held, f"a form of {name} at {path} is answered {status}", f"POST {path} from {origin}")
            page.close()
    report.expect(_secrets_of(context) == before, "a form of another site has signed somebody out, or in", shop.web)
    page = context.new_page()
    page.goto("/account")
    report.expect("Mallory" not in page.content(), "a form of another site has changed a name", "/account")
    page.close()


def _forms() -> list[str]:
    app = create_app(Settings(secret=_ANY_SECRET, client_secret=_ANY_SECRET[::-1], local_run=True))
    paths = {str(context.path) for context in iter_route_contexts(app.routes) if "POST" in (context.methods or ())}
    plain = (path.replace("{version}", "1").replace("{what}", "ship").replace("{step}", "apply") for path in paths)
    return sorted(re.sub(r"\{\w+_id\}", _ID, path) for path in plain)


def _try_leading_away(report: Report, shop: Shop, person: Caller) -> None:
    """Sign in by a link that leads somewhere else afterwards."""
    with httpx2.Client(base_url=shop.web, timeout=30, trust_env=False) as http:
        for address in _NEXT:
            http.cookies.clear()
            shown = http.get("/sign-in", params={"next": address})
            token = _TOKEN.search(shown.text)
            form = {
                "csrf_token": token[1] if token else "",
                "email": person.email,
                "password": PASSWORD,
                "next": address,
            }
            answer = http.post("/sign-in", data=form, headers={"Sec-Fetch-Site": "same-origin"})
            location = answer.headers.get("location", "")
            held = answer.status_code == 303 and re.match(r"/(?![/\\\s])[^\r\n\t]*$", location) is not None  # noqa: PLR2004
            held &= "a=b" not in str(answer.headers.get_list("set-cookie"))
            report.expect(held, f"next={address!r} leads to {location!r} ({answer.status_code})", "/sign-in?next=")
            for path in ("/theme", "/sign-up"):
                page = http.get(path, params={"next": address, "back": address}).text
                links = [
                    link
                    for link in re.findall(r'(?:href|action)="([^"]*)"', page)
                    if "evil" in link and not link.startswith("/sign")
                ]
                report.expect(not links, f"{path}?next={address!r} links to {links}", path)
