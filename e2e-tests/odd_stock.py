"""Books, orders and imports of every kind that a page may have to show, also of the kinds that break layouts."""

from dataclasses import dataclass, field

import httpx2
from faults import wait_until

# Longer than any line: what people type must not push a page apart.
LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen " * 4
UNBROKEN = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz" * 7
NAMES = ["Juliana Fitzgerald-Ashworth", "Wu Cheng’en", "Søren Ødegård", "Ngũgĩ wa Thiong’o", "Fyodor Dostoyevsky"]
STATES = {"shipped": ("ship",), "delivered": ("ship", "deliver"), "returned": ("ship", "deliver", "return")}
STATES |= {"cancelled": ("cancel",)}

_ODD = {
    "unbroken": {"title": UNBROKEN, "authors": [UNBROKEN[:300]], "price": "0", "stock": 1},
    "arabic": {"title": "موسم الهجرة إلى الشمال", "authors": ["الطيب صالح"], "language": "ara", "price": "10.50"},
    "japanese": {"title": "雪国", "authors": ["川端康成"], "language": "jpn", "price": "7.25", "stock": 3},
    "many": {"title": "The Companion to Everything", "authors": NAMES, "price": "99999.99", "stock": 99_999},
}
BOOKS = ("archived", *_ODD)

_FILE = """id,isbn13,title,authors,language,format,pages,price
{id},,{title},George Eliot; A. N. Other,eng,paperback,880,8.49
,,Scenes of Clerical Life,George Eliot,eng,paperback,420,6.99
,123,,Nobody,Klingon,scroll,many,dear
"""
_OTHERS = "Werk;Kostet\nEffi Briest;9,99\n"


@dataclass
class OddStock:
    """What was put into the shop, each under the name that addresses use for it."""

    api: str
    headers: dict[str, str]
    ids: dict[str, str] = field(default_factory=dict)

    def fill(self, buyer: dict[str, str]) -> None:
        """Put it all there; ``buyer`` orders."""
        self._books()
        self._imports()
        self._orders(buyer)

    def post(self, path: str, *, headers: dict[str, str] | None = None, **what) -> dict:
        """Send what has to succeed."""
        answer = httpx2.post(f"{self.api}{path}", headers=headers or self.headers, timeout=30, **what)
        return answer.raise_for_status().json()

    def _books(self) -> None:
        book = self._book(title="Felix Holt", authors=["George Eliot"], price="7.99", stock=8, subjects=["Reform"])
        change = {"subtitle": "The Radical", "authors": ["Marian Evans"], "description": "An election.\n\nAnd after."}
        self._patch(book, change)
        long = self._book(title=LONG, authors=[LONG], publisher=LONG, subjects=[LONG[:90]], price="99999.99")
        httpx2.delete(f"{self.api}/books/{long}", headers=self.headers).raise_for_status()
        self.ids |= {"book_id": book, "archived": long}
        many = [f"Subject number {number} of sixty" for number in range(60)]
        for name, facts in _ODD.items():
            self.ids[name] = self._book(**facts, **({"subjects": many} if name == "many" else {}))
        httpx2.get(f"{self.api}/books/", params={"q": "zyxwvu tsrqpo"}, headers=self.headers).raise_for_status()

    def _book(self, **facts: object) -> str:
        return self.post("/books/", json=facts)["id"]

    def _patch(self, book: str, change: dict[str, object]) -> None:
        httpx2.patch(f"{self.api}/books/{book}", json=change, headers=self.headers).raise_for_status()

    def _imports(self) -> None:
        content = _FILE.format(id=self.ids["book_id"], title="Felix Holt")
        self.ids["checked"] = self.ids["import_id"] = self._import(content, "checked")
        self.ids["columns"] = self._import(_OTHERS, "needs_mapping")
        self.ids["refused"] = self._import("title,title\na,b\n", "refused")
        for title, steps in (("Romola", ("apply", "undo")), ("Adam Bede", ("apply",))):
            done = self._import(f"title,price\n{title},5.00\n", "checked")
            for step in steps:
                self.post(f"/books/imports/{done}/{step}")
                state = {"apply": "applied", "undo": "undone"}[step]
                self._await_import(done, state)
            self.ids[state] = done

    def _import(self, content: str, state: str) -> str:
        name = {"name": f"{LONG[:90]}.csv"}
        return self._await_import(self.post("/books/imports", params=name, content=content.encode())["id"], state)

    def _await_import(self, made: str, state: str) -> str:
        url = f"{self.api}/books/imports/{made}"
        wait_until(lambda: httpx2.get(url, headers=self.headers).json().get("state") == state)
        return made

    def _orders(self, buyer: dict[str, str]) -> None:
        for state, steps in ({"placed": ()} | STATES).items():
            self.ids[state] = self.order("book_id", *(("unbroken",) if state == "placed" else ()), buyer=buyer)
            for step in steps:
                self.post(f"/orders/{self.ids[state]}/{step}", headers=self.headers)

    def order(self, *books: str, buyer: dict[str, str]) -> str:
        """Order a copy of each of the books."""
        delivery = {"name": "Ada Byron", "address": "12 St James’s Square\nLondon SW1Y 4JH", "note": "The green door"}
        items = [{"book_id": self.ids[book], "quantity": 1} for book in books]
        made = self.post("/orders/", headers=buyer, json={"items": items, "delivery": delivery})["id"]
        order = f"{self.api}/orders/{made}"
        wait_until(lambda: httpx2.get(order, headers=buyer).json()["status"] == "placed")
        return made
