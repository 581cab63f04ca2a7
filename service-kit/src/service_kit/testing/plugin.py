"""Pytest fixtures for every service."""

from collections.abc import Iterator

import pytest

from service_kit.embedded_postgres import EmbeddedPostgres
from service_kit.testing.tokens import TokenMint
from service_kit.testing.upstreams import FakeAuthService


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """Give a PostgreSQL server of this test run's own, in a temporary folder."""
    with EmbeddedPostgres.temporary() as server:
        yield server


@pytest.fixture(scope="session")
def mint() -> TokenMint:
    """Give access tokens that the service under test accepts."""
    return TokenMint()


@pytest.fixture
def auth_service(mint: TokenMint) -> FakeAuthService:
    """Give a stand-in for auth-service."""
    return FakeAuthService(mint)
