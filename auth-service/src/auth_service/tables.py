"""All tables of this service, for the migrations."""

from auth_service.accounts.models import Account
from auth_service.audit.models import AuditEvent
from auth_service.links.models import Link
from auth_service.mail.models import OutgoingMail
from auth_service.orm import Base
from auth_service.sessions.models import RefreshToken, Session

metadata = Base.metadata

__all__ = ["Account", "AuditEvent", "Link", "OutgoingMail", "RefreshToken", "Session", "metadata"]
