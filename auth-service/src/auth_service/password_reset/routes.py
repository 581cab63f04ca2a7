"""Endpoints of password reset. All are public: the link is what allows it."""

from fastapi import APIRouter, Response, status

from auth_service.accounts.emails import EmailAddress
from auth_service.dependencies import CallerPlace, PasswordResets
from auth_service.password_reset.schemas import Accepted, ResetBody, ResetConfirmation, ResetRequest, TokenBody
from service_kit.problems import problem_responses

router = APIRouter(prefix="/auth/password-reset", tags=["password reset"])


@router.post(
    "",
    status_code=status.HTTP_202_ACCEPTED,
    summary="Ask for a new password",
    responses=problem_responses(400, 409, 429, 503),
)
async def ask_for_reset(request: ResetRequest, resets: PasswordResets, place: CallerPlace) -> Accepted:
    """Have a link mailed to the account with this address. The answer is the same whether there is one or not."""
    await resets.ask(EmailAddress.parse(request.email), place)
    return Accepted()


@router.post("/check", summary="Whose password a link changes", responses=problem_responses(400, 410, 503))
async def check_reset(body: TokenBody, resets: PasswordResets, response: Response) -> ResetBody:
    """Tell whether the link is still good, without using it up."""
    response.headers["Cache-Control"] = "no-store"
    return ResetBody(email=await resets.check(body.token))


@router.post(
    "/confirm",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Choose a new password",
    responses=problem_responses(400, 410, 503),
)
async def confirm_reset(body: ResetConfirmation, resets: PasswordResets, place: CallerPlace) -> None:
    """Set the new password and sign out everywhere. The link is used up, and the e-mail address counts as verified."""
    await resets.confirm(body.token, body.password.get_secret_value(), place)
