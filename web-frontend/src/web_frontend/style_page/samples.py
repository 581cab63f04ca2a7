"""What the style page shows: books that nobody sells, a form with mistakes, covers of every palette and art."""

import datetime as dt

from service_kit.languages.texts import N_, _, n_, written_number
from web_frontend.catalogue.books import Book
from web_frontend.charts.columns import Bar, ColumnChart, column_chart
from web_frontend.covers import ART, PALETTES, Cover, chance_of, drawn
from web_frontend.stock.chart import StockChart, stock_chart
from web_frontend.submitted_form import FormView

COVER_TITLE = "Aa"
# The links of cards lead back here.
_HERE = "../local/style#cards"
_COPIES = (0, 12, 11, 9, 9, 6, 3, 2, 14, 13, 10, 8)
_FACES = ("serif", "sans", "serif", "caps")

ORDER_STATES = {
    "pending": N_("Being checked"),
    "placed": N_("Placed"),
    "shipped": N_("On its way"),
    "delivered": N_("Delivered"),
    "returned": N_("Returned"),
    "cancelled": N_("Cancelled"),
    "rejected": N_("Not placed"),
}


def books() -> list[Book]:
    """Return books whose cards show each word of the stock, a long title, another script, free and dear."""
    archived = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
    return [
        _book("The Waves", ["Virginia Woolf"], "9.99", 20),
        _book("Good Omens", ["Terry Pratchett", "Neil Gaiman"], "0.00", 3),
        _book("ألف ليلة وليلة", ["مجهول"], "99999.99", 0),
        _book("吾輩は猫である", ["夏目漱石"], "8.00", 1),
        _book("Donaudampfschifffahrtsgesellschaftskapitän", ["A", "B", "C", "D", "E"], "12.50", 9),
        _book("Walden", ["Henry David Thoreau"], "9.50", 4, archived_at=archived),
    ]


def covers() -> list[list[Cover]]:
    """Return a row for each art, with a cover in each palette."""
    return [[_cover(art, palette) for palette in range(PALETTES)] for art in range(len(ART))]


def columns() -> ColumnChart:
    """Return a chart of columns, of which the last is not over yet."""
    last = len(_COPIES)
    bars = [
        Bar(
            copies,
            n_("%(num)s copy", "%(num)s copies", copies),
            label=str(day) if day in {1, last} else "",
            is_unfinished=day == last,
        )
        for day, copies in enumerate(_COPIES, 1)
    ]
    words = n_("%(num)s copy", "%(num)s copies", sum(_COPIES))
    return column_chart(bars, name="style", title=_("Copies each day"), words=words, tick_words=written_number)


def stock_line() -> StockChart | None:
    """Return the line of the copies on a shelf."""
    begin = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    return stock_chart([(begin + dt.timedelta(days=day), copies) for day, copies in enumerate(_COPIES)])


def form() -> FormView:
    """Return a form with something right, something wrong, and something empty."""
    return FormView(
        values={"style-filled": "Ada Byron", "style-wrong": "ada@", "style-price": "9.99", "style-choice": "hardback"},
        errors={
            "style-wrong": _("Enter an email address like name@example.com"),
            "style-text": _("Enter the address that the books go to"),
        },
    )


def _cover(art: int, palette: int) -> Cover:
    face = _FACES[(art + palette) % len(_FACES)]
    return drawn(ART[art], chance_of(f"{art}-{palette}"), palette=palette, face=face, title=COVER_TITLE)


def _book(
    title: str, authors: list[str], price: str, available: int, *, archived_at: dt.datetime | None = None
) -> Book:
    return Book(
        id=_HERE,
        title=title,
        authors=authors,
        price=price,
        currency="GBP",
        available=available,
        archived_at=archived_at,
    )
