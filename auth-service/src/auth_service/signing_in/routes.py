"""``/auth/login``."""

from typing import Annotated

from fastapi import APIRouter, Form, Response

from auth_service.dependencies import CallerPlace, SignIns
from auth_service.sessions.schemas import TokenPair
from auth_service.signing_in.schemas import ChallengeAnswer, LoginForm
from service_kit.problems import problem_responses

router = APIRouter(prefix="/auth/login", tags=["sessions"])


@router.post("", summary="Sign in", responses=problem_responses(400, 401, 403, 429, 503))
async def sign_in(
    form: Annotated[LoginForm, Form()], sign_ins: SignIns, place: CallerPlace, response: Response
) -> TokenPair:
    """Start a session with e-mail address and password (OAuth 2.0 password form).

    For an account with a second factor the answer is 401 `second_factor_required` with a `challenge`, which is good for
    five minutes and five tries at `/auth/login/second-factor`; or the `code` is sent along at once.
    """
    response.headers["Cache-Control"] = "no-store"
    tokens = await sign_ins.sign_in(
        email=form.username,
        password=form.password.get_secret_value(),
        code=form.code.get_secret_value() if form.code else None,
        place=place,
    )
    return TokenPair.of(tokens)


@router.post("/second-factor", summary="Sign in: the second step", responses=problem_responses(400, 401, 429, 503))
async def answer_challenge(
    answer: ChallengeAnswer, sign_ins: SignIns, place: CallerPlace, response: Response
) -> TokenPair:
    """Start the session with a code of the authenticator app, or a recovery code."""
    response.headers["Cache-Control"] = "no-store"
    tokens = await sign_ins.answer_challenge(
        challenge=answer.challenge.get_secret_value(), code=answer.code.get_secret_value(), place=place
    )
    return TokenPair.of(tokens)
