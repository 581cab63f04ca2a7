"""Endpoints that show the mails of a local run. Elsewhere they do not exist: mails hold links that open accounts."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from auth_service.dependencies import KeptMails
from auth_service.mail.schemas import MailBody, MailsBody
from service_kit.problems import problem_responses

router = APIRouter(prefix="/auth/mails", tags=["local run"])


@router.get("", summary="Mails of this local run")
async def list_mails(
    mails: KeptMails, response: Response, limit: Annotated[int, Query(ge=1, le=100)] = 50
) -> MailsBody:
    """List what would have been sent, newest first."""
    response.headers["Cache-Control"] = "no-store"
    return MailsBody.of(*await mails.latest(limit))


@router.get("/{mail_id}", summary="A mail of this local run", responses=problem_responses(404))
async def show_mail(mail_id: UUID, mails: KeptMails, response: Response) -> MailBody:
    """Show one mail."""
    response.headers["Cache-Control"] = "no-store"
    return MailBody.of(await mails.get(mail_id))
