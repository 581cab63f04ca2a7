"""The forms of the stock pages, and the words for what is wrong with them."""

import re

from service_kit.languages.texts import N_, _, n_
from web_frontend.submitted_form import FormView, Submitted

MOST_COPIES = 1_000_000
LONGEST_REASON = 300
REASONS = (N_("Delivery"), N_("Damaged"), N_("Stolen or lost"), N_("Found"), N_("Gift"))
_CHANGE = re.compile(r"[+-]?[0-9]{1,7}")
_COUNT = re.compile(r"[0-9]{1,7}")
_LEDGER_ROW = re.compile(r"[0-9]{1,18}")
_MINUS_SIGNS = str.maketrans({"\N{MINUS SIGN}": "-", "\N{EN DASH}": "-", " ": None})


def change_form(form: Submitted) -> tuple[FormView, int]:
    """Check a change of stock; return it with the number of copies, 0 when it is none."""
    view = FormView(values={name: form[name] for name in ("change", "reason")})
    text = form["change"].translate(_MINUS_SIGNS)
    change = int(text) if _CHANGE.fullmatch(text) else 0
    if change == 0 or abs(change) > MOST_COPIES:
        view.refuse("change", _("Enter how many copies came or went, like 5 or -2"))
    refuse_bad_reason(view, form["reason"])
    return view, change


def count_form(form: Submitted) -> tuple[FormView, int]:
    """Check the count of a book; return it with the number of copies."""
    view = FormView(values={name: form[name] for name in ("counted", "note")})
    number = number_of(form["counted"])
    if number is None:
        view.refuse("counted", _("Enter how many copies you counted, like 0 or 12"))
    if len(form["note"]) > LONGEST_REASON // 2:
        view.refuse("note", _too_long(LONGEST_REASON // 2))
    return view, number or 0


def refuse_bad_reason(view: FormView, reason: str) -> None:
    """Note at the field ``reason`` when it is missing or too long."""
    if not reason:
        view.refuse("reason", _("Say why, so that others can follow the ledger"))
    elif len(reason) > LONGEST_REASON:
        view.refuse("reason", _too_long(LONGEST_REASON))


def _too_long(longest: int) -> str:
    return n_("Shorten this to %(num)s character", "Shorten this to %(num)s characters", longest)


def number_of(text: str) -> int | None:
    """Return a number of copies from 0 on, or None when ``text`` is none."""
    number = int(text) if _COUNT.fullmatch(text) else None
    return number if number is not None and number <= MOST_COPIES else None


def ledger_row(text: str) -> int | None:
    """Return the ledger row that a form was shown with, or None when it has been tampered with."""
    return int(text) if _LEDGER_ROW.fullmatch(text) else None
