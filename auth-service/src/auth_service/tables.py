"""All tables of this service, for the migrations."""

from auth_service.accounts.models import Account
from auth_service.audit.models import AuditEvent
from auth_service.orm import Base
from auth_service.sessions.models import RefreshToken, Session

metadata = Base.metadata

__all__ = ["Account", "AuditEvent", "RefreshToken", "Session", "metadata"]
