"""All tables of this service, for the migrations."""

from auth_service.accounts.models import Account
from auth_service.api_keys.models import ApiKey
from auth_service.audit.models import AuditEvent
from auth_service.invitations.models import Invitation
from auth_service.leaving.models import ErasedAccount
from auth_service.orm import Base
from auth_service.sessions.models import RefreshToken, Session

metadata = Base.metadata

__all__ = [
    "Account",
    "ApiKey",
    "AuditEvent",
    "ErasedAccount",
    "Invitation",
    "RefreshToken",
    "Session",
    "metadata",
]
