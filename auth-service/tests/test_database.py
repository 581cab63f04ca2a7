import pytest
from sqlalchemy.exc import IntegrityError

from service_kit.testing.databases import alembic_steps

HASH = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA"


def test_the_migrations_make_the_tables_that_the_models_describe(postgres, request):
    service = request.path.parents[1]
    postgres.create_role_and_database("auth_migrations", "test")
    url = postgres.url("auth_migrations", "auth_migrations", "test")
    alembic_steps(service, "AUTH_DATABASE_URL", url, "upgrade head", "downgrade base", "upgrade head", "check")


@pytest.mark.parametrize(
    "change",
    [
        {"role": "king"},
        {"email_key": ""},
        {"email": ""},
        {"email": "x" * 255},
        {"full_name": ""},
        {"full_name": "x" * 201},
        {"password_hash": "secret"},
        {"tokens_not_before": -1},
    ],
)
async def test_the_database_refuses_accounts_that_validation_would_not_let_through(sql, change):
    good = {"email": "a@b.org", "email_key": "a@b.org", "role": "editor", "password_hash": HASH}
    good |= {"full_name": None, "tokens_not_before": 0}
    statement = (
        "INSERT INTO accounts (id, email, email_key, role, password_hash, full_name, tokens_not_before) VALUES"
        " (gen_random_uuid(), :email, :email_key, :role, :password_hash, :full_name, :tokens_not_before)"
    )
    await sql("DELETE FROM accounts")
    await sql(statement, **good)
    with pytest.raises(IntegrityError):
        await sql(statement, **good | {"email_key": "other@b.org"} | change)


async def test_a_refresh_token_is_stored_as_its_digest_or_not_at_all(ann, sql):
    await ann.sign_in()
    with pytest.raises(IntegrityError, match="token_hash_sha256"):
        await sql("INSERT INTO refresh_tokens (token_hash, session_id) SELECT 'short', id FROM sessions")
