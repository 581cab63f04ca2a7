"""The order board as somebody looks at it: which orders, in which order, which page of them."""

import datetime as dt
from dataclasses import dataclass, replace
from uuid import UUID

from pydantic import BaseModel, Field
from starlette.datastructures import QueryParams

from service_kit.languages.texts import N_, _, n_
from web_frontend.gateway_client import QueryValues
from web_frontend.links import with_query
from web_frontend.orders.order import Order

PATH = "/staff/orders"
PAGE_SIZE = 50
EVERYTHING = "all"
TABS = {
    "placed": N_("To ship"),
    "pending": N_("Being checked"),
    "shipped": N_("On its way"),
    "delivered": N_("Delivered"),
    "returned": N_("Returned"),
    "cancelled": N_("Cancelled"),
    "rejected": N_("Not placed"),
    EVERYTHING: N_("All"),
}
EMPTY_WORDS = {
    "shipped": N_("Orders that are on their way will be listed here."),
    "delivered": N_("Orders that have arrived will be listed here."),
    "returned": N_("Orders that came back will be listed here."),
    "cancelled": N_("Orders that were cancelled will be listed here."),
    "rejected": N_("Orders that could not be placed will be listed here."),
}
KEY_NAMES = {"Enter": N_("Enter"), "Shift x": N_("Shift x")}
SORTS = {"oldest": N_("Oldest first"), "newest": N_("Newest first")}
ACTIONS = {"ship": N_("Ship"), "deliver": N_("Mark as delivered"), "cancel": N_("Cancel …")}
_ACTIONS_OF = {
    "placed": ("ship", "cancel"),
    "pending": ("cancel",),
    "shipped": ("deliver",),
    EVERYTHING: tuple(ACTIONS),
}
_WORK = frozenset({"placed", "pending", "shipped"})
_LONGEST_WORDS = 300
_LONGEST_CURSOR = 2000
_OVERDUE = dt.timedelta(days=2)
_LONG_CHECK_SECONDS = 180
_MINUTE, _HOUR, _DAY = 60, 60 * 60, 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Board:
    """What the address asks for. Words are looked for among all orders, unless a tab is chosen besides."""

    tab: str = ""
    q: str = ""
    book: str = ""
    sort: str = ""
    cursor: str = ""

    @property
    def shown_tab(self) -> str:
        """Return the tab that applies."""
        return self.tab or (EVERYTHING if self.is_search else "placed")

    @property
    def is_search(self) -> bool:
        """Whether only some orders of a tab are looked for."""
        return bool(self.q or self.book)

    @property
    def shown_sort(self) -> str:
        """Return the order that applies: what has waited longest comes first where there is something to do."""
        return self.sort or ("oldest" if self.shown_tab in _WORK else "newest")

    @property
    def actions(self) -> dict[str, str]:
        """Return what can be done with several orders of this tab."""
        return {name: ACTIONS[name] for name in _ACTIONS_OF.get(self.shown_tab, ())}

    @property
    def address(self) -> str:
        """Return the address of this very view."""
        return self.link()

    def link(self, **changes: str) -> str:
        """Return the address of the view with ``changes``."""
        shown = replace(self, **changes)
        names = (("status", "tab"), ("q", "q"), ("book", "book"), ("sort", "sort"), ("cursor", "cursor"))
        return with_query(PATH, [(query, getattr(shown, name)) for query, name in names])

    def tab_link(self, tab: str) -> str:
        """Return the address of another tab, with the same search."""
        is_default = tab == ("placed" if not self.is_search else EVERYTHING)
        return self.link(tab="" if is_default else tab, sort="", cursor="")

    def query(self) -> QueryValues:
        """Return what to ask order-service."""
        tab = self.shown_tab
        values = [("all", "true"), ("sort", self.shown_sort), ("limit", str(PAGE_SIZE))]
        values += [("status", tab)] if tab != EVERYTHING else []
        return values + [(name, value) for name in ("q", "book", "cursor") if (value := getattr(self, name))]


def board_of(query: QueryParams) -> Board:
    """Read an address. What makes no sense is left out."""
    tabs = [tab for tab in query.getlist("status") if tab in TABS]
    sort = query.get("sort", "")
    return Board(
        tab=tabs[0] if tabs else "",
        q=" ".join(query.get("q", "").split())[:_LONGEST_WORDS],
        book=_uuid(query.get("book", "")),
        sort=sort if sort in SORTS else "",
        cursor=query.get("cursor", "")[:_LONGEST_CURSOR],
    )


def _uuid(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        return ""


class Count(BaseModel):
    """How many orders have a status; ``is_more`` when there are more than ``count``, which would take long to count."""

    count: int
    is_more: bool = Field(default=False, alias="is_estimate")


class Summary(BaseModel):
    """How much there is to do."""

    counts: dict[str, Count] = {}
    parked: int = 0
    oldest_pending_seconds: float | None = None
    oldest_placed_seconds: float | None = None

    def count_of(self, tab: str) -> Count | None:
        """Return how many orders a tab has, or None when it is not known."""
        if tab != EVERYTHING:
            return self.counts.get(tab)
        counts = self.counts.values()
        return Count(count=sum(one.count for one in counts), is_estimate=any(one.is_more for one in counts))

    @property
    def minutes_of_checking(self) -> int:
        """Return for how many minutes the oldest pending order has waited; 0 as long as that is nothing unusual."""
        seconds = self.oldest_pending_seconds or 0
        return int(seconds // 60) if seconds > _LONG_CHECK_SECONDS else 0


def time_words(seconds: float) -> str:
    """Return how long something has lasted, in one unit."""
    if seconds >= _DAY:
        return n_("%(num)s day", "%(num)s days", int(seconds // _DAY))
    if seconds >= _HOUR:
        return n_("%(num)s hour", "%(num)s hours", int(seconds // _HOUR))
    if seconds >= _MINUTE:
        return n_("%(num)s minute", "%(num)s minutes", int(seconds // _MINUTE))
    return _("less than a minute")


def waiting_words(moment: dt.datetime) -> str:
    """Return how long ago ``moment`` was, in one unit."""
    seconds = (dt.datetime.now(dt.UTC) - moment).total_seconds()
    return time_words(seconds) if seconds >= _MINUTE else _("just now")


def is_long_to_wait(seconds: float | None) -> bool:
    """Tell whether somebody has waited longer for the books to be sent than a customer should."""
    return (seconds or 0) > _OVERDUE.total_seconds()


def is_overdue(order: Order) -> bool:
    """Tell whether a placed order has waited longer than a customer should."""
    return order.status == "placed" and is_long_to_wait((dt.datetime.now(dt.UTC) - order.created_at).total_seconds())
