"""The audit trail: what happened to accounts, who did it, when and from where."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field
from starlette.datastructures import QueryParams

from service_kit.languages.texts import N_
from web_frontend.administration.event_telling import ACTIONS
from web_frontend.gateway_client import Gateway, QueryValues
from web_frontend.links import with_query
from web_frontend.one_line import one_line

PATH = "/admin/audit"
FILE_PATH = "/admin/audit/file"
PAGE_SIZE = 50
ASPECTS = {"subject": N_("What happened to them"), "actor": N_("What they did")}
FORMATS = {"csv": "CSV", "jsonl": "JSON Lines"}
_AUDIT = "/auth/audit"
EXPORT = "/auth/audit/export"
_LONGEST = 200
_LONGEST_CURSOR = 2000


class Named(BaseModel):
    """An account as an event names it; without an address when it has been erased."""

    id: str
    email: str | None = None


class Event(BaseModel):
    """Something that happened to an account, or was tried."""

    number: int
    at: dt.datetime
    action: str
    actor: Named | None = None
    subject: Named | None = None
    address: str | None = None
    user_agent: str | None = None
    detail: dict[str, Any] = Field(default_factory=dict)


class Events(BaseModel):
    """One page of events, the newest first."""

    items: list[Event]
    next_cursor: str | None = None
    prev_cursor: str | None = None
    total: int | None = None


class EventsClient:
    """auth-service's audit trail, through the gateway."""

    def __init__(self, gateway: Gateway) -> None:
        """Take the gateway as this person sees it."""
        self._gateway = gateway

    async def find(self, query: QueryValues) -> Events:
        """Return one page. Raises ``Refused`` with ``invalid_cursor`` for a cursor of something else."""
        return Events.model_validate((await self._gateway.get(_AUDIT, query)).body)


@dataclass(frozen=True, slots=True)
class EventsView:
    """What the address of the audit page asks for. ``person`` is an account's id, or words to find one by."""

    person: str = ""
    aspect: str = ""
    action: str = ""
    first_day: str = ""
    last_day: str = ""
    cursor: str = ""

    @property
    def is_narrowed(self) -> bool:
        """Whether only some events are asked for."""
        return bool(self.person or self.action or self.first_day or self.last_day)

    @property
    def shown_aspect(self) -> str:
        """Return whether the person is whom it happened to, or who did it."""
        return self.aspect or "subject"

    def link(self, **changes: str) -> str:
        """Return the address of the view with ``changes``."""
        return with_query(PATH, replace(self, **changes).values())

    def file_link(self, kind: str) -> str:
        """Return the address of these events as a file."""
        return with_query(FILE_PATH, [("format", kind), *replace(self, cursor="").values()])

    def query(self, account_id: str | None) -> QueryValues:
        """Return what to ask auth-service, about the account that ``person`` stands for."""
        values = [(self.shown_aspect, account_id or ""), ("action", self.action)]
        values += [("since", _begin(self.first_day)), ("until", _begin(self.last_day, days_later=1))]
        return [(name, value) for name, value in [*values, ("cursor", self.cursor)] if value]

    def values(self) -> QueryValues:
        """Return what stands in the query of its address."""
        values = [("person", self.person), ("as", self.aspect if self.person else ""), ("action", self.action)]
        return [*values, ("from", self.first_day), ("to", self.last_day), ("cursor", self.cursor)]


def events_view_of(query: QueryParams) -> EventsView:
    """Read an address. What makes no sense is left out."""
    aspect, action = query.get("as", ""), query.get("action", "")
    return EventsView(
        person=one_line(query.get("person", ""), _LONGEST),
        aspect=aspect if aspect in ASPECTS else "",
        action=action if action in ACTIONS else "",
        first_day=_day(query.get("from", "")),
        last_day=_day(query.get("to", "")),
        cursor=one_line(query.get("cursor", ""), _LONGEST_CURSOR),
    )


def event_link(*, subject: str) -> str:
    """Return the address of what happened to one account."""
    return EventsView(person=subject).link()


def account_id_in(text: str) -> str | None:
    """Return the id of an account if ``text`` is one."""
    try:
        return str(UUID(text))
    except ValueError:
        return None


def _day(text: str) -> str:
    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError:
        return ""


def _begin(day: str, *, days_later: int = 0) -> str:
    """Return when a day begins (UTC), as an exact moment; nothing for no day."""
    if not day:
        return ""
    try:
        moment = dt.date.fromisoformat(day) + dt.timedelta(days=days_later)
    except OverflowError:
        return ""
    return dt.datetime.combine(moment, dt.time(), dt.UTC).isoformat()
