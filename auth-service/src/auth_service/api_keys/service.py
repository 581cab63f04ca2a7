"""Making, listing and revoking API keys, and exchanging them for access tokens."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from auth_service.accounts.repository import lock_account
from auth_service.accounts.roles import SCOPES, Role
from auth_service.api_keys import repository
from auth_service.api_keys.errors import ApiKeyNotFound, InvalidApiKey, TooManyApiKeys, UnacceptableApiKey
from auth_service.api_keys.key_text import NewSecret, parse_key
from auth_service.api_keys.models import ApiKey
from auth_service.api_keys.schemas import ExchangedToken, NewApiKey
from auth_service.audit.actions import Action
from auth_service.audit.trail import AuditTrail, Happening
from auth_service.clock import now
from auth_service.keys.issuer import TokenIssuer
from auth_service.listing import Listed, Wanted
from auth_service.mail.kinds import MailKind
from auth_service.mail.notices import Notices
from auth_service.places import Place
from auth_service.second_factor.rule import ScopeRule
from auth_service.sessions.repository import goes_on
from auth_service.sessions.service import REVOCATION_REACH
from service_kit.addresses import parse_address
from service_kit.database import Database
from service_kit.identifiers import new_id
from service_kit.identity import NotAuthenticated
from service_kit.languages.texts import N_, _
from service_kit.revocations import RevocationFeed
from service_kit.tokens import API_KEY_CLIENT, AccessToken

MOST_KEYS = 50
USUAL_LIFE = timedelta(days=90)
LONGEST_LIFE = timedelta(days=366)
CLOCKS_DIFFER = timedelta(minutes=5)
"""Who asks for the longest life computes its end by a clock of their own."""
TOKEN_SECONDS = 300
NOTE_USE_AFTER = timedelta(minutes=1)
SHOW_EXPIRED_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A new key, and its text that is shown once."""

    key: ApiKey
    text: str


class ApiKeyService:
    """API keys."""

    def __init__(  # noqa: PLR0913 (what it works with)
        self,
        *,
        database: Database,
        issuer: TokenIssuer,
        revocations: RevocationFeed,
        trail: AuditTrail,
        rule: ScopeRule,
        notices: Notices,
    ) -> None:
        """Take what it works with."""
        self._database = database
        self._issuer = issuer
        self._revocations = revocations
        self._trail = trail
        self._rule = rule
        self._notices = notices

    async def list_keys(self, account_id: UUID, wanted: Wanted) -> Listed:
        """Return a page of the account's keys, those that have expired lately too."""
        async with self._database.read() as connection:
            return await repository.list_keys(connection, account_id, wanted)

    async def make(self, caller: AccessToken, new: NewApiKey, place: Place) -> MadeKey:
        """Make a key of the caller's. Raises ``UnacceptableApiKey``, ``TooManyApiKeys``, ``NotAuthenticated``."""
        account_id, key_id = UUID(caller.subject), new_id()
        secret = NewSecret.of(key_id)
        async with self._database.transaction() as session:
            # Locked, so that of several requests at once each counts the keys of those before.
            account = await lock_account(session, account_id)
            if account is None or account.disabled_at is not None:
                detail = N_("The account no longer exists.")
                raise NotAuthenticated(detail)
            if not await goes_on(session, account_id, UUID(caller.session_id)):
                # Its tokens are refused within seconds; in these a key must not be made that outlives it.
                detail = N_("The session has ended.")
                raise NotAuthenticated(detail)
            # What the session may do, and what the account still may: its role may just have been changed.
            allowed = caller.scopes & set(SCOPES[Role(account.role)])
            scopes = _scopes(new.scopes, allowed)
            expires_at = _expiry(new.expires_at, await now(session))
            if await repository.count_keys(session, account_id) >= MOST_KEYS:
                detail = N_("Revoke one first: there can be %(most)s.")
                raise TooManyApiKeys(detail, values={"most": MOST_KEYS})
            key = await repository.add_key(
                session,
                ApiKey(
                    id=key_id,
                    account_id=account_id,
                    name=new.name,
                    scopes=scopes,
                    secret_hash=secret.secret_hash,
                    hint=secret.hint,
                    expires_at=expires_at,
                ),
            )
            await self._notices.enqueue(session, MailKind.API_KEY_CREATED, account, place)
            detail_of_key = {"key": str(key_id), "scopes": scopes, "expires_at": expires_at.isoformat()}
            await self._trail.record(
                session,
                Happening(
                    Action.API_KEY_CREATED, actor=account_id, subject=account_id, place=place, detail=detail_of_key
                ),
            )
        return MadeKey(key, secret.text)

    async def revoke(self, account_id: UUID, key_id: UUID, place: Place) -> None:
        """Revoke a key: its tokens are refused everywhere within ten seconds. Raises ``ApiKeyNotFound``."""
        async with self._database.transaction() as session:
            if not await repository.revoke_key(session, account_id, key_id):
                raise ApiKeyNotFound
            revoked = Happening(
                Action.API_KEY_REVOKED, actor=account_id, subject=account_id, place=place, detail={"key": str(key_id)}
            )
            await self._trail.record(session, revoked)
        await self._revocations.refresh()

    async def exchange(self, text: str, address: str | None) -> ExchangedToken:
        """Give an access token for a key: with the key's scopes, as far as its owner still has them.

        Raises ``InvalidApiKey``. What is not written like a key is refused before anything is asked.
        """
        presented = parse_key(text)
        if presented is None:
            raise InvalidApiKey
        async with self._database.read() as connection:
            found = await repository.find_for_exchange(connection, presented.id)
            matches = presented.matches(found.secret_hash if found is not None else None)
            if found is None or not matches or not found.good or not found.enabled:
                raise InvalidApiKey
            seen_at = parse_address(address)
            await repository.note_use(
                connection, presented.id, None if seen_at is None else str(seen_at), after=NOTE_USE_AFTER
            )
        role = Role(found.role)
        # Where the shop wants a second factor of this role, a key of somebody without one may as little as a session.
        of_owner = self._rule.scopes(role, shown=found.second_factor)
        # Not before the account's last change, which may be in the second that has not passed yet.
        issued_at = max(int(found.now), found.tokens_not_before)
        expires_at = min(issued_at + TOKEN_SECONDS, int(found.expires_at))
        token = self._issuer.issue(
            subject=str(found.account_id),
            session_id=str(presented.id),
            scopes=[scope for scope in of_owner if scope in found.scopes],
            issued_at=issued_at,
            client_id=API_KEY_CLIENT,
            exp=expires_at,
            email=found.email,
            role=role.value,
        )
        return ExchangedToken(access_token=token, expires_in=max(0, expires_at - int(found.now)), key_id=presented.id)

    async def delete_ended(self) -> None:
        """Delete what was revoked or has expired, once no token of it can be left."""
        async with self._database.transaction() as session:
            await repository.delete_ended(session, revoked_for=REVOCATION_REACH, expired_for=SHOW_EXPIRED_FOR)


def _scopes(wanted: list[str], allowed: frozenset[str]) -> list[str]:
    missing = sorted(set(wanted) - allowed)
    if missing:
        raise UnacceptableApiKey(field="scopes", message=_("You do not have %(scopes)s.", scopes=", ".join(missing)))
    return [scope for scope in SCOPES[Role.ADMIN] if scope in set(wanted)]


def _expiry(wanted: datetime | None, now: datetime) -> datetime:
    if wanted is None:
        return now + USUAL_LIFE
    if not now < wanted <= now + LONGEST_LIFE + CLOCKS_DIFFER:
        raise UnacceptableApiKey(
            field="expires_at", message=_("must be in the future, and within %(days)s days", days=LONGEST_LIFE.days)
        )
    return wanted
