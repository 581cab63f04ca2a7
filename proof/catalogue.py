"""The books of a run and what the clients know of its orders."""

from dataclasses import dataclass, field
from random import Random

from proof.clients import Client

_CREATED = 201


@dataclass(slots=True)
class Book:
    """A book of the run; ``price`` is as a client has last seen it."""

    id: str
    price: str


@dataclass
class Catalogue:
    """The books; the first one is hot: few copies, and everybody wants it."""

    books: list[Book] = field(default_factory=list)

    @property
    def hot(self) -> Book:
        """The book that everybody wants."""
        return self.books[0]

    def choose(self, random: Random, count: int, *, hot: float) -> list[Book]:
        """Choose different books in any order; the hot one is among them with the chance ``hot``."""
        chosen = random.sample(self.books[1:], min(count, len(self.books) - 1))
        if random.random() < hot:
            chosen[random.randrange(len(chosen))] = self.hot
        return chosen

    def price_of(self, book_id: str) -> str:
        """Return the price of a book as last seen."""
        return next(book.price for book in self.books if book.id == book_id)


async def add_book(keeper: Client, title: str, *, price: str, copies: int) -> Book:
    """Put a book on sale. Raises ``RuntimeError``."""
    body = {"title": title, "price": price, "stock": copies}
    answer = await keeper.insist("add book", "POST", "/books", body=body, tries=5, pause=1)
    if answer.status != _CREATED:
        message = f"a book cannot be added: {answer.status} {answer.body}"
        raise RuntimeError(message)
    return Book(answer.body["id"], price)


@dataclass
class Board:
    """Orders that clients have heard of: their number and their customer, and how they last stood."""

    status: dict[str, str] = field(default_factory=dict)

    def note(self, order_id: str, status: str) -> None:
        """Remember how an order stands."""
        self.status[order_id] = status

    def some(self, random: Random, *statuses: str) -> str | None:
        """Return an order that last stood so, most likely a recent one."""
        recent = list(self.status.items())[-300:]
        found = [order_id for order_id, status in recent if status in statuses]
        return random.choice(found) if found else None
