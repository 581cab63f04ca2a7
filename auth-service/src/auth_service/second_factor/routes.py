"""``/auth/me/second-factor``."""

from typing import Any

from fastapi import APIRouter, Response, status

from auth_service.dependencies import CallerPlace, SecondFactors, SignedIn
from auth_service.second_factor.schemas import (
    BeginSecondFactor,
    ConfirmSecondFactor,
    NewSecretBody,
    PasswordAndCode,
    RecoveryCodesBody,
    SecondFactorBody,
)
from service_kit.problems import problem_responses

router = APIRouter(prefix="/auth/me/second-factor", tags=["second factor"])

_PROBLEMS: dict[int | str, dict[str, Any]] = problem_responses(400, 401, 403, 409, 429, 503)


@router.get("", summary="Your second factor", responses=problem_responses(401, 403, 503))
async def show_second_factor(factors: SecondFactors, signed_in: SignedIn) -> SecondFactorBody:
    """Tell whether the account has a second factor, and how many recovery codes are left."""
    state = await factors.state(signed_in.account_id)
    return SecondFactorBody(
        enabled=state.enabled_at is not None,
        enabled_at=state.enabled_at,
        required=state.required,
        recovery_codes_left=state.recovery_codes_left,
    )


@router.post("", status_code=status.HTTP_201_CREATED, summary="Begin with a second factor", responses=_PROBLEMS)
async def begin_second_factor(
    wish: BeginSecondFactor, factors: SecondFactors, signed_in: SignedIn, place: CallerPlace, response: Response
) -> NewSecretBody:
    """Make a secret for an authenticator app. It counts once a code of it was confirmed."""
    response.headers["Cache-Control"] = "no-store"
    password = wish.current_password.get_secret_value()
    made = await factors.begin(signed_in.account_id, password=password, place=place)
    return NewSecretBody(secret=made.secret, uri=made.uri)


@router.post("/confirm", summary="Switch the second factor on", responses=_PROBLEMS)
async def confirm_second_factor(
    first: ConfirmSecondFactor, factors: SecondFactors, signed_in: SignedIn, place: CallerPlace, response: Response
) -> RecoveryCodesBody:
    """Show the first code. All other sessions end; this one has to be refreshed, and counts as having shown it."""
    response.headers["Cache-Control"] = "no-store"
    code = first.code.get_secret_value()
    return RecoveryCodesBody(
        recovery_codes=await factors.confirm(signed_in.account_id, signed_in.session_id, code=code, place=place)
    )


@router.post("/recovery-codes", summary="Make new recovery codes", responses=_PROBLEMS)
async def renew_recovery_codes(
    shown: PasswordAndCode, factors: SecondFactors, signed_in: SignedIn, place: CallerPlace, response: Response
) -> RecoveryCodesBody:
    """Make ten new recovery codes. The old ones are good no longer."""
    response.headers["Cache-Control"] = "no-store"
    renewed = await factors.renew_recovery_codes(
        signed_in.account_id,
        password=shown.current_password.get_secret_value(),
        code=shown.code.get_secret_value(),
        place=place,
    )
    return RecoveryCodesBody(recovery_codes=renewed)


@router.post(
    "/disable",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Give the second factor up",
    responses=_PROBLEMS,
)
async def disable_second_factor(
    shown: PasswordAndCode, factors: SecondFactors, signed_in: SignedIn, place: CallerPlace
) -> None:
    """Sign in with the password alone from now on. Not where the shop requires a second factor for the role."""
    await factors.disable(
        signed_in.account_id,
        password=shown.current_password.get_secret_value(),
        code=shown.code.get_secret_value(),
        place=place,
    )
