"""What the audit trail knows of an event besides who did what to whom, in the words of the pages."""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from service_kit.languages.texts import N_, _, n_
from web_frontend import wording
from web_frontend.administration.event_telling import title_of
from web_frontend.administration.people import role_name
from web_frontend.own_account.scopes import brief_words


@dataclass(frozen=True, slots=True)
class Detail:
    """A value, what it is called unless it says so itself, and the whole of what is shown shortened."""

    words: str
    label: str = ""
    whole: str = ""


_LABELS = {
    "role": N_("Role"),
    "session": N_("Session"),
    "invitation": N_("Invitation"),
    "key": N_("API key"),
    "expires_at": N_("Good until"),
    "scopes": N_("May"),
    "purpose": N_("Tried"),
    "reason": N_("Reason"),
    "second_factor": N_("Second factor"),
    "format": N_("Format"),
    "actor": N_("Done by"),
    "subject": N_("Happened to"),
    "action": N_("Event"),
    "since": N_("From"),
    "until": N_("Until"),
    "from": N_("Before"),
    "to": N_("Since then"),
}
_WORDS = {
    ("reason", "password"): N_("wrong password"),
    ("reason", "current password"): N_("wrong password"),
    ("reason", "code"): N_("wrong code"),
    ("reason", "disabled"): N_("account disabled"),
    ("reason", "email not verified"): N_("email address not confirmed"),
    ("purpose", "password"): N_("the password"),
    ("purpose", "code"): N_("the code"),
    ("purpose", "registration"): N_("signing up"),
    ("purpose", "mail"): N_("asking for mails"),
    ("purpose", "mail to account"): N_("asking for mails"),
    ("second_factor", "app"): N_("code of the app"),
    ("second_factor", "recovery code"): N_("recovery code"),
    ("by", "operator"): N_("by a command on the shop’s machine"),
    ("reset", "by operator"): N_("by a command on the shop’s machine"),
    ("reset", "by administrator"): N_("by an administrator"),
    ("reset", "by first verification"): N_("when the address was first confirmed"),
}
_COUNTED: Mapping[str, Callable[[int], str]] = {
    "sessions": lambda number: n_("%(num)s session ended", "%(num)s sessions ended", number),
    "sessions_ended": lambda number: n_("%(num)s session ended", "%(num)s sessions ended", number),
    "api_keys": lambda number: n_("%(num)s API key revoked", "%(num)s API keys revoked", number),
    "left": lambda number: n_("%(num)s recovery code left", "%(num)s recovery codes left", number),
}
_ROLES = frozenset({"role", "from", "to"})
_CHANGE = ("from", "to")
_MOMENT = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d(?:\.\d{1,6})?(?:\+00:00|Z)")
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SHOWN_OF_AN_ID = 6
"""Its last digits: the first ones tell the time, and are alike for what was made at about the same one."""


def details_of(detail: Mapping[str, object]) -> list[Detail]:
    """Return what else is known of an event. A name that is not known here is shown as it is."""
    known = {name: value for name, value in detail.items() if value is not None and not _is_none(name, value)}
    if all(isinstance(known.get(name), str) for name in _CHANGE):
        before, after = (_value(name, known.pop(name)) for name in _CHANGE)
        change = [Detail(_("from %(before)s to %(after)s", before=before.words, after=after.words))]
    else:
        change = []
    return change + [_detail(name, value) for name, value in known.items()]


def _is_none(name: str, value: object) -> bool:
    # "0 sessions ended" says nothing, but that no recovery code is left does.
    return name in _COUNTED and name != "left" and value == 0


def _detail(name: str, value: object) -> Detail:
    if name in _COUNTED and isinstance(value, int):
        return Detail(_COUNTED[name](value))
    if isinstance(value, str) and (name, value) in _WORDS and name not in _LABELS:
        return Detail(_(_WORDS[name, value]))
    label = _(_LABELS[name]) if name in _LABELS else name.replace("_", " ")
    shown = _value(name, value)
    return Detail(shown.words, label, shown.whole)


def _value(name: str, value: object) -> Detail:
    if isinstance(value, bool):
        return Detail(_("yes") if value else _("no"))
    if isinstance(value, list):
        words = brief_words([str(item) for item in value]) if name == "scopes" else [str(item) for item in value]
        return Detail(", ".join(words))
    text = str(value)
    if _ID.fullmatch(text):
        return Detail(f"…{text[-_SHOWN_OF_AN_ID:]}", whole=text)
    return Detail(_words(name, text))


def _words(name: str, text: str) -> str:
    if (name, text) in _WORDS:
        return _(_WORDS[name, text])
    if name in _ROLES and "@" not in text:
        return role_name(text)
    if name == "action":
        return title_of(text)
    return _moment_words(text) if _MOMENT.fullmatch(text) else text


def _moment_words(text: str) -> str:
    try:
        return wording.compact_time(dt.datetime.fromisoformat(text))
    except ValueError:
        return text
