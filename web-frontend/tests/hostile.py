"""Texts that break what is put together by hand: mark-up, quotes, what XML cannot hold, other scripts, a long word."""

from typing import Any

TITLES = [
    '</script><script>alert("1")</script>',
    "]]> & <b>bold</b> \"double\" 'single' {{ 7 * 7 }} %s",
    "Bell \x07 and \x0b and \ufffe and \U0001f989",
    "ألف ليلة وليلة",
    "\u2028源氏物語\u2029",
    "W" * 500,
]
NAME = "A/B & <i>C</i> “D”"
FACTS: dict[str, Any] = {
    "authors": [NAME, "رجاء", "."],
    "publisher": "<Pub> & Co",
    "subjects": ["<s>", "a&b", "C/D"],
    "description": "One & <two>.\n\n</script> three.",
    "subtitle": "<sub>",
}
