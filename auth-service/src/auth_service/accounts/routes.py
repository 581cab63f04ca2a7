"""Endpoints of accounts."""

from fastapi import APIRouter, Response, status

from auth_service.accounts.emails import EmailAddress
from auth_service.accounts.schemas import AccountBody, AccountChange, PasswordChange, Registration, SignupBody
from auth_service.accounts.service import NewAccount
from auth_service.dependencies import Accounts, CallerPlace, CurrentSettings, SignedIn
from service_kit.problems import problem_responses

router = APIRouter(prefix="/auth", tags=["accounts"])


@router.get("/signup", summary="Whether one can sign up", responses=problem_responses(503))
async def show_signup(accounts: Accounts, settings: CurrentSettings) -> SignupBody:
    """Tell whether anybody may sign up, what a new account is, and what mail is for here."""
    state = await accounts.signup_state()
    return SignupBody(
        open=state.open,
        default_role=state.default_role,
        first_account=state.first_account,
        mail=settings.mail_works,
        verify_email=settings.require_verified_email,
        local_mails=settings.mails_are_kept_here,
    )


@router.post(
    "/register",
    status_code=status.HTTP_201_CREATED,
    summary="Sign up",
    responses=problem_responses(400, 403, 409, 410, 429, 503),
)
async def register(
    registration: Registration, accounts: Accounts, place: CallerPlace, response: Response
) -> AccountBody:
    """Make an account. Which role it gets is the shop's setting, or is said by the invitation."""
    new = NewAccount(
        email=EmailAddress.parse(registration.email),
        password=registration.password.get_secret_value(),
        full_name=registration.full_name,
        invitation=registration.invitation,
    )
    account = await accounts.register(new, place)
    response.headers["Location"] = "/auth/me"
    return AccountBody.of(account)


@router.get("/me", summary="Your account", responses=problem_responses(401, 403, 503))
async def show_me(accounts: Accounts, signed_in: SignedIn) -> AccountBody:
    """Show the account that the access token belongs to."""
    return AccountBody.of(await accounts.get(signed_in.account_id, signed_in.session_id))


@router.patch("/me", summary="Change your account", responses=problem_responses(400, 401, 403, 503))
async def change_me(change: AccountChange, accounts: Accounts, signed_in: SignedIn, place: CallerPlace) -> AccountBody:
    """Change your name. A field that is left out stays as it is."""
    if "full_name" not in change.model_fields_set:
        return AccountBody.of(await accounts.get(signed_in.account_id, signed_in.session_id))
    return AccountBody.of(await accounts.rename(signed_in.account_id, signed_in.session_id, change.full_name, place))


@router.post(
    "/me/password",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Change your password",
    responses=problem_responses(400, 401, 403, 429, 503),
)
async def change_password(change: PasswordChange, accounts: Accounts, signed_in: SignedIn, place: CallerPlace) -> None:
    """Change the password and sign out everywhere else. API keys stay as they are."""
    await accounts.change_password(
        signed_in.account_id,
        signed_in.session_id,
        current=change.current_password.get_secret_value(),
        new=change.new_password.get_secret_value(),
        place=place,
    )
