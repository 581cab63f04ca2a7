"""Every operation of the API: who may, with what, and what they get then. An operation without a row fails a test."""

from access_rows import A_PERSON, ANYBODY, BOOKS, Row

_BOOK = {"title": "The Waves", "price": "9.99"}
_LINE = {"items": [{"book_id": "{book_id}", "quantity": 1}]}
_WRONG = {"current_password": "not the password of anybody"}
_CODE = {"code": "123456"}
_NEW_PASSWORD = {"password": "a quite long one"}

CATALOGUE = (
    Row("GET", "/books", BOOKS, 200),
    Row("GET", "/books/suggest", BOOKS, 200, query="q=wav"),
    Row("GET", "/books/authors", BOOKS, 200),
    Row("GET", "/books/subjects", BOOKS, 200),
    Row("GET", "/books/publishers", BOOKS, 200),
    Row("GET", "/books/sitemap", BOOKS, 200),
    Row("GET", "/books/sitemap/books", BOOKS, 200),
    Row("GET", "/books/isbn/{isbn}", BOOKS, 200),
    Row("GET", "/books/{book_id}", BOOKS, 200),
    Row("GET", "/books/{book_id}/similar", BOOKS, 200),
    Row("POST", "/books", "books:write", 201, json=_BOOK),
    Row("PUT", "/books/{book_id}", "books:write", 200, using="fresh", json=_BOOK),
    Row("PATCH", "/books/{book_id}", "books:write", 200, using="fresh", json={"subtitle": "A novel"}),
    Row("DELETE", "/books/{book_id}", "books:write", 204, using="fresh"),
    Row("POST", "/books/{book_id}/restore", "books:write", 200, using="fresh"),
    Row("GET", "/books/{book_id}/history", "books:write", 200),
    Row("GET", "/books/{book_id}/history/{version}", "books:write", 200),
    Row("POST", "/books/{book_id}/history/{version}/restore", "books:write", 200, using="fresh"),
    Row("GET", "/books/searches-without-result", "books:write", 200),
    Row("DELETE", "/books/searches-without-result", "books:write", 204, query="q=nothing+like+it"),
    Row("GET", "/books/export", "books:write", 200, query="format=csv&q=Unicum+of+the+matrix"),
)

IMPORTS = (
    Row("POST", "/books/imports", "books:write", 202, query="name=one.csv", text="title,price\nThe Years,7\n"),
    Row("GET", "/books/imports", "books:write", 200),
    Row("GET", "/books/imports/{import_id}", "books:write", 200),
    Row("GET", "/books/imports/{import_id}/rows", "books:write", 200),
    Row("GET", "/books/imports/{import_id}/rejected", "books:write", "import_not_found", using="unknown"),
    Row(
        "PATCH", "/books/imports/{import_id}", "books:write", "import_not_found", using="unknown", json={"options": {}}
    ),
    Row("POST", "/books/imports/{import_id}/apply", "books:write", "import_not_found", using="unknown"),
    Row("POST", "/books/imports/{import_id}/undo", "books:write", "import_not_found", using="unknown"),
    Row("POST", "/books/imports/{import_id}/cancel", "books:write", "import_not_found", using="unknown"),
    Row("DELETE", "/books/imports/{import_id}", "books:write", "import_not_found", using="unknown"),
)

STOCK = (
    Row("GET", "/books/low-stock", "stock:write", 200),
    Row("GET", "/books/stock-levels", "stock:write", 200, query="book_id={book_id}"),
    Row("POST", "/books/stocktake", "stock:write", 200, json={"counts": [{"book_id": "{book_id}", "counted": 90}]}),
    Row("GET", "/books/{book_id}/stock", "stock:write", 200),
    Row("POST", "/books/{book_id}/stock", "stock:write", 201, json={"change": 1, "reason": "Found one"}),
    Row("GET", "/books/{book_id}/stock/reservations", "stock:write", 200),
    Row("POST", "/books/{book_id}/stock/count", "stock:write", 201, json={"counted": 90}),
)

ORDERS = (
    Row("POST", "/orders", "orders:write", 201, json=_LINE),
    Row("GET", "/orders", "orders:read", 200),
    Row("GET", "/orders", "orders:read orders:manage", 200, query="all=true"),
    Row("GET", "/orders/{order_id}", "orders:read", 200, using="own", owned="order_not_found"),
    Row("POST", "/orders/{order_id}/cancel", "orders:write", 200, using="own", owned="order_not_found"),
    Row("POST", "/orders/{order_id}/ship", "orders:manage", 200, using="own"),
    Row("POST", "/orders/{order_id}/deliver", "orders:manage", "order_not_deliverable", using="own"),
    Row("POST", "/orders/{order_id}/return", "orders:manage", "order_not_returnable", using="own"),
    Row("GET", "/orders/summary", "orders:manage", 200),
    Row("GET", "/orders/figures", "orders:manage", 200, query="days=7"),
    Row("POST", "/orders/bulk", "orders:manage", 200, json={"action": "ship", "order_ids": ["{unknown}"]}),
    Row("GET", "/orders/parked", "orders:manage", 200),
    Row("POST", "/orders/parked/{order_id}/{step}/retry", "orders:manage", "work_not_parked", using="unknown"),
    Row(
        "POST",
        "/orders/parked/{order_id}/{step}/resolve",
        "orders:manage",
        "work_not_parked",
        using="unknown",
        json={"note": "Counted."},
    ),
    Row(
        "POST",
        "/orders/write-offs",
        "orders:manage stock:write",
        "order_not_found",
        json={"book_id": "{book_id}", "quantity": 1, "reason": "Wet", "order_ids": ["{unknown}"]},
    ),
    Row("GET", "/cart", "orders:read", 200),
    Row("PUT", "/cart/items/{book_id}", "orders:write", 200, json={"quantity": 1}),
    Row("DELETE", "/cart/items/{book_id}", "orders:write", 204),
    Row("DELETE", "/cart", "orders:write", 204),
)

DOOR = (
    Row("GET", "/auth/signup", ANYBODY, 200),
    Row("POST", "/auth/signup/invitation", ANYBODY, "link_expired", json={"token": "made up"}),
    Row("POST", "/auth/register", ANYBODY, "email_taken", json={"email": "{email}", "password": "{password}"}),
    Row("POST", "/auth/login", ANYBODY, "invalid_credentials", form={"username": "nobody@x.example", "password": "x"}),
    Row("POST", "/auth/login/second-factor", ANYBODY, "invalid_challenge", json={"challenge": "none"} | _CODE),
    Row("POST", "/auth/refresh", ANYBODY, "invalid_refresh_token", form={"refresh_token": "made up"}),
    Row("POST", "/auth/password-reset", ANYBODY, 202, json={"email": "{unknown}@x.example"}),
    Row("POST", "/auth/password-reset/check", ANYBODY, "link_expired", json={"token": "made up"}),
    Row("POST", "/auth/password-reset/confirm", ANYBODY, "link_expired", json={"token": "made up", **_NEW_PASSWORD}),
    Row("POST", "/auth/email-verification", ANYBODY, 202, json={"email": "{unknown}@x.example"}),
    Row("POST", "/auth/email-verification/confirm", ANYBODY, "link_expired", json={"token": "made up"}),
    Row("GET", "/auth/mails", ANYBODY, 200),
    Row("GET", "/auth/mails/{mail_id}", ANYBODY, "mail_not_found", using="unknown"),
    Row("GET", "/.well-known/jwks.json", ANYBODY, 200),
    Row("GET", "/.well-known/oauth-authorization-server", ANYBODY, 200),
)

OWN_ACCOUNT = (
    Row("GET", "/auth/me", A_PERSON, 200),
    Row("PATCH", "/auth/me", A_PERSON, 200, json={"full_name": "Ada Byron"}),
    Row("POST", "/auth/me/password", A_PERSON, "wrong_password", json=_WRONG | {"new_password": "a quite long one"}),
    Row("POST", "/auth/me/email", A_PERSON, "wrong_password", json=_WRONG | {"email": "other@x.example"}),
    Row("GET", "/auth/me/second-factor", A_PERSON, 200),
    Row("POST", "/auth/me/second-factor", A_PERSON, "wrong_password", json=_WRONG),
    Row("POST", "/auth/me/second-factor/confirm", A_PERSON, "no_second_factor", json=_CODE),
    Row("POST", "/auth/me/second-factor/recovery-codes", A_PERSON, "wrong_password", json=_WRONG | _CODE),
    Row("POST", "/auth/me/second-factor/disable", A_PERSON, "wrong_password", json=_WRONG | _CODE),
    Row("GET", "/auth/me/export", A_PERSON, 200),
    Row("POST", "/auth/me/delete", A_PERSON, "wrong_password", json=_WRONG),
    Row("POST", "/auth/logout", A_PERSON, 204, using="newcomer"),
    Row("GET", "/auth/sessions", A_PERSON, 200),
    Row("DELETE", "/auth/sessions", A_PERSON, 204, using="newcomer"),
    Row("DELETE", "/auth/sessions/{session_id}", A_PERSON, 204, using="own", owned="session_not_found"),
    Row("GET", "/auth/api-keys", A_PERSON, 200),
    Row("POST", "/auth/api-keys", A_PERSON, 201, json={"name": "Scanner", "scopes": ["books:read"]}),
    Row("DELETE", "/auth/api-keys/{key_id}", A_PERSON, 204, using="own", owned="api_key_not_found"),
)

ADMINISTRATION = (
    Row("GET", "/auth/users", "accounts:manage", 200),
    Row("GET", "/auth/users/{account_id}", "accounts:manage", 200),
    Row("PATCH", "/auth/users/{account_id}", "accounts:manage", 200, json={"role": "customer"}),
    Row("GET", "/auth/users/{account_id}/sessions", "accounts:manage", 200),
    Row("DELETE", "/auth/users/{account_id}/sessions", "accounts:manage", 204),
    Row("DELETE", "/auth/users/{account_id}/second-factor", "accounts:manage", 204),
    Row("POST", "/auth/users/{account_id}/password-reset", "accounts:manage", 202),
    Row("GET", "/auth/invitations", "accounts:manage", 200),
    Row("POST", "/auth/invitations", "accounts:manage", 201, json={"role": "customer"}),
    Row("DELETE", "/auth/invitations/{invitation_id}", "accounts:manage", "invitation_not_found", using="unknown"),
    Row("GET", "/auth/audit", "accounts:manage", 200),
    Row("GET", "/auth/audit/export", "accounts:manage", 200, query="format=csv"),
)

ROWS = (*CATALOGUE, *IMPORTS, *STOCK, *ORDERS, *DOOR, *OWN_ACCOUNT, *ADMINISTRATION)
