"""What people call their browser, read from the header that it sends of itself."""

import re
from collections.abc import Mapping

from ua_parser import parse_os, parse_user_agent

from service_kit.languages.texts import N_, _

# No honest browser says more; what is longer is not worth the work.
_LONGEST = 500
_FAMILIES = {
    "Mobile Safari": "Safari",
    "Mobile Safari UI/WKWebView": N_("An app with Safari inside"),
    "Chrome Mobile": "Chrome",
    "Chrome Mobile iOS": "Chrome",
    "Chrome Mobile WebView": N_("An app with Chrome inside"),
    "HeadlessChrome": N_("Chrome without a window"),
    "Firefox Mobile": "Firefox",
    "Firefox iOS": "Firefox",
    "Edge Mobile": "Edge",
    "Opera Mobile": "Opera",
}
# A program that is no browser begins with its own name: ``backup-job/1.2``.
_PROGRAM = re.compile(r"(?!Mozilla)[A-Za-z][\w.-]{1,40}(?=/|$)", re.ASCII)
_SYSTEMS = {"Mac OS X": "macOS", "iOS": N_("iPhone or iPad"), "Chrome OS": "ChromeOS"}


def browser_name(user_agent: str | None) -> str:
    """Return ``Firefox on Linux`` for a ``User-Agent`` header (RFC 9110, section 10.1.5), or that it is unknown.

    What strangers send is matched by ua-parser's engine in Rust, whose time grows with the length alone.
    """
    text = (user_agent or "").strip()[:_LONGEST]
    browser, system = parse_user_agent(text), parse_os(text)
    name = _known(_FAMILIES, browser.family) if browser is not None else ""
    place = _known(_SYSTEMS, system.family) if system is not None else ""
    if name and place:
        return _("%(browser)s on %(system)s", browser=name, system=place)
    if place:
        return _("A browser on %(system)s", system=place)
    program = _PROGRAM.match(text)
    return name or (program[0] if program else _("An unknown browser"))


def _known(names: Mapping[str, str], family: str) -> str:
    return _(names[family]) if family in names else family
