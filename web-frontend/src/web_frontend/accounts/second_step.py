"""Between the password and the code: what has to be known until the code is there."""

from dataclasses import asdict, dataclass

from service_kit.languages.texts import _
from web_frontend.accounts.client import SecondFactorNeeded
from web_frontend.links import same_site_path
from web_frontend.pages import Page
from web_frontend.sealed_cookies import SealedCookie

_COOKIE = SealedCookie("quire_second_step", seconds=5 * 60)


@dataclass(frozen=True, slots=True)
class SecondStep:
    """A password that was right: auth-service's ``challenge``, and where to go on with what was ``kept``."""

    challenge: str
    next_path: str
    kept: str
    """``kept``, ``lost`` or nothing, as ``keep`` says."""


def begin(page: Page, needed: SecondFactorNeeded, *, next_path: str, kept: str) -> None:
    """Remember in the browser that the password was right; no page and no address shows it."""
    _COOKIE.put(page, asdict(SecondStep(needed.challenge, next_path, keep(page, kept))))


def under_way(page: Page) -> SecondStep | None:
    """Return the step that this browser has come to, or None when it is over."""
    content = _COOKIE.read(page)
    if content is None:
        return None
    return SecondStep(content["challenge"], same_site_path(content["next_path"]), content["kept"])


def end(page: Page) -> None:
    """Forget the step."""
    _COOKIE.remove(page)


def keep(page: Page, packed: str) -> str:
    """Hand what was typed into another form to that form's page; return ``kept``, ``lost``, or nothing."""
    if not packed or page.site.keeper.unpack(packed) is None:
        return ""
    return "kept" if page.site.keeper.put(packed, page.cookies) else "lost"


def tell_kept(page: Page, kept: str) -> None:
    """Have the next page say what became of what was typed."""
    if kept == "kept":
        page.flash("note", _("You are signed in. What you typed is still here: check it and send it."))
    elif kept == "lost":
        page.flash("note", _("You are signed in. What you typed was too long to keep."))
