"""Which language a request gets, and what is then told in it."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import BaseModel, Field
from pydantic_core import PydanticKnownError

from service_kit.application import service_application
from service_kit.languages.catalogues import LANGUAGES as NAMES
from service_kit.languages.catalogues import USUAL_COUNTRIES
from service_kit.languages.choice import Languages
from service_kit.languages.language import ORIGINAL, current_language, speak, speaking
from service_kit.languages.texts import _, n_, written_number
from service_kit.problems import DomainError
from service_kit.settings import ServiceSettings, load_settings
from service_kit.testing.clients import running
from service_kit.validation_messages import message_of

LANGUAGES = Languages("service_kit")


@pytest.fixture
def german():
    with speaking(LANGUAGES.language_for("de", "")):
        yield


@pytest.mark.parametrize(
    ("header", "tag"),
    [
        ("", "en-GB"),
        ("de", "de-DE"),
        ("de-AT", "de-AT"),
        ("DE-at", "de-AT"),
        ("en-US,en;q=0.9,de;q=0.8", "en-US"),
        ("fr,de;q=0.3,en;q=0.2", "de-DE"),
        ("en;q=0.2 , de-CH ;q=0.7", "de-CH"),
        ("de,de-AT;q=0.5", "de-AT"),
        ("en;q=0.5,de;q=0.500", "en-GB"),
        ("de;q=0,en;q=0.1", "en-GB"),
        ("de;q=0", "en-GB"),
        ("en;q=0", "de-DE"),
        ("*", "en-GB"),
        ("en;q=0,*;q=0.5", "de-DE"),
        ("en;q=0.2,*;q=0.5", "de-DE"),
        ("fr,*;q=0.1", "en-GB"),
        ("fr-CA,nl,zh-Hant-TW", "en-GB"),
        ("de-US", "de-DE"),
        ("de-DE-1996", "de-DE"),
        ("de-x-private", "de-DE"),
        ("de;q=nonsense,en", "en-GB"),
        ("de;q=7,en;q=0.1", "en-GB"),
        ("de;q=nan,en;q=0.1", "en-GB"),
        ("de;level=1,en;q=0.5", "de-DE"),
        (";;q=1,,,=,de_DE,💥,../../etc/passwd,\x00", "en-GB"),
        ("fr," * 200 + "de", "en-GB"),
    ],
)
def test_the_language_that_is_asked_for_and_that_there_is_wins(header, tag):
    assert LANGUAGES.language_for("", header).tag == tag


def test_a_choice_beats_the_header_and_keeps_its_country():
    assert LANGUAGES.language_for("de", "en-US,de-AT;q=0.1").tag == "de-AT"
    assert LANGUAGES.language_for("en", "de-AT").tag == "en-GB"
    assert LANGUAGES.language_for("xx", "de-AT").tag == "de-AT"


def test_the_shop_decides_where_nobody_else_does():
    austrian = Languages("service_kit", default="de-AT")
    tags = [austrian.language_for("", header).tag for header in ("", "fr", "*", "de", "de-CH", "en", "de;q=0")]
    assert tags == ["de-AT", "de-AT", "de-AT", "de-AT", "de-CH", "en-GB", "en-GB"]
    with pytest.raises(ValueError, match="none of the languages"):
        Languages("service_kit", default="fr")


def test_a_shop_in_a_language_that_there_is_not_does_not_start(monkeypatch, capsys):
    monkeypatch.setenv("DEFAULT_LANGUAGE", "fr")
    with pytest.raises(SystemExit):
        load_settings(ServiceSettings)
    assert "DEFAULT_LANGUAGE must be one of en, de" in capsys.readouterr().err


def test_a_header_of_ten_kilobytes_costs_no_more_than_a_short_one_and_is_not_remembered():
    languages = Languages("service_kit")
    assert languages.language_for("", "de," + "x" * 10_000).code == "de"
    remembered = languages._choose.cache_info().currsize  # noqa: SLF001 (what is kept has no other face)
    for number in range(50):
        languages.language_for("", "de," + "x" * 10_000 + str(number))
    assert languages._choose.cache_info().currsize == remembered  # noqa: SLF001


@pytest.mark.usefixtures("german")
def test_numbers_and_plural_forms_are_those_of_the_language():
    assert [written_number(number) for number in (7, 999, 1204, 1_000_000)] == ["7", "999", "1.204", "1.000.000"]
    one, many = "String should have at least %(num)s character", "String should have at least %(num)s characters"
    assert [n_(one, many, number) for number in (1, 1204)] == [
        "braucht mindestens 1 Zeichen",
        "braucht mindestens 1.204 Zeichen",
    ]
    speak(ORIGINAL)
    assert [n_(one, many, number) for number in (0, 1, 1204)] == [
        "String should have at least 0 characters",
        "String should have at least 1 character",
        "String should have at least 1,204 characters",
    ]


def test_a_percent_sign_is_one_where_nothing_is_filled_in():
    assert _("100% cotton") == "100% cotton"
    assert _("%(share)s%% of it", share=5) == "5% of it"


def test_a_language_holds_for_its_block_alone():
    speak(ORIGINAL)
    with speaking(LANGUAGES.language_for("de", "")):
        assert current_language().code == "de"
    assert current_language() is ORIGINAL


def found(kind, told):
    return {"type": kind, "msg": PydanticKnownError(kind, told).message(), "ctx": told}


@pytest.mark.usefixtures("german")
def test_what_pydantic_says_stays_in_english_and_has_words_in_german():
    expected = {
        ("string_too_short", ("min_length", 3)): "braucht mindestens 3 Zeichen",
        ("string_too_long", ("max_length", 2000)): "darf höchstens 2.000 Zeichen haben",
        ("greater_than_equal", ("ge", 0)): "muss mindestens 0 sein",
        ("literal_error", ("expected", "'csv', 'onix' or 'jsonl'")): "muss 'csv', 'onix' oder 'jsonl' sein",
        ("decimal_max_places", ("decimal_places", 2)): "darf höchstens 2 Nachkommastellen haben",
        ("missing", None): "fehlt",
        ("int_parsing", None): "muss eine ganze Zahl sein",
    }
    for (kind, told), words in expected.items():
        error = found(kind, dict([told]) if told else None)
        assert message_of(error | {"ctx": error["ctx"] or {}}) == words
        with speaking(ORIGINAL):
            assert message_of(error) == error["msg"]
    assert message_of({"type": "value_error", "msg": "Value error, ist verdreht"}) == "ist verdreht"
    assert message_of({"type": "url_scheme", "msg": "URL scheme should be 'https'"}) == "URL scheme should be 'https'"


class NoTea(DomainError):
    code = "no_tea"
    status = 409
    title = "The input is not valid"


class Cup(BaseModel):
    size: int = Field(ge=1)


@asynccontextmanager
async def nothing_to_start(_app: FastAPI) -> AsyncIterator[None]:
    yield


def application(languages: Languages | None) -> FastAPI:
    return service_application(
        name="test", title="Test", settings=ServiceSettings(), lifespan=nothing_to_start, languages=languages
    )


@pytest.fixture
async def speaker():
    app = application(LANGUAGES)

    @app.post("/tea")
    async def tea(cup: Cup) -> None:
        detail = "This needs the scope %(scope)s."
        raise NoTea(detail, values={"scope": f"{cup.size}%"}, headers={"Vary": "Origin"})

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError

    async with running(app) as client:
        yield client


async def test_a_problem_is_told_in_the_language_that_was_asked_for_and_its_code_stays(speaker: httpx2.AsyncClient):
    german = await speaker.post("/tea", json={"size": 2}, headers={"Accept-Language": "de-AT"})
    english = await speaker.post("/tea", json={"size": 2})
    assert (german.json()["title"], german.json()["detail"]) == (
        "Die Eingabe ist ungültig",
        "Dafür ist das Recht 2% nötig.",
    )
    assert (english.json()["title"], english.json()["detail"]) == ("The input is not valid", "This needs the scope 2%.")
    assert [answer.json()["code"] for answer in (german, english)] == ["no_tea", "no_tea"]
    assert [answer.headers["content-language"] for answer in (german, english)] == ["de", "en"]
    assert [answer.headers["vary"] for answer in (german, english)] == ["Origin, Accept-Language"] * 2


async def test_input_faults_and_everything_else_that_goes_wrong_are_told_so_too(speaker: httpx2.AsyncClient):
    german = {"Accept-Language": "de"}
    invalid = await speaker.post("/tea", json={"size": 0}, headers=german)
    assert invalid.json()["errors"] == [{"loc": ["body", "size"], "msg": "muss mindestens 1 sein"}]
    answers = {
        "Der Inhalt ist kein gültiges JSON": await speaker.post(
            "/tea", content=b"{", headers=german | {"Content-Type": "application/json"}
        ),
        "Nicht gefunden": await speaker.get("/nothing", headers=german),
        "Methode nicht erlaubt": await speaker.delete("/tea", headers=german),
        "Bei uns ist etwas schiefgegangen": await speaker.get("/broken", headers=german),
    }
    for title, answer in answers.items():
        told = (answer.json()["title"], answer.headers["content-language"], answer.headers["vary"])
        assert told == (title, "de", "Accept-Language")


async def test_without_languages_of_its_own_an_application_answers_in_english():
    async with running(application(None)) as client:
        answer = await client.get("/nothing", headers={"Accept-Language": "de"})
    assert (answer.json()["title"], answer.headers["content-language"]) == ("Not Found", "en")


def test_every_language_has_a_country_by_whose_habits_it_is_written():
    assert set(NAMES) == set(USUAL_COUNTRIES)
    assert all(re.fullmatch("[a-z]{2,3}", code) for code in NAMES)
