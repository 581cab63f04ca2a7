"""Every page: who may see it and send its form. A page without a row fails a test."""

from functools import cache

from access_rows import A_PERSON, ANYBODY, BOOKS
from fastapi.routing import iter_route_contexts

from web_frontend.config import Settings
from web_frontend.main import create_app

_SECRET = "Vq8mZr2LxT9nKd4WbY7cH1sJfG5pUe3A"

FOR_PROGRAMS = (
    *("/sitemap.xml", "/sitemaps/pages.xml", "/sitemaps/{kind}.xml", "/sitemaps/books/{after}/{until}.xml"),
    *("/new.atom", "/opds", "/opds/", "/opds/books", "/opds/books/{book_id}", "/opds/{plural}"),
    *("/opensearch.xml", "/suggestions.json", "/card.png", "/books/{book_id}/{picture}.png"),
)
"""What a public shop tells robots, feed readers and others; of a private one it tells nothing to anybody."""

PAGES = {
    ANYBODY: (
        *FOR_PROGRAMS,
        *("/health/live", "/health/ready", "/static/{path:path}", "/robots.txt", "/site.webmanifest"),
        *("/favicon.svg", "/favicon.ico", "/", "/theme", "/language", "/sign-in", "/sign-up", "/sign-out"),
        *("/sign-in/code", "/forgot-password", "/forgot-password/sent", "/reset-password", "/invitation"),
        *("/verify-email", "/verify-email/again", "/verify-email/sent", "/local/mails", "/local/mails/{mail_id}"),
        *("/local/mails/{mail_id}/letter.html", "/local/style"),
    ),
    BOOKS: (
        *("/books", "/books/{book_id}", "/suggestions", "/new", "/authors", "/subjects", "/publishers"),
        *("/authors/{name:path}", "/subjects/{name:path}", "/publishers/{name:path}"),
    ),
    A_PERSON: (
        *("/account", "/account/password", "/account/email", "/account/data", "/account/data/file"),
        *("/account/data/delete", "/account/sessions", "/account/sessions/end-others"),
        *("/account/sessions/{session_id}/end", "/account/second-factor", "/account/second-factor/confirm"),
        *("/account/second-factor/recovery-codes", "/account/second-factor/off"),
        *("/account/api-keys", "/account/api-keys/new", "/account/api-keys/{key_id}/revoke"),
        *("/cart", "/cart/number", "/cart/items/{book_id}", "/checkout"),
        *("/orders", "/orders/{order_id}", "/orders/{order_id}/cancel", "/orders/{order_id}/{what}"),
    ),
    "books:write": (
        *(
            "/books/new",
            "/books/new/cover",
            "/books/new/names",
            "/books/{book_id}/edit",
            "/books/{book_id}/archive",
            "/books/{book_id}/restore",
        ),
        *("/books/{book_id}/history", "/books/{book_id}/history/{version}", "/staff/searches"),
        *("/staff/imports", "/staff/imports/example.csv", "/staff/imports/{import_id}"),
        *("/staff/imports/{import_id}/check", "/staff/imports/{import_id}/undo", "/staff/imports/{import_id}/rejected"),
        *("/staff/imports/{import_id}/discard", "/staff/imports/{import_id}/{step}"),
        *("/staff/export", "/staff/export/file"),
    ),
    "stock:write": (
        *("/books/{book_id}/stock", "/books/{book_id}/stock/count", "/books/{book_id}/stock/write-off"),
        *("/staff", "/staff/stocktake", "/staff/low-stock"),
    ),
    "orders:manage": (
        *("/staff/orders", "/staff/orders/bulk", "/staff/slips"),
        *("/staff/work", "/staff/work/{order_id}/{step}/retry", "/staff/work/{order_id}/{step}/settle"),
    ),
    "accounts:manage": (
        *("/admin/accounts", "/admin/accounts/{account_id}", "/admin/accounts/{account_id}/role"),
        *("/admin/accounts/{account_id}/password-reset", "/admin/accounts/{account_id}/sessions/end"),
        *("/admin/accounts/{account_id}/disable", "/admin/accounts/{account_id}/enable"),
        *("/admin/accounts/{account_id}/second-factor", "/admin/audit", "/admin/audit/file"),
        *("/admin/invitations", "/admin/invitations/{invitation_id}/withdraw"),
    ),
}

FORMS = {"/orders/{order_id}/{what}": "orders:manage"}
"""Who may send the form, where more may see the page."""

ENDING = {"/sign-out", "/account/sessions/end-others"}
"""Forms that end the session of whoever sends them."""

BEGUN_ELSEWHERE = {"/sign-in/code"}
"""The second step of something: whoever has not begun is led to the first."""

PATHS = [path for paths in PAGES.values() for path in paths]


def who_may(method: str, path: str) -> str:
    """Return who may ask for a page with this method."""
    if method == "POST" and path in FORMS:
        return FORMS[path]
    return next(who for who, paths in PAGES.items() if path in paths)


@cache
def pages_of_the_application() -> set[tuple[str, str]]:
    """Return the method and the path of each route that the pages have."""
    app = create_app(Settings(secret=_SECRET, client_secret=_SECRET[::-1], local_run=True))
    # That an id is one is the route's own affair: the page is the same.
    return {
        (method, context.path.replace(":uuid}", "}"))
        for context in iter_route_contexts(app.routes)
        for method in context.methods
    }
