"""Each event of the audit trail as a sentence."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from service_kit.languages.texts import N_, _


class _Person(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def email(self) -> str | None: ...


class _Event(Protocol):
    @property
    def action(self) -> str: ...
    @property
    def actor(self) -> _Person | None: ...
    @property
    def subject(self) -> _Person | None: ...


@dataclass(frozen=True, slots=True)
class _Telling:
    """How an action is told: of oneself or with nobody known as its doer, and of somebody else.

    ``{actor}`` and ``{subject}`` stand for accounts.
    """

    title: str
    alone: str
    of_another: str


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a sentence: words, or an account to name."""

    words: str = ""
    person: _Person | None = None


_ACTOR, _SUBJECT = "{actor}", "{subject}"

ACTIONS: Mapping[str, _Telling] = {
    "account.created": _Telling(
        N_("Account made"), N_("The account of {subject} was made"), N_("{actor} made the account of {subject}")
    ),
    "account.renamed": _Telling(
        N_("Name changed"), N_("{subject} changed their name"), N_("{actor} changed the name of {subject}")
    ),
    "account.erased": _Telling(
        N_("Account erased"), N_("{subject} erased their account"), N_("{actor} erased {subject}")
    ),
    "account.exported": _Telling(
        N_("Data taken out"), N_("{subject} took out their own data"), N_("{actor} took out the data of {subject}")
    ),
    "account.disabled": _Telling(
        N_("Account disabled"), N_("{subject} was disabled"), N_("{actor} disabled {subject}")
    ),
    "account.enabled": _Telling(
        N_("Account enabled"), N_("{subject} was enabled again"), N_("{actor} enabled {subject} again")
    ),
    "account.role_changed": _Telling(
        N_("Role changed"), N_("The role of {subject} was changed"), N_("{actor} changed the role of {subject}")
    ),
    "account.email_changed": _Telling(
        N_("Email address changed"),
        N_("{subject} changed their email address"),
        N_("{actor} changed the email address of {subject}"),
    ),
    "account.email_verified": _Telling(
        N_("Email address confirmed"),
        N_("{subject} confirmed their email address"),
        N_("{actor} confirmed the email address of {subject}"),
    ),
    "session.started": _Telling(N_("Signed in"), N_("{subject} signed in"), N_("{actor} signed in as {subject}")),
    "session.refused": _Telling(
        N_("Sign-in refused"),
        N_("Somebody tried in vain to sign in as {subject}"),
        N_("{actor} tried in vain to sign in as {subject}"),
    ),
    "session.throttled": _Telling(
        N_("Sign-in held back"),
        N_("Too many tries to sign in as {subject} were held back"),
        N_("Too many tries of {actor} to sign in as {subject} were held back"),
    ),
    "session.ended": _Telling(N_("Signed out"), N_("{subject} signed out"), N_("{actor} ended a session of {subject}")),
    "sessions.ended": _Telling(
        N_("Sessions ended"), N_("{subject} ended sessions of theirs"), N_("{actor} ended the sessions of {subject}")
    ),
    "session.refresh_token_reused": _Telling(
        N_("Copied session found"),
        N_("A session of {subject} was ended, for somebody had a copy of it"),
        N_("A session of {subject} was ended, for {actor} had a copy of it"),
    ),
    "password.changed": _Telling(
        N_("Password changed"), N_("{subject} changed their password"), N_("{actor} changed the password of {subject}")
    ),
    "password.reset_asked": _Telling(
        N_("Password link asked for"),
        N_("A link for a new password was asked for {subject}"),
        N_("{actor} had a link for a new password sent to {subject}"),
    ),
    "password.reset": _Telling(
        N_("Password reset"), N_("{subject} chose a new password"), N_("{actor} set a new password for {subject}")
    ),
    "second_factor.enabled": _Telling(
        N_("Second factor set up"),
        N_("{subject} set up a second factor"),
        N_("{actor} set up a second factor for {subject}"),
    ),
    "second_factor.disabled": _Telling(
        N_("Second factor taken away"),
        N_("{subject} took their second factor away"),
        N_("{actor} reset the second factor of {subject}"),
    ),
    "second_factor.recovery_codes_made": _Telling(
        N_("Recovery codes made"),
        N_("{subject} made new recovery codes"),
        N_("{actor} made new recovery codes for {subject}"),
    ),
    "second_factor.recovery_code_used": _Telling(
        N_("Recovery code used"),
        N_("{subject} signed in with a recovery code"),
        N_("{actor} used a recovery code of {subject}"),
    ),
    "api_key.created": _Telling(
        N_("API key made"), N_("{subject} made an API key"), N_("{actor} made an API key for {subject}")
    ),
    "api_key.revoked": _Telling(
        N_("API key revoked"), N_("{subject} revoked an API key"), N_("{actor} revoked an API key of {subject}")
    ),
    "invitation.made": _Telling(
        N_("Invitation made"), N_("{subject} made an invitation"), N_("{actor} invited {subject}")
    ),
    "invitation.accepted": _Telling(
        N_("Invitation accepted"),
        N_("{subject} accepted an invitation"),
        N_("{subject} accepted an invitation of {actor}"),
    ),
    "invitation.withdrawn": _Telling(
        N_("Invitation withdrawn"),
        N_("{subject} withdrew an invitation"),
        N_("{actor} withdrew an invitation of {subject}"),
    ),
    "audit.exported": _Telling(
        N_("Audit trail taken out"),
        N_("{subject} took out the audit trail"),
        N_("{actor} took out the audit trail on {subject}"),
    ),
}
"""All that auth-service records, in the order in which its own list has them."""

_NOBODY = {_ACTOR: N_("Somebody"), _SUBJECT: N_("an unknown account")}
_PIECES = re.compile(r"(\{actor\}|\{subject\})")


def told(event: _Event) -> list[Part]:
    """Return the event as a sentence in pieces. An action that is not known here is told by its own name."""
    actor, subject = event.actor, event.subject
    telling = ACTIONS.get(event.action)
    if telling is None:
        return [Part(event.action), *_named(": ", actor), *_named(" → ", subject if subject != actor else None)]
    is_another = actor is not None and subject is not None and actor.id != subject.id
    who = {_ACTOR: actor, _SUBJECT: subject} if is_another else {_SUBJECT: subject or actor, _ACTOR: actor}
    pieces = _PIECES.split(_(telling.of_another if is_another else telling.alone))
    parts = [
        Part(person=who[piece]) if who.get(piece) else Part(_(_NOBODY[piece]) if piece in _NOBODY else piece)
        for piece in pieces
        if piece
    ]
    return _capitalised(parts)


def title_of(action: str) -> str:
    """Return an action in a word or two, for a filter."""
    telling = ACTIONS.get(action)
    return _(telling.title) if telling is not None else action


def titles() -> dict[str, str]:
    """Return all actions that are known, each in a word or two."""
    return {action: title_of(action) for action in ACTIONS}


def _named(before: str, person: _Person | None) -> list[Part]:
    return [Part(before), Part(person=person)] if person is not None else []


def _capitalised(parts: list[Part]) -> list[Part]:
    first, *others = parts
    return [Part(first.words[:1].upper() + first.words[1:]) if first.words else first, *others]
