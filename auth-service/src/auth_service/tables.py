"""All tables of this service, for the migrations."""

from auth_service.accounts.models import Account
from auth_service.api_keys.models import ApiKey
from auth_service.audit.models import AuditEvent
from auth_service.invitations.models import Invitation
from auth_service.leaving.models import ErasedAccount
from auth_service.links.models import Link
from auth_service.mail.models import OutgoingMail
from auth_service.orm import Base
from auth_service.second_factor.models import RecoveryCode, SecondFactor
from auth_service.sessions.models import RefreshToken, Session
from auth_service.signing_in.models import SignInChallenge
from auth_service.throttling.models import AttemptCounter, KnownPlace

metadata = Base.metadata

__all__ = [
    "Account",
    "ApiKey",
    "AttemptCounter",
    "AuditEvent",
    "ErasedAccount",
    "Invitation",
    "KnownPlace",
    "Link",
    "OutgoingMail",
    "RecoveryCode",
    "RefreshToken",
    "SecondFactor",
    "Session",
    "SignInChallenge",
    "metadata",
]
