"""Bodies of the endpoints of e-mail addresses."""

from pydantic import BaseModel, ConfigDict

from auth_service.accounts.schemas import Email, PresentPassword


class VerificationRequest(BaseModel):
    """Who wants the mail once more."""

    model_config = ConfigDict(extra="forbid")

    email: Email


class EmailChange(BaseModel):
    """Another address, allowed by the current password."""

    model_config = ConfigDict(extra="forbid")

    email: Email
    current_password: PresentPassword
