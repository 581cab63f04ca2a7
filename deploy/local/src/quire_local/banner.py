"""What a person reads when the shop is open."""

from __future__ import annotations

from quire_local.console import Console
from quire_local.environment import gateway_url, web_url
from quire_local.settings import Settings


def show_banner(console: Console, settings: Settings, *, has_no_account: bool) -> None:
    """Say where to click, what to do first and how to stop."""
    shop = settings.given.get("SHOP_NAME", "Quire")
    lines = [
        "",
        f"  {console.bold(f'{shop} is open')} after {console.elapsed:.1f} s",
        "",
        f"  Pages    {console.bold(web_url(settings))}",
        f"  API      {gateway_url(settings)}/docs",
    ]
    if settings.is_loopback and "SMTP_HOST" not in settings.given:
        lines.append(f"  Mails    {web_url(settings)}/local/mails")
    lines.append("")
    if has_no_account:
        lines.append("  Sign up first: the first account becomes the admin.")
    elif settings.is_loopback and settings.given.get("STOREFRONT") == "public":
        lines.append("  Signing up makes nobody admin here; `make admin EMAIL=you@example.org` does.")
    if not settings.is_loopback:
        lines.append(f"  Listening on {settings.host}: other machines can reach it, over plain HTTP,")
        lines.append("  so passwords can be read on the way. docs/deployment.md says how to put TLS in front of it.")
        lines.append("  Signing up makes nobody admin here; docs/accounts.md has the command that does.")
    lines += ["  Stop with Ctrl-C, or `make down` from another terminal. The data stays.", ""]
    console.plain("\n".join(lines))
