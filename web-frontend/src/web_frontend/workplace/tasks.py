"""What needs doing, as a list of a few numbers that lead to where it is done."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from service_kit.languages.texts import _, n_, p_, written_number
from web_frontend.importing.imports import Import, ImportPage
from web_frontend.orders.board import Summary, is_long_to_wait, time_words
from web_frontend.searches.client import FruitlessSearches
from web_frontend.stock.books import LowStock
from web_frontend.workplace.parts import Part, Parts

Mood = Literal["late", "todo", "calm", "away"]
_FEW = 5
_MOST_IMPORTS = 3


@dataclass(frozen=True, slots=True)
class Task:
    """One kind of work: how much of it there is, in words, and where it is done."""

    mood: Mood
    number: str
    """How much; empty where nobody knows."""
    words: str
    details: str
    address: str

    @property
    def needs_somebody(self) -> bool:
        """Whether there is anything to do."""
        return self.mood in {"late", "todo"}


def tasks_of(parts: Parts) -> list[Task]:
    """Return what this person may do, the most pressing first."""
    order: list[Mood] = ["late", "todo", "away", "calm"]
    return sorted(_tasks(parts), key=lambda task: order.index(task.mood))


def _tasks(parts: Parts) -> Iterator[Task]:
    if parts.orders.is_away:
        yield _away(p_("of the shop", "Orders"), _("The orders do not answer just now."), "/staff/orders")
    elif parts.orders.value is not None:
        yield _to_ship(parts.orders.value)
        if parts.orders.value.minutes_of_checking:
            yield _checked_too_long(parts.orders.value)
        yield _parked(parts.orders.value)
    if parts.low.is_away:
        yield _away(_("Low stock"), _("The stock does not answer just now."), "/staff/low-stock")
    elif parts.low.value is not None:
        yield _low(parts.low.value)
    if parts.imports.is_away:
        yield _away(_("Imports"), _("The imports do not answer just now."), "/staff/imports")
    elif parts.imports.value is not None:
        yield _imports(parts.imports.value)
    if parts.searches.is_away:
        yield _away(_("Searches without a result"), _("The searches do not answer just now."), "/staff/searches")
    elif parts.searches.value is not None:
        yield _searches(parts.searches.value)


def _away(words: str, details: str, address: str) -> Task:
    return Task("away", "", words, details, address)


def _to_ship(summary: Summary) -> Task:
    count = summary.count_of("placed")
    number, waiting = (count.count if count else 0), summary.oldest_placed_seconds
    if not number:
        return Task("calm", "0", _("Nothing to ship"), _("Every placed order has left the shop."), "/staff/orders")
    details = _("The oldest has waited for %(time)s.", time=time_words(waiting)) if waiting else ""
    shown = written_number(number) + ("+" if count and count.is_more else "")
    words = n_("order to ship", "orders to ship", number)
    return Task("late" if is_long_to_wait(waiting) else "todo", shown, words, details, "/staff/orders")


def _checked_too_long(summary: Summary) -> Task:
    count = summary.count_of("pending")
    number = count.count if count else 1
    details = _("The oldest has waited for %(time)s.", time=time_words(summary.oldest_pending_seconds or 0))
    words = n_("order is being checked", "orders are being checked", number)
    return Task("late", written_number(number), words, details, "/staff/orders?status=pending")


def _parked(summary: Summary) -> Task:
    if not summary.parked:
        return Task("calm", "0", _("Nothing is parked"), _("Quire finished everything by itself."), "/staff/work")
    words = n_("piece of parked work", "pieces of parked work", summary.parked)
    return Task("late", written_number(summary.parked), words, _("Somebody has to look at it."), "/staff/work")


def _low(low: LowStock) -> Task:
    number = low.total if low.total is not None else len(low.items)
    if not number:
        details = _("Of every book there are more than two to sell.")
        return Task("calm", "0", _("Nothing is running low"), details, "/staff/low-stock")
    selling = sum(1 for book in low.items if book.sold_30_days)
    details = _("None of them was sold in the last 30 days.")
    if selling:
        details = n_("%(num)s of them sells.", "%(num)s of them sell.", selling)
    shown = written_number(number) + ("+" if low.total_is_estimate else "")
    return Task("todo", shown, n_("book runs low", "books run low", number), details, "/staff/low-stock")


def _imports(found: ImportPage) -> Task:
    waiting = [one for one in found.items if one.state_kind == "wait"]
    if waiting:
        address = f"/staff/imports/{waiting[0].id}" if len(waiting) == 1 else "/staff/imports"
        words = n_("import waits for you", "imports wait for you", len(waiting))
        return Task("todo", written_number(len(waiting)), words, waiting[0].name, address)
    running = [one for one in found.items if one.is_running]
    if running:
        address = f"/staff/imports/{running[0].id}" if len(running) == 1 else "/staff/imports"
        words = n_("import is running", "imports are running", len(running))
        return Task("calm", written_number(len(running)), words, running[0].name, address)
    return Task("calm", "0", _("No import waits"), _("None is running either."), "/staff/imports")


def _searches(found: FruitlessSearches) -> Task:
    number = found.total if found.total is not None else len(found.items)
    if not number:
        details = _("Everybody found something.")
        return Task("calm", "0", _("No search was in vain"), details, "/staff/searches")
    words = n_("search without a result", "searches without a result", number)
    details = _("Most often: “%(words)s”", words=found.items[0].q) if found.items else ""
    return Task("todo", written_number(number), words, details, "/staff/searches")


def urgent_books(low: Part[LowStock]) -> LowStock | None:
    """Return the books of which few are left, those first that sell."""
    if low.value is None:
        return None
    items = sorted(low.value.items, key=lambda book: (-book.sold_30_days, book.available))[:_FEW]
    return low.value.model_copy(update={"items": items})


def current_imports(imports: Part[ImportPage]) -> list[Import]:
    """Return the imports that run, wait for somebody or failed, the newest first."""
    found = imports.value.items if imports.value is not None else []
    return [one for one in found if one.is_running or one.state_kind in {"wait", "bad"}][:_MOST_IMPORTS]
