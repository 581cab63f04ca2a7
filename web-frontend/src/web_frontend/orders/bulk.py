"""One action on several orders: sending it, and telling precisely what came of it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal
from uuid import UUID

from itsdangerous import BadData
from markupsafe import Markup
from pydantic import BaseModel

from service_kit.languages.texts import N_, _, n_
from web_frontend.cookies import CookieChanges
from web_frontend.gateway_client import Call, Gateway
from web_frontend.links import with_query
from web_frontend.signing import timed_signatures
from web_frontend.submitted_form import Submitted

BulkAction = Literal["ship", "deliver", "cancel"]

MOST_ORDERS = 100
_COOKIE = "quire_bulk"
_KEPT_SECONDS = 300

_MEANWHILE: dict[str, tuple[str, str]] = {
    "pending": (N_("it is still being checked"), N_("they are still being checked")),
    "placed": (N_("it has not been shipped yet"), N_("they have not been shipped yet")),
    "rejected": (N_("it could not be placed"), N_("they could not be placed")),
    "shipped": (N_("it was shipped meanwhile"), N_("they were shipped meanwhile")),
    "delivered": (N_("it was delivered meanwhile"), N_("they were delivered meanwhile")),
    "returned": (N_("it came back meanwhile"), N_("they came back meanwhile")),
    "cancelled": (N_("it was cancelled meanwhile"), N_("they were cancelled meanwhile")),
    "": (N_("there is no such order"), N_("there are no such orders")),
}


class BulkResult(BaseModel):
    """What became of one order."""

    order_id: str
    number: str | None = None
    ok: bool
    order_status: str | None = None
    code: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Orders that have the same reason against them: ``words`` goes after their ``numbers``."""

    numbers: list[str]
    words: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What to tell after an action."""

    done: str
    failures: list[Failure]

    @property
    def failed_numbers(self) -> frozenset[str]:
        """Return the numbers of the orders that are as they were."""
        return frozenset(number for failure in self.failures for number in failure.numbers)


class BulkClient:
    """order-service's action on several orders, through the gateway."""

    def __init__(self, gateway: Gateway) -> None:
        """Take the gateway as this person sees it."""
        self._gateway = gateway

    async def change(self, action: BulkAction, order_ids: Sequence[str], *, idempotency_key: str) -> list[BulkResult]:
        """Do ``action`` with each order by itself; return what became of them, in the order asked."""
        body = {"action": action, "order_ids": list(order_ids)}
        call = Call("POST", "/orders/bulk", json=body, headers={"Idempotency-Key": idempotency_key})
        answer = (await self._gateway.send(call)).body
        return [BulkResult.model_validate(result) for result in answer["results"]]


def chosen_orders(form: Submitted) -> list[str]:
    """Return the ids of the orders that were ticked, each once, as many as may be changed at once."""
    ids = dict.fromkeys(_valid_ids(form.all("order_id")))
    return list(ids)[:MOST_ORDERS]


def _valid_ids(texts: Sequence[str]) -> list[str]:
    found = []
    for text in texts:
        try:
            found.append(str(UUID(text)))
        except ValueError:
            continue
    return found


def key_of(form_key: str, action: str, order_ids: Sequence[str]) -> str:
    """Return the idempotency key of one choice: the same form may be sent again with other orders ticked."""
    chosen = "|".join([form_key, action, *sorted(order_ids)])
    return hashlib.sha256(chosen.encode()).hexdigest()[:40]


def outcome_of(action: BulkAction, results: Sequence[BulkResult]) -> Outcome:
    """Sum up what became of the orders, those that failed by their reason."""
    done = [result for result in results if result.ok]
    failed = sorted((result for result in results if not result.ok), key=_reason_key)
    failures = []
    for _key, group in groupby(failed, key=_reason_key):
        members = list(group)
        failures.append(Failure([member.number or _("An order") for member in members], _why(action, members)))
    return Outcome(_done(action, done), failures)


def _done(action: BulkAction, done: Sequence[BulkResult]) -> str:
    if not done:
        return ""
    if len(done) == 1 and done[0].number:
        return _one_done(action, done[0].number)
    return _many_done(action, len(done))


def _one_done(action: BulkAction, number: str) -> str:
    match action:
        case "ship":
            return _("%(number)s is on its way.", number=number)
        case "deliver":
            return _("%(number)s is marked as delivered.", number=number)
        case "cancel":
            return _("%(number)s is cancelled. Its copies go back to the shelf.", number=number)


def _many_done(action: BulkAction, count: int) -> str:
    match action:
        case "ship":
            return n_("%(num)s order is on its way.", "%(num)s orders are on their way.", count)
        case "deliver":
            return n_("%(num)s order is marked as delivered.", "%(num)s orders are marked as delivered.", count)
        case "cancel":
            return n_(
                "%(num)s order is cancelled. Its copies go back to the shelf.",
                "%(num)s orders are cancelled. Their copies go back to the shelf.",
                count,
            )


def _reason_key(result: BulkResult) -> tuple[str, str]:
    return result.order_status or "", result.code or ""


def _why(action: BulkAction, members: Sequence[BulkResult]) -> str:
    what, why = _could_not(action, len(members)), _reason(members)
    return _("%(what)s: %(why)s.", what=what, why=why)


def _could_not(action: BulkAction, count: int) -> str:
    """Say what did not come about; the numbers of the orders stand before it."""
    match action:
        case "ship":
            return n_("could not be shipped", "could not be shipped", count)
        case "deliver":
            return n_("could not be marked as delivered", "could not be marked as delivered", count)
        case "cancel":
            return n_("could not be cancelled", "could not be cancelled", count)


def _reason(members: Sequence[BulkResult]) -> str:
    status, code = _reason_key(members[0])
    if code == "order_changing":
        return n_("others were changing it; try again", "others were changing them; try again", len(members))
    if status in _MEANWHILE:
        return _(_MEANWHILE[status][len(members) > 1])
    return members[0].title or _("the shop could not carry it out")


def order_links(numbers: Sequence[str]) -> Markup:
    """Return ``numbers`` of orders as links that find them, as the language lists things."""
    address = [with_query("/staff/orders", [("q", number)]) for number in numbers]
    links = [Markup('<a href="{}">{}</a>').format(*pair) for pair in zip(address, numbers, strict=True)]
    if len(links) == 1:
        return links[0]
    return Markup(_("%(first)s and %(last)s", first=Markup(", ").join(links[:-1]), last=links[-1]))  # noqa: S704


class OutcomeKeeper:
    """Carries an outcome from the form to the board that follows, in a signed cookie that is read once."""

    def __init__(self, secret: str, cookies: CookieChanges) -> None:
        """Take the secret of signed texts, and where cookies are noted."""
        self._signed = timed_signatures(secret, "bulk-outcome")
        self._cookies = cookies

    def keep(self, outcome: Outcome) -> None:
        """Have the next board tell ``outcome``."""
        failures = [[failure.words, *failure.numbers] for failure in outcome.failures]
        packed = self._signed.dumps({"done": outcome.done, "failures": failures})
        self._cookies.put(_COOKIE, str(packed), seconds=_KEPT_SECONDS)

    def take(self, request_cookies: Mapping[str, str]) -> Outcome | None:
        """Return the outcome to tell, if there is one, and forget it."""
        packed = request_cookies.get(self._cookies.full_name(_COOKIE))
        if packed is None:
            return None
        self._cookies.remove(_COOKIE)
        try:
            data = self._signed.loads(packed, max_age=_KEPT_SECONDS)
        except BadData:
            return None
        return Outcome(data["done"], [Failure(numbers, words) for words, *numbers in data["failures"]])
