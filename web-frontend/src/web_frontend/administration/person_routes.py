"""``/admin/accounts/{id}``: one account, and what an administrator can do with it."""

import asyncio
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from service_kit.languages.texts import N_, _
from web_frontend.administration import people
from web_frontend.administration.event_details import details_of
from web_frontend.administration.event_telling import told
from web_frontend.administration.events import Events, EventsClient, event_link
from web_frontend.administration.people import Person
from web_frontend.administration.people_client import LastAdmin, MailNotConfigured, OwnAccount, PeopleClient
from web_frontend.administration.questions import QUESTIONS, Step
from web_frontend.dependencies import AdminPage, SignedInForm
from web_frontend.gateway_problems import Refused, ServiceAway
from web_frontend.pages import Page
from web_frontend.submitted_form import FormView

router = APIRouter(prefix=people.PATH + "/{account_id}")

_UNPROCESSABLE = 422
_CONFLICT = 409
_LAST_ADMIN = N_(
    "This is the last administrator who can sign in, so nobody could manage accounts any more. "
    "Make somebody else an administrator first."
)
_OWN_ACCOUNT = N_("Nobody does this to their own account. Ask another administrator.")
_NO_MAIL = N_("This shop sends no mail. Set a new password with the operator’s command, and tell it in person.")


def _address(account_id: UUID | str) -> str:
    return f"{people.PATH}/{account_id}"


@router.get("")
@router.get("/role")
async def account(page: AdminPage, account_id: UUID) -> Response:
    """Show an account; under its second address with the role that was chosen before signing in again."""
    kept = page.take_kept_input() or {}
    role = FormView(values={"role": kept["role"][0]}) if kept.get("role") else None
    return await _show(page, await PeopleClient(page.gateway).person(str(account_id)), role=role)


@router.get("/sessions/end")
@router.get("/password-reset")
async def account_with_the_form(page: AdminPage, account_id: UUID) -> Response:
    """Lead to the account's page, which has the form."""
    return await page.go(_address(account_id))


@router.post("/role")
async def change_role(page: AdminPage, form: SignedInForm, account_id: UUID) -> Response:
    """Give the account another role."""
    accounts = PeopleClient(page.gateway)
    role = form["role"]
    view = FormView(values={"role": role})
    status = _CONFLICT
    if role not in people.ROLES:
        view.refuse("role", _("Choose a role"))
        status = _UNPROCESSABLE
    else:
        try:
            await accounts.change_role(str(account_id), role)
        except LastAdmin:
            view.refuse("role", _(_LAST_ADMIN))
        except OwnAccount:
            view.refuse("role", _(_OWN_ACCOUNT))
        else:
            name = people.role_name(role)
            words = _("The role is now: %(role)s. It holds everywhere within ten seconds.", role=name)
            page.flash("ok", words)
            return await page.go(_address(account_id))
    person = await accounts.person(str(account_id))
    return await _show(page, person, role=view, status=status, fragment="role_form")


@router.get("/disable")
async def ask_to_disable(page: AdminPage, account_id: UUID) -> Response:
    """Say what disabling does, and ask."""
    return await _ask(page, account_id, "disable")


@router.post("/disable")
async def disable(page: AdminPage, _form: SignedInForm, account_id: UUID) -> Response:
    """Disable the account."""
    return await _change_access(page, account_id, disabled=True)


@router.get("/enable")
async def ask_to_enable(page: AdminPage, account_id: UUID) -> Response:
    """Say what enabling does, and ask."""
    return await _ask(page, account_id, "enable")


@router.post("/enable")
async def enable(page: AdminPage, _form: SignedInForm, account_id: UUID) -> Response:
    """Enable the account again."""
    return await _change_access(page, account_id, disabled=False)


async def _change_access(page: Page, account_id: UUID, *, disabled: bool) -> Response:
    step: Step = "disable" if disabled else "enable"
    try:
        await PeopleClient(page.gateway).disable(str(account_id), disabled=disabled)
    except LastAdmin:
        return await _ask(page, account_id, step, problem=_LAST_ADMIN)
    except OwnAccount:
        return await _ask(page, account_id, step, problem=_OWN_ACCOUNT)
    page.flash("ok", _("The account is disabled.") if disabled else _("The account is enabled again."))
    return await page.go(_address(account_id))


@router.get("/second-factor")
async def ask_to_reset_second_factor(page: AdminPage, account_id: UUID) -> Response:
    """Say what resetting the second factor does, and ask."""
    return await _ask(page, account_id, "second-factor")


@router.post("/second-factor")
async def reset_second_factor(page: AdminPage, _form: SignedInForm, account_id: UUID) -> Response:
    """Take the account's second factor away."""
    try:
        await PeopleClient(page.gateway).reset_second_factor(str(account_id))
    except OwnAccount:
        return await _ask(page, account_id, "second-factor", problem=_OWN_ACCOUNT)
    page.flash("ok", _("The second factor is reset, and all sessions are ended. The password alone signs in now."))
    return await page.go(_address(account_id))


@router.post("/sessions/end")
async def end_sessions(page: AdminPage, _form: SignedInForm, account_id: UUID) -> Response:
    """Sign the account out everywhere."""
    await PeopleClient(page.gateway).end_sessions(str(account_id))
    page.flash("ok", _("All sessions are ended. Browsers and programs find out within ten seconds."))
    return await page.go(_address(account_id))


@router.post("/password-reset")
async def send_reset_link(page: AdminPage, _form: SignedInForm, account_id: UUID) -> Response:
    """Mail a link for choosing a new password."""
    try:
        await PeopleClient(page.gateway).send_reset_link(str(account_id))
    except MailNotConfigured:
        page.flash("bad", _(_NO_MAIL))
    else:
        page.flash("ok", _("The link is on its way. The old password works until a new one is chosen."))
    return await page.go(_address(account_id))


async def _ask(page: Page, account_id: UUID, step: Step, *, problem: str | None = None) -> Response:
    person = await PeopleClient(page.gateway).person(str(account_id))
    return await page.show(
        "administration/ask.html",
        status=_CONFLICT if problem else 200,
        whole=True,
        person=person,
        question=QUESTIONS[step],
        is_own=_is_own(page, person),
        form=FormView(problem=problem and _(problem)),
        own_account=_(_OWN_ACCOUNT),
    )


async def _show(
    page: Page, person: Person, *, role: FormView | None = None, status: int = 200, fragment: str = "content"
) -> Response:
    sessions, events = await asyncio.gather(
        PeopleClient(page.gateway).sessions(person.id), _latest_events(page, person.id)
    )
    return await page.show(
        "administration/account.html",
        status=status,
        fragments=(fragment,),
        person=person,
        sessions=sessions,
        events=events,
        told=told,
        details_of=details_of,
        events_link=event_link(subject=person.id),
        role=role or FormView(values={"role": person.role}),
        roles=people.roles(),
        role_hints=people.in_words(people.ROLE_HINTS),
        role_name=people.role_name,
        is_own=_is_own(page, person),
    )


async def _latest_events(page: Page, account_id: str) -> Events | None:
    """Return what happened to the account lately, or None when it cannot be had: the page shows all the same."""
    try:
        return await EventsClient(page.gateway).find([("subject", account_id), ("limit", "10")])
    except (ServiceAway, Refused):
        return None


def _is_own(page: Page, person: Person) -> bool:
    claims = page.session.claims
    return claims is not None and claims.account_id == person.id
