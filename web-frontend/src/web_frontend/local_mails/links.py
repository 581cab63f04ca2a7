"""The links of a mail's text, so that they can be followed on its page."""

import re

from markupsafe import Markup, escape

from web_frontend.links import same_site_path


def with_links(text: str, public_url: str) -> Markup:
    """Return ``text`` escaped, its links to this very shop made links; what else it may hold stays text."""
    pattern = re.compile(re.escape(public_url.rstrip("/")) + r"(/[\x21-\x7e]*)")
    parts: list[Markup] = []
    end = 0
    for match in pattern.finditer(text):
        # A full stop or a bracket behind an address belongs to the sentence.
        path = match[1].rstrip(".,;:!?)>]'\"")
        address = same_site_path(path, default="")
        parts.append(escape(text[end : match.start()]))
        written = match[0][: len(match[0]) - len(match[1]) + len(path)]
        parts.append(Markup('<a href="{}">{}</a>').format(address, written) if address else escape(written))
        end = match.start() + len(written)
    parts.append(escape(text[end:]))
    return Markup("").join(parts)
