"""Each event of the audit trail as a sentence."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


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
    @property
    def detail(self) -> Mapping[str, object]: ...


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
        "Account made", "The account of {subject} was made", "{actor} made the account of {subject}"
    ),
    "account.renamed": _Telling(
        "Name changed", "{subject} changed their name", "{actor} changed the name of {subject}"
    ),
    "account.erased": _Telling("Account erased", "{subject} erased their account", "{actor} erased {subject}"),
    "account.exported": _Telling(
        "Data taken out", "{subject} took out their own data", "{actor} took out the data of {subject}"
    ),
    "account.disabled": _Telling("Account disabled", "{subject} was disabled", "{actor} disabled {subject}"),
    "account.enabled": _Telling("Account enabled", "{subject} was enabled again", "{actor} enabled {subject} again"),
    "account.role_changed": _Telling(
        "Role changed", "The role of {subject} was changed", "{actor} changed the role of {subject}"
    ),
    "account.email_changed": _Telling(
        "Email address changed",
        "{subject} changed their email address",
        "{actor} changed the email address of {subject}",
    ),
    "account.email_verified": _Telling(
        "Email address confirmed",
        "{subject} confirmed their email address",
        "{actor} confirmed the email address of {subject}",
    ),
    "session.started": _Telling("Signed in", "{subject} signed in", "{actor} signed in as {subject}"),
    "session.refused": _Telling(
        "Sign-in refused",
        "Somebody tried in vain to sign in as {subject}",
        "{actor} tried in vain to sign in as {subject}",
    ),
    "session.throttled": _Telling(
        "Sign-in held back",
        "Too many tries to sign in as {subject} were held back",
        "Too many tries of {actor} to sign in as {subject} were held back",
    ),
    "session.ended": _Telling("Signed out", "{subject} signed out", "{actor} ended a session of {subject}"),
    "sessions.ended": _Telling(
        "Sessions ended", "{subject} ended sessions of theirs", "{actor} ended the sessions of {subject}"
    ),
    "session.refresh_token_reused": _Telling(
        "Copied session found",
        "A session of {subject} was ended, for somebody had a copy of it",
        "A session of {subject} was ended, for {actor} had a copy of it",
    ),
    "password.changed": _Telling(
        "Password changed", "{subject} changed their password", "{actor} changed the password of {subject}"
    ),
    "password.reset_asked": _Telling(
        "Password link asked for",
        "A link for a new password was asked for {subject}",
        "{actor} had a link for a new password sent to {subject}",
    ),
    "password.reset": _Telling(
        "Password reset", "{subject} chose a new password", "{actor} set a new password for {subject}"
    ),
    "second_factor.enabled": _Telling(
        "Second factor set up", "{subject} set up a second factor", "{actor} set up a second factor for {subject}"
    ),
    "second_factor.disabled": _Telling(
        "Second factor taken away",
        "{subject} took their second factor away",
        "{actor} reset the second factor of {subject}",
    ),
    "second_factor.recovery_codes_made": _Telling(
        "Recovery codes made", "{subject} made new recovery codes", "{actor} made new recovery codes for {subject}"
    ),
    "second_factor.recovery_code_used": _Telling(
        "Recovery code used", "{subject} signed in with a recovery code", "{actor} used a recovery code of {subject}"
    ),
    "api_key.created": _Telling("API key made", "{subject} made an API key", "{actor} made an API key for {subject}"),
    "api_key.revoked": _Telling(
        "API key revoked", "{subject} revoked an API key", "{actor} revoked an API key of {subject}"
    ),
    "invitation.made": _Telling("Invitation made", "{subject} made an invitation", "{actor} invited {subject}"),
    "invitation.accepted": _Telling(
        "Invitation accepted", "{subject} accepted an invitation", "{subject} accepted an invitation of {actor}"
    ),
    "invitation.withdrawn": _Telling(
        "Invitation withdrawn", "{subject} withdrew an invitation", "{actor} withdrew an invitation of {subject}"
    ),
    "audit.exported": _Telling(
        "Audit trail taken out", "{subject} took out the audit trail", "{actor} took out the audit trail on {subject}"
    ),
}
"""All that auth-service records, in the order in which its own list has them."""

_NOBODY = {_ACTOR: "Somebody", _SUBJECT: "an unknown account"}
_ORDER = {"from": 0, "to": 1}
_NAMES = {"purpose": "tried", "left": "codes left"}
_REASONS = {
    "password": "wrong password",
    "current password": "wrong password",
    "code": "wrong code",
    "disabled": "account disabled",
    "email not verified": "email not confirmed",
}
_MOMENT = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d(?:\.\d{1,6})?\+00:00")
_PIECES = re.compile(r"(\{actor\}|\{subject\})")


def told(event: _Event) -> list[Part]:
    """Return the event as a sentence in pieces. An action that is not known here is told by its own name."""
    actor, subject = event.actor, event.subject
    telling = ACTIONS.get(event.action)
    if telling is None:
        return [Part(event.action), *_named(": ", actor), *_named(" → ", subject if subject != actor else None)]
    is_another = actor is not None and subject is not None and actor.id != subject.id
    who = {_ACTOR: actor, _SUBJECT: subject} if is_another else {_SUBJECT: subject or actor, _ACTOR: actor}
    pieces = _PIECES.split(telling.of_another if is_another else telling.alone)
    parts = [
        Part(person=who[piece]) if who.get(piece) else Part(_NOBODY.get(piece, piece)) for piece in pieces if piece
    ]
    return _capitalised(parts)


def title_of(action: str) -> str:
    """Return an action in a word or two, for a filter."""
    telling = ACTIONS.get(action)
    return telling.title if telling is not None else action


def details_of(event: _Event) -> list[tuple[str, str]]:
    """Return what else is known of the event, name by name; what something was before comes before what it is."""
    known = sorted(event.detail.items(), key=lambda item: _ORDER.get(item[0], len(_ORDER)))
    return [
        (_NAMES.get(name, name.replace("_", " ")), _words(name, value)) for name, value in known if value is not None
    ]


def _words(name: str, value: object) -> str:
    words = _value(value)
    return _REASONS.get(words, words) if name == "reason" else words


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return _moment_words(value)
    if isinstance(value, list):
        return ", ".join(_value(item) for item in value)
    return str(value)


def _moment_words(text: str) -> str:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{moment.day} {moment:%b %Y, %H:%M} UTC"


def _named(before: str, person: _Person | None) -> list[Part]:
    return [Part(before), Part(person=person)] if person is not None else []


def _capitalised(parts: list[Part]) -> list[Part]:
    first, *others = parts
    return [Part(first.words[:1].upper() + first.words[1:]) if first.words else first, *others]
