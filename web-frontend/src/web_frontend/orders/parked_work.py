"""Work that Quire could not finish by itself: what it is, why, and what staff can do about it."""

import datetime as dt
import re

from pydantic import BaseModel

from service_kit.languages.texts import N_, _
from web_frontend.gateway_client import Call, Gateway
from web_frontend.gateway_problems import NotFound
from web_frontend.orders.order import status_words

_STEP_WORDS = {
    "reserve": N_("Keep the copies for the order"),
    "release": N_("Put the copies of the order back for sale"),
    "commit": N_("Take the shipped copies off the shelf’s count"),
    "return": N_("Put the returned copies back into the shelf’s count"),
}
_UNDONE_WORDS = {
    "reserve": N_("Until then nobody knows whether its copies can be had."),
    "release": N_("Until then its copies look promised, and nobody else can order them."),
    "commit": N_("Until then its copies look as if they were still on the shelf, promised to this order."),
    "return": N_("Until then its copies are back in the shop, but cannot be ordered."),
}
_SETTLED_WORDS = {
    "reserve": N_("It changes nothing else, so no copies are kept for the order."),
    "release": N_("It changes nothing else, so its copies may stay promised, and nobody else can order them."),
    "commit": N_("It changes nothing else, so its copies may still count as on the shelf and promised."),
    "return": N_("It changes nothing else, so its copies do not count as back on the shelf."),
}
_SETTLED_ANYHOW = N_("It changes nothing else, so the stock stays as it is.")
_REFUSED = re.compile(r"refuses to \w+")
_SILENT = re.compile(r"no answer|connect|timeout|timed out|read error|network|protocol", re.IGNORECASE)


class ParkedWork(BaseModel):
    """One thing that the stock has still to be told of an order."""

    order_id: str
    number: str
    order_status: str
    step: str
    attempts: int
    last_error: str | None = None
    parked_at: dt.datetime

    @property
    def words(self) -> str:
        """Return what was to be done."""
        return _(_STEP_WORDS[self.step]) if self.step in _STEP_WORDS else self.step.capitalize()

    @property
    def undone_words(self) -> str:
        """Return what it means as long as it is not done."""
        return _(_UNDONE_WORDS.get(self.step, ""))

    @property
    def settled_words(self) -> str:
        """Return what stays as it is when Quire does not try again."""
        return _(_SETTLED_WORDS.get(self.step, _SETTLED_ANYHOW))

    @property
    def status_words(self) -> str:
        """Return the order's status in words."""
        return status_words(self.order_status)

    @property
    def why(self) -> str:
        """Return the reason in plain words; the technical text is ``last_error``."""
        error = self.last_error or ""
        if _REFUSED.search(error):
            return _("What the stock keeps of this order contradicts it. Look at the shelf and put its count right.")
        if _SILENT.search(error):
            return _("The stock could not be reached. If it is back, trying again is all it takes.")
        if error:
            return _("The stock gave an answer that makes no sense here.")
        return _("No reason was noted.")

    @property
    def is_contradiction(self) -> bool:
        """Whether the two services disagree, which no repetition mends."""
        return bool(_REFUSED.search(self.last_error or ""))


class ParkedWorkList(BaseModel):
    """All work that waits for a person."""

    items: list[ParkedWork] = []
    total: int = 0


class NotParked(Exception):
    """The work is not parked any more: somebody else was faster, or Quire finished it."""


class ParkedWorkClient:
    """order-service's parked work, through the gateway."""

    def __init__(self, gateway: Gateway) -> None:
        """Take the gateway as this person sees it."""
        self._gateway = gateway

    async def all(self) -> ParkedWorkList:
        """Return what is parked."""
        return ParkedWorkList.model_validate((await self._gateway.get("/orders/parked")).body)

    async def one(self, order_id: str, step: str) -> ParkedWork | None:
        """Return one piece of work, or None when it is not parked."""
        found = (work for work in (await self.all()).items if (work.order_id, work.step) == (order_id, step))
        return next(found, None)

    async def of_order(self, order_id: str) -> list[ParkedWork]:
        """Return what is parked of one order."""
        return [work for work in (await self.all()).items if work.order_id == order_id]

    async def retry(self, order_id: str, step: str) -> None:
        """Have Quire try again. Raises ``NotParked``."""
        await self._send(Call("POST", f"/orders/parked/{order_id}/{step}/retry"))

    async def resolve(self, order_id: str, step: str, note: str) -> None:
        """Drop the work, with a note in the order's timeline. Raises ``NotParked``, or ``Refused`` (422)."""
        await self._send(Call("POST", f"/orders/parked/{order_id}/{step}/resolve", json={"note": note}))

    async def _send(self, call: Call) -> None:
        try:
            await self._gateway.send(call)
        except NotFound as error:
            raise NotParked from error
