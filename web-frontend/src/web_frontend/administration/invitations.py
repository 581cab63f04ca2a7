"""Invitations: who may make an account, as what, and until when."""

import datetime as dt

from pydantic import BaseModel

from service_kit.languages.texts import N_, _
from web_frontend.administration.people import ROLES
from web_frontend.gateway_client import Call, Gateway, QueryValues
from web_frontend.gateway_problems import NotFound, Refused
from web_frontend.sealed_cookies import SealedCookie
from web_frontend.submitted_form import FormView, Submitted

PATH = "/admin/invitations"
PAGE_SIZE = 50
USUAL_DAYS = "7"
_MOST_DAYS = 30
_AUTH_PATH = "/auth/invitations"
STATES = {
    "open": N_("Open"),
    "pending": N_("Open"),
    "accepted": N_("Accepted"),
    "expired": N_("Expired"),
    "withdrawn": N_("Withdrawn"),
}
_OPEN = frozenset({"open", "pending"})


class InvitedBy(BaseModel):
    """Who made an invitation."""

    id: str
    email: str | None = None


class Invitation(BaseModel):
    """A link with which somebody makes an account."""

    id: str
    email: str | None = None
    role: str
    state: str
    created_at: dt.datetime
    expires_at: dt.datetime
    invited_by: InvitedBy | str | None = None
    link: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether somebody can still accept it."""
        return self.state in _OPEN

    @property
    def state_words(self) -> str:
        """Return what became of it."""
        return _(STATES[self.state]) if self.state in STATES else self.state.capitalize()

    @property
    def inviter(self) -> str | None:
        """Return who made it, if that account is still there."""
        return self.invited_by.email if isinstance(self.invited_by, InvitedBy) else self.invited_by


class Invitations(BaseModel):
    """One page of invitations, the newest first."""

    items: list[Invitation]
    next_cursor: str | None = None
    prev_cursor: str | None = None
    total: int | None = None


class SigningUpClosed(Exception):
    """Nobody can make an account, invited or not."""


class InvitationsClient:
    """auth-service's invitations, through the gateway."""

    def __init__(self, gateway: Gateway) -> None:
        """Take the gateway as this person sees it."""
        self._gateway = gateway

    async def find(self, query: QueryValues) -> Invitations:
        """Return one page. Raises ``Refused`` with ``invalid_cursor`` for a cursor of something else."""
        return Invitations.model_validate((await self._gateway.get(_AUTH_PATH, query)).body)

    async def make(self, *, email: str, role: str, days: int) -> Invitation:
        """Make an invitation; the answer alone has its link. Raises ``SigningUpClosed`` or ``Refused`` (422)."""
        body = {"role": role, "expires_in_days": days} | ({"email": email} if email else {})
        try:
            answer = await self._gateway.send(Call("POST", _AUTH_PATH, json=body))
        except Refused as error:
            if error.code == "signup_closed":
                raise SigningUpClosed from error
            raise
        return Invitation.model_validate(answer.body)

    async def withdraw(self, invitation_id: str) -> bool:
        """Withdraw an invitation; False when there was none to withdraw any more."""
        try:
            await self._gateway.send(Call("DELETE", f"{_AUTH_PATH}/{invitation_id}"))
        except NotFound:
            return False
        return True


def invitation_form(form: Submitted) -> FormView:
    """Check a new invitation."""
    names = ("email", "role", "days")
    view = FormView(values={name: form[name] for name in names})
    if view.values["email"] and "@" not in view.values["email"]:
        view.refuse("email", _("Enter an email address like name@example.com, or leave this empty"))
    if view.values["role"] not in ROLES:
        view.refuse("role", _("Choose a role"))
    if days_in(view.values["days"]) is None:
        view.refuse("days", _("Enter a number of days from 1 to %(most)s", most=_MOST_DAYS))
    return view


def days_in(text: str) -> int | None:
    """Return for how many days an invitation is good, or None when ``text`` does not say so."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(_MOST_DAYS))
    return int(text) if is_number and 1 <= int(text) <= _MOST_DAYS else None


NEW_LINK = SealedCookie("quire_invitation", seconds=300)
"""Carries the link of a new invitation, and whom it is for, to the page that shows it once."""
