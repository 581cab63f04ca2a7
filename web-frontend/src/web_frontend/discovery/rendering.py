"""Turns a drawing into a PNG. It runs in a process of its own (``pictures.py``), so it imports little."""

import resvg_py


def rendered(svg: str, font_files: list[str]) -> bytes:
    """Return the PNG of a drawing that is lettered with ``font_files`` and nothing of the machine's own."""
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True, font_files=font_files))
