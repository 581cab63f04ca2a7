"""The service as a whole: tokens, health, migrations, the sample catalogue."""

from pathlib import Path

import pytest

from book_service import sample_catalogue
from book_service.config import Settings
from book_service.main import create_app
from service_kit.embedded_postgres import EmbeddedPostgres
from service_kit.testing.clients import running
from service_kit.testing.databases import alembic, alembic_steps
from service_kit.testing.statement_log import logged_statements
from service_kit.testing.tokens import TokenMint
from service_kit.testing.upstreams import FakeAuthService, Upstreams

SERVICE = Path(__file__).parents[1]


def test_migrations_make_what_the_models_say(postgres: EmbeddedPostgres, database_url: str):
    assert "No new upgrade operations" in alembic(SERVICE, "BOOK_DATABASE_URL", database_url, "check").stdout
    postgres.create_role_and_database("books_round_trip", "test")
    url = postgres.url("books_round_trip", "books_round_trip", "test")
    alembic_steps(SERVICE, "BOOK_DATABASE_URL", url, "upgrade head", "downgrade base", "upgrade head")


async def test_a_public_storefront_is_open_to_read_and_closed_to_edit(database_url, neighbour, mint: TokenMint):
    settings = Settings(database_url=database_url, auth_url="http://auth", storefront="public")
    async with running(create_app(settings, transport=Upstreams({"auth": neighbour.app}))) as client:
        assert (await client.get("/books")).status_code == 200
        assert (await client.post("/books", json={"title": "x", "price": 1})).status_code == 401
        assert (await client.get("/books", headers={"Authorization": "Bearer nonsense"})).status_code == 401
        editor = mint.headers("editor")
        assert (await client.post("/books", json={"title": "x", "price": 1}, headers=editor)).status_code == 201


async def test_an_ended_session_is_refused(database_url, mint: TokenMint):
    auth = FakeAuthService(mint)
    auth.revoked_sessions.add("ended")
    settings = Settings(database_url=database_url, auth_url="http://auth")
    app = create_app(settings, transport=Upstreams({"auth": auth.app}))
    async with running(app) as client:
        assert (await client.get("/health/ready")).json()["checks"]["revocations"]["ok"]
        assert (await client.get("/books", headers=mint.headers("customer", sid="ended"))).status_code == 401
        assert (await client.get("/books", headers=mint.headers("customer", sid="other"))).status_code == 200


async def test_without_a_database_the_answer_is_503_in_bounded_time_and_ready_says_why(neighbour, mint: TokenMint):
    settings = Settings(database_url="postgresql://nobody:x@127.0.0.1:1/none", auth_url="http://auth")
    async with running(create_app(settings, transport=Upstreams({"auth": neighbour.app}))) as client:
        answer = await client.get("/books", headers=mint.headers("customer"))
        assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
        assert answer.headers["retry-after"] == "2"
        ready = await client.get("/health/ready")
        assert ready.status_code == 503
        assert ready.json()["checks"]["database"]["ok"] is False
        assert (await client.get("/health/live")).status_code == 200


async def test_without_auth_service_tokens_cannot_be_checked_and_the_answer_says_so(database_url, mint: TokenMint):
    settings = Settings(database_url=database_url, auth_url="http://auth")
    async with running(create_app(settings, transport=Upstreams({}))) as client:
        answer = await client.get("/books", headers=mint.headers("customer"))
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


async def test_metrics_count_requests_by_route_and_not_by_id(service, mint: TokenMint):
    await service.get("/books/019a0000-0000-7000-8000-000000000000", headers=mint.headers("customer"))
    metrics = (await service.get("/metrics")).text
    assert 'http_requests_total{method="GET",route="/books/{book_id}",status="404"}' in metrics
    assert "019a0000" not in metrics


async def test_the_openapi_document_shows_problems_as_they_are(service):
    document = (await service.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    assert "/internal/offers" not in document["paths"]
    refused = document["paths"]["/books"]["post"]["responses"]["422"]["content"]
    assert list(refused) == ["application/problem+json"]
    assert "HTTPValidationError" not in document["components"]["schemas"]


async def test_the_sample_catalogue_is_loaded_once_into_an_empty_system(service, database_url, mint, tmp_path):
    file = tmp_path / "books.csv"
    file.write_text("isbn13,title,authors,subjects,price,stock\n,Emma,Jane Austen,Fiction; Romance,7.99,3\n")
    settings = Settings(database_url=database_url)
    assert await sample_catalogue.load(file, settings) == 1
    assert await sample_catalogue.load(file, settings) == 0
    book = (await service.get("/books", headers=mint.headers("editor"))).json()["items"][0]
    assert (book["subjects"], book["on_hand"], book["isbn13"]) == (["Fiction", "Romance"], 3, None)


def test_a_sample_that_is_not_valid_names_its_line(tmp_path):
    file = tmp_path / "books.csv"
    file.write_text("title,price\nEmma,7.99\nPersuasion,-1\n")
    with pytest.raises(ValueError, match="Line 3, price"):
        sample_catalogue.read_books(file)


def test_the_sample_catalogue_that_ships_is_valid():
    file = SERVICE.parent / "deploy/sample-catalogue/books.csv"
    assert len(sample_catalogue.read_books(file)) >= 240


async def test_the_sample_catalogue_is_taken_over_into_the_search_at_once(
    service, database_url, mint, postgres, tmp_path
):
    file = tmp_path / "books.csv"
    file.write_text("title,price\n" + "".join(f"Volume {number},9.99\n" for number in range(30)))
    settings = Settings(database_url=database_url)
    with logged_statements(postgres) as statements:
        assert await sample_catalogue.load(file, settings) == 30
    # On a busy machine each round trip takes long, and all of it is one transaction, which must not take too long.
    assert len([told for told in statements if told.database == "books" and "search_" in told.sql]) < 2 * 30
    assert (await service.get("/books", headers=mint.headers("editor"))).json()["total"] == 30
