"""Endpoints of e-mail addresses."""

from fastapi import APIRouter, status

from auth_service.accounts.emails import EmailAddress
from auth_service.dependencies import CallerPlace, SignedIn, Verifications
from auth_service.password_reset.schemas import Accepted, TokenBody
from auth_service.verification.schemas import EmailChange, VerificationRequest
from service_kit.problems import problem_responses

router = APIRouter(prefix="/auth", tags=["e-mail address"])


@router.post(
    "/email-verification",
    status_code=status.HTTP_202_ACCEPTED,
    summary="Have the verification mail sent again",
    responses=problem_responses(400, 409, 429, 503),
)
async def ask_for_verification(
    request: VerificationRequest, verifications: Verifications, place: CallerPlace
) -> Accepted:
    """Mail the link again if there is an account whose address is not verified. The answer does not tell."""
    await verifications.ask(EmailAddress.parse(request.email), place)
    return Accepted()


@router.post(
    "/email-verification/confirm",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Verify an e-mail address",
    responses=problem_responses(400, 409, 410, 503),
)
async def confirm_email(body: TokenBody, verifications: Verifications, place: CallerPlace) -> None:
    """Believe the address that the link was mailed to; if it is a new one, it takes the place of the old one."""
    await verifications.confirm(body.token, place)


@router.post(
    "/me/email",
    status_code=status.HTTP_202_ACCEPTED,
    summary="Change your e-mail address",
    responses=problem_responses(400, 401, 403, 409, 429, 503),
)
async def change_email(
    change: EmailChange, verifications: Verifications, signed_in: SignedIn, place: CallerPlace
) -> Accepted:
    """Mail a link to the new address. The address changes when the link is followed, within an hour."""
    await verifications.ask_to_change(
        signed_in.account_id,
        EmailAddress.parse(change.email),
        password=change.current_password.get_secret_value(),
        place=place,
    )
    return Accepted()
