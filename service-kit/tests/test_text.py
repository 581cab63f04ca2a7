import time

import pytest
from pydantic import TypeAdapter, ValidationError

from service_kit.text import Line, Prose


@pytest.mark.parametrize("kind", [Line, Prose])
def test_a_tower_of_accents_is_refused_before_it_costs_anything(kind):
    tower = "a" + "\u0301\u0323" * 100_000
    started = time.perf_counter()
    with pytest.raises(ValidationError, match="accents"):
        TypeAdapter(kind).validate_python(tower)
    assert time.perf_counter() - started < 1


def test_letters_with_several_accents_are_kept():
    assert TypeAdapter(Line).validate_python("Viê\u0323t Nam, Ḥāfiẓ") == "Việt Nam, Ḥāfiẓ"


@pytest.mark.parametrize("character", ["\ufffe", "\uffff", "\ufdd0", "\U0001fffe"])
@pytest.mark.parametrize("kind", [Line, Prose])
def test_what_unicode_says_is_no_character_is_refused(kind, character):
    with pytest.raises(ValidationError, match=f"{ord(character):04X}, which is no character"):
        TypeAdapter(kind).validate_python(f"a{character}b")
