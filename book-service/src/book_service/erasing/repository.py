"""The SQL of erasing a person. What was done, and the id of the account that did it, stay."""

from sqlalchemy import Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

# The trigger that keeps the history as it is lets a name go, and nothing else.
_REVISIONS = text("""
    UPDATE book_revisions AS revision SET actor_name = NULL
    FROM (SELECT book_id, version FROM book_revisions
          WHERE actor = :account AND actor_name IS NOT NULL LIMIT :limit) AS found
    WHERE revision.book_id = found.book_id AND revision.version = found.version
    RETURNING 1
""").bindparams(bindparam("account", type_=Text))

_IMPORTS = text("""
    UPDATE imports
    SET actor_name = CASE WHEN actor <> :account THEN actor_name END,
        deciding_actor_name = CASE WHEN deciding_actor <> :account THEN deciding_actor_name END
    WHERE (actor = :account AND actor_name IS NOT NULL)
          OR (deciding_actor = :account AND deciding_actor_name IS NOT NULL)
""").bindparams(bindparam("account", type_=Text))

_ANSWERS = text("""
    UPDATE idempotency_keys SET body = jsonb_set(CAST(body AS jsonb), '{actor_name}', 'null')
    WHERE account_id = :account AND resource_id IS NOT NULL AND CAST(body AS jsonb) ->> 'actor_name' IS NOT NULL
""").bindparams(bindparam("account", type_=Text))


async def erase_revisions(session: AsyncSession, account: str, limit: int) -> int:
    """Take the person's name out of up to ``limit`` versions of books; return how many there were."""
    return len((await session.execute(_REVISIONS, {"account": account, "limit": limit})).all())


async def erase_imports(session: AsyncSession, account: str) -> None:
    """Take the person's name out of imports, and out of the answers that are kept for repeated uploads."""
    await session.execute(_IMPORTS, {"account": account})
    await session.execute(_ANSWERS, {"account": account})
