"""Every operation of the API: who may, with what, and what they get then. An operation without a row fails a test."""

from access_rows import A_PERSON, ANYBODY, BOOKS, Row

_BOOK = {"title": "The Waves", "price": "9.99"}
_LINE = {"items": [{"book_id": "{book_id}", "quantity": 1}]}
_WRONG = {"current_password": "not the password of anybody", "new_password": "correct horse battery staple"}

CATALOGUE = (
    Row("GET", "/books", BOOKS, 200),
    Row("GET", "/books/suggest", BOOKS, 200, query="q=wav"),
    Row("GET", "/books/authors", BOOKS, 200),
    Row("GET", "/books/subjects", BOOKS, 200),
    Row("GET", "/books/publishers", BOOKS, 200),
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

ACCOUNTS = (
    Row("GET", "/auth/signup", ANYBODY, 200),
    Row("POST", "/auth/register", ANYBODY, "email_taken", json={"email": "{email}", "password": "{password}"}),
    Row("POST", "/auth/login", ANYBODY, "invalid_credentials", form={"username": "nobody@x.example", "password": "x"}),
    Row("POST", "/auth/refresh", ANYBODY, "invalid_refresh_token", form={"refresh_token": "made up"}),
    Row("GET", "/.well-known/jwks.json", ANYBODY, 200),
    Row("GET", "/.well-known/oauth-authorization-server", ANYBODY, 200),
    Row("GET", "/auth/me", A_PERSON, 200),
    Row("PATCH", "/auth/me", A_PERSON, 200, json={"full_name": "Ada Byron"}),
    Row("POST", "/auth/me/password", A_PERSON, "wrong_password", json=_WRONG),
    Row("POST", "/auth/logout", A_PERSON, 204, using="fresh"),
)

ROWS = (*CATALOGUE, *IMPORTS, *STOCK, *ORDERS, *ACCOUNTS)
